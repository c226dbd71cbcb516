"""Bundles are unpacked, started and compared with their manifests."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugintool.author.check import check_paths
from plugintool.author.check_request import CheckRequest
from plugintool.author.checked import Checked
from plugintool.jsontext import JsonObject
from plugintool.probe.era import Era
from plugintool.report import Outcome, Report, Severity
from plugintool.tree.directory import survey
from plugintool.tree.zip_writer import write_zip
from tests.check_world import SHORT, request, write, write_bundle

HAND = {"eras": ["handshake"]}


def check(*paths: Path, **options: Any) -> Report[Checked]:
    return check_paths(paths, request(**options))


def only(report: Report[Checked]) -> Outcome[Checked]:
    (outcome,) = report.outcomes
    return outcome


def codes(report: Report[Checked]) -> list[str]:
    return [finding.code for outcome in report.outcomes for finding in outcome.findings]


def server(report: Report[Checked]) -> JsonObject:
    value = only(report).value
    assert value is not None
    (found,) = value.servers
    return found.as_json()


def packed(source: Path, target: Path) -> Path:
    with target.open("w+b") as file:
        write_zip(survey(source), file)
    return target


def option(**members: Any) -> dict[str, Any]:
    return {"type": "string", "title": "k", "description": "k", **members}


def test_a_good_bundle(tmp_path: Path) -> None:
    report = check(write_bundle(tmp_path / "b"))
    assert (report.exit_code, codes(report)) == (0, [])
    told = server(report)
    assert isinstance(told.pop("first_answer_ms"), int)
    assert told == {
        "name": "tiny",
        "transport": "stdio",
        "state": "answered",
        "era": "stateless",
        "protocol_version": "2026-07-28",
        "server_name": "tiny",
        "server_version": "1.0",
        "tools": ["count"],
        "prompts": None,
        "exit_code": 0,
        "stderr": [],
    }
    value = only(report).value
    assert value is not None
    assert (value.kind, value.name, value.started) == ("bundle", "tiny", 1)


def test_a_built_bundle_is_checked_as_it_is_installed(tmp_path: Path) -> None:
    bundle = packed(write_bundle(tmp_path / "b"), tmp_path / "b.mcpb")
    report = check(bundle)
    assert (report.exit_code, server(report)["state"]) == (0, "answered")


def test_its_manifest_may_be_named_instead(tmp_path: Path) -> None:
    report = check(write_bundle(tmp_path / "b") / "manifest.json")
    assert (report.exit_code, server(report)["state"]) == (0, "answered")


def test_the_source_stays_as_it_is(tmp_path: Path) -> None:
    """Everything happens in a copy."""
    root = write_bundle(tmp_path / "b", {"write": "x.txt"})
    before = {path.name: path.stat().st_mtime_ns for path in root.iterdir()}
    report = check(root)
    assert {path.name: path.stat().st_mtime_ns for path in root.iterdir()} == before
    assert codes(report) == ["CH011"]
    assert only(report).findings[0].message.endswith(": x.txt")
    assert report.exit_code == 0, "a warning"
    assert check(root, strict=True).exit_code == 1


@pytest.mark.parametrize("break_it", [lambda data: data[:-30], lambda data: data + b"x", lambda data: b"MZ" + data])
def test_a_broken_container_is_not_started(tmp_path: Path, break_it: Callable[[bytes], bytes]) -> None:
    bundle = packed(write_bundle(tmp_path / "b", {"start": "exit"}), tmp_path / "b.mcpb")
    bundle.write_bytes(break_it(bundle.read_bytes()))
    outcome = only(check(bundle))
    assert outcome.error is not None
    assert outcome.error.code == "archive-invalid"
    assert outcome.value is None


@pytest.mark.parametrize(
    ("do", "members", "code"),
    [
        ({"tools": [[{"name": "other", "inputSchema": {"type": "object"}}]]}, {}, "CH012"),
        ({}, {"tools": []}, "CH012"),
        ({}, {"tools": [{"name": "count"}, {"name": "more"}]}, "CH012"),
        ({}, {"prompts": [{"name": "p", "text": "t"}]}, "CH013"),
        ({"prompts": [[{"name": "q"}]]}, {"prompts": [{"name": "p", "text": "t"}], "prompts_generated": True}, "CH013"),
        ({"first": "hello\n"}, {}, "CH004"),
        ({**HAND, "version": "1.0"}, {}, "CH006"),
        ({"errors": {"tools/list": {"code": -1, "message": "no"}}}, {}, "CH007"),
        ({"tools": [[{"name": "count"}, {"name": "count"}]]}, {}, "CH014"),
        ({"tools": [[{"name": "count"}]]}, {}, "CH015"),
        ({"end": "daemon"}, {}, "CH010"),
        ({"cursor": "0"}, {}, "CH008"),
        ({"info": {}}, {}, "CH005"),
    ],
)
def test_what_makes_a_bundle_fail(tmp_path: Path, do: dict[str, Any], members: dict[str, Any], code: str) -> None:
    report = check(write_bundle(tmp_path / "b", do, **members))
    assert report.exit_code == 1
    assert code in codes(report)


@pytest.mark.parametrize(
    ("do", "members"),
    [
        ({"prompts": [[{"name": "p"}]]}, {"prompts": [{"name": "p", "text": "t"}]}),
        (
            {"prompts": [[{"name": "p"}, {"name": "q"}]]},
            {"prompts": [{"name": "p", "text": ""}], "prompts_generated": True},
        ),
        ({}, {"tools": [], "tools_generated": True}),
    ],
)
def test_more_at_run_time_may_be_announced(tmp_path: Path, do: dict[str, Any], members: dict[str, Any]) -> None:
    assert codes(check(write_bundle(tmp_path / "b", do, **members))) == []


def test_a_server_that_never_answers(tmp_path: Path) -> None:
    report = check(write_bundle(tmp_path / "b", {"start": "sleep", "stderr": "waiting for godot\n"}), patience=SHORT)
    assert codes(report) == ["CH003"]
    assert only(report).findings[0].message.endswith("no answer in time: initialize; stderr: waiting for godot")
    assert server(report)["stderr"] == ["waiting for godot"]
    assert server(report)["state"] == "failed"


def test_a_server_that_stays_is_a_warning(tmp_path: Path) -> None:
    report = check(write_bundle(tmp_path / "b", {"end": "stay"}), patience=type(SHORT)(10, 0.3))
    assert codes(report) == ["CH009"]
    assert only(report).findings[0].severity is Severity.WARNING


def test_a_program_that_is_missing(tmp_path: Path) -> None:
    config = {"command": "${__dirname}/nonesuch"}
    root = write_bundle(tmp_path / "b", server={"type": "binary", "entry_point": "server.py", "mcp_config": config})
    report = check(root)
    assert codes(report) == ["CH001"]
    assert "/b/nonesuch: no such file" in only(report).findings[0].message, "the author's file, not the copy"


@pytest.mark.parametrize("shebang", [True, False])
def test_a_program_is_executable_as_build_would_make_it(tmp_path: Path, shebang: bool) -> None:
    """By its content; the mode on disk does not matter."""
    root = write_bundle(tmp_path / "b")
    start = json.loads((root / "manifest.json").read_text())["server"]["mcp_config"]
    line = f'exec "{start["command"]}" -S -E "$(dirname "$0")/server.py"\n'
    write(root / "run", ("#!/bin/sh\n" if shebang else "") + line)
    (root / "run").chmod(0o644 if shebang else 0o755)
    config = {"command": "${__dirname}/run"}
    manifest = json.loads((root / "manifest.json").read_text())
    manifest["server"] = {"type": "binary", "entry_point": "run", "mcp_config": config}
    write(root / "manifest.json", json.dumps(manifest))
    report = check(root)
    assert codes(report) == ([] if shebang else ["CH001"])


def test_the_place_of_a_finding_is_the_server(tmp_path: Path) -> None:
    finding = only(check(write_bundle(tmp_path / "b", {"first": "x\n"}))).findings[0]
    text = (tmp_path / "b/manifest.json").read_text().splitlines()
    assert (finding.location.path, finding.location.pointer) == ("manifest.json", ("server",))
    assert '"server"' in text[finding.location.line - 1]
    assert finding.hint


class TestSettings:
    """User configuration."""

    @pytest.mark.parametrize("members", [{}, {"default": "x"}])
    def test_what_is_required_must_be_given(self, tmp_path: Path, members: dict[str, Any]) -> None:
        root = write_bundle(tmp_path / "b", user_config={"k": option(required=True, **members)})
        report = check(root)
        assert codes(report) == ["CH017", "CH024"]
        assert report.exit_code == 1
        assert codes(check(root, settings={"k": ("v",)})) == []

    def test_a_value_reaches_the_server(self, tmp_path: Path) -> None:
        root = write_bundle(tmp_path / "b", {"log": "${user_config.log}"}, user_config={"log": option()})
        log = tmp_path / "log"
        report = check(root, settings={"log": (str(log),)})
        assert codes(report) == []
        assert "tools/list" in log.read_text()

    def test_an_optional_one_without_value_reaches_it_as_text(self, tmp_path: Path) -> None:
        root = write_bundle(tmp_path / "b", {"x": "${user_config.k} ${NOPE}"}, user_config={"k": option()})
        report = check(root)
        assert codes(report) == ["CH018"]
        assert only(report).findings[0].message.endswith("${user_config.k}, ${NOPE}")
        assert only(report).findings[0].severity is Severity.WARNING

    def test_a_secret_is_not_repeated(self, tmp_path: Path) -> None:
        do = {"exit_on": {"initialize": 1, "server/discover": 1}}
        options = {"k": option(sensitive=True), "open": option()}
        root = write_bundle(tmp_path / "b", do, user_config=options)
        given = {"k": ("secret-of-the-house",), "open": ("going",)}
        told = repr(check(root, settings=given))
        shown = json.dumps(server(check(root, settings=given)))
        for text in (told.partition("report")[0], shown):
            assert "secret-of-the-house" not in text
            assert "going down: ***" in text, "what is not sensitive stays"

    def test_a_variable_of_the_caller_is_not_repeated(self, tmp_path: Path) -> None:
        root = write_bundle(tmp_path / "b", {"exit_on": {"initialize": 1, "server/discover": 1}})
        shown = json.dumps(server(check(root, secrets=("secret-of-the-house",))))
        assert "***" in shown
        assert "secret-of-the-house" not in shown

    def test_a_setting_that_nobody_has_is_a_mistake(self, tmp_path: Path) -> None:
        root = write_bundle(tmp_path / "b", user_config={"token": option()})
        report = check(root, settings={"tokn": ("v",)})
        error = report.outcomes[-1].error
        assert error is not None
        assert (error.code, error.detail["hint"]) == ("config-invalid", "did you mean token?")
        assert report.exit_code == 2


def test_a_bundle_for_other_platforms_is_left_out(tmp_path: Path) -> None:
    root = write_bundle(tmp_path / "b", {"start": "exit"}, compatibility={"platforms": ["win32"]})
    report = check(root, write_bundle(tmp_path / "good"))
    assert codes(report) == ["CH020", "CH024"]
    assert report.exit_code == 0, "another one was checked"
    assert check(root).exit_code == 1, "nothing was checked"


@pytest.mark.parametrize("server", [None, {}, {"type": "node", "entry_point": "x"}, {"mcp_config": {"command": ""}}])
def test_a_manifest_that_starts_nothing(tmp_path: Path, server: Any) -> None:
    report = check(write_bundle(tmp_path / "b", server=server))
    assert codes(report) == ["CH023"]
    assert report.exit_code == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\ufeff{}", '{"a": NaN}'])
def test_a_manifest_that_is_none(tmp_path: Path, text: str) -> None:
    write(tmp_path / "b/manifest.json", text)
    report = check(tmp_path / "b")
    assert codes(report) == ["CH023"]
    assert report.exit_code == 1


def test_what_the_hosts_uv_makes_is_not_the_servers_doing(tmp_path: Path) -> None:
    """A directory .venv, in bundles of that type only."""
    make = "import os,sys; os.mkdir(os.path.join(sys.argv[1], '.venv')); os.execv(sys.executable, sys.argv[2:])"
    root = write_bundle(tmp_path / "b")
    manifest = json.loads((root / "manifest.json").read_text())
    config = manifest["server"]["mcp_config"]
    again = [config["command"], *config["args"]]
    config["args"] = ["-S", "-E", "-c", make, "${__dirname}", *again]
    for kind, expected in (("python", ["CH011"]), ("uv", [])):
        manifest["server"]["type"] = kind
        write(root / "manifest.json", json.dumps(manifest))
        assert codes(check(root)) == expected


def test_only_one_era(tmp_path: Path) -> None:
    root = write_bundle(tmp_path / "b", HAND)
    assert codes(check(root, order=(Era.HANDSHAKE,))) == []
    assert check(root, order=(Era.STATELESS,)).exit_code == 1


def test_the_directory_asks_more_of_tools(tmp_path: Path) -> None:
    do = {"tools": [[{"name": "count", "inputSchema": {"type": "object"}}]]}
    root = write_bundle(tmp_path / "b", do)
    lenient, strict = check(root), check(root, directory=True)
    assert codes(lenient) == codes(strict) == ["CH016"]
    assert (lenient.exit_code, strict.exit_code) == (0, 1)


def test_tools_that_the_manifest_does_not_name(tmp_path: Path) -> None:
    root = write_bundle(tmp_path / "b")
    manifest = json.loads((root / "manifest.json").read_text())
    del manifest["tools"]
    write(root / "manifest.json", json.dumps(manifest))
    report = check(root)
    assert (codes(report), report.exit_code) == (["CH019"], 0)


def test_nothing_private_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    check(write_bundle(tmp_path / "b"), write_bundle(tmp_path / "c", {"start": "exit"}))
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_request_has_defaults_that_work() -> None:
    assert CheckRequest().patience.answer == 30

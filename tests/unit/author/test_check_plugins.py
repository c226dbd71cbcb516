"""Plugins: every server wherever it is declared, bundles inside, remote ones left out, hooks when asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugintool.author.check import check_paths
from plugintool.author.checked import Checked, CheckedHook, CheckedServer
from plugintool.report import Report, Severity
from plugintool.tree.directory import survey
from plugintool.tree.zip_writer import write_zip
from tests.check_world import python, request, tiny, write, write_bundle, write_hooks, write_plugin


def check(*paths: Path, **options: Any) -> Report[Checked]:
    return check_paths(paths, request(**options))


def codes(report: Report[Checked]) -> list[str]:
    return [finding.code for outcome in report.outcomes for finding in outcome.findings]


def servers(report: Report[Checked]) -> list[CheckedServer]:
    return [server for outcome in report.outcomes if outcome.value for server in outcome.value.servers]


def states(report: Report[Checked]) -> dict[str, str]:
    return {server.name: server.state for server in servers(report)}


def hooks(report: Report[Checked]) -> list[CheckedHook]:
    return [hook for outcome in report.outcomes if outcome.value for hook in outcome.value.hooks]


def messages(report: Report[Checked]) -> str:
    return "\n".join(finding.message for outcome in report.outcomes for finding in outcome.findings)


def manifest(root: Path, **members: Any) -> None:
    write(root / ".claude-plugin/plugin.json", json.dumps({"name": root.name, "version": "1.0.0", **members}, indent=2))


def test_every_server_of_a_plugin(tmp_path: Path) -> None:
    root = write_plugin(tmp_path / "p", {"one": tiny(), "two": tiny({"eras": ["handshake"]})})
    write(root / "more.json", json.dumps({"mcpServers": {"three": tiny()}}))
    manifest(root, mcpServers=["./more.json", {"four": tiny()}])
    report = check(root)
    assert states(report) == dict.fromkeys(("one", "two", "three", "four"), "answered")
    assert [server.era for server in servers(report)] == ["stateless", "handshake", "stateless", "stateless"]
    assert (report.exit_code, codes(report)) == (0, [])


def test_a_file_of_servers_alone(tmp_path: Path) -> None:
    root = write_plugin(tmp_path / "p", {"one": tiny()})
    (root / ".claude-plugin/plugin.json").unlink()
    assert states(check(root / ".mcp.json")) == {"one": "answered"}
    assert states(check(root)) == {"one": "answered"}


def test_an_archive_of_a_plugin(tmp_path: Path) -> None:
    root = write_plugin(tmp_path / "p", {"one": tiny()})
    with (tmp_path / "p.zip").open("w+b") as file:
        write_zip(survey(root), file)
    report = check(tmp_path / "p.zip")
    assert states(report) == {"one": "answered"}
    value = report.outcomes[0].value
    assert value is not None
    assert (value.kind, value.name) == ("plugin", "p")


def test_a_marketplace_means_all_plugins(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_plugin(tmp_path / name, {f"of-{name}": tiny()})
    write_plugin(tmp_path / "c")
    report = check(tmp_path)
    assert states(report) == {"of-a": "answered", "of-b": "answered"}
    assert codes(report) == ["CH024"]
    assert report.exit_code == 0, "a plugin without servers beside others is a note"
    assert report.outcomes[2].findings[0].severity is Severity.INFO


def test_a_plugin_without_servers_is_an_error_alone(tmp_path: Path) -> None:
    report = check(write_plugin(tmp_path / "p"))
    assert (report.exit_code, codes(report)) == (1, ["CH024"])
    assert "nothing is declared" in messages(report)


def test_servers_get_the_variables_of_the_client(tmp_path: Path) -> None:
    show = (
        "import os,sys; sys.stderr.write(os.environ['CLAUDE_PLUGIN_ROOT'] + os.getcwd() + os.environ['A']); sys.exit(1)"
    )
    entry = {**python(show), "env": {"A": "${user_config.k}${NOPE:-d}"}}
    root = write_plugin(tmp_path / "p", {"one": entry})
    manifest(root, userConfig={"k": {"type": "string", "title": "k", "description": "k", "default": "5"}})
    (server,) = servers(check(root))
    assert server.stderr == (f"{root}<private>/project5d",), "private paths are shown as the user's"


def test_settings_of_a_plugin(tmp_path: Path) -> None:
    root = write_plugin(tmp_path / "p", {"one": tiny({"log": "${user_config.log}"})})
    manifest(root, userConfig={"log": {"type": "string", "title": "k", "description": "k", "sensitive": True}})
    assert codes(check(root)) == ["CH018"]
    log = tmp_path / "log"
    assert codes(check(root, settings={"log": (str(log),)})) == []
    assert log.exists()


@pytest.mark.parametrize(
    "entry", ["text", [], None, 7, {}, {"command": ""}, {"command": "x", "args": "y"}, {"type": "http"},
              {"type": "http", "url": "https://x", "headers": []}],
)  # fmt: skip
def test_an_entry_that_cannot_be_used(tmp_path: Path, entry: Any) -> None:
    report = check(write_plugin(tmp_path / "p", {"one": entry}))
    assert codes(report) == ["CH023"]
    assert states(report) == {"one": "failed"}
    assert report.outcomes[0].findings[0].location.line == 3


@pytest.mark.parametrize("text", ["{", "7", '{"mcpServers": "x"}', ""])
def test_a_file_that_holds_no_servers(tmp_path: Path, text: str) -> None:
    report = check(write_plugin(tmp_path / "p", None, **{".mcp.json": text}))
    assert codes(report) == ["CH023"]
    assert report.exit_code == 1


@pytest.mark.parametrize(
    "value", ["./gone.json", ["./gone.json"], "gone.json", "/etc/x.json", "./../x.json", "./gone.mcpb"]
)
def test_a_named_file_that_is_not_there(tmp_path: Path, value: Any) -> None:
    """The client adds no server and says nothing."""
    root = write_plugin(tmp_path / "p")
    manifest(root, mcpServers=value)
    report = check(root)
    assert codes(report) == ["CH023"]
    assert report.exit_code == 1


class TestBundlesInside:
    """Bundles that ``mcpServers`` names."""

    def test_the_source_is_checked_where_nothing_is_built(self, tmp_path: Path) -> None:
        root = write_plugin(tmp_path / "p")
        write_bundle(root / "bundles/clock", tools=[{"name": "other"}])
        manifest(root, mcpServers="./bundles/clock.mcpb")
        report = check(root)
        assert states(report) == {"tiny": "answered"}
        assert codes(report) == ["CH012", "CH012"]
        place = report.outcomes[0].findings[0].location
        assert place.path == "bundles/clock/manifest.json"
        assert place.line > 0

    def test_a_built_one_is_unpacked(self, tmp_path: Path) -> None:
        root = write_plugin(tmp_path / "p")
        write_bundle(tmp_path / "clock")
        (root / "bundles").mkdir()
        with (root / "bundles/clock.mcpb").open("w+b") as file:
            write_zip(survey(tmp_path / "clock"), file)
        manifest(root, mcpServers=["./bundles/clock.mcpb"])
        report = check(root)
        assert (states(report), codes(report)) == ({"tiny": "answered"}, [])

    def test_patterns_of_the_project_reach_into_the_source(self, tmp_path: Path) -> None:
        root = write_plugin(
            tmp_path / "p", None, **{"plugintool.toml": '[build]\nexecutables = ["bundles/clock/run"]\n'}
        )
        write_bundle(root / "bundles/clock")
        text = json.loads((root / "bundles/clock/manifest.json").read_text())
        text["server"]["mcp_config"] = {"command": "${__dirname}/run"}
        write(root / "bundles/clock/manifest.json", json.dumps(text))
        write(root / "bundles/clock/run", "exit 3\n")
        manifest(root, mcpServers="./bundles/clock.mcpb")
        report = check(root)
        assert codes(report) == ["CH001"]
        assert "exec format error" in messages(report), "executable, but no program"

    def test_a_broken_one_is_told(self, tmp_path: Path) -> None:
        root = write_plugin(tmp_path / "p", {"one": tiny()})
        write(root / "bundles/clock.mcpb", "no zip")
        manifest(root, mcpServers=["./bundles/clock.mcpb"])
        report = check(root)
        assert states(report) == {"one": "answered", "./bundles/clock.mcpb": "failed"}
        assert codes(report) == ["CH023"]

    def test_one_behind_an_address_is_left_out(self, tmp_path: Path) -> None:
        root = write_plugin(tmp_path / "p", {"one": tiny()})
        manifest(root, mcpServers=["https://x.invalid/clock.mcpb"])
        report = check(root, online=True)
        assert codes(report) == ["CH021"]
        assert states(report)["https://x.invalid/clock.mcpb"] == "not checked"


@pytest.mark.parametrize(
    "entry",
    [{"type": "http", "url": "https://x.invalid/mcp"}, {"url": "https://x.invalid"}, {"type": "sse", "url": "http://x"},
     {"type": "ws", "url": "ws://x"}, {"type": "http", "url": ""}],
)  # fmt: skip
def test_remote_servers_are_left_out_and_counted(tmp_path: Path, entry: Any) -> None:
    report = check(write_plugin(tmp_path / "p", {"far": entry}))
    assert states(report) == {"far": "not checked"}
    assert codes(report) == ["CH021", "CH024"]
    assert report.exit_code == 1, "nothing was checked"
    value = report.outcomes[0].value
    assert value is not None
    assert (value.as_json()["checked"], value.as_json()["not_checked"]) == (0, 1)


def test_a_server_that_writes_does_not_make_the_next_one_guilty(tmp_path: Path) -> None:
    report = check(write_plugin(tmp_path / "p", {"one": tiny({"write": "x"}), "two": tiny()}))
    assert codes(report) == ["CH011"]
    assert messages(report).startswith("server one: ")


class TestHooks:
    """With ``hooks``."""

    def test_they_run_only_when_asked(self, tmp_path: Path) -> None:
        root = write_hooks(tmp_path / "p", ("Stop", "", {"command": "exit 3"}))
        assert hooks(check(root)) == []
        assert codes(check(root, hooks=True)) == ["CH030"]

    def test_each_is_told(self, tmp_path: Path) -> None:
        root = write_hooks(
            tmp_path / "p",
            ("Stop", "", {"command": "echo fine"}),
            ("PreToolUse", "Bash", {"command": "echo no >&2; exit 2"}),
            ("Stop", "", {"type": "prompt", "prompt": "x"}),
        )
        report = check(root, hooks=True)
        told = [hook.as_json() for hook in hooks(report)]
        assert [(hook["event"], hook["ran"], hook["exit_code"], hook["output"]) for hook in told] == [
            ("Stop", True, 0, "text"),
            ("Stop", False, None, "none"),
            ("PreToolUse", True, 2, "none"),
        ]
        assert codes(report) == ["CH035", "CH032"]
        assert report.exit_code == 0
        value = report.outcomes[0].value
        assert value is not None
        assert (value.as_json()["checked"], value.as_json()["not_checked"]) == (2, 1)

    def test_findings_point_at_the_handler(self, tmp_path: Path) -> None:
        root = write_hooks(tmp_path / "p", ("Stop", "", {"command": "echo broken >&2; exit 1"}))
        (finding,) = check(root, hooks=True).outcomes[0].findings
        assert finding.location.path == "hooks/hooks.json"
        assert finding.location.pointer == ("hooks", "Stop", 0, "hooks", 0)
        assert finding.message == "hook Stop: a hook ends with an error: exit code 1; stderr: broken"

    def test_inline_hooks_too(self, tmp_path: Path) -> None:
        root = write_plugin(tmp_path / "p")
        manifest(root, hooks={"Stop": [{"hooks": [{"type": "command", "command": "exit 1"}]}]})
        assert codes(check(root, hooks=True)) == ["CH030"]

    def test_a_script_of_the_plugin_runs_from_the_copy(self, tmp_path: Path) -> None:
        root = write_hooks(tmp_path / "p", ("Stop", "", {"command": '"${CLAUDE_PLUGIN_ROOT}/scripts/run.sh"'}))
        write(root / "scripts/run.sh", '#!/bin/sh\necho x > "${0%/*}/written"\n')
        report = check(root, hooks=True)
        assert codes(report) == ["CH011"]
        assert "scripts/written" in messages(report)
        assert sorted(path.name for path in (root / "scripts").iterdir()) == ["run.sh"]

    def test_entries_of_the_wrong_shape_are_passed_over(self, tmp_path: Path) -> None:
        root = write_hooks(tmp_path / "p", ("Stop", "", {"command": "true"}))
        text = json.loads((root / "hooks/hooks.json").read_text())
        text["hooks"] |= {"PreToolUse": "x", "Setup": [7, {"hooks": 7}, {"hooks": [None]}]}
        write(root / "hooks/hooks.json", json.dumps(text))
        assert [hook.event for hook in hooks(check(root, hooks=True))] == ["Stop"]


@pytest.mark.parametrize("name", ["nope", "nope.mcpb", "nope/manifest.json"])
def test_a_path_that_is_not_there(tmp_path: Path, name: str) -> None:
    report = check(tmp_path / name)
    assert report.exit_code == 1
    assert report.outcomes[0].error is not None
    assert report.outcomes[0].error.code == "path-missing"


def test_a_directory_that_is_nothing(tmp_path: Path) -> None:
    (error,) = [outcome.error for outcome in check(tmp_path).outcomes]
    assert error is not None
    assert error.message == "there is neither a plugin nor a bundle"


def test_a_manifest_means_its_plugin(tmp_path: Path) -> None:
    root = write_plugin(tmp_path / "p", {"one": tiny()})
    assert states(check(root / ".claude-plugin/plugin.json")) == {"one": "answered"}


def test_the_file_of_a_marketplace_means_its_plugins(tmp_path: Path) -> None:
    write_plugin(tmp_path / "p", {"one": tiny()})
    listed = {"name": "m", "owner": {"name": "o"}, "plugins": [{"name": "p", "source": "./p"}]}
    write(tmp_path / ".claude-plugin/marketplace.json", json.dumps(listed))
    assert states(check(tmp_path / ".claude-plugin/marketplace.json")) == {"one": "answered"}


@pytest.mark.parametrize("name", ["dist.json", "a.mcpb.cdx.json", "notes.txt", "empty.mcpb", "empty.zip"])
def test_a_file_that_is_nothing_stops_only_itself(tmp_path: Path, name: str) -> None:
    """As ``check dist/*`` meets them."""
    write(tmp_path / name, "" if name.startswith("empty") else "{}")
    report = check(tmp_path / name, write_plugin(tmp_path / "p", {"one": tiny()}))
    assert states(report) == {"one": "answered"}
    assert report.exit_code == 1
    assert report.outcomes[0].error is not None
    assert report.outcomes[0].error.exit_code == 1


def test_one_broken_subject_does_not_stop_the_others(tmp_path: Path) -> None:
    report = check(tmp_path / "nope.mcpb", write_plugin(tmp_path / "p", {"one": tiny()}))
    assert states(report) == {"one": "answered"}
    assert report.exit_code == 1

"""The values of check, and what is hidden in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugintool.author.check_request import Bench, CheckRequest, Site
from plugintool.author.checked import Checked, CheckedHook, CheckedServer, Redaction, hook_of, server_of
from plugintool.probe.codes import CHECK_CODES, Flaw
from plugintool.probe.era import Agreement, Era
from plugintool.probe.hooks import Hook, HookRun
from plugintool.probe.interview import Interview
from plugintool.probe.launch import Place
from plugintool.report import Location, Severity

NOTHING = Redaction()
AGREED = Agreement(Era.STATELESS, "2026-07-28", "s", "1", {}, {})


def site(**options: Any) -> Site:
    place = Place(Path("/tmp/private"), {})
    bench = Bench(place, Path("/tmp/private/subject"), "mine/plugin", CheckRequest(**options))
    return Site("server", "one", Location("manifest.json", 3, 1), bench)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the key is hunter22", "the key is ***"),
        ("hunter22hunter22", "******"),
        ("hunter2", "hunter2"),
        ("", ""),
        ("abc", "abc"),
        ("long-hunter22-value", "***"),
    ],
)
def test_secrets_are_hidden(text: str, shown: str) -> None:
    """The longer one first; short ones would be found inside of words."""
    assert Redaction(("hunter22", "abc", "long-hunter22-value", "")).hide(text) == shown


def test_private_paths_are_shown_as_the_users() -> None:
    told = site().bench.redaction.hide("/tmp/private/subject/server.py /tmp/private/home/x /tmp/other")
    assert told == "mine/plugin/server.py <private>/home/x /tmp/other"


def test_sensitive_settings_are_hidden_only_where_they_are_declared() -> None:
    bench = site(settings={"k": ("hunter22",), "open": ("visible",)}).bench
    options: Any = {"k": {"sensitive": True}, "open": {}}
    assert bench.redaction.hide("hunter22 visible") == "hunter22 visible"
    assert bench.hiding(options).redaction.hide("hunter22 visible") == "*** visible"


def test_a_finding_says_who_what_and_where() -> None:
    (finding,) = site().findings([Flaw("CH004", '"hello"')])
    assert finding.message == 'server one: stdout carries something other than JSON-RPC: "hello"'
    assert (finding.code, finding.severity) == ("CH004", Severity.ERROR)
    assert finding.location == Location("manifest.json", 3, 1)
    assert finding.hint == CHECK_CODES["CH004"].repair


def test_a_flaw_without_words_needs_no_colon() -> None:
    (finding,) = site().findings([Flaw("CH032", "")])
    assert finding.message == "server one: a hook blocks the sample event"


@pytest.mark.parametrize(("code", "told"), [("CH002", True), ("CH003", True), ("CH030", True), ("CH012", False)])
def test_the_last_words_are_told_with_a_failure(code: str, told: bool) -> None:
    (finding,) = site().findings([Flaw(code, "x")], stderr=("first", "the last words"))
    assert finding.message.endswith("; stderr: the last words") is told


def test_last_words_are_cut_and_secrets_hidden_in_them() -> None:
    (finding,) = site(secrets=("hunter22",)).findings([Flaw("CH002", "x")], stderr=("y" * 5000 + "hunter22",))
    assert len(finding.message) < 500
    assert finding.message.endswith("y***")


@pytest.mark.parametrize(("directory", "severity"), [(False, Severity.INFO), (True, Severity.ERROR)])
def test_the_directory_is_stricter(directory: bool, severity: Severity) -> None:
    (finding,) = site(directory=directory).findings([Flaw("CH016", "count")])
    assert finding.severity is severity


def test_a_server_that_answered() -> None:
    told = Interview(agreement=AGREED, tools=({"name": "a"}, {"x": 1}), first_answer=0.5, exit_code=0, stderr=b"log\n")
    server = server_of("one", told, [], NOTHING)
    assert server.state == "answered"
    assert server.stderr == (), "nobody needs the log of what works"
    assert server.as_json() == {
        "name": "one",
        "transport": "stdio",
        "state": "answered",
        "era": "stateless",
        "protocol_version": "2026-07-28",
        "server_name": "s",
        "server_version": "1",
        "tools": ["a"],
        "prompts": None,
        "first_answer_ms": 500,
        "exit_code": 0,
        "stderr": [],
    }


@pytest.mark.parametrize("code", ["CH001", "CH002", "CH003", "CH008"])
def test_a_conversation_that_was_cut_short_has_failed(code: str) -> None:
    server = server_of("one", Interview(agreement=AGREED, stderr=b"why\n"), [Flaw(code, "")], NOTHING)
    assert (server.state, server.stderr) == ("failed", ("why",))


@pytest.mark.parametrize("code", ["CH004", "CH009", "CH011", "CH012"])
def test_other_flaws_leave_it_answered(code: str) -> None:
    assert server_of("one", Interview(agreement=AGREED), [Flaw(code, "")], NOTHING).state == "answered"


def test_a_server_without_an_agreement_has_failed() -> None:
    server = server_of("one", Interview(), [], NOTHING)
    assert (server.state, server.era, server.version, server.tools) == ("failed", "", "", None)


def test_of_stderr_the_last_lines_are_kept() -> None:
    stderr = b"\n".join(b"line %d" % at for at in range(100)) + b"\n\n\xff\n"
    server = server_of("one", Interview(stderr=stderr), [Flaw("CH002", "")], NOTHING)
    assert len(server.stderr) == 10
    assert server.stderr[-2:] == ("line 99", "\ufffd")


@pytest.mark.parametrize(("code", "kept"), [("CH030", True), ("CH031", True), ("CH032", False), ("CH035", False)])
def test_a_hook(code: str, kept: bool) -> None:
    told = HookRun(1, 0.25, "text", b"why\n", (Flaw(code, ""),))
    hook = hook_of(Hook("Stop", "m", {"type": "command"}), told, "run me", NOTHING)
    assert hook.as_json() == {
        "event": "Stop",
        "matcher": "m",
        "type": "command",
        "command": "run me",
        "ran": True,
        "exit_code": 1,
        "milliseconds": 250,
        "output": "text",
        "stderr": ["why"] if kept else [],
    }


@pytest.mark.parametrize("kind", [None, 7, [], {}])
def test_a_hook_of_no_type_has_none(kind: Any) -> None:
    assert Hook("Stop", "", {"type": kind}).type == ""


def test_what_counts_as_checked() -> None:
    servers = tuple(
        CheckedServer(name=state, transport="stdio", state=state)
        for state in ("answered", "failed", "authorization", "not checked")
    )
    hooks = tuple(CheckedHook(event="Stop", matcher="", type="command", command="", ran=ran) for ran in (True, False))
    checked = Checked("plugin", "p", servers, hooks)
    assert checked.started == 4
    told = checked.as_json()
    assert (told["checked"], told["not_checked"]) == (4, 2)
    assert Checked("plugin", "p").started == 0

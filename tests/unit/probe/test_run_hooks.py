"""Hooks run as the client runs them, with a sample on stdin, and are ended in time."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest

from plugintool import limits
from plugintool.probe.hooks import Hook, HookRun, run_hook
from plugintool.probe.launch import Place, private_place
from plugintool.probe.plugin import variables_of
from tests.check_world import PATH, python


@pytest.fixture
def place() -> Iterator[Place]:
    with private_place({**PATH, "TOKEN": "t0"}) as place:
        (place.root / "subject").mkdir()
        yield place


def run(place: Place, event: str = "Stop", matcher: str = "", *, settings: Any = None, **handler: Any) -> HookRun:
    hook = Hook(event, matcher, {"type": "command", **handler})
    return run_hook(hook, variables_of(place.root / "subject", place, settings or {}), place)


def codes(told: HookRun) -> list[str]:
    return [flaw.code for flaw in told.flaws]


def test_a_hook_that_says_nothing(place: Place) -> None:
    told = run(place, command="true")
    assert (told.ran, told.exit_code, told.output, told.flaws) == (True, 0, "none", ())
    assert 0 < told.seconds < 5


def test_it_gets_the_event_on_stdin(place: Place) -> None:
    told = run(place, "PreToolUse", "Write", command="cat >&2")
    event = json.loads(told.stderr)
    assert event["hook_event_name"] == "PreToolUse"
    assert event["tool_name"] == "Write"
    assert event["cwd"] == str(place.project)


def test_it_gets_the_environment_of_the_client(place: Place) -> None:
    told = run(place, settings={"k": "v"}, command="env >&2; pwd >&2")
    said = told.stderr.decode().splitlines()
    for name, value in {
        "CLAUDE_PLUGIN_ROOT": place.root / "subject",
        "CLAUDE_PROJECT_DIR": place.project,
        "CLAUDE_PLUGIN_DATA": place.data,
        "CLAUDE_PLUGIN_OPTION_K": "v",
        "TOKEN": "t0",
    }.items():
        assert f"{name}={value}" in said
    assert said[-1] == str(place.project)
    assert not any(line.startswith("CLAUDE_ENV_FILE=") for line in said)


def test_some_events_may_leave_variables(place: Place) -> None:
    told = run(place, "SessionStart", command='echo "export A=1" > "$CLAUDE_ENV_FILE"')
    assert told.exit_code == 0
    assert (place.root / "tmp/claude-env").read_text() == "export A=1\n"


def test_a_shell_command_may_name_the_root_either_way(place: Place) -> None:
    (place.root / "subject/run.sh").write_text("echo ran >&2")
    for command in ('sh "${CLAUDE_PLUGIN_ROOT}/run.sh"', 'sh "$CLAUDE_PLUGIN_ROOT/run.sh"'):
        assert run(place, command=command).stderr == b"ran\n"


def test_exec_form_needs_no_shell(place: Place) -> None:
    code = "import sys; sys.stderr.write(sys.argv[1])"
    handler = python(code)
    handler["args"] += ["${CLAUDE_PLUGIN_ROOT}; $HOME ${user_config.k}"]
    told = run(place, settings={"k": "v"}, **handler)
    assert told.stderr.decode() == f"{place.root}/subject; $HOME v"


def test_what_stays_literal_in_exec_form_is_told(place: Place) -> None:
    told = run(place, command="true", args=["${user_config.nope}"])
    assert codes(told) == ["CH018"]


def test_a_setting_in_a_shell_command_is_not_run(place: Place) -> None:
    told = run(place, settings={"k": "v"}, command="echo ${user_config.k}")
    assert codes(told) == ["CH023"]
    assert not told.ran


@pytest.mark.parametrize(
    ("command", "code", "expected"),
    [
        ("exit 2", 2, ["CH032"]),
        ("exit 1", 1, ["CH030"]),
        ("nonesuch-command", 127, ["CH030"]),
        ("kill -9 $$", -9, ["CH030"]),
    ],
)
def test_exit_codes(place: Place, command: str, code: int, expected: list[str]) -> None:
    told = run(place, command=command)
    assert (told.exit_code, codes(told)) == (code, expected)


def test_what_it_prints_with_an_error_does_not_count(place: Place) -> None:
    assert codes(run(place, command="echo '{broken'; exit 2")) == ["CH032"]


def test_its_output_is_judged(place: Place) -> None:
    good = {"hookSpecificOutput": {"hookEventName": "UserPromptSubmit", "additionalContext": "x"}}
    told = run(place, "UserPromptSubmit", command=f"echo '{json.dumps(good)}'")
    assert (told.output, told.flaws) == ("json", ())
    told = run(place, "Stop", command=f"echo '{json.dumps(good)}'")
    assert codes(told) == ["CH034"]
    assert run(place, command="echo hello").output == "text"
    assert codes(run(place, command="echo '{broken'")) == ["CH033"]


def test_a_hook_that_does_not_end(place: Place) -> None:
    begun = time.monotonic()
    told = run(place, command="sleep 30", timeout=0.3)
    assert codes(told) == ["CH031"]
    assert told.exit_code is None
    assert time.monotonic() - begun < 5


def test_a_hook_that_does_not_read_its_event_is_none_the_worse(place: Place) -> None:
    assert run(place, command="exec <&-; true").flaws == ()


def test_children_of_a_hook_are_told_and_ended(place: Place) -> None:
    told = run(place, command="sleep 30 >/dev/null 2>&1 &")
    assert codes(told) == ["CH010"]
    assert "sleep 30" in told.flaws[0].message
    handler: dict[str, Any] = {"command": "sleep 30 >/dev/null 2>&1 &", "async": True}
    assert run(place, **handler).flaws == ()


def test_a_child_that_keeps_stdout_does_not_keep_us(place: Place) -> None:
    begun = time.monotonic()
    told = run(place, command="sleep 30 &", timeout=20)
    assert codes(told) == ["CH010"]
    assert time.monotonic() - begun < 5


def test_a_flood_is_cut(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CHECK_HOOK_BYTES", 100_000)
    told = run(place, **python("while True: print('x' * 1000)"))
    assert codes(told) == ["CH008"]


def test_a_program_that_is_not_there(place: Place) -> None:
    told = run(place, command="nonesuch-program", args=[])
    assert codes(told) == ["CH001"]
    assert not told.ran


@pytest.mark.parametrize("handler", [{}, {"command": 7}, {"command": "x", "args": "y"}, {"command": "x", "args": [1]}])
def test_a_handler_of_the_wrong_shape(place: Place, handler: dict[str, Any]) -> None:
    assert codes(run(place, **handler)) == ["CH023"]


@pytest.mark.parametrize("kind", ["prompt", "agent", "http", "mcp_tool", "", "Command"])
def test_other_types_are_reported_as_not_run(place: Place, kind: str) -> None:
    told = run(place, type=kind, command="touch /ran")
    assert codes(told) == ["CH035"]
    assert not told.ran


def test_an_unknown_event_is_reported_as_not_run(place: Place) -> None:
    assert codes(run(place, "PreTool", command="true")) == ["CH036"]


@pytest.mark.parametrize(
    ("event", "timeout", "seconds"),
    [
        ("Stop", None, limits.CHECK_HOOK_SECONDS),
        ("Stop", 5, 5),
        ("Stop", 0.5, 0.5),
        ("Stop", 600, limits.CHECK_HOOK_SECONDS),
        ("Stop", 0, limits.CHECK_HOOK_SECONDS),
        ("Stop", -1, limits.CHECK_HOOK_SECONDS),
        ("Stop", "5", limits.CHECK_HOOK_SECONDS),
        ("Stop", True, limits.CHECK_HOOK_SECONDS),
        ("UserPromptSubmit", None, 30),
        ("SessionEnd", None, 1.5),
        ("SessionEnd", 10, 10),
    ],
)
def test_how_long_a_hook_may_run(event: str, timeout: Any, seconds: float) -> None:
    assert Hook(event, "", {"timeout": timeout}).seconds == seconds


def test_powershell_is_looked_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modelled: the program and its options."""
    monkeypatch.setattr(shutil, "which", lambda name, path: "/x" if name == "powershell" else None)
    told = run(place, command="exit 0", shell="powershell")
    assert told.flaws[0].message.startswith("powershell: ")

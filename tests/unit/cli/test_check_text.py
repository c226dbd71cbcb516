"""How one checked subject is printed: what matters on one line, text of strangers escaped."""

from __future__ import annotations

import signal
from typing import Any

import click
import pytest

from plugintool.author.checked import Checked, CheckedHook, CheckedServer
from plugintool.cli import check


def lines(*servers: CheckedServer, hooks: tuple[CheckedHook, ...] = (), name: str = "p") -> list[str]:
    return [click.unstyle(line) for line in check._lines(Checked("plugin", name, servers, hooks))]


def server(**members: Any) -> CheckedServer:
    return CheckedServer(**{"name": "one", "transport": "stdio", "state": "answered", **members})


def hook(**members: Any) -> CheckedHook:
    said = {"event": "Stop", "matcher": "", "type": "command", "command": "run", "ran": True, "exit_code": 0}
    return CheckedHook(**{**said, **members})


def test_a_server_that_answered() -> None:
    told = lines(
        server(
            era="handshake",
            version="2025-11-25",
            server_name="clock",
            server_version="1.2",
            tools=("now", "zone"),
            prompts=("ask",),
            first_answer=0.126,
        )
    )
    assert told == [
        "plugin p",
        "  server one  answered  stdio · handshake 2025-11-25 · clock 1.2 · first answer after 0.13 s",
        "    tools  now, zone",
        "    prompts  ask",
        "  1 checked, 0 not checked",
    ]


def test_a_server_that_failed_shows_its_last_words() -> None:
    told = lines(server(state="failed", stderr=("one", "two")))
    assert told[1:4] == ["  server one  failed  stdio", "    stderr | one", "    stderr | two"]


@pytest.mark.parametrize(
    ("state", "counts"), [("not checked", "0 checked, 1 not"), ("authorization", "1 checked, 0 not")]
)
def test_a_remote_server(state: str, counts: str) -> None:
    told = lines(server(transport="http", state=state))
    assert told[1] == f"  server one  {state}  http"
    assert counts in told[-1]


@pytest.mark.parametrize("tools", [None, ()])
def test_no_tools_need_no_line(tools: Any) -> None:
    assert len(lines(server(tools=tools))) == 3


def test_many_tools_are_counted() -> None:
    told = lines(server(tools=tuple(f"t{at}" for at in range(20))))
    assert told[2] == "    tools  t0, t1, t2, t3, t4, t5, t6, t7 and 12 more"


@pytest.mark.parametrize(
    ("members", "line"),
    [
        ({}, "  hook Stop  exit code 0 after 0.50 s · output: none  run"),
        ({"matcher": "Edit|Write"}, "  hook Stop Edit|Write  exit code 0 after 0.50 s · output: none  run"),
        ({"exit_code": 2, "output": "json"}, "  hook Stop  exit code 2 after 0.50 s · output: json  run"),
        ({"exit_code": None}, "  hook Stop  not ended after 0.50 s · output: none  run"),
        ({"ran": False, "exit_code": None}, "  hook Stop  not run  run"),
        ({"ran": False, "command": ""}, "  hook Stop  not run"),
        ({"command": "x" * 500}, f"  hook Stop  exit code 0 after 0.50 s · output: none  {'x' * 80}"),
    ],
)
def test_a_hook(members: dict[str, Any], line: str) -> None:
    assert lines(hooks=(hook(seconds=0.5, **members),))[1] == line


def test_text_of_strangers_is_escaped() -> None:
    odd = "\x1b[31m\u202e\n"
    told = lines(
        server(name=odd, server_name=odd, version=odd, tools=(odd,), prompts=(odd,), stderr=(odd,)),
        hooks=(hook(event=odd, matcher=odd, command=odd, stderr=(odd,)),),
        name=odd,
    )
    assert not any(sign in line for line in told for sign in odd if not sign.isprintable())
    assert all("\\x1b[31m\\u202e\\n" in line for line in told[:-1])


def test_the_terminal_that_goes_away_ends_it_like_a_request_to_end() -> None:
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        signal.signal(signal.SIGTERM, lambda *_: None)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        check._end_with_the_terminal()
        assert signal.getsignal(signal.SIGHUP) is signal.getsignal(signal.SIGTERM)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        check._end_with_the_terminal()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN, "nohup"
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def test_systems_without_such_a_signal_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows, modelled."""
    monkeypatch.delattr(signal, "SIGHUP")
    check._end_with_the_terminal()

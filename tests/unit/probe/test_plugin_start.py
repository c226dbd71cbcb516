"""How a server of a plugin is started: variables in one pass, and the environment it gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugintool.probe.bundle import Setting
from plugintool.probe.launch import Place
from plugintool.probe.plugin import PluginVariables, server_start, transport_of, variables_of

PLACE = Place(Path("/p"), {"PATH": "/bin", "TOKEN": "t0"})


def variables(**settings: Setting) -> PluginVariables:
    return variables_of(Path("/p/subject"), PLACE, settings)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${CLAUDE_PLUGIN_ROOT}/x", "/p/subject/x"),
        ("${CLAUDE_PLUGIN_DATA}", "/p/data"),
        ("${CLAUDE_PROJECT_DIR}", "/p/project"),
        ("${HOME}", "/p/home"),
        ("${TOKEN}", "t0"),
        ("${TOKEN:-none}", "t0"),
        ("${NOPE:-none}", "none"),
        ("${NOPE:-}", ""),
        ("${NOPE}", "${NOPE}"),
        ("${user_config.k}", "v"),
        ("${user_config.nope}", "${user_config.nope}"),
        ("${user_config.many}", "a,b"),
        ("${user_config.deep}", "${TOKEN}"),
        ("$CLAUDE_PLUGIN_ROOT ${__dirname} ${}", "$CLAUDE_PLUGIN_ROOT ${__dirname} ${}"),
        ("${CLAUDE_PLUGIN_ROOT}:${TOKEN}", "/p/subject:t0"),
    ],
)
def test_variables(text: str, filled: str) -> None:
    """In one pass: what a value holds is not looked at again."""
    assert variables(k="v", many=("a", "b"), deep="${TOKEN}").fill(text) == filled


def test_only_the_clients_own_variables_are_filled_into_a_shell_command() -> None:
    filled = variables(k="v").fill_own("${CLAUDE_PLUGIN_ROOT}/x ${TOKEN} ${user_config.k} ${X:-y}")
    assert filled == "/p/subject/x ${TOKEN} ${user_config.k} ${X:-y}"


def test_the_environment_of_servers_and_hooks() -> None:
    assert variables(k="v", many=("a", "b")).environment == {
        "CLAUDE_PLUGIN_ROOT": "/p/subject",
        "CLAUDE_PLUGIN_DATA": "/p/data",
        "CLAUDE_PROJECT_DIR": "/p/project",
        "CLAUDE_PLUGIN_OPTION_K": "v",
        "CLAUDE_PLUGIN_OPTION_MANY": "a,b",
    }


def test_a_server() -> None:
    entry: dict[str, Any] = {
        "command": "${CLAUDE_PLUGIN_ROOT}/run",
        "args": ["-c", "${user_config.k}"],
        "env": {"A": "${TOKEN}"},
    }
    found = server_start(entry, variables(k="v"))
    assert found is not None
    assert found.argv == ("/p/subject/run", "-c", "v")
    assert found.env == {"A": "t0"}
    assert list(found.flaws()) == []


def test_what_stays_literal_is_a_flaw() -> None:
    found = server_start({"command": "x", "args": ["${user_config.nope}"]}, variables())
    assert found is not None
    assert [flaw.message for flaw in found.flaws()] == ["${user_config.nope}"]


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"command": ""},
        {"command": ["x"]},
        {"command": "x", "args": "y"},
        {"command": "x", "args": [1]},
        {"command": "x", "args": None},
        {"command": "x", "env": []},
        {"command": "x", "env": {"A": None}},
    ],
)
def test_what_cannot_be_started(entry: Any) -> None:
    assert server_start(entry, variables()) is None


@pytest.mark.parametrize(
    ("entry", "transport"),
    [
        ({"command": "x"}, "stdio"),
        ({}, "stdio"),
        ({"type": "stdio", "url": "x"}, "stdio"),
        ({"type": "http", "url": "x"}, "http"),
        ({"url": "x"}, "http"),
        ({"url": "x", "command": "y"}, "stdio"),
        ({"type": 7, "command": "y"}, "stdio"),
    ],
)
def test_transports(entry: Any, transport: str) -> None:
    assert transport_of(entry) == transport

"""What repairs make of hooks and servers, value by value; and what they leave to a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fix_world import HOOKS, after, handler_after, json_after, matcher_after, server_after

RUN = {"type": "command", "command": "date"}
HTTP = {"type": "http", "url": "https://acme.example"}


class TestKeys:
    """HK008."""

    @pytest.mark.parametrize(
        ("key", "wanted"),
        [("timout", "timeout"), ("timeuot", "timeout"), ("comand", "comand"), ("x-team", "x-team"), ("argz", "args")],
    )
    def test_of_a_handler(self, tmp_path: Path, key: str, wanted: str) -> None:
        """``comand`` stands beside ``command``: nobody knows which of the two is meant."""
        assert wanted in handler_after(tmp_path, "HK008", {**RUN, key: 5})

    @pytest.mark.parametrize(("key", "wanted"), [("comand", "command"), ("agrs", "args"), ("urls", "url")])
    def test_of_a_server(self, tmp_path: Path, key: str, wanted: str) -> None:
        assert wanted in server_after(tmp_path, "HK008", {"type": "stdio", key: "x"})

    def test_of_a_group(self, tmp_path: Path) -> None:
        group = {"mathcer": "Bash", "hooks": [RUN]}
        found = json_after(tmp_path, HOOKS, {"hooks": {"PreToolUse": [group]}}, "HK008")
        assert found["hooks"]["PreToolUse"][0]["matcher"] == "Bash"

    def test_everything_else_keeps_its_bytes(self, tmp_path: Path) -> None:
        text = (
            '{ "hooks":\r\n\t{"Stop": [{"hooks": [ {"type": "command", "command": "d\\u00e9j", "timout" : 5}]}]}}\r\n'
        )
        assert after(tmp_path, {HOOKS: text.encode()}, HOOKS, "HK008") == text.replace("timout", "timeout")


class TestTimeouts:
    """HK009."""

    @pytest.mark.parametrize(
        ("before", "safe", "unsafe"),
        [
            (30_000, 30, 30),
            (600_000, 600, 600),
            (5000, 5000, 5),
            (1500, 1500, 1.5),
            (3600, 3600, 3.6),
            (10_001, 10_001, 10.001),
            (999, 999, 999),
            (30, 30, 30),
        ],
    )
    def test_a_hook_counts_seconds(self, tmp_path: Path, before: float, safe: float, unsafe: float) -> None:
        """From 10,000 on nobody means seconds; below, an hour may be meant."""
        handler = {**RUN, "timeout": before}
        assert handler_after(tmp_path / "a", "HK009", handler)["timeout"] == safe
        assert handler_after(tmp_path / "b", "HK009", handler, unsafe=True)["timeout"] == unsafe

    @pytest.mark.parametrize(
        ("before", "safe", "unsafe"),
        [
            (30, 30_000, 30_000),
            (120, 120_000, 120_000),
            (500, 500, 500_000),
            (1000, 1000, 1000),
            (30_000, 30_000, 30_000),
        ],
    )
    def test_a_server_counts_milliseconds(self, tmp_path: Path, before: float, safe: float, unsafe: float) -> None:
        server = {"command": "db", "timeout": before}
        assert server_after(tmp_path / "a", "HK009", server)["timeout"] == safe
        assert server_after(tmp_path / "b", "HK009", server, unsafe=True)["timeout"] == unsafe

    @pytest.mark.parametrize("odd", [True, "5000", None, [5000]])
    def test_what_is_no_number_is_left_alone(self, tmp_path: Path, odd: Any) -> None:
        assert handler_after(tmp_path, "HK009", {**RUN, "timeout": odd}, unsafe=True)["timeout"] == odd


class TestMatchers:
    """HK010, HK013, HK014."""

    @pytest.mark.parametrize(
        ("event", "before", "wanted"),
        [
            ("Stop", "Bash", None),
            ("UserPromptSubmit", "anything.*", None),
            ("SessionStart", "Startup", "startup"),
            ("SessionStart", "startup|resum", "startup|resume"),
            ("SessionStart", "begin", "begin"),
            ("PreCompact", "manuel", "manual"),
            ("SessionEnd", "prompt_input_exti", "prompt_input_exit"),
        ],
    )
    def test_values_of_events(self, tmp_path: Path, event: str, before: str, wanted: str | None) -> None:
        assert matcher_after(tmp_path, "HK010", event, before) == wanted

    @pytest.mark.parametrize(
        ("before", "wanted"),
        [
            ("bash", "Bash"),
            ("Write|edit", "Write|Edit"),
            ("write, EDIT", "Write, Edit"),
            ("Bash|mcp__search__find", "Bash|mcp__search__find"),
            ("Wrote", "Write"),
            ("Deploy", "Deploy"),
            ("bash.*", "bash.*"),
        ],
    )
    def test_tools(self, tmp_path: Path, before: str, wanted: str) -> None:
        """An expression is left alone: what it matches is the author's affair."""
        assert matcher_after(tmp_path, "HK013", "PreToolUse", before) == wanted

    @pytest.mark.parametrize(
        ("before", "wanted"),
        [
            ("mcp__db__.*", "mcp__plugin_acme-review_db__.*"),
            ("mcp__db__a|mcp__other__b", "mcp__plugin_acme-review_db__a|mcp__other__b"),
            ("mcp__plugin_acme-review_db__.*", "mcp__plugin_acme-review_db__.*"),
        ],
    )
    def test_the_own_server(self, tmp_path: Path, before: str, wanted: str) -> None:
        group = {"matcher": before, "hooks": [RUN]}
        fields: Any = {"mcpServers": {"db": {"command": "db"}}}
        found = json_after(tmp_path, HOOKS, {"hooks": {"PreToolUse": [group]}}, "HK014", **fields)
        assert found["hooks"]["PreToolUse"][0]["matcher"] == wanted

    def test_the_own_server_of_a_tool_handler(self, tmp_path: Path) -> None:
        handler = {"type": "mcp_tool", "server": "db", "tool": "find"}
        fields: Any = {"mcpServers": {"db": {"command": "db"}}}
        found = json_after(tmp_path, HOOKS, {"hooks": {"Stop": [{"hooks": [handler]}]}}, "HK014", **fields)
        assert found["hooks"]["Stop"][0]["hooks"][0]["server"] == "plugin:acme-review:db"


class TestConditions:
    """HK016."""

    def test_once_goes(self, tmp_path: Path) -> None:
        assert handler_after(tmp_path, "HK016", {**RUN, "once": True}) == RUN

    def test_a_condition_on_another_event_goes_when_asked_for(self, tmp_path: Path) -> None:
        """Such a handler never ran; without the condition it runs, which may not be wanted."""
        handler = {**RUN, "if": "Bash(git:*)"}
        assert handler_after(tmp_path / "a", "HK016", handler) == handler
        assert handler_after(tmp_path / "b", "HK016", handler, unsafe=True) == RUN

    def test_an_open_condition_is_for_a_person(self, tmp_path: Path) -> None:
        handler = {**RUN, "if": "Bash(git:*"}
        assert handler_after(tmp_path, "HK016", handler, event="PreToolUse", unsafe=True) == handler


class TestVariables:
    """HK028."""

    def test_a_list_is_made(self, tmp_path: Path) -> None:
        handler = {**HTTP, "headers": {"Authorization": "Bearer $TOKEN"}}
        assert handler_after(tmp_path, "HK028", handler)["allowedEnvVars"] == ["TOKEN"]

    def test_a_list_grows(self, tmp_path: Path) -> None:
        headers = {"A": "${ONE} $TWO", "B": "$THREE ${CLAUDE_PROJECT_DIR}"}
        handler = {**HTTP, "headers": headers, "allowedEnvVars": ["ONE"]}
        assert handler_after(tmp_path, "HK028", handler)["allowedEnvVars"] == ["ONE", "TWO", "THREE"]

    def test_what_is_no_list_is_left_alone(self, tmp_path: Path) -> None:
        handler = {**HTTP, "headers": {"A": "$ONE"}, "allowedEnvVars": "TWO"}
        assert handler_after(tmp_path, "HK028", handler) == handler


class TestWords:
    """MC005, HK026."""

    @pytest.mark.parametrize(
        ("command", "args", "wanted"),
        [
            ("node server.js", None, ("node", ["server.js"])),
            ("npx -y acme-mcp@1.0.0", None, ("npx", ["-y", "acme-mcp@1.0.0"])),
            ("node server.js", ["--port", "1"], ("node", ["server.js", "--port", "1"])),
            ("node ${CLAUDE_PLUGIN_ROOT}/a.js", None, ("node", ["${CLAUDE_PLUGIN_ROOT}/a.js"])),
            ("sh -c 'a b'", None, ("sh -c 'a b'", None)),
            ("node a.js > log", None, ("node a.js > log", None)),
            ("node $(which a)", None, ("node $(which a)", None)),
            ("/opt/my tools/run --fast", None, ("/opt/my tools/run --fast", None)),
        ],
    )
    def test_of_a_server(self, tmp_path: Path, command: str, args: Any, wanted: tuple[str, Any]) -> None:
        """What a shell would do more with than divide stays as it is."""
        found = server_after(tmp_path, "MC005", {"command": command, **({} if args is None else {"args": args})})
        assert (found["command"], found.get("args")) == wanted

    def test_of_a_hook(self, tmp_path: Path) -> None:
        found = handler_after(tmp_path, "HK026", {"type": "command", "command": "node a.js", "args": ["b"]})
        assert (found["command"], found["args"]) == ("node", ["a.js", "b"])

    def test_a_batch_file_is_for_a_person(self, tmp_path: Path) -> None:
        handler = {"type": "command", "command": "check.cmd", "args": []}
        assert handler_after(tmp_path, "HK026", handler) == handler

    def test_strange_args_are_left_alone(self, tmp_path: Path) -> None:
        server = {"command": "node a.js", "args": "b"}
        assert server_after(tmp_path, "MC005", server) == server


def test_managed_keys_go(tmp_path: Path) -> None:
    """MC014."""
    server = {"type": "http", "url": "https://mcp.acme.example"}
    more = {"toolPolicy": {}, "transport": "http", "headersHelperTtlSec": 5}
    assert server_after(tmp_path, "MC014", {**server, **more}) == server


@pytest.mark.parametrize(("before", "wanted"), [(8080, "8080"), (True, "true"), (1.5, "1.5"), ({"a": 1}, {"a": 1})])
def test_variables_are_texts(tmp_path: Path, before: Any, wanted: Any) -> None:
    """MC001: what has parts is for a person."""
    assert server_after(tmp_path, "MC001", {"command": "db", "env": {"PORT": before}})["env"]["PORT"] == wanted


def test_arguments_are_texts(tmp_path: Path) -> None:
    assert server_after(tmp_path, "MC001", {"command": "db", "args": ["-p", 1, False]})["args"] == ["-p", "1", "false"]

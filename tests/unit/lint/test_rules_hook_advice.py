"""HK008 to HK028: handlers and matchers that are valid and do not do what they say."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.advice_world import HTTP, command, findings, hooks, messages, servers

WEB = {"type": "http", "url": "https://acme.example"}


@pytest.mark.parametrize(
    ("members", "meant"),
    [
        ({}, ""),
        ({"timeout": 5}, ""),
        ({"timout": 5}, "timeout"),
        ({"statusmessage": "x"}, "statusMessage"),
        ({"arg": []}, "args"),
        ({"note": "x"}, ""),
        ({"description": "x"}, ""),
        ({"timeout": 5, "timout": 5}, ""),
    ],
)
def test_keys_of_a_handler(members: dict[str, Any], meant: str) -> None:
    """HK008."""
    found = findings("HK008", hooks("Stop", command(**members)))
    assert [item.hint for item in found] == ([f"did you mean {meant}?"] if meant else [])


@pytest.mark.parametrize(("key", "count"), [("mathcer", 1), ("matchers", 1), ("note", 0), ("matcher", 0)])
def test_keys_of_a_group(key: str, count: int) -> None:
    """HK008."""
    assert len(findings("HK008", hooks("PreToolUse", command(), **{key: "Bash"}))) == count


@pytest.mark.parametrize(
    ("key", "count"), [("heders", 1), ("headers", 0), ("toolPolicy", 0), ("auth", 1), ("title", 0), ("x" * 500, 0)]
)
def test_keys_of_a_server(key: str, count: int) -> None:
    """HK008: its place is the key."""
    found = findings("HK008", servers(s={**HTTP, key: {}}))
    assert [(item.location.path, item.location.pointer[-1]) for item in found] == [(".mcp.json", key)] * count


@pytest.mark.parametrize(
    ("timeout", "count"), [(5, 0), (999, 0), (1000, 1), (60000, 1), ("5000", 0), (True, 0), (None, 0)]
)
def test_hooks_count_seconds(timeout: Any, count: int) -> None:
    """HK009."""
    assert len(findings("HK009", hooks("Stop", command(timeout=timeout)))) == count


@pytest.mark.parametrize(("timeout", "count"), [(1000, 0), (30000, 0), (999, 1), (30, 1), (0, 0), (-5, 0), ("30", 0)])
def test_servers_count_milliseconds(timeout: Any, count: int) -> None:
    """HK009."""
    assert len(findings("HK009", servers(s={**HTTP, "timeout": timeout}))) == count


@pytest.mark.parametrize(
    ("event", "matcher", "word"),
    [
        ("Stop", "x", "matchers are ignored at Stop"),
        ("Stop", "*", ""),
        ("Stop", ".*", ""),
        ("Stop", "", ""),
        ("UserPromptSubmit", "Bash", "ignored at UserPromptSubmit"),
        ("SessionStart", "startup", ""),
        ("SessionStart", "startup|resume", ""),
        ("SessionStart", "startup, resume", ""),
        ("SessionStart", "begin", "'begin' is unknown at SessionStart"),
        ("SessionStart", "start.*", ""),
        ("PreCompact", "Manual", "'Manual' is unknown"),
        ("SessionEnd", "logout", ""),
        ("PreToolUse", "anything", ""),
        ("Unheard", "anything", ""),
        ("SessionStart", 5, ""),
    ],
)
def test_a_matcher_that_the_event_knows(event: str, matcher: Any, word: str) -> None:
    """HK010."""
    found = messages("HK010", hooks(event, command(), matcher=matcher))
    assert len(found) == int(bool(word))
    assert all(word in text for text in found)


def test_a_near_value_is_proposed() -> None:
    """HK010."""
    (found,) = findings("HK010", hooks("SessionStart", command(), matcher="startpu"))
    assert found.hint == "did you mean startup?"
    assert found.location.pointer == ("hooks", "SessionStart", 0, "matcher")


@pytest.mark.parametrize(
    ("matcher", "word"),
    [
        ("Write|Edit", ""),
        ("mcp__.*", ""),
        ("*", ""),
        ("", ""),
        ("(Write", "missing )"),
        ("Write)", "unbalanced parenthesis"),
        ("[a-", "unterminated character set"),
        ("[]x", ""),
        ("*.md", "nothing to repeat"),
        ("a**", "multiple repeat"),
        ("(?<name>x)", ""),
        ("(?<=x)y", ""),
        ("[[a]]", ""),
        ("\\d+{", ""),
        ("(" * 501, ""),
        ("(" * 499, ""),
        ("(a+)+$", ""),
    ],
)
def test_a_matcher_is_an_expression(matcher: str, word: str) -> None:
    """HK012: only where Python and JavaScript agree that it is none."""
    found = messages("HK012", hooks("PreToolUse", command(), matcher=matcher))
    if word:
        assert len(found) == 1
        assert word in found[0]
    elif not matcher.startswith("(("):
        assert found == []


@pytest.mark.parametrize(
    ("event", "matcher", "words"),
    [
        ("PreToolUse", "Bash", []),
        ("PreToolUse", "bash", ["'bash'"]),
        ("PreToolUse", "Write|Edti|MultiEdit", ["'Edti'"]),
        ("PreToolUse", "Write, edit", ["'edit'"]),
        ("PostToolUse", "Deploy", []),
        ("PermissionRequest", "webfetch", ["'webfetch'"]),
        ("PreToolUse", "bash.*", []),
        ("PreToolUse", "mcp__bash__x", []),
        ("Notification", "bash", []),
        ("PreToolUse", "bash|bash", ["'bash'"]),
    ],
)
def test_a_matcher_of_a_tool(event: str, matcher: str, words: list[str]) -> None:
    """HK013."""
    found = messages("HK013", hooks(event, command(), matcher=matcher))
    assert len(found) == len(words)
    assert all(word in text for word, text in zip(words, found, strict=True))


@pytest.mark.parametrize(
    ("matcher", "count"),
    [
        ("mcp__search__.*", 1),
        ("mcp__my_server__x", 1),
        ("mcp__other__.*", 0),
        ("mcp__plugin_acme-review_search__.*", 0),
        ("mcp__search__a|mcp__search__b", 1),
        ("search", 0),
        ("mcp__" * 400, 0),
    ],
)
def test_the_own_server_in_a_matcher(matcher: str, count: int) -> None:
    """HK014."""
    files = {**servers(search=HTTP, **{"my server": HTTP}), **hooks("PreToolUse", command(), matcher=matcher)}
    found = findings("HK014", files)
    assert len(found) == count
    assert all("mcp__plugin_acme-review_" in item.hint for item in found)


@pytest.mark.parametrize(("server", "count"), [("search", 1), ("plugin:acme-review:search", 0), ("other", 0), (5, 0)])
def test_the_own_server_in_a_handler(server: Any, count: int) -> None:
    """HK014."""
    files = {**servers(search=HTTP), **hooks("Stop", {"type": "mcp_tool", "server": server, "tool": "t"})}
    found = findings("HK014", files)
    assert [item.hint for item in found] == ["write plugin:acme-review:search"] * count
    assert findings("HK014", hooks("Stop", {"type": "mcp_tool", "server": server})) == []


@pytest.mark.parametrize(
    ("event", "kind", "count"),
    [
        ("Stop", "prompt", 0),
        ("PreToolUse", "agent", 0),
        ("SessionStart", "prompt", 1),
        ("SessionStart", "agent", 1),
        ("SessionStart", "http", 1),
        ("SessionStart", "command", 0),
        ("SessionStart", "mcp_tool", 0),
        ("Setup", "http", 1),
        ("SessionEnd", "prompt", 1),
        ("SessionEnd", "http", 0),
        ("PreCompact", "prompt", 1),
        ("Notification", "agent", 1),
        ("Unheard", "prompt", 0),
        ("Stop", 5, 0),
    ],
)
def test_a_type_that_the_event_runs(event: str, kind: Any, count: int) -> None:
    """HK015."""
    assert len(findings("HK015", hooks(event, {"type": kind}))) == count


@pytest.mark.parametrize(
    ("event", "members", "words"),
    [
        ("PreToolUse", {"if": "Bash(git:*)"}, []),
        ("PreToolUse", {"if": "Bash(git:*"}, ["do not match"]),
        ("Stop", {"if": "Bash(git:*)"}, ["no effect at Stop"]),
        ("Stop", {"if": ""}, []),
        ("Stop", {"if": 5}, []),
        ("Stop", {"once": True}, ["`once`"]),
        ("Stop", {"once": False}, []),
        ("Stop", {"once": True, "if": "x"}, ["no effect at Stop", "`once`"]),
    ],
)
def test_conditions(event: str, members: dict[str, Any], words: list[str]) -> None:
    """HK016."""
    found = messages("HK016", hooks(event, command(**members)))
    assert len(found) == len(words)
    assert all(any(word in text for text in found) for word in words)


@pytest.mark.parametrize(
    ("handler", "count"),
    [
        (command("node", args=["x"]), 0),
        (command("node x.js", args=["y"]), 1),
        (command("node x.js"), 0),
        (command("run.cmd", args=[]), 1),
        (command("RUN.BAT", args=[]), 1),
        (command("${CLAUDE_PLUGIN_ROOT}/my script.sh", args=[]), 0),
        (command("/opt/my tool", args=[]), 0),
        ({"type": "http", "command": "node x", "args": []}, 0),
    ],
)
def test_exec_form(handler: dict[str, Any], count: int) -> None:
    """HK026."""
    assert len(findings("HK026", hooks("Stop", handler))) == count


@pytest.mark.parametrize(
    ("handler", "names"),
    [
        ({**WEB, "headers": {"A": "Bearer $TOKEN"}}, ["TOKEN"]),
        ({**WEB, "headers": {"A": "Bearer ${TOKEN}"}}, ["TOKEN"]),
        ({**WEB, "headers": {"A": "$A $B $A"}, "allowedEnvVars": ["B"]}, ["A"]),
        ({**WEB, "headers": {"A": "$A"}, "allowedEnvVars": ["A"]}, []),
        ({**WEB, "headers": {"A": "$A"}, "allowedEnvVars": "A"}, ["A"]),
        ({**WEB, "headers": {"A": "${CLAUDE_PLUGIN_ROOT}"}}, []),
        ({**WEB, "headers": {"A": "costs 5$"}}, []),
        ({**WEB, "headers": {"A": 5}}, []),
        ({**WEB, "headers": ["$A"]}, []),
        ({**WEB, "type": "command", "headers": {"A": "$A"}}, []),
    ],
)
def test_header_variables(handler: dict[str, Any], names: list[str]) -> None:
    """HK028."""
    found = messages("HK028", hooks("Stop", handler))
    assert found == [f"the variable {name} is not in allowedEnvVars" for name in names]


@pytest.mark.parametrize("rule_id", ["HK010", "HK012", "HK013", "HK014"])
@pytest.mark.parametrize("text", ["a|" * 20_000, "(" * 40_000, "mcp__a__" * 5_000, "[a-z]*" * 5_000])
def test_hostile_matchers_cost_little(rule_id: str, text: str) -> None:
    start = time.process_time()
    findings(rule_id, {**servers(a=HTTP), **hooks("PreToolUse", command(), matcher=text)})
    assert time.process_time() - start < 2


def test_inline_hooks_count_too() -> None:
    """Every rule looks at the manifest as well, with its place."""
    (found,) = findings("HK009", {}, {"hooks": {"Stop": [{"hooks": [command(timeout=9000)]}]}})
    assert found.location.path == ".claude-plugin/plugin.json"
    assert found.location.pointer == ("hooks", "Stop", 0, "hooks", 0, "timeout")

"""No rule fails, whatever a plugin holds, and none costs more than its share when there is much of it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool import jsontext
from plugintool.lint import registry
from plugintool.lint.known import near_miss
from plugintool.lint.rule import ALL_TARGETS, Subject
from plugintool.lint.rules.front_matter_values import split_tools
from plugintool.lint.rules.option_advice import is_range, is_secret_word
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.tree.memory import MemoryTree
from tests.advice_world import DESCRIPTION, component
from tests.rule_fixtures import manifest

EVERY = tuple(found.id for found in registry.all_rules().values() if Subject.PLUGIN in found.subjects)
KEYS = sorted(
    {
        key
        for line in """
name version userConfig channels dependencies commands agents skills hooks mcpServers lspServers outputStyles workflows
experimental themes monitors settings icon homepage Stop PreToolUse SessionStart type command args matcher if once
timeout url headers env server tool allowedEnvVars default min max sensitive multiple options model tools
allowed-tools description when_to_use metadata effort color when overrides base agent toolPolicy source
""".splitlines()
        for key in line.split()
    }
)
TEXTS = ["", "./", "./x.md", ".", "../x", "http", "command", "stdio", "string", "number", "x.mcpb", "./x.mcpb",
         "${CLAUDE_PLUGIN_ROOT}/x", "$CLAUDE_PLUGIN_ROOT", "${user_config.k}", "https://u:p@x", "https://[", "a b",
         "Bash(", "[a", "(?<x>", "on-skill-invoke:x", "{{X}}", "\u200b", "\ud800", "é", "1.0.0"]  # fmt: skip
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5000),
    st.floats(allow_nan=False),
    st.sampled_from(TEXTS),
    st.text(max_size=8),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6)


def check(files: dict[str, bytes], **options: Any) -> None:
    plugin = load_plugin(MemoryTree("acme-review", files))
    found = lint_plugin(plugin, LintOptions(select=EVERY, targets=ALL_TARGETS, **options))
    assert [item.message for item in found if item.code == "LN001"] == []


def as_bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


@settings(deadline=None, max_examples=150)
@given(manifest_value=OBJECTS, hook=OBJECTS, servers=OBJECTS, other=VALUES)
def test_any_json_is_judged(manifest_value: Any, hook: Any, servers: Any, other: Any) -> None:
    check(
        {
            ".claude-plugin/plugin.json": as_bytes(manifest_value),
            "hooks/hooks.json": as_bytes({"hooks": {"PreToolUse": [{"matcher": "x", "hooks": [hook]}], **hook}}),
            ".mcp.json": as_bytes({"mcpServers": {"a": servers, "b": other}}),
            ".lsp.json": as_bytes(servers),
            "monitors/monitors.json": as_bytes([hook, other]),
            "settings.json": as_bytes(other),
            "themes/x.json": as_bytes(servers),
            "x.md": b"text",
            "x.mcpb": b"PK\x03\x04",
        }
    )


@settings(deadline=None, max_examples=150)
@given(matter=OBJECTS, body=st.text(max_size=200), client=st.sampled_from([(2, 1, 197), (2, 1, 330)]))
def test_any_front_matter_is_judged(matter: Any, body: str, client: tuple[int, int, int]) -> None:
    text = f"---\n{json.dumps(matter)}\n---\n{body}".encode(errors="replace")
    paths = ("agents/x.md", "commands/x.md", "skills/x/SKILL.md", "output-styles/x.md", "SKILL.md")
    check({".claude-plugin/plugin.json": manifest().encode(), **dict.fromkeys(paths, text)}, client=client)


@settings(deadline=None, max_examples=150)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_judged(data: bytes) -> None:
    paths = (".claude-plugin/plugin.json", "agents/x.md", "skills/x/SKILL.md", "bin/x", ".gitmodules", "workflows/x.js")
    check(dict.fromkeys((*paths, "icon.png", "README.md", "hooks/hooks.json", "x.zip"), data))


@settings(deadline=None)
@given(text=st.text(max_size=300))
def test_small_readers_are_total(text: str) -> None:
    """They answer for every text, and a known word is never a near miss."""
    assert is_range(text) in {True, False}
    assert is_secret_word(text) in {True, False}
    assert split_tools(text) is None or "".join(split_tools(text) or ()) != " "
    assert near_miss(text, [text, "Read"]) == ""


def skills(number: int) -> dict[str, bytes]:
    body = "See [a](missing.md) and `b`.\n" * 10
    text = component(f"name: other\n{DESCRIPTION}allowed-tools: Raed\ntools: Read\n", body).encode()
    return {f"skills/s{index}/SKILL.md": text for index in range(number)}


def many(number: int) -> dict[str, bytes]:
    """Return a plugin in which everything is there ``number`` times."""
    server = {"command": "npx", "args": ["-y", "acme"], "env": {"API_KEY": "Zq3Rt7XwN2bMlK6Jh5Gd9F"}}
    handler = {"type": "command", "command": "./x.sh", "timout": 1}
    hooks = [{"matcher": f"mcp__s{index}__x", "hooks": [handler]} for index in range(number)]
    options = {f"key{index}": {"type": "string", "title": "t", "description": "d"} for index in range(number)}
    paths = [f"./skills/s{index}" for index in range(number)]
    return {
        ".claude-plugin/plugin.json": manifest(skills=paths, userConfig=options).encode(),
        ".mcp.json": as_bytes({"mcpServers": {f"s{index}": server for index in range(number)}}),
        "hooks/hooks.json": as_bytes({"hooks": {"PreToolUse": hooks}}),
        **skills(number),
    }


@pytest.mark.parametrize("rule_id", [found for found in EVERY if found[:2] not in {"PM", "LN"}])
def test_no_rule_is_quadratic(rule_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight times as much costs less than thirty times as much; a quadratic rule would cost sixty-four times.

    The place of a finding is left out: it costs one reading of the file whatever the rule.
    """
    monkeypatch.setattr(jsontext, "locate", lambda text, pointer: (1, 1))
    times = []
    for number in (50, 400):
        plugin = load_plugin(MemoryTree("acme-review", many(number)))
        assert plugin.directories
        options = LintOptions(select=(rule_id,), targets=ALL_TARGETS)
        start = time.process_time()
        lint_plugin(plugin, options)
        times.append(time.process_time() - start)
    assert times[1] < 0.25 or times[1] < 30 * times[0]

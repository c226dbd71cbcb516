"""Mistakes that authors make, one a kind, each planted in a clean plugin: the default profile must see nearly all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import SKILL, manifest

GOAL = 36
"""Of the kinds; the best other linter that was measured finds 16 of 41 (November 2026)."""
MISTAKES_MIN = 41
SECRET = "ghp_" + "A1b2C3d4E5f6G7h8I9j0" + "K1l2M3n4O5p6Q7r8"
HTTP = {"type": "http", "url": "https://mcp.acme.example"}

Files = dict[str, str]


def fields(**changed: Any) -> Files:
    return {".claude-plugin/plugin.json": manifest(**changed)}


def hook(event: str = "PostToolUse", matcher: str | None = None, **handler: Any) -> Files:
    group: dict[str, Any] = {"hooks": [{"type": "command", "command": "date", **handler}]}
    if matcher is not None:
        group["matcher"] = matcher
    return {"hooks/hooks.json": json.dumps({"hooks": {event: [group]}})}


def server(**entry: Any) -> Files:
    return {".mcp.json": json.dumps({"mcpServers": {"db": entry}})}


def markdown(path: str, *lines: str, body: str = "Text.") -> Files:
    return {path: "\n".join(["---", "name: x", *lines, "---", "", body, ""])}


SKILL_X = "skills/x/SKILL.md"
MISTAKES: dict[str, Files] = {
    "manifest with a trailing comma": {".claude-plugin/plugin.json": '{"name": "acme-review",}'},
    "key twice": {".claude-plugin/plugin.json": manifest().replace("{", '{"version": "0.1.0", ', 1)},
    "misspelt field": fields(keywrods=["a"]),
    "author as a text": fields(author="Acme"),
    "reserved name": fields(name="claude-review"),
    "version that is no directory": fields(version="1/2"),
    "agents as a directory": fields(agents="./skills/"),
    "path without dot": fields(commands="commands/x.md"),
    "path that is not there": fields(commands="./nope.md"),
    "path out of the plugin": fields(skills="./../shared"),
    "default hooks named again": {**fields(hooks="./hooks/hooks.json"), **hook()},
    "option key with a dash": fields(userConfig={"a-b": {"type": "string", "title": "A", "description": "b"}}),
    "npm dependencies": fields(dependencies={"a": "^1.0.0"}),
    "dependency on itself": fields(dependencies=["acme-review"]),
    "unknown event": hook("PreToolUSe"),
    "flat handler": {"hooks/hooks.json": '{"hooks": {"Stop": [{"type": "command", "command": "date"}]}}'},
    "timeout in milliseconds": hook(timeout=30_000),
    "misspelt timeout": hook(timout=5),
    "matcher where none counts": hook("Stop", "Bash"),
    "matcher that is no expression": hook(matcher="(Bash"),
    "matcher in the wrong case": hook(matcher="bash"),
    "handler type on the wrong event": hook("SessionStart", type="prompt", prompt="x"),
    "condition on no tool event": hook("Stop", **{"if": "Bash(git *)"}),
    "unquoted root": hook(command="${CLAUDE_PLUGIN_ROOT}/run.sh"),
    "script that is not there": hook(command='"${CLAUDE_PLUGIN_ROOT}"/nope.sh'),
    "option in a shell line": hook(command="login ${user_config.token}"),
    "download into a shell": hook(command="curl -s https://acme.example/x | sh"),
    "url without type": server(url="https://mcp.acme.example"),
    "unknown server type": server(type="streamableHttp", url="https://mcp.acme.example"),
    "blanks in a command": server(command="node server.js"),
    "plain http": server(type="http", url="http://mcp.acme.example"),
    "literal token in a header": server(**HTTP, headers={"Authorization": f"Bearer {SECRET}"}),
    "package without a version": server(command="npx", args=["-y", "acme-server"]),
    "oauth as a flag": server(**HTTP, oauth=True),
    "undeclared option": server(command="db", args=["${user_config.key}"]),
    "front matter with a colon": markdown(SKILL_X, "description: Use this: now"),
    "front matter cut by dashes": markdown(SKILL_X, "description: a---b", "model: opus"),
    "no front matter": {"commands/x.md": "# Title\n"},
    "no description": markdown("agents/x.md"),
    "ignored key of an agent": markdown("agents/x.md", "description: d", "permissionMode: plan"),
    "colour that does not exist": markdown("agents/x.md", "description: d", "color: mauve"),
    "misspelt key": markdown("agents/x.md", "description: d", "modell: opus"),
    "tool in the wrong case": markdown("commands/x.md", "description: d", "allowed-tools: bash"),
    "skill in another letter case": {"skills/x/skill.md": SKILL},
    "loose skill": {"skills/x.md": SKILL},
    "link to nothing": markdown(SKILL_X, "description: d", body="See [it](nope.md)."),
    "link out of the plugin": markdown(SKILL_X, "description: d", body="See [it](../../../x.md)."),
    "hooks in the wrong place": {"hooks.json": '{"hooks": {}}'},
    "command that is no Markdown": {"commands/x.txt": "Text"},
    "token in a text": markdown(SKILL_X, "description: d", body=f"Use {SECRET}."),
    "invisible characters": markdown(SKILL_X, "description: d", body="Review\u202e this."),
    "text of a template": markdown(SKILL_X, "description: Does {{WHAT}}"),
}


def found(files: Files) -> set[tuple[str, str]]:
    base = {".claude-plugin/plugin.json": manifest(), "skills/review/SKILL.md": SKILL}
    tree = MemoryTree("acme-review", {path: text.encode() for path, text in {**base, **files}.items()})
    return {(item.code, item.location.path) for item in lint_plugin(load_plugin(tree), LintOptions())}


def test_the_clean_plugin_has_no_finding() -> None:
    assert found({}) == set()


def test_nearly_all_kinds_are_found() -> None:
    assert len(MISTAKES) >= MISTAKES_MIN
    missed = [name for name, files in MISTAKES.items() if not found(files)]
    assert len(missed) <= MISTAKES_MIN - GOAL, missed


@pytest.mark.parametrize("name", MISTAKES)
def test_no_rule_fails_on_it(name: str) -> None:
    assert "LN001" not in {code for code, _ in found(MISTAKES[name])}

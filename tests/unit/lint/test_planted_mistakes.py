"""Mistakes that authors make, one a kind, each planted in a clean plugin: the default profile must see every one."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest

from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import SKILL, manifest

KINDS_MIN = 52
"""The best other linter that was measured finds 16 of 41 such kinds (November 2026)."""
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def token() -> str:
    """A token of the form that GitHub gives out, checksum and all; nobody ever got it."""
    secret, digits = "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5", ""
    number = zlib.crc32(secret.encode())
    while number:
        number, digit = divmod(number, len(_BASE62))
        digits = _BASE62[digit] + digits
    return f"ghp_{secret}{digits.rjust(6, '0')}"


SECRET = token()
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
MISTAKES: dict[tuple[str, str], Files] = {
    ("PM002", "manifest with a trailing comma"): {".claude-plugin/plugin.json": '{"name": "acme-review",}'},
    ("PM005", "key twice"): {".claude-plugin/plugin.json": manifest().replace("{", '{"version": "0.1.0", ', 1)},
    ("PM031", "misspelt field"): fields(keywrods=["a"]),
    ("PM027", "author as a text"): fields(author="Acme"),
    ("PM014", "reserved name"): fields(name="claude-review"),
    ("PM022", "version that is no directory"): fields(version="1/2"),
    ("PA004", "agents as a directory"): fields(agents="./skills/"),
    ("PA001", "path without dot"): fields(commands="commands/x.md"),
    ("PA003", "path that is not there"): fields(commands="./nope.md"),
    ("PA002", "path out of the plugin"): fields(skills="./../shared"),
    ("PA012", "default hooks named again"): {**fields(hooks="./hooks/hooks.json"), **hook()},
    ("UC001", "option key with a dash"): fields(
        userConfig={"a-b": {"type": "string", "title": "A", "description": "b"}}
    ),
    ("DP001", "npm dependencies"): fields(dependencies={"a": "^1.0.0"}),
    ("DP002", "dependency on itself"): fields(dependencies=["acme-review"]),
    ("HK002", "unknown event"): hook("PreToolUSe"),
    ("HK003", "flat handler"): {"hooks/hooks.json": '{"hooks": {"Stop": [{"type": "command", "command": "date"}]}}'},
    ("HK009", "timeout in milliseconds"): hook(timeout=30_000),
    ("HK008", "misspelt timeout"): hook(timout=5),
    ("HK010", "matcher where none counts"): hook("Stop", "Bash"),
    ("HK012", "matcher that is no expression"): hook(matcher="(Bash"),
    ("HK013", "matcher in the wrong case"): hook(matcher="bash"),
    ("HK015", "handler type on the wrong event"): hook("SessionStart", type="prompt", prompt="x"),
    ("HK016", "condition on no tool event"): hook("Stop", **{"if": "Bash(git *)"}),
    ("HK018", "unquoted root"): hook(command="${CLAUDE_PLUGIN_ROOT}/run.sh"),
    ("PT020", "script that is not there"): hook(command='"${CLAUDE_PLUGIN_ROOT}"/nope.sh'),
    ("UC012", "option in a shell line"): hook(command="login ${user_config.token}"),
    ("SE005", "download into a shell"): hook(command="curl -s https://acme.example/x | sh"),
    ("MC002", "url without type"): server(url="https://mcp.acme.example"),
    ("MC003", "unknown server type"): server(type="streamableHttp", url="https://mcp.acme.example"),
    ("MC005", "blanks in a command"): server(command="node server.js"),
    ("MC008", "plain http"): server(type="http", url="http://mcp.acme.example"),
    ("SE003", "literal token in a header"): server(**HTTP, headers={"Authorization": f"Bearer {SECRET}"}),
    ("MC021", "package without a version"): server(command="npx", args=["-y", "acme-server"]),
    ("MC011", "oauth as a flag"): server(**HTTP, oauth=True),
    ("UC013", "undeclared option"): server(command="db", args=["${user_config.key}"]),
    ("FM002", "front matter with a colon"): markdown(SKILL_X, "description: Use this: now"),
    ("FM012", "front matter cut by dashes"): markdown(SKILL_X, "description: a---b", "model: opus"),
    ("FM004", "no front matter"): {"commands/x.md": "# Title\n"},
    ("FM009", "no description"): markdown("agents/x.md"),
    ("AG005", "ignored key of an agent"): markdown("agents/x.md", "description: d", "permissionMode: plan"),
    ("FM017", "colour that does not exist"): markdown("agents/x.md", "description: d", "color: mauve"),
    ("FM014", "misspelt key"): markdown("agents/x.md", "description: d", "modell: opus"),
    ("FM020", "tool in the wrong case"): markdown("commands/x.md", "description: d", "allowed-tools: bash"),
    ("SK002", "skill in another letter case"): {"skills/x/skill.md": SKILL},
    ("SK003", "loose skill"): {"skills/x.md": SKILL},
    ("SK013", "link to nothing"): markdown(SKILL_X, "description: d", body="See [it](nope.md)."),
    ("SK014", "link out of the plugin"): markdown(SKILL_X, "description: d", body="See [it](../../../x.md)."),
    ("PT007", "hooks in the wrong place"): {"hooks.json": '{"hooks": {}}'},
    ("CM002", "command that is no Markdown"): {"commands/x.txt": "Text"},
    ("SE002", "token in a text"): markdown(SKILL_X, "description: d", body=f"Use {SECRET}."),
    ("SE007", "invisible characters"): markdown(SKILL_X, "description: d", body="Review\u202e this."),
    ("DX005", "text of a template"): markdown(SKILL_X, "description: Does {{WHAT}}"),
}


def found(files: Files) -> set[tuple[str, str]]:
    base = {".claude-plugin/plugin.json": manifest(), "skills/review/SKILL.md": SKILL}
    tree = MemoryTree("acme-review", {path: text.encode() for path, text in {**base, **files}.items()})
    return {(item.code, item.location.path) for item in lint_plugin(load_plugin(tree), LintOptions())}


def test_the_clean_plugin_has_no_finding() -> None:
    assert found({}) == set()


def test_there_are_as_many_kinds_as_promised() -> None:
    """Each once, and no rule is asked for in the name of two."""
    assert len(MISTAKES) >= KINDS_MIN
    assert len({name for _, name in MISTAKES}) == len(MISTAKES)


@pytest.mark.parametrize(("rule_id", "name"), MISTAKES)
def test_the_mistake_is_found_by_its_rule(rule_id: str, name: str) -> None:
    assert rule_id in {code for code, _ in found(MISTAKES[rule_id, name])}


@pytest.mark.parametrize(("rule_id", "name"), MISTAKES)
def test_no_rule_fails_on_it(rule_id: str, name: str) -> None:
    assert "LN001" not in {code for code, _ in found(MISTAKES[rule_id, name])}

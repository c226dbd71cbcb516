"""Small plugins in memory for the tests of rules that give advice, and their findings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from plugintool.lint.rule import ALL_TARGETS
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Plugin
from plugintool.report import Finding
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import SKILL, manifest

DESCRIPTION = "description: Reviews code. Use after edits.\n"
ROOT = "${CLAUDE_PLUGIN_ROOT}"
HTTP = {"type": "http", "url": "https://mcp.acme.example"}


def load(files: Mapping[str, str | bytes], fields: Mapping[str, Any] | None = None) -> Plugin:
    """Return a plugin with one skill, ``files`` and the manifest fields ``fields``."""
    base: dict[str, str | bytes] = {
        ".claude-plugin/plugin.json": manifest(**(fields or {})),
        "skills/review/SKILL.md": SKILL,
        **files,
    }
    raw = {path: data.encode() if isinstance(data, str) else data for path, data in base.items()}
    return load_plugin(MemoryTree("acme-review", raw))


def findings(
    rule_id: str, files: Mapping[str, str | bytes], fields: Mapping[str, Any] | None = None, **options: Any
) -> list[Finding]:
    """Return what one rule says; a rule that fails shows up as LN001."""
    chosen = {"select": (rule_id, "LN001"), "targets": ALL_TARGETS, **options}
    return list(lint_plugin(load(files, fields), LintOptions(**chosen)))


def messages(
    rule_id: str, files: Mapping[str, str | bytes], fields: Mapping[str, Any] | None = None, **options: Any
) -> list[str]:
    """Return the messages of one rule."""
    return [found.message for found in findings(rule_id, files, fields, **options)]


def places(
    rule_id: str, files: Mapping[str, str | bytes], fields: Mapping[str, Any] | None = None, **options: Any
) -> list[tuple[str, int]]:
    """Return path and line of each finding of one rule."""
    return [(found.location.path, found.location.line) for found in findings(rule_id, files, fields, **options)]


def component(block: str, body: str = "Text.\n") -> str:
    """Return the text of a component with one front matter."""
    return f"---\n{block}---\n{body}"


def hooks(event: str, handler: Any, **group: Any) -> dict[str, str]:
    """Return a hooks file with one handler."""
    return {"hooks/hooks.json": json.dumps({"hooks": {event: [{**group, "hooks": [handler]}]}}, indent=1)}


def command(text: str = "echo", **members: Any) -> dict[str, Any]:
    """Return a command handler."""
    return {"type": "command", "command": text, **members}


def servers(**named: Any) -> dict[str, str]:
    """Return a file of MCP servers."""
    return {".mcp.json": json.dumps({"mcpServers": named}, indent=1)}

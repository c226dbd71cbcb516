"""Plugins on disk that are repaired: what is in a file afterwards, and what is left to a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from plugintool.lint.fix_round import Mending, mend
from plugintool.lint.fix_write import changes, write
from plugintool.lint.rule import ALL_TARGETS
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Plugin
from plugintool.report import Finding
from plugintool.tree.directory import Survey, survey
from tests.rule_fixtures import clean_plugin, manifest

MANIFEST = ".claude-plugin/plugin.json"
HOOKS = "hooks/hooks.json"
SERVERS = ".mcp.json"
Files = dict[str, str | bytes]


def mended(root: Path, *select: str, unsafe: bool = False, **options: Any) -> Mending:
    """Repair a plugin on disk by some rules only."""

    def lint(tree: Survey) -> tuple[Plugin, tuple[Finding, ...]]:
        plugin = load_plugin(tree)
        return plugin, lint_plugin(plugin, LintOptions(select=select, targets=ALL_TARGETS, **options))

    found = survey(root)
    mending = mend(found, lint, unsafe=unsafe)
    write(root, changes(found, mending.tree))
    return mending


def after(where: Path, files: Files, path: str, *select: str, unsafe: bool = False, **options: Any) -> str:
    """Return what is in one file of a plugin after repairs; a second run changes nothing."""
    root = clean_plugin(where, files)
    mended(root, *select, unsafe=unsafe, **options)
    found = (root / path).read_bytes()
    mended(root, *select, unsafe=unsafe, **options)
    assert (root / path).read_bytes() == found
    return found.decode()


def json_after(where: Path, path: str, value: Any, *select: str, unsafe: bool = False, **fields: Any) -> Any:
    """Return the value in a JSON file after repairs; ``fields`` are those of the manifest."""
    files: Files = {path: json.dumps(value), MANIFEST: manifest(**fields)}
    return json.loads(after(where, files, path, *select, unsafe=unsafe))


def field_after(where: Path, *select: str, unsafe: bool = False, files: Files | None = None, **fields: Any) -> Any:
    """Return the manifest after repairs, less what every manifest has."""
    held: Files = {MANIFEST: manifest(**fields), **(files or {})}
    found = json.loads(after(where, held, MANIFEST, *select, unsafe=unsafe))
    return {key: value for key, value in found.items() if key not in {"name", "version", "description", "author"}}


def handler_after(where: Path, rule_id: str, handler: Any, *, event: str = "Stop", unsafe: bool = False) -> Any:
    """Return a hook handler after repairs."""
    found = json_after(where, HOOKS, {"hooks": {event: [{"hooks": [handler]}]}}, rule_id, unsafe=unsafe)
    return found["hooks"][event][0]["hooks"][0]


def matcher_after(where: Path, rule_id: str, event: str, matcher: str) -> Any:
    """Return the matcher of a group of hooks after repairs; None when it has gone."""
    group = {"matcher": matcher, "hooks": [{"type": "command", "command": "date"}]}
    found = json_after(where, HOOKS, {"hooks": {event: [group]}}, rule_id)
    return found["hooks"][event][0].get("matcher")


def server_after(where: Path, rule_id: str, server: Any, *, unsafe: bool = False) -> Any:
    """Return an MCP server after repairs."""
    return json_after(where, SERVERS, {"mcpServers": {"db": server}}, rule_id, unsafe=unsafe)["mcpServers"]["db"]

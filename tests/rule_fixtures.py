"""The fixtures of lint rules: ``fixtures/rules/<ID>/{bad,good}`` hold a plugin each that a rule must and must not find.

What cannot live in a checkout on every system (links, FIFOs, modes, odd names, large files) stands in ``extra.json``:
``{"bad": {path: {"text", "repeat", "mode"} or {"symlink"} or {"fifo"}}, "good": {…}, "also": [ids]}``.
``also`` names other rules that a bad plugin cannot avoid.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from plugintool.lint.rule import ALL_TARGETS
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.report import Finding
from plugintool.tree.directory import survey

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures/rules"
PLUGIN_NAME = "acme-review"
SKILL = "---\nname: review\ndescription: Reviews code. Use after edits.\n---\n\nReview the code.\n"


def manifest(**fields: Any) -> str:
    """Return a plugin manifest without any finding, changed by ``fields``."""
    base = {"name": PLUGIN_NAME, "version": "1.0.0", "description": "Reviews code", "author": {"name": "Acme"}}
    return json.dumps({**base, **fields}) + "\n"


def write_plugin(where: Path, files: dict[str, str | bytes], *, name: str = PLUGIN_NAME) -> Path:
    """Write files below ``where/name`` and return that directory."""
    root = where / name
    root.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def clean_plugin(where: Path, files: dict[str, str | bytes] | None = None, *, name: str = PLUGIN_NAME) -> Path:
    """Write a plugin without any finding, with ``files`` in addition or instead."""
    base: dict[str, str | bytes] = {".claude-plugin/plugin.json": manifest(name=name), "skills/review/SKILL.md": SKILL}
    return write_plugin(where, {**base, **(files or {})}, name=name)


def extra_of(rule_id: str) -> dict[str, Any]:
    """Return the content of ``extra.json``; empty when there is none."""
    path = FIXTURES / rule_id / "extra.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def build_fixture(rule_id: str, kind: str, where: Path) -> Path:
    """Write the bad or the good plugin of one rule below ``where`` and return its directory."""
    root = where / PLUGIN_NAME
    shutil.copytree(FIXTURES / rule_id / kind, root)
    for path, what in extra_of(rule_id).get(kind, {}).items():
        _write_extra(root / path, what)
    return root


def _write_extra(target: Path, what: dict[str, Any]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if "symlink" in what:
        target.symlink_to(what["symlink"])
    elif what.get("fifo"):
        os.mkfifo(target)
    else:
        target.write_bytes(what["text"].encode() * what.get("repeat", 1))
        target.chmod(int(what.get("mode", "0644"), 8))


def lint_directory(root: Path, **options: Any) -> tuple[Finding, ...]:
    """Lint one directory for all targets, unless told otherwise."""
    chosen = {"targets": ALL_TARGETS, **options}
    return lint_plugin(load_plugin(survey(root)), LintOptions(**chosen))


def codes(findings: tuple[Finding, ...]) -> set[str]:
    """Return the ids of the rules that found something."""
    return {finding.code for finding in findings}

"""Marketplaces for tests: a clean one, changed by what a test asks for, and the measured verdicts on many."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from plugintool.lint.rule import ALL_TARGETS
from plugintool.lint.run import LintOptions, lint_marketplace
from plugintool.plugin.discover import MARKETPLACE
from plugintool.plugin.marketplace import load_marketplace
from plugintool.report import Finding, Severity

VERDICTS = Path(__file__).resolve().parents[1] / "fixtures/marketplaces/verdicts.jsonl"
PLUGIN = "plugins/demo-plugin"
MANIFEST = f"{PLUGIN}/.claude-plugin/plugin.json"
CLIENTS = {"2.1.330": (2, 1, 330), "2.1.197": (2, 1, 197)}


def plugin_json(**fields: Any) -> str:
    """Return a plugin manifest without any finding, changed by ``fields``."""
    base = {"name": "demo-plugin", "version": "1.0.0", "description": "d", "author": {"name": "A"}}
    return json.dumps({**base, **fields})


def entry(**fields: Any) -> dict[str, Any]:
    """Return an entry without any finding, changed by ``fields``."""
    return {"name": "demo-plugin", "source": f"./{PLUGIN}", "description": "d", **fields}


def market(*entries: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a marketplace without any finding, with ``entries`` instead of its own and changed by ``fields``."""
    listed = list(entries) or [entry()]
    return {"name": "demo-market", "owner": {"name": "Owner"}, "description": "d", "plugins": listed, **fields}


def write_market(root: Path, content: Any, files: dict[str, Any] | None = None) -> Path:
    """Write a marketplace and a plugin below ``root`` and return its file; None takes a file away."""
    held = {MANIFEST: plugin_json(), **(files or {}), MARKETPLACE: content}
    for path, what in held.items():
        if what is not None:
            _write(root / path, what, is_json=path == MARKETPLACE)
    return root / MARKETPLACE


def _write(target: Path, what: Any, *, is_json: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(what, dict) and "symlink" in what:
        target.symlink_to(what["symlink"])
    elif isinstance(what, dict) and what.get("dir"):
        target.mkdir(exist_ok=True)
    elif isinstance(what, dict) and "base64" in what:
        target.write_bytes(base64.b64decode(what["base64"]))
    elif is_json and not isinstance(what, str):
        target.write_text(json.dumps(what), "utf-8")
    else:
        target.write_bytes(what.encode())


def lint_market(root: Path, content: Any, files: dict[str, Any] | None = None, **options: Any) -> tuple[Finding, ...]:
    """Write a marketplace and lint it for all targets, unless told otherwise."""
    chosen = {"targets": ALL_TARGETS, **options}
    return lint_marketplace(load_marketplace(write_market(root, content, files)), LintOptions(**chosen))


def verdicts() -> list[dict[str, Any]]:
    """Return the measured verdicts."""
    return [json.loads(line) for line in VERDICTS.read_text("utf-8").splitlines()]


def judged(case: dict[str, Any], client: str, root: Path) -> list[int]:
    """Return the exit codes, plain and strict, that our findings on a measured case amount to."""
    findings = lint_market(root, case["marketplace"], case["files"], profile="client", client=CLIENTS[client])
    severities = {finding.severity for finding in findings}
    return [int(Severity.ERROR in severities), int(not severities <= {Severity.INFO})]

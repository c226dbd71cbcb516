"""The fixtures of lint rules: ``fixtures/rules/<ID>/{bad,good}`` hold a plugin each that a rule must and must not find.

What cannot live in a checkout on every system (links, FIFOs, modes, odd names, large files) stands in ``extra.json``:
``{"bad": {path: what}, "good": {…}, "also": [ids], "client": […], "versions": {…}}``, ``what`` being
``{"text", "repeat", "mode"}``, ``{"hex", "mode"}``, ``{"symlink"}``, ``{"fifo"}`` or a bundle: ``{"bundle": {path:
text}, "tail", "dialect"}``.
``also`` names other rules that a bad plugin cannot avoid, ``client`` the client version that counts, ``versions`` those
of targets.
"""

from __future__ import annotations

import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

from plugintool.envelope.mcpb_block import render_block
from plugintool.lint import registry
from plugintool.lint.rule import ALL_TARGETS, NEWEST_CLIENT
from plugintool.lint.run import LintOptions, lint_marketplace, lint_org_plugins, lint_plugin
from plugintool.plugin.discover import find_marketplace, find_plugins
from plugintool.plugin.load import load_plugin
from plugintool.plugin.marketplace import load_marketplace
from plugintool.plugin.org_plugins import ORG_PLUGINS, org_plugins_of
from plugintool.report import Finding
from plugintool.tree.directory import survey
from plugintool.tree.memory import MemoryTree
from plugintool.tree.zip_writer import write_zip

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures/rules"
PLUGIN_NAME = "acme-review"
AMBIENT = frozenset({"DX001", "DX002", "DX003", "MC021", "MC023", "OC008"})
"""Rules on what a plugin is, or where it is meant to run, rather than on a mistake: most fixtures cannot avoid them."""
ELSEWHERE = (*sorted(AMBIENT), "SK005")
"""What tests of other rules ignore: the plugins they make are as small as they can be."""
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
    elif "bundle" in what:
        target.write_bytes(_bundle(what))
    else:
        data = bytes.fromhex(what["hex"]) if "hex" in what else what["text"].encode()
        target.write_bytes(data * what.get("repeat", 1))
        target.chmod(int(what.get("mode", "0644"), 8))


def _bundle(what: dict[str, Any]) -> bytes:
    """Make a bundle, perhaps with a signature behind it that nobody trusts."""
    from tests.authority_world import family, sign_detached  # noqa: PLC0415 - keys, for the few that need them

    target = io.BytesIO()
    write_zip(MemoryTree("bundle", {path: text.encode() for path, text in what["bundle"].items()}), target)
    data = target.getvalue()
    block = render_block(sign_detached(data, family().leaf)) if "dialect" in what else b""
    if what.get("dialect") == "D2":
        data = data[:-2] + len(block).to_bytes(2, "little")
    tail: str = what.get("tail", "")
    return data + block + tail.encode()


def lint_directory(root: Path, **options: Any) -> tuple[Finding, ...]:
    """Lint one directory for all targets and without the ambient rules, unless told otherwise."""
    chosen = {"targets": ALL_TARGETS, **options, "ignore": (*sorted(AMBIENT), *options.get("ignore", ()))}
    return lint_plugin(load_plugin(survey(root)), LintOptions(**chosen))


def lint_fixture(rule_id: str, root: Path) -> tuple[Finding, ...]:
    """Lint the plugin of one rule: with that rule, even if it is off or ambient, and all that are on by default."""
    chosen = tuple(found.id for found in registry.all_rules().values() if found.default or found.id == rule_id)
    client = tuple(extra_of(rule_id).get("client", NEWEST_CLIENT))
    ignored = tuple(sorted(AMBIENT - {rule_id}))
    versions = tuple((name, tuple(found)) for name, found in extra_of(rule_id).get("versions", {}).items())
    options = LintOptions(targets=ALL_TARGETS, versions=versions, select=chosen, ignore=ignored, client=client)
    return lint_whatever(root, options)


def lint_whatever(root: Path, options: LintOptions) -> tuple[Finding, ...]:
    """Lint a marketplace, the org-plugins directory inside ``root``, or the plugin that ``root`` is."""
    market, org = find_marketplace(root), root / ORG_PLUGINS
    if market is not None:
        return lint_marketplace(load_marketplace(market), options)
    if org.is_dir():
        plugins = [load_plugin(survey(place)) for place in find_plugins(org)]
        return lint_org_plugins(org_plugins_of(org, plugins), options)
    return lint_plugin(load_plugin(survey(root)), options)


def codes(findings: tuple[Finding, ...]) -> set[str]:
    """Return the ids of the rules that found something."""
    return {finding.code for finding in findings}

"""One tree for each reason: what is left out, what stops a build, and what is said about it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugintool import limits
from plugintool.build.fate import INCLUDE_REASONS, Fate, refuse_invalid
from plugintool.build.ignore import INVALID_HINTS, INVALID_REASONS, OMIT_REASONS
from plugintool.errors import BuildError
from tests.bundle_world import bundle_manifest

KEY = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n"
BUNDLE = bundle_manifest()
BUNDLE_FILES: dict[str, str | None] = {"bundles/clock/manifest.json": json.dumps(BUNDLE), "bundles/clock/x.js": "1\n"}

OMITTED: list[tuple[str, str, dict[str, str | None]]] = [
    # the reason, the path that has it, the files of the tree
    ("version-control", ".git", {".git/HEAD": "ref: x"}),
    ("version-control", "docs/.gitignore", {"docs/.gitignore": "x"}),
    ("version-control", ".hg/store", {".hg/store": "x"}),
    ("continuous-integration", ".github/workflows/x.yml", {".github/workflows/x.yml": "on: push"}),
    ("continuous-integration", ".pre-commit-config.yaml", {".pre-commit-config.yaml": "x"}),
    ("cache", "lib/__pycache__/x.pyc", {"lib/__pycache__/x.pyc": "x"}),
    ("cache", "x.tsbuildinfo", {"x.tsbuildinfo": "x"}),
    ("cache", ".venv/bin/python", {".venv/bin/python": "#!x"}),
    ("system-file", "docs/.DS_Store", {"docs/.DS_Store": "x"}),
    ("system-file", "notes.md~", {"notes.md~": "x"}),
    ("system-file", "._icon.png", {"._icon.png": "x"}),
    ("system-file", ".x.swp", {".x.swp": "x"}),
    ("other-tool", ".cursor/rules.md", {".cursor/rules.md": "x"}),
    ("other-tool", ".npmrc", {".npmrc": "x"}),
    ("own-output", "dist/demo-1.0.0.zip", {"dist/demo-1.0.0.zip": "x"}),
    ("own-output", "dist/org-plugins/demo/x", {"dist/org-plugins/demo/x": "x"}),
    ("own-output", "dist/marketplace/x", {"dist/marketplace/x": "x"}),
    ("derived", "version.json", {"version.json": "{}"}),
    ("derived", ".claude-plugin/plugin.sigstore.json", {".claude-plugin/plugin.sigstore.json": "{}"}),
    ("bundle-source", "bundles/clock/x.js", BUNDLE_FILES),
    ("unnamed-bundle", "old.mcpb", {"old.mcpb": "x"}),
    ("unnamed-bundle", "old.dxt", {"old.dxt": "x"}),
    ("pattern", "notes/a.tmp", {"notes/a.tmp": "x", "plugintool.toml": '[build]\nignore = ["*.tmp"]\n'}),
    ("empty-directory", "assets", {"assets/": None}),
]

LONG = "/".join(["a" * 73, "a" * 72, "a" * 72])
"""With the name of the plugin one unit more than what is left below org-plugins on Windows."""
INVALID: list[tuple[str, str, dict[str, str | None]]] = [
    ("unsafe-name", "docs/a:b.md", {"docs/a:b.md": "x"}),
    ("unsafe-name", "docs/nul.txt", {"docs/nul.txt": "x"}),
    ("unsafe-name", "docs/trailing.", {"docs/trailing.": "x"}),
    ("collision", "docs/readme.md", {"docs/README.md": "x", "docs/readme.md": "y"}),
    ("secret", ".env", {".env": "TOKEN=x"}),
    ("secret", "deploy/id_ed25519", {"deploy/id_ed25519": "x"}),
    ("secret", "deploy/release.pem", {"deploy/release.pem": KEY}),
    ("secret", "deploy/KEYFILE", {"deploy/KEYFILE": KEY}),
    ("long-path", LONG, {LONG: "x"}),
    ("reserved-name", ".org-plugin-version", {".org-plugin-version": "x"}),
    ("reserved-name", "Version.JSON", {"Version.JSON": "x"}),
    (
        "needed",
        "bin/run.tmp",
        {
            "bin/run.tmp": "#!/bin/sh\n",
            "plugintool.toml": '[build]\nignore = ["*.tmp"]\n',
            ".mcp.json": json.dumps({"mcpServers": {"x": {"command": "${CLAUDE_PLUGIN_ROOT}/bin/run.tmp"}}}),
        },
    ),
    ("manifest", ".claude-plugin/plugin.json", {".claude-plugin/plugin.json": '{"name": "a/b"}'}),
    ("manifest", ".claude-plugin/plugin.json", {".claude-plugin/plugin.json": "{}"}),
    ("bundle", "bundles/clock/manifest.json", {**BUNDLE_FILES, "bundles/clock/manifest.json": "{}"}),
    ("bundle", "bundles/clock/manifest.json", {"bundles/clock/manifest.json": json.dumps(BUNDLE)}),
]

BUNDLE_LOCK = {"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0", "integrity": ""}}}
INVALID += [
    (
        "dependencies",
        "bundles/clock/node_modules/a",
        {
            **BUNDLE_FILES,
            "bundles/clock/package-lock.json": json.dumps(BUNDLE_LOCK),
            "bundles/clock/node_modules/b/package.json": "{}",
        },
    ),
    (
        "platform",
        "bundles/clock/manifest.json",
        {**BUNDLE_FILES, "bundles/clock/node_modules/b/b.node": "\x7fELF\x02\x01\x01" + "\0" * 9 + "\x03\0>\0"},
    ),
]

BY_HAND: dict[str, Callable[[Path], object]] = {
    "special-file": os.mkfifo,
    "link-leaves": lambda path: path.symlink_to("/".join([".."] * 4)),
    "link-absolute": lambda path: path.symlink_to("/etc/hostname"),
    "link-dangling": lambda path: path.symlink_to("nowhere"),
    "link-loop": lambda path: path.symlink_to(path.name),
}
IN_BUNDLES = {"project-file", "dev-dependency", "not-locked", "not-read", "package-manager", "builder-path"}
"""Reasons for which files are left out of bundles only: test_bundle_standalone, test_dependencies."""
ELSEWHERE = {"unreadable", "limit"}
"""Reasons whose trees cannot be made by everybody, or are too large; they have tests of their own."""


def tree_with(make_plugin: Any, files: dict[str, str | None]) -> Path:
    root: Path = make_plugin({path.rstrip("/"): content for path, content in files.items() if content is not None})
    for path, content in files.items():
        if content is None:
            (root / path).mkdir(parents=True)
    return root


def fates_of(plan: Any, path: str) -> set[tuple[str, str]]:
    """In the plugin; what goes into a bundle is told apart."""
    return {(fate.fate, fate.reason) for fate in plan.fates() if fate.path == path}


def test_every_reason_has_a_tree() -> None:
    """A reason that is added is shown here, too."""
    assert {reason for reason, _, _ in OMITTED} | IN_BUNDLES == OMIT_REASONS.keys()
    assert {reason for reason, _, _ in INVALID} | BY_HAND.keys() | ELSEWHERE == INVALID_REASONS.keys()
    assert INVALID_HINTS.keys() == INVALID_REASONS.keys()


@pytest.mark.parametrize(("reason", "path", "files"), OMITTED, ids=[f"{row[0]} {row[1]}" for row in OMITTED])
def test_left_out(reason: str, path: str, files: dict[str, str | None], make_plugin: Any, plan_of: Any) -> None:
    """The one path is left out for the one reason, and the build goes on."""
    plan = plan_of(tree_with(make_plugin, files))
    assert fates_of(plan, path) == {("omitted", reason)}
    assert plan.invalid == ()
    (fate,) = [fate for fate in plan.omitted if fate.path == path]
    assert fate.why.startswith(OMIT_REASONS[reason])
    assert path not in {fate.path for fate in plan.included}


@pytest.mark.parametrize(("reason", "path", "files"), INVALID, ids=[f"{row[0]} {row[1]}" for row in INVALID])
def test_stops_the_build(reason: str, path: str, files: dict[str, str | None], make_plugin: Any, plan_of: Any) -> None:
    """The one path is invalid for the one reason; the error names it and says what to do."""
    plan = plan_of(tree_with(make_plugin, files))
    assert ("invalid", reason) in fates_of(plan, path)
    with pytest.raises(BuildError) as caught:
        refuse_invalid(plan.invalid)
    detail = caught.value.detail
    assert any(problem.startswith(f"{path}: ") and f"[{reason}]" in problem for problem in detail["problems"])
    assert INVALID_HINTS[reason].format(path=path) in detail["hint"]


@pytest.mark.parametrize("reason", BY_HAND)
@pytest.mark.parametrize("place", ["docs", "bundles/clock"])
def test_what_is_no_file_stops_the_build(reason: str, place: str, make_plugin: Any, plan_of: Any) -> None:
    """Also in the source of a bundle."""
    root = make_plugin({"docs/x.md": "x", **BUNDLE_FILES})
    BY_HAND[reason](root / place / "odd")
    plan = plan_of(root)
    assert fates_of(plan, f"{place}/odd") == {("invalid", reason)}


@pytest.mark.parametrize("reason", BY_HAND)
def test_what_is_no_file_does_no_harm_where_a_pattern_leaves_it_out(
    reason: str, make_plugin: Any, plan_of: Any
) -> None:
    root = make_plugin({"docs/x.md": "x", "plugintool.toml": '[build]\nignore = ["odd"]\n'})
    BY_HAND[reason](root / "docs" / "odd")
    plan = plan_of(root)
    assert fates_of(plan, "docs/odd") == {("omitted", "pattern")}
    assert plan.invalid == ()


@pytest.mark.parametrize("secret", [path for reason, path, _ in INVALID if reason == "secret"])
def test_a_secret_is_kept_or_dropped_by_a_pattern(secret: str, make_plugin: Any, plan_of: Any) -> None:
    """The hint of the error works as it stands."""
    for pattern, expected in ((f"!{secret}", ("included", "kept")), (secret, ("omitted", "pattern"))):
        toml = f"[build]\nignore = [{json.dumps(pattern)}]\n"
        plan = plan_of(make_plugin({secret: KEY, "plugintool.toml": toml}, at=f"plugin-{expected[0]}"))
        assert fates_of(plan, secret) == {expected}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("TREE_FILES", 1, "files, more than 1"), ("TREE_BYTES", 10, "bytes, more than 10")],
)
def test_a_limit_stops_the_build(
    name: str, value: int, said: str, *, make_plugin: Any, plan_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_plugin({"docs/x.md": "x"})
    monkeypatch.setattr(limits, name, value)
    (fate,) = plan_of(root).invalid
    assert (fate.path, fate.reason) == ("", "limit")
    assert said in fate.rule


@pytest.mark.parametrize("reason", sorted(INCLUDE_REASONS.keys() | OMIT_REASONS.keys() | INVALID_REASONS.keys()))
def test_every_reason_says_something_with_its_rule(reason: str) -> None:
    """Except of plain source files, which need no reason; texts begin lower case and end without a period."""
    fate = Fate("a/b", "included", reason, "*.tmp (plugintool.toml)", 7)
    assert fate.why.endswith("*.tmp (plugintool.toml)")
    assert fate.as_json() == {
        "path": "a/b",
        "fate": "included",
        "reason": reason,
        "rule": "*.tmp (plugintool.toml)",
        "size": 7,
    }
    text = Fate("a/b", "included", reason).why
    assert text or reason == "source"
    assert not text.endswith(".")
    assert text[:1] == text[:1].lower() or text.startswith("MCP")


def test_nothing_invalid_refuses_nothing() -> None:
    refuse_invalid(())


def test_hints_are_told_once() -> None:
    """Two files with one reason need one hint; the order is that of the files."""
    fates = [
        Fate("a", "invalid", "unsafe-name"),
        Fate("b", "invalid", "unsafe-name"),
        Fate("c", "invalid", "link-loop"),
    ]
    with pytest.raises(BuildError, match="3 entries of the plugin cannot be built") as caught:
        refuse_invalid(fates)
    assert caught.value.detail["hint"] == "rename it; remove the link"
    assert len(caught.value.detail["problems"]) == 3

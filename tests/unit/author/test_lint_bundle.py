"""A bundle that stands by itself is judged by the rules about bundles, with paths relative to it; build asks first."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugintool.author.build import BuildOptions, build_plugins, list_fates
from plugintool.author.lint import LintRequest, LintSummary, lint_paths
from plugintool.author.lint_bundle import PLACE, lint_bundle, lint_with_bundles
from plugintool.build.bundle_file import BuiltBundle
from plugintool.errors import BuildError, ConfigError
from plugintool.plugin.discover import is_bundle
from plugintool.report import Report
from plugintool.tree.directory import survey
from tests.bundle_world import bundle_manifest

MANIFEST: dict[str, Any] = bundle_manifest(version="1.2.0")
Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a bundle, its manifest with further members, and return its directory."""

    def write(files: dict[str, str] | None = None, **members: Any) -> Path:
        root = tmp_path / "source"
        for name, text in {
            "manifest.json": json.dumps({**MANIFEST, **members}),
            "x.js": "1\n",
            **(files or {}),
        }.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return root

    return write


def codes(root: Path) -> list[tuple[str, str]]:
    return [(finding.code, finding.location.path) for finding in lint_bundle(survey(root))]


def build(root: Path, out: Path) -> Report[Any]:
    return build_plugins([root], BuildOptions(out=out, lint=lint_with_bundles))


def test_a_directory_with_a_bundle_manifest_is_a_bundle_unless_it_is_a_plugin(make: Make) -> None:
    root = make()
    assert is_bundle(root)
    assert not is_bundle(root.parent)
    (root / "SKILL.md").write_text("x")
    assert not is_bundle(root)


def test_a_plain_bundle_has_no_finding(make: Make) -> None:
    """What a plugin must have, such as a plugin manifest, is not asked for."""
    assert codes(make()) == []


def test_findings_are_relative_to_the_bundle(make: Make) -> None:
    root = make({".env": "TOKEN=x"}, version="v1", server={**MANIFEST["server"], "entry_point": "gone.js"})
    found = lint_bundle(survey(root))
    assert {("MB011", "manifest.json"), ("MB016", "manifest.json")} <= {(one.code, one.location.path) for one in found}
    assert not any(PLACE in f"{one.message}{one.hint}{one.location.path}" for one in found)


def test_the_project_file_decides_as_in_a_plugin(make: Make) -> None:
    root = make({"plugintool.toml": '[lint]\nignore = ["MB011"]\n'}, version="v1")
    assert codes(root) == []
    (root / "plugintool.toml").write_text('[lint.per-path]\n"manifest.json" = ["MB011"]\n')
    assert codes(root) == []
    (root / "plugintool.toml").write_text('[[lint.suppress]]\nid = "MB011"\npath = "manifest.json"\nreason = "x"\n')
    assert codes(root) == []
    (root / "plugintool.toml").write_text('[[lint.suppress]]\nid = "MB011"\npath = "x.js"\nreason = "x"\n')
    assert ("MB011", "manifest.json") in codes(root)


def test_a_project_file_that_cannot_be_used_is_an_error_of_the_bundle(make: Make, tmp_path: Path) -> None:
    root = make({"plugintool.toml": "nonsense = 1\n"})
    with pytest.raises(ConfigError):
        lint_bundle(survey(root))
    (outcome,) = build(root, tmp_path / "dist").outcomes
    assert isinstance(outcome.error, ConfigError)


def test_lint_takes_a_bundle_for_what_it_is(make: Make) -> None:
    (outcome,) = lint_paths([str(make(version="v1"))]).outcomes
    assert [finding.code for finding in outcome.findings] == ["MB011"]
    assert isinstance(outcome.value, LintSummary)
    assert (dict(outcome.value.checked), outcome.value.errors) == ({"bundles": 1, "files": 2}, 1)


def test_the_genuine_client_knows_no_bundles(make: Make) -> None:
    (outcome,) = lint_paths([str(make())], LintRequest(profile="client")).outcomes
    assert outcome.findings, "to it, the directory is a plugin without a manifest"


def test_errors_of_lint_stop_a_build_and_warnings_do_not(make: Make, tmp_path: Path) -> None:
    (outcome,) = build(make(version="v1"), tmp_path / "dist").outcomes
    assert isinstance(outcome.error, BuildError)
    assert [finding.code for finding in outcome.findings] == ["MB011"]
    assert not (tmp_path / "dist").exists()
    (outcome,) = build(make(description=""), tmp_path / "dist").outcomes
    assert isinstance(outcome.value, BuiltBundle)
    assert outcome.error is None


def test_plugins_and_bundles_are_built_together(make: Make, make_plain_plugin: Path, tmp_path: Path) -> None:
    report = build_plugins([make(), make_plain_plugin], BuildOptions(out=tmp_path / "dist", lint=lint_with_bundles))
    assert report.exit_code == 0
    made = sorted(path.name for path in (tmp_path / "dist").iterdir())
    assert made == ["clock-1.2.0.mcpb", "clock-1.2.0.mcpb.cdx.json", "org-plugins"]


@pytest.fixture
def make_plain_plugin(tmp_path: Path) -> Path:
    """A plugin with one skill and a bundle whose version is none."""
    root = tmp_path / "acme"
    manifest = {"name": "acme", "version": "1.0.0", "description": "x", "author": {"name": "Acme"}}
    files = {
        ".claude-plugin/plugin.json": json.dumps(manifest),
        "skills/x/SKILL.md": "---\nname: x\ndescription: Helps with x. Use it for x.\n---\n\nHelp.\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_bundles_in_a_plugin_pass_the_same_gate(make_plain_plugin: Path, make: Make, tmp_path: Path) -> None:
    make(version="v1").rename(make_plain_plugin / "clock")
    (make_plain_plugin / "bundles").mkdir()
    (make_plain_plugin / "clock").rename(make_plain_plugin / "bundles" / "clock")
    (outcome,) = build(make_plain_plugin, tmp_path / "dist").outcomes
    assert ("MB011", "bundles/clock/manifest.json") in [(one.code, one.location.path) for one in outcome.findings]
    (make_plain_plugin / "plugintool.toml").write_text('targets = ["claude-code"]\n')
    (outcome,) = build(make_plain_plugin, tmp_path / "dist").outcomes
    assert outcome.error is None, "a project that names other targets asks for no rules about bundles"


def test_a_listing_tells_every_fate(make: Make, tmp_path: Path) -> None:
    root = make({".vscode/x": "x", "id_rsa": "x"})
    (outcome,) = list_fates([root], out=tmp_path / "dist").outcomes
    assert outcome.value is not None
    assert [(fate.path, fate.fate) for fate in outcome.value.fates] == [
        (".vscode/x", "omitted"),
        ("id_rsa", "invalid"),
        ("manifest.json", "included"),
        ("x.js", "included"),
    ]
    (outcome,) = list_fates([root], out=tmp_path / "dist", why=[str(root / ".vscode")]).outcomes
    assert outcome.value is not None
    assert [fate.reason for fate in outcome.value.fates] == ["system-file"]

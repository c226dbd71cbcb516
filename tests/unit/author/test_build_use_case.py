"""The use case of ``build``: several plugins, the lint gate, fates without building."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from plugintool.author.build import BuildOptions, build_plugins, list_fates
from plugintool.author.lint import lint_tree
from plugintool.errors import BuildError, ConfigError, MissingPathError
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Location, Severity
from plugintool.tree.entry import Tree

SKILL = "---\nname: greet\ndescription: Greets whoever asks to be greeted.\n---\nSay hello.\n"


def make(root: Path, *, name: str = "", **files: str) -> Path:
    manifest = {"name": name or root.name, "version": "1.0.0", "description": "A demo.", "author": {"name": "Acme"}}
    everything = {".claude-plugin/plugin.json": json.dumps(manifest), "skills/greet/SKILL.md": SKILL, **files}
    for path, text in everything.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def no_lint(tree: Tree) -> tuple[Plugin, Sequence[Finding]]:
    return load_plugin(tree), ()


def options(out: Path) -> BuildOptions:
    return BuildOptions(out=out, lint=no_lint)


def test_every_plugin_of_a_marketplace_is_built(tmp_path: Path) -> None:
    make(tmp_path / "org/a")
    make(tmp_path / "org/b")
    report = build_plugins([tmp_path / "org"], options(tmp_path / "out"))
    assert [outcome.value.name for outcome in report.outcomes if outcome.value] == ["a", "b"]
    assert report.exit_code == 0


def test_one_plugin_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    paths = [tmp_path / "none", make(tmp_path / "bad", **{".env": "x"}), make(tmp_path / "good")]
    report = build_plugins(paths, options(tmp_path / "out"))
    errors = [type(outcome.error) for outcome in report.outcomes]
    assert errors == [MissingPathError, BuildError, type(None)]
    assert (tmp_path / "out/org-plugins/good").is_dir()
    assert report.exit_code == 1


def test_a_plugin_named_twice_is_built_once(tmp_path: Path) -> None:
    root = make(tmp_path / "a")
    assert len(build_plugins([root, root], options(tmp_path / "out")).outcomes) == 1


def test_two_plugins_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    one, other = make(tmp_path / "1", name="same"), make(tmp_path / "2", name="same")
    report = build_plugins([one, other], options(tmp_path / "out"))
    assert report.outcomes[0].error is None
    assert "two plugins are named same" in str(report.outcomes[1].error)


def test_errors_of_lint_stop_a_build_and_warnings_do_not(tmp_path: Path) -> None:
    root = make(tmp_path / "a")
    error = Finding("XX001", Severity.ERROR, "bad", Location("x"))
    warning = Finding("XX002", Severity.WARNING, "odd", Location("x"))

    def both(tree: Tree) -> tuple[Plugin, Sequence[Finding]]:
        return load_plugin(tree), [error, warning]

    def mild(tree: Tree) -> tuple[Plugin, Sequence[Finding]]:
        return load_plugin(tree), [warning]

    (outcome,) = build_plugins([root], BuildOptions(out=tmp_path / "out", lint=both)).outcomes
    assert outcome.findings == (error,)
    assert isinstance(outcome.error, BuildError)
    assert not (tmp_path / "out").exists()
    assert build_plugins([root], BuildOptions(out=tmp_path / "out", lint=mild)).exit_code == 0


def test_invalid_entries_are_named_together_with_findings(tmp_path: Path) -> None:
    """One run tells everything that is wrong."""
    error = Finding("XX001", Severity.ERROR, "bad", Location("x"))
    root = make(tmp_path / "a", **{".env": "x"})
    lint = BuildOptions(out=tmp_path / "out", lint=lambda tree: (load_plugin(tree), [error]))
    (outcome,) = build_plugins([root], lint).outcomes
    assert outcome.error is not None
    assert ".env" in outcome.error.detail["problems"][0]


def test_the_real_rules_let_a_plain_plugin_pass(tmp_path: Path) -> None:
    report = build_plugins([make(tmp_path / "demo")], BuildOptions(out=tmp_path / "out", lint=lint_tree))
    assert report.outcomes[0].findings == ()
    assert report.exit_code == 0


def test_the_real_rules_see_the_bundles_that_will_be_built(tmp_path: Path) -> None:
    manifest = {"name": "demo", "version": "1.0.0", "description": "A demo.", "mcpServers": "./bundles/clock.mcpb"}
    server = {"type": "node", "entry_point": "x.js", "mcp_config": {"command": "node", "args": ["${__dirname}/x.js"]}}
    clock = {"manifest_version": "0.3", "name": "c", "version": "1.0.0", "description": "d", "author": {"name": "a"}}
    files = {
        ".claude-plugin/plugin.json": json.dumps(manifest),
        "bundles/clock/manifest.json": json.dumps({**clock, "server": server}),
        "bundles/clock/x.js": "x",
    }
    report = build_plugins([make(tmp_path / "demo", **files)], BuildOptions(out=tmp_path / "out", lint=lint_tree))
    assert report.outcomes[0].findings == ()
    assert report.exit_code == 0


@pytest.mark.parametrize("text", ["", "a b", "x" * 201])
def test_a_sync_version_that_cannot_be_one_is_a_usage_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="sync version"):
        build_plugins([make(tmp_path / "a")], BuildOptions(out=tmp_path / "out", lint=no_lint, sync_version=text))


def test_one_sync_version_for_several_plugins_is_a_usage_error(tmp_path: Path) -> None:
    paths = [make(tmp_path / "a"), make(tmp_path / "b")]
    with pytest.raises(ConfigError, match="several plugins"):
        build_plugins(paths, BuildOptions(out=tmp_path / "out", lint=no_lint, sync_version="1"))


def test_a_broken_project_file_is_a_usage_error_of_its_plugin(tmp_path: Path) -> None:
    report = build_plugins([make(tmp_path / "a", **{"plugintool.toml": "x = 1"})], options(tmp_path / "out"))
    assert isinstance(report.outcomes[0].error, ConfigError)
    assert report.exit_code == 2


def test_an_output_inside_the_plugin_is_not_built_into_itself(tmp_path: Path) -> None:
    root = make(tmp_path / "a")
    first = build_plugins([root], options(root / "out")).outcomes[0].value
    second = build_plugins([root], options(root / "out")).outcomes[0].value
    assert first is not None
    assert second is not None
    assert first.record == second.record


def test_listing_writes_nothing_and_names_what_would_stop_a_build(tmp_path: Path) -> None:
    root = make(tmp_path / "a", **{".env": "x", "docs/x.md": "x"})
    report = list_fates([root], out=tmp_path / "out")
    (outcome,) = report.outcomes
    assert outcome.value is not None
    assert [fate.path for fate in outcome.value.fates] == [
        ".claude-plugin/plugin.json",
        ".env",
        "docs/x.md",
        "skills/greet/SKILL.md",
    ]
    assert report.exit_code == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("given", ["docs/x.md", "./docs/x.md", "docs", "docs/"])
def test_why_takes_a_path_relative_to_the_plugin(tmp_path: Path, given: str) -> None:
    report = list_fates([make(tmp_path / "a", **{"docs/x.md": "x"})], out=tmp_path / "out", why=[given])
    assert report.outcomes[0].value is not None
    assert [fate.path for fate in report.outcomes[0].value.fates] == ["docs/x.md"]


def test_why_takes_a_path_from_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "a", **{"docs/x.md": "x"})
    monkeypatch.chdir(tmp_path)
    report = list_fates([Path("a")], out=Path("dist"), why=["a/docs/x.md"])
    assert report.outcomes[0].value is not None
    assert [fate.path for fate in report.outcomes[0].value.fates] == ["docs/x.md"]


def test_why_of_nothing_is_an_error(tmp_path: Path) -> None:
    report = list_fates([make(tmp_path / "a")], out=tmp_path / "out", why=["nothing"])
    assert isinstance(report.outcomes[0].error, MissingPathError)


def test_listing_a_path_that_is_none_is_an_error(tmp_path: Path) -> None:
    assert isinstance(list_fates([tmp_path / "x"], out=tmp_path).outcomes[0].error, MissingPathError)

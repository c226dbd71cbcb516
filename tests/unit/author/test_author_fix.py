"""Repairing what paths mean: what is told, what is left, what fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plugintool.author.build import BuildOptions, build_plugins
from plugintool.author.fix import FixSummary, fix_paths
from plugintool.author.lint import LintRequest, lint_tree
from plugintool.errors import ConfigError
from plugintool.report import Report
from tests.rule_fixtures import PLUGIN_NAME, clean_plugin, manifest, write_plugin

BAD_PATH: dict[str, str | bytes] = {
    ".claude-plugin/plugin.json": manifest(commands="extra/a.md"),
    "extra/a.md": "---\ndescription: A\n---\n",
}
MISSPELT: dict[str, str | bytes] = {"hooks/hooks.json": '{"hooks": {"Stopp": []}}'}
REQUEST = LintRequest()


def only(report: Report[FixSummary]) -> FixSummary:
    (outcome,) = report.outcomes
    assert outcome.value is not None, outcome.error
    return outcome.value


def test_a_clean_plugin_needs_nothing(tmp_path: Path) -> None:
    report = fix_paths([str(clean_plugin(tmp_path))], REQUEST)
    assert report.exit_code == 0
    assert (only(report).repaired, only(report).files, only(report).diff) == ((), (), "")


def test_what_was_repaired_is_told_and_no_longer_fails(tmp_path: Path) -> None:
    root = clean_plugin(tmp_path, BAD_PATH)
    report = fix_paths([str(root)], REQUEST)
    assert [finding.code for finding in only(report).repaired] == ["PA001"]
    assert only(report).files == (".claude-plugin/plugin.json",)
    assert report.exit_code == 0


def test_what_is_left_fails_as_for_lint(tmp_path: Path) -> None:
    root = clean_plugin(tmp_path, {**BAD_PATH, "hooks/hooks.json": '{"hooks": {"NoSuch": []}}'})
    assert fix_paths([str(root)], REQUEST).exit_code == 0
    assert fix_paths([str(root)], LintRequest(strict=True)).exit_code == 1
    assert fix_paths([str(root)], LintRequest(fail_on="warning")).exit_code == 1


def test_what_would_need_more_courage_is_counted(tmp_path: Path) -> None:
    root = clean_plugin(tmp_path, {".claude-plugin/plugin.json": manifest(name="Acme_Review")})
    report = fix_paths([str(root)], LintRequest(select=("PM013",)))
    assert (only(report).unsafe, only(report).files) == (1, ())
    assert only(fix_paths([str(root)], LintRequest(select=("PM013",)), unsafe=True)).unsafe == 0
    assert json.loads((root / ".claude-plugin/plugin.json").read_text())["name"] == "acme-review"


def test_only_selected_rules_repair(tmp_path: Path) -> None:
    root = clean_plugin(tmp_path, {**BAD_PATH, **MISSPELT})
    assert only(fix_paths([str(root)], LintRequest(select=("HK",)))).files == ("hooks/hooks.json",)
    assert only(fix_paths([str(root)], LintRequest(ignore=("PA001",)))).files == ()


def test_rules_that_are_not_selected_see_what_a_repair_would_bring(tmp_path: Path) -> None:
    """``agent`` is ignored with a warning; as ``agents`` this value would refuse the plugin."""
    root = clean_plugin(tmp_path, {".claude-plugin/plugin.json": manifest(agent="x")})
    assert only(fix_paths([str(root)], LintRequest(select=("PM031",)))).files == ()
    assert only(fix_paths([str(root)], LintRequest(ignore=("PA",)))).files == ()


def test_what_the_project_suppresses_is_not_repaired(tmp_path: Path) -> None:
    """Somebody said why it is so."""
    toml = '[[lint.suppress]]\nid = "HK002"\npath = "hooks/hooks.json"\nreason = "for a client to come"\n'
    root = clean_plugin(tmp_path, {**MISSPELT, "plugintool.toml": toml})
    assert only(fix_paths([str(root)], REQUEST)).files == ()


def test_a_diff_changes_nothing_and_fails_when_something_would(tmp_path: Path) -> None:
    root = clean_plugin(tmp_path, BAD_PATH)
    before = (root / ".claude-plugin/plugin.json").read_bytes()
    report = fix_paths([str(root)], REQUEST, diff=True)
    assert report.exit_code == 1
    assert '+{"name": "acme-review"' in only(report).diff
    assert report.outcomes[0].findings == ()
    assert (root / ".claude-plugin/plugin.json").read_bytes() == before


def test_a_diff_of_nothing_passes(tmp_path: Path) -> None:
    """What cannot be repaired is the business of a run without --diff."""
    root = clean_plugin(tmp_path, {"hooks/hooks.json": "{"})
    report = fix_paths([str(root)], REQUEST, diff=True)
    assert (report.exit_code, only(report).diff) == (0, "")


@pytest.mark.parametrize(("where", "named"), [(".", "a/acme-review/.cl"), (PLUGIN_NAME, "a/.cl"), ("..", "a/.cl")])
def test_a_patch_names_paths_from_the_current_directory(
    where: str, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plugin elsewhere is named from its own directory."""
    root = clean_plugin(tmp_path / "there", BAD_PATH)
    (tmp_path / "there/other").mkdir()
    monkeypatch.chdir(tmp_path / "there/other" if where == ".." else root.parent / where)
    assert f"--- {named}" in only(fix_paths([str(root)], REQUEST, diff=True)).diff


def test_a_built_tree_is_not_repaired(tmp_path: Path) -> None:
    """Its record would not fit any more; the source is the place."""
    root = clean_plugin(tmp_path)
    assert build_plugins([root], BuildOptions(out=tmp_path / "dist", lint=lint_tree)).exit_code == 0
    (outcome,) = fix_paths([str(tmp_path / "dist/org-plugins" / PLUGIN_NAME)], REQUEST).outcomes
    assert outcome.error is not None
    assert "built tree" in outcome.error.message


def test_every_plugin_of_several_is_repaired_and_an_error_stops_its_own_only(tmp_path: Path) -> None:
    first, second = clean_plugin(tmp_path / "a", BAD_PATH), clean_plugin(tmp_path / "b", MISSPELT)
    report = fix_paths([str(first), str(tmp_path / "missing"), str(second), str(first)], REQUEST)
    assert [outcome.subject for outcome in report.outcomes] == [str(first), str(tmp_path / "missing"), str(second)]
    assert [bool(outcome.error) for outcome in report.outcomes] == [False, True, False]
    assert report.exit_code == 1
    assert (second / "hooks/hooks.json").read_text() == '{"hooks": {"Stop": []}}'


def test_a_marketplace_means_its_plugins(tmp_path: Path) -> None:
    """The marketplace itself is checked and not changed."""
    entry = {"name": PLUGIN_NAME, "source": f"./{PLUGIN_NAME}", "description": "Reviews"}
    market = {"name": "acme", "owner": {"name": "Acme"}, "plugins": [entry]}
    write_plugin(tmp_path, {".claude-plugin/marketplace.json": json.dumps(market)}, name="market")
    clean_plugin(tmp_path / "market", MISSPELT)
    before = (tmp_path / "market/.claude-plugin/marketplace.json").read_bytes()
    report = fix_paths([str(tmp_path / "market")], REQUEST)
    assert [outcome.value.files for outcome in report.outcomes if outcome.value] == [(), ("hooks/hooks.json",)]
    assert (tmp_path / "market/.claude-plugin/marketplace.json").read_bytes() == before


@pytest.mark.parametrize("field", ["baseline", "write_baseline"])
def test_known_findings_and_repairs_do_not_go_together(tmp_path: Path, field: str) -> None:
    with pytest.raises(ConfigError, match="baseline"):
        fix_paths([str(tmp_path)], LintRequest(**{field: tmp_path / "known.json"}))  # type: ignore[arg-type]


def test_the_published_form(tmp_path: Path) -> None:
    found = only(fix_paths([str(clean_plugin(tmp_path, MISSPELT))], REQUEST)).as_json()
    assert found["files"] == ["hooks/hooks.json"]
    assert found["left"] == {"error": 0, "warning": 0, "info": 0}
    assert json.loads(json.dumps(found)) == found

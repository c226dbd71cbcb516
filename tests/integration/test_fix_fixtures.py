"""Every rule with a repair: its bad plugin is repaired, twice is once, and the patch that git applies says the same."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from plugintool.author.explain import explain
from plugintool.author.fix import FixSummary, fix_paths
from plugintool.author.lint import LintRequest
from plugintool.lint.registry import all_rules
from plugintool.lint.rule import ALL_TARGETS
from plugintool.report import Outcome
from scripts.make_rule_pages import rule_page
from tests.rule_fixtures import PLUGIN_NAME, build_fixture, codes, lint_fixture

FIXABLE = [rule.id for rule in all_rules().values() if rule.fixable]
REQUEST = LintRequest(targets=ALL_TARGETS)


def snapshot(root: Path) -> dict[str, tuple[bytes, bool]]:
    """Every file with its content and whether it can be executed."""
    paths = [path for path in sorted(root.rglob("*")) if path.is_file() and ".git" not in path.parts]
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), os.stat(path).st_mode & 0o111 != 0) for path in paths
    }


def repair(root: Path, rule_id: str, *, diff: bool = False) -> Outcome[FixSummary]:
    """Repair a plugin or marketplace as far as the rule needs it, and return what came of it."""
    unsafe = all_rules()[rule_id].unsafe_fix is not None
    outcome, *_ = fix_paths([str(root)], REQUEST, unsafe=unsafe, diff=diff).outcomes
    assert outcome.error is None
    return outcome


def summary_of(outcome: Outcome[FixSummary]) -> FixSummary:
    assert outcome.value is not None
    return outcome.value


def git(where: Path, *args: str, stdin: str = "") -> None:
    """Run git without any configuration of the machine."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(where), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(
        ["git", "-c", "core.autocrlf=false", *args], cwd=where, input=stdin.encode(), env=environment, check=True
    )


@pytest.mark.parametrize("rule_id", FIXABLE)
def test_a_repair_makes_the_rule_silent(rule_id: str, tmp_path: Path) -> None:
    """And says what it has repaired, in which files."""
    root = build_fixture(rule_id, "bad", tmp_path)
    outcome = repair(root, rule_id)
    assert rule_id not in codes(outcome.findings)
    assert rule_id not in codes(lint_fixture(rule_id, root))
    assert rule_id in codes(summary_of(outcome).repaired)
    assert summary_of(outcome).files


@pytest.mark.parametrize("rule_id", FIXABLE)
def test_a_second_run_changes_nothing(rule_id: str, tmp_path: Path) -> None:
    """Not even the time of a file."""
    root = build_fixture(rule_id, "bad", tmp_path)
    repair(root, rule_id)
    before = snapshot(root), {path: path.stat().st_ctime_ns for path in root.rglob("*")}
    outcome = repair(root, rule_id)
    assert (snapshot(root), {path: path.stat().st_ctime_ns for path in root.rglob("*")}) == before
    assert summary_of(outcome).files == ()


@pytest.mark.parametrize("rule_id", FIXABLE)
def test_a_repair_brings_no_new_error(rule_id: str, tmp_path: Path) -> None:
    """Warnings may come, as for a manifest that was not there before."""
    root = build_fixture(rule_id, "bad", tmp_path)
    before = {item.code for item in lint_fixture(rule_id, root) if item.severity == "error"}
    after = {item.code for item in repair(root, rule_id).findings if item.severity == "error"}
    assert after <= before - {rule_id}


@pytest.mark.parametrize("rule_id", FIXABLE)
def test_git_applies_the_patch_and_gets_the_same_bytes(
    rule_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The patch is made in the directory above the plugin and applied in a copy of it."""
    if shutil.which("git") is None:
        pytest.skip("needs git")
    root = build_fixture(rule_id, "bad", tmp_path / "here")
    copy = tmp_path / "there"
    shutil.copytree(tmp_path / "here", copy, symlinks=True)
    monkeypatch.chdir(tmp_path / "here")
    before = snapshot(root)
    outcome = repair(Path(PLUGIN_NAME), rule_id, diff=True)
    assert snapshot(root) == before
    git(copy, "init", "--quiet")
    git(copy, "apply", "--allow-empty", "--whitespace=nowarn", "-", stdin=summary_of(outcome).diff)
    repair(root, rule_id)
    assert snapshot(copy / PLUGIN_NAME) == snapshot(root)


@pytest.mark.parametrize("rule_id", FIXABLE)
def test_a_good_plugin_is_left_alone(rule_id: str, tmp_path: Path) -> None:
    """Also by repairs that are not safe."""
    root = build_fixture(rule_id, "good", tmp_path)
    before = snapshot(root)
    outcome, *_ = fix_paths([str(root)], REQUEST, unsafe=True).outcomes
    assert rule_id not in codes(summary_of(outcome).repaired)
    if not summary_of(outcome).repaired:
        assert snapshot(root) == before


def test_the_catalogue_of_repairs_does_not_shrink() -> None:
    """These rules are promised to have one."""
    promised = """
        AG001 AG002 CM002 DP001 DP002 FM002 FM003 FM004 FM007 FM011 FM012 FM014 FM017 FM020 FM023 HK001 HK002 HK003
        HK006 HK008 HK009 HK010 HK013 HK014 HK016 HK018 HK026 HK028 LS001 MB003 MB004 MB005 MB007 MB008 MB009 MB011
        MB014 MB018 MB021 MB022 MB028 MB031 MB034 MC001 MC002 MC003 MC005 MC008 MC011 MC012 MC013 MC014 MP006 MP009
        MP015 MP023 OC007 OP001 PA001 PA003 PA004 PA005 PA012 PM001 PM004 PM011 PM013 PM018 PM021 PM027 PM029 PM030
        PM031 PM037 PT002 PT007 PT010 PT013 PT022 PT023 PT024 PT025 SE007 SK002 SK003 SK005 SK006 SK019 UC005 UC008
    """
    assert set(promised.split()) <= set(FIXABLE)


@pytest.mark.parametrize("rule_id", FIXABLE)
def test_a_repair_says_what_it_does(rule_id: str) -> None:
    """In a sentence of its own that people read in ``explain``."""
    for fix in (all_rules()[rule_id].fix, all_rules()[rule_id].unsafe_fix):
        assert fix is None or (fix.__doc__ or "")[:1].isupper()


@pytest.mark.parametrize("rule_id", list(all_rules()))
def test_explain_says_who_repairs(rule_id: str) -> None:
    """As the page does."""
    (outcome,) = explain([rule_id]).outcomes
    assert outcome.value is not None
    assert outcome.value.sections["repair"] == all_rules()[rule_id].repair


@pytest.mark.parametrize("rule_id", list(all_rules()))
def test_the_page_of_a_rule_says_who_repairs(rule_id: str) -> None:
    """The linter, the linter when asked for more, or a person."""
    rule = all_rules()[rule_id]
    (line,) = [line for line in rule_page(rule).splitlines() if line.startswith("- repair: ")]
    assert ("`lint --fix" in line) is rule.fixable
    assert ("--unsafe-fixes" in line) is (rule.unsafe_fix is not None)

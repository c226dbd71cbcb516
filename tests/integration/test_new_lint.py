"""Everything that ``new`` writes passes our own lint without any finding, as source and as built tree."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest

from plugintool.cli.main import run
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.report import Finding
from plugintool.scaffold.compose import EVENTS, KINDS
from plugintool.tree.directory import survey

COMBINATIONS = [",".join(kinds) for size in range(1, len(KINDS) + 1) for kinds in itertools.combinations(KINDS, size)]


def lint(path: Path, *, built: bool = False) -> Sequence[Finding]:
    return lint_plugin(load_plugin(survey(path)), LintOptions(built=built))


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def make(*args: str) -> None:
    assert run(["new", *args, "--quiet"]) == 0


@pytest.mark.parametrize("kinds", COMBINATIONS)
def test_every_combination_has_no_finding(kinds: str) -> None:
    make("plugin", "acme-review", "--with", kinds)
    assert lint(Path("acme-review")) == ()


def test_the_built_tree_lacks_a_preference_only() -> None:
    """Whether it is installed unasked is for the administrator to say, so nothing else may be found."""
    make("plugin", "acme-review", "--with", "all")
    assert run(["build", "acme-review", "--quiet"]) == 0
    assert [found.code for found in lint(Path("dist/org-plugins/acme-review"), built=True)] == ["OP008"]


def test_components_of_any_name_have_no_finding() -> None:
    make("plugin", "acme", "--with", "agent")
    for name in ("scout", "123", "true", "null"):
        for kind in ("agent", "skill"):
            make(kind, name, "--plugin", "acme", "--description", 'Use "it": [always] #1')
        make("command", f"{name}-again", "--plugin", "acme")
        make("mcp", name, "--plugin", "acme", "--url", "https://mcp.acme.test/x?y=z")
    for event in EVENTS:
        make("hook", event.lower(), "--plugin", "acme", "--event", event)
    assert lint(Path("acme")) == ()


def test_a_folder_of_skills_that_becomes_a_plugin_has_no_finding() -> None:
    skill = Path("office/skills/letters")
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: letters\ndescription: Writes letters\n---\n\nWrite.\n")
    make("plugin", "office", "--here", "--into", "office")
    assert lint(Path("office")) == ()

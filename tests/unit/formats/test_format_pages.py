"""The reference pages say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plugintool.author.explain import explanations
from plugintool.formats.project import TARGETS, parse_project
from plugintool.tree.zip_profile import ARCHIVE_RULES, CANONICAL


def page(root: Path, name: str) -> str:
    return (root / "docs" / "reference" / name).read_text("utf-8")


def rules_of(text: str) -> set[str]:
    """Return the rules that a table documents; ``C16-C21`` stands for all between."""
    found: set[str] = set()
    for first, last in re.findall(r"^\| C(\d\d)(?:\u2013C(\d\d))? \|", text, re.MULTILINE):
        found.update(f"C{number:02}" for number in range(int(first), int(last or first) + 1))
    return found


def test_the_example_of_the_project_file_is_valid(root: Path) -> None:
    text = page(root, "project-file.md")
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert example is not None
    project = parse_project(example[1].encode())
    assert project.ignore
    assert project.bundle_ignore
    assert all(f"`{target}`" in text for target in TARGETS)


def test_every_rule_that_the_code_names_is_documented(root: Path) -> None:
    documented = rules_of(page(root, "archives.md")) | rules_of(page(root, "paths.md"))
    sources = [*sorted((root / "plugintool" / "tree").glob("zip_*.py")), root / "plugintool" / "relpath.py"]
    named = {rule for source in sources for rule in re.findall(r'"(C\d\d)"', source.read_text("utf-8"))}
    assert named <= documented
    assert set(ARCHIVE_RULES) <= documented
    assert named <= set(explanations())
    assert {check.rule for check in CANONICAL.checks} <= documented


@pytest.mark.parametrize("name", ["archives.md", "paths.md", "project-file.md"])
def test_links_between_pages_lead_somewhere(root: Path, name: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page(root, name)):
        assert (root / "docs" / "reference" / target).exists(), target

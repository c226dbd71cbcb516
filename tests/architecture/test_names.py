"""Words: no module without a noun, no unfinished work, and a text that speaks of this project only."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.conftest import Module

SHAPELESS = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "base", "core", "stuff"}
BINARY = {".zip", ".mcpb", ".png", ".ico", ".gz", ".der", ".pyc"}
HERE = Path(__file__).name


def _split(*halves: str) -> str:
    """Join halves, so that this file does not hold the words that it looks for."""
    return "".join(halves)


FOREIGN_WORDS = {
    "the place where it was written": _split(r"(?<![\w.-])/wo", r"rk/"),
    "papers that are not part of it": _split(r"\bDESI", r"GN\b(?!\s*=)|(?<![\w/.-])fac", r"ts/\w+\.md"),
    "a folder that nobody else has": _split(r"(?<![\w/.-])sha", r"red/"),
    "hosts of package registries": _split(r"registry\.np", r"mjs|pypi\.o", r"rg|pythonhos", r"ted\.org"),
    "how it was divided": _split(r"\bCON", r"TRACT\.md|\bthe le", r"ad commits|\bother hel", r"pers?\b"),
}

UNFINISHED = _split(r"\bTO", r"DO\b|\bFIX", r"ME\b|\bXX", r"X\b")


def _texts(root: Path) -> list[tuple[str, str]]:
    """Every text file that is, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    names = [name for name in listed.stdout.split("\0") if name and Path(name).suffix not in BINARY]
    files = [(name, root / name) for name in names if (root / name).is_file() and not (root / name).is_symlink()]
    return [(name, path.read_bytes().decode(errors="replace")) for name, path in files if path.name != HERE]


@pytest.fixture(scope="module")
def texts(root: Path) -> list[tuple[str, str]]:
    """Name and content of every text file; outside of a checkout there is nothing to look at."""
    if not (root / ".git").exists():
        pytest.skip("not a git checkout")
    return _texts(root)


def _lines(texts: list[tuple[str, str]], pattern: str) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line)
    ]


@pytest.mark.parametrize("kind", FOREIGN_WORDS)
def test_the_project_speaks_of_itself_only(texts: list[tuple[str, str]], kind: str) -> None:
    """A reader has the checkout and nothing else."""
    assert _lines(texts, FOREIGN_WORDS[kind]) == []


def test_nothing_is_left_for_later_in_the_code(texts: list[tuple[str, str]]) -> None:
    """What is not done is not begun; plans stand in issues."""
    ours = [(name, text) for name, text in texts if name.startswith("plugintool/")]
    assert _lines(ours, UNFINISHED) == []


def test_nothing_is_exempt_from_the_gates(texts: list[tuple[str, str]]) -> None:
    """No code hidden from coverage, no test that may fail."""
    ours = [(name, text) for name, text in texts if name.endswith(".py")]
    assert _lines(ours, _split(r"pragma:\s*no co", r"ver|pytest\.mark\.xf", r"ail")) == []


def test_a_function_without_a_home_lacks_a_noun(modules: list[Module]) -> None:
    """No module, and no directory, whose name says nothing."""
    parts = {part.removesuffix(".py") for module in modules for part in module.name.split("/")}
    assert parts & SHAPELESS == set()


def test_every_text_file_ends_with_one_newline(texts: list[tuple[str, str]]) -> None:
    """And has none of the other system's; what is made to be odd lives in fixtures and templates."""
    ours = [(name, text) for name, text in texts if not name.startswith(("fixtures/", "templates/"))]
    assert [name for name, text in ours if text and (not text.endswith("\n") or text.endswith("\n\n"))] == []
    assert [name for name, text in ours if "\r" in text and name.endswith((".py", ".md", ".toml", ".sh"))] == []

"""Patterns agree with git itself."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.formats.patterns import Pattern, PatternList

NAMES = st.sampled_from(["a", "b", "ab", "a.log", "b.log", "A", "x", "dir", "node_modules"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PIECES = st.sampled_from(["a", "b", "*", "*.log", "a*", "?", "[ab]", "**", "dir", "node_modules", "x", "!a", "[!a]"])


@st.composite
def pattern_texts(draw: st.DrawFn) -> str:
    body = "/".join(draw(st.lists(PIECES, min_size=1, max_size=3)))
    return draw(st.sampled_from(["", "!"])) + draw(st.sampled_from(["", "/"])) + body + draw(st.sampled_from(["", "/"]))


def git_ignores(git: str, patterns: list[str], paths: list[str]) -> set[str]:
    """Ask git which of ``paths`` it ignores; the files need not exist."""
    with tempfile.TemporaryDirectory() as directory:
        env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        subprocess.run([git, "init", "-q", directory], check=True, env=env)
        (Path(directory) / ".gitignore").write_text("\n".join(patterns) + "\n")
        for path in paths:
            (Path(directory) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(directory) / path).touch()
        command = [git, "-C", directory, "check-ignore", "--no-index", "--stdin"]
        completed = subprocess.run(
            command, input="\n".join(paths), capture_output=True, text=True, env=env, check=False
        )
        return set(completed.stdout.splitlines())


def compatible(paths: list[str]) -> list[str]:
    """Keep the paths of which none is the parent of another."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not any(path.startswith(f"{other}/") or other.startswith(f"{path}/") for other in kept):
            kept.append(path)
    return kept


@pytest.mark.foreign("git")
def test_the_same_files_are_excluded_as_by_git(foreign: Callable[[str], str]) -> None:
    git = foreign("git")

    @settings(deadline=None, max_examples=60)
    @given(st.lists(pattern_texts(), min_size=1, max_size=4), st.lists(PATHS, min_size=1, max_size=12).map(compatible))
    def agrees(texts: list[str], paths: list[str]) -> None:
        patterns = PatternList(tuple(Pattern(text, "") for text in texts))
        ours = {path for path in paths if (found := patterns.find(path)) is not None and found.is_included}
        assert ours == git_ignores(git, texts, paths)

    agrees()


@given(st.lists(pattern_texts(), min_size=1, max_size=4), PATHS)
def test_the_answer_does_not_depend_on_what_was_asked_before(texts: list[str], path: str) -> None:
    patterns = PatternList(tuple(Pattern(text, "") for text in texts))
    fresh = PatternList(tuple(Pattern(text, "") for text in texts))
    patterns.find(f"{path}/other")
    assert patterns.find(path) == fresh.find(path)


@pytest.mark.parametrize("text", ["/", "!/"])
def test_a_slash_alone_matches_nothing(text: str) -> None:
    """As for git; it must not be read as the ``!`` that is left without its slash."""
    patterns = PatternList((Pattern("*.log", ""), Pattern(text, "")))
    found = patterns.find("a.log")
    assert found is not None
    assert found.pattern.text == "*.log"
    assert patterns.find("a/b") is None

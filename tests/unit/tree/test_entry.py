"""Paths that some file system cannot keep apart are found, all of them, and nothing else is."""

from __future__ import annotations

import dataclasses
import time

import pytest

from plugintool.errors import UnsafePathError
from plugintool.relpath import RelPath
from plugintool.tree.entry import BadEntry, TreeFile, collisions, refuse_collisions


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["A", "a"], [("A", "a")]),
        (["a/README.md", "a/readme.md"], [("a/README.md", "a/readme.md")]),
        (["A/x", "a/y"], [("A", "a/y")]),
        (["A/x", "a/x"], [("A", "a/x"), ("A/x", "a/x")]),
        (["a", "a/b"], [("a", "a/b")]),
        (["a/b", "a/b/c"], [("a/b", "a/b/c")]),
        (["A", "a/b"], [("A", "a/b")]),
        (["A/b", "a"], [("A", "a")]),
        (["a-", "a", "a/b"], [("a", "a/b")]),
        (["x", "x"], [("x", "x")]),
        (["\ufb01le", "file"], [("file", "\ufb01le")]),
        (["\u212a", "k"], [("k", "\u212a")]),
        (["stra\u00dfe", "STRASSE"], [("STRASSE", "stra\u00dfe")]),
        (["x\u00b2", "x2"], [("x2", "x\u00b2")]),
        (["\u03c3", "\u03c2"], [("\u03c2", "\u03c3")]),
        (["caf\u00e9", "cafe\u0301"], [("cafe\u0301", "caf\u00e9")]),
        (["\uff21/x", "a/y"], [("a", "\uff21/x")]),
        (["a", "A", "\uff21"], [("A", "a"), ("A", "\uff21")]),
    ],
)
def test_collisions_are_found(paths: list[str], expected: list[tuple[str, str]]) -> None:
    """Case, compatibility forms, ligatures, implied parents, files as parents; in any order of the input."""
    assert collisions(paths) == expected
    assert collisions(reversed(paths)) == expected
    assert collisions(f"deep/er/{path}" for path in paths) == [
        (f"deep/er/{first}", f"deep/er/{second}") for first, second in expected
    ]


@pytest.mark.parametrize(
    "paths",
    [
        [],
        ["a"],
        ["a/b", "a/c", "a/d/e", "a/d/f"],
        ["a", "b", "ab"],
        ["a", "a.b", "a-b/c"],
        ["a/b", "b/a", "B-/a"],
        ["x/a", "y/A"],
        ["e", "\u00e9"],
        ["i", "\u0131"],
    ],
)
def test_what_can_be_kept_apart_is_let_through(paths: list[str]) -> None:
    """Shared parents, shared prefixes and equal names in different directories are no collisions."""
    assert collisions(paths) == []
    refuse_collisions(paths)


def test_every_pair_is_named() -> None:
    """All problems, not the first."""
    with pytest.raises(UnsafePathError) as caught:
        refuse_collisions(["A", "a", "b/X", "b/x", "c"])
    assert caught.value.rule == "C22"
    assert caught.value.detail["problems"] == ("A and a", "b/X and b/x")
    assert caught.value.detail["path"] == "a"


def test_many_paths_are_fast() -> None:
    """A full tree of deep paths takes time in proportion."""
    paths = [f"{'d/' * 20}{number}/x" for number in range(20_000)]
    start = time.process_time()
    assert collisions(paths) == []
    assert time.process_time() - start < 5


def test_values_are_frozen() -> None:
    """A tree's files are facts; a directory does not tell what is executable."""
    file = TreeFile(RelPath("a"), 1)
    assert file.executable is None
    assert BadEntry("a", "odd").rule == ""
    with pytest.raises(dataclasses.FrozenInstanceError):
        file.size = 2  # type: ignore[misc]

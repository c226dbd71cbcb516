"""A tree in memory behaves as every other tree."""

from __future__ import annotations

import pytest

from plugintool.errors import MissingPathError, UnsafePathError
from plugintool.relpath import RelPath
from plugintool.tree.entry import Tree, TreeFile
from plugintool.tree.memory import MemoryTree


def as_tree(tree: Tree) -> Tree:
    """Let the type checker say that it is one."""
    return tree


def test_files_are_sorted_with_their_sizes() -> None:
    """By the bytes of the path, whatever the order of the mapping."""
    tree = as_tree(MemoryTree("demo", {"b": b"12", "a/x": b"", "Z": b"1", "a-": b"123"}))
    assert tree.name == "demo"
    assert tree.files() == [
        TreeFile(RelPath("Z"), 1),
        TreeFile(RelPath("a-"), 3),
        TreeFile(RelPath("a/x"), 0),
        TreeFile(RelPath("b"), 2),
    ]


def test_marks() -> None:
    """None where nothing is said, else as said."""
    contents = {"a": b"", "b": b""}
    assert [file.executable for file in MemoryTree("", contents).files()] == [None, None]
    marked = MemoryTree("", contents, frozenset({"b"}))
    assert [file.executable for file in marked.files()] == [False, True]
    assert [file.executable for file in MemoryTree("", contents, frozenset()).files()] == [False, False]


def test_open_reads_from_the_start_each_time() -> None:
    """Two readers do not share a position."""
    tree = MemoryTree("", {"a": b"abc"})
    with tree.open(RelPath("a")) as one, tree.open(RelPath("a")) as two:
        assert one.read(2) == b"ab"
        assert two.read() == b"abc"


def test_open_of_nothing() -> None:
    """An input error that names the path."""
    with pytest.raises(MissingPathError) as caught:
        MemoryTree("", {}).open(RelPath("a/b"))
    assert caught.value.detail["path"] == "a/b"


def test_unsafe_names_are_refused_when_listed() -> None:
    """No tree lists a path that is none."""
    with pytest.raises(UnsafePathError):
        MemoryTree("", {"../a": b""}).files()

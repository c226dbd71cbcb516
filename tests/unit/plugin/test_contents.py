"""What a tree holds, and that a file is read once while there is room."""

from __future__ import annotations

import io
from collections import Counter
from typing import BinaryIO, ClassVar

import pytest

from plugintool import limits
from plugintool.errors import InputError
from plugintool.plugin.contents import Contents
from plugintool.plugin.load import load_plugin
from plugintool.relpath import RelPath
from plugintool.tree.copy import HEAD_BYTES
from plugintool.tree.memory import MemoryTree

FILES = {RelPath("a.md"): b"12345", RelPath("b/c.md"): b"123", RelPath("b/d/e.md"): b"1" * 600}


class CountingTree(MemoryTree):
    """Counts how often a file is opened."""

    opened: ClassVar[Counter[str]] = Counter()

    def open(self, path: RelPath) -> BinaryIO:
        self.opened[path] += 1
        return super().open(path)


class GrownTree(MemoryTree):
    """Says another size than what is read has."""

    real: ClassVar[bytes] = b"12345"

    def open(self, path: RelPath) -> BinaryIO:
        del path
        return io.BytesIO(self.real)


@pytest.fixture
def tree() -> CountingTree:
    CountingTree.opened.clear()
    return CountingTree("t", {str(path): data for path, data in FILES.items()})


def test_files_directories_and_what_is_below(tree: CountingTree) -> None:
    contents = Contents(tree)
    assert list(contents.files) == list(FILES)
    assert contents.directories == {"", "b", "b/d"}
    assert list(contents.below("b")) == ["b/c.md", "b/d/e.md"]
    assert list(contents.below("")) == list(FILES)
    assert list(contents.below("c")) == []


def test_a_file_is_read_once(tree: CountingTree) -> None:
    contents = Contents(tree)
    assert [contents.read(path, 1000) for path in FILES] == list(FILES.values())
    assert [contents.read(path, 1000) for path in FILES] == list(FILES.values())
    assert contents.head(RelPath("b/d/e.md")) == b"1" * HEAD_BYTES
    assert set(tree.opened.values()) == {1}


def test_what_does_not_fit_is_read_again(tree: CountingTree) -> None:
    """The first files take the room; memory stays below it."""
    contents = Contents(tree, room=6)
    for _ in range(2):
        assert [contents.read(path, 1000) for path in FILES] == list(FILES.values())
    assert dict(tree.opened) == {"a.md": 1, "b/c.md": 2, "b/d/e.md": 2}


def test_a_part_of_a_file_is_not_taken_for_the_whole(tree: CountingTree) -> None:
    contents = Contents(tree)
    path = RelPath("a.md")
    assert contents.read(path, 2) == b"123"
    assert contents.head(path) == b"12345"
    assert contents.read(path, 1000) == b"12345"
    assert contents.read(path, 2) == b"123"


def test_the_head_of_a_large_file_is_read_alone() -> None:
    """A program of 100 MB is not kept to look at its first bytes."""
    CountingTree.opened.clear()
    tree = CountingTree("t", {"large": b"1" * 20_000})
    contents = Contents(tree)
    path = RelPath("large")
    assert contents.head(path) == contents.head(path) == b"1" * HEAD_BYTES
    assert tree.opened[path] == 2


def test_a_small_file_is_read_whole_for_its_head(tree: CountingTree) -> None:
    contents = Contents(tree)
    path = RelPath("b/d/e.md")
    assert contents.head(path) == contents.head(path) == b"1" * HEAD_BYTES
    assert contents.read(path, 1000) == FILES[path]
    assert tree.opened[path] == 1


@pytest.mark.parametrize(("said", "limit"), [(0, 1000), (3, 1000), (5, 1000), (600, 1000), (3, 4), (3, 2)])
def test_a_file_that_has_another_size_than_the_tree_said_is_read_to_its_end(said: int, limit: int) -> None:
    """A file that grows or shrinks while it is judged is what it is when it is read."""
    tree = GrownTree("t", {"a": b"1" * said})
    assert Contents(tree).read(RelPath("a"), limit) == GrownTree.real[: limit + 1]
    assert Contents(tree).head(RelPath("a")) == GrownTree.real


def test_a_file_that_is_not_there(tree: CountingTree) -> None:
    with pytest.raises(InputError):
        Contents(tree).read(RelPath("x"), 1)


def test_a_plugin_reads_its_components_once() -> None:
    files = {
        RelPath(".claude-plugin/plugin.json"): b'{"name": "t"}',
        RelPath("agents/a.md"): b"---\nname: a\n---\n",
        RelPath("skills/s/SKILL.md"): b"---\nname: s\n---\n",
        RelPath("hooks/hooks.json"): b"{}",
    }
    CountingTree.opened.clear()
    plugin = load_plugin(CountingTree("t", {str(path): data for path, data in files.items()}))
    assert {path: plugin.read(path) for path in files} == files
    assert set(CountingTree.opened.values()) == {1}
    assert limits.KEPT_BYTES < 100 * limits.MIB

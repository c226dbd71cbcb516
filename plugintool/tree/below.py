"""A part of a tree as a tree of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from plugintool.relpath import RelPath
from plugintool.tree.entry import Tree, TreeFile


class Below:
    """The files of ``tree`` below ``directory``, with paths relative to it; all of them when it is empty.

    Which files there are is looked up once, when this is made.
    """

    def __init__(self, tree: Tree, directory: str) -> None:
        self.tree = tree
        self.directory = directory
        self.name = directory.rpartition("/")[2] or tree.name
        self._files = list(_files(tree, f"{directory}/")) if directory else tree.files()

    def files(self) -> Sequence[TreeFile]:
        """All files, sorted by path."""
        return self._files

    def open(self, path: RelPath) -> BinaryIO:
        """Open one file."""
        return self.tree.open(RelPath(f"{self.directory}/{path}") if self.directory else path)


def _files(tree: Tree, prefix: str) -> Iterator[TreeFile]:
    for file in tree.files():
        if file.path.startswith(prefix):
            yield TreeFile(RelPath(file.path.removeprefix(prefix)), file.size, file.executable)

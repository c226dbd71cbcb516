"""``Contents``: what a tree holds, by path; each file is read once while there is room to keep it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import cached_property

from plugintool import limits
from plugintool.relpath import RelPath
from plugintool.tree.copy import HEAD_BYTES
from plugintool.tree.directory import Survey
from plugintool.tree.entry import Tree, TreeFile

_READ_WHOLE = 16 * limits.KIB
"""A file up to this size is read whole for its first bytes: mostly another rule asks for the rest."""


class Contents:
    """The files of one tree.

    Args:
        tree: the tree.
        room: how many bytes of files are kept in memory; what does not fit is read again.
    """

    def __init__(self, tree: Tree, room: int = limits.KEPT_BYTES) -> None:
        self.tree = tree
        self._room = room
        self._kept: dict[RelPath, bytes] = {}

    @cached_property
    def files(self) -> Mapping[RelPath, TreeFile]:
        """All files by path, in order of path."""
        return {file.path: file for file in self.tree.files()}

    @cached_property
    def paths(self) -> list[RelPath]:
        """All paths in order, so that those below one directory stand together."""
        return sorted(self.files)

    @cached_property
    def directories(self) -> frozenset[str]:
        """All directories, those that files imply among them; an empty text is the root."""
        implied = {"", *self.tree.directories} if isinstance(self.tree, Survey) else {""}
        for path in self.files:
            parent = path.rpartition("/")[0]
            while parent not in implied:
                implied.add(parent)
                parent = parent.rpartition("/")[0]
        return frozenset(implied)

    def below(self, directory: str) -> Iterator[RelPath]:
        """All files below one directory, in order of path."""
        if not directory:
            return iter(self.paths)
        start = bisect_left(self.paths, f"{directory}/")
        return iter(self.paths[start : bisect_left(self.paths, f"{directory}0", start)])  # 0 is the sign after /

    def read(self, path: RelPath, max_bytes: int) -> bytes:
        """Return the first ``max_bytes`` + 1 bytes of a file.

        Raises:
            InputError, OSError: it cannot be read.
        """
        known = self._kept.get(path)
        if known is not None:
            return known[: max_bytes + 1]
        file = self.files.get(path)
        expected = max_bytes if file is None else min(file.size, max_bytes)
        with self.tree.open(path) as source:
            data = source.read(expected + 1)  # room for no more than is there: a mebibyte each time would cost more
            if expected < len(data) <= max_bytes:  # it has grown
                data += source.read(max_bytes + 1 - len(data))
        if len(data) <= min(self._room, max_bytes):
            self._kept[path] = data
            self._room -= len(data)
        return data

    def head(self, path: RelPath) -> bytes:
        """Return the first bytes of a file: enough to tell a program by.

        Raises:
            InputError, OSError: it cannot be read.
        """
        known = self._kept.get(path)
        if known is not None:
            return known[:HEAD_BYTES]
        file = self.files.get(path)
        if file is not None and file.size <= _READ_WHOLE:
            return self.read(path, _READ_WHOLE)[:HEAD_BYTES]
        with self.tree.open(path) as source:
            return source.read(HEAD_BYTES)

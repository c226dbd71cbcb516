"""A tree in memory: for tests, and for files that were made and are not on disk yet."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from plugintool.errors import MissingPathError
from plugintool.frozen import dataclass
from plugintool.relpath import RelPath
from plugintool.tree.entry import TreeFile


@dataclass(frozen=True, slots=True)
class MemoryTree:
    """Files by path; ``executables`` are marked as such."""

    name: str
    contents: Mapping[str, bytes]
    executables: frozenset[str] | None = None

    def files(self) -> Sequence[TreeFile]:
        """All files, sorted by path."""
        return [TreeFile(RelPath(path), len(self.contents[path]), self._mark(path)) for path in sorted(self.contents)]

    def open(self, path: RelPath) -> BinaryIO:
        """Open one file."""
        try:
            return io.BytesIO(self.contents[path])
        except KeyError:
            raise MissingPathError("no such file in the tree", path=path) from None

    def _mark(self, path: str) -> bool | None:
        return None if self.executables is None else path in self.executables

"""Lines of files below one directory, read when somebody wants to show them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from plugintool import limits
from plugintool.errors import InputError
from plugintool.frozen import dataclass, field
from plugintool.tree.directory import read_bounded

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class DirectoryLines:
    """The port ``report.SourceLines`` for a directory; the file asked for last is kept.

    Attributes:
        root: the directory.
        known: lines that somebody has read already, by path and number.
    """

    root: Path
    known: Mapping[tuple[str, int], str] = field(default_factory=dict, repr=False, compare=False)
    _kept: dict[str, list[str]] = field(default_factory=dict, repr=False, compare=False)

    def line(self, path: str, number: int) -> str | None:
        """Return one line, counted from 1, as text without its end and without a byte order mark.

        None when there is no such line, the file is larger than ``limits.TEXT_BYTES``, it cannot be read, or the path
        leads out of the directory. Lines end with a line feed, as in every position that is reported.
        """
        if (path, number) in self.known:
            return self.known[path, number]
        if path not in self._kept:
            self._kept.clear()
            self._kept[path] = self._read(path)
        lines = self._kept[path]
        return lines[number - 1].removesuffix("\r") if 0 < number <= len(lines) else None

    def _read(self, path: str) -> list[str]:
        if os.path.isabs(path) or ".." in path.split("/"):
            return []
        try:
            data = read_bounded(self.root / path, max_bytes=limits.TEXT_BYTES)
        except (InputError, ValueError):  # a path with NUL
            return []
        return data.decode(errors="replace").removeprefix(_BOM).split("\n")

"""Where files of a tree are written: exclusive creation below one directory, durable when asked.

A sink only creates: the directory it writes to is its own, every file is opened with ``O_EXCL`` and without following
links, modes do not depend on the umask. Two implementations: ``DirectorySink`` on disk, ``DiscardSink`` for checking
without writing.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from plugintool.errors import OutputError
from plugintool.relpath import RelPath
from plugintool.tree.copy import Writer

FILE_MODE, EXECUTABLE_MODE, DIRECTORY_MODE = 0o644, 0o755, 0o755
"""The only modes that are ever written (C24)."""


class Sink(Protocol):
    """Takes the files of one tree, each once."""

    def create(self, path: RelPath, *, executable: bool) -> contextlib.AbstractContextManager[Writer]:
        """Create one file and return a context in which it can be written.

        Raises:
            OutputError: it exists, or the system refused.
        """

    def finish(self) -> None:
        """Make everything written durable."""


class DiscardSink:
    """Takes everything and keeps nothing."""

    def create(self, path: RelPath, *, executable: bool) -> contextlib.AbstractContextManager[Writer]:
        """Return a writer that forgets."""
        del path, executable
        return contextlib.nullcontext(_Nowhere())

    def finish(self) -> None:
        """Do nothing."""


class _Nowhere:
    def write(self, data: bytes, /) -> int:
        return len(data)


class DirectorySink:
    """Writes below ``root``, which is created here and must not exist.

    Args:
        root: the directory to create.
        durable: whether files and directories are flushed to the disk (``finish``).
    """

    def __init__(self, root: Path, *, durable: bool = False) -> None:
        self.root = root
        self._durable = durable
        self._made: set[str] = set()
        with output_errors(root):
            os.mkdir(root, 0o700)
            os.chmod(root, DIRECTORY_MODE)

    @contextlib.contextmanager
    def create(self, path: RelPath, *, executable: bool) -> Iterator[Writer]:
        """Create one file, with its parent directories."""
        with output_errors(path):
            self._make_parents(path)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
            handle = os.open(self.root / path, flags, 0o600)
            with os.fdopen(handle, "wb") as target:
                yield target
                target.flush()
                if hasattr(os, "fchmod"):
                    os.fchmod(handle, EXECUTABLE_MODE if executable else FILE_MODE)
                if self._durable:
                    os.fsync(handle)

    def finish(self) -> None:
        """Flush the directories, deepest first, so that a name is durable only after what it names."""
        if self._durable:
            with output_errors(self.root):
                for level in sorted(self._made, reverse=True):
                    sync_directory(self.root / level)
                sync_directory(self.root)
                sync_directory(self.root.parent)

    def _make_parents(self, path: RelPath) -> None:
        segments = path.segments[:-1]
        for depth in range(1, len(segments) + 1):
            level = "/".join(segments[:depth])
            if level not in self._made:
                os.mkdir(self.root / level, 0o700)
                os.chmod(self.root / level, DIRECTORY_MODE)
                self._made.add(level)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable; Windows has no such call and keeps names in its own journal."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def output_errors(path: object) -> Iterator[None]:
    """Turn an ``OSError`` of the system into an ``OutputError`` that names the file."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(
            f"cannot be written: {reason}", path=str(path), hint="free some room or choose another place"
        ) from error

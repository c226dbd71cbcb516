"""The bytes of an archive, read by position: a window keeps small neighbours from costing a system call each."""

from __future__ import annotations

import io
import os
from typing import BinaryIO

from plugintool import limits

_WINDOW = 64 * limits.KIB


class ArchiveBytes:
    """A seekable file from its start to ``size``; what follows there does not exist for readers.

    Reading does not move the position of a file of the system, so that several streams can share it.
    """

    def __init__(self, source: BinaryIO, size: int | None = None) -> None:
        self._source = source
        self._by_position = _handle_of(source) is not None
        self.size = size_of(source) if size is None else size
        self._window = b""
        self._window_at = 0

    def read_at(self, offset: int, size: int) -> bytes:
        """Return the bytes at ``offset``; fewer than ``size`` at the end, none before the start."""
        size = min(size, self.size - offset)
        if size <= 0 or offset < 0:
            return b""
        start = offset - self._window_at
        if start >= 0 and start + size <= len(self._window):
            return self._window[start : start + size]
        if size >= _WINDOW:
            return self._read(offset, size)
        self._window_at, self._window = offset, self._read(offset, min(_WINDOW, self.size - offset))
        return self._window[:size]

    def _read(self, offset: int, size: int) -> bytes:
        if self._by_position:
            return os.pread(self._source.fileno(), size, offset)  # asked each time: a closed file must not be read
        self._source.seek(offset)
        return self._source.read(size)


def size_of(source: BinaryIO) -> int:
    """Return how many bytes a seekable file has."""
    handle = _handle_of(source)
    return source.seek(0, os.SEEK_END) if handle is None else os.fstat(handle).st_size


def _handle_of(source: BinaryIO) -> int | None:
    """Return what the system reads by position; None for a file in memory, and on Windows, which cannot."""
    if not hasattr(os, "pread"):
        return None
    try:
        return source.fileno()
    except (AttributeError, io.UnsupportedOperation):
        return None

"""The data of one archive entry as a stream that refuses every deviation from its header (C11).

Output is counted before it is handed out, so a stream never gives more bytes than its header declares; the checksum
and the exact use of the packed bytes are checked together with the last byte. Only a stream that was read to its end
has been checked.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from typing import BinaryIO, NoReturn, Protocol

from plugintool import limits
from plugintool.tree import zip_format
from plugintool.tree.zip_breach import Breach
from plugintool.tree.zip_format import CentralHeader

_PACKED_CHUNK = 64 * limits.KIB


class _Source(Protocol):
    """Where the packed bytes come from."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Return the bytes at ``offset``, at most ``size``."""


def open_member(source: _Source, header: CentralHeader, *, offset: int, path: str) -> BinaryIO:
    """Return the content of one entry.

    Args:
        source: the archive.
        header: what it declares of the entry.
        offset: where its packed bytes begin.
        path: the entry, for errors.
    """
    packed = _PackedBytes(source, offset, header.packed_size)
    inflate = _Inflater(packed).read if header.method == zip_format.DEFLATED else packed.read
    return io.BufferedReader(_Member(inflate, packed, header, path), min(limits.COPY_CHUNK, header.size + 1))


class _PackedBytes:
    """The packed bytes of one entry; ``left`` are not read yet."""

    def __init__(self, source: _Source, offset: int, size: int) -> None:
        self._source = source
        self._offset = offset
        self.left = size
        self.is_exhausted = True
        """Whether all bytes handed out were of use; an inflater with bytes behind its end says no."""

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most ``size``."""
        data = self._source.read_at(self._offset, min(size, self.left))
        self._offset += len(data)
        self.left = self.left - len(data) if data else 0
        return data


class _Inflater:
    """Inflates in steps of bounded output."""

    def __init__(self, packed: _PackedBytes) -> None:
        self._packed = packed
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._waiting = b""

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes; nothing only at the end.

        Raises:
            zlib.error: the bytes are no deflate stream, or it is cut short.
        """
        while not self._inflater.eof:
            packed = self._waiting or self._packed.read(_PACKED_CHUNK)
            if not packed:
                raise zlib.error("the stream is cut short")
            data = self._inflater.decompress(packed, size)
            self._waiting = self._inflater.unconsumed_tail
            if data:
                return data
        self._packed.is_exhausted = not self._inflater.unused_data
        return b""


class _Member(io.RawIOBase):
    """Counts, sums and compares while bytes pass."""

    def __init__(self, read: Callable[[int], bytes], packed: _PackedBytes, header: CentralHeader, path: str) -> None:
        super().__init__()
        self._read = read
        self._packed = packed
        self._header = header
        self._path = path
        self._left = header.size
        self._crc = 0
        self._is_checked = False

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override] # our callers pass these
        """Put the next bytes into ``buffer`` and return how many; 0 only at the end.

        Raises:
            ArchiveError: the data does not fit its header.
        """
        if self._is_checked:
            return 0
        data = self._next(min(len(buffer), self._left)) if self._left else b""
        self._crc = zlib.crc32(data, self._crc)
        self._left -= len(data)
        if not self._left:
            self._check_end()
        buffer[: len(data)] = data
        return len(data)

    def _next(self, size: int) -> bytes:
        try:
            data = self._read(size)
        except zlib.error as error:
            self._fail(f"the packed data is damaged ({error})")
        if not data:
            self._fail(f"the data is {self._left} bytes shorter than declared")
        return data

    def _check_end(self) -> None:
        """Nothing may follow, and all of it must have been right."""
        try:
            rest = self._read(1)
        except zlib.error as error:
            self._fail(f"the packed data is damaged ({error})")
        if rest:
            self._fail("the data is longer than declared")
        if self._packed.left or not self._packed.is_exhausted:
            self._fail("unused bytes after the packed data")
        if self._crc != self._header.crc:
            self._fail("the checksum does not fit the data")
        self._is_checked = True

    def _fail(self, message: str) -> NoReturn:
        raise Breach("C11", message, self._path).as_error()

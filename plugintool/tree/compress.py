"""The one place that compresses: libdeflate, whose output is a property of its version and of nothing else.

libdeflate takes a whole text at once. A large one is compressed in pieces that are joined to one stream (RFC 1951), so
that memory stays flat. What makes a piece end where a block of the stream ends: libdeflate decides about a block
without looking far ahead, so the streams of a text and of a longer one that begins with it are the same up to the
block in which the shorter text ends. There the shorter stream says "last block" and the longer one does not, which is
their first difference. The piece ends just before it and an empty stored block fills the byte.

The streams of zlib would differ from machine to machine: zlib 1.2, zlib 1.3, that of Node.js and zlib-ng give four.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from plugintool import limits

LEVEL: Final = 6
"""Of libdeflate: 0.23 of the time of zlib 9 at the same size (measured on 5,700 files of node_modules)."""
PIECE_BYTES: Final = 4 * limits.MIB
"""What is compressed at once of a large text."""
AHEAD_BYTES: Final = 384 * limits.KIB
"""How far a piece is compressed beyond its end; a block of libdeflate is at most some 310,000 bytes long."""
_PROBE_BYTES: Final = 64 * limits.KIB
_PROBE_GAIN: Final = 50
"""A text whose first ``_PROBE_BYTES`` shrink by less than one part in this many is not compressed."""
_STORED_MOST: Final = 0xFFFF
_EMPTY_STORED: Final = b"\x00\x00\xff\xff"
_LAST_EMPTY: Final = 0b011
"""The bits of a last block with fixed codes that holds nothing; seven zero bits follow."""


def compress(data: bytes) -> bytes | bytearray:
    """Return a deflate stream, or ``data`` itself when that is no larger."""
    if not is_worthwhile(data):
        return data
    packed = _deflate(data)
    return packed if len(packed) < len(data) else data


def is_worthwhile(data: bytes) -> bool:
    """Whether the first bytes shrink; short data is not worth the question."""
    if len(data) <= _PROBE_BYTES:
        return bool(data)
    head = data[:_PROBE_BYTES]
    return len(_deflate(head)) <= len(head) - len(head) // _PROBE_GAIN


def compress_large(read: Callable[[int], bytes], *, piece: int = PIECE_BYTES) -> Iterator[bytes | bytearray]:
    """Yield one deflate stream, piece by piece.

    Args:
        read: returns as many bytes as it is asked for, and fewer only at the end.
        piece: bytes that are compressed at once.
    """
    whole = piece + AHEAD_BYTES
    data = read(whole)
    while len(data) == whole:
        packed, length = _cut(data, piece)
        yield packed
        data = data[length:] + read(length)
    yield _deflate(data)


def _deflate(data: bytes) -> bytearray:
    import deflate  # noqa: PLC0415 - only needed when something is written

    packed: bytearray = deflate.deflate_compress(data, LEVEL)
    return packed


def _inflate(packed: bytes, most: int) -> bytes | bytearray:
    """Return what a stream holds; nothing when it is none, or holds more than ``most`` bytes."""
    import deflate  # noqa: PLC0415 - as above

    try:
        text: bytearray = deflate.deflate_decompress(packed, most)
    except deflate.DeflateError:
        return b""
    return text


def _cut(data: bytes, piece: int) -> tuple[bytes, int]:
    """Return a stream that goes on, and of how many bytes at the start of ``data`` it is."""
    longer, shorter = _deflate(data), _deflate(data[:piece])
    end = _first_difference(longer, shorter)
    text = _inflate(_bits(longer, end, _LAST_EMPTY, 10), piece)
    if not text or not data.startswith(text):
        return _stored(data[:piece]), piece
    return _bits(longer, end, 0, 3) + _EMPTY_STORED, len(text)


def _first_difference(one: bytearray, other: bytearray) -> int:
    """Return the number of the first bit in which two streams differ; bits count from the lowest of each byte."""
    low, high = 0, min(len(one), len(other)) - 1
    while low < high:
        middle = (low + high) // 2
        if one[low : middle + 1] == other[low : middle + 1]:
            low = middle + 1
        else:
            high = middle
    differing = one[low] ^ other[low]
    return low * 8 + (differing & -differing).bit_length() - 1


def _bits(stream: bytearray, count: int, more: int, length: int) -> bytes:
    """Return the first ``count`` bits of ``stream`` and ``length`` bits ``more``, filled up with zeros."""
    whole, rest = divmod(count, 8)
    last = (stream[whole] & ((1 << rest) - 1)) | more << rest
    return bytes(stream[:whole]) + last.to_bytes((rest + length + 7) // 8, "little")


def _stored(data: bytes) -> bytes:
    """Return stored blocks that go on: for a piece of which no cut was found."""
    parts = []
    for start in range(0, len(data), _STORED_MOST):
        part = data[start : start + _STORED_MOST]
        size = len(part)
        parts += [b"\0", size.to_bytes(2, "little"), (size ^ _STORED_MOST).to_bytes(2, "little"), part]
    return b"".join(parts)

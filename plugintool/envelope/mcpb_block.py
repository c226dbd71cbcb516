"""The signature block of an MCP bundle: where it is in the file, and what its bytes are (C30, C32); no decisions.

A signed bundle is a zip archive with a block behind its end record, all integers little-endian::

    offset   bytes   content
    0        n       the archive; the last two bytes are the comment length of its end record
    n        11      MCPB_SIG_V1
    n + 11   4       L
    n + 15   L       CMS SignedData in DER, detached
    n + 15+L 12      MCPB_SIG_END, the last bytes of the file

Three dialects exist. In D1 (npm ``@anthropic-ai/mcpb`` 2.1.2) the comment length is 0, so that readers that insist on
nothing after the end record refuse the file. In D2 and D3 it is the length of the block, L + 27; D2 signs the archive
with 0 in its place, D3 as it stands. Which of the two only the signed digest can tell. The block is found by arithmetic
alone: its marks mean nothing anywhere else (C31). Measured and read in the public repository, November 2026.
"""

from __future__ import annotations

import struct
from enum import StrEnum
from typing import BinaryIO, Final

from plugintool.envelope.cms import SignedData, parse_signed_data
from plugintool.errors import ArchiveError, InputError
from plugintool.frozen import dataclass
from plugintool.tree import zip_format
from plugintool.tree.zip_breach import Breach
from plugintool.tree.zip_frame import Frame
from plugintool.tree.zip_source import ArchiveBytes

HEADER: Final = b"MCPB_SIG_V1"
FOOTER: Final = b"MCPB_SIG_END"
FRAMING_BYTES: Final = len(HEADER) + 4 + len(FOOTER)
BLOCK_BYTES_MAX: Final = 0xFFFF
"""What a comment length can say. In D1 it could be more, but then most readers no longer find the end record."""
_LENGTH = struct.Struct("<I")
_COMMENT_LENGTH = struct.Struct("<H")


class Dialect(StrEnum):
    """How a bundle is signed."""

    D1 = "D1"
    D2 = "D2"
    D3 = "D3"


@dataclass(frozen=True, slots=True)
class Block:
    """A signature block.

    Attributes:
        offset: where it begins, which is where the archive ends.
        der: the CMS structure.
        signed: what it says; nobody has looked whether it is true.
        comment_length: what the end record of the archive declares: 0, or the length of the block.
    """

    offset: int
    der: bytes
    signed: SignedData
    comment_length: int

    @property
    def size(self) -> int:
        """Bytes of the whole block."""
        return len(self.der) + FRAMING_BYTES

    @property
    def dialects(self) -> tuple[Dialect, ...]:
        """Which dialects the comment length allows."""
        return (Dialect.D2, Dialect.D3) if self.comment_length else (Dialect.D1,)

    @property
    def frame(self) -> Frame:
        """How the archive before it is read."""
        return Frame(self.offset, self.comment_length)


def render_block(der: bytes) -> bytes:
    """Return the bytes of a block.

    Raises:
        ValueError: it would be longer than ``BLOCK_BYTES_MAX``.
    """
    if len(der) + FRAMING_BYTES > BLOCK_BYTES_MAX:
        raise ValueError(f"a CMS structure of {len(der)} bytes does not fit into a block")
    return HEADER + _LENGTH.pack(len(der)) + der + FOOTER


def ends_with_block(source: BinaryIO) -> bool:
    """Whether a file claims to be a signed bundle: it ends with the mark of a block."""
    archive = ArchiveBytes(source)
    return archive.read_at(archive.size - len(FOOTER), len(FOOTER)) == FOOTER


def find_block(source: BinaryIO) -> Block | None:
    """Find the block of a bundle; None when the file has none: it does not end with the mark of one.

    Args:
        source: the bundle as a seekable file.

    Raises:
        ArchiveError: C30 or C03, there is something of a block that is not one; C32, what it holds is no CMS structure.
    """
    if not ends_with_block(source):
        return None
    archive = ArchiveBytes(source)
    tail_at = max(archive.size - BLOCK_BYTES_MAX, 0)
    tail = archive.read_at(tail_at, BLOCK_BYTES_MAX)
    starts = _starts(tail)
    if len(starts) != 1:
        raise _refusal("C30", "the length of the signature block does not fit the file" if not starts else _TWO)
    offset = tail_at + starts[0]
    if archive.read_at(offset - zip_format.END_BYTES, 4) != zip_format.END_MAGIC:
        raise _refusal("C30", "the signature block is not right behind the end record")
    (comment_length,) = _COMMENT_LENGTH.unpack(archive.read_at(offset - _COMMENT_LENGTH.size, _COMMENT_LENGTH.size))
    der = tail[starts[0] + len(HEADER) + _LENGTH.size : -len(FOOTER)]
    _check_frame(der, comment_length)
    return Block(offset, der, _read_cms(der), comment_length)


_TWO = "two places where the signature block could begin"


def _starts(tail: bytes) -> list[int]:
    """Return every place where a header stands whose length leads to the end of the file."""
    found, at = [], tail.find(HEADER)
    while at >= 0:
        length = tail[at + len(HEADER) : at + len(HEADER) + _LENGTH.size]
        if len(length) == _LENGTH.size and at + _LENGTH.unpack(length)[0] + FRAMING_BYTES == len(tail):
            found.append(at)
        at = tail.find(HEADER, at + 1)
    return found


def _check_frame(der: bytes, comment_length: int) -> None:
    size = len(der) + FRAMING_BYTES
    if comment_length not in {0, size}:
        message = f"the end record declares a comment of {comment_length} bytes before a block of {size}"
        raise _refusal("C30", message)
    if zip_format.END_MAGIC in der:
        raise _refusal("C03", "a second end record in the signature block")


def _read_cms(der: bytes) -> SignedData:
    """C32: one signer, and no content of its own beside the archive."""
    try:
        signed = parse_signed_data(der, what="the signature block")
    except InputError as error:
        raise _refusal("C32", f"the signature block holds no CMS signature: {error.message}") from error
    if signed.content is not None:
        raise _refusal("C32", "the signature block has a content of its own")
    return signed


def _refusal(rule: str, message: str) -> ArchiveError:
    error = Breach(rule, message).as_error()
    assert isinstance(error, ArchiveError)
    return error

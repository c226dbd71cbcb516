"""The bytes of a zip file: the three records of an archive, as structures; no decisions.

Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.12 (central header), 4.3.16 (end record). All
integers are little-endian. ``zip_writer`` writes these records and ``zip_reader`` reads them; which of their values
are allowed is said by ``zip_profile``.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple, Self

STORED: Final = 0
DEFLATED: Final = 8
FLAG_DESCRIPTOR: Final = 1 << 3
FLAG_UTF8: Final = 1 << 11
VERSION: Final = 20
"""``version needed to extract`` for deflate (4.4.3)."""
MADE_BY: Final = 3 << 8 | VERSION
"""``version made by``: 3 is Unix, so the upper half of the external attributes is a mode (4.4.2)."""
DOS_TIME: Final = 0
DOS_DATE: Final = 1 << 5 | 1
"""1980-01-01 00:00:00, the earliest moment that a zip can state."""

LOCAL_SIGNATURE: Final = 0x04034B50
CENTRAL_SIGNATURE: Final = 0x02014B50
END_SIGNATURE: Final = 0x06054B50
END_MAGIC: Final = b"PK\x05\x06"

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")
LOCAL_BYTES: Final = _LOCAL.size
CENTRAL_BYTES: Final = _CENTRAL.size
END_BYTES: Final = _END.size


class LocalHeader(NamedTuple):
    """What stands before the data of an entry; the name and the extra fields follow it."""

    signature: int
    version: int
    flags: int
    method: int
    time: int
    date: int
    crc: int
    packed_size: int
    size: int
    name_length: int
    extra_length: int

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read ``LOCAL_BYTES`` bytes."""
        return cls(*_LOCAL.unpack(data))

    def pack(self) -> bytes:
        """Return the ``LOCAL_BYTES`` bytes."""
        return _LOCAL.pack(*self)


class CentralHeader(NamedTuple):
    """What the central directory says of an entry; the name, the extra fields and the comment follow it."""

    signature: int
    made_by: int
    version: int
    flags: int
    method: int
    time: int
    date: int
    crc: int
    packed_size: int
    size: int
    name_length: int
    extra_length: int
    comment_length: int
    disk: int
    internal_attributes: int
    external_attributes: int
    offset: int

    @classmethod
    def unpack(cls, data: bytes | memoryview, offset: int = 0) -> Self:
        """Read ``CENTRAL_BYTES`` bytes at ``offset``."""
        return cls(*_CENTRAL.unpack_from(data, offset))

    def pack(self) -> bytes:
        """Return the ``CENTRAL_BYTES`` bytes."""
        return _CENTRAL.pack(*self)

    @property
    def mode(self) -> int:
        """The Unix mode, type bits included."""
        return self.external_attributes >> 16

    @property
    def local(self) -> LocalHeader:
        """The local header that agrees with this one."""
        return LocalHeader(
            LOCAL_SIGNATURE,
            self.version,
            self.flags,
            self.method,
            self.time,
            self.date,
            self.crc,
            self.packed_size,
            self.size,
            self.name_length,
            self.extra_length,
        )


class EndRecord(NamedTuple):
    """The end of central directory record; the archive comment follows it."""

    signature: int
    disk: int
    directory_disk: int
    entries_on_disk: int
    entry_count: int
    directory_size: int
    directory_offset: int
    comment_length: int

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read ``END_BYTES`` bytes."""
        return cls(*_END.unpack(data))

    def pack(self) -> bytes:
        """Return the ``END_BYTES`` bytes."""
        return _END.pack(*self)

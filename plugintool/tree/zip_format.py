"""The bytes of a zip file: the records of an archive, as structures; no decisions.

Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.9 (data descriptor), 4.3.12 (central header),
4.3.14 to 4.3.16 (end records), 4.5 (extra fields). All integers are little-endian. ``zip_writer`` writes the first
three of these records, ``zip_reader`` and its parts read all of them; which of their values are allowed is said by
``zip_profile``.
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
DESCRIPTOR_SIGNATURE: Final = 0x08074B50
ZIP64_END_SIGNATURE: Final = 0x06064B50
END_MAGIC: Final = b"PK\x05\x06"
LOCAL_MAGIC: Final = b"PK\x03\x04"
CENTRAL_MAGIC: Final = b"PK\x01\x02"
LOCATOR_MAGIC: Final = b"PK\x06\x07"

SATURATED_16: Final = 0xFFFF
SATURATED_32: Final = 0xFFFFFFFF
"""Field values that say: the number stands in a zip64 record (4.4.1.4)."""
EXTRA_ZIP64: Final = 0x0001
EXTRA_NTFS: Final = 0x000A
EXTRA_TIMES: Final = 0x5455
EXTRA_UNICODE_PATH: Final = 0x7075
EXTRA_OWNER: Final = 0x7875
"""Kinds of extra fields (4.5.2, 4.6.9, and extrafld.txt of Info-ZIP)."""

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")
_ZIP64_END = struct.Struct("<IQHHIIQQQQ")
_LOCATOR = struct.Struct("<IIQI")
_EXTRA = struct.Struct("<HH")
LOCAL_BYTES: Final = _LOCAL.size
CENTRAL_BYTES: Final = _CENTRAL.size
END_BYTES: Final = _END.size
ZIP64_END_BYTES: Final = _ZIP64_END.size
LOCATOR_BYTES: Final = _LOCATOR.size
ZIP64_END_REST: Final = ZIP64_END_BYTES - 12
"""What the record says of its own size: all that follows the field (4.3.14.1)."""


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


class Zip64End(NamedTuple):
    """The zip64 end of central directory record, without an extensible data sector."""

    signature: int
    record_size: int
    made_by: int
    version: int
    disk: int
    directory_disk: int
    entries_on_disk: int
    entry_count: int
    directory_size: int
    directory_offset: int

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read ``ZIP64_END_BYTES`` bytes."""
        return cls(*_ZIP64_END.unpack(data))

    def pack(self) -> bytes:
        """Return the ``ZIP64_END_BYTES`` bytes."""
        return _ZIP64_END.pack(*self)


class Zip64Locator(NamedTuple):
    """What stands right before the end record and says where the zip64 end record is."""

    signature: int
    disk: int
    offset: int
    disks: int

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read ``LOCATOR_BYTES`` bytes."""
        return cls(*_LOCATOR.unpack(data))

    def pack(self) -> bytes:
        """Return the ``LOCATOR_BYTES`` bytes."""
        return _LOCATOR.pack(*self)


def split_extras(data: bytes) -> list[tuple[int, bytes]] | None:
    """Return kind and content of each extra field in ``data``; None when they do not fill it exactly."""
    found, position = [], 0
    while position + _EXTRA.size <= len(data):
        kind, size = _EXTRA.unpack_from(data, position)
        position += _EXTRA.size + size
        found.append((kind, data[position - size : position]))
    return found if position == len(data) else None

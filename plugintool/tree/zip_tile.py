"""The entries of an archive tile it: each begins where the one before ends, and both its headers agree (C06, C07, C10).

Entries are looked at in the order of their data, whatever the order of the directory. So every byte of the file belongs
to exactly one record, and nobody who reads the archive as a stream sees anything else than who reads its directory.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence

from plugintool.frozen import dataclass
from plugintool.relpath import RelPath
from plugintool.tree import zip_format
from plugintool.tree.zip_breach import Ledger
from plugintool.tree.zip_directory import Entry
from plugintool.tree.zip_extra import read_extras
from plugintool.tree.zip_format import CentralHeader, LocalHeader
from plugintool.tree.zip_profile import VERSION_MAX, Profile
from plugintool.tree.zip_source import ArchiveBytes

_GAP = "bytes that belong to no entry, or to two"
_DIFFERS = "the local header differs from the central header"
_SIZES = struct.Struct("<QQ")
_DESCRIPTOR, _DESCRIPTOR_64 = struct.Struct("<III"), struct.Struct("<IQQ")
_DESCRIPTOR_MAGIC = zip_format.DESCRIPTOR_SIGNATURE.to_bytes(4, "little")
_EMPTY_DEFLATE = b"\x03\x00"
"""An empty deflate stream: one final block with fixed codes and only its end (RFC 1951, 3.2.3)."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file or directory of an archive: its path, its central header, and where its packed data begins."""

    path: RelPath
    header: CentralHeader
    data_offset: int
    is_directory: bool = False


def tile(
    archive: ArchiveBytes, entries: Sequence[Entry], directory_offset: int, profile: Profile, ledger: Ledger
) -> list[Member]:
    """Check all entries against their place and their local header, and return them in the order of their data.

    Args:
        archive: the bytes.
        entries: what the directory says.
        directory_offset: where the last entry must end.
        profile: what is allowed.
        ledger: takes what is wrong; in a survey an entry whose local header is not there is left out.
    """
    ordered = sorted(entries, key=lambda entry: entry.header.offset)
    starts = [entry.header.offset for entry in ordered] + [directory_offset]
    if starts[0]:
        ledger.note("C06", _GAP, ordered[0].shown if ordered else "")
    tiles = _Tiles(archive, profile, ledger)
    return [member for entry, end in zip(ordered, starts[1:], strict=True) for member in tiles.read(entry, end)]


class _Tiles:
    """Reads one entry after the other."""

    def __init__(self, archive: ArchiveBytes, profile: Profile, ledger: Ledger) -> None:
        self._archive = archive
        self._profile = profile
        self._ledger = ledger

    def read(self, entry: Entry, end: int) -> Iterator[Member]:
        """Yield the entry unless its local header cannot be found; its space must be up to ``end``."""
        expected = entry.header.local.pack() + entry.name
        begin = entry.header.offset
        data_offset: int | None = begin + len(expected)
        if entry.header.extra_length or self._archive.read_at(begin, len(expected)) != expected:
            data_offset = self._read_local(entry)
        if data_offset is None:
            return
        self._check_end(entry, end - data_offset - entry.header.packed_size, end)
        if entry.is_directory:
            self._check_empty(entry, data_offset)
        if entry.path is not None:
            yield Member(entry.path, entry.header, data_offset, entry.is_directory)

    def _read_local(self, entry: Entry) -> int | None:
        """C07, field by field: return where the data begins."""
        begin, shown = entry.header.offset, entry.shown
        data = self._archive.read_at(begin, zip_format.LOCAL_BYTES)
        if len(data) < zip_format.LOCAL_BYTES or not data.startswith(zip_format.LOCAL_MAGIC):
            self._ledger.note("C07", "there is no local header where the central header says", shown)
            return None
        local = LocalHeader.unpack(data)
        begin += zip_format.LOCAL_BYTES
        name = self._archive.read_at(begin, local.name_length)
        self._check_fields(entry, local, name)
        extras: Mapping[int, bytes] = {}
        if local.extra_length:
            area = self._archive.read_at(begin + local.name_length, local.extra_length)
            extras = read_extras(area, self._profile, self._ledger, name=name, shown=shown)
        if problem := _difference_of_sizes(entry, local, extras):
            self._ledger.note("C07", f"{_DIFFERS}: {problem}", shown)
        self._check_unicode_path(entry, extras)
        return begin + local.name_length + local.extra_length

    def _check_fields(self, entry: Entry, local: LocalHeader, name: bytes) -> None:
        central = entry.header.local
        if name != entry.name:
            self._ledger.note("C07", f"{_DIFFERS}: name", entry.shown)
        for field in self._profile.equal_fields:
            if getattr(local, field) != getattr(central, field):
                self._ledger.note("C07", f"{_DIFFERS}: {field.replace('_', ' ')}", entry.shown)
        if local.version > VERSION_MAX:
            self._ledger.note("C09", "a version above 4.5 is needed", entry.shown)

    def _check_unicode_path(self, entry: Entry, extras: Mapping[int, bytes]) -> None:
        kind = zip_format.EXTRA_UNICODE_PATH
        if entry.extras.get(kind) != extras.get(kind):
            self._ledger.note("C13", "a Unicode path field in one of the two headers only", entry.shown)

    def _check_end(self, entry: Entry, rest: int, end: int) -> None:
        """C06, and C10 for the ``rest`` bytes that stand between the data and the next entry."""
        if rest < 0 or not entry.header.flags & zip_format.FLAG_DESCRIPTOR:
            if rest:
                self._ledger.note("C06", _GAP, entry.shown)
            return
        layout = _DESCRIPTOR_64 if entry.is_zip64 else _DESCRIPTOR
        if rest not in {layout.size, layout.size + len(_DESCRIPTOR_MAGIC)}:
            message = "the data descriptor is missing, or does not end where the next entry begins"
            self._ledger.note("C10", message, entry.shown)
            return
        values = layout.pack(entry.header.crc, entry.header.packed_size, entry.header.size)
        expected = values if rest == layout.size else _DESCRIPTOR_MAGIC + values
        data = self._archive.read_at(end - rest, rest)
        if data != expected or values.startswith(_DESCRIPTOR_MAGIC):  # else the checksum could be read as its mark
            self._ledger.note("C10", "the data descriptor differs from the central header", entry.shown)

    def _check_empty(self, entry: Entry, data_offset: int) -> None:
        packed = self._archive.read_at(data_offset, entry.header.packed_size)
        is_empty = not packed if entry.header.method == zip_format.STORED else packed == _EMPTY_DEFLATE
        if entry.header.crc or not is_empty:
            self._ledger.note("C17", "a directory entry that has content", entry.shown)


def _difference_of_sizes(entry: Entry, local: LocalHeader, extras: Mapping[int, bytes]) -> str:
    """Checksum and sizes: equal, or all zero before a descriptor; in a zip64 field where the directory has one."""
    header, field = entry.header, extras.get(zip_format.EXTRA_ZIP64)
    if (field is not None) != entry.is_zip64:
        return "zip64 field"
    found = (local.crc, local.packed_size, local.size)
    if field is not None:
        if len(field) != _SIZES.size or {local.size, local.packed_size} != {zip_format.SATURATED_32}:
            return "zip64 field"
        size, packed_size = _SIZES.unpack(field)
        found = (local.crc, packed_size, size)
    allowed = [(header.crc, header.packed_size, header.size)]
    if header.flags & zip_format.FLAG_DESCRIPTOR:
        allowed.append((0, 0, 0))
    return "" if found in allowed else "checksum or sizes"

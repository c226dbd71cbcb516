"""Where the central directory of an archive is: found by arithmetic from the end, never by search (C01 to C04, C14).

Readers that search for the end record, or for the locator of zip64, must come to the same place: that is what the rules
here are for. A survey, which is only about showing, does search where the record is not at its place.
"""

from __future__ import annotations

from plugintool import limits
from plugintool.frozen import dataclass
from plugintool.tree import zip_format
from plugintool.tree.zip_breach import Ledger
from plugintool.tree.zip_format import EndRecord, Zip64End, Zip64Locator
from plugintool.tree.zip_profile import VERSION_MAX, Profile
from plugintool.tree.zip_source import ArchiveBytes

_SEARCHED_BYTES = zip_format.END_BYTES + 0xFFFF
"""The end record and the longest comment."""
_SMALL_DIRECTORY = 1 * limits.MIB
"""Bytes of a central directory that is read whatever it says, so that what is wrong in it can be told."""
_SEVERAL_PARTS = "the archive is said to have several parts"


@dataclass(frozen=True, slots=True)
class Frame:
    """Where an archive ends in its file, and the comment length that its end record must declare.

    They are other than the size of the file and 0 when a signature block follows (``envelope.mcpb_block``).
    """

    end: int
    comment_length: int = 0


@dataclass(frozen=True, slots=True)
class Directory:
    """The central directory: where it is, how long it is, and how many entries it is said to have."""

    offset: int
    size: int
    count: int


def find_directory(archive: ArchiveBytes, frame: Frame, profile: Profile, ledger: Ledger) -> tuple[Directory, bytes]:
    """Find and read the central directory, and check that nothing else can be taken for it."""
    if archive.read_at(0, 4) != zip_format.LOCAL_MAGIC:
        ledger.note("C01", "the file does not begin with an entry of a zip archive")
    position = _find_end(archive, frame, ledger)
    end = EndRecord.unpack(archive.read_at(position, zip_format.END_BYTES))
    if position + zip_format.END_BYTES == frame.end and end.comment_length != frame.comment_length:
        ledger.note("C02", f"the end record declares a comment of {end.comment_length} bytes")
    if end.disk or end.directory_disk or end.entry_count != end.entries_on_disk:
        ledger.note("C04", _SEVERAL_PARTS)
    locator = archive.read_at(position - zip_format.LOCATOR_BYTES, zip_format.LOCATOR_BYTES)
    if locator.startswith(zip_format.LOCATOR_MAGIC):
        directory, after = _read_zip64(archive, position, end, profile, ledger)
    else:
        directory, after = Directory(end.directory_offset, end.directory_size, end.entry_count), position
        _check_saturation(end, ledger)
    _check_place(directory, after, profile, ledger)
    data = archive.read_at(directory.offset, directory.size)
    if zip_format.END_MAGIC in data or zip_format.END_MAGIC in archive.read_at(position + 1, zip_format.END_BYTES):
        ledger.note("C03", "a second end record in or after the central directory")
    return directory, data


def _find_end(archive: ArchiveBytes, frame: Frame, ledger: Ledger) -> int:
    position = frame.end - zip_format.END_BYTES
    if position >= 0 and archive.read_at(position, 4) == zip_format.END_MAGIC:
        return position
    message = "the file does not end with the end record of a zip archive"
    start = max(frame.end - _SEARCHED_BYTES, 0)
    found = archive.read_at(start, frame.end - start).rfind(zip_format.END_MAGIC)
    if found < 0 or start + found > position:
        ledger.stop("C02", message)
    ledger.note("C02", message)
    return start + found


def _check_saturation(end: EndRecord, ledger: Ledger) -> None:
    if _saturated(end):
        ledger.note("C14", "the end record points to zip64 records, and there are none")


def _saturated(end: EndRecord) -> bool:
    saturated = {end.directory_size, end.directory_offset}
    return end.entry_count == zip_format.SATURATED_16 or zip_format.SATURATED_32 in saturated


def _read_zip64(
    archive: ArchiveBytes, position: int, end: EndRecord, profile: Profile, ledger: Ledger
) -> tuple[Directory, int]:
    """Read the two zip64 records, which must stand right before the end record, and return where they begin."""
    at_locator = position - zip_format.LOCATOR_BYTES
    at_end = at_locator - zip_format.ZIP64_END_BYTES
    if not profile.has_zip64:
        ledger.note("C14", "zip64 records")
    locator = Zip64Locator.unpack(archive.read_at(at_locator, zip_format.LOCATOR_BYTES))
    data = archive.read_at(at_end, zip_format.ZIP64_END_BYTES) if at_end >= 0 else b""
    if len(data) < zip_format.ZIP64_END_BYTES or locator.offset != at_end or (locator.disk, locator.disks) != (0, 1):
        ledger.stop("C14", "the zip64 end record is not right before its locator")
    found = Zip64End.unpack(data)
    if found.signature != zip_format.ZIP64_END_SIGNATURE or found.record_size != zip_format.ZIP64_END_REST:
        ledger.stop("C14", "the zip64 end record is not one of 56 bytes")
    if found.version > VERSION_MAX:
        ledger.note("C09", "a version above 4.5 is needed")
    if found.disk or found.directory_disk or found.entry_count != found.entries_on_disk:
        ledger.note("C04", _SEVERAL_PARTS)
    if not _saturated(end):
        ledger.note("C14", "zip64 records to which no field of the end record points")
    if not _agree(end, found):
        ledger.note("C14", "the two end records disagree")
    return Directory(found.directory_offset, found.directory_size, found.entry_count), at_end


def _agree(end: EndRecord, found: Zip64End) -> bool:
    return (
        end.entry_count in {zip_format.SATURATED_16, found.entry_count}
        and end.directory_size in {zip_format.SATURATED_32, found.directory_size}
        and end.directory_offset in {zip_format.SATURATED_32, found.directory_offset}
    )


def _check_place(directory: Directory, after: int, profile: Profile, ledger: Ledger) -> None:
    """C04 and C25, before the directory is read."""
    if directory.offset + directory.size != after:
        message = "the end record does not say where the central directory is"
        if directory.offset + directory.size > after:
            ledger.stop("C04", message)
        ledger.note("C04", message)
    if directory.count > limits.TREE_FILES:
        ledger.stop("C25", f"{directory.count} entries, more than {limits.TREE_FILES}")
    entry_max = zip_format.CENTRAL_BYTES + limits.PATH_BYTES + 1 + profile.extra_bytes + profile.comment_bytes
    if directory.size > max(directory.count * entry_max, _SMALL_DIRECTORY):
        ledger.stop("C04", f"the central directory is larger than {directory.count} entries can be")

"""A strict reader of archives: total, bounded and exact.

Everything but the content is checked before the first entry can be opened: the archive is tiled by its entries from
its first to its last byte, local and central headers agree, names are safe, sorted and unique, sizes are within
limits. Content is checked while it is read (``zip_member``). Any bytes give a tree or an ``InputError`` that names the
rule, C01 to C25 of docs/reference/archives.md. What headers may say is a profile (``zip_profile``).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from plugintool import limits
from plugintool.errors import ArchiveError, LimitExceededError, MissingPathError, UnsafePathError
from plugintool.relpath import RelPath
from plugintool.tree import zip_format, zip_member
from plugintool.tree.directory import open_regular
from plugintool.tree.entry import TreeFile, collisions
from plugintool.tree.sink import EXECUTABLE_MODE
from plugintool.tree.zip_format import CentralHeader, EndRecord
from plugintool.tree.zip_profile import CANONICAL, Profile

_ENTRY_BYTES_MAX = zip_format.CENTRAL_BYTES + limits.PATH_BYTES
"""Bytes of one entry of the central directory: header and name; nothing else is allowed in it."""
_ANY_EXECUTE = 0o111
assert EXECUTABLE_MODE & _ANY_EXECUTE


@dataclass(frozen=True, slots=True)
class Member:
    """One entry: its path, its central header, and where its packed data begins."""

    path: RelPath
    header: CentralHeader
    data_offset: int


class ArchiveTree:
    """The files of an archive; a ``Tree`` as long as the archive is open. Archives do not state a name."""

    name = ""

    def __init__(self, archive: _Archive, members: Sequence[Member]) -> None:
        self._archive = archive
        self.members = {member.path: member for member in members}

    def files(self) -> Sequence[TreeFile]:
        """All files, sorted by path; ``executable`` is what the archive says."""
        return [
            TreeFile(path, member.header.size, bool(member.header.mode & _ANY_EXECUTE))
            for path, member in sorted(self.members.items())
        ]

    def open(self, path: RelPath) -> BinaryIO:
        """Open one file; ``read`` raises ``ArchiveError`` when the data does not fit its header.

        Only what was read to its end has been checked.
        """
        member = self.members.get(path)
        if member is None:
            raise MissingPathError("no such file in the archive", path=path)
        return zip_member.open_member(self._archive, member.header, offset=member.data_offset, path=path)


@contextlib.contextmanager
def open_archive(path: Path, *, profile: Profile = CANONICAL) -> Iterator[ArchiveTree]:
    """Open an archive and check everything but its content.

    Raises:
        MissingPathError: it is not there or not readable.
        InputError: it is no regular file.
        ArchiveError: a rule is broken; ``rule`` says which.
        LimitExceededError: C25.
    """
    with open_regular(path, follow=True) as source, _named(path):
        archive = _Archive(source)
        yield ArchiveTree(archive, _read_members(archive, profile))


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Put the archive into the errors that do not name it."""
    try:
        yield
    except (ArchiveError, LimitExceededError) as error:
        error.detail.setdefault("path", str(path))
        raise


class _Archive:
    """The bytes of the file, read by position."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.size = os.fstat(source.fileno()).st_size
        if self.size > limits.ARCHIVE_BYTES:
            raise LimitExceededError(f"the archive is larger than {limits.ARCHIVE_BYTES} bytes (C25)")

    def read_at(self, offset: int, size: int) -> bytes:
        """Return the bytes at ``offset``; fewer than ``size`` at the end of the file."""
        self._source.seek(offset)
        return self._source.read(size)


def _fail(rule: str, message: str, path: str | None = None) -> ArchiveError:
    error = ArchiveError(f"{message} ({rule})", rule=rule, hint="pack it with plugintool pack")
    if path:  # an empty name says nothing; then the archive itself is named
        error.detail["path"] = path
    return error


def _read_members(archive: _Archive, profile: Profile) -> list[Member]:
    if archive.read_at(0, 4) != zip_format.LOCAL_SIGNATURE.to_bytes(4, "little"):
        raise _fail("C01", "the file does not begin with an entry of a zip archive")
    end = _read_end(archive)
    headers = _read_directory(archive, end, profile)
    _check_budget(headers)
    _check_names([path for path, _ in headers], profile)
    return _tile(archive, headers, end.directory_offset)


def _read_end(archive: _Archive) -> EndRecord:
    """C02 and C04: the end record by position, with exact numbers."""
    position = archive.size - zip_format.END_BYTES
    tail = archive.read_at(max(position, 0), zip_format.END_BYTES)
    if len(tail) < zip_format.END_BYTES or not tail.startswith(zip_format.END_MAGIC):
        raise _fail("C02", "the file does not end with the end record of a zip archive")
    end = EndRecord.unpack(tail)
    if end.comment_length:
        raise _fail("C02", "an archive comment is declared")
    if end.disk or end.directory_disk or end.entry_count != end.entries_on_disk:
        raise _fail("C04", "the archive is said to have several parts")
    if end.directory_offset + end.directory_size != position:
        raise _fail("C04", "the end record does not say where the central directory is")
    if end.entry_count > limits.TREE_FILES:
        raise LimitExceededError(f"{end.entry_count} entries, more than {limits.TREE_FILES} (C25)")
    if end.directory_size > end.entry_count * _ENTRY_BYTES_MAX:
        raise _fail("C04", f"the central directory is larger than {end.entry_count} entries can be")
    return end


def _read_directory(archive: _Archive, end: EndRecord, profile: Profile) -> list[tuple[RelPath, CentralHeader]]:
    """C03 to C05: nothing but as many central headers as the end record counts."""
    data = archive.read_at(end.directory_offset, end.directory_size)
    if zip_format.END_MAGIC in data:
        raise _fail("C03", "a second end record in the central directory")
    found, position = [], 0
    while position < len(data):
        entry, position = _read_header(data, position, profile)
        found.append(entry)
    if len(found) != end.entry_count:
        raise _fail("C04", f"{len(found)} entries where the end record counts {end.entry_count}")
    return found


def _read_header(data: bytes, position: int, profile: Profile) -> tuple[tuple[RelPath, CentralHeader], int]:
    after = position + zip_format.CENTRAL_BYTES
    if after > len(data):
        raise _fail("C04", "the central directory is cut short")
    header = CentralHeader.unpack(data, position)
    if header.signature != zip_format.CENTRAL_SIGNATURE:
        raise _fail("C05", "a record of another kind in the central directory")
    if header.disk:
        raise _fail("C04", "the archive is said to have several parts")
    name = data[after : after + header.name_length]
    if len(name) < header.name_length:
        raise _fail("C04", "the central directory is cut short")
    for check in profile.checks:
        if not check.holds(header, name):
            raise _fail(check.rule, check.message, _shown(name))
    return (_read_name(name), header), after + header.name_length


def _read_name(name: bytes) -> RelPath:
    """C16 to C21."""
    try:
        return RelPath(name.decode())
    except UnicodeDecodeError as error:
        raise _fail("C16", "a name is not valid UTF-8", _shown(name)) from error
    except UnsafePathError as error:
        raise _fail(error.rule, error.message, _shown(name)) from error


def _shown(name: bytes) -> str:
    return name[: limits.SEGMENT_BYTES].decode(errors="backslashreplace")


def _check_budget(headers: list[tuple[RelPath, CentralHeader]]) -> None:
    """C25: before anything is unpacked; while unpacking no entry gives more than it declares."""
    size = sum(header.size for _, header in headers)
    packed = sum(header.packed_size for _, header in headers)
    if size > limits.TREE_BYTES:
        raise LimitExceededError(f"the entries unpack to more than {limits.TREE_BYTES} bytes (C25)")
    if size > limits.RATIO_FREE_BYTES and size > limits.RATIO_MAX * packed:
        raise LimitExceededError(f"the entries unpack to more than {limits.RATIO_MAX} times their packed size (C25)")


def _check_names(paths: list[RelPath], profile: Profile) -> None:
    """C22, and the order of entries."""
    for earlier, later in collisions(paths):
        raise _fail("C22", f"{earlier!r} and {later!r} are the same file, or one is the parent of the other", later)
    if profile.is_sorted and paths != sorted(paths):
        raise _fail("C06", "the entries are not in the order of their paths")


def _tile(archive: _Archive, headers: list[tuple[RelPath, CentralHeader]], directory_offset: int) -> list[Member]:
    """C06 and C07: entries follow each other without a gap, and both headers of each agree."""
    members, position = [], 0
    for path, header in sorted(headers, key=lambda entry: entry[1].offset):
        if header.offset != position:
            raise _fail("C06", "bytes that belong to no entry, or to two", path)
        data_offset = position + zip_format.LOCAL_BYTES + header.name_length
        expected = header.local.pack() + path.encode()
        if archive.read_at(position, len(expected)) != expected:
            raise _fail("C07", "the local header differs from the central header", path)
        members.append(Member(path, header, data_offset))
        position = data_offset + header.packed_size
    if position != directory_offset:
        raise _fail("C06", "the last entry does not end at the central directory")
    return members

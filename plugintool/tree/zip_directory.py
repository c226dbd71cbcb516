"""The central directory: every header with its name, extra fields and comment (C04, C05, C08 to C25).

What an entry is, and whether it may be there at all, is decided here from the central header alone; that the local
header agrees is checked by ``zip_tile``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence

from plugintool import limits
from plugintool.errors import UnsafePathError
from plugintool.frozen import dataclass
from plugintool.relpath import RelPath
from plugintool.tree import zip_format
from plugintool.tree.entry import collisions
from plugintool.tree.zip_breach import Ledger
from plugintool.tree.zip_extra import read_extras
from plugintool.tree.zip_format import CentralHeader
from plugintool.tree.zip_frame import Directory
from plugintool.tree.zip_profile import Profile, is_directory_name

_PK = b"PK"
_SPACE, _DELETE = 0x20, 0x7F
_NO_EXTRAS: Mapping[int, bytes] = {}
_NUMBER_MAX = 1 << 48
"""Above this no file system has a file; some readers keep numbers as doubles."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the central directory.

    Attributes:
        path: its name, that of a directory without the final slash; None, in a survey, where the name is not safe.
        name: as it stands in the archive.
        shown: the name as text, cut and escaped where needed.
        header: with the numbers of its zip64 field, where it has one.
        is_zip64: whether the sizes stand in such a field.
        extras: its extra fields by kind.
    """

    path: RelPath | None
    name: bytes
    shown: str
    header: CentralHeader
    is_zip64: bool
    extras: Mapping[int, bytes]

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory and no file."""
        return is_directory_name(self.name)


def read_directory(directory: Directory, data: bytes, profile: Profile, ledger: Ledger) -> list[Entry]:
    """Return all entries, in the order of the directory, after checking what they say."""
    entries = list(_Headers(data, profile, ledger).read())
    if len(entries) != directory.count:
        ledger.note("C04", f"{len(entries)} entries where the end record counts {directory.count}")
    _check_budget(entries, ledger)
    _check_names(entries, profile, ledger)
    return entries


def _shown(name: bytes) -> str:
    return name[: limits.SEGMENT_BYTES].decode(errors="backslashreplace")


class _Headers:
    """The state of reading one central directory."""

    def __init__(self, data: bytes, profile: Profile, ledger: Ledger) -> None:
        self._data = data
        self._profile = profile
        self._ledger = ledger

    def read(self) -> Iterator[Entry]:
        """Yield the entry of each header."""
        position = 0
        while position < len(self._data):
            after = position + zip_format.CENTRAL_BYTES
            if not zip_format.CENTRAL_MAGIC.startswith(self._data[position : position + 4]):
                self._ledger.stop("C05", "a record of another kind in the central directory")
            if after > len(self._data):
                self._ledger.stop("C04", "the central directory is cut short")
            header = CentralHeader.unpack(self._data, position)
            position = after + header.name_length + header.extra_length + header.comment_length
            if position > len(self._data):
                self._ledger.stop("C04", "the central directory is cut short")
            yield self._entry(header, after, position)

    def _entry(self, header: CentralHeader, start: int, end: int) -> Entry:
        name = self._data[start : start + header.name_length]
        text, extras, is_zip64 = _shown(name), _NO_EXTRAS, False
        if header.disk:
            self._ledger.note("C04", "the archive is said to have several parts", text)
        if header.extra_length:
            area = self._data[start + len(name) : start + len(name) + header.extra_length]
            extras = read_extras(area, self._profile, self._ledger, name=name, shown=text)
        if self._profile.has_zip64:
            header, is_zip64 = self._with_zip64(header, extras.get(zip_format.EXTRA_ZIP64), text)
        for check in self._profile.checks:
            if not check.holds(header, name):
                self._ledger.note(check.rule, check.message, text)
        if header.comment_length:
            self._check_comment(self._data[end - header.comment_length : end], text)
        return Entry(self._path(name, text), name, text, header, is_zip64, extras)

    def _with_zip64(self, header: CentralHeader, field: bytes | None, text: str) -> tuple[CentralHeader, bool]:
        """C14: a saturated field stands for a number of the extra field, and each number there for such a field."""
        sizes = [header.size == zip_format.SATURATED_32, header.packed_size == zip_format.SATURATED_32]
        has_offset = header.offset == zip_format.SATURATED_32
        expected = sum(sizes) + has_offset
        if not expected and field is None:
            return header, False
        if field is None or not expected or len(field) != expected * 8 or sizes[0] != sizes[1]:
            self._ledger.note("C14", "the zip64 field is missing, not asked for, or not of the right length", text)
            return header, False
        numbers = list(struct.unpack(f"<{expected}Q", field))
        if max(numbers) >= _NUMBER_MAX:
            self._ledger.note("C14", "a number of the zip64 field is larger than any file", text)
            return header, False
        if sizes[0]:
            header = header._replace(size=numbers.pop(0), packed_size=numbers.pop(0))
        return header._replace(offset=numbers[0]) if has_offset else header, sizes[0]

    def _check_comment(self, comment: bytes, text: str) -> None:
        """C15: short, and nothing that a reader could take for a record."""
        if len(comment) > self._profile.comment_bytes:
            message = "a comment" if not self._profile.comment_bytes else "a comment that is too long"
            self._ledger.note("C15", message, text)
        elif _PK in comment or not _is_text(comment):
            self._ledger.note("C15", "a comment that is no plain text", text)

    def _path(self, name: bytes, text: str) -> RelPath | None:
        """C16 to C21."""
        if len(name) > limits.PATH_BYTES + 1:  # before its characters are looked at: it may have 65,535 of them
            self._ledger.note("C20", f"unsafe path: the path is longer than {limits.PATH_BYTES} bytes", text)
            return None
        try:
            return RelPath((name[:-1] if is_directory_name(name) else name).decode())
        except UnicodeDecodeError:
            self._ledger.note("C16", "a name is not valid UTF-8", text)
        except UnsafePathError as error:
            self._ledger.note(error.rule, error.message, text)
        return None


def _is_text(comment: bytes) -> bool:
    try:
        comment.decode()
    except UnicodeDecodeError:
        return False
    return all(_SPACE <= byte != _DELETE for byte in comment)


def _check_budget(entries: Sequence[Entry], ledger: Ledger) -> None:
    """C25: before anything is unpacked; while unpacking no entry gives more than it declares."""
    size = sum(entry.header.size for entry in entries)
    packed = sum(entry.header.packed_size for entry in entries)
    if packed > limits.ARCHIVE_BYTES:
        ledger.stop("C25", f"the entries are packed into more than {limits.ARCHIVE_BYTES} bytes")
    if size > limits.TREE_BYTES:
        ledger.stop("C25", f"the entries unpack to more than {limits.TREE_BYTES} bytes")
    if size > limits.RATIO_FREE_BYTES and size > limits.RATIO_MAX * packed:
        ledger.stop("C25", f"the entries unpack to more than {limits.RATIO_MAX} times their packed size")
    directories: set[str] = set()
    for path, is_directory in _sound(entries):
        parent: str = path if is_directory else path.rpartition("/")[0]
        while parent and parent not in directories:
            directories.add(parent)
            parent = parent.rpartition("/")[0]
        if len(directories) > limits.TREE_DIRECTORIES:
            ledger.stop("C25", f"the entries need more than {limits.TREE_DIRECTORIES} directories")


def _check_names(entries: Sequence[Entry], profile: Profile, ledger: Ledger) -> None:
    """C22, and the order of entries."""
    files = [path for path, is_directory in _sound(entries) if not is_directory]
    directories = [path for path, is_directory in _sound(entries) if is_directory]
    if len(set(directories)) != len(directories):
        ledger.note("C22", "a directory has two entries")
    for earlier, later in collisions(files, directories):
        message = f"{earlier!r} and {later!r} are the same file, or one is the parent of the other"
        ledger.note("C22", message, later)
    if profile.is_sorted and files != sorted(files):
        ledger.note("C06", "the entries are not in the order of their paths")


def _sound(entries: Sequence[Entry]) -> Iterator[tuple[RelPath, bool]]:
    """Yield the path of each entry that has one, and whether it is a directory."""
    return ((entry.path, entry.is_directory) for entry in entries if entry.path is not None)

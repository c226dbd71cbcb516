"""Canonical archives: one byte sequence for one tree.

Entries are sorted by path; every entry has the time 1980-01-01, the mode 0644 or 0755 of a regular file, no extra
fields, no data descriptor and no comment; there are no directory entries and no zip64 records
(docs/reference/archives.md). Only the compressed bytes depend on anything else: up to ``limits.ONE_SHOT_BYTES`` a file
is compressed by libdeflate, beyond that it is streamed through zlib, and the output of both is a property of their
version. ``Packing`` says how much of that is wanted.
"""

from __future__ import annotations

import io
import stat
import zlib
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import BinaryIO

from plugintool import limits
from plugintool.errors import InputError, LimitExceededError
from plugintool.frozen import dataclass
from plugintool.tree import zip_format
from plugintool.tree.copy import Copied, ExecutableRule, by_content, copy_stream
from plugintool.tree.entry import Tree, TreeFile, refuse_collisions
from plugintool.tree.record import Record, RecordEntry, is_ours
from plugintool.tree.sink import EXECUTABLE_MODE, FILE_MODE
from plugintool.tree.zip_format import CentralHeader, EndRecord

LEVEL = 6
"""Of libdeflate: 0.23 of the time of zlib 9 at the same size (measured on 5,700 files of node_modules)."""
_PROBE_BYTES = 64 * limits.KIB
_PROBE_GAIN = 50
"""A file whose first ``_PROBE_BYTES`` shrink by less than one part in this many is stored without trying further."""
_RAW_DEFLATE = -zlib.MAX_WBITS


class Packing(StrEnum):
    """How content is packed: the less is compressed, the fewer libraries the bytes depend on."""

    DEFLATE = "deflate"
    """Large files are streamed through zlib, whose output differs from machine to machine."""
    PINNED = "pinned"
    """Large files are stored; the rest depends on the pinned libdeflate only."""
    STORE = "store"
    """Everything is stored."""


def write_zip(
    tree: Tree, target: BinaryIO, *, is_executable: ExecutableRule = by_content, packing: Packing = Packing.DEFLATE
) -> Record:
    """Write all files of ``tree`` as a canonical archive; each is read once and memory stays flat.

    Args:
        tree: what to write. Where it marks a file as executable or not, that holds.
        target: an empty, seekable file open for writing, at its start.
        is_executable: decides from the path and the first bytes where the tree does not.
        packing: how content is packed.

    Returns:
        The record of what was written (without our two kinds of file, which are in the archive).

    Raises:
        InputError: there are no files, or one cannot be read or changed while it was read.
        UnsafePathError: two paths collide (C22).
        LimitExceededError: too many files or bytes, or so compressible that no reader would take it (C25).
    """
    files = _checked(tree.files())
    writer = _Writer(target, is_executable, packing)
    entries = [writer.add(tree, file) for file in files]
    writer.finish()
    return Record(tuple(entry for entry in entries if not is_ours(entry.path)))


def _checked(files: Sequence[TreeFile]) -> Sequence[TreeFile]:
    if not files:
        raise InputError("there are no files to pack")
    if len(files) > limits.TREE_FILES:
        raise LimitExceededError(f"{len(files)} files, more than {limits.TREE_FILES} (C25)")
    if sum(file.size for file in files) > limits.TREE_BYTES:
        raise LimitExceededError(f"more than {limits.TREE_BYTES} bytes in all files together (C25)")
    refuse_collisions([file.path for file in files])
    return sorted(files, key=lambda file: file.path)


@dataclass(slots=True)
class _Packed:
    """How the data of one entry was written."""

    method: int
    crc: int
    packed_size: int


class _Writer:
    """The state of one archive: where it goes, and the central directory so far."""

    def __init__(self, target: BinaryIO, is_executable: ExecutableRule, packing: Packing) -> None:
        self._target = target
        self._is_executable = is_executable
        self._packing = packing
        self._offset = 0
        self._directory: list[bytes] = []
        self._size = 0
        self._packed_size = 0

    def add(self, tree: Tree, file: TreeFile) -> RecordEntry:
        """Write one entry and return what it holds."""
        pack = self._pack_whole if file.size <= limits.ONE_SHOT_BYTES else self._pack_streamed
        with tree.open(file.path) as source:
            copied, packed = pack(file, source)
        executable = file.executable
        if executable is None:
            executable = self._is_executable(file.path, copied.head)
        self._note(file, packed, executable=executable)
        return RecordEntry(file.path, copied.size, copied.sha256, executable)

    def finish(self) -> None:
        """Write the central directory and the end record."""
        directory = b"".join(self._directory)
        count = len(self._directory)
        end = EndRecord(zip_format.END_SIGNATURE, 0, 0, count, count, len(directory), self._offset, 0)
        self._target.write(directory + end.pack())
        if self._offset + len(directory) + zip_format.END_BYTES > limits.ARCHIVE_BYTES:
            raise LimitExceededError(f"the archive is larger than {limits.ARCHIVE_BYTES} bytes (C25)")
        if self._size > limits.RATIO_FREE_BYTES and self._size > limits.RATIO_MAX * self._packed_size:
            raise LimitExceededError(
                f"the files shrink to less than one part in {limits.RATIO_MAX}, as only archive bombs do (C25)",
                hint="pack with --store",
            )

    def _pack_whole(self, file: TreeFile, source: BinaryIO) -> tuple[Copied, _Packed]:
        buffer = io.BytesIO()
        copied = _copy(file, source, buffer.write)
        data = buffer.getvalue()
        packed = data if self._packing is Packing.STORE else _deflate(data)
        method = zip_format.STORED if packed is data else zip_format.DEFLATED
        result = _Packed(method, zlib.crc32(data), len(packed))
        self._target.write(_header(file, result).local.pack() + file.path.encode())
        self._target.write(packed)
        return copied, result

    def _pack_streamed(self, file: TreeFile, source: BinaryIO) -> tuple[Copied, _Packed]:
        """Write a header without sizes, the data, and then the header again."""
        name = file.path.encode()
        self._target.write(bytes(zip_format.LOCAL_BYTES) + name)
        stream = _Stream(self._target, store=self._packing is not Packing.DEFLATE)
        copied = _copy(file, source, stream.write)
        result = stream.finish()
        self._target.seek(self._offset)
        self._target.write(_header(file, result).local.pack())
        self._target.seek(0, io.SEEK_END)
        return copied, result

    def _note(self, file: TreeFile, packed: _Packed, *, executable: bool) -> None:
        name = file.path.encode()
        mode = stat.S_IFREG | (EXECUTABLE_MODE if executable else FILE_MODE)
        header = _header(file, packed)._replace(external_attributes=mode << 16, offset=self._offset)
        self._directory.append(header.pack() + name)
        self._offset += zip_format.LOCAL_BYTES + len(name) + packed.packed_size
        self._size += file.size
        self._packed_size += packed.packed_size


class _Stream:
    """Takes the bytes of a large file and writes them compressed, or as they are when the first ones do not shrink."""

    def __init__(self, target: BinaryIO, *, store: bool) -> None:
        self._target = target
        self._crc = 0
        self._packed_size = 0
        self._is_undecided = not store
        self._deflater = zlib.compressobj(LEVEL, zlib.DEFLATED, _RAW_DEFLATE)
        self._method = zip_format.STORED

    def write(self, data: bytes, /) -> None:
        """Take the next bytes; the first call decides."""
        if self._is_undecided:
            self._is_undecided = False
            self._method = zip_format.DEFLATED if _is_worthwhile(data) else zip_format.STORED
        self._crc = zlib.crc32(data, self._crc)
        self._put(self._deflater.compress(data) if self._method == zip_format.DEFLATED else data)

    def finish(self) -> _Packed:
        """Write what is left."""
        if self._method == zip_format.DEFLATED:
            self._put(self._deflater.flush())
        return _Packed(self._method, self._crc, self._packed_size)

    def _put(self, data: bytes) -> None:
        self._target.write(data)
        self._packed_size += len(data)


@dataclass(frozen=True, slots=True)
class _Taker:
    """A function as the writer that ``copy_stream`` asks for."""

    write: Callable[[bytes], object]


def _copy(file: TreeFile, source: BinaryIO, write: Callable[[bytes], object]) -> Copied:
    """Copy exactly as many bytes as the tree said."""
    changed = InputError("the file changed while it was read", path=file.path, hint="try again")
    try:
        copied = copy_stream(source, _Taker(write), max_bytes=file.size)
    except LimitExceededError as error:
        raise changed from error
    if copied.size != file.size:
        raise changed
    return copied


def _deflate(data: bytes) -> bytes | bytearray:
    """Return the compressed form, or ``data`` itself when that is no larger."""
    import deflate  # noqa: PLC0415 - the one place; only needed when something is written

    if not _is_worthwhile(data):
        return data
    packed: bytearray = deflate.deflate_compress(data, LEVEL)
    return packed if len(packed) < len(data) else data


def _is_worthwhile(data: bytes) -> bool:
    """Whether the first bytes shrink; short data is not worth the question."""
    import deflate  # noqa: PLC0415 - as above

    if len(data) <= _PROBE_BYTES:
        return bool(data)
    head = data[:_PROBE_BYTES]
    return len(deflate.deflate_compress(head, LEVEL)) <= len(head) - len(head) // _PROBE_GAIN


def _header(file: TreeFile, packed: _Packed) -> CentralHeader:
    """Return the header of one entry, but for its mode and offset."""
    return CentralHeader(
        signature=zip_format.CENTRAL_SIGNATURE,
        made_by=zip_format.MADE_BY,
        version=zip_format.VERSION,
        flags=0 if file.path.isascii() else zip_format.FLAG_UTF8,
        method=packed.method,
        time=zip_format.DOS_TIME,
        date=zip_format.DOS_DATE,
        crc=packed.crc,
        packed_size=packed.packed_size,
        size=file.size,
        name_length=len(file.path.encode()),
        extra_length=0,
        comment_length=0,
        disk=0,
        internal_attributes=0,
        external_attributes=0,
        offset=0,
    )

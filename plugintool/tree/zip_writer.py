"""Canonical archives: one byte sequence for one tree.

Entries are sorted by path; every entry has the time 1980-01-01, the mode 0644 or 0755 of a regular file, no extra
fields, no data descriptor and no comment; there are no directory entries and no zip64 records
(docs/reference/archives.md). Only the compressed bytes depend on anything else, on the version of the encoder
(``compress``). Files up to ``limits.ONE_SHOT_BYTES`` are read whole, larger ones in pieces.

Compressing and hashing leave the interpreter to others, so small files are packed by several threads at once; they are
written in order, and never more than a few are in memory.
"""

from __future__ import annotations

import io
import os
import stat
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import BinaryIO, Final

from plugintool import limits
from plugintool.digest import Digest
from plugintool.errors import InputError, LimitExceededError
from plugintool.frozen import dataclass
from plugintool.tree import zip_format
from plugintool.tree.compress import compress, compress_large, is_worthwhile
from plugintool.tree.copy import HEAD_BYTES, ExecutableRule, by_content, read_from
from plugintool.tree.entry import Tree, TreeFile, refuse_collisions
from plugintool.tree.record import Record, RecordEntry, is_ours
from plugintool.tree.sink import EXECUTABLE_MODE, FILE_MODE
from plugintool.tree.zip_format import CentralHeader, EndRecord

_BATCH_BYTES: Final = 512 * limits.KIB
_BATCH_FILES: Final = 32
"""What a thread packs at once: the work must be worth handing it over."""
_SMALL_BYTES: Final = 1 * limits.MIB
"""Larger files are packed one after the other, so that memory stays flat."""
_THREADED_BYTES: Final = 1 * limits.MIB
_THREADED_MEAN: Final = 4 * limits.KIB
"""Fewer bytes in all, or in one file on average, are packed sooner by one thread."""
_MOST_THREADS: Final = 4


class Packing(StrEnum):
    """How content is packed."""

    DEFLATE = "deflate"
    STORE = "store"
    """Everything is stored, so that the bytes depend on no library."""


def write_zip(
    tree: Tree,
    target: BinaryIO,
    *,
    is_executable: ExecutableRule = by_content,
    packing: Packing = Packing.DEFLATE,
    threads: int = 1,
) -> Record:
    """Write all files of ``tree`` as a canonical archive; each is read once and memory stays flat.

    Args:
        tree: what to write. Where it marks a file as executable or not, that holds.
        target: an empty, seekable file open for writing, at its start.
        is_executable: decides from the path and the first bytes where the tree does not.
        packing: how content is packed.
        threads: how many may read from the tree at once; the bytes do not depend on it.

    Returns:
        The record of what was written (without our two kinds of file, which are in the archive).

    Raises:
        InputError: there are no files, or one cannot be read or changed while it was read.
        UnsafePathError: two paths collide (C22).
        LimitExceededError: too many files or bytes, or so compressible that no reader would take it (C25).
    """
    files = _checked(tree.files())
    writer, packer = _Writer(target, is_executable), _Packer(tree, packing)
    entries = [writer.add(packed) for packed in _in_order(files, packer, threads)]
    writer.finish()
    return Record(tuple(entry for entry in entries if not is_ours(entry.path)))


def usable_threads() -> int:
    """Return how many threads packing can use here."""
    return min(os.cpu_count() or 1, _MOST_THREADS)


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
    """One entry on its way: what its content is, and its bytes; of a large file these come when they are asked for."""

    file: TreeFile
    method: int
    data: bytes | bytearray | None
    content: _Content
    parts: Iterator[bytes | bytearray] | None = None


class _Content:
    """What is seen of a file while it is read: its digest, checksum, size and first bytes."""

    __slots__ = ("_sha", "crc", "head", "size")

    def __init__(self) -> None:
        import hashlib  # noqa: PLC0415 - loads OpenSSL, which those who pack nothing do not need

        self._sha = hashlib.sha256()
        self.crc, self.size, self.head = 0, 0, b""

    def take(self, data: bytes) -> None:
        """See the next bytes."""
        if len(self.head) < HEAD_BYTES:
            self.head += data[: HEAD_BYTES - len(self.head)]
        self._sha.update(data)
        self.crc = zlib.crc32(data, self.crc)
        self.size += len(data)

    @property
    def sha256(self) -> Digest:
        """The digest of everything seen."""
        return Digest(self._sha.hexdigest())


class _Packer:
    """Reads files of a tree and packs them."""

    def __init__(self, tree: Tree, packing: Packing) -> None:
        self._tree = tree
        self._is_stored = packing is Packing.STORE

    def pack_all(self, files: Iterable[TreeFile]) -> list[_Packed]:
        """Pack small files; may run in several threads at once."""
        return [self.pack_whole(file) for file in files]

    def pack_whole(self, file: TreeFile) -> _Packed:
        """Read one file at once."""
        with self._tree.open(file.path) as source:
            data = read_from(source, file.size + 1)
        _check_size(file, len(data))
        content = _Content()
        content.take(data)
        packed = data if self._is_stored else compress(data)
        return _Packed(file, zip_format.STORED if packed is data else zip_format.DEFLATED, packed, content)

    def pack_large(self, file: TreeFile) -> _Packed:
        """Look at the beginning of a file; the rest is read when it is written."""
        content = _Content()
        with self._tree.open(file.path) as source:
            is_stored = self._is_stored or not is_worthwhile(read_from(source, limits.COPY_CHUNK))
        parts = self._pieces(file, content, is_stored=is_stored)
        return _Packed(file, zip_format.STORED if is_stored else zip_format.DEFLATED, None, content, parts)

    def _pieces(self, file: TreeFile, content: _Content, *, is_stored: bool) -> Iterator[bytes | bytearray]:
        with self._tree.open(file.path) as source:

            def read(size: int) -> bytes:
                data = read_from(source, min(size, file.size + 1 - content.size))
                content.take(data)
                return data

            if is_stored:
                yield from iter(lambda: read(limits.COPY_CHUNK), b"")
            else:
                yield from compress_large(read)
        _check_size(file, content.size)


def _check_size(file: TreeFile, size: int) -> None:
    if size != file.size:
        raise InputError("the file changed while it was read", path=file.path, hint="try again")


def _in_order(files: Sequence[TreeFile], packer: _Packer, threads: int) -> Iterator[_Packed]:
    """Pack all files and yield them in their order."""
    size = sum(file.size for file in files)
    if threads == 1 or size < _THREADED_BYTES or size < _THREADED_MEAN * len(files):
        for file in files:
            yield packer.pack_whole(file) if file.size <= limits.ONE_SHOT_BYTES else packer.pack_large(file)
        return
    yield from _in_threads(files, packer, threads)


def _in_threads(files: Sequence[TreeFile], packer: _Packer, threads: int) -> Iterator[_Packed]:
    """Let threads pack small files while earlier ones are written; a large file waits until it is alone."""
    from concurrent.futures import Future, ThreadPoolExecutor  # noqa: PLC0415 - only where there is much to pack

    waiting: deque[Future[list[_Packed]]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for batch in _batches(files):
            is_large = batch[0].size > _SMALL_BYTES
            while waiting and (is_large or len(waiting) > threads):
                yield from waiting.popleft().result()
            if is_large:
                yield from _in_order(batch, packer, 1)
            else:
                waiting.append(pool.submit(packer.pack_all, batch))
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _batches(files: Iterable[TreeFile]) -> Iterator[list[TreeFile]]:
    """Group files that follow each other; one that is not small is a group of its own."""
    batch: list[TreeFile] = []
    size = 0
    for file in files:
        if batch and (len(batch) == _BATCH_FILES or size + file.size > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield batch


class _Writer:
    """The state of one archive: where it goes, and the central directory so far."""

    def __init__(self, target: BinaryIO, is_executable: ExecutableRule) -> None:
        self._target = target
        self._is_executable = is_executable
        self._offset = 0
        self._directory: list[bytes] = []
        self._size = 0
        self._packed_size = 0

    def add(self, packed: _Packed) -> RecordEntry:
        """Write one entry and return what it holds."""
        file, content = packed.file, packed.content
        name = file.path.encode()
        if packed.parts is not None:
            packed_size = self._write_parts(packed.parts, name)
        else:
            assert packed.data is not None
            packed_size = len(packed.data)
        executable = file.executable
        if executable is None:
            executable = self._is_executable(file.path, content.head)
        header = _header(packed, name, packed_size, offset=self._offset, executable=executable)
        self._write_entry(header, name, packed.data)
        self._directory.append(header.pack() + name)
        self._offset += zip_format.LOCAL_BYTES + len(name) + packed_size
        self._size += file.size
        self._packed_size += packed_size
        return RecordEntry(file.path, content.size, content.sha256, executable)

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

    def _write_parts(self, parts: Iterable[bytes | bytearray], name: bytes) -> int:
        """Write the data of a large file behind the room for its header, which is not known yet."""
        self._target.write(bytes(zip_format.LOCAL_BYTES) + name)
        size = 0
        for part in parts:
            self._target.write(part)
            size += len(part)
        return size

    def _write_entry(self, header: CentralHeader, name: bytes, data: bytes | bytearray | None) -> None:
        """Write header and data, or with data that is written already only the header, in its room."""
        if data is not None:
            self._target.write(header.local.pack() + name)
            self._target.write(data)
            return
        self._target.seek(self._offset)
        self._target.write(header.local.pack())
        self._target.seek(0, io.SEEK_END)


def _header(packed: _Packed, name: bytes, packed_size: int, *, offset: int, executable: bool) -> CentralHeader:
    """Return the header of one entry."""
    return CentralHeader(
        signature=zip_format.CENTRAL_SIGNATURE,
        made_by=zip_format.MADE_BY,
        version=zip_format.VERSION,
        flags=0 if name.isascii() else zip_format.FLAG_UTF8,
        method=packed.method,
        time=zip_format.DOS_TIME,
        date=zip_format.DOS_DATE,
        crc=packed.content.crc,
        packed_size=packed_size,
        size=packed.file.size,
        name_length=len(name),
        extra_length=0,
        comment_length=0,
        disk=0,
        internal_attributes=0,
        external_attributes=(stat.S_IFREG | (EXECUTABLE_MODE if executable else FILE_MODE)) << 16,
        offset=offset,
    )

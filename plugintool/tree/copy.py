"""The only loop that moves content: it hashes and limits while it copies, and keeps memory flat."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, Protocol, TypeAlias

from plugintool import limits
from plugintool.digest import Digest
from plugintool.errors import LimitExceededError, MissingPathError
from plugintool.frozen import dataclass
from plugintool.pattern import pattern
from plugintool.tree.entry import Tree, TreeFile, refuse_collisions
from plugintool.tree.record import Record, RecordEntry, is_ours

HEAD_BYTES = 512
"""Bytes at the start of a file that decide whether it is executable."""
_EXECUTABLE_HEADS = (
    b"#!",
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
)
"""Shebang, ELF, and Mach-O in both byte orders and widths (/usr/include/mach-o/loader.h)."""
_FAT_MACHO = pattern(rb"\xca\xfe\xba\xbe\x00\x00\x00[\x01-\x1f]")
"""A universal Mach-O; a Java class file has the same magic but a version of at least 45 at this place."""


class Writer(Protocol):
    """Where bytes go; ``io`` objects and the writers of ``sink`` are such."""

    def write(self, data: bytes, /) -> object:
        """Take the next bytes."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was seen while copying: bytes, SHA-256, and the first ``HEAD_BYTES`` bytes."""

    size: int
    sha256: Digest
    head: bytes


def copy_stream(source: BinaryIO, target: Writer | None, *, max_bytes: int) -> Copied:
    """Copy ``source`` to its end; with ``target`` None it is only read and hashed.

    Raises:
        LimitExceededError: there are more than ``max_bytes`` bytes; the target then holds at most that many.
        MissingPathError: the system could not read on; errors of the target pass as they are.
    """
    import hashlib  # noqa: PLC0415 - loads OpenSSL, which those who copy nothing do not need

    sha, size, head = hashlib.sha256(), 0, b""
    while chunk := read_from(source, min(limits.COPY_CHUNK, max_bytes - size + 1)):
        size += len(chunk)
        if size > max_bytes:
            raise LimitExceededError(f"more than {max_bytes} bytes")
        head += chunk[: HEAD_BYTES - len(head)]
        sha.update(chunk)
        if target is not None:
            target.write(chunk)
    return Copied(size, Digest(sha.hexdigest()), head)


def read_from(source: BinaryIO, size: int) -> bytes:
    """Return up to ``size`` bytes, fewer only at the end of the file.

    Raises:
        MissingPathError: the system could not read on.
    """
    try:
        return source.read(size)
    except OSError as error:
        raise MissingPathError(f"cannot be read: {(error.strerror or 'error').lower()}") from error


def looks_executable(head: bytes) -> bool:
    """Whether the first bytes of a file say that it is a program: decided by content, never by modes."""
    return head.startswith(_EXECUTABLE_HEADS) or bool(_FAT_MACHO.match(head))


ExecutableRule: TypeAlias = Callable[[str, bytes], bool]
"""Decides from the path and the first bytes which files are executable: a project's patterns, else the head."""


def by_content(_path: str, head: bytes) -> bool:
    """The rule without patterns."""
    return looks_executable(head)


def record_of(tree: Tree, is_executable: ExecutableRule = by_content) -> Record:
    """Read every file of a built tree once and return its record; our two kinds of file are left out.

    Raises:
        LimitExceededError: more files or bytes than a record may name.
        UnsafePathError: two paths collide (C22); ``problems`` names every pair.
        InputError: a file cannot be read.
    """
    files = [file for file in tree.files() if not is_ours(file.path)]
    if len(files) > limits.TREE_FILES:
        raise LimitExceededError(f"more than {limits.TREE_FILES} files in one tree", path=tree.name)
    refuse_collisions([file.path for file in files])
    entries, room = [], limits.TREE_BYTES
    for file in files:
        entries.append(_entry(tree, file, is_executable, room))
        room -= entries[-1].size
    return Record(tuple(entries))


def _entry(tree: Tree, file: TreeFile, is_executable: ExecutableRule, room: int) -> RecordEntry:
    with tree.open(file.path) as source:
        try:
            copied = copy_stream(source, None, max_bytes=room)
        except LimitExceededError as error:
            message = f"more than {limits.TREE_BYTES} bytes in one tree"
            raise LimitExceededError(message, path=file.path) from error
    return RecordEntry(file.path, copied.size, copied.sha256, is_executable(file.path, copied.head))

"""The system calls of the installer, one method each, so that tests can count, break and model them.

Nothing else below ``install`` changes the disk; reading is not here, since it changes nothing. Each method is one step
that a crash can fall between. What is durable when: the data of a file after ``write_new``, ``copy_new`` or
``sync_volume``; a name after ``sync_directory`` of its directory or ``sync_volume``.

Run on Linux. Modelled after the documentation and not run on the machines that this is built on: ``F_FULLFSYNC``
(macOS, fcntl(2)), ``renamex_np`` (macOS, rename(2)), and the retries of ``rename`` (Windows: a file that somebody has
open cannot be replaced, ERROR_SHARING_VIOLATION).
"""

from __future__ import annotations

import errno
import os
import sys
import time
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from plugintool import limits
from plugintool.tree.copy import copy_stream
from plugintool.tree.sink import DIRECTORY_MODE, EXECUTABLE_MODE, FILE_MODE, DirectorySink

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
"""linux/fcntl.h, linux/fs.h."""
_RENAME_SWAP: Final = 2
"""sys/stdio.h of macOS."""
_NO_EXCHANGE: Final = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}
_IS_WINDOWS: Final = os.name == "nt"
_RENAME_RETRIES: Final = 8
_RENAME_PAUSE_SECONDS: Final = 0.05


class FileSystem(Protocol):
    """What the installer asks of a file system. Every method raises ``OSError`` as the system gives it."""

    def make_directory(self, path: Path) -> None:
        """Create one directory, mode 0755 whatever the umask."""

    def make_sink(self, root: Path) -> DirectorySink:
        """Return a sink that creates ``root``; not durable before ``sync_volume``."""

    def write_new(self, path: Path, data: bytes) -> None:
        """Create a file that must not exist, mode 0644, with durable data."""

    def copy_new(self, source: Path, path: Path, *, executable: bool) -> None:
        """Copy a file to a name that must not exist, with durable data."""

    def make_link(self, path: Path, target: str) -> None:
        """Create a symbolic link that must not exist."""

    def rename(self, source: Path, target: Path) -> None:
        """Move a name; a file or link at ``target`` is replaced in one step."""

    def exchange(self, one: Path, other: Path) -> bool:
        """Swap two names in one step; False, and nothing done, where the file system cannot."""

    def remove_file(self, path: Path) -> None:
        """Remove a file or link."""

    def remove_directory(self, path: Path) -> None:
        """Remove an empty directory."""

    def set_owner_and_mode(self, path: Path, *, uid: int, mode: int) -> None:
        """Repair the owner and the mode of one of our own directories or files."""

    def sync_directory(self, path: Path) -> None:
        """Make the names in one directory durable."""

    def sync_volume(self, path: Path) -> None:
        """Make everything below ``path`` durable."""

    def pause(self, seconds: float) -> None:
        """Wait, so that whoever is reading comes to an end."""


class Fs:
    """The real file system."""

    def make_directory(self, path: Path) -> None:
        """Create one directory; between the two calls it is narrower, never wider."""
        os.mkdir(path, 0o700)
        os.chmod(path, DIRECTORY_MODE)

    def make_sink(self, root: Path) -> DirectorySink:
        """Return a sink on disk."""
        return DirectorySink(root)

    def write_new(self, path: Path, data: bytes) -> None:
        """Create, write, flush."""
        with _create(path) as target:
            target.write(data)
            _finish(target, FILE_MODE)

    def copy_new(self, source: Path, path: Path, *, executable: bool) -> None:
        """Create, copy, flush."""
        with open(source, "rb") as origin, _create(path) as target:
            copy_stream(origin, target, max_bytes=limits.TREE_BYTES)
            _finish(target, EXECUTABLE_MODE if executable else FILE_MODE)

    def make_link(self, path: Path, target: str) -> None:
        """``symlink(2)``."""
        os.symlink(target, path)

    def rename(self, source: Path, target: Path) -> None:
        """``rename(2)``, ``MoveFileEx`` with REPLACE_EXISTING; tried again on Windows while a reader is in the way."""
        for attempt in range(_RENAME_RETRIES):
            try:
                os.replace(source, target)
            except PermissionError:
                if not _IS_WINDOWS or attempt == _RENAME_RETRIES - 1:
                    raise
                time.sleep(_RENAME_PAUSE_SECONDS * 2**attempt)
            else:
                return

    def exchange(self, one: Path, other: Path) -> bool:
        """``renameat2(RENAME_EXCHANGE)``, ``renamex_np(RENAME_SWAP)``."""
        done = False
        if sys.platform == "linux":
            arguments = (_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
            done = _called("renameat2", arguments, refused=_NO_EXCHANGE)
        elif sys.platform == "darwin":
            done = _called("renamex_np", (os.fsencode(one), os.fsencode(other), _RENAME_SWAP), refused=_NO_EXCHANGE)
        return done

    def remove_file(self, path: Path) -> None:
        """``unlink(2)``."""
        os.unlink(path)

    def remove_directory(self, path: Path) -> None:
        """``rmdir(2)``."""
        os.rmdir(path)

    def set_owner_and_mode(self, path: Path, *, uid: int, mode: int) -> None:
        """``lchown(2)``, ``chmod(2)``; the caller has seen that ``path`` is no link."""
        if hasattr(os, "lchown") and os.lstat(path).st_uid != uid:
            os.lchown(path, uid, -1)
        os.chmod(path, mode)

    def sync_directory(self, path: Path) -> None:
        """``fsync(2)`` of a directory; Windows has no such call and keeps names in its own journal."""
        if os.name == "nt":
            return
        handle = os.open(path, os.O_RDONLY)
        try:
            _flush(handle)
        finally:
            os.close(handle)

    def sync_volume(self, path: Path) -> None:
        """``syncfs(2)``: one call instead of one a file (14 ms against 945 ms for 200 files); else file by file."""
        if sys.platform != "linux":
            _sync_each(path)
            return
        handle = os.open(path, os.O_RDONLY)
        try:
            if not _called("syncfs", (handle,)):
                os.sync()
        finally:
            os.close(handle)

    def pause(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)


def _create(path: Path) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _finish(target: BinaryIO, mode: int) -> None:
    target.flush()
    if hasattr(os, "fchmod"):
        os.fchmod(target.fileno(), mode)
    _flush(target.fileno())


def _flush(handle: int) -> None:
    """Flush to the medium; on macOS ``fsync`` stops at the drive's cache, so ``F_FULLFSYNC`` where there is one."""
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415 - not there on Windows

        try:
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
        except OSError as error:
            if error.errno not in {errno.ENOTSUP, errno.EINVAL}:
                raise
        else:
            return
    os.fsync(handle)


def _sync_each(root: Path) -> None:
    """Flush every file, then every directory, deepest first."""
    for directory, _, files in os.walk(root, topdown=False):
        for name in files:
            handle = os.open(os.path.join(directory, name), os.O_RDWR)
            try:
                _flush(handle)
            finally:
                os.close(handle)
        Fs().sync_directory(Path(directory))


def _called(function: str, arguments: tuple[int | bytes, ...], *, refused: set[int] | None = None) -> bool:
    """Call the C library; False for an error number in ``refused`` or a missing function, ``OSError`` for others."""
    import ctypes  # noqa: PLC0415 - only when something is really changed

    found = getattr(ctypes.CDLL(None, use_errno=True), function, None)
    if found is None:
        return False
    if found(*arguments) == 0:
        return True
    number = ctypes.get_errno()
    if refused is not None and number in refused:
        return False
    raise OSError(number, os.strerror(number))

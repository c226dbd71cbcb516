"""One installer at a time: an exclusive lock on one file, released by the system when its holder ends.

``flock(2)`` on POSIX; ``msvcrt.locking`` on Windows is modelled after its documentation and not run on the machines
that this is built on. The file keeps the process id of the last holder, for the message only. Its mode is 0600: who
may open a file for reading may also lock it, and a user must not be able to hold up updates.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from plugintool import limits
from plugintool.errors import LockHeldError

_PAUSE_SECONDS: Final = 0.05
_PID_BYTES: Final = 32
_LOCKED_BYTE: Final = 1024
"""On Windows a locked byte cannot be read by others, so it lies behind the process id."""


@contextlib.contextmanager
def hold_lock(path: Path, *, timeout: float = limits.LOCK_TIMEOUT_SECONDS) -> Iterator[None]:
    """Hold the lock while in the context.

    Args:
        path: the lock file; created when missing, never removed.
        timeout: seconds to wait for another holder; 0 tries once.

    Raises:
        LockHeldError: another process still holds it; names that process.
        OSError: the file cannot be opened.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    handle = os.open(path, flags, 0o600)
    try:
        _wait(handle, path, timeout)
        if hasattr(os, "fchmod"):
            os.fchmod(handle, 0o600)  # also where a restored backup has made it wider
        _write_holder(handle)
        yield
    finally:
        os.close(handle)  # releases the lock


def _wait(handle: int, path: Path, timeout: float) -> None:
    give_up = time.monotonic() + timeout
    while not _try_lock(handle):
        if time.monotonic() >= give_up:
            raise LockHeldError(
                f"another installer is at work (process {_read_holder(handle)})",
                path=str(path),
                hint="wait for it to end, or give it more time with --lock-timeout SECONDS",
            )
        time.sleep(_PAUSE_SECONDS)


def _write_holder(handle: int) -> None:
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, str(os.getpid()).encode())


def _read_holder(handle: int) -> str:
    os.lseek(handle, 0, os.SEEK_SET)
    found = os.read(handle, _PID_BYTES).decode("ascii", "replace")
    return found if found.isdecimal() else "unknown"


if sys.platform == "win32":

    def _try_lock(handle: int) -> bool:
        import msvcrt  # noqa: PLC0415 - only there

        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _try_lock(handle: int) -> bool:
        import fcntl  # noqa: PLC0415 - not there on Windows

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

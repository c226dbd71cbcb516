"""File systems that stop at the k-th call: by killing the process, or with an error of the system."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

from plugintool.relpath import RelPath
from plugintool.tree.copy import Writer
from plugintool.tree.sink import DirectorySink, output_errors
from tests.device_world import QuickFs

WRITES = {"mkdir", "write", "copy", "symlink", "sink"}
"""Calls that need room on the disk."""


class WatchedFs(QuickFs):
    """Calls ``stop`` before, in the middle of, or after nothing: at every call, with its number and kind."""

    def __init__(self, stop: Callable[[int, str], None]) -> None:
        self.calls = 0
        self.kinds: list[str] = []
        self._stop = stop

    def step(self, kind: str) -> None:
        self.calls += 1
        self.kinds.append(kind)
        self._stop(self.calls, kind)

    def make_directory(self, path: Path) -> None:
        self.step("mkdir")
        super().make_directory(path)

    def make_sink(self, root: Path) -> DirectorySink:
        with output_errors(root):
            self.step("sink")
        return _WatchedSink(root, self)

    def write_new(self, path: Path, data: bytes) -> None:
        path.write_bytes(data[: len(data) // 2])  # what a full disk and a kill leave: half a file
        self.step("write")
        path.unlink()
        super().write_new(path, data)

    def copy_new(self, source: Path, path: Path, *, executable: bool) -> None:
        self.step("copy")
        super().copy_new(source, path, executable=executable)

    def make_link(self, path: Path, target: str) -> None:
        self.step("symlink")
        super().make_link(path, target)

    def rename(self, source: Path, target: Path) -> None:
        self.step("rename")
        super().rename(source, target)

    def exchange(self, one: Path, other: Path) -> bool:
        self.step("exchange")
        return super().exchange(one, other)

    def remove_file(self, path: Path) -> None:
        self.step("unlink")
        super().remove_file(path)

    def remove_directory(self, path: Path) -> None:
        self.step("rmdir")
        super().remove_directory(path)

    def sync_directory(self, path: Path) -> None:
        self.step("fsync")
        super().sync_directory(path)

    def sync_volume(self, path: Path) -> None:
        self.step("syncfs")
        super().sync_volume(path)

    def pause(self, seconds: float) -> None:
        self.step("pause")


class _WatchedSink(DirectorySink):
    def __init__(self, root: Path, fs: WatchedFs) -> None:
        super().__init__(root)
        self._fs = fs

    @contextlib.contextmanager
    def create(self, path: RelPath, *, executable: bool) -> Iterator[Writer]:
        with super().create(path, executable=executable) as target:
            self._fs.step("sink")
            yield target


def kill_at(number: int) -> Callable[[int, str], None]:
    """Kill this process, as it would be by the system, at call ``number``."""

    def stop(call: int, kind: str) -> None:
        del kind
        if call == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return stop


def fail_at(number: int) -> Callable[[int, str], None]:
    """Fail at call ``number``: no room for what writes, an error of the device for everything else."""

    def stop(call: int, kind: str) -> None:
        if call == number:
            code = errno.ENOSPC if kind in WRITES else errno.EIO
            raise OSError(code, os.strerror(code))

    return stop

"""Put a file or a directory in its place in one step: written aside, and there with all it holds or not at all.

What is in the works lies beside its place, so that a rename gets it there, under a hidden name that begins with
``ASIDE``, so that nobody takes it for something finished. However the work ends, an interruption too, it is removed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from plugintool.errors import OutputError
from plugintool.frozen import dataclass
from plugintool.tree.sink import FILE_MODE, output_errors, sync_directory

ASIDE = ".plugintool-"
"""How names begin that are in use only while something is written."""
_WRITING = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Aside:
    """A private directory beside the place of another one.

    Attributes:
        place: where that goes.
        root: the private directory.
    """

    place: Path
    root: Path

    @property
    def new(self) -> Path:
        """What takes the place; whoever works here makes it."""
        return self.root / "new"

    @property
    def old(self) -> Path:
        """What was there before, while two renames are under way."""
        return self.root / "old"

    def put_in_place(self, exchange: Callable[[Path, Path], bool]) -> None:
        """Let ``new`` take the place; what was there ends up aside.

        Args:
            exchange: swaps two names in one step, or returns False where the system cannot; then two renames do it, of
                which the first is taken back when the second fails.

        Raises:
            OutputError: the system refused.
        """
        with output_errors(self.place):
            if not os.path.lexists(self.place):
                os.rename(self.new, self.place)
            elif not exchange(self.new, self.place):
                self._rename_twice()

    def rescue(self) -> None:
        """Put back what was there before somebody was killed between the two renames."""
        if self.old.is_dir() and not os.path.lexists(self.place):
            os.rename(self.old, self.place)

    def remove(self) -> None:
        """Remove the private directory; an interrupt on the way is heard after the work is done."""
        try:
            shutil.rmtree(self.root, ignore_errors=True)
        except BaseException:
            shutil.rmtree(self.root, ignore_errors=True)
            raise

    def _rename_twice(self) -> None:
        try:
            os.rename(self.place, self.old)
            os.rename(self.new, self.place)
        except BaseException:
            self.rescue()
            raise


@contextlib.contextmanager
def aside(place: Path) -> Iterator[Aside]:
    """Make a private directory beside ``place``, and remove it whatever happens.

    Raises:
        OutputError: it cannot be made.
    """
    made = Aside(place, place.with_name(f"{ASIDE}{place.name}-{os.urandom(4).hex()}"))
    try:
        with output_errors(made.root):
            os.mkdir(made.root, 0o700)
        yield made
    finally:
        made.remove()


def left_behind(parent: Path) -> Iterator[Aside]:
    """Yield the private directories that somebody who was killed has left in ``parent``.

    Only for those who know that nobody is at work there.

    Raises:
        OSError: ``parent`` cannot be read.
    """
    for entry in os.listdir(parent):
        if entry.startswith(ASIDE):
            yield Aside(parent / entry.removeprefix(ASIDE).rpartition("-")[0], parent / entry)


@contextlib.contextmanager
def replacing(target: Path, *, mode: int = FILE_MODE) -> Iterator[tuple[BinaryIO, Path]]:
    """Open a temporary sibling of ``target`` that takes its place when all went well, and is removed if not.

    Args:
        target: the file; it need not exist.
        mode: of the new file.

    Yields:
        The file, open for writing and reading, and its path.

    Raises:
        OutputError: a directory is in the way.
        OSError: the system refused.
    """
    if target.is_dir() and not target.is_symlink():
        raise OutputError(f"a directory is in the way of {target.name}", path=str(target), hint="move it away")
    sibling = target.with_name(f"{ASIDE}{os.urandom(4).hex()}{target.suffix}")
    try:
        with os.fdopen(os.open(sibling, _WRITING, 0o600), "w+b") as file:  # closing it writes what is buffered
            yield file, sibling
        os.chmod(sibling, mode)
        os.replace(sibling, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(sibling)


def write_durably(target: Path, data: bytes) -> None:
    """Write a whole file in one step, and return when it outlasts a loss of power.

    Raises:
        OutputError: the system refused; the file is what it was before.
    """
    with output_errors(target):
        with replacing(target) as (file, _):
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        sync_directory(target.parent)

"""Write a scaffold: all of it or nothing.

A new plugin is written beside its place and renamed into it. In a directory that exists new files are created, never
replaced, and merged files are replaced in one step after they have been compared with what was read; whatever goes
wrong on the way, an interruption too, everything is taken back.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from plugintool.errors import InputError, MissingPathError, OutputError, UnsafePathError
from plugintool.frozen import dataclass
from plugintool.relpath import RelPath, fold
from plugintool.scaffold.render import RenderedFile
from plugintool.tree.directory import read_bounded
from plugintool.tree.place import aside, replacing
from plugintool.tree.sink import DIRECTORY_MODE, EXECUTABLE_MODE, FILE_MODE, DirectorySink, output_errors


@dataclass(frozen=True, slots=True)
class Change:
    """A file that exists and gets other content; ``before`` is what was read."""

    path: RelPath
    before: bytes
    after: bytes


def write_tree(target: Path, files: Iterable[RenderedFile]) -> None:
    """Create the directory ``target`` with ``files``.

    Raises:
        MissingPathError: there is no parent directory.
        OutputError: something is there that is not an empty directory, or the system refused.
    """
    check_place(target)
    with aside(target) as making:
        sink = DirectorySink(making.new)
        for file in files:
            with sink.create(file.path, executable=file.executable) as out:
                out.write(file.data)
        with output_errors(target):
            if os.name == "nt" and target.is_dir():
                os.rmdir(target)  # there a rename does not replace an empty directory
            os.rename(making.new, target)


def check_place(target: Path) -> None:
    """Check that ``target`` can be created: its parent is there, and it is not, or is an empty directory.

    Raises:
        MissingPathError: there is no parent directory.
        OutputError: something is there; at most five of its entries are named.
    """
    if not target.parent.is_dir():
        raise MissingPathError("no such directory", path=str(target.parent), hint="create it first")
    if not os.path.lexists(target):
        return
    if target.is_symlink() or not target.is_dir():
        raise OutputError("something that is no directory has this name", path=str(target), hint="choose another name")
    with output_errors(target):
        names = sorted(os.listdir(target))
    if names:
        shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")  # noqa: PLR2004 - as many as fit a line
        raise OutputError(
            "the directory is not empty",
            path=str(target),
            found=shown,
            hint="choose another name; plugintool new plugin NAME --here inside it completes a plugin",
        )


def spelling_of(root: Path, path: RelPath) -> RelPath | None:
    """Return how the file ``path`` is spelled below ``root``, whatever its letter case; None when it is not there.

    Raises:
        UnsafePathError: a parent exists in another letter case, or is a link that leaves ``root``.
    """
    directory = root
    for segment in path.segments[:-1]:
        if _same_name(directory, segment) is None:
            return None
        if _same_name(directory, segment) != segment:
            raise UnsafePathError("exists in another letter case", rule="C22", path=path, hint="rename what exists")
        directory /= segment
        _check_inside(root, directory)
    name = _same_name(directory, path.name)
    return None if name is None else RelPath("/".join((*path.segments[:-1], name)))


def _same_name(directory: Path, name: str) -> str | None:
    """Return the entry of ``directory`` that some file system cannot tell from ``name``, an exact one first."""
    if not directory.is_dir():
        return None
    names = os.listdir(directory)
    return name if name in names else next((entry for entry in names if fold(entry) == fold(name)), None)


def read_existing(root: Path, path: RelPath) -> bytes:
    """Read a file that is going to be merged into.

    Raises:
        InputError: it is a link, which a replacement would cut.
    """
    if (root / path).is_symlink():
        raise InputError("a symbolic link, which is not written through", path=path, hint="edit its target by hand")
    return read_bounded(root / path, shown=path)


def apply_changes(root: Path, files: Iterable[RenderedFile], changes: Iterable[Change]) -> None:
    """Create ``files`` and make ``changes`` below the existing directory ``root``.

    Raises:
        OutputError: a file appeared or changed meanwhile, or the system refused; then nothing has changed.
    """
    with _undone_on_failure() as undo:
        for file in files:
            _create(root, file, undo)
        for change in changes:
            _replace(root, change, undo)


def _check_inside(root: Path, directory: Path) -> None:
    real, real_root = os.path.realpath(directory), os.path.realpath(root)
    if real != real_root and not real.startswith(real_root + os.sep):
        raise UnsafePathError("a link that leaves the plugin", rule="C23", path=str(directory.relative_to(root)))


@contextlib.contextmanager
def _undone_on_failure() -> Iterator[list[Callable[[], object]]]:
    """Collect what takes each step back, and do it in reverse order when a later step fails."""
    undo: list[Callable[[], object]] = []
    try:
        yield undo
    except BaseException:
        for step in reversed(undo):
            with contextlib.suppress(OSError):
                step()
        raise


def _create(root: Path, file: RenderedFile, undo: list[Callable[[], object]]) -> None:
    target = root / file.path
    with output_errors(file.path):
        _make_parents(root, file.path, undo)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        handle = os.open(target, flags, 0o600)
        undo.append(lambda: os.unlink(target))
        with os.fdopen(handle, "wb") as out:
            out.write(file.data)
        os.chmod(target, EXECUTABLE_MODE if file.executable else FILE_MODE)


def _make_parents(root: Path, path: RelPath, undo: list[Callable[[], object]]) -> None:
    for depth in range(1, len(path.segments)):
        directory = root.joinpath(*path.segments[:depth])
        if not directory.is_dir():
            os.mkdir(directory, 0o700)
            undo.append(lambda made=directory: os.rmdir(made))  # type: ignore[misc]
            os.chmod(directory, DIRECTORY_MODE)


def _replace(root: Path, change: Change, undo: list[Callable[[], object]]) -> None:
    target = root / change.path
    if read_existing(root, change.path) != change.before:
        raise OutputError("the file changed meanwhile", path=change.path, hint="try again")
    with output_errors(change.path):
        _swap(target, change.after)
        undo.append(lambda: _swap(target, change.before))


def _swap(target: Path, data: bytes) -> None:
    """Replace the content of a file in one step, keeping its mode."""
    with replacing(target, mode=os.stat(target).st_mode & 0o7777) as (out, _):
        out.write(data)

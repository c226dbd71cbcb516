"""Unpack a bundle, an archive or a zip file: all of it or nothing, and only what every system stores as meant."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from plugintool.author.container import Container, Kind, open_container
from plugintool.digest import Digest
from plugintool.errors import OutputError
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject
from plugintool.relpath import RelPath
from plugintool.report import Report, collect
from plugintool.tree.copy import copy_stream
from plugintool.tree.sink import DirectorySink, output_errors

_ASIDE = ".plugintool-"
"""Prefix of the name that is in use only while unpacking runs."""


@dataclass(frozen=True, slots=True)
class UnpackedFile:
    """A file that was written."""

    path: RelPath
    size: int
    sha256: Digest
    executable: bool

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {"path": self.path, "size": self.size, "sha256": self.sha256, "executable": self.executable}


@dataclass(frozen=True, kw_only=True)
class Unpacked:
    """What was unpacked.

    Attributes:
        kind: what the file is.
        name, version: what its manifest says, empty when it has none.
        root: the directory that was made.
        files: what is in it, sorted by path.
        is_signed: whether a signature block was there; it was not verified.
    """

    kind: Kind
    name: str
    version: str
    root: Path
    files: tuple[UnpackedFile, ...]
    is_signed: bool

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "kind": self.kind.value,
            "name": self.name,
            "version": self.version,
            "path": str(self.root),
            "bytes": self.size,
            "signed": self.is_signed,
            "verified": False,
            "files": [file.as_json() for file in self.files],
        }


def unpack(path: Path, target: Path) -> Report[Unpacked]:
    """Unpack one file into a directory that does not exist; errors are part of the report."""
    return collect("unpack", [str(path)], lambda subject: unpack_file(Path(subject), target))


def unpack_file(path: Path, target: Path) -> Unpacked:
    """Unpack one file into a directory that does not exist.

    It is written beside ``target`` and gets its name last, so that whatever happens there is all of it or nothing.
    Files have mode 0644, or 0755 where the container says that they are executable; directories without a file in them
    are not made. Signatures are not verified.

    Raises:
        OutputError: ``target`` exists, the directory around it does not, or the system refused.
        InputError: the file cannot be read; ArchiveError, LimitExceededError: it breaks a rule of containers.
    """
    if os.path.lexists(target):
        raise OutputError("it exists already", path=str(target), hint="name a directory that does not exist")
    if not target.parent.is_dir():
        message = "the directory in which it would be made does not exist"
        raise OutputError(message, path=str(target), hint=f"make {target.parent} first")
    with open_container(path) as container, _aside(target) as aside:
        files = _write(container, aside)
        with output_errors(target):
            os.rename(aside, target)
    return Unpacked(
        kind=container.kind,
        name=container.name,
        version=container.version,
        root=target,
        files=files,
        is_signed=container.block is not None,
    )


@contextlib.contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """Give the name of a directory beside ``target``; what is there at the end is removed, whatever happened."""
    aside = target.parent / f"{_ASIDE}{os.urandom(4).hex()}"
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write(container: Container, root: Path) -> tuple[UnpackedFile, ...]:
    sink, tree, written = DirectorySink(root), container.tree, []
    executable = {file.path: bool(file.executable) for file in tree.files()}
    for path in tree.paths_by_data():
        with tree.open(path) as source, sink.create(path, executable=executable[path]) as writer:
            copied = copy_stream(source, writer, max_bytes=tree.members[path].header.size)
        written.append(UnpackedFile(path, copied.size, copied.sha256, executable[path]))
    return tuple(sorted(written, key=lambda file: file.path))

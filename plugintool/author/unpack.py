"""Unpack a bundle, an archive or a zip file: all of it or nothing, and only what every system stores as meant."""

from __future__ import annotations

import os
from pathlib import Path

from plugintool.author.container import Container, Kind, open_container
from plugintool.errors import OutputError
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject
from plugintool.report import Report, collect
from plugintool.tree.copy import copy_stream
from plugintool.tree.place import aside
from plugintool.tree.record import RecordEntry
from plugintool.tree.sink import DirectorySink, output_errors


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
    files: tuple[RecordEntry, ...]
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
    with open_container(path) as container, aside(target) as making:
        files = _write(container, making.new)
        with output_errors(target):
            os.rename(making.new, target)
    return Unpacked(
        kind=container.kind,
        name=container.name,
        version=container.version,
        root=target,
        files=files,
        is_signed=container.block is not None,
    )


def _write(container: Container, root: Path) -> tuple[RecordEntry, ...]:
    sink, tree, written = DirectorySink(root), container.tree, []
    executable = {file.path: bool(file.executable) for file in tree.files()}
    for path in tree.paths_by_data():
        with tree.open(path) as source, sink.create(path, executable=executable[path]) as writer:
            copied = copy_stream(source, writer, max_bytes=tree.members[path].header.size)
        written.append(RecordEntry(path, copied.size, copied.sha256, executable[path]))
    return tuple(sorted(written, key=lambda file: file.path))

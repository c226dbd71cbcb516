"""Write a built tree: aside first, checked, then put in place in one step.

The new tree is written into a hidden directory beside its destination, read again and compared, and gets its
``version.json`` last. Then it is exchanged with what was there. Whatever stops the build, nothing half-written stays
and what was there before is still there.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from plugintool import jsontext, limits
from plugintool.build.fate import Fate, refuse_invalid
from plugintool.build.plan import BuildPlan
from plugintool.errors import BuildError, InputError, LimitExceededError, OutputError
from plugintool.formats.project import Project
from plugintool.frozen import dataclass
from plugintool.install.fs import Fs
from plugintool.jsontext import JsonObject
from plugintool.plugin.model import MANIFEST
from plugintool.relpath import RelPath
from plugintool.tree import version_file
from plugintool.tree.copy import HEAD_BYTES, copy_stream, record_of
from plugintool.tree.directory import open_built, read_bounded
from plugintool.tree.entry import Tree
from plugintool.tree.place import Aside, aside, left_behind
from plugintool.tree.record import VERSION_FILE, Record, RecordEntry
from plugintool.tree.sink import DirectorySink, output_errors

ORG_PLUGINS = "org-plugins"
"""Directory in the output that holds one built tree for each plugin."""


@dataclass(frozen=True)
class Built:
    """A built tree.

    Attributes:
        name, version: of the plugin; version is empty when there is none.
        root: its directory.
        record: what it holds.
        sync_version: what its ``version.json`` says.
        plan: the fate of every entry of the source.
        bills: the bills of materials of its bundles, when they were written.
    """

    name: str
    version: str
    root: Path
    record: Record
    sync_version: str
    plan: BuildPlan
    bills: tuple[Path, ...] = ()

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "name": self.name,
            "version": self.version,
            "path": str(self.root),
            "digest": self.record.digest,
            "sync_version": self.sync_version,
            "files": len(self.record.entries),
            "bytes": self.record.total_bytes,
            "omitted": len(self.plan.omitted),
            "bills": [str(path) for path in self.bills],
        }


def write_tree(source: Tree, plan: BuildPlan, project: Project, *, out: Path, sync_version: str | None = None) -> Built:
    """Write the built tree of a plan into ``out/org-plugins/<name>``.

    Args:
        source: the source tree that was planned.
        plan: what to write.
        project: decides which files are executable.
        out: the output directory; created when missing.
        sync_version: overrides the derived one.

    Raises:
        BuildError: the plan has invalid entries, or the source changed.
        OutputError: something that is no built tree of this plugin is in the way, or the system refused.
        InputError: a file cannot be read.
    """
    refuse_invalid(plan.invalid)
    parent = out / ORG_PLUGINS
    destination = parent / plan.name
    with output_errors(parent):
        os.makedirs(parent, exist_ok=True)
    with _exclusive(parent), aside(destination) as place:
        _check_replaceable(destination, plan.name)
        record = _Writing(source, plan, project, place).write()
        text = sync_version or version_file.sync_version(plan.version, record.digest)
        _write_version(place.new, text)
        place.put_in_place(Fs().exchange)
    return Built(plan.name, plan.version, destination, record, text, plan)


@contextlib.contextmanager
def _exclusive(parent: Path) -> Iterator[None]:
    """Let one build at a time write below ``parent``; others wait. No file is needed: the directory is locked.

    Windows cannot lock a directory; there two builds are kept apart by the renames alone, and one may fail.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl  # noqa: PLC0415 - POSIX only

    with output_errors(parent):
        handle = os.open(parent, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # network file systems without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
            _sweep(parent)
        yield
    finally:
        os.close(handle)


def _sweep(parent: Path) -> None:
    """Remove what a killed build left behind; the lock says that no other one is at work."""
    for leftover in left_behind(parent):
        leftover.rescue()
        leftover.remove()


def _check_replaceable(destination: Path, name: str) -> None:
    """Refuse to replace what is no built tree of this plugin."""
    if not os.path.lexists(destination):
        return
    if destination.is_symlink() or not destination.is_dir():
        raise _in_the_way(destination, "is no directory")
    try:
        manifest = jsontext.read(read_bounded(destination / MANIFEST)).value
        version = version_file.read_version(read_bounded(destination / VERSION_FILE))
    except InputError:
        manifest, version = None, None
    if version is None or not isinstance(manifest, dict) or manifest.get("name") != name:
        raise _in_the_way(destination, f"is no built tree of the plugin {name}")


def _in_the_way(destination: Path, reason: str) -> OutputError:
    return OutputError(
        f"what is in the way {reason}, so it is not replaced",
        path=str(destination),
        hint="move it away, or build with --out DIRECTORY",
    )


class _Writing:
    """The state of writing one tree."""

    def __init__(self, source: Tree, plan: BuildPlan, project: Project, place: Aside) -> None:
        self._source = source
        self._plan = plan
        self._project = project
        self._rule = project.executable_rule()
        self._place = place
        self._bundles = {bundle.path: bundle for bundle in plan.bundles}

    def write(self) -> Record:
        """Write all files, read them again, and return their record."""
        sink = DirectorySink(self._place.new)
        entries = tuple(self._write_file(sink, fate) for fate in self._plan.included)
        sink.finish()
        record = Record(entries)
        if record_of(open_built(self._place.new), self._rule) != record:
            place = str(self._place.new)
            raise OutputError("what was written does not read back the same", path=place, hint="build again")
        return record

    def _write_file(self, sink: DirectorySink, fate: Fate) -> RecordEntry:
        path = RelPath(fate.path)
        with self._open(path) as source:
            executable = self._rule(path, source.read(HEAD_BYTES))
            source.seek(0)
            with sink.create(path, executable=executable) as target:
                try:
                    copied = copy_stream(source, target, max_bytes=limits.TREE_BYTES)
                except LimitExceededError as error:
                    raise LimitExceededError(error.message, path=path) from error
        if copied.size != fate.size and path not in self._bundles:
            raise BuildError("the file changed while it was built", path=path, hint="build again")
        return RecordEntry(path, copied.size, copied.sha256, executable)

    def _open(self, path: RelPath) -> BinaryIO:
        if path in self._plan.generated:
            return io.BytesIO(self._plan.generated[path])
        if path not in self._bundles:
            return self._source.open(path)
        import tempfile  # noqa: PLC0415 - only where there is a bundle

        target = tempfile.TemporaryFile(dir=self._place.root)  # noqa: SIM115 - closed by the caller
        try:
            with output_errors(path):
                self._bundles[path].write(self._source, target, self._project)
        except BaseException:
            target.close()
            raise
        target.seek(0)
        return target


def _write_version(root: Path, text: str) -> None:
    """Write ``version.json``, the last file: what has one is complete."""
    if not version_file.is_sync_version(text):
        raise BuildError(
            f"{text!r} cannot be a sync version",
            expected="letters, digits and . + _ -, at most 200",
            hint="change the version in plugin.json, or build with --sync-version",
        )
    path = root / VERSION_FILE
    with output_errors(VERSION_FILE):
        path.write_bytes(version_file.render(text))
        path.chmod(0o644)

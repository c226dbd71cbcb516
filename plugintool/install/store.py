"""The store: verified versions of each plugin, below ``store/<name>/``.

A version is a directory named by the first 12 digits of its record's digest (``.2``, ``.3`` … when that name is taken
by a damaged copy), with the signature files inside, and beside it ``<directory>.statement.json``, the signed statement.
So a stored version can be authenticated again at any time. A stored version never moves and is never written to, apart
from ``version.json``: the app reads it through a link.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plugintool import digest, limits
from plugintool.digest import Digest
from plugintool.envelope.statement import Statement, parse_statement
from plugintool.errors import DamagedStateError, InputError
from plugintool.install.compare import Difference, compare_tree
from plugintool.install.layout import Layout
from plugintool.install.state import DeviceState, remove_anything
from plugintool.relpath import RelPath
from plugintool.tree.directory import DirectoryTree, read_bounded
from plugintool.tree.entry import Tree, TreeFile
from plugintool.tree.record import SIGNATURE_FILE, is_proof
from plugintool.verify.judge import Judge
from plugintool.verify.verified import TrustedStatement, VerifiedTree

_STATEMENT: Final = ".statement.json"


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One version in the store; ``statement`` is what was signed, as kept when it was verified."""

    directory: str
    root: Path
    statement: Statement

    def signature_paths(self) -> list[RelPath]:
        """Return where signature files and lineage files stand in it."""
        inside = self.root / SIGNATURE_FILE.segments[0]
        names = sorted(os.listdir(inside)) if inside.is_dir() else []
        paths = [f"{inside.name}/{name}" for name in names]
        return [RelPath(path) for path in paths if is_proof(path)]

    def signature_files(self) -> dict[RelPath, bytes]:
        """Return the bytes of the signature files and lineage files.

        Raises:
            InputError: one of them is no regular file, or cannot be read.
        """
        limit = limits.SIGNATURE_FILE_BYTES
        return {path: read_bounded(self.root / path, max_bytes=limit) for path in self.signature_paths()}

    def differences(self) -> list[Difference]:
        """Compare the directory with its record."""
        return compare_tree(self.root, self.statement.record, sync_version=self.statement.sync_version)


def stored_versions(layout: Layout, name: str) -> list[StoredVersion]:
    """Return the versions of one plugin that have a directory and a statement, by name of the directory."""
    parent = layout.store / name
    if not parent.is_dir():
        return []
    directories = sorted(path.name for path in parent.iterdir() if path.is_dir() and not path.is_symlink())
    found = (find_stored(layout, name, directory) for directory in directories)
    return [version for version in found if version is not None]


def find_stored(layout: Layout, name: str, directory: str) -> StoredVersion | None:
    """Return one stored version; None when its directory or its statement is not there.

    Raises:
        DamagedStateError: the statement cannot be read.
    """
    path, root = layout.stored_statement(name, directory), layout.stored(name, directory)
    if not path.is_file() or not root.is_dir():
        return None
    try:
        payload = read_bounded(path, max_bytes=limits.SIGNATURE_FILE_BYTES)
        return StoredVersion(directory, root, parse_statement(payload, path=str(path)))
    except InputError as error:
        raise DamagedStateError(
            f"a stored statement cannot be read: {error.message}",
            path=str(path),
            hint="install the plugin again from its artifact",
        ) from error


def find_usable(layout: Layout, name: str, directory: str) -> StoredVersion | None:
    """Return one stored version; None also when its statement is damaged."""
    try:
        return find_stored(layout, name, directory)
    except DamagedStateError:
        return None


def stage(state: DeviceState, trusted: TrustedStatement, source: Tree, judge: Judge) -> VerifiedTree:
    """Write a verified copy of ``source`` into ``staging``, durably.

    Raises:
        VerificationError: the content is not what was signed.
        OutputError, OSError: no room, or the system refused.
    """
    root = state.fresh("tree")
    verified = judge.materialise(trusted, source, state.fs.make_sink(root))
    state.fs.sync_volume(root)
    return verified


def add(state: DeviceState, verified: VerifiedTree) -> StoredVersion:
    """Move a verified tree into the store, durably; an intact copy that is there already is used instead."""
    statement = verified.trusted.statement
    wanted = dict(verified.trusted.signature_files)
    parent = state.layout.store / statement.name
    state.ensure_directory(parent)
    for path in sorted(parent.glob(f"{digest.short(statement.digest)}*")):
        version = find_usable(state.layout, statement.name, path.name)
        if version and is_same(version, statement.digest, wanted) and not version.differences():
            return version
    directory = _free_name(state.layout, statement)
    state.replace_file(state.layout.stored_statement(statement.name, directory), statement.payload)
    root = state.layout.stored(statement.name, directory)
    state.fs.rename(verified.root, root)
    state.fs.sync_directory(parent)
    return StoredVersion(directory, root, statement)


def is_same(version: StoredVersion, record_digest: Digest, signature_files: Mapping[RelPath, bytes]) -> bool:
    """Whether a stored version has this record and these signature files."""
    try:
        return version.statement.digest == record_digest and version.signature_files() == signature_files
    except InputError:
        return False


def check_stored(name: str, version: StoredVersion, judge: Judge) -> tuple[TrustedStatement, DirectoryTree]:
    """Verify a stored version again, signature and content, against the trust policy of today.

    Files that do not belong there and modes are not looked at: ``restore`` leaves them behind.

    Raises:
        VerificationError: it is not trusted any more, or its files were changed.
    """
    source = recorded_files(name, version)
    trusted = judge.authenticate(source)
    judge.check_content(trusted, source)
    return trusted, source


def restore(
    state: DeviceState, name: str, version: StoredVersion, judge: Judge
) -> tuple[TrustedStatement, StoredVersion]:
    """Verify a stored version again and return it, or a fresh copy of it when anything in it differs.

    Raises:
        VerificationError: as ``check_stored``.
    """
    trusted, source = check_stored(name, version, judge)
    if not version.differences():
        return trusted, version
    return trusted, add(state, stage(state, trusted, source, judge))


def recorded_files(name: str, version: StoredVersion) -> DirectoryTree:
    """Open the recorded files and the signature files of a stored version, as far as they are there."""
    paths = [entry.path for entry in version.statement.record.entries]
    present = [path for path in (*version.signature_paths(), *paths) if os.path.lexists(version.root / path)]
    files = (TreeFile(path, os.lstat(version.root / path).st_size) for path in sorted(present))
    return DirectoryTree(version.root, name, tuple(files))


def collect(state: DeviceState, needed: frozenset[str], name: str) -> None:
    """Remove the stored versions of a plugin that are not needed; first out of the store, then file by file."""
    parent = state.layout.store / name
    moved = []
    for path in _garbage(parent, needed):
        moved.append(state.fresh("garbage"))
        state.fs.rename(path, moved[-1])
    if moved:
        state.fs.sync_directory(parent)
    for path in moved:
        remove_anything(state.fs, path)


def _garbage(parent: Path, needed: frozenset[str]) -> Iterator[Path]:
    if parent.is_dir():
        for path in sorted(parent.iterdir()):
            if path.name.removesuffix(_STATEMENT) not in needed:
                yield path


def _free_name(layout: Layout, statement: Statement) -> str:
    """Return the short digest, or the first of ``.2``, ``.3`` … that is not taken."""
    short = digest.short(statement.digest)
    name, count = short, 1
    while os.path.lexists(layout.stored(statement.name, name)):
        count += 1
        name = f"{short}.{count}"
    return name

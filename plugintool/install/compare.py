"""Compares a directory on disk with a record, in place: what ``audit`` reports and what a repair has to restore.

The result is a list of differences, never a verified tree: what is found is only what was there while looking.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from plugintool import limits
from plugintool.digest import sha256
from plugintool.errors import InputError, MissingPathError
from plugintool.jsontext import JsonObject
from plugintool.relpath import RelPath
from plugintool.tree import version_file
from plugintool.tree.copy import copy_stream
from plugintool.tree.directory import SourceFile, Survey, open_regular, read_bounded, survey
from plugintool.tree.record import VERSION_FILE, Record, RecordEntry, is_ours
from plugintool.tree.sink import EXECUTABLE_MODE, FILE_MODE

_NO_FILES: Final[Mapping[RelPath, bytes]] = {}


class Kind(StrEnum):
    """What differs."""

    CHANGED = "changed"
    ADDED = "added"
    MISSING = "missing"
    MODE = "mode"
    VERSION = "version"
    LINK = "link"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; ``expected`` and ``found`` are short texts."""

    kind: Kind
    path: str
    expected: str
    found: str

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {"kind": self.kind.value, "path": self.path, "expected": self.expected, "found": self.found}


def compare_tree(
    root: Path, record: Record, *, sync_version: str, signature_files: Mapping[RelPath, bytes] = _NO_FILES
) -> list[Difference]:
    """Return every difference between the directory and what belongs there, sorted by path.

    Args:
        root: the directory; when it is not there at all, everything is missing.
        record: the signed record.
        sync_version: what version.json must name, with or without a settle suffix.
        signature_files: the bytes of those that must be there; others are not looked at.
    """
    try:
        found = survey(root)
    except MissingPathError as error:
        return [Difference(Kind.MISSING, "", "a directory", error.message)]
    differences = [*_compare_entries(found, record), *_additions(found, record)]
    differences += _compare_signatures(root, signature_files)
    differences += _compare_version(root, sync_version)
    return sorted(differences, key=lambda difference: (difference.path, difference.kind))


def _compare_entries(found: Survey, record: Record) -> Iterator[Difference]:
    linked = {link.path for link in found.links}
    for entry in record.entries:
        file = found.sources.get(entry.path)
        if entry.path in linked or (file is None and _exists(found.root / entry.path)):
            yield Difference(Kind.CHANGED, entry.path, "a regular file", "something else")
        elif file is None or file.via is not None:
            yield Difference(Kind.MISSING, entry.path, f"{entry.size} bytes", "nothing")
        else:
            yield from _compare_file(found.root, entry, file)


def _compare_file(root: Path, entry: RecordEntry, file: SourceFile) -> Iterator[Difference]:
    if file.size != entry.size:
        yield Difference(Kind.CHANGED, entry.path, f"{entry.size} bytes", f"{file.size} bytes")
    else:
        found = _hash(root / entry.path)
        if found != entry.sha256:
            yield Difference(Kind.CHANGED, entry.path, f"sha256 {entry.sha256}", found and f"sha256 {found}")
    wanted = EXECUTABLE_MODE if entry.executable else FILE_MODE
    if file.mode != wanted and os.name != "nt":
        yield Difference(Kind.MODE, entry.path, f"{wanted:04o}", f"{file.mode:04o}")


def _additions(found: Survey, record: Record) -> Iterator[Difference]:
    known = record.by_path
    for path, file in found.sources.items():
        if path not in known and file.via is None and not is_ours(path):
            yield Difference(Kind.ADDED, path, "nothing", "a file")
    for link in found.links:
        if link.path not in known:
            yield Difference(Kind.ADDED, link.path, "nothing", "a link")
    for bad in found.bad:
        if bad.raw not in known:
            yield Difference(Kind.ADDED, bad.raw, "nothing", bad.reason)
    for raw in found.version_control:
        yield Difference(Kind.ADDED, raw, "nothing", "a repository")
    for path in found.empty_directories:
        if path not in known:
            yield Difference(Kind.ADDED, path, "nothing", "an empty directory")


def _compare_signatures(root: Path, wanted: Mapping[RelPath, bytes]) -> Iterator[Difference]:
    for path, data in wanted.items():
        found = _read(root / path, max_bytes=limits.SIGNATURE_FILE_BYTES)
        if found is None:
            yield Difference(Kind.MISSING, path, "a signature file", "nothing")
        elif found != data:
            yield Difference(Kind.CHANGED, path, f"sha256 {sha256(data)}", f"sha256 {sha256(found)}")


def _compare_version(root: Path, sync_version: str) -> Iterator[Difference]:
    data = _read(root / VERSION_FILE, max_bytes=version_file.MAX_BYTES)
    if data is None:
        yield Difference(Kind.MISSING, VERSION_FILE, sync_version, "nothing")
    elif version_file.settle_of(data, sync_version) is None:
        found = version_file.read_version(data) or "another content"
        yield Difference(Kind.VERSION, VERSION_FILE, sync_version, found)


def _read(path: Path, *, max_bytes: int) -> bytes | None:
    try:
        return None if path.is_symlink() else read_bounded(path, max_bytes=max_bytes)
    except InputError:
        return None


def _hash(path: Path) -> str:
    """Return the digest, or an empty text for a file that cannot be read."""
    try:
        with open_regular(path) as source:
            return copy_stream(source, None, max_bytes=limits.TREE_BYTES).sha256
    except InputError:
        return ""


def _exists(path: Path) -> bool:
    try:
        return bool(stat.S_IFMT(os.lstat(path).st_mode))
    except OSError:
        return False

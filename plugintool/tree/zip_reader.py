"""A strict reader of archives: total, bounded and exact.

Everything but the content is checked before the first entry can be opened: the archive is tiled by its entries from
its first to its last byte, local and central headers agree, names are safe and unique, sizes are within limits. Content
is checked while it is read (``zip_member``). Any bytes give a tree or an ``InputError`` that names the rule, C01 to C26
of docs/reference/archives.md. There is one parser; what it takes is a profile (``zip_profile``). It reads front to back
through its parts: ``zip_frame`` finds the directory, ``zip_directory`` reads it, ``zip_tile`` the entries themselves.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from plugintool import limits
from plugintool.errors import ArchiveError, LimitExceededError, MissingPathError
from plugintool.frozen import dataclass
from plugintool.relpath import RelPath
from plugintool.tree import zip_member
from plugintool.tree.directory import open_regular
from plugintool.tree.entry import TreeFile
from plugintool.tree.sink import EXECUTABLE_MODE
from plugintool.tree.zip_breach import Breach, HaltError, Ledger
from plugintool.tree.zip_directory import read_directory
from plugintool.tree.zip_frame import Frame, find_directory
from plugintool.tree.zip_profile import CANONICAL, Profile
from plugintool.tree.zip_source import ArchiveBytes, size_of
from plugintool.tree.zip_tile import Member, tile

_ANY_EXECUTE = 0o111
assert EXECUTABLE_MODE & _ANY_EXECUTE


class ArchiveTree:
    """The files of an archive; a ``Tree`` as long as the archive is open. Archives do not state a name.

    Attributes:
        members: every file by its path.
        directories: the directories that have an entry of their own; they are no files of the tree.
    """

    name = ""

    def __init__(self, archive: ArchiveBytes, members: Iterable[Member]) -> None:
        self._archive = archive
        self.members: dict[RelPath, Member] = {}
        self.directories: list[RelPath] = []
        for member in members:
            if member.is_directory:
                self.directories.append(member.path)
            else:
                self.members[member.path] = member

    def files(self) -> Sequence[TreeFile]:
        """All files, sorted by path; ``executable`` is what the archive says."""
        return [
            TreeFile(path, member.header.size, bool(member.header.mode & _ANY_EXECUTE))
            for path, member in sorted(self.members.items())
        ]

    def paths_by_data(self) -> list[RelPath]:
        """All files in the order of their data: who reads all of them reads the archive once, from front to back."""
        return sorted(self.members, key=lambda path: self.members[path].data_offset)

    def open(self, path: RelPath) -> BinaryIO:
        """Open one file; ``read`` raises ``ArchiveError`` when the data does not fit its header.

        Only what was read to its end has been checked.
        """
        member = self.members.get(path)
        if member is None:
            raise MissingPathError("no such file in the archive", path=path)
        return zip_member.open_member(self._archive, member.header, offset=member.data_offset, path=path)


@dataclass(frozen=True)
class ArchiveSurvey:
    """What a look at an archive found that breaks rules.

    Attributes:
        tree: the files that could be found, by a sound name each.
        breaches: what its records break, at most ``limits.FINDINGS_PER_RULE`` of them.
        omitted: how many more there were.
        is_whole: whether the archive could be followed to its end; the tree is empty if not.
    """

    tree: ArchiveTree
    breaches: tuple[Breach, ...]
    omitted: int = 0
    is_whole: bool = True

    def content_breaches(self) -> tuple[Breach, ...]:
        """Read every file once, and return what breaks C11."""
        found = []
        for path in self.tree.paths_by_data():
            try:
                with self.tree.open(path) as source:
                    while source.read(limits.COPY_CHUNK):
                        pass
            except ArchiveError as error:
                found.append(Breach.of(error))
        return tuple(found)


@contextlib.contextmanager
def open_archive(path: Path, *, profile: Profile = CANONICAL) -> Iterator[ArchiveTree]:
    """Open an archive and check everything but its content.

    Raises:
        MissingPathError: it is not there or not readable.
        InputError: it is no regular file.
        ArchiveError: a rule is broken; ``rule`` says which.
        LimitExceededError: C25.
    """
    with open_regular(path, follow=True) as source, archive_named(path):
        yield read_archive(source, profile=profile)


@contextlib.contextmanager
def archive_named(path: Path) -> Iterator[None]:
    """Put the archive into the errors that do not name it."""
    try:
        yield
    except (ArchiveError, LimitExceededError) as error:
        error.detail.setdefault("path", str(path))
        raise


def read_archive(source: BinaryIO, *, profile: Profile, frame: Frame | None = None) -> ArchiveTree:
    """Check everything but the content of an archive in an open, seekable file.

    Args:
        source: the file; it must stay open as long as the tree is used.
        profile: what is allowed.
        frame: where the archive ends in it, when that is not the end of the file.

    Raises:
        ArchiveError, LimitExceededError: as ``open_archive``.
    """
    return _read(source, profile, frame, Ledger(is_survey=False))


def survey_archive(source: BinaryIO, *, profile: Profile, frame: Frame | None = None) -> ArchiveSurvey:
    """Find out which rules an archive breaks, as far as it can be followed; content is not read."""
    ledger = Ledger(is_survey=True)
    try:
        tree, is_whole = _read(source, profile, frame, ledger), True
    except HaltError:
        tree, is_whole = ArchiveTree(ArchiveBytes(source), ()), False
    return ArchiveSurvey(tree, tuple(ledger.breaches), ledger.omitted, is_whole)


def _read(source: BinaryIO, profile: Profile, frame: Frame | None, ledger: Ledger) -> ArchiveTree:
    frame = Frame(size_of(source)) if frame is None else frame
    if frame.end > limits.ARCHIVE_BYTES:
        ledger.stop("C25", f"the archive is larger than {limits.ARCHIVE_BYTES} bytes")
    archive = ArchiveBytes(source, frame.end)
    directory, data = find_directory(archive, frame, profile, ledger)
    entries = read_directory(directory, data, profile, ledger)
    return ArchiveTree(archive, tile(archive, entries, directory.offset, profile, ledger))

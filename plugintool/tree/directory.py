"""Directories on disk as trees: a survey that explains everything it meets, and a strict reader of built trees.

``survey`` is for source trees: links inside are followed and remembered, everything that can be no file of a plugin
is data (``BadEntry``), so that lint can report it and build can refuse it. ``open_built`` is for built trees and
installed plugins: regular files and directories only, anything else is an error.
"""

from __future__ import annotations

import errno
import itertools
import os
import stat
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from plugintool import limits
from plugintool.errors import InputError, LimitExceededError, MissingPathError, UnsafePathError
from plugintool.frozen import dataclass, field
from plugintool.relpath import RelPath
from plugintool.tree.entry import BadEntry, TreeFile, refuse_collisions

_READING = os.O_RDONLY
for _flag in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"):
    _READING |= getattr(os, _flag, 0)
_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a block device",
    stat.S_IFCHR: "a character device",
}


class LinkFate(StrEnum):
    """Where a symbolic link in a source tree leads."""

    INSIDE = "inside"
    LEAVES = "leaves"
    ABSOLUTE = "absolute"
    DANGLING = "dangling"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link: its path, its text as stored, where it leads, and whether that is a directory."""

    path: RelPath
    target: str
    fate: LinkFate
    to_directory: bool = False


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A regular file of a source tree; ``mode``: permission bits on disk, ``via``: the link it is seen through."""

    path: RelPath
    size: int
    mode: int
    via: RelPath | None = None


@dataclass(frozen=True)
class Survey:
    """Everything found below one directory: the tree that lint and build look at.

    Attributes:
        root: the directory.
        sources: regular files by path, also those seen through a link that stays inside, in order of path.
        links: symbolic links, also those that lead nowhere.
        bad: entries that can be no file of a plugin.
        empty_directories: directories without any entry.
        directories: all directories, links to directories among them.
        version_control: ``.git`` directories and files; they are not looked into.
    """

    root: Path
    sources: dict[RelPath, SourceFile] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    bad: tuple[BadEntry, ...] = ()
    empty_directories: tuple[RelPath, ...] = ()
    directories: frozenset[RelPath] = frozenset()
    version_control: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the directory, also when it was named as ``.``."""
        return Path(os.path.abspath(self.root)).name  # resolve() would follow a link

    def files(self) -> Sequence[TreeFile]:
        """All files, sorted by path."""
        return [TreeFile(file.path, file.size) for file in self.sources.values()]

    def open(self, path: RelPath) -> BinaryIO:
        """Open one file; links inside the tree are followed."""
        return open_regular(os.path.join(self.root, path), shown=path, follow=True)


@dataclass(frozen=True)
class DirectoryTree:
    """A built tree or an installed plugin on disk: regular files only, modes not read."""

    root: Path
    name: str
    entries: tuple[TreeFile, ...]

    def files(self) -> Sequence[TreeFile]:
        """All files, sorted by path."""
        return self.entries

    def open(self, path: RelPath) -> BinaryIO:
        """Open one file; a link or a special file in its place is refused."""
        return open_regular(os.path.join(self.root, path), shown=path)


def survey(root: Path) -> Survey:
    """Look at everything below ``root``.

    Raises:
        MissingPathError: ``root`` is no directory or cannot be read.
        LimitExceededError: more than ``limits.SCAN_ENTRIES`` entries.
    """
    scan = _Scan(root)
    scan.walk("", (scan.real_root,), None)
    return Survey(
        root=root,
        sources={path: scan.sources[path] for path in sorted(scan.sources)},
        links=tuple(sorted(scan.links, key=lambda link: link.path)),
        bad=tuple(sorted(scan.bad, key=lambda entry: entry.raw)),
        empty_directories=tuple(sorted(scan.empty)),
        directories=frozenset(scan.directories),
        version_control=tuple(sorted(scan.version_control)),
    )


def open_built(root: Path, *, name: str | None = None) -> DirectoryTree:
    """Read the file list of a built tree.

    Raises:
        MissingPathError: ``root`` or something below it cannot be read.
        UnsafePathError: a link, a special file, an unsafe name or names that collide; ``problems`` names all.
        LimitExceededError: too many entries.
    """
    found = survey(root)
    strange = [
        *(BadEntry(link.path, "a symbolic link", "C23") for link in found.links),
        *(BadEntry(raw, "a .git entry", "C21") for raw in found.version_control),
        *found.bad,
    ]
    if strange:
        raise _refusal(sorted(strange, key=lambda entry: entry.raw))
    refuse_collisions(found.sources)
    return DirectoryTree(root, found.name if name is None else name, tuple(found.files()))


def _refusal(strange: Sequence[BadEntry]) -> InputError:
    first, problems = strange[0], tuple(f"{entry.raw}: {entry.reason}" for entry in strange)
    if not first.rule:
        return MissingPathError(first.reason, path=first.raw, problems=problems)
    return UnsafePathError(f"{first.reason} in a built tree", rule=first.rule, path=first.raw, problems=problems)


def open_regular(path: str | Path, *, shown: str | None = None, follow: bool = False) -> BinaryIO:
    """Open a regular file for reading; never blocks on a FIFO.

    Args:
        path: the file.
        shown: how errors name it.
        follow: whether ``path`` itself may be a symbolic link.

    Raises:
        MissingPathError: it is not there or not readable.
        InputError: it is no regular file.
    """
    shown = str(path) if shown is None else shown
    try:
        handle = os.open(path, _READING | (0 if follow else getattr(os, "O_NOFOLLOW", 0)))
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:
            raise InputError("not a regular file", path=shown) from error
        raise MissingPathError(f"cannot be read: {_reason(error)}", path=shown) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise InputError("not a regular file", path=shown)
    return os.fdopen(handle, "rb")


def read_bounded(path: Path, *, max_bytes: int = limits.TEXT_BYTES, shown: str | None = None) -> bytes:
    """Read a whole file that must not be larger than ``max_bytes``; a link is followed.

    Raises:
        MissingPathError, InputError: as ``open_regular``.
        LimitExceededError: it is larger.
    """
    shown = str(path) if shown is None else shown
    try:
        with open_regular(path, shown=shown, follow=True) as source:
            data = source.read(max_bytes + 1)
    except OSError as error:
        raise MissingPathError(f"cannot be read: {_reason(error)}", path=shown) from error
    if len(data) > max_bytes:
        raise LimitExceededError(f"larger than {max_bytes} bytes", path=shown)
    return data


def _reason(error: OSError) -> str:
    return (error.strerror or "error").lower()


class _Scan:
    """The state of one survey; entries are visited in order of name, so the result does not depend on the disk.

    A ``chain`` holds the real paths of the directories that the present one was reached through, itself last. Links
    are followed once for every path that leads to them, so that links to links can multiply: ``limits.SCAN_ENTRIES``
    bounds the whole.
    """

    def __init__(self, root: Path) -> None:
        self.root = os.fspath(root)
        self.real_root = os.path.realpath(root)
        self.seen = 0
        self.sources: dict[RelPath, SourceFile] = {}
        self.links: list[Link] = []
        self.bad: list[BadEntry] = []
        self.empty: list[RelPath] = []
        self.directories: set[RelPath] = set()
        self.version_control: list[str] = []

    def walk(self, prefix: str, chain: tuple[str, ...], via: RelPath | None) -> None:
        """Visit one directory, which lies at ``chain[-1]`` and is seen at ``prefix``."""
        try:
            entries = self._list(chain[-1])
        except OSError as error:
            if not prefix:
                raise MissingPathError(f"no readable directory: {_reason(error)}", path=self.root) from error
            self.bad.append(BadEntry(prefix, f"a directory that cannot be read ({_reason(error)})"))
            return
        if not entries and prefix:
            self.empty.append(RelPath(prefix))
        for entry in entries:
            self._visit(entry, prefix, chain, via)

    def _list(self, real: str) -> list[os.DirEntry[str]]:
        with os.scandir(real) as listing:
            entries = list(itertools.islice(listing, limits.SCAN_ENTRIES - self.seen + 1))
        self.seen += len(entries)
        if self.seen > limits.SCAN_ENTRIES:
            raise LimitExceededError(f"more than {limits.SCAN_ENTRIES} entries below one directory", path=self.root)
        return sorted(entries, key=lambda entry: entry.name)

    def _visit(self, entry: os.DirEntry[str], prefix: str, chain: tuple[str, ...], via: RelPath | None) -> None:
        raw = f"{prefix}/{entry.name}" if prefix else entry.name
        if entry.name == ".git":  # never part of a plugin, also as a file (submodule)
            self.version_control.append(raw)
            return
        try:
            path = RelPath(raw)
        except UnsafePathError as error:
            self.bad.append(BadEntry(_printable(raw), error.message.removeprefix("unsafe path: "), error.rule))
            return
        try:
            self._visit_safe(path, entry, chain, via)
        except FileNotFoundError:
            return  # removed while we looked, like the temporary files of editors
        except OSError as error:
            self.bad.append(BadEntry(path, f"an entry that cannot be read ({_reason(error)})"))

    def _visit_safe(self, path: RelPath, entry: os.DirEntry[str], chain: tuple[str, ...], via: RelPath | None) -> None:
        if _is_link(entry):
            self._visit_link(path, entry, chain)
        elif entry.is_dir(follow_symlinks=False):
            self.directories.add(path)
            self.walk(path, (*chain, entry.path), via)
        else:
            self._add_file(path, entry.stat(follow_symlinks=False), via)

    def _add_file(self, path: RelPath, info: os.stat_result, via: RelPath | None) -> None:
        if stat.S_ISREG(info.st_mode):
            self.sources[path] = SourceFile(path, info.st_size, stat.S_IMODE(info.st_mode), via)
        else:
            self.bad.append(BadEntry(path, _KINDS.get(stat.S_IFMT(info.st_mode), "a special file"), "C23"))

    def _visit_link(self, path: RelPath, entry: os.DirEntry[str], chain: tuple[str, ...]) -> None:
        target, full = os.readlink(entry.path), os.path.join(self.root, path)
        try:
            info = os.stat(full)  # first, since the system bounds how many links one path may pass
            real = os.path.realpath(entry.path, strict=True)
        except OSError as error:
            fate = LinkFate.LOOP if error.errno == errno.ELOOP else LinkFate.DANGLING
            self.links.append(Link(path, _printable(target), LinkFate.ABSOLUTE if os.path.isabs(target) else fate))
            return
        fate = self._fate_of(target, real, chain)
        is_directory = stat.S_ISDIR(info.st_mode)
        self.links.append(Link(path, _printable(target), fate, is_directory))
        if fate is LinkFate.INSIDE and is_directory:
            self.directories.add(path)
            self.walk(path, (*chain, real), path)
        elif fate is LinkFate.INSIDE:
            self._add_file(path, info, path)

    def _fate_of(self, target: str, real: str, chain: tuple[str, ...]) -> LinkFate:
        if os.path.isabs(target):
            return LinkFate.ABSOLUTE
        if real in chain:
            return LinkFate.LOOP
        below, root, inner = real.partition(self.real_root + os.sep)
        if below or not root or ".git" in inner.split(os.sep):  # what version control keeps is no part of the plugin
            return LinkFate.LEAVES
        return LinkFate.INSIDE


def _is_link(entry: os.DirEntry[str]) -> bool:
    """Symbolic links, and the junctions of Windows (known from Python 3.12 on; modelled, not run)."""
    return entry.is_symlink() or bool(getattr(entry, "is_junction", bool)())


def _printable(raw: str) -> str:
    """Make a name that is not UTF-8 a text: odd bytes become backslash escapes."""
    return os.fsencode(raw).decode(errors="backslashreplace")


def iter_levels(paths: Sequence[RelPath]) -> Iterator[RelPath]:
    """Yield every directory that the paths imply, parents first, each once."""
    seen: set[str] = set()
    for path in paths:
        segments = path.split("/")[:-1]
        for depth in range(1, len(segments) + 1):
            level = "/".join(segments[:depth])
            if level not in seen:
                seen.add(level)
                yield RelPath(level)

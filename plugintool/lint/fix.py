"""``Edit``: one step of a repair; and the tree as it will be when edits are made, before anything is written.

A rule carries a function from one of its findings to the edits that repair it; they are made together or not at all.
Edits name spans of bytes, so that what they do not name stays: line ends, byte order marks, indents.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, BinaryIO, TypeAlias

from plugintool.frozen import dataclass, field, replace
from plugintool.jsonedit import Splice, splice
from plugintool.relpath import RelPath, fold
from plugintool.report import Finding
from plugintool.tree.directory import SourceFile, Survey


@dataclass(frozen=True, slots=True)
class Replace:
    """Other bytes in place of a span of one file."""

    path: RelPath
    span: Splice


@dataclass(frozen=True, slots=True)
class Rename:
    """Another path for one file; the directories above it come and go with it."""

    path: RelPath
    to: RelPath


@dataclass(frozen=True, slots=True)
class Mode:
    """Other permission bits for one file."""

    path: RelPath
    mode: int


@dataclass(frozen=True, slots=True)
class Remove:
    """One file less; the directories above it go when they are empty."""

    path: RelPath


@dataclass(frozen=True, slots=True)
class Detach:
    """A copy of the file in the place of one symbolic link to it."""

    path: RelPath


@dataclass(frozen=True, slots=True)
class Create:
    """A file that is not there yet."""

    path: RelPath
    data: bytes


Edit: TypeAlias = Replace | Rename | Mode | Remove | Detach | Create
Fix: TypeAlias = Callable[[Any, Finding], Iterable[Edit]]
"""Yields the edits that repair one finding in its plugin; none when that needs a person."""


@dataclass(frozen=True)
class Mended(Survey):
    """A source tree as it will be.

    Attributes:
        before: what was in the files with new contents, by their path on disk.
        written: the new contents, also of new files.
        origins: where on disk a file with another path is.
    """

    before: Mapping[RelPath, bytes] = field(default_factory=dict)
    written: Mapping[RelPath, bytes] = field(default_factory=dict)
    origins: Mapping[RelPath, RelPath] = field(default_factory=dict)

    def open(self, path: RelPath) -> BinaryIO:
        """Open one file as it will be."""
        return io.BytesIO(self.written[path]) if path in self.written else super().open(self.origin(path))

    def read(self, path: RelPath) -> bytes:
        """Return the whole content of one file.

        Raises:
            InputError: it is not there or not readable.
        """
        with self.open(path) as source:
            return source.read()

    def origin(self, path: RelPath) -> RelPath:
        """Return the path on disk of one file."""
        return self.origins.get(path, path)

    @cached_property
    def taken(self) -> frozenset[str]:
        """The paths of everything that is no directory, folded."""
        strange = (*(link.path for link in self.links), *(bad.raw for bad in self.bad))
        return frozenset(map(fold, (*self.sources, *strange)))


def unchanged(found: Survey) -> Mended:
    """Return a tree as one to which edits can be made."""
    if isinstance(found, Mended):
        return found
    return Mended(**{name: getattr(found, name) for name in Survey.__dataclass_fields__})


class Step:
    """Sets of edits that can be made to one tree in one go."""

    def __init__(self, tree: Mended) -> None:
        self.tree = tree
        self.edits: list[Edit] = []
        self._spans: dict[RelPath, list[Splice]] = {}
        self._touched: set[str] = set()
        self._moved: set[str] = set()

    def add(self, edits: Iterable[Edit]) -> bool:
        """Take a set of edits, all or none; none when they do not fit the tree, or what was taken before."""
        edits = tuple(edits)
        if not edits or not all(self._fits(edit) for edit in edits):
            return False
        for edit in edits:
            self._take(edit)
        return True

    def make(self) -> Mended:
        """Return the tree with all edits made."""
        return make(self.tree, self.edits)

    def _fits(self, edit: Edit) -> bool:
        """Whether its file is there, is no view through a link, and has not been changed in the same place."""
        if not isinstance(edit, Create):
            source = self.tree.sources.get(edit.path)
            if source is None or source.via != (edit.path if isinstance(edit, Detach) else None):
                return False
        paths = {fold(path) for path in _paths(edit)}
        if not paths.isdisjoint(self._moved):
            return False
        if isinstance(edit, Replace):
            return not any(_touch(edit.span, span) for span in self._spans.get(edit.path, ()))
        if isinstance(edit, Mode):
            return True
        return paths.isdisjoint(self._touched) and (isinstance(edit, (Remove, Detach)) or self._is_free(edit))

    def _is_free(self, edit: Rename | Create) -> bool:
        """Whether nothing stands where the edit puts a file: no file or link, and none in place of a directory."""
        target = _paths(edit)[-1]
        own = {fold(edit.path)} if isinstance(edit, Rename) else set()
        above = {fold(path) for path in _above([target])}
        free = fold(target) not in self.tree.taken - own if own else fold(target) not in self.tree.taken
        return free and self.tree.taken.isdisjoint(above) and target not in self.tree.directories

    def _take(self, edit: Edit) -> None:
        paths = {fold(path) for path in _paths(edit)}
        self.edits.append(edit)
        self._touched |= paths
        if isinstance(edit, Replace):
            self._spans.setdefault(edit.path, []).append(edit.span)
        elif not isinstance(edit, Mode):
            self._moved |= paths


def make(tree: Mended, edits: Iterable[Edit]) -> Mended:
    """Return the tree with edits made that fit it and each other: a ``Step`` has seen to that."""
    edits = tuple(edits)
    sources, before = dict(tree.sources), dict(tree.before)
    written, origins = dict(tree.written), dict(tree.origins)
    spans: dict[RelPath, list[Splice]] = {}
    for edit in edits:
        if isinstance(edit, Replace):
            spans.setdefault(edit.path, []).append(edit.span)
        elif isinstance(edit, Mode):
            sources[edit.path] = replace(sources[edit.path], mode=edit.mode)
        elif isinstance(edit, Remove):
            del sources[edit.path]
        elif isinstance(edit, Detach):
            written[edit.path] = tree.read(edit.path)
            sources[edit.path] = replace(sources[edit.path], via=None)
        elif isinstance(edit, Create):
            written[edit.path] = edit.data
            sources[edit.path] = SourceFile(edit.path, len(edit.data), 0o644)
        else:
            sources[edit.to] = replace(sources.pop(edit.path), path=edit.to)
            origins[edit.to] = origins.pop(edit.path, edit.path)
            if edit.path in written:
                written[edit.to] = written.pop(edit.path)
    for path, changes in spans.items():
        old = tree.read(path)
        if path not in tree.written:
            before[tree.origin(path)] = old
        written[path] = splice(old, changes)
        sources[path] = replace(sources[path], size=len(written[path]))
    detached = {edit.path for edit in edits if isinstance(edit, Detach)}
    links = tuple(link for link in tree.links if link.path not in detached)
    return _assembled(tree, sources, links=links, before=before, written=written, origins=origins)


def _assembled(tree: Mended, sources: Mapping[RelPath, SourceFile], **parts: Any) -> Mended:
    """Put files in order, and let directories go that held nothing but files that have gone."""
    held, hold = _above(tree.sources), _above(sources)
    directories = (tree.directories - (held - hold)) | hold
    in_order = {path: sources[path] for path in sorted(sources)}
    return replace(tree, sources=in_order, directories=directories, **parts)


def _paths(edit: Edit) -> tuple[RelPath, ...]:
    return (edit.path, edit.to) if isinstance(edit, Rename) else (edit.path,)


def _touch(one: Splice, other: Splice) -> bool:
    return one.start <= other.end and other.start <= one.end


def _above(paths: Iterable[RelPath]) -> frozenset[RelPath]:
    parts = (path.split("/") for path in paths)
    return frozenset(RelPath("/".join(names[:depth])) for names in parts for depth in range(1, len(names)))

"""A survey in which some files are taken from elsewhere: what was vendored or written lies over what the author has."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

from plugintool.frozen import dataclass, field, replace
from plugintool.relpath import RelPath
from plugintool.tree.directory import SourceFile, Survey, iter_levels, open_regular
from plugintool.tree.sink import FILE_MODE


@dataclass(frozen=True)
class OverlaidSurvey(Survey):
    """A survey some files of which are elsewhere on the disk, or nowhere.

    Attributes:
        places: where those files are, or what they hold, by path in the tree.
    """

    places: Mapping[RelPath, Path | bytes] = field(default_factory=dict)

    def open(self, path: RelPath) -> BinaryIO:
        """Open one file, wherever it is; links that the survey followed are followed."""
        place = self.places.get(path, self.root / path)
        return io.BytesIO(place) if isinstance(place, bytes) else open_regular(place, shown=path, follow=True)


def with_file(base: Survey, path: RelPath, content: bytes) -> OverlaidSurvey:
    """Return ``base`` with one file more, or with another content in its place."""
    sources = {**base.sources, path: SourceFile(path, len(content), FILE_MODE)}
    return OverlaidSurvey(
        root=base.root,
        sources=dict(sorted(sources.items())),
        links=base.links,
        bad=base.bad,
        empty_directories=tuple(one for one in base.empty_directories if not path.startswith(f"{one}/")),
        directories=base.directories.union(iter_levels([path])),
        version_control=base.version_control,
        places={**_places(base), path: content},
    )


def overlay(base: Survey, upper: Survey, *, at: str, covers: Callable[[str], bool]) -> OverlaidSurvey:
    """Return ``base`` with everything that ``covers`` names replaced by what ``upper`` has of it.

    Args:
        base: the tree below.
        upper: the tree above it.
        at: the directory of ``base`` that ``upper`` lies over; empty for the root.
        covers: whether a path, relative to ``at``, is taken from ``upper`` and from nowhere else.
    """
    prefix = f"{at}/" if at else ""

    def is_kept(path: str) -> bool:
        return not path.startswith(prefix) or not covers(path.removeprefix(prefix))

    def moved(path: str) -> RelPath:
        return RelPath(prefix + path)

    def kept(paths: Iterable[RelPath]) -> list[RelPath]:
        return [path for path in paths if is_kept(path)]

    def added(paths: Iterable[RelPath]) -> list[RelPath]:
        return [moved(path) for path in paths if covers(path)]

    over = {moved(path): file for path, file in upper.sources.items() if covers(path)}
    sources = {path: base.sources[path] for path in kept(base.sources)}
    for path, file in over.items():
        sources[path] = replace(file, path=path, via=moved(file.via) if file.via else None)
    places = {path: place for path, place in _places(base).items() if is_kept(path)}
    links = [link for link in base.links if is_kept(link.path)]
    links += [replace(link, path=moved(link.path)) for link in upper.links if covers(link.path)]
    bad = [entry for entry in base.bad if is_kept(entry.raw)]
    bad += [replace(entry, raw=prefix + entry.raw) for entry in upper.bad if covers(entry.raw)]
    return OverlaidSurvey(
        root=base.root,
        sources={path: sources[path] for path in sorted(sources)},
        links=tuple(sorted(links, key=lambda link: link.path)),
        bad=tuple(sorted(bad, key=lambda entry: entry.raw)),
        empty_directories=tuple(sorted(kept(base.empty_directories) + added(upper.empty_directories))),
        directories=frozenset([*kept(base.directories), *added(upper.directories), *iter_levels(list(over))]),
        version_control=tuple(path for path in base.version_control if is_kept(path)),
        places=places | {path: _places(upper).get(file.path, upper.root / file.path) for path, file in over.items()},
    )


def _places(base: Survey) -> Mapping[RelPath, Path | bytes]:
    return base.places if isinstance(base, OverlaidSurvey) else {}

"""What the paths of ``build`` mean, and the source of one subject: its files, and what a marketplace says of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from plugintool import jsontext
from plugintool.build.plan import canonical_name
from plugintool.errors import InputError, MissingPathError
from plugintool.formats.patterns import Pattern
from plugintool.formats.project import Project, load_project
from plugintool.frozen import dataclass, replace
from plugintool.plugin.described import Described, described_plugins
from plugintool.plugin.discover import MARKETPLACE, find_plugins, is_bundle, is_plugin
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import MANIFEST
from plugintool.tree.directory import Survey, read_bounded, survey

_SPECIAL = str.maketrans({char: f"\\{char}" for char in "\\*?[!# "})
"""What means something in a pattern, and its escaped form."""


@dataclass(frozen=True, slots=True)
class BuildSubject:
    """One plugin or bundle to build.

    Attributes:
        shown: what it is called in reports.
        place: its directory.
        described: what a marketplace says of it when it has no manifest of its own.
    """

    shown: str
    place: Path
    described: Described | None = None

    @property
    def is_described(self) -> bool:
        """Whether a marketplace is all that makes it a plugin."""
        return self.described is not None


def build_subjects(paths: Iterable[Path]) -> list[BuildSubject]:
    """Find what is to be built, each once; a path that is nothing stays, so that its error is reported."""
    found: dict[str, BuildSubject] = {}
    for path in paths:
        try:
            found.update((subject.shown, subject) for subject in _of(path))
        except MissingPathError:
            found[str(path)] = BuildSubject(str(path), path)
    return list(found.values())


def _of(path: Path) -> Iterator[BuildSubject]:
    described = described_plugins(path) if path.is_dir() else []
    if not described or os.path.lexists(path / MARKETPLACE):
        known = {one.place for one in described}
        places = [place for place in find_plugins(path) if place not in known]
        if not described or places != [path] or is_plugin(path):
            yield from (BuildSubject(str(place), place) for place in places)
    for one in described:
        shown = f"{one.place}#{one.name}" if one.shared else str(one.place)
        yield BuildSubject(shown, one.place, one)


def source_of(subject: BuildSubject) -> Survey:
    """Look at the files of a subject.

    Raises:
        MissingPathError: it is no directory, or cannot be read.
        LimitExceededError: there are too many entries.
    """
    if not subject.place.is_dir():
        reason = "this is a file, not a directory" if os.path.lexists(subject.place) else "no such directory"
        raise MissingPathError(reason, path=subject.shown, hint="name the directory of a plugin or a bundle")
    found = survey(subject.place)
    return found if subject.described is None else subject.described.over(found)


def project_of(subject: BuildSubject, source: Survey, allowed_secrets: Sequence[str] = ()) -> Project:
    """Return the project file of a subject, with what the marketplace and the command line say.

    Args:
        subject: what is built.
        source: its files.
        allowed_secrets: paths, relative to it, of files that are shipped although they look like secrets.

    Raises:
        ConfigError, InputError: the project file cannot be used.
    """
    project = load_project(source)
    others = subject.described.others if subject.described else ()
    taken = [Pattern(f"/{path.translate(_SPECIAL)}/", "another entry of marketplace.json") for path in others]
    kept = [Pattern(f"!/{path.translate(_SPECIAL)}", "--allow-secret") for path in allowed_secrets]
    return replace(project, ignore=(*taken, *project.ignore, *kept))


def name_of(subject: BuildSubject) -> str:
    """Return the name that the built tree will have, as far as it can be told; else the path of the subject."""
    try:
        if subject.described is not None:
            return subject.described.name or subject.shown
        value = jsontext.read(read_bounded(subject.place / MANIFEST)).value
        name = value.get("name") if isinstance(value, dict) else None
        return name if isinstance(name, str) else subject.shown
    except InputError:
        pass
    if is_bundle(subject.place):
        return subject.shown
    try:
        return canonical_name(load_plugin(survey(subject.place)))
    except InputError:
        return subject.shown

"""``bump``: give a plugin or a bundle its next version, in all places at once and in nothing else."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from plugintool.author.version_places import Place, places_of, relative_to
from plugintool.errors import ConfigError, InputError
from plugintool.formats.semver import PARTS, SemVer, parse_version, raised
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.report import Report, collect
from plugintool.scaffold.write import Change, apply_changes
from plugintool.tree.directory import read_bounded


@dataclass(frozen=True, slots=True, kw_only=True)
class BumpRequest:
    """What is asked for.

    Attributes:
        to: ``major``, ``minor``, ``patch``, a version, or empty to raise the number of a pre-release.
        label: makes it a pre-release.
        force: set all places although they disagree, and also an older version.
        dry_run: show the changes only.
    """

    to: str
    label: str = ""
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bumped:
    """What was changed.

    Attributes:
        old, new: the version in the manifest before and afterwards; ``old`` is empty when there was none.
        places: each file with the field and what stood there.
        diff: the changes as a patch, where it was asked for.
        dry_run: whether nothing was written.
    """

    old: str
    new: str
    places: tuple[tuple[str, str, str], ...]
    diff: str = ""
    dry_run: bool = False

    def as_json(self) -> JsonObject:
        """Return the published form."""
        places: list[JsonValue] = [{"path": path, "field": field, "old": old} for path, field, old in self.places]
        return {"old": self.old, "new": self.new, "places": places, "diff": self.diff, "dry_run": self.dry_run}


def bump(root: Path, request: BumpRequest) -> Report[Bumped]:
    """Set the next version of the plugin or the bundle in ``root``; the subject of the report is the directory.

    Errors: ``ConfigError`` for a version that is none or not after the present one, ``InputError`` when the places
    disagree or a file cannot be edited, ``OutputError`` when one cannot be written; then nothing has changed.
    """
    return collect("bump", [os.fspath(root)], lambda _: _bump(root, request))


def _bump(root: Path, request: BumpRequest) -> Bumped:
    places = places_of(root)
    old = places[0].version
    new = _next(old, request)
    if not request.force:
        _check_agreement(places, new)
    changes = _changes(root, [place for place in places if place.version != new], new)
    top = Path(os.path.commonpath([os.path.realpath(file) for file in (root, *changes)]))
    wanted = [Change(relative_to(top, Path(os.path.realpath(file))), *texts) for file, texts in changes.items()]
    if not request.dry_run:
        apply_changes(top, (), wanted)
    told = tuple((os.path.relpath(place.path, root), place.field, place.version) for place in places)
    diff = _diff(top, wanted) if request.dry_run else ""
    return Bumped(old=old, new=new, places=told, diff=diff, dry_run=request.dry_run)


def _next(old: str, request: BumpRequest) -> str:
    present = parse_version(old)
    if request.to in (*PARTS, ""):
        if present is None:
            found = f"the present version {old!r} is no semantic version" if old else "there is no version yet"
            raise ConfigError(f"{found}, so it cannot be raised", hint="say the new version: plugintool bump 1.0.0")
        return str(raised(present, request.to, request.label))
    wanted = parse_version(request.to)
    if wanted is None:
        hint = "three numbers, as 1.2.3; perhaps -rc.1" if not request.to.startswith("v") else f"say {request.to[1:]}"
        raise ConfigError("not a version", found=request.to, expected=f"{', '.join(PARTS)} or a version", hint=hint)
    if request.label:
        raise ConfigError("a label and a whole version", field="--pre", hint="write it into the version")
    _check_order(present, wanted, request)
    return request.to


def _check_order(present: SemVer | None, wanted: SemVer, request: BumpRequest) -> None:
    if present is not None and wanted.order < present.order and not request.force:
        hint = "devices and hosts take only newer versions; add --force if it was never released"
        raise ConfigError(f"{wanted} comes before the present version {present}", hint=hint)


def _check_agreement(places: Sequence[Place], new: str) -> None:
    """Refuse to hide a mistake: versions that differ may mean that one of them was forgotten in the last release."""
    said = [place for place in places if not place.follows and place.version]
    if len({place.version for place in said} - {new}) > 1:
        raise InputError(
            "the places of the version disagree",
            problems=tuple(f"{place.path} {place.field}: {place.version}" for place in said),
            hint="set them all with --force",
        )


def _changes(root: Path, places: Sequence[Place], new: str) -> dict[Path, tuple[bytes, bytes]]:
    """Return each file with its content before and afterwards; a file may hold several places."""
    before = {place.path: read_bounded(place.path, shown=os.path.relpath(place.path, root)) for place in places}
    after = dict(before)
    for place in places:
        after[place.path] = place.write(after[place.path], new)
    return {path: (before[path], after[path]) for path in before if before[path] != after[path]}


def _diff(top: Path, wanted: Sequence[Change]) -> str:
    from plugintool.lint.fix_diff import patch  # noqa: PLC0415 - only where it is asked for
    from plugintool.lint.fix_write import Change as Told  # noqa: PLC0415 - as above

    told = (Told(change.path, change.path, change.before, change.after, 0o644, 0o644) for change in wanted)
    below = os.path.relpath(top).replace(os.sep, "/")
    return patch(told, below="" if below == "." else below)

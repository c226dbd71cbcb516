"""``Diff``: what one release of a plugin or bundle can do that another cannot, and which files differ.

A pure function over two sides. ``diff(a, b)`` and ``diff(b, a)`` say the same with the sides exchanged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from enum import StrEnum

from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject
from plugintool.plugin.traits import COMPONENT_KINDS, TRAIT_KINDS, Trait
from plugintool.tree.record import Record, RecordEntry

_ORDER = {kind: place for place, kind in enumerate(TRAIT_KINDS)}
_RENAMED = frozenset(COMPONENT_KINDS.values())
ANY_NEW, ANY_REMOVAL, ANY_CHANGE = "any-new", "any-removal", "any-change"
GATES = {
    **{f"new-{kind}": f"{what}: it is new, or it is not what it was" for kind, what in TRAIT_KINDS.items()},
    ANY_NEW: "anything of any kind that is new, or is not what it was",
    ANY_REMOVAL: "anything of any kind that is gone, or has another name",
    ANY_CHANGE: "any difference, be it in one byte of one file",
}
"""What ``diff --fail-on`` takes, and what each stops."""


class What(StrEnum):
    """How a thing differs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"
    MODE = "mode"


@dataclass(frozen=True)
class Side:
    """One release.

    Attributes:
        kind: ``source tree``, ``built tree``, ``archive`` or ``bundle``.
        name, version: where it has them, else empty.
        traits: what it can do, without its programs.
        record: its files, as they are or would be shipped.
    """

    kind: str
    name: str
    version: str
    traits: frozenset[Trait]
    record: Record

    @property
    def all_traits(self) -> frozenset[Trait]:
        """What it can do, its programs among it."""
        programs = (Trait("executable", entry.path) for entry in self.record.entries if entry.executable)
        return self.traits | frozenset(programs)

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "kind": self.kind,
            "name": self.name,
            "version": self.version,
            "digest": self.record.digest,
            "files": len(self.record.entries),
            "bytes": self.record.total_bytes,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """One difference in what a plugin can do.

    Attributes:
        what: how it differs.
        kind: a key of ``TRAIT_KINDS``.
        name: of the trait; of a renamed one the older name.
        before, after: the details; of a renamed one the names. Empty on the side on which there is nothing.
    """

    what: What
    kind: str
    name: str
    before: str = ""
    after: str = ""

    def as_text(self) -> str:
        """Return it in one line, without a sign before it."""
        if self.what is What.RENAMED:
            return f"{self.kind} {self.before} is now {self.after}"
        if self.what is What.CHANGED:
            return f"{self.kind} {self.name} {self.after or '(nothing)'}, before: {self.before or '(nothing)'}"
        return " ".join(part for part in (self.kind, self.name, self.after or self.before) if part)

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "change": self.what.value,
            "kind": self.kind,
            "name": self.name,
            "before": self.before,
            "after": self.after,
        }


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file that differs: in content (``changed``), only in whether it is executable (``mode``), or altogether."""

    path: str
    before: RecordEntry | None
    after: RecordEntry | None

    @property
    def what(self) -> What:
        """How it differs."""
        if self.before is None or self.after is None:
            return What.ADDED if self.before is None else What.REMOVED
        return What.MODE if self.before.sha256 == self.after.sha256 else What.CHANGED

    def as_json(self) -> JsonObject:
        """Return the published form."""
        before = None if self.before is None else self.before.as_json()
        after = None if self.after is None else self.after.as_json()
        return {"change": self.what.value, "path": self.path, "before": before, "after": after}


@dataclass(frozen=True)
class Diff:
    """What differs between two sides; both lists are in the order in which they are shown."""

    old: Side
    new: Side
    behaviour: tuple[Change, ...]
    files: tuple[FileChange, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not self.behaviour and not self.files

    def stopped_by(self, gates: Collection[str]) -> Iterator[tuple[str, str]]:
        """Yield each gate that is hit, and by what, in order.

        Args:
            gates: keys of ``GATES``.
        """
        for change in self.behaviour:
            for gate in _gates_of(change):
                if gate in gates:
                    yield gate, change.as_text()
        if ANY_CHANGE in gates:
            yield from ((ANY_CHANGE, f"{change.path} ({change.what})") for change in self.files)

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "old": self.old.as_json(),
            "new": self.new.as_json(),
            "behaviour": [change.as_json() for change in self.behaviour],
            "files": [change.as_json() for change in self.files],
        }


def diff(old: Side, new: Side) -> Diff:
    """Compare two sides."""
    return Diff(old, new, tuple(sorted(_changes(old, new), key=_place)), tuple(_file_changes(old.record, new.record)))


def _place(change: Change) -> tuple[int, str, str, str, str]:
    return _ORDER[change.kind], change.name, change.what, change.before, change.after


def _gates_of(change: Change) -> Iterator[str]:
    if change.what is not What.REMOVED:
        yield f"new-{change.kind}"
        yield ANY_NEW
    if change.what in {What.REMOVED, What.RENAMED}:
        yield ANY_REMOVAL
    yield ANY_CHANGE


def _changes(old: Side, new: Side) -> Iterator[Change]:
    before, after = old.all_traits, new.all_traits
    gone, come = before - after, after - before
    for was, now in _pairs(gone, come, lambda trait: trait.name):
        yield Change(What.CHANGED, was.kind, was.name, was.detail, now.detail)
        gone, come = gone - {was}, come - {now}
    for was, now in _pairs(gone, come, lambda trait: trait.likeness if trait.kind in _RENAMED else ""):
        yield Change(What.RENAMED, was.kind, was.name, was.name, now.name)
        gone, come = gone - {was}, come - {now}
    yield from (Change(What.REMOVED, trait.kind, trait.name, trait.detail, "") for trait in gone)
    yield from (Change(What.ADDED, trait.kind, trait.name, "", trait.detail) for trait in come)


def _pairs(
    gone: Collection[Trait], come: Collection[Trait], key: Callable[[Trait], str]
) -> Iterator[tuple[Trait, Trait]]:
    """Yield what is the same thing on both sides: of one kind, with one key that nothing else has on its side."""
    sides = []
    for traits in (gone, come):
        keyed = [((trait.kind, key(trait)), trait) for trait in traits if key(trait)]
        numbers = Counter(place for place, _ in keyed)
        sides.append({place: trait for place, trait in keyed if numbers[place] == 1})
    yield from ((was, sides[1][place]) for place, was in sides[0].items() if place in sides[1])


def _file_changes(old: Record, new: Record) -> Iterator[FileChange]:
    before, after = ({entry.path: entry for entry in record.entries} for record in (old, new))
    for path in sorted({*before, *after}):
        if before.get(path) != after.get(path):
            yield FileChange(path, before.get(path), after.get(path))

"""Laws of ``diff``: nothing differs from itself, and the sides can be exchanged."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.digest import sha256
from plugintool.plugin.diff import GATES, Change, FileChange, Side, What, diff
from plugintool.plugin.traits import TRAIT_KINDS, Trait
from plugintool.relpath import RelPath
from plugintool.tree.record import Record, RecordEntry

WORDS = st.sampled_from(["", "a", "b", "c", "runs x", "\u202e", "é"])
TRAITS = st.builds(Trait, st.sampled_from([kind for kind in TRAIT_KINDS if kind != "executable"]), WORDS, WORDS, WORDS)
ENTRIES = st.dictionaries(
    st.sampled_from(["a", "b/c", "b/d", "e.md"]),
    st.tuples(st.sampled_from([b"", b"1", b"22"]), st.booleans()),
)


@st.composite
def sides(draw: st.DrawFn) -> Side:
    """A side with few names, so that two of them have much in common."""
    files = draw(ENTRIES)
    entries = [
        RecordEntry(RelPath(path), len(data), sha256(data), executable)
        for path, (data, executable) in sorted(files.items())
    ]
    return Side("built tree", draw(WORDS), draw(WORDS), draw(st.frozensets(TRAITS, max_size=8)), Record(tuple(entries)))


def inverse(change: Change) -> Change:
    """The same with the sides exchanged."""
    what = {What.ADDED: What.REMOVED, What.REMOVED: What.ADDED}.get(change.what, change.what)
    name = change.after if change.what is What.RENAMED else change.name
    return Change(what, change.kind, name, change.after, change.before)


@settings(deadline=None)
@given(sides())
def test_nothing_differs_from_itself(one: Side) -> None:
    """And no gate is hit."""
    assert diff(one, one).is_empty
    assert list(diff(one, one).stopped_by(GATES)) == []


@settings(deadline=None)
@given(sides(), sides())
def test_the_sides_can_be_exchanged(old: Side, new: Side) -> None:
    """What is added one way is removed the other way."""
    forward, backward = diff(old, new), diff(new, old)
    assert sorted(map(inverse, forward.behaviour), key=Change.as_text) == sorted(backward.behaviour, key=Change.as_text)
    assert tuple(FileChange(one.path, one.after, one.before) for one in forward.files) == backward.files


@settings(deadline=None)
@given(sides(), sides())
def test_nothing_is_lost(old: Side, new: Side) -> None:
    """Whatever only one side has is told of exactly once, and nothing else is."""
    found = diff(old, new)
    told = sum(2 if change.what in {What.CHANGED, What.RENAMED} else 1 for change in found.behaviour)
    assert told == len(old.all_traits ^ new.all_traits)
    differing = {entry.path for entry in set(old.record.entries) ^ set(new.record.entries)}
    assert [change.path for change in found.files] == sorted(differing)


@settings(deadline=None)
@given(sides(), sides())
def test_any_change_is_hit_exactly_when_something_differs(old: Side, new: Side) -> None:
    """The gate of reproducible releases."""
    found = diff(old, new)
    assert bool(list(found.stopped_by({"any-change"}))) is not found.is_empty


@settings(deadline=None)
@given(st.permutations([Trait("host", "a"), Trait("host", "b"), Trait("hook", "x"), Trait("skill", "s")]))
def test_the_order_is_stable(traits: list[Trait]) -> None:
    """Sets have none of their own."""
    empty = Side("built tree", "", "", frozenset(), Record(()))
    shown = [change.as_text() for change in diff(empty, Side("x", "", "", frozenset(traits), Record(()))).behaviour]
    assert shown == ["hook x", "host a", "host b", "skill s"]

"""Two sides compared: what is new, gone, different, or has another name."""

from __future__ import annotations

import pytest

from plugintool.digest import sha256
from plugintool.plugin.diff import GATES, Diff, Side, What, diff
from plugintool.plugin.traits import TRAIT_KINDS, Trait
from plugintool.relpath import RelPath
from plugintool.tree.record import Record, RecordEntry


def entry(path: str, content: str = "", *, executable: bool = False) -> RecordEntry:
    return RecordEntry(RelPath(path), len(content), sha256(content.encode()), executable)


def side(*traits: Trait, files: tuple[RecordEntry, ...] = ()) -> Side:
    return Side("built tree", "demo", "1.0.0", frozenset(traits), Record(files))


def behaviour(old: Side, new: Side) -> list[str]:
    """The changes in one line each, with what they are."""
    return [f"{change.what} {change.as_text()}" for change in diff(old, new).behaviour]


HOOK = Trait("hook", "Stop *", "runs a.sh")
HOST = Trait("host", "a.example")


def test_the_same_gives_nothing() -> None:
    """Also with files."""
    one = side(HOOK, HOST, files=(entry("a", "x"),))
    assert diff(one, one).is_empty


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (side(), side(HOOK), ["added hook Stop * runs a.sh"]),
        (side(HOOK), side(), ["removed hook Stop * runs a.sh"]),
        (
            side(Trait("server", "s", "runs npx a")),
            side(Trait("server", "s", "runs npx b")),
            ["changed server s runs npx b, before: runs npx a"],
        ),
        (
            side(Trait("option", "key", "")),
            side(Trait("option", "key", "sensitive")),
            ["changed option key sensitive, before: (nothing)"],
        ),
        (
            side(Trait("skill", "a", "", "Greets.")),
            side(Trait("skill", "b", "", "Greets.")),
            ["renamed skill a is now b"],
        ),
        (
            side(Trait("skill", "a", "", "Greets.")),
            side(Trait("agent", "b", "", "Greets.")),
            ["removed skill a", "added agent b"],
        ),
        (side(Trait("skill", "a")), side(Trait("skill", "b")), ["removed skill a", "added skill b"]),
        (side(Trait("host", "a", "", "x")), side(Trait("host", "b", "", "x")), ["removed host a", "added host b"]),
    ],
    ids=["added", "removed", "changed", "changed from nothing", "renamed", "other kind", "no likeness", "no component"],
)
def test_each_way_to_differ(old: Side, new: Side, expected: list[str]) -> None:
    """In words."""
    assert behaviour(old, new) == expected


def test_two_of_one_name_are_not_paired() -> None:
    """Which of two hooks of an event became which of two others is nobody's guess."""
    old = side(Trait("hook", "Stop *", "runs a"), Trait("hook", "Stop *", "runs b"))
    new = side(Trait("hook", "Stop *", "runs c"), Trait("hook", "Stop *", "runs b"))
    assert behaviour(old, new) == ["changed hook Stop * runs c, before: runs a"]
    new = side(Trait("hook", "Stop *", "runs c"), Trait("hook", "Stop *", "runs d"))
    assert [change.what for change in diff(old, new).behaviour].count(What.CHANGED) == 0


def test_programs_are_told_by_the_record() -> None:
    """A file that becomes one is new, whatever its content was before."""
    old, new = side(files=(entry("bin/x", "#!"),)), side(files=(entry("bin/x", "#!", executable=True),))
    assert behaviour(old, new) == ["added executable bin/x"]
    assert [change.what for change in diff(old, new).files] == [What.MODE]


def test_kinds_come_in_the_order_in_which_they_matter() -> None:
    """Hooks first, names of components last; within a kind by name."""
    traits = [Trait(kind, name) for kind in reversed(TRAIT_KINDS) for name in ("b", "a")]
    shown = [(change.kind, change.name) for change in diff(side(), side(*traits)).behaviour]
    assert shown == [(kind, name) for kind in TRAIT_KINDS for name in ("a", "b")]


def test_files_are_compared_by_content_and_by_mode() -> None:
    """Sorted by path; a file that differs in both is changed."""
    old = side(files=(entry("a", "1"), entry("b", "1"), entry("d", "1"), entry("e", "1")))
    new = side(files=(entry("a", "2"), entry("c", "1"), entry("d", "1", executable=True), entry("e", "1")))
    found = diff(old, new)
    assert [(change.path, change.what.value) for change in found.files] == [
        ("a", "changed"),
        ("b", "removed"),
        ("c", "added"),
        ("d", "mode"),
    ]


def test_the_published_form() -> None:
    """Texts, numbers and nothing else."""
    old = side(Trait("server", "s", "runs a"), files=(entry("a", "1"),))
    new = side(Trait("server", "s", "runs b"), files=(entry("b", "12"),))
    value = diff(old, new).as_json()
    assert value["behaviour"] == [
        {"change": "changed", "kind": "server", "name": "s", "before": "runs a", "after": "runs b"}
    ]
    assert value["files"] == [
        {"change": "removed", "path": "a", "before": old.record.entries[0].as_json(), "after": None},
        {"change": "added", "path": "b", "before": None, "after": new.record.entries[0].as_json()},
    ]
    assert value["new"] == {
        "kind": "built tree",
        "name": "demo",
        "version": "1.0.0",
        "digest": new.record.digest,
        "files": 1,
        "bytes": 2,
    }


def hits(found: Diff, *gates: str) -> list[str]:
    return [gate for gate, _ in found.stopped_by(gates)]


@pytest.mark.parametrize("kind", TRAIT_KINDS)
def test_there_is_a_gate_for_each_kind(kind: str) -> None:
    """It stops what is new and what is not what it was, and nothing of another kind."""
    others = [gate for gate in GATES if gate.startswith("new-") and gate != f"new-{kind}"]
    files = (entry("x", executable=True),) if kind == "executable" else ()
    one = () if files else (Trait(kind, "x", "one"),)
    new = diff(side(), side(*one, files=files))
    assert hits(new, f"new-{kind}") == [f"new-{kind}"]
    assert hits(new, *others) == []
    gone = diff(side(*one, files=files), side())
    assert hits(gone, f"new-{kind}") == []
    assert hits(gone, "any-removal") == ["any-removal"]
    if one:
        changed = diff(side(*one), side(Trait(kind, "x", "two")))
        assert hits(changed, f"new-{kind}", "any-removal") == [f"new-{kind}"]


def test_a_gate_that_was_not_asked_for_stops_nothing() -> None:
    """Nor does any without a difference."""
    assert hits(diff(side(), side(HOOK))) == []
    assert hits(diff(side(HOOK), side(HOOK)), *GATES) == []


def test_any_change_stops_one_byte_of_one_file() -> None:
    """The question whether two artifacts are the same."""
    old, new = side(files=(entry("a", "1"),)), side(files=(entry("a", "2"),))
    assert list(diff(old, new).stopped_by({"any-change"})) == [("any-change", "a (changed)")]
    assert hits(diff(old, new), "any-new", "any-removal") == []


def test_a_component_with_another_name_is_new_and_gone() -> None:
    """Whoever typed the older name misses it."""
    found = diff(side(Trait("agent", "a", "", "d")), side(Trait("agent", "b", "", "d")))
    assert hits(found, "new-agent", "any-removal") == ["new-agent", "any-removal"]

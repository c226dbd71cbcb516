"""Records: one form for one tree, read back exactly, and nothing read that could not have been written."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from plugintool import jsontext, limits
from plugintool.digest import Digest
from plugintool.errors import MalformedFileError, UnsafePathError
from plugintool.jsontext import JsonValue
from plugintool.relpath import RelPath, fold
from plugintool.tree.copy import record_of
from plugintool.tree.entry import collisions
from plugintool.tree.memory import MemoryTree
from plugintool.tree.record import Record, RecordEntry, from_json, is_ours

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=4) | st.sampled_from(
    ["a", "A", "b", "SKILL.md", "\u00e9", "\ue000", "\U00010000", "\ufb01", "fi", "\u212b", "k"]
)


def safe(raw: str) -> RelPath | None:
    try:
        return RelPath(raw)
    except UnsafePathError:
        return None


def distinct(paths: list[RelPath]) -> list[RelPath]:
    """Keep the paths that collide with none before them, sorted."""
    kept: list[RelPath] = []
    for path in paths:
        if not is_ours(path) and not collisions([*kept, path]):
            kept.append(path)
    return sorted(kept)


PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=3).map("/".join).map(safe), max_size=8).map(
    lambda found: [path for path in found if path is not None]
)
ENTRIES = st.tuples(
    st.integers(0, 2**20),
    st.binary(max_size=4).map(lambda data: Digest(hashlib.sha256(data).hexdigest())),
    st.booleans(),
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    return Record(tuple(RecordEntry(path, *draw(ENTRIES)) for path in distinct(draw(PATHS))))


ODD_VALUES: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=5) | st.just("0" * 64)
)
ODD_ENTRIES = st.fixed_dictionaries(
    {
        "path": st.text(max_size=5) | ODD_VALUES,
        "size": st.integers(0, 9) | ODD_VALUES,
        "sha256": st.just("0" * 64) | ODD_VALUES,
        "executable": st.booleans() | ODD_VALUES,
    }
)


@given(records())
def test_round_trip(record: Record) -> None:
    """Canonical bytes read back as an equal record with the same bytes and digest."""
    read = from_json(jsontext.read_strict(record.canonical, path="x"), path="x")
    assert read == record
    assert read.canonical == record.canonical == jsontext.canonical(record.as_json())
    assert read.digest == hashlib.sha256(record.canonical).hexdigest()
    assert read.total_bytes == sum(entry.size for entry in record.entries)


@given(records())
def test_canonical_form_is_what_others_write(record: Record) -> None:
    """Sorted keys and no blanks is all it takes: any JSON library can check a record."""
    plain = [
        {"path": entry.path, "size": entry.size, "sha256": entry.sha256, "executable": entry.executable}
        for entry in record.entries
    ]
    assert json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == record.canonical


@given(records(), st.data())
def test_any_change_changes_the_digest(record: Record, data: st.DataObject) -> None:
    """Two different records never share a digest."""
    other = data.draw(records())
    assert (record == other) == (record.digest == other.digest)


@given(records(), st.randoms())
def test_only_one_order_is_read(record: Record, chance: Any) -> None:
    """Shuffled entries are refused unless they came out sorted."""
    items = record.as_json()
    chance.shuffle(items)
    if items == record.as_json():
        assert from_json(items, path="x") == record
        return
    try:
        from_json(items, path="x")
    except MalformedFileError:
        return
    raise AssertionError("an unsorted record was read")


@given(st.lists(ODD_ENTRIES | ODD_VALUES, max_size=3) | ODD_VALUES)
def test_reading_is_total_and_strict(value: JsonValue) -> None:
    """Anything is refused with one class of error, or is exactly the JSON of what was read."""
    try:
        record = from_json(value, path="x")
    except MalformedFileError:
        return
    assert record.as_json() == value
    assert json.dumps(record.as_json()) == json.dumps(value)
    assert all(0 <= entry.size <= limits.TREE_BYTES for entry in record.entries)


@given(PATHS)
def test_collisions_agree_with_a_plain_statement(paths: list[RelPath]) -> None:
    """A list is free of them exactly if all folded levels that differ in spelling, or are files, are different."""
    levels: dict[str, set[tuple[str, bool]]] = {}
    for path in paths:
        for depth in range(1, len(path.segments) + 1):
            spelled = "/".join(path.segments[:depth])
            levels.setdefault(fold(spelled), set()).add((spelled, depth == len(path.segments)))
    clean = len(set(paths)) == len(paths) and all(len(spellings) == 1 for spellings in levels.values())
    assert (collisions(paths) == []) == clean
    assert collisions(paths) == sorted(collisions(reversed(paths)))


@given(st.dictionaries(st.sampled_from(["a", "b/c", "b/d", "\u00e9", "version.json"]), st.binary(max_size=600)))
def test_record_of_says_what_is_there(contents: dict[str, bytes]) -> None:
    """Sizes, digests and marks follow from the bytes alone."""
    record = record_of(MemoryTree("demo", contents))
    assert {str(entry.path): entry.size for entry in record.entries} == {
        path: len(data) for path, data in contents.items() if path != "version.json"
    }
    for entry in record.entries:
        assert entry.sha256 == hashlib.sha256(contents[entry.path]).hexdigest()
        assert entry.executable == contents[entry.path].startswith((b"#!", b"\x7fELF")) or contents[
            entry.path
        ].startswith((b"\xfe\xed", b"\xce\xfa", b"\xcf\xfa", b"\xca\xfe"))

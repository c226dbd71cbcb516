"""The record has one form, and every other form is refused."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

import pytest

from plugintool import jsontext, limits
from plugintool.digest import sha256
from plugintool.errors import MalformedFileError
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.relpath import RelPath
from plugintool.tree.record import Record, RecordEntry, from_json, is_lineage_file, is_ours, is_proof, is_signature_file

EMPTY = sha256(b"")
ABC = sha256(b"abc")


def entry(path: str, size: int = 3, *, executable: bool = False) -> RecordEntry:
    return RecordEntry(RelPath(path), size, ABC, executable)


def item(path: JsonValue = "a", **changed: JsonValue) -> JsonObject:
    return {"path": path, "size": 3, "sha256": str(ABC), "executable": False, **changed}


def refusal(value: JsonValue) -> MalformedFileError:
    with pytest.raises(MalformedFileError) as caught:
        from_json(value, path="plugin.sigstore.json")
    assert caught.value.detail["path"] == "plugin.sigstore.json"
    return caught.value


# -- the form ----------------------------------------------------------------------------------------------------


def test_canonical_bytes_are_exactly_these() -> None:
    """Keys sorted, no blanks, entries in order: the form is a promise to verifiers that are not ours."""
    record = Record((RecordEntry(RelPath("a"), 0, EMPTY, executable=True), entry("b/\u00e9")))
    expected = (
        f'[{{"executable":true,"path":"a","sha256":"{EMPTY}","size":0}},'
        f'{{"executable":false,"path":"b/\u00e9","sha256":"{ABC}","size":3}}]'
    ).encode()
    assert record.canonical == expected
    assert record.digest == hashlib.sha256(expected).hexdigest()


def test_the_empty_record() -> None:
    """No files is a record as well."""
    assert Record(()).canonical == b"[]"
    assert Record(()).digest == hashlib.sha256(b"[]").hexdigest()
    assert Record(()).total_bytes == 0


def test_lookup_and_sum() -> None:
    """Entries by path, and the bytes of all."""
    record = Record((entry("a", 5), entry("b", 7)))
    assert record.by_path[RelPath("b")].size == 7
    assert set(record.by_path) == {"a", "b"}
    assert record.total_bytes == 12


@pytest.mark.parametrize("field", ["path", "size", "sha256", "executable"])
def test_every_member_counts(field: str) -> None:
    """A change of any member changes the digest."""
    other: dict[str, Any] = {"path": RelPath("b"), "size": 4, "sha256": EMPTY, "executable": True}
    changed = dataclasses.replace(entry("a"), **{field: other[field]})
    assert Record((entry("a"),)).digest != Record((changed,)).digest


def test_order_is_that_of_the_bytes() -> None:
    """Upper case before lower case, U+E000 before U+10000, a directory's files where its name and the slash fall."""
    names = ["Z", "a!/x", "a-b", "a.b", "a/b", "a0", "\u00e9", "\ue000", "\U00010000"]
    assert names == sorted(names, key=str.encode)
    assert [found.path for found in Record(tuple(entry(name) for name in names)).entries] == names


@pytest.mark.parametrize("names", [["b", "a"], ["a", "a"], ["A", "a"], ["a", "a/b"], ["\U00010000", "\ue000"]])
def test_a_record_of_our_own_making_holds_the_order(names: list[str]) -> None:
    """Unsorted or colliding entries are a mistake of the code."""
    with pytest.raises(ValueError, match="not sorted or not unique"):
        Record(tuple(entry(name) for name in names))


def test_records_compare_by_value() -> None:
    """Cached forms do not make equal records differ."""
    one, two = Record((entry("a"),)), Record((entry("a"),))
    assert one.digest
    assert one == two
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.entries = ()  # type: ignore[misc]


# -- our own files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("version.json", ""),
        (".claude-plugin/plugin.sigstore.json", "signature"),
        (".claude-plugin/plugin.0123abcd.sigstore.json", "signature"),
        (".claude-plugin/lineage.0123abcd.sigstore.json", "lineage"),
    ],
)
def test_our_three_kinds_of_file(path: str, kind: str) -> None:
    """They stand outside the record."""
    assert is_ours(path)
    assert is_signature_file(path) == (kind == "signature")
    assert is_lineage_file(path) == (kind == "lineage")
    assert is_proof(path) == bool(kind)


@pytest.mark.parametrize(
    "path",
    [
        "VERSION.json",
        "a/version.json",
        "version.json/x",
        "version.jsonx",
        "plugin.sigstore.json",
        "x/.claude-plugin/plugin.sigstore.json",
        ".claude-plugin/plugin.sigstore.json5",
        ".claude-plugin/plugin.sigstore.json\n",
        ".claude-plugin/pluginxsigstore.json",
        ".claude-plugin/plugin.0123ABCD.sigstore.json",
        ".claude-plugin/plugin.0123abc.sigstore.json",
        ".claude-plugin/plugin.0123abcd0.sigstore.json",
        ".claude-plugin/plugin..sigstore.json",
        ".claude-plugin/plugin.json",
        ".claude-plugin/lineage.sigstore.json",
        ".claude-plugin/lineage.0123ABCD.sigstore.json",
        ".claude-plugin/lineage.0123abcd.sigstore.json\n",
        "lineage.0123abcd.sigstore.json",
    ],
)
def test_everything_else_is_content(path: str) -> None:
    """A name that is merely like ours is signed content: nothing unsigned slips in under it."""
    assert not is_ours(path)
    assert not is_proof(path)


# -- reading -----------------------------------------------------------------------------------------------------


def test_reads_what_it_writes() -> None:
    """Through JSON text and back, with the same digest."""
    record = Record((entry(".claude-plugin/plugin.json"), entry("bin/x", executable=True), entry("\u00e9/\u4e2d")))
    read = from_json(json.loads(record.canonical), path="x")
    assert read == record
    assert read.digest == record.digest
    assert all(type(found.path) is RelPath for found in read.entries)


def test_reads_borders() -> None:
    """No entries, sizes 0 and the largest, any order of members."""
    assert from_json([], path="x") == Record(())
    assert from_json([item(size=0)], path="x").total_bytes == 0
    assert from_json([item(size=limits.TREE_BYTES)], path="x").total_bytes == limits.TREE_BYTES
    assert from_json([dict(reversed(item().items()))], path="x") == from_json([item()], path="x")


@pytest.mark.parametrize("value", [None, True, 0, "", "[]", {}, {"record": []}])
def test_refuses_what_is_no_list(value: JsonValue) -> None:
    """Only a list is a record."""
    assert "no list" in refusal(value).message


@pytest.mark.parametrize("value", [None, True, 1, "a", [], ["a", 3], {}, {"path": "a"}])
def test_refuses_an_entry_of_another_shape(value: JsonValue) -> None:
    """An entry is an object with the four members."""
    assert "other keys" in refusal([item("0"), value]).message


@pytest.mark.parametrize("missing", ["path", "size", "sha256", "executable"])
def test_refuses_a_missing_member(missing: str) -> None:
    """There are no defaults in signed content."""
    assert "other keys" in refusal([{key: value for key, value in item().items() if key != missing}]).message


@pytest.mark.parametrize("more", ["mode", "Path", "", "link"])
def test_refuses_a_further_member(more: str) -> None:
    """Nor is anything ignored in it."""
    assert "other keys" in refusal([item(**{more: None})]).message


@pytest.mark.parametrize(
    "size", [True, False, -1, 3.0, 0.5, "3", None, [], limits.TREE_BYTES + 1, 2**64, float("inf"), float("nan")]
)
def test_refuses_a_wrong_size(size: JsonValue) -> None:
    """A whole number from 0 to the limit; a boolean is no number."""
    assert "wrong value: 'a'" in refusal([item(size=size)]).message


@pytest.mark.parametrize("sha", [None, 1, "", "abc", ABC.upper(), ABC[:-1], ABC + "0", "sha256:" + ABC, ABC + "\n"])
def test_refuses_a_wrong_digest(sha: JsonValue) -> None:
    """64 lower-case hexadecimal digits."""
    assert "wrong value: 'a'" in refusal([item(sha256=sha)]).message


@pytest.mark.parametrize("executable", [None, 0, 1, "true", "", [], 0o755])
def test_refuses_a_wrong_mark(executable: JsonValue) -> None:
    """A boolean and nothing that merely counts as one."""
    assert "wrong value: 'a'" in refusal([item(executable=executable)]).message


@pytest.mark.parametrize(
    "path",
    [
        *("", "/a", "../a", "a/../b", "a//b", "a\\b", "C:a", "nul", "a.", ".git/x", "e\u0301", "a\u202eb", "\ud800"),
        *("a" * 256, "/".join("a" * 65), None, 1, True, ["a"], {"a": 1}),
    ],
)
def test_refuses_an_unsafe_path(path: JsonValue) -> None:
    """C16 to C21, and anything that is no text."""
    error = refusal([item(path)])
    assert "unsafe path" in error.message
    assert error.detail["found"] == str(path)[:200]


@pytest.mark.parametrize(
    "paths",
    [["b", "a"], ["a", "a"], ["A", "a"], ["a", "a/b"], ["A/x", "a/y"], ["file", "\ufb01le"], ["\U00010000", "\ue000"]],
)
def test_refuses_a_wrong_order_and_collisions(paths: list[str]) -> None:
    """Sorted by bytes, unique under every file system, files never parents."""
    assert "not sorted or not unique" in refusal([item(path) for path in paths]).message


@pytest.mark.parametrize(
    "path", ["version.json", ".claude-plugin/plugin.sigstore.json", ".claude-plugin/plugin.01234567.sigstore.json"]
)
def test_refuses_our_own_files_inside(path: str) -> None:
    """A record that names them could never be met."""
    assert "outside every record" in refusal([item(path)]).message


def test_number_of_entries_at_the_border() -> None:
    """20,000 pass, one more does not."""
    entries: list[JsonValue] = [item(f"{number:05}") for number in range(limits.TREE_FILES + 1)]
    assert len(from_json(entries[:-1], path="x").entries) == limits.TREE_FILES
    assert "20000" in refusal(entries).message


def test_bytes_of_all_files_at_the_border() -> None:
    """512 MiB together pass, one byte more does not."""
    half = limits.TREE_BYTES // 2
    assert from_json([item("a", size=half), item("b", size=half)], path="x").total_bytes == limits.TREE_BYTES
    assert "bytes" in refusal([item("a", size=half), item("b", size=half + 1)]).message


def test_foreign_text_in_errors_stays_short() -> None:
    """A path of a megabyte is not repeated whole."""
    error = refusal([item("x" * 2**20, size=-1)])
    assert len(error.message) < 400
    error = refusal([item("x" * 2**20)])
    assert len(error.message) + len(error.detail["found"]) < 600


def test_canonical_form_of_the_json_is_the_canonical_form() -> None:
    """``as_json`` and ``canonical`` say the same."""
    record = Record((entry("a"), entry("b")))
    assert jsontext.canonical(record.as_json()) == record.canonical

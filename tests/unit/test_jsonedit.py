"""JSON is edited in place: the change and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from plugintool import jsontext
from plugintool.errors import MalformedFileError
from plugintool.jsonedit import Document, Splice, splice

PRETTY = b'{\n  "a": 1,\n  "b": {\n    "c": [1, 2]\n  }\n}\n'
TABS = b'{\r\n\t"a": 1,\r\n\t"b": {\r\n\t\t"c": true\r\n\t}\r\n}\r\n'
LINE = b'{"a": 1, "b": {"c": [1, 2]}}'


def document(data: bytes) -> Document:
    return Document.parse(data, path="f.json")


class TestSplice:
    def test_changes_are_made_from_the_offsets_of_the_old_text(self) -> None:
        changes = [Splice(4, 5, b"EE"), Splice(0, 1, b""), Splice(2, 2, b"-")]
        assert splice(b"abcdef", changes) == b"b-cdEEf"

    def test_no_change_is_the_same_text(self) -> None:
        assert splice(b"abc", []) == b"abc"

    def test_many_changes_cost_no_more_than_the_text(self) -> None:
        """Cutting the text once for every change would take minutes here."""
        data = b"x\r\n" * 100_000
        changes = [Splice(position, position + 1, b"") for position in range(1, len(data), 3)]
        assert splice(data, changes) == b"x\n" * 100_000

    def test_offsets_count_bytes(self) -> None:
        data = '{"ä€🙂": "ö", "b": "ü"}'.encode()
        assert splice(data, [document(data).replace(("b",), "x")]) == '{"ä€🙂": "ö", "b": "x"}'.encode()


class TestReading:
    @pytest.mark.parametrize("data", [b"{", b"\xef\xbb\xbf{}", b'{"a": 1, "a": 2}', b'{"a": "\xff"}', b""])
    def test_a_text_with_a_flaw_is_not_edited(self, data: bytes) -> None:
        with pytest.raises(MalformedFileError):
            document(data)
        assert Document.of(jsontext.read(data)) is None

    def test_a_text_that_was_read_is_not_read_again(self) -> None:
        found = Document.of(jsontext.read(PRETTY))
        assert found == document(PRETTY)

    @pytest.mark.parametrize(("data", "indent"), [(PRETTY, "  "), (TABS, "\t"), (LINE, "  "), (b"[\n   1\n]", "   ")])
    def test_the_indent_is_that_of_the_file(self, data: bytes, indent: str) -> None:
        assert document(data).indent == indent


CASES: dict[str, tuple[bytes, Callable[[Document], Splice], bytes]] = {
    "a number": (PRETTY, lambda d: d.replace(("a",), 22), b'{\n  "a": 22,\n  "b": {\n    "c": [1, 2]\n  }\n}\n'),
    "a list on lines": (
        PRETTY,
        lambda d: d.replace(("a",), ["x"]),
        b'{\n  "a": [\n    "x"\n  ],\n  "b": {\n    "c": [1, 2]\n  }\n}\n',
    ),
    "a list in a line": (LINE, lambda d: d.replace(("a",), ["x"]), b'{"a": ["x"], "b": {"c": [1, 2]}}'),
    "an empty list": (TABS, lambda d: d.replace(("a",), []), TABS.replace(b"1", b"[]")),
    "the root": (LINE, lambda d: d.replace((), 1), b"1"),
    "a key": (LINE, lambda d: d.rename(("b", "c"), "dé"), '{"a": 1, "b": {"dé": [1, 2]}}'.encode()),
    "the first member": (LINE, lambda d: d.remove(("a",)), b'{"b": {"c": [1, 2]}}'),
    "the last member": (LINE, lambda d: d.remove(("b",)), b'{"a": 1}'),
    "the only member": (LINE, lambda d: d.remove(("b", "c")), b'{"a": 1, "b": {}}'),
    "the last item": (LINE, lambda d: d.remove(("b", "c", 1)), b'{"a": 1, "b": {"c": [1]}}'),
    "the first item": (LINE, lambda d: d.remove(("b", "c", 0)), b'{"a": 1, "b": {"c": [2]}}'),
    "a member on a line": (PRETTY, lambda d: d.remove(("a",)), b'{\n  "b": {\n    "c": [1, 2]\n  }\n}\n'),
    "the last on a line": (PRETTY, lambda d: d.remove(("b",)), b'{\n  "a": 1\n}\n'),
    "the only on a line": (PRETTY, lambda d: d.remove(("b", "c")), b'{\n  "a": 1,\n  "b": {}\n}\n'),
    "with carriage returns": (TABS, lambda d: d.remove(("a",)), b'{\r\n\t"b": {\r\n\t\t"c": true\r\n\t}\r\n}\r\n'),
    "a first member": (LINE, lambda d: d.add_first_member((), "t", "x"), b'{"t": "x", "a": 1, "b": {"c": [1, 2]}}'),
    "a first member on a line": (
        TABS,
        lambda d: d.add_first_member(("b",), "t", "x"),
        TABS.replace(b'\t\t"c"', b'\t\t"t": "x",\r\n\t\t"c"'),
    ),
    "a last member": (LINE, lambda d: d.add_member(("b",), "t", 1), b'{"a": 1, "b": {"c": [1, 2], "t": 1}}'),
    "an item": (LINE, lambda d: d.add_item(("b", "c"), 3), b'{"a": 1, "b": {"c": [1, 2, 3]}}'),
    "a list of it": (LINE, lambda d: d.enclose(("a",), 2), b'{"a": [1, 2], "b": {"c": [1, 2]}}'),
    "several items": (LINE, lambda d: d.spread(("b", "c", 0), ["x", "y"]), b'{"a": 1, "b": {"c": ["x", "y", 2]}}'),
    "several items on lines": (
        b'[\n  "a",\n  "b"\n]',
        lambda d: d.spread((0,), ["x", "y"]),
        b'[\n  "x",\n  "y",\n  "b"\n]',
    ),
    "around a line": (LINE, lambda d: d.wrap((), ["{", '"h": '], closing="}"), b'{"h": ' + LINE + b"}"),
    "around lines": (
        PRETTY,
        lambda d: d.wrap(("b",), ["{", '"h": '], closing="}"),
        b'{\n  "a": 1,\n  "b": {\n    "h": {\n      "c": [1, 2]\n    }\n  }\n}\n',
    ),
    "around a file": (
        TABS,
        lambda d: d.wrap((), ["{", '"h": '], closing="}"),
        b'{\r\n\t"h": {\r\n\t\t"a": 1,\r\n\t\t"b": {\r\n\t\t\t"c": true\r\n\t\t}\r\n\t}\r\n}\r\n',
    ),
    "an inner value": (LINE, lambda d: d.unwrap(("b",), ("b", "c")), b'{"a": 1, "b": [1, 2]}'),
}


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_exactly_this(name: str) -> None:
    """Before, change and after, byte for byte."""
    before, change, after = CASES[name]
    assert splice(before, [change(document(before))]) == after


def test_what_is_wrapped_and_unwrapped_is_as_it_was() -> None:
    """Also its indent."""
    for data in (PRETTY, TABS, LINE):
        once = splice(data, [document(data).wrap(("b",), ["{", '"h": '], closing="}")])
        assert json.loads(once)["b"] == {"h": json.loads(data)["b"]}
        assert splice(once, [document(once).unwrap(("b",), ("b", "h"))]) == data


def test_lines_of_another_indent_stay_when_unwrapped() -> None:
    """A line that does not begin with the indent cannot move to the left."""
    data = b'{\n  "b": {\n    "h": {\n"c": 1\n    }\n  }\n}'
    after = splice(data, [document(data).unwrap(("b",), ("b", "h"))])
    assert json.loads(after) == {"b": {"c": 1}}
    assert b'\n"c": 1\n' in after


def test_a_text_that_looks_like_json_is_no_json() -> None:
    """Commas and brackets inside of texts decide nothing."""
    data = b'{"a": "x, }", "b": "y] ,"}'
    assert splice(data, [document(data).remove(("b",))]) == b'{"a": "x, }"}'
    assert splice(data, [document(data).remove(("a",))]) == b'{"b": "y] ,"}'

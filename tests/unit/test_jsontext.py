"""JSON texts: what is read, what is a problem and where, what is written, and where a value stands."""

from __future__ import annotations

import json
import time
import tracemalloc

import pytest

from plugintool import jsontext, limits
from plugintool.errors import MalformedFileError
from plugintool.jsontext import (
    FATAL,
    Flaw,
    JsonText,
    JsonValue,
    canonical,
    locate,
    pointer_text,
    pretty,
    read,
    read_strict,
)

BOM = b"\xef\xbb\xbf"


def flaws(result: JsonText) -> list[Flaw]:
    return [problem.flaw for problem in result.problems]


def places(result: JsonText) -> list[tuple[int, int]]:
    return [(problem.line, problem.column) for problem in result.problems]


# -- reading -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"null", None),
        (b"true", True),
        (b" \t\r\n1 \t\r\n", 1),
        (b"-0", 0),
        (b"1.5e3", 1500.0),
        (b'"\\u00e9\\ud83d\\ude00\\/"', "\u00e9\U0001f600/"),
        ('"\u00e9\x7f\u2028"'.encode(), "\u00e9\x7f\u2028"),
        (b"[]", []),
        (b'{"a": [1, {"b": null}], "": 2}', {"a": [1, {"b": None}], "": 2}),
        (b'{"__proto__": 1}', {"__proto__": 1}),
        (b'"\\\\u0000"', "\\u0000"),
    ],
)
def test_reads_what_is_right(data: bytes, expected: JsonValue) -> None:
    """A right text has its value, no problem, and is the same to the strict reader."""
    result = read(data)
    assert result.problems == ()
    assert result.is_readable
    assert result.value == expected
    assert result.text.encode() == data
    assert read_strict(data, path="x.json") == expected


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b"", 1, 1),
        (b"  \n ", 2, 2),
        (b"{", 1, 2),
        (b'{"a": 1,}', 1, 9),
        (b"[1,]", 1, 4),
        (b"[1 2]", 1, 4),
        (b"// note\n1", 1, 1),
        (b"{a: 1}", 1, 2),
        (b"{'a': 1}", 1, 2),
        (b'{"a"\n:\n}', 3, 1),
        (b"1 2", 1, 3),
        (b'"a\nb"', 1, 3),
        (b'"\\x"', 1, 2),
        (b'"\\u12"', 1, 3),
        (b'"open', 1, 1),
        (b"01", 1, 2),
        (b"+1", 1, 1),
        (b".5", 1, 1),
        (b"1.", 1, 2),
        (b"True", 1, 1),
        (b"\x00", 1, 1),
        ("[1,\u00a02]".encode(), 1, 4),
        ('["\u00e9", x]'.encode(), 1, 7),
    ],
)
def test_syntax_is_fatal_and_has_a_place(data: bytes, line: int, column: int) -> None:
    """No value; line and column count characters from 1; the message needs no position of its own."""
    result = read(data)
    assert (flaws(result), places(result)) == ([Flaw.SYNTAX], [(line, column)])
    assert (result.value, result.is_readable) == (None, False)
    message = result.problems[0].message
    assert message[0].islower()
    assert not message.endswith((":", " at", " "))


@pytest.mark.parametrize(
    ("data", "column"),
    [
        (b"NaN", 1),
        (b"[Infinity]", 2),
        (b'{"a": -Infinity}', 7),
        (b"1e999", 1),
        (b"-1e400", 1),
        (b"[1.8e308]", 2),
        (b'["NaN 1e999 \\" [{", 1, -0.5e1, 1e999]', 32),
    ],
)
def test_numbers_that_json_has_not_are_fatal_and_have_a_place(data: bytes, column: int) -> None:
    """NaN, infinities, and what would become one; what stands inside a text is none."""
    result = read(data)
    assert (flaws(result), result.value, places(result)) == ([Flaw.SYNTAX], None, [(1, column)])


@pytest.mark.parametrize("number", ["1" * 400, "0." + "1" * 398, "0." + "0" * 396 + "e9"])
def test_numbers_as_long_as_the_limit_are_read(number: str) -> None:
    """400 characters pass, whole or not; one more is fatal."""
    assert len(number) == limits.NUMBER_DIGITS
    assert read(number.encode()).problems == ()
    longer = number[:-2] + "1" + number[-2:]
    assert flaws(read(longer.encode())) == [Flaw.SYNTAX]


def test_a_number_of_a_million_digits_is_refused_at_once() -> None:
    """It is never converted: conversion is quadratic."""
    assert "400 digits" in read(b"9" * limits.MIB).problems[0].message


def test_largest_and_smallest_double() -> None:
    """The borders of a double are numbers."""
    assert read(b"[1.7976931348623157e308, 5e-324, 1e-999]").value == [1.7976931348623157e308, 5e-324, 0.0]


def test_bom_is_dropped_and_told() -> None:
    """The value is there, the text is without it, a second one is an error."""
    result = read(BOM + b'{"a": 1}')
    assert (flaws(result), places(result), result.value) == ([Flaw.BOM], [(1, 1)], {"a": 1})
    assert result.text == '{"a": 1}'
    assert flaws(read(BOM + BOM + b"1")) == [Flaw.BOM, Flaw.SYNTAX]
    assert flaws(read(BOM)) == [Flaw.BOM, Flaw.SYNTAX]


@pytest.mark.parametrize(
    ("data", "place", "value"),
    [
        (b'"a\xffb"', (1, 3), "a\ufffdb"),
        (b'{"k":\n "\xc3\xa9\xc3"}', (2, 4), {"k": "\u00e9\ufffd"}),
        (b'"\xed\xa0\x80"', (1, 2), "\ufffd\ufffd\ufffd"),
        (b'"\xc0\xaf"', (1, 2), "\ufffd\ufffd"),
        (BOM + b'"\xff"', (1, 2), "\ufffd"),
    ],
)
def test_bytes_that_are_no_utf8_are_replaced_and_told(data: bytes, place: tuple[int, int], value: JsonValue) -> None:
    """Also overlong forms and surrogates; the column counts characters before the first wrong byte."""
    result = read(data)
    assert flaws(result)[-1] is Flaw.ENCODING
    assert places(result)[-1] == place
    assert result.value == value


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_other_encodings_are_no_json(encoding: str) -> None:
    """Only UTF-8 is read."""
    assert not read('{"a": 1}'.encode(encoding)).is_readable


def test_duplicate_keys_keep_the_last() -> None:
    """As the genuine client does; each repeated key of each object is told once."""
    result = read(b'{"a": 1, "b": {"x": 1, "x": 2, "x": 3}, "\\u0061": 4}')
    assert result.value == {"a": 4, "b": {"x": 3}}
    assert flaws(result) == [Flaw.DUPLICATE_KEY] * 2
    assert "'x' stands 3 times" in result.problems[0].message
    assert "'a' stands 2 times" in result.problems[1].message


def test_equal_keys_of_different_objects_are_no_duplicates() -> None:
    """Nested and neighbouring objects may share keys; keys in other case differ."""
    assert read(b'[{"a": {"a": 1}}, {"a": 2, "A": 3}]').problems == ()


def test_a_long_key_is_not_repeated_whole() -> None:
    """The message stays short whatever the key."""
    key = b'"' + b"k" * 5000 + b'"'
    (problem,) = read(b"{" + key + b":1," + key + b":2}").problems
    assert len(problem.message) < 200


@pytest.mark.parametrize(
    ("data", "odd"),
    [
        (b'"\\u0000"', True),
        (b'"\\ud800"', True),
        (b'["\\uDFFF"]', True),
        (b'{"\\ude00\\ud83d": 1}', True),
        (b'[{"a": ["\\ud83d"]}]', True),
        (b'"\\ud83d\\ude00"', False),
        (b'"\\\\u0000"', False),
        (b'"\\u0001\\uffff"', False),
    ],
)
def test_odd_characters(data: bytes, odd: bool) -> None:
    """NUL and half a surrogate pair, in keys and values, at any depth; a pair is no half."""
    result = read(data)
    assert flaws(result) == ([Flaw.ODD_CHARACTER] if odd else [])
    assert result.is_readable


def nested(depth: int, opening: bytes = b"[", closing: bytes = b"]", core: bytes = b"") -> bytes:
    return opening * depth + core + closing * depth


@pytest.mark.parametrize(
    ("opening", "closing", "core", "column"),
    [
        (b"[", b"]", b"", 1 + 64),
        (b'{"a":', b"}", b"1", 1 + 63 * 5 + 1),
        (b'[{"]":', b"}]", b"1", 1 + 31 * 6 + 2),
    ],
)
def test_depth_at_the_border(opening: bytes, closing: bytes, core: bytes, column: int) -> None:
    """64 levels are read, the 65th is fatal and has its place."""
    levels = limits.JSON_DEPTH // (opening.count(b"[") + opening.count(b"{"))
    assert read(nested(levels, opening, closing, core)).problems == ()
    result = read(b"\n[" + nested(levels, opening, closing, core) + b"]")
    assert (flaws(result), places(result)) == ([Flaw.TOO_DEEP], [(2, column)])


@pytest.mark.parametrize("text", ["[" * 200, "]{" * 200, '\\"' + "[" * 200, "\\" + "[" * 200, '[\\"[' * 200])
def test_brackets_in_strings_are_no_nesting(text: str) -> None:
    """Also behind escaped quotes and backslashes."""
    value: JsonValue = ["\\", text, {text: text + "\\"}, "\\\\", text]
    data = json.dumps(value).encode()
    assert read(data).problems == ()
    assert read(data).value == value


def test_neighbours_are_no_nesting() -> None:
    """A thousand lists beside each other are two levels."""
    assert read(b"[" + b",".join([b"[[]]"] * 1000) + b"]").problems == ()


def test_size_at_the_border() -> None:
    """1 MiB is read, one byte more is not even decoded; the caller may set another border."""
    assert read(b" " * (limits.TEXT_BYTES - 1) + b"1").value == 1
    result = read(b" " * limits.TEXT_BYTES + b"1")
    assert (flaws(result), result.value, result.text) == ([Flaw.TOO_LARGE], None, "")
    assert read(b"123", max_bytes=3).value == 123
    assert flaws(read(b"1234", max_bytes=3)) == [Flaw.TOO_LARGE]


def test_fatal_flaws_are_those_without_a_value() -> None:
    """The rest leave a value for lint to judge."""
    assert {Flaw.SYNTAX, Flaw.TOO_LARGE, Flaw.TOO_DEEP} == FATAL


MIB = limits.TEXT_BYTES
COSTLY = {
    "open-lists": b"[" * MIB,
    "open-objects": b'{"":' * (MIB // 4),
    "closed-lists": b"]" * MIB,
    "open-string": b'"' + b"a" * (MIB - 1),
    "open-string-of-escapes": b'"' + b'\\"' * (MIB // 2 - 1),
    "backslashes": b'"' + b"\\" * (MIB - 1),
    "even-backslashes-closed": b'"' + b"\\" * (MIB - 2) + b'"',
    "quotes": b'"' * MIB,
    "escaped-quotes-outside": b'\\"' * (MIB // 2),
    "brackets-in-string": b'"' + b"[" * (MIB - 2) + b'"',
    "brackets-and-open-string": b"[" * 32 + b'"' + b"[" * 64 + b"a" * (MIB - 97),
    "brackets-and-open-escapes": b"[" * 32 + b'"' + b"[" * 64 + b"\\n" * (MIB // 2 - 60),
    "many-strings": b"[" + b'"",' * (MIB // 3 - 2) + b'""]',
    "flat-object": b"{" + b",".join(b'"k%06d":%06d' % (i, i) for i in range(58000)).replace(b":0", b":1") + b"}",
    "lists": b"[" + b"[]," * (MIB // 3 - 2) + b"[]]",
    "duplicates": b"{" + b'"":0,' * (MIB // 5 - 2) + b'"":0}',
    "blanks": b" " * MIB,
    "colons": b":" * MIB,
    "invalid-bytes": b"\xff" * MIB,
    "odd-escapes": b'"' + b"\\ud83d\\ude00" * (MIB // 12 - 1) + b'"',
}


@pytest.mark.parametrize("data", COSTLY.values(), ids=COSTLY.keys())
def test_a_mebibyte_of_anything_is_read_at_once(data: bytes) -> None:
    """No recursion error, no backtracking, nothing quadratic, which would take minutes."""
    assert len(data) <= MIB
    start = time.process_time()
    result = read(data)
    assert time.process_time() - start < 4
    assert result.is_readable == (FATAL.isdisjoint(flaws(result)))


@pytest.mark.parametrize(
    "name", ["open-string", "backslashes", "brackets-and-open-string", "brackets-and-open-escapes"]
)
def test_a_long_string_costs_little_memory(name: str) -> None:
    """A few copies of the text: nothing is kept for every character, as a backtracking pattern would."""
    tracemalloc.start()
    read(COSTLY[name])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 * MIB


def test_a_large_flat_object_has_every_member() -> None:
    """What was read fast was also read right."""
    value = read(COSTLY["flat-object"]).value
    assert isinstance(value, dict)
    assert len(value) == 58000
    assert value["k000007"] == 100007


# -- reading strictly --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "line", "column", "message"),
    [
        (b'{\n  "a": 1,\n}', 3, 1, "double quotes"),
        (b"", 1, 1, "expecting value"),
        (BOM + b"{}", 1, 1, "byte order mark"),
        (b'{"a":\n"\xff"}', 2, 2, "not valid UTF-8"),
        (b"[" * 65, 1, 65, "deeper than 64"),
    ],
)
def test_strict_errors_name_the_place(data: bytes, line: int, column: int, message: str) -> None:
    """File, line and column, and what is wrong."""
    with pytest.raises(MalformedFileError, match=message) as caught:
        read_strict(data, path="trust-policy.json")
    detail = caught.value.detail
    assert (detail["path"], detail["line"], detail["column"]) == ("trust-policy.json", line, column)


def test_strict_errors_claim_no_place_that_is_not_known() -> None:
    """No line 0: lines count from 1. A file that is too large is not looked into."""
    with pytest.raises(MalformedFileError) as caught:
        read_strict(b"[1, 2]", path="x.json", max_bytes=5)
    assert not {"line", "column"} & set(caught.value.detail)
    assert caught.value.detail["problems"]


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b'{"a": 1,\n "a": 2}', 2, 2),
        (b'[\n\n  "x", "\\ud800"]', 3, 8),
        (b'[\n"\\ud83d\\ude00", {"\\u0000": 1}]', 2, 18),
        (b"[1,\n NaN]", 2, 2),
        (b"[\n" + b"1" * 500 + b"]", 2, 1),
    ],
)
def test_strict_errors_about_one_value_name_its_place(data: bytes, line: int, column: int) -> None:
    """What Python's own reader does not place: keys, characters and numbers."""
    with pytest.raises(MalformedFileError) as caught:
        read_strict(data, path="x.json")
    detail = caught.value.detail
    assert (detail["line"], detail["column"]) == (line, column)


def test_each_repeated_key_is_placed_where_it_stands_last() -> None:
    """That one wins; objects inside come first, and keys are compared as texts, not as they are spelt."""
    result = read(b'{"a": 1,\n "b": [{"x": 1,\n  "x": "\\"x\\":", "x": 3}],\n "\\u0061": 4}')
    assert places(result) == [(3, 18), (4, 2)]


def test_very_many_repeated_keys_cost_no_more_than_their_number() -> None:
    """A megabyte of lines, each with a key that stands twice."""
    lines = b",\n".join(b'"%05x":0,"%05x":0' % (number, number) for number in range(50_000))
    result = read(b"{" + lines + b"}", max_bytes=2 * MIB)
    assert places(result)[-1] == (50_000, 11)


def test_strict_errors_name_every_flaw() -> None:
    """All problems, not the first."""
    with pytest.raises(MalformedFileError) as caught:
        read_strict(BOM + b'{"a": "\xff", "a": "\\u0000"}', path="x.json")
    assert len(caught.value.detail["problems"]) == 4


def test_strict_keeps_the_limit_of_the_caller() -> None:
    """A larger document is an error of the same class."""
    with pytest.raises(MalformedFileError, match="more than 3"):
        read_strict(b"1234", path="x.json", max_bytes=3)


# -- writing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-1, "-1"),
        (2**53 - 1, "9007199254740991"),
        (1 - 2**53, "-9007199254740991"),
        ("", '""'),
        ([], "[]"),
        ({}, "{}"),
        ([1, [True, None], {"b": 1, "a": []}], '[1,[true,null],{"a":[],"b":1}]'),
        ('\b\t\n\f\r"\\/', '"\\b\\t\\n\\f\\r\\"\\\\/"'),
        ("\x00\x01\x0b\x1f", '"\\u0000\\u0001\\u000b\\u001f"'),
        ("\x7f\u0080\u2028\u2029\u00e9<>&'", '"\x7f\u0080\u2028\u2029\u00e9<>&\'"'),
        ("\U0001f600", '"\U0001f600"'),
        ("A\u030a", '"A\u030a"'),
    ],
)
def test_canonical_form(value: JsonValue, expected: str) -> None:
    """RFC 8785 3.2.2: no blanks, short escapes only where they must be, no Unicode normalisation."""
    assert canonical(value) == expected.encode()


def test_canonical_string_of_the_rfc() -> None:
    """The example of RFC 8785 3.2.2, its members that need no floating-point numbers."""
    source = rb"""{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""
    expected = '{"literals":[null,true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical(read_strict(source, path="x")) == expected.encode()


def test_canonical_order_of_the_rfc() -> None:
    """The example of RFC 8785 3.2.3: order of UTF-16 code units."""
    source = rb"""{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis"}"""
    written = json.loads(canonical(read_strict(source, path="x")))
    assert list(written.values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


def test_canonical_order_is_not_that_of_code_points() -> None:
    """U+10000 (D800 DC00) stands before U+E000 in UTF-16, behind it in UTF-8; nested objects are sorted as well."""
    value: JsonValue = {"\ue000": 1, "\U00010000": {"b": 1, "a": 2, "B": 3}}
    assert canonical(value) == '{"\U00010000":{"B":3,"a":2,"b":1},"\ue000":1}'.encode()


@pytest.mark.parametrize(
    "value", [1.0, 0.5, [1.5], {"a": float("nan")}, 2**53, -(2**53), [[2**64]], "\ud800", {"\udc00": 1}]
)
def test_canonical_refuses_what_has_no_such_form(value: JsonValue) -> None:
    """Floating-point numbers, integers that readers do not keep, halves of pairs."""
    with pytest.raises(ValueError):
        canonical(value)


def test_pretty_is_for_people() -> None:
    """Two blanks, order kept, no escapes for letters, one newline at the end; the same bytes each time."""
    value: JsonValue = {"b": [1, {"\u00e9": "\U0001f600"}], "a": {}, "c": []}
    expected = '{\n  "b": [\n    1,\n    {\n      "\u00e9": "\U0001f600"\n    }\n  ],\n  "a": {},\n  "c": []\n}\n'
    assert pretty(value) == expected.encode()
    assert read_strict(pretty(value), path="x") == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [-float("inf")], "\ud800"])
def test_pretty_writes_json_or_nothing(value: JsonValue) -> None:
    """No ``NaN`` that nobody can read back."""
    with pytest.raises(ValueError):
        pretty(value)


# -- places ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [((), ""), (("a",), "/a"), (("a", 0, "b"), "/a/0/b"), (("",), "/"), (("a/b", "m~n", "~1"), "/a~1b/m~0n/~01")],
)
def test_pointer_text(pointer: tuple[str | int, ...], expected: str) -> None:
    """RFC 6901, with its two escapes."""
    assert pointer_text(pointer) == expected


TEXT = """
{
  "name": "x",
  "list": [1, "two", {"deep": [[], [true]]}],
  "a": {"a": {
      "a": 1}},
  "key \\"\\u0061\\\\": [{}],
  "": 0,
  "twice": {"old": 1},
  "twice": {
    "new": 2}
}
"""


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ((), (2, 1)),
        (("name",), (3, 3)),
        (("list",), (4, 3)),
        (("list", 0), (4, 12)),
        (("list", 1), (4, 15)),
        (("list", 2), (4, 22)),
        (("list", 2, "deep"), (4, 23)),
        (("list", 2, "deep", 0), (4, 32)),
        (("list", 2, "deep", 1, 0), (4, 37)),
        (("a",), (5, 3)),
        (("a", "a"), (5, 9)),
        (("a", "a", "a"), (6, 7)),
        (('key "a\\', 0), (7, 22)),
        (("",), (8, 3)),
        (("twice",), (10, 3)),
        (("twice", "new"), (11, 5)),
    ],
)
def test_locate(pointer: tuple[str | int, ...], place: tuple[int, int]) -> None:
    """A member stands at its key, an item at its value; of equal keys the last counts, as in the value."""
    assert locate(TEXT, pointer) == place


@pytest.mark.parametrize(
    ("pointer", "nearest"),
    [
        (("missing",), ()),
        (("name", "x"), ("name",)),
        (("name", 0), ("name",)),
        (("list", 3), ("list",)),
        (("list", -1), ("list",)),
        (("list", "0"), ("list",)),
        (("list", 2, "deep", 0, 0), ("list", 2, "deep", 0)),
        (("twice", "old"), ("twice",)),
        ((0,), ()),
        (("a", "a", "b", "c"), ("a", "a")),
    ],
)
def test_locate_falls_back_to_the_nearest_parent(
    pointer: tuple[str | int, ...], nearest: tuple[str | int, ...]
) -> None:
    """What is not there is shown where it would belong."""
    assert locate(TEXT, pointer) == locate(TEXT, nearest)


@pytest.mark.parametrize("text", ["", " ", "1", '"{"', "null", "[]", "{}", "[ ]", "{ }"])
def test_locate_in_small_texts(text: str) -> None:
    """Every pointer has some place in every text."""
    for pointer in ((), ("a",), (0,), ("a", 0, "b")):
        line, column = locate(text, pointer)
        assert (line, column) in {(1, 1), (1, 2)}


def test_locate_counts_characters_and_newlines() -> None:
    """Columns count characters, not bytes; a carriage return belongs to its line."""
    assert locate('{"\u00e9\U0001f600": 1, "b": 2}', ("b",)) == (1, 11)
    assert locate('{\r\n "b": 2}', ("b",)) == (2, 2)
    assert locate('{\r\r "b": 2}', ("b",)) == (1, 5)


def test_locate_in_a_mebibyte() -> None:
    """The last of 58,000 members, and one behind half a mebibyte of blanks."""
    start = time.process_time()
    assert locate(COSTLY["flat-object"].decode(), ("k057999",)) == (1, 2 + 57999 * 17)
    assert locate("[" + " \n" * (MIB // 2) + "1]", (0,)) == (MIB // 2 + 1, 1)
    assert time.process_time() - start < 4


def test_a_long_list_is_walked_once_for_many_places() -> None:
    """A thousand findings in a list of a thousand entries must not cost a million steps."""
    text = "[" + ",\n".join(f'{{"name": "p{index}"}}' for index in range(5000)) + "]"
    jsontext._items.cache_clear()
    places = [jsontext.locate(text, (index, "name")) for index in (*range(0, 5000, 50), 4999, 5000)]
    assert places[:2] == [(1, 3), (51, 2)]
    assert places[-2:] == [(5000, 2), (1, 1)]
    assert jsontext._items.cache_info().misses == 1


def test_lists_in_lists_do_not_mix() -> None:
    """Two lists of one text, and equal positions of two texts."""
    first, second = '[[1, [2, 3]], "x"]', '[["a"], [4, 5]]'
    assert jsontext.locate(first, (0, 1, 1)) == (1, 10)
    assert jsontext.locate(second, (1, 1)) == (1, 13)
    assert jsontext.locate(first, (1,)) == (1, 15)
    assert jsontext.locate(second, (0, 1)) == (1, 2)


def test_locate_keeps_texts_apart() -> None:
    """What is kept of one text never speaks for another, however many are asked in turn."""
    texts = ["{" + " " * count + '"a": [1, {"b": 2}]}' for count in range(30)]
    for _ in range(2):
        for count, text in enumerate(texts):
            assert locate(text, ("a",)) == (1, 2 + count)
            assert locate(text, ("a", 1)) == (1, 11 + count)
            assert locate(text, ("a", 1, "b")) == (1, 12 + count)
            assert locate(text, ("c",)) == (1, 1)

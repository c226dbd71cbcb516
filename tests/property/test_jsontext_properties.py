"""JSON texts: reading is total, the canonical form is one form, and every value can be found again."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from plugintool.errors import MalformedFileError
from plugintool.jsontext import (
    Flaw,
    JsonValue,
    Pointer,
    canonical,
    locate,
    pretty,
    read,
    read_strict,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
INTEGERS = st.integers(1 - 2**53, 2**53 - 1)
SCALARS: st.SearchStrategy[JsonValue] = st.none() | st.booleans() | INTEGERS | TEXTS
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def documents(scalars: st.SearchStrategy[JsonValue]) -> st.SearchStrategy[JsonValue]:
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
        max_leaves=20,
    )


CANONICAL_VALUES = documents(SCALARS)
VALUES = documents(SCALARS | FLOATS)
JSON_LIKE = st.lists(
    st.sampled_from(
        [*'[]{}",:\\ \n', '"a"', "1", "-", ".", "e9", "true", "null", "NaN", "\\u", "\\ud800", "0000", "\u00e9", "\\\\"]
    ),
    max_size=40,
).map("".join)


def layouts(value: JsonValue) -> st.SearchStrategy[str]:
    """Texts of one value, with other blanks and escapes."""
    return st.builds(
        lambda indent, ascii_only, comma, colon: json.dumps(
            value, indent=indent, ensure_ascii=ascii_only, separators=(comma, colon)
        ),
        st.sampled_from([None, 0, 3, "\t"]),
        st.booleans(),
        st.sampled_from([",", " , ", ",\r\n"]),
        st.sampled_from([":", " : ", "\n:\t"]),
    )


def pointers(value: JsonValue, prefix: Pointer = ()) -> list[tuple[Pointer, JsonValue]]:
    """Every pointer of a value, with what it points to."""
    found: list[tuple[Pointer, JsonValue]] = [(prefix, value)]
    children: list[tuple[str | int, JsonValue]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    for step, item in children:
        found += pointers(item, (*prefix, step))
    return found


def offset_of(text: str, place: tuple[int, int]) -> int:
    """Turn line and column back into an offset."""
    line, column = place
    before = text.split("\n")[: line - 1]
    return sum(len(part) + 1 for part in before) + column - 1


@given(st.binary(max_size=200) | JSON_LIKE.map(lambda text: text.encode(errors="surrogatepass")))
@example(b"")
@example(b'"\\')
@example(b"\xef\xbb\xbf")
def test_reading_is_total(data: bytes) -> None:
    """Any bytes give a result; a text is readable exactly if it has no fatal flaw, and strict raises one error only."""
    result = read(data)
    assert result.is_readable or result.value is None
    for problem in result.problems:
        assert problem.message
        assert (problem.line > 0) == (problem.column > 0)
    try:
        value = read_strict(data, path="x.json")
    except MalformedFileError as error:
        assert len(result.problems) == len(error.detail["problems"])  # noqa: PT017 - both outcomes are judged
    else:
        assert not result.problems
        assert value == result.value


@given(JSON_LIKE)
def test_agrees_with_the_standard_reader(text: str) -> None:
    """What the standard library reads is read alike, and what it refuses is refused."""
    result = read(text.encode())
    try:
        expected = json.loads(text)
    except ValueError:
        assert not result.is_readable
        return
    if "NaN" in text and not result.is_readable:
        return
    assert result.is_readable
    assert result.value == expected


@given(VALUES, st.data())
def test_every_layout_reads_back(value: JsonValue, data: st.DataObject) -> None:
    """Blanks and escapes do not matter; a right text has no problem."""
    text = data.draw(layouts(value))
    result = read(text.encode())
    assert result.problems == ()
    assert result.value == value


@given(CANONICAL_VALUES)
def test_canonical_round_trip(value: JsonValue) -> None:
    """Reading the canonical form gives the value, writing that again gives the same bytes."""
    data = canonical(value)
    assert read_strict(data, path="x.json") == value
    assert canonical(json.loads(data)) == data


@given(st.dictionaries(TEXTS, INTEGERS, max_size=8), st.randoms())
def test_canonical_does_not_depend_on_order(
    value: dict[str, int],
    random: object,
) -> None:
    """The order in which members were added leaves no trace; keys stand in the order of UTF-16."""
    items = list(value.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    data = canonical(dict(items))
    assert data == canonical(dict(value))
    keys = [key.encode("utf-16-be") for key in json.loads(data)]
    assert keys == sorted(keys)


@given(CANONICAL_VALUES, CANONICAL_VALUES)
def test_canonical_forms_differ_when_values_do(left: JsonValue, right: JsonValue) -> None:
    """One form for one value: equal bytes mean equal values (True is not 1)."""
    same_bytes = canonical(left) == canonical(right)
    assert same_bytes == (json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True))


@given(VALUES)
def test_pretty_round_trip(value: JsonValue) -> None:
    """What people read is the same value, ends in one newline and is stable."""
    data = pretty(value)
    assert read_strict(data, path="x.json") == value
    assert data.endswith(b"\n")
    assert not data.endswith(b"\n\n")
    assert pretty(json.loads(data)) == data


@given(VALUES, st.data())
def test_locate_finds_what_the_pointer_names(value: JsonValue, data: st.DataObject) -> None:
    """The text at the place decodes to the key of a member, followed by its value, or to the item itself."""
    text = data.draw(layouts(value))
    decoder = json.JSONDecoder()
    for pointer, expected in pointers(value):
        offset = offset_of(text, locate(text, pointer))
        found, end = decoder.raw_decode(text, offset)
        if pointer and isinstance(pointer[-1], str):
            assert found == pointer[-1]
            rest = text[end:].lstrip()
            assert rest.startswith(":")
            found, _ = decoder.raw_decode(rest[1:].lstrip())
        assert found == expected


@given(JSON_LIKE, st.lists(st.integers(-1, 3) | TEXTS | st.just("a"), max_size=4).map(tuple))
@example('{"a":1,"a":{"b":[{}]}}', ("a", "b", 0, "c"))
def test_locate_never_fails_on_what_can_be_read(text: str, pointer: Pointer) -> None:
    """Any pointer has a place inside any readable text."""
    result = read(text.encode())
    if result.is_readable:
        assert 0 <= offset_of(result.text, locate(result.text, pointer)) < len(result.text)


@given(st.lists(st.tuples(st.sampled_from("abc"), CANONICAL_VALUES), min_size=1, max_size=6))
def test_duplicates_are_told_and_the_last_is_located(pairs: list[tuple[str, JsonValue]]) -> None:
    """The value and the place speak of the same member."""
    text = "{" + ",".join(f"{json.dumps(key)}:{json.dumps(item)}" for key, item in pairs) + "}"
    result = read(text.encode())
    assert result.value == dict(pairs)
    repeated = [key for key in dict(pairs) if sum(key == other for other, _ in pairs) > 1]
    assert [problem.flaw for problem in result.problems] == [Flaw.DUPLICATE_KEY] * len(repeated)
    for key, item in dict(pairs).items():
        offset = offset_of(text, locate(text, (key,)))
        assert json.JSONDecoder().raw_decode(text, offset + len(json.dumps(key)) + 1)[0] == item

"""Shapes of foreign objects: every way in which a value does not fit, with its place."""

from __future__ import annotations

import pytest

from plugintool.jsontext import JsonValue
from plugintool.lint.shapes import FILLED, FLAG, OBJECT, POSITIVE, TEXT, TEXT_MAP, TEXTS, Shape, choice, misfits

SHAPE = Shape(
    {"name": FILLED, "kind": choice("a", "b")},
    {"args": TEXTS, "env": TEXT_MAP, "timeout": POSITIVE, "on": FLAG, "more": OBJECT, "note": TEXT},
)
STRICT = Shape({"name": TEXT}, {"version": TEXT}, strict=True)
FULL: dict[str, JsonValue] = {
    "name": "x",
    "kind": "a",
    "args": ["y"],
    "env": {"A": "b"},
    "timeout": 1,
    "on": False,
    "more": {},
    "note": "",
}


def found(value: JsonValue, shape: Shape = SHAPE) -> list[tuple[tuple[str | int, ...], str]]:
    return [(item.pointer, item.message) for item in misfits(value, shape, ("root",))]


def test_a_value_that_fits_has_no_misfit() -> None:
    assert found(dict(FULL)) == []
    assert found({"name": "x", "kind": "b"}) == []


@pytest.mark.parametrize("value", [None, [], "x", 1, True])
def test_what_is_no_object_is_one_misfit(value: JsonValue) -> None:
    ((pointer, message),) = found(value)
    assert pointer == ("root",)
    assert message.endswith("expected an object")


def test_each_missing_member_is_named() -> None:
    assert found({}) == [(("root",), "has no `name`"), (("root",), "has no `kind`")]


@pytest.mark.parametrize(
    ("key", "value", "place", "message"),
    [
        ("name", "", ("name",), "`name` is '', expected a text that is not empty"),
        ("name", 5, ("name",), "`name` is 5, expected a text that is not empty"),
        ("kind", "c", ("kind",), "`kind` is 'c', expected a or b"),
        ("kind", None, ("kind",), "`kind` is null, expected a or b"),
        ("args", "y", ("args",), "`args` is a text, expected a list of texts"),
        ("args", ["y", 1], ("args", 1), "`args` is a list, expected a list of texts"),
        ("env", {"A": "b", "B": 1}, ("env", "B"), "`env` is an object, expected an object of texts"),
        ("env", [], ("env",), "`env` is a list, expected an object of texts"),
        ("timeout", 0, ("timeout",), "`timeout` is 0, expected a number above 0"),
        ("timeout", "30", ("timeout",), "`timeout` is '30', expected a number above 0"),
        ("on", "yes", ("on",), "`on` is 'yes', expected true or false"),
        ("more", [], ("more",), "`more` is a list, expected an object"),
        ("note", "x" * 100, None, ""),
        ("kind", "x" * 100, ("kind",), "`kind` is a text, expected a or b"),
    ],
)
def test_a_wrong_member_is_said_with_its_value(
    key: str, value: JsonValue, place: tuple[str | int, ...] | None, message: str
) -> None:
    """Inside a list or map of texts the place is that of the first wrong value; long values are not repeated."""
    expected = [] if place is None else [(("root", *place), message)]
    assert found({**FULL, key: value}) == expected


def test_other_keys_are_fine_unless_the_shape_is_strict() -> None:
    assert found({**FULL, "foo": 1}) == []
    assert found({"name": "x", "foo": 1}, STRICT) == [(("root", "foo"), "has the unknown key `foo`")]


def test_a_near_miss_of_a_strict_key_is_suggested() -> None:
    assert found({"name": "x", "versoin": "1"}, STRICT) == [
        (("root", "versoin"), "has the unknown key `versoin`; did you mean version?")
    ]

"""Foreign values: the wanted kind, or nothing."""

from __future__ import annotations

import pytest

from plugintool.jsontext import JsonValue
from plugintool.jsonvalue import items_of, object_of, shown, text_of, texts_of

VALUES: list[JsonValue] = [None, True, 0, 1.5, "", "x", [], ["x"], {}, {"x": 1}]


@pytest.mark.parametrize("value", VALUES)
def test_only_a_text_is_one(value: JsonValue) -> None:
    assert text_of(value) == (value if value in ("", "x") else "")


@pytest.mark.parametrize("value", VALUES)
def test_only_an_object_is_one(value: JsonValue) -> None:
    assert object_of(value) == ({"x": 1} if value == {"x": 1} else {})


@pytest.mark.parametrize("value", VALUES)
def test_only_a_list_is_one(value: JsonValue) -> None:
    """A text is no list of its letters, and an object none of its keys."""
    assert items_of(value) == (["x"] if value == ["x"] else [])


def test_what_is_no_text_is_left_out_of_a_list() -> None:
    assert texts_of(["a", 1, None, ["b"], {"c": 1}, "d"]) == ("a", "d")
    assert texts_of("ab") == ()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        ([1, "a"], "[1, 'a']"),
        ("a'b", '"a\'b"'),
        ("x" * 198, f"'{'x' * 198}'"),
        ("x" * 199, f"'{'x' * 199}..."),
    ],
)
def test_values_are_cut_in_messages(value: JsonValue, text: str) -> None:
    assert shown(value) == text

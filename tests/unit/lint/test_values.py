"""What rules ask of single values."""

from __future__ import annotations

import pytest

from plugintool.lint import values


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "a boolean"),
        (0, "a number"),
        (1.5, "a number"),
        ("", "a text"),
        ([], "a list"),
        ({}, "an object"),
        (b"", "something else"),
    ],
)
def test_the_kind_of_a_value_has_a_name(value: object, name: str) -> None:
    assert values.kind_of(value) == name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://acme.example", True),
        ("HTTPS://acme.example/x?y#z", True),
        ("  https://acme.example  ", True),
        ("http:acme.example", True),
        ("http:///acme.example", True),
        ("mailto:a@b.example", True),
        ("javascript:alert(1)", True),
        ("a:b", True),
        ("https://user:word@acme.example/", True),
        ("", False),
        ("acme.example/x", False),
        ("/docs", False),
        ("//acme.example", False),
        ("https://", False),
        ("https://?q", False),
        ("http://a b/", False),
        ("1http://acme.example", False),
        ("https://acme.example:8443/x", True),
        ("https://acme.example:99999", False),
        ("http://[::1]:80/", True),
        ("http://::1", False),
        ("https://xn--/", False),
        ("./x", False),
    ],
)
def test_an_absolute_url_is_one_that_a_browser_takes(text: str, expected: bool) -> None:
    assert values.is_absolute_url(text) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:8000", True),
        ("http://LOCALHOST/", True),
        ("http://app.localhost", True),
        ("http://127.0.0.1/", True),
        ("http://127.9.9.9/", False),
        ("http://0.0.0.0/", False),
        ("http://[::1]:80/", True),
        ("http://localhost.evil.example", False),
        ("http://10.0.0.1", False),
        ("http://[::1", False),
        ("nothing", False),
    ],
)
def test_loopback_is_this_machine_only(url: str, expected: bool) -> None:
    assert values.is_loopback(url) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${URL}", True),
        ("${URL:-x}/mcp", True),
        ("https://${HOST}/x", True),
        ("https://acme.example", False),
        ("$URL", False),
        ("${URL", False),
    ],
)
def test_an_address_may_hold_variables(text: str, expected: bool) -> None:
    assert values.has_variable(text) is expected


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("keywrods", "keywords"),
        ("Keywords", "keywords"),
        ("keyword", "keywords"),
        ("hook", "hooks"),
        ("xooks", "hooks"),
        ("keywrodss", ""),
        ("kxxzords", ""),
        ("", ""),
        ("ab", ""),
    ],
)
def test_a_near_miss_is_at_most_two_edits_away(word: str, found: str) -> None:
    assert values.nearest(word, ["keywords", "hooks", "id"]) == found


def test_the_nearest_of_several_wins() -> None:
    assert values.nearest("hoks", ["hocks", "hooks", "hoks"]) == "hoks"


@pytest.mark.parametrize(
    ("test", "yes", "no"),
    [
        (values.is_text, ["", "x"], [None, 1, [], {}]),
        (values.is_filled, ["x", " "], ["", None, 1]),
        (values.is_flag, [True, False], [0, 1, "true", None]),
        (values.is_object, [{}, {"a": 1}], [[], None, "x"]),
        (values.is_number, [0, -1, 1.5], [True, "1", None]),
        (values.is_positive, [1, 0.1], [0, -1, True, "1", None]),
        (values.is_whole, [0, -1, 5.0], [1.5, True, "1", None]),
        (values.is_text_list, [[], ["a"]], [None, "a", [1], ["a", None], {}]),
        (values.is_text_map, [{}, {"a": "b"}], [None, [], {"a": 1}]),
        (values.one_of("a", "b"), ["a", "b"], ["c", None, 1, ["a"]]),
    ],
)
def test_tests_of_kinds(test: values.Test, yes: list[object], no: list[object]) -> None:
    """A boolean is no number, and null is nothing at all."""
    assert all(test(value) for value in yes)  # type: ignore[arg-type]
    assert not any(test(value) for value in no)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "known", "wanted"),
    [
        ("keywrods", {"keywords", "version"}, "keywords"),
        ("STOP", {"Stop"}, "Stop"),
        ("hookss", {"hooks", "hook"}, "hooks"),
        ("hooka", {"hooks", "hookb"}, ""),
        ("hooks", set(), ""),
        ("entirely-else", {"hooks"}, ""),
    ],
)
def test_one_word_that_is_nearer_than_all_others(word: str, known: set[str], wanted: str) -> None:
    """Two that are as near leave the choice to a person."""
    assert values.sole_near(word, known) == wanted

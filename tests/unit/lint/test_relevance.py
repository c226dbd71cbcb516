"""The relevance of a marketplace entry, value by value (measured with claude 2.1.330), and what is an expression."""

from __future__ import annotations

from typing import Any

import pytest

from plugintool.lint.expressions import EXPRESSION_MAX, expression_flaw
from plugintool.lint.relevance import relevance_flaws
from plugintool.plugin.marketplace import plugin_root_directory

NEEDED = {"file": "package.json", "pattern": "react"}


def flawed(relevance: dict[str, Any]) -> bool:
    return bool(list(relevance_flaws(relevance, ("plugins", 0, "relevance"))))


@pytest.mark.parametrize("name", ["cli", "cwd", "filesRead", "hosts"])
@pytest.mark.parametrize("value", [True, None, "x", 5, {}, [1], [""], [None], ["x"] * 21, ["x" * 257]])
def test_a_signal_is_a_short_list_of_short_texts(name: str, value: Any) -> None:
    assert flawed({"signals": {name: value, "manifestDeps": [NEEDED]}})


@pytest.mark.parametrize(
    ("name", "length", "number"), [("cli", 64, 10), ("cwd", 256, 10), ("filesRead", 256, 10), ("hosts", 128, 20)]
)
def test_the_limits(name: str, length: int, number: int) -> None:
    assert not flawed({"signals": {name: ["x" * length] * number}})
    assert flawed({"signals": {name: ["x"] * (number + 1)}})
    assert flawed({"signals": {name: ["x" * (length + 1)]}})


@pytest.mark.parametrize(
    ("host", "bad"),
    [
        ("mcp.acme.example", False),
        ("1.2.3.4", False),
        ("-x.", False),
        ("X.example", True),
        ("https://x", True),
        ("x:80", True),
        ("x/y", True),
        ("*.x", True),
        ("x_y", True),
        ("\u00e9.example", True),
        ("[::1]", True),
        ("x\n", True),
    ],
)
def test_hosts(host: str, bad: bool) -> None:
    assert flawed({"signals": {"hosts": [host]}}) is bad


@pytest.mark.parametrize(
    ("value", "bad"),
    [
        ([NEEDED], False),
        ([NEEDED] * 10, False),
        ([{**NEEDED, "note": 1}], False),
        ([{**NEEDED, "file": "../x"}], False),
        ([], True),
        ([NEEDED] * 11, True),
        (["x"], True),
        ({}, True),
        ([{"file": "a"}], True),
        ([{**NEEDED, "pattern": ""}], True),
        ([{**NEEDED, "pattern": "("}], True),
        ([{**NEEDED, "file": "*.json"}], True),
        ([{**NEEDED, "file": "a" * 257}], True),
        ([{**NEEDED, "pattern": 5}], True),
    ],
)
def test_dependencies(value: Any, bad: bool) -> None:
    assert flawed({"signals": {"manifestDeps": value, "cwd": ["x"]}}) is bad


@pytest.mark.parametrize(
    ("relevance", "bad"),
    [
        ({"signals": {"cwd": ["x"]}}, False),
        ({"signals": {"cwd": ["x"], "cli": []}}, False),
        ({"signals": {"cwd": ["x"], "other": True}}, False),
        ({"signals": {"cwd": ["x"]}, "topic": "x" * 64}, False),
        ({"signals": {"cwd": ["x"]}, "topic": "x" * 65}, True),
        ({"signals": {"cwd": ["x"]}, "topic": ""}, True),
        ({"signals": {"cwd": ["x"]}, "topic": None}, True),
        ({"signals": {"cwd": [], "cli": []}}, True),
        ({"signals": {"other": ["x"]}}, True),
        ({"signals": {}}, True),
        ({"signals": None}, True),
        ({}, True),
    ],
)
def test_the_whole(relevance: dict[str, Any], bad: bool) -> None:
    assert flawed(relevance) is bad


def test_a_flaw_stands_at_its_signal() -> None:
    (flaw,) = relevance_flaws({"signals": {"cwd": ["x"], "cli": 5}}, ("relevance",))
    assert flaw.pointer == ("relevance", "signals", "cli")
    assert "up to 10 texts" in flaw.message


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("Write|Edit", ""),
        ("(?<tool>Write)", ""),
        ("[]", ""),
        ("(", "missing )"),
        ("*x", "nothing to repeat"),
        (")", "unbalanced parenthesis"),
        ("[a", "unterminated character set"),
        ("(" * (EXPRESSION_MAX + 1), ""),
        ("\\p{L}", ""),
    ],
)
def test_expressions(text: str, flaw: str) -> None:
    """Only what both languages refuse is a flaw."""
    assert expression_flaw(text) == flaw


@pytest.mark.parametrize(
    ("root", "means"),
    [
        ("./plugins", "plugins"),
        ("plugins/", "plugins"),
        ("a/b", "a/b"),
        (".", ""),
        ("./", ""),
        ("./.", ""),
        ("./x//", "x"),
        ("x//y", None),
        ("./x/./y", None),
        ("././x", None),
        ("x/.", None),
        ("../x", None),
        ("x/..", None),
        ("/x", None),
        ("C:x", None),
        ("./x:", None),
        ("ftp://x", None),
        ("x\\y", None),
        ("", None),
        (None, None),
        ([], None),
    ],
)
def test_the_root_of_bare_sources(root: Any, means: str | None) -> None:
    assert plugin_root_directory(root) == means

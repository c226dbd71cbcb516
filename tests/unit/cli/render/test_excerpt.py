"""The line below a finding: whole or windowed, harmless, with the caret below the right character."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.cli.render import text
from plugintool.cli.render.excerpt import WIDTH, excerpt_lines
from plugintool.report import Finding, Location, Outcome, Report, Severity

ESC = "\x1b"


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        ("name: x", 1, ("  7 | name: x", "    | ^")),
        ("name: x", 7, ("  7 | name: x", "    |       ^")),
        ("name: x", 8, ("  7 | name: x", "    |        ^")),
        ("name: x", 99, ("  7 | name: x", "    |        ^")),
        ("name: x", 0, ("  7 | name: x",)),
        ("  a", 3, ("  7 |   a", "    |   ^")),
        ("\tx", 2, ("  7 |     x", "    |     ^")),
        ("ab\tx", 4, ("  7 | ab  x", "    |     ^")),
        ("abcd\tx", 6, ("  7 | abcd    x", "    |         ^")),
        ("プラ: x", 5, ("  7 | プラ: x", "    |       ^")),
        ("a\u0301b", 3, ("  7 | a\u0301b", "    |  ^")),
        (f"a{ESC}b", 3, ("  7 | a\\x1bb", "    |      ^")),
        ("a\u202eb", 3, ("  7 | a\\u202eb", "    |        ^")),
        ("", 1, ("  7 |",)),
        ("   ", 2, ("  7 |",)),
    ],
)
def test_a_caret_stands_below_the_column(line: str, column: int, expected: tuple[str, ...]) -> None:
    """Columns count characters of the file; the terminal shows tabs, wide characters and escapes otherwise."""
    assert excerpt_lines(line, 7, column) == expected


def test_the_number_makes_room_for_itself() -> None:
    assert excerpt_lines("x", 1234, 1) == ("  1234 | x", "       | ^")


@pytest.mark.parametrize(("column", "starts", "ends"), [(1, False, True), (500, True, True), (1000, True, False)])
def test_a_long_line_is_windowed_around_the_column(column: int, starts: bool, ends: bool) -> None:
    """The window does not depend on a terminal, and says where something was cut."""
    line = "".join(chr(ord("a") + index % 26) for index in range(1000))
    shown, caret = excerpt_lines(line, 1, column)
    body, mark = shown.removeprefix("  1 | "), caret.removeprefix("    | ")
    assert len(body.strip("…")) == WIDTH
    assert (body.startswith("…"), body.endswith("…")) == (starts, ends)
    assert body[len(mark) - 1] == line[column - 1]


def test_a_line_of_exactly_the_width_is_whole() -> None:
    assert "…" not in excerpt_lines("x" * WIDTH, 1, 1)[0]
    assert "…" in excerpt_lines("x" * (WIDTH + 1), 1, 1)[0]


def _columns(shown: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in shown)


@settings(deadline=None)
@given(st.text(max_size=400), st.integers(0, 500), st.integers(1, 10**7))
def test_any_line_stays_harmless_and_bounded(line: str, column: int, number: int) -> None:
    """Two lines at most; nothing that acts; width bounded by the window, however long the line is."""
    lines = excerpt_lines(line, number, column)
    assert 1 <= len(lines) <= 2
    for shown in lines:
        assert text.escape(shown) == shown
        assert len(shown.splitlines()) == 1
        assert _columns(shown) <= 12 * (WIDTH + 4)  # \U0001xxxx: ten columns for one character


class Lines:
    """A source that knows one line of one file."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def line(self, path: str, number: int) -> str | None:
        self.asked.append((path, number))
        return "name: x" if (path, number) == ("a.md", 2) else None


def _finding(line: int, path: str = "a.md") -> Finding:
    return Finding("X001", Severity.ERROR, "odd", Location(path, line, 1 if line else 0), "mend it")


def test_the_excerpt_stands_between_the_finding_and_its_repair() -> None:
    """First what and where, then the line, then what to do."""
    lines = list(text.finding_lines(_finding(2), "p", Lines()))
    assert [line.strip() for line in lines[1:]] == ["2 | name: x", "| ^", "fix: mend it"]


@pytest.mark.parametrize("finding", [_finding(0), _finding(3), _finding(2, "b.md")])
def test_without_a_line_there_is_no_excerpt(finding: Finding) -> None:
    """A whole file, a line that is gone, a file that is gone."""
    assert len(list(text.finding_lines(finding, "p", Lines()))) == 2


def test_no_line_is_read_for_a_finding_on_a_whole_file() -> None:
    source = Lines()
    list(text.finding_lines(_finding(0), "p", source))
    list(
        text.outcome_lines(
            Report("x", (Outcome(subject="p", findings=(_finding(2),), source=source),)), lambda _: (), quiet=True
        )
    )
    assert source.asked == [("a.md", 2)]

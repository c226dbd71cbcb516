"""Workflow commands: one line each, and no way for a plugin to write one of its own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.cli.render import github
from plugintool.errors import BuildError, MissingPathError
from plugintool.jsontext import JsonObject
from plugintool.report import Finding, Location, Outcome, Report, Severity


class Value:
    """A value without content."""

    def as_json(self) -> JsonObject:
        return {}


def render(*outcomes: Outcome[Value]) -> list[str]:
    return github.render(Report("lint", outcomes)).splitlines()


def finding(message: str = "odd", severity: Severity = Severity.ERROR, hint: str = "", **place: Any) -> Finding:
    return Finding("X001", severity, message, Location(**{"path": "a.md", "line": 3, "column": 9, **place}), hint)


def test_nothing_to_say_is_nothing() -> None:
    assert github.render(Report("lint", (Outcome(subject="p", value=Value()),))) == ""


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (finding(), "::error file=p/a.md,line=3,col=9,title=X001::odd"),
        (finding(severity=Severity.WARNING), "::warning file=p/a.md,line=3,col=9,title=X001::odd"),
        (finding(severity=Severity.INFO), "::notice file=p/a.md,line=3,col=9,title=X001::odd"),
        (finding(hint="mend it"), "::error file=p/a.md,line=3,col=9,title=X001::odd%0Afix: mend it"),
        (finding(line=0, column=0), "::error file=p/a.md,title=X001::odd"),
        (finding(column=0), "::error file=p/a.md,line=3,title=X001::odd"),
        (finding(path="", line=0, column=0), "::error file=p,title=X001::odd"),
        (finding("50% off"), "::error file=p/a.md,line=3,col=9,title=X001::50%25 off"),
        (finding(path="a,b:c%.md"), "::error file=p/a%2Cb%3Ac%25.md,line=3,col=9,title=X001::odd"),
    ],
)
def test_a_finding_is_a_command(found: Finding, line: str) -> None:
    """As GitHub documents them: properties with commas, then the message; signs of its own are encoded."""
    assert render(Outcome(subject="p", findings=(found,))) == [line]


def test_an_error_is_a_command() -> None:
    """With all its problems; the exit code alone would tell nothing."""
    lines = render(
        Outcome(subject="gone", error=MissingPathError("no such file", path="gone")),
        Outcome(subject="", error=BuildError("2 files", problems=("a: bad", "b: bad"))),
    )
    assert lines == [
        "::error file=gone,title=path-missing::no such file",
        "::error title=build-failed::2 files%0Aa: bad%0Ab: bad",
    ]


@pytest.mark.parametrize(
    "text", ["a\n::error::b", "a\r\n::stop-commands::x", "\n", "::add-mask::x\r", "\x1b[31m\u2028::x"]
)
def test_a_stranger_cannot_speak_to_the_runner(text: str) -> None:
    """A line end in a message or a name would begin a command that GitHub obeys."""
    lines = render(Outcome(subject="p", findings=(finding(text, hint=text, path=text.replace("\0", "")),)))
    assert len(lines) == 1
    assert lines[0].startswith("::error file=")
    assert lines[0].count("::error file=") == 1


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_one_finding_is_one_line(message: str, path: str) -> None:
    """Whatever they hold."""
    lines = render(Outcome(subject="p", findings=(finding(message, path=path.replace("\0", ""), hint=message),)))
    assert len(lines) == 1
    head = lines[0].split("::")[1]
    assert head.startswith("error file=")
    assert head.count(",") == 3

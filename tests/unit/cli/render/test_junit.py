"""JUnit XML: well formed whatever a plugin holds, and counts that add up."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.cli.render import junit
from plugintool.errors import MissingPathError
from plugintool.jsontext import JsonObject
from plugintool.report import Finding, Location, Outcome, Report, Severity


class Value:
    """A value without content."""

    def as_json(self) -> JsonObject:
        return {}


def finding(severity: Severity = Severity.ERROR, message: str = "odd", **place: Any) -> Finding:
    return Finding("X001", severity, message, Location(**{"path": "a.md", "line": 3, "column": 9, **place}), "mend it")


def suites(*outcomes: Outcome[Value], failing: frozenset[Severity] = frozenset({Severity.ERROR})) -> ET.Element:
    root = ET.fromstring(junit.render(Report("lint", outcomes, failing)))
    assert root.tag == "testsuites"
    for group in (root, *root):
        cases = list(group.iter("testcase"))
        numbers = {name: int(group.attrib[name]) for name in ("tests", "failures", "errors")}
        found = (len(cases), len(list(group.iter("failure"))), len(list(group.iter("error"))))
        assert tuple(numbers.values()) == found
    return root


def test_a_clean_subject_is_one_case_that_passes() -> None:
    """A suite without a case is shown as nothing at all by most servers."""
    (suite,) = suites(Outcome(subject="p", value=Value()))
    (case,) = suite
    assert (suite.attrib["name"], case.attrib["name"], list(case)) == ("p", "no findings", [])


def test_a_failing_finding_is_a_failure() -> None:
    (suite,) = suites(Outcome(subject="p", findings=(finding(),)))
    (case,) = suite
    assert case.attrib == {"name": "X001 a.md:3:9", "classname": "p", "file": "p/a.md", "line": "3"}
    (failure,) = case
    assert failure.attrib == {"type": "X001", "message": "odd"}
    assert failure.text == "p/a.md:3:9: error: odd\nfix: mend it"


def test_what_does_not_fail_the_run_is_told() -> None:
    """The document and the exit code agree: strictness decides in one place."""
    outcome = Outcome[Value](subject="p", findings=(finding(Severity.WARNING), finding(Severity.INFO)))
    (suite,) = suites(outcome)
    assert [[child.tag for child in case] for case in suite] == [["system-out"], ["system-out"]]
    (suite,) = suites(outcome, failing=frozenset({Severity.ERROR, Severity.WARNING}))
    assert [[child.tag for child in case] for case in suite] == [["failure"], ["system-out"]]


def test_an_error_is_an_error() -> None:
    root = suites(
        Outcome(subject="gone", error=MissingPathError("no such <file>", path="gone")),
        Outcome(subject="p", findings=(finding(),), error=MissingPathError("vanished")),
    )
    assert [(suite.attrib["tests"], suite.attrib["errors"]) for suite in root] == [("1", "1"), ("2", "1")]
    error = root[0][0][0]
    assert (error.tag, error.attrib) == ("error", {"type": "path-missing", "message": "no such <file>"})


def test_a_whole_file_has_no_line() -> None:
    (suite,) = suites(Outcome(subject="p", findings=(finding(line=0, column=0),)))
    assert "line" not in suite[0].attrib
    assert suite[0].attrib["name"] == "X001 a.md"


@pytest.mark.parametrize("text", ["<a>&\"'", "]]>", "a\x00b", "\x1b[31m", "\ufffe\uffff", "\ud800", "a\nb", "\u202e"])
def test_no_text_breaks_the_document(text: str) -> None:
    """XML has no way to say some characters: they become visible escapes."""
    root = suites(Outcome(subject="p", findings=(finding(message=text, path=f"{text}.md".replace("\0", "")),)))
    assert root[0][0][0].attrib["type"] == "X001"


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_gives_a_document(subject: str, message: str) -> None:
    """Names and messages of strangers."""
    suites(Outcome(subject=subject.replace("\0", ""), findings=(finding(message=message),)))

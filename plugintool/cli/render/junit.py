"""Reports as JUnit XML, which most build servers read: a suite for each subject, a case for each finding.

The format has no official schema; this is the part that Jenkins, GitLab and Azure read alike: suites with counts,
cases with ``failure``, ``error`` or ``system-out``. A finding that does not fail the run is a case that passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from plugintool.cli.render.place import relative_path
from plugintool.cli.render.text import escape
from plugintool.errors import PlugintoolError
from plugintool.pattern import pattern
from plugintool.report import Finding, Outcome, Presentable, Report, Severity

V = TypeVar("V", bound=Presentable)
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_NO_XML = pattern("[\ufffe\uffff]")
"""What XML 1.0 forbids and ``escape`` leaves."""


def render(report: Report[V]) -> str:
    """Return the document."""
    return "\n".join(_lines(report))


def _lines(report: Report[V]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f"<testsuites {_attributes({'name': f'plugintool {report.command}'} | _counts(report.outcomes, report))}>"
    for outcome in report.outcomes:
        name = relative_path(outcome.subject, "") or report.command
        yield f"  <testsuite {_attributes({'name': name} | _counts((outcome,), report))}>"
        yield from _cases(outcome, name, report.failing)
        yield "  </testsuite>"
    yield "</testsuites>"


def _counts(outcomes: tuple[Outcome[V], ...], report: Report[V]) -> dict[str, str]:
    errors = sum(outcome.error is not None for outcome in outcomes)
    found = [finding for outcome in outcomes for finding in outcome.findings]
    silent = sum(not outcome.findings and outcome.error is None for outcome in outcomes)
    failures = sum(finding.severity in report.failing for finding in found)
    numbers = {"tests": len(found) + errors + silent, "failures": failures, "errors": errors}
    return {key: str(number) for key, number in numbers.items()}


def _cases(outcome: Outcome[V], name: str, failing: frozenset[Severity]) -> Iterator[str]:
    for finding in outcome.findings:
        yield from _finding(finding, outcome.subject, name, fails=finding.severity in failing)
    if outcome.error is not None:
        yield from _case({"name": outcome.error.code, "classname": name}, _error(outcome.error))
    elif not outcome.findings:
        yield f"    <testcase {_attributes({'name': 'no findings', 'classname': name})}/>"


def _finding(finding: Finding, subject: str, name: str, *, fails: bool) -> Iterator[str]:
    place = finding.location
    position = f":{place.line}:{place.column or 1}" if place.line else ""
    path = relative_path(subject, place.path)
    hint = f"\nfix: {finding.hint}" if finding.hint else ""
    text = f"{path}{position}: {finding.severity.value}: {finding.message}{hint}"
    attributes = {"name": f"{finding.code} {place.path}{position}".rstrip(), "classname": name, "file": path}
    yield from _case(attributes | ({"line": str(place.line)} if place.line else {}), _body(finding, text, fails=fails))


def _body(finding: Finding, text: str, *, fails: bool) -> str:
    if not fails:
        return f"<system-out>{_xml(text)}</system-out>"
    return f"<failure {_attributes({'type': finding.code, 'message': finding.message})}>{_xml(text)}</failure>"


def _error(error: PlugintoolError) -> str:
    return f"<error {_attributes({'type': error.code, 'message': error.message})}/>"


def _case(attributes: dict[str, str], body: str) -> Iterator[str]:
    yield f"    <testcase {_attributes(attributes)}>"
    yield f"      {body}"
    yield "    </testcase>"


def _attributes(values: dict[str, str]) -> str:
    return " ".join(f'{key}="{_xml(value)}"' for key, value in values.items())


def _xml(text: str) -> str:
    lines = (_NO_XML.sub("\ufffd", escape(line)).translate(_ENTITIES) for line in text.split("\n"))
    return "\n".join(lines)

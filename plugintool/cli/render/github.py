"""Reports as workflow commands of GitHub Actions: one annotation for each finding and each error.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands, "Setting an error message",
2026-11. What a stranger wrote cannot begin a command of its own: line ends and ``%`` are encoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from plugintool.cli.render.place import relative_path
from plugintool.cli.render.text import escape
from plugintool.errors import PlugintoolError
from plugintool.report import Finding, Presentable, Report, Severity

V = TypeVar("V", bound=Presentable)
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report[V]) -> str:
    """Return the commands, one a line; empty when there is nothing to say."""
    return "\n".join(_lines(report))


def _lines(report: Report[V]) -> Iterator[str]:
    for outcome in report.outcomes:
        for finding in outcome.findings:
            yield _finding(finding, outcome.subject)
        if outcome.error is not None:
            yield _error(outcome.error, outcome.subject)


def _finding(finding: Finding, subject: str) -> str:
    place = finding.location
    hint = f"\nfix: {finding.hint}" if finding.hint else ""
    properties = {"file": relative_path(subject, place.path), "line": str(place.line), "col": str(place.column)}
    return _command(_COMMANDS[finding.severity], {**properties, "title": finding.code}, finding.message + hint)


def _error(error: PlugintoolError, subject: str) -> str:
    properties = {"file": relative_path(subject, ""), "title": error.code}
    return _command("error", properties, "\n".join((error.message, *error.detail.get("problems", ()))))


def _command(name: str, properties: dict[str, str], message: str) -> str:
    shown = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value not in {"", "0"})
    return f"::{name} {shown}::{_data(message)}"


def _data(text: str) -> str:
    return "%0A".join(escape(line).replace("%", "%25") for line in text.split("\n"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

"""Reports as text: findings with the line they speak of, errors with what, where, expected, found and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import click

from plugintool.errors import PlugintoolError, VerificationError
from plugintool.jsontext import pointer_text
from plugintool.pattern import pattern
from plugintool.report import Finding, Location, Presentable, Report, Severity, SourceLines

V = TypeVar("V", bound=Presentable)
_UNSAFE = pattern(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Categories Cc, Cs and Zl/Zp, bidirectional controls, and what is invisible (Default_Ignorable_Code_Point of
Unicode 16, without the variation selectors that emoji use)."""
_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def escape(text: str) -> str:
    """Make text from a plugin safe for a terminal: control, bidirectional and invisible characters become escapes."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)


def outcome_lines(report: Report[V], lines: Callable[[V], Iterable[str]], *, quiet: bool) -> Iterator[str]:
    """Yield the text of all findings and, unless ``quiet``, of all values."""
    for outcome in report.outcomes:
        for finding in outcome.findings:
            yield from finding_lines(finding, outcome.subject, outcome.source)
        if outcome.value is not None and not quiet:
            yield from lines(outcome.value)


def finding_lines(finding: Finding, subject: str, source: SourceLines | None = None) -> Iterator[str]:
    """Yield ``path:line:column: severity CODE message``, the line itself with a caret, and the hint."""
    place = finding.location
    path = f"{subject.rstrip('/')}/{place.path}" if subject and place.path else subject or place.path
    position = f":{place.line}:{place.column or 1}" if place.line else ""
    severity = click.style(finding.severity.value, fg=_COLORS[finding.severity], bold=True)
    field = f" [{escape(pointer_text(place.pointer))}]" if place.pointer else ""
    yield f"{escape(path)}{position}: {severity} {finding.code} {escape(finding.message)}{field}"
    yield from _excerpt(place, source)
    if finding.hint:
        yield f"  fix: {escape(finding.hint)}"


def _excerpt(place: Location, source: SourceLines | None) -> Iterable[str]:
    line = source.line(place.path, place.line) if source is not None and place.line else None
    if line is None:
        return ()
    from plugintool.cli.render.excerpt import excerpt_lines  # noqa: PLC0415 - only where there is one

    return excerpt_lines(line, place.line, place.column)


def error_lines(report: Report[V]) -> Iterator[str]:
    """Yield the errors of all outcomes."""
    for outcome in report.outcomes:
        if outcome.error is not None:
            yield from _one_error(outcome.error, outcome.subject)


def _one_error(error: PlugintoolError, subject: str) -> Iterator[str]:
    detail = error.detail
    where = [text for text in (subject, detail.get("path", "")) if text]
    if len(where) == 2 and where[1].startswith(where[0]):  # noqa: PLR2004 - subject and path
        del where[0]
    place = ": ".join(where)
    if detail.get("line"):
        place += f":{detail['line']}:{detail.get('column') or 1}"
    step = f"step {error.step}: " if isinstance(error, VerificationError) else ""
    head = click.style("error:", fg="red", bold=True)
    yield f"{head} {escape(place)}{': ' if place else ''}{step}{escape(error.message)} [{error.code}]"
    for label in ("field", "expected", "found"):
        value = detail.get(label)
        if value:
            yield f"  {label}: {escape(str(value))}"
    for problem in detail.get("problems", ()):
        yield f"  - {escape(problem)}"
    if detail.get("hint"):
        yield f"  fix: {escape(detail['hint'])}"

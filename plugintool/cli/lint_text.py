"""The text of what ``plugintool lint`` found: one line of summary a subject, tables for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from plugintool.cli.render.text import escape
from plugintool.report import Severity

if TYPE_CHECKING:
    from plugintool.author.fix import FixSummary
    from plugintool.author.lint import LintSummary, LintValue, Statistics
    from plugintool.lint.baseline import BaselineUse
    from plugintool.lint.matrix import Matrix

_COLORS = {"refused": "red", "works partly": "yellow", "works": "green"}


def number_of(number: int, noun: str) -> str:
    """Return ``1 error``, ``2 errors``; ``noun`` stands in the plural."""
    return f"{number:,} {noun.removesuffix('s') if number == 1 else noun}"


def value_lines(value: LintValue) -> Iterator[str]:
    """Yield the text of one value of a lint report."""
    from plugintool.author.lint import LintSummary, Statistics  # noqa: PLC0415 - start-up is a feature

    if isinstance(value, LintSummary):
        yield from _summary(value)
    elif isinstance(value, Statistics):
        yield from _statistics(value)
    else:
        yield from _baseline(value)


def _summary(summary: LintSummary) -> Iterator[str]:
    found = ", ".join(number_of(number, name) for name, number in summary.checked.items() if number)
    counts = [number_of(summary.errors, "errors"), number_of(summary.warnings, "warnings")]
    counts += [number_of(summary.infos, "notes")] if summary.infos else []
    counts += [f"{summary.known:,} known"] if summary.known else []
    rules = number_of(summary.rules, "rules")
    yield f"{escape(summary.name)}: {', '.join(counts)}; checked {found or 'nothing'} with {rules}"
    for code, number in summary.omitted.items():
        yield f"  {number_of(number, 'findings')} of {code} not shown"


def _statistics(statistics: Statistics) -> Iterator[str]:
    for code, severity, count in statistics.counts:
        yield f"{count:>7,}  {severity.value:<7}  {code}"
    if not statistics.counts:
        yield "no findings"


def _baseline(use: BaselineUse) -> Iterator[str]:
    if use.written:
        yield f"baseline written: {number_of(use.known, 'findings')}"
        return
    yield f"baseline: {number_of(use.known, 'findings')} known, {len(use.stale):,} stale"
    for item in use.stale:
        yield f"  stale: {escape(str(item))}; write the baseline again"


def fix_lines(summary: FixSummary) -> Iterator[str]:
    """Yield the patch as it is, which holds nothing that a terminal acts on; or else what was repaired and is left."""
    if summary.diff:
        yield from summary.diff.removesuffix("\n").split("\n")
        return
    for finding in summary.repaired:
        place = finding.location
        position = f":{place.line}:{place.column or 1}" if place.line else ""
        yield f"  repaired {escape(place.path)}{position}: {finding.code} {escape(finding.message)}"
    repaired = f"{number_of(len(summary.repaired), 'findings')} repaired"
    where = f" in {number_of(len(summary.files), 'files')}" if summary.files else ""
    left = ", ".join(number_of(summary.left[severity], f"{severity.value}s") for severity in list(Severity)[:2])
    yield f"{escape(summary.name)}: {repaired}{where}; {left} left"
    if summary.unsafe:
        yield f"  {summary.unsafe:,} more with --unsafe-fixes, which may change what is meant"


def matrix_lines(matrix: Matrix) -> Iterator[str]:
    """Yield the table of one plugin: target, versions, how it does, and below why."""
    yield escape(matrix.name)
    targets = max((len(row.target) for row in matrix.rows), default=0)
    versions = max((len(row.versions) for row in matrix.rows), default=0)
    for row in matrix.rows:
        fit = click.style(row.fit.value, fg=_COLORS[row.fit.value])
        yield f"  {row.target:<{targets}}  {row.versions:<{versions}}  {fit}"
        for reason in row.reasons:
            where = f"{escape(reason.path)}: " if reason.path else ""
            yield f"    {reason.code}  {where}{escape(reason.message)}"

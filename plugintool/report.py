"""``Report``: the one value behind every command's result, and the one rule for its exit code.

A command works on *subjects* (plugins, trees, archives). Each subject ends in an ``Outcome``: a value, findings, or
the error that stopped it. All outcomes are reported and the exit code is the highest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from plugintool.errors import PlugintoolError
from plugintool.frozen import dataclass, field
from plugintool.jsontext import JsonObject, Pointer, pointer_text

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Severity(StrEnum):
    """How much a finding matters; only errors change the exit code, unless a command is asked to be strict."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Location:
    """A place.

    Attributes:
        path: relative to the subject.
        line, column: from 1; 0 = the whole file.
        pointer: a JSON pointer or a key.
        part: what is meant where no single value is: ``json`` or ``frontmatter`` (its syntax or the whole of it),
            ``root`` (the outermost value), ``file`` or ``directory``.
    """

    path: str
    line: int = 0
    column: int = 0
    pointer: Pointer = ()
    part: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement of a rule about one place. ``hint`` says what to do next."""

    code: str
    severity: Severity
    message: str
    location: Location
    hint: str = ""

    def as_json(self) -> JsonObject:
        """Return the published form (docs/reference/schemas/report.schema.json)."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "path": self.location.path,
            "line": self.location.line,
            "column": self.location.column,
            "field": pointer_text(self.location.pointer) or self.location.part,
            "hint": self.hint,
        }


class SourceLines(Protocol):
    """Where a renderer gets the lines that findings speak of; a value without lines prints none."""

    def line(self, path: str, number: int) -> str | None:
        """Return one line, counted from 1, without its end; None when there is none or it cannot be read.

        Args:
            path: relative to the subject, as in a ``Location``.
            number: of the line.
        """


class Presentable(Protocol):
    """What the value of an outcome must be able to do."""

    def as_json(self) -> JsonObject:
        """Return the published form of the value."""


@dataclass(frozen=True, kw_only=True)  # no slots: Outcome[Value](...) sets an attribute, and Python 3.11 fails there
class Outcome(Generic[T_co]):
    """How one subject ended.

    Attributes:
        subject: what the user named.
        value: what was found or made.
        findings: what is wrong; those of ``omitted`` are not among them.
        error: what stopped it.
        source: the port to the subject's files, for excerpts.
        omitted: how many more findings there were, of each severity: they count for the exit code.
    """

    subject: str
    value: T_co | None = None
    findings: tuple[Finding, ...] = ()
    error: PlugintoolError | None = None
    source: SourceLines | None = None
    omitted: Mapping[Severity, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Report(Generic[T_co]):
    """All outcomes of one call; ``failing`` are the severities that make it fail."""

    command: str
    outcomes: tuple[Outcome[T_co], ...]
    failing: frozenset[Severity] = frozenset({Severity.ERROR})

    @property
    def exit_code(self) -> int:
        """The highest exit code of the outcomes: that of an error, else 1 for a failing finding, else 0."""
        return max((self._exit_code_of(outcome) for outcome in self.outcomes), default=0)

    def _exit_code_of(self, outcome: Outcome[T_co]) -> int:
        if outcome.error is not None:
            return outcome.error.exit_code
        met = {finding.severity for finding in outcome.findings}
        met.update(severity for severity, number in outcome.omitted.items() if number)
        return int(not met.isdisjoint(self.failing))


def collect(command: str, subjects: Iterable[str], work: Callable[[str], T]) -> Report[T]:
    """Do ``work`` for each subject; an error stops its subject only."""
    return Report(command, tuple(_attempt(subject, work) for subject in subjects))


def _attempt(subject: str, work: Callable[[str], T]) -> Outcome[T]:
    try:
        return Outcome(subject=subject, value=work(subject))
    except PlugintoolError as error:
        return Outcome(subject=subject, error=error)

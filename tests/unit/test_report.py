"""One report, one rule for the exit code; one subject never hides another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from plugintool.errors import ConfigError, InputError, InstallError, PlugintoolError, RollbackError, VerificationError
from plugintool.jsontext import JsonObject
from plugintool.report import Finding, Location, Outcome, Report, Severity, collect


@dataclass(frozen=True)
class Value:
    """The smallest presentable value."""

    text: str

    def as_json(self) -> JsonObject:
        return {"text": self.text}


def finding(severity: Severity) -> Finding:
    return Finding("PT001", severity, "something", Location("a.md"))


def report(*outcomes: Outcome[Value], failing: frozenset[Severity] | None = None) -> Report[Value]:
    made = Report("lint", outcomes)
    return made if failing is None else replace(made, failing=failing)


FINE = Outcome(subject="fine", value=Value("x"))


def test_the_generic_values_can_be_named_with_their_type() -> None:
    """``Outcome[Value](...)`` is an ordinary call, on every supported Python."""
    assert Report[Value]("x", (Outcome[Value](subject="fine", value=Value("x")),)) == Report("x", (FINE,))


def test_nothing_and_success_are_zero() -> None:
    """No subject, and subjects with values only, exit 0."""
    assert report().exit_code == 0
    assert report(FINE, FINE).exit_code == 0


@pytest.mark.parametrize(
    ("severity", "failing", "expected"),
    [
        (Severity.ERROR, None, 1),
        (Severity.WARNING, None, 0),
        (Severity.INFO, None, 0),
        (Severity.WARNING, {Severity.ERROR, Severity.WARNING}, 1),
        (Severity.INFO, {Severity.ERROR, Severity.WARNING}, 0),
        (Severity.ERROR, set(), 0),
    ],
)
def test_findings_count_when_their_severity_fails(
    severity: Severity, failing: set[Severity] | None, expected: int
) -> None:
    """Errors fail by default; a strict command says which others do."""
    outcome = replace(FINE, findings=(finding(Severity.INFO), finding(severity)))
    assert report(outcome, failing=None if failing is None else frozenset(failing)).exit_code == expected


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ((InputError("x"),), 1),
        ((ConfigError("x"),), 2),
        ((VerificationError("x", step=2),), 3),
        ((RollbackError("x"),), 4),
        ((InputError("x"), InstallError("x"), ConfigError("x")), 4),
        ((VerificationError("x", step=2), InputError("x")), 3),
    ],
)
def test_the_highest_exit_code_wins(errors: tuple[PlugintoolError, ...], expected: int) -> None:
    """In any order, among successes and findings."""
    outcomes = [Outcome[Value](subject="x", error=error) for error in errors]
    noisy = replace(FINE, findings=(finding(Severity.ERROR),))
    assert report(FINE, *outcomes, noisy).exit_code == expected
    assert report(noisy, *reversed(outcomes), FINE).exit_code == expected


def test_an_error_outranks_the_findings_of_its_own_subject() -> None:
    """What stopped the subject decides its code."""
    outcome = Outcome[Value](subject="x", error=ConfigError("x"), findings=(finding(Severity.ERROR),))
    assert report(outcome).exit_code == 2


def worker(errors: dict[str, BaseException]) -> Callable[[str], Value]:
    def work(subject: str) -> Value:
        if subject in errors:
            raise errors[subject]
        return Value(subject)

    return work


def test_collect_keeps_going() -> None:
    """A failed subject is one outcome; all others are done, in the order given."""
    failure = InputError("unreadable")
    result = collect("inspect", iter(["a", "b", "c"]), worker({"b": failure}))
    assert result.command == "inspect"
    assert [outcome.subject for outcome in result.outcomes] == ["a", "b", "c"]
    assert [outcome.error for outcome in result.outcomes] == [None, failure, None]
    assert [outcome.value for outcome in result.outcomes] == [Value("a"), None, Value("c")]
    assert result.exit_code == 1


def test_collect_of_nothing() -> None:
    """No subjects: an empty report and success."""
    assert collect("inspect", [], worker({})) == Report("inspect", ())


@pytest.mark.parametrize("bug", [KeyError("x"), ZeroDivisionError(), KeyboardInterrupt()])
def test_collect_hides_no_bug(bug: BaseException) -> None:
    """Only our own errors are outcomes; a mistake of the code and an interrupt go on."""
    with pytest.raises(type(bug)):
        collect("inspect", ["a"], worker({"a": bug}))


def test_finding_as_json() -> None:
    """Every member is there, also when it is empty; the pointer becomes RFC 6901."""
    place = Location("plugin.json", 3, 5, ("mcpServers", "a/b", "args", 0))
    made = Finding("PT007", Severity.WARNING, "odd", place, hint="fix it")
    assert made.as_json() == {
        "code": "PT007",
        "severity": "warning",
        "message": "odd",
        "path": "plugin.json",
        "line": 3,
        "column": 5,
        "field": "/mcpServers/a~1b/args/0",
        "hint": "fix it",
    }
    assert (
        finding(Severity.INFO).as_json() | {"line": 0, "column": 0, "field": "", "hint": ""}
        == finding(Severity.INFO).as_json()
    )

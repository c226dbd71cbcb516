"""What a lint found as a value: it survives being written, and large ones are bounded without losing a verdict."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool import limits
from plugintool.lint.result import LintResult, bound, from_json
from plugintool.report import Finding, Location, Outcome, Report, Severity

TEXTS = st.text(max_size=12)
NUMBERS = st.integers(0, 10**6)
LOCATIONS = st.builds(Location, TEXTS, NUMBERS, NUMBERS, st.lists(TEXTS | NUMBERS, max_size=3).map(tuple))
FINDINGS = st.builds(
    Finding, st.sampled_from(["FM004", "PM030", "HK001"]), st.sampled_from(Severity), TEXTS, LOCATIONS, TEXTS
)
RESULTS = st.builds(
    LintResult,
    TEXTS,
    st.dictionaries(TEXTS, NUMBERS, max_size=3),
    st.lists(TEXTS, max_size=3).map(tuple),
    st.lists(FINDINGS, max_size=4).map(tuple),
)


@settings(deadline=None)
@given(RESULTS)
def test_a_result_survives_being_written(result: LintResult) -> None:
    """Findings, places and pointers, numbers and texts apart."""
    assert from_json(json.loads(json.dumps(result.as_json()))) == result


GOOD: dict[str, Any] = LintResult(
    "p", {"skills": 1}, ("FM004",), (Finding("FM004", Severity.ERROR, "m", Location("a", 1, 2, ("k", 0)), "h"),)
).as_json()


def _changed(**members: Any) -> dict[str, Any]:
    return {**GOOD, **members}


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        _changed(name=5),
        _changed(checked=[]),
        _changed(checked={"a": "1"}),
        _changed(checked={"a": True}),
        _changed(rules="FM004"),
        _changed(rules=[1]),
        _changed(findings={}),
        _changed(findings=["FM004"]),
        _changed(findings=[[]]),
        _changed(findings=[["FM004", "mild", "m", "h", "a", 1, 2, []]]),
        _changed(findings=[["FM004", "error", "m", "h", "a", 1.5, 2, []]]),
        _changed(findings=[["FM004", "error", "m", "h", "a", 1, 2, [None]]]),
        _changed(findings=[["FM004", "error", "m", "h", "a", 1, 2]]),
    ],
)
def test_something_else_is_refused(value: Any) -> None:
    """With an error that the cache knows, never with half a result."""
    assert from_json(GOOD).name == "p"
    with pytest.raises((TypeError, ValueError, KeyError)):
        from_json(value)


def _findings(code: str, severity: Severity, number: int) -> list[Finding]:
    return [Finding(code, severity, "m", Location(f"{code}-{index:05}")) for index in range(number)]


def test_a_few_findings_are_all_shown() -> None:
    found = tuple(_findings("FM004", Severity.WARNING, limits.FINDINGS_PER_RULE))
    assert bound(found) == (found, {}, {})


def test_many_findings_of_one_rule_are_counted() -> None:
    """The first ones in order are shown; other rules are not touched."""
    found = _findings("FM004", Severity.WARNING, limits.FINDINGS_PER_RULE + 7) + _findings("PM030", Severity.ERROR, 3)
    kept = bound(found)
    assert len(kept.shown) == limits.FINDINGS_PER_RULE + 3
    assert kept.shown[: limits.FINDINGS_PER_RULE] == tuple(found[: limits.FINDINGS_PER_RULE])
    assert kept.by_rule == {"FM004": 7}
    assert kept.by_severity == {Severity.WARNING: 7}


def test_an_error_is_never_hidden_by_milder_findings_of_its_rule() -> None:
    """A reader who mends all that is shown must have mended what fails."""
    found = [*_findings("FM004", Severity.INFO, 5), *_findings("FM004", Severity.ERROR, 2)]
    kept = bound(found, limit=3)
    assert [finding.severity for finding in kept.shown] == [Severity.INFO, Severity.ERROR, Severity.ERROR]
    assert kept.by_severity == {Severity.INFO: 4}


@settings(deadline=None)
@given(st.lists(FINDINGS, max_size=30), st.integers(1, 6))
def test_nothing_is_lost(found: list[Finding], limit: int) -> None:
    """Shown and counted together are all; the order stays; no rule is shown more often than allowed."""
    kept = bound(found, limit=limit)
    assert len(kept.shown) + sum(kept.by_rule.values()) == len(found)
    assert sum(kept.by_rule.values()) == sum(kept.by_severity.values())
    assert max(Counter(finding.code for finding in kept.shown).values(), default=0) <= limit
    positions = iter(found)
    assert all(any(finding is other for other in positions) for finding in kept.shown)


@pytest.mark.parametrize(("severity", "code"), [(Severity.ERROR, 1), (Severity.WARNING, 0)])
def test_what_is_not_shown_counts_for_the_exit_code(severity: Severity, code: int) -> None:
    report = Report[None]("lint", (Outcome(subject="p", omitted={severity: 2}),))
    assert report.exit_code == code
    assert Report[None]("lint", (Outcome(subject="p", omitted={severity: 0}),)).exit_code == 0

"""What a lint found as a value: it survives being written, and large ones are bounded without losing a verdict."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool import limits
from plugintool.lint.result import Kind, LintResult, bound, from_row, kinds_from, to_row
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
    st.lists(st.tuples(TEXTS, NUMBERS, TEXTS), max_size=2).map(tuple),
)


@settings(deadline=None)
@given(RESULTS, RESULTS)
def test_results_survive_being_written(one: LintResult, two: LintResult) -> None:
    """Findings, places and pointers, numbers and texts apart; what they have in common is written once."""
    kinds: list[Kind] = []
    written = json.loads(json.dumps([to_row(one, kinds), to_row(two, kinds), to_row(one, kinds), kinds]))
    assert [from_row(row, kinds_from(written[3])) for row in written[:3]] == [one, two, one]
    assert len(kinds) == len({(item.rules, tuple(item.checked)) for item in (one, two)})


KINDS: list[Kind] = [(("FM004",), ("skills",))]
FINDING = ["FM004", "error", "m", "h", "a", 1, 2, ["k", 0], ""]
GOOD: list[Any] = ["p", 0, [1], [FINDING], [["a", 1, "text"]]]


def _changed(place: int, value: Any) -> list[Any]:
    return [*GOOD[:place], value, *GOOD[place + 1 :]]


@pytest.mark.parametrize(
    "row",
    [
        [],
        [*GOOD, 1],
        _changed(0, 5),
        _changed(1, 1),
        _changed(1, -1),
        _changed(1, "0"),
        _changed(2, []),
        _changed(2, [1, 2]),
        _changed(2, ["1"]),
        _changed(2, [True]),
        _changed(3, {}),
        _changed(3, ["FM004"]),
        _changed(3, [[]]),
        _changed(3, [[*FINDING[:1], "mild", *FINDING[2:]]]),
        _changed(3, [[*FINDING[:5], 1.5, *FINDING[6:]]]),
        _changed(3, [[*FINDING[:7], [None], ""]]),
        _changed(3, [FINDING[:8]]),
        _changed(4, [["a", 1]]),
        _changed(4, [["a", "1", "text"]]),
        _changed(4, None),
    ],
)
def test_something_else_is_refused(row: list[Any]) -> None:
    """With an error that the cache knows, never with half a result."""
    assert from_row(GOOD, KINDS).lines == (("a", 1, "text"),)
    with pytest.raises((TypeError, ValueError, IndexError)):
        from_row(row, KINDS)


@pytest.mark.parametrize("kinds", [[None], [[1]], [[["FM004"], [1]]], [[[1], ["skills"]]]])
def test_another_kind_is_refused(kinds: list[Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        kinds_from(kinds)


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

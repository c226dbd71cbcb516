"""What a lint of one subject found, before anybody decides what is shown of it.

Named tuples: unlike a data class, one costs nothing to define, and every call of lint defines them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from plugintool import limits
from plugintool.jsontext import JsonValue
from plugintool.report import Finding, Location, Severity

_SEVERITIES = tuple(Severity)
NONE: Mapping[Any, int] = MappingProxyType({})
"""Nothing counted."""


class LintResult(NamedTuple):
    """The findings on one subject, and what was looked at.

    Attributes:
        name: of the subject's directory.
        checked: what was found, in words in the plural, with its number.
        rules: ids of the rules that ran.
        findings: all of them, sorted.
        lines: path, number and text of lines that they speak of, where somebody has looked them up.
    """

    name: str
    checked: Mapping[str, int]
    rules: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    lines: tuple[tuple[str, int, str], ...] = ()


Kind: TypeAlias = "tuple[tuple[str, ...], tuple[str, ...]]"
"""Which rules ran and what was counted: the same for most results, so it is written once for all of them."""


def kinds_from(value: JsonValue) -> list[Kind]:
    """Read the kinds that ``to_row`` has collected.

    Raises:
        ValueError, TypeError: it is something else.
    """
    pairs = (_list(pair) for pair in _list(value))
    return [(tuple(map(_text, _list(rules))), tuple(map(_text, _list(words)))) for rules, words in pairs]


def to_row(result: LintResult, kinds: list[Kind]) -> list[JsonValue]:
    """Return a form from which ``from_row`` makes an equal value.

    Args:
        result: the result.
        kinds: a kind that is new is added.
    """
    kind = (result.rules, tuple(result.checked))
    if kind not in kinds:
        kinds.append(kind)
    lines: JsonValue = [[*line] for line in result.lines]
    findings: JsonValue = [_finding_to_row(finding) for finding in result.findings]
    return [result.name, kinds.index(kind), [*result.checked.values()], findings, lines]


def from_row(row: list[JsonValue], kinds: list[Kind]) -> LintResult:
    """Read what ``to_row`` wrote.

    Raises:
        ValueError, TypeError, IndexError: it is something else.
    """
    name, kind, numbers, findings, lines = row
    rules, words = kinds[_number(kind)]
    checked = dict(zip(words, map(_number, _list(numbers)), strict=True))
    shown = tuple((_text(path), _number(number), _text(text)) for path, number, text in map(_list, _list(lines)))
    return LintResult(_text(name), checked, rules, tuple(map(_finding_from_row, _list(findings))), shown)


def _finding_to_row(finding: Finding) -> JsonValue:
    place = finding.location
    pointer: list[JsonValue] = list(place.pointer)
    return [
        finding.code, finding.severity.value, finding.message, finding.hint,
        place.path, place.line, place.column, pointer, place.part,
    ]  # fmt: skip


def _finding_from_row(value: JsonValue) -> Finding:
    code, severity, message, hint, path, line, column, pointer, part = _list(value)
    steps = tuple(step if isinstance(step, str) else _number(step) for step in _list(pointer))
    place = Location(_text(path), _number(line), _number(column), steps, _text(part))
    return Finding(_text(code), Severity(_text(severity)), _text(message), place, _text(hint))


def _list(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _number(value: JsonValue) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("no number")
    return value


class Bounded(NamedTuple):
    """Findings that are shown, and how many more there were: by rule and by severity."""

    shown: tuple[Finding, ...]
    by_rule: Mapping[str, int] = NONE
    by_severity: Mapping[Severity, int] = NONE


def bound(findings: Iterable[Finding], *, limit: int = limits.FINDINGS_PER_RULE) -> Bounded:
    """Keep at most ``limit`` findings of each rule, the most severe ones, in their order; count the others."""
    findings = tuple(findings)
    if max(Counter(finding.code for finding in findings).values(), default=0) <= limit:
        return Bounded(findings)
    taken: Counter[str] = Counter()
    kept: set[int] = set()
    for index in sorted(range(len(findings)), key=lambda index: _SEVERITIES.index(findings[index].severity)):
        taken[findings[index].code] += 1
        if taken[findings[index].code] <= limit:
            kept.add(index)
    shown = tuple(finding for index, finding in enumerate(findings) if index in kept)
    left = [finding for index, finding in enumerate(findings) if index not in kept]
    by_rule = Counter(finding.code for finding in left)
    return Bounded(shown, dict(sorted(by_rule.items())), dict(Counter(finding.severity for finding in left)))

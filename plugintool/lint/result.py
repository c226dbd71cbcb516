"""What a lint of one subject found, before anybody decides what is shown of it.

Named tuples: unlike a data class, one costs nothing to define, and every call of lint defines them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from plugintool import limits
from plugintool.jsontext import JsonObject, JsonValue
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
    """

    name: str
    checked: Mapping[str, int]
    rules: tuple[str, ...]
    findings: tuple[Finding, ...] = ()

    def as_json(self) -> JsonObject:
        """Return a form from which ``from_json`` makes an equal value."""
        return {
            "name": self.name,
            "checked": dict(self.checked),
            "rules": list(self.rules),
            "findings": [_finding_as_json(finding) for finding in self.findings],
        }


def from_json(value: JsonValue) -> LintResult:
    """Read what ``as_json`` wrote.

    Raises:
        ValueError, KeyError, TypeError: it is something else.
    """
    if not isinstance(value, dict):
        raise TypeError("no object")
    findings = tuple(_finding_from_json(item) for item in _list(value["findings"]))
    checked = {key: _number(number) for key, number in _object(value["checked"]).items()}
    return LintResult(_text(value["name"]), checked, tuple(_text(item) for item in _list(value["rules"])), findings)


def _finding_as_json(finding: Finding) -> JsonValue:
    place = finding.location
    pointer: list[JsonValue] = list(place.pointer)
    return [
        finding.code, finding.severity.value, finding.message, finding.hint,
        place.path, place.line, place.column, pointer, place.part,
    ]  # fmt: skip


def _finding_from_json(value: JsonValue) -> Finding:
    code, severity, message, hint, path, line, column, pointer, part = _list(value)
    steps = tuple(step if isinstance(step, str) else _number(step) for step in _list(pointer))
    place = Location(_text(path), _number(line), _number(column), steps, _text(part))
    return Finding(_text(code), Severity(_text(severity)), _text(message), place, _text(hint))


def _list(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _object(value: JsonValue) -> JsonObject:
    if not isinstance(value, dict):
        raise TypeError("no object")
    return value


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _number(value: JsonValue) -> int:
    if type(value) is not int:
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

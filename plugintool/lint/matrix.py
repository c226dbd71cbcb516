"""The matrix: for each target and range of versions, whether a plugin works, and what is dropped where.

Derived from the findings and from what their rules say: ``since`` and ``error_until`` divide the versions of the
client, ``app_since`` and ``app_until`` those of the app. An error with a witness (the client, its documentation, or
that of the app) means *refused*; a warning about something that is lost at load means *works partly*. Judgements of our
own play no part.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from plugintool.frozen import dataclass, replace
from plugintool.jsontext import JsonObject
from plugintool.lint import registry
from plugintool.lint.rule import NEWEST_CLIENT, Rule, Version
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.lint.targets import Target, version_text
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Severity

_REFUSING = frozenset("CLDP")
_LOSING = "L"
_NONE: Version = (0, 0, 0)


class Fit(StrEnum):
    """How a plugin does in one place."""

    WORKS = "works"
    PARTLY = "works partly"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it does not simply work: a rule id or the code of a change of the app, the file, and words."""

    code: str
    path: str
    message: str

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {"code": self.code, "path": self.path, "message": self.message}


@dataclass(frozen=True, slots=True)
class Row:
    """One target and a range of its versions.

    Attributes:
        target: its name.
        since, until: the first version, and the first that no longer belongs; zeros where there is no bound.
        fit: how the plugin does there.
        reasons: why; empty when it works.
    """

    target: str
    since: Version
    until: Version
    fit: Fit
    reasons: tuple[Reason, ...] = ()

    @property
    def versions(self) -> str:
        """The range in words."""
        since, until = version_text(self.since), version_text(self.until)
        if self.since == self.until:
            return "all versions" if self.since == _NONE else since
        if self.until == _NONE:
            return f"{since} and newer"
        return f"before {until}" if self.since == _NONE else f"{since} to before {until}"

    def as_json(self) -> JsonObject:
        """Return the published form; a bound that is not there is null, equal bounds mean one version."""
        bounds: JsonObject = {
            "since": None if self.since == _NONE else version_text(self.since),
            "until": None if self.until == _NONE else version_text(self.until),
        }
        reasons: JsonObject = {"reasons": [reason.as_json() for reason in self.reasons]}
        return {"target": self.target, "versions": self.versions, **bounds, "fit": self.fit.value, **reasons}


@dataclass(frozen=True, slots=True)
class Matrix:
    """All rows of one plugin."""

    name: str
    rows: tuple[Row, ...]

    @property
    def refusals(self) -> int:
        """How many rows are refused."""
        return sum(row.fit is Fit.REFUSED for row in self.rows)

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {"name": self.name, "matrix": [row.as_json() for row in self.rows]}


def matrix_of(plugin: Plugin, targets: Sequence[Target], options: LintOptions) -> Matrix:
    """Judge a plugin for each target; a target with a version has one row, others one for each range.

    Raises:
        ConfigError: ``options`` name no rule.
    """
    rows = [row for target in targets for row in _joined(_rows(plugin, target, options))]
    return Matrix(plugin.name, tuple(rows))


def _rows(plugin: Plugin, target: Target, options: LintOptions) -> Iterator[Row]:
    wanted = replace(options, targets=(target.name,), select=options.select or _asked())
    for since, until in _ranges(target):
        client = since if target.name == "claude-code" and since != _NONE else NEWEST_CLIENT
        if target.name == "claude-code" and since == _NONE and until != _NONE:
            client = (0, 0, 1)  # older than every version that a rule names
        app = (("cowork", since),) if target.name == "cowork" else ()
        reasons = list(_reasons(plugin, replace(wanted, client=client, versions=app)))
        fit = max((fit for fit, _ in reasons), default=Fit.WORKS, key=tuple(Fit).index)
        yield Row(target.name, since, until, fit, tuple(reason for _, reason in reasons))


def _asked() -> tuple[str, ...]:
    """The rules that are on by default, and those about some versions of the app, which are too much for every day."""
    return tuple(rule.id for rule in registry.all_rules().values() if rule.default or rule.is_of_some_apps)


def _ranges(target: Target) -> list[tuple[Version, Version]]:
    if target.version is not None:
        return [(target.version, target.version)]
    bounds = [_NONE, *sorted(_bounds(target.name) - {_NONE}), _NONE]
    return list(itertools.pairwise(bounds))


def _bounds(target: str) -> set[Version]:
    """The versions at which something changes."""
    if target == "claude-code":
        rules = [rule for rule in registry.all_rules().values() if target in rule.targets]
        return {version for rule in rules for version in (rule.since, rule.error_until)}
    if target == "cowork":
        rules = [rule for rule in registry.all_rules().values() if target in rule.targets]
        return {version for rule in rules for version in (rule.app_since, rule.app_until)}
    return set()


def _reasons(plugin: Plugin, options: LintOptions) -> Iterator[tuple[Fit, Reason]]:
    for finding in lint_plugin(plugin, options):
        rule = registry.all_rules().get(finding.code)
        if rule is None or rule.since > options.client:
            continue
        fit = _fit_of(finding, rule)
        if fit is not Fit.WORKS:
            yield fit, Reason(finding.code, finding.location.path, finding.message)


def _fit_of(finding: Finding, rule: Rule) -> Fit:
    if finding.severity is Severity.ERROR and not _REFUSING.isdisjoint(rule.backed_by):
        return Fit.REFUSED
    is_lost = finding.severity is Severity.WARNING or rule.is_of_some_apps
    return Fit.PARTLY if is_lost and _LOSING in rule.backed_by else Fit.WORKS


def _joined(rows: Iterable[Row]) -> list[Row]:
    """Join neighbouring ranges in which nothing differs."""
    joined: list[Row] = []
    for row in rows:
        last = joined[-1] if joined else None
        if last is not None and (last.fit, last.reasons) == (row.fit, row.reasons):
            joined[-1] = replace(last, until=row.until)
        else:
            joined.append(row)
    return joined

"""``Rule``: identity, documentation and check of one rule; the only way to make a finding is ``rule.finding``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, TypeAlias

from plugintool.frozen import dataclass, field
from plugintool.jsontext import Pointer
from plugintool.lint.fix import Fix
from plugintool.plugin.model import Component, Plugin
from plugintool.report import Finding, Location, Severity

Version: TypeAlias = "tuple[int, int, int]"
UNBOUND: Version = (0, 0, 0)
"""Where a range of versions has no bound."""
NEWEST_CLIENT: Version = (2, 1, 330)
"""The newest client that was measured; the default of ``--client``."""
ALL_TARGETS = ("claude-code", "cowork", "mcpb", "marketplace", "directory")
"""Where a plugin can be meant to run: the client, the desktop app's org-plugins, bundles, marketplaces, the public
plugin directory."""
DEFAULT_TARGETS = ("claude-code", "cowork")

BASES = {
    "C": "the genuine client's `plugin validate` reports it",
    "L": "it is lost or refused at install or load, while `plugin validate` is silent",
    "D": "public documentation",
    "R": "found in real plugins",
    "P": "public documentation of the desktop app and its managed configuration",
    "B": "our own judgement",
}
"""What a rule is backed by."""


class Subject(StrEnum):
    """What a check looks at; the values are the types of its first parameter."""

    PLUGIN = "Plugin"
    MARKETPLACE = "Marketplace"
    ORG_PLUGINS = "OrgPlugins"


class Ask(StrEnum):
    """How the genuine client sees a single finding when that differs from its rule."""

    AS_RULE = "as-rule"
    SILENT = "silent"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from: document, section, and the date or version that was looked at."""

    document: str
    section: str
    date: str


MEASURED = "claude plugin validate"
"""The genuine client as a document: measured, not read."""


@dataclass(frozen=True, slots=True)
class Docs:
    """The published documentation: what is checked, why it matters, a bad and a good example."""

    what: str
    why: str
    bad: str
    good: str


@dataclass(frozen=True, slots=True)
class RuleFinding(Finding):
    """A finding of a rule, with the genuine client's view of it."""

    client: Ask = Ask.AS_RULE


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may know besides the plugin.

    Attributes:
        targets: where the plugin is meant to run.
        client: the client version that counts.
        built: the tree was written by ``plugintool build``.
        as_client: the profile ``client`` is asked for.
    """

    targets: frozenset[str] = frozenset(DEFAULT_TARGETS)
    client: Version = NEWEST_CLIENT
    built: bool = False
    as_client: bool = False


Check: TypeAlias = Callable[[Any, Context], Iterator[Finding]]
"""A check; its first parameter is a ``Subject`` or a union of subjects, and its annotation says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Attributes:
        id: family letters and three digits; stable, never used again.
        name: the name of its check with hyphens; names what is wrong.
        severity: of its findings, unless a finding says otherwise.
        summary: one line.
        source: where it comes from.
        backed_by: letters of ``BASES``.
        docs: the published documentation.
        check: yields its findings.
        subjects: what the check takes, read off its signature, so that the two cannot differ.
        targets: it runs when one of these is selected.
        since: clients before this version do not report it.
        error_until: an error for clients before this version.
        app_since, app_until: versions of the desktop app for which it is true: from the first on, before the second.
        client_severity: the genuine client's severity where it differs.
        fix: the edits that repair a finding and cannot change what the author means.
        unsafe_fix: edits that repair a finding and may change that; asked when ``fix`` has none.
        default: it runs without being selected.
    """

    id: str
    name: str
    severity: Severity
    summary: str
    source: Source
    backed_by: str
    docs: Docs
    check: Check = field(repr=False)
    subjects: frozenset[Subject] = frozenset({Subject.PLUGIN})
    targets: tuple[str, ...] = ALL_TARGETS
    since: Version = (0, 0, 0)
    error_until: Version = (0, 0, 0)
    app_since: Version = UNBOUND
    app_until: Version = UNBOUND
    client_severity: Severity | None = None
    fix: Fix | None = field(default=None, repr=False)
    unsafe_fix: Fix | None = field(default=None, repr=False)
    default: bool = True

    @property
    def repair(self) -> str:
        """Who repairs its findings, and what is done: the first lines of what its fixes say of themselves."""
        told = []
        if self.fix is not None:
            told.append(f"by `lint --fix`, where there is one answer: {_said(self.fix)}")
        if self.unsafe_fix is not None:
            more = "more " if self.fix is not None else ""
            told.append(
                f"{more}by `lint --fix --unsafe-fixes`, which may change what is meant: {_said(self.unsafe_fix)}"
            )
        return "; ".join(told) or "by hand; the hint of a finding says how"

    @property
    def is_of_some_apps(self) -> bool:
        """Whether it is true for some versions of the desktop app only."""
        return (self.app_since, self.app_until) != (UNBOUND, UNBOUND)

    def is_true_for(self, target: str, version: Version | None) -> bool:
        """Whether it runs for one target; without a version for the newest one, and what clients once said counts too.

        Args:
            target: one of ``ALL_TARGETS``.
            version: of the client or of the desktop app.
        """
        if target not in self.targets:
            return False
        if target == "cowork":
            is_old = version is not None and version < self.app_since
            return not is_old and (self.app_until == UNBOUND or (version is not None and version < self.app_until))
        if target == "claude-code" and version is not None:
            return self.since <= version or self.error_until > version
        return True

    @property
    def fixable(self) -> bool:
        """Whether there is an automatic repair for at least some of its findings."""
        return self.fix is not None or self.unsafe_fix is not None

    def finding(
        self,
        message: str,
        location: Location,
        *,
        hint: str = "",
        severity: Severity | None = None,
        client: Ask = Ask.AS_RULE,
    ) -> RuleFinding:
        """Make a finding of this rule.

        Args:
            message: what is wrong, with the value found; lower case, no final period.
            location: where.
            hint: what to do next.
            severity: when it differs from the rule's.
            client: how the genuine client sees this one.
        """
        return RuleFinding(self.id, severity or self.severity, message, location, hint, client)


def rule(  # noqa: PLR0913 - a rule has as many parts as it has
    rule_id: str,
    severity: Severity,
    summary: str,
    *,
    source: Source,
    backed_by: str,
    why: str,
    bad: str,
    good: str,
    targets: tuple[str, ...] = ALL_TARGETS,
    since: Version = (0, 0, 0),
    error_until: Version = (0, 0, 0),
    app_since: Version = UNBOUND,
    app_until: Version = UNBOUND,
    client_severity: Severity | None = None,
    fix: Fix | None = None,
    unsafe_fix: Fix | None = None,
    default: bool = True,
) -> Callable[[Check], Rule]:
    """Make the decorated check a ``Rule``; the last paragraph of its docstring is what the docs say it checks."""

    def decorate(check: Check) -> Rule:
        return Rule(
            id=rule_id,
            name=check.__name__.replace("_", "-"),
            severity=severity,
            summary=summary,
            source=source,
            backed_by=backed_by,
            docs=Docs(" ".join((check.__doc__ or "").rpartition("\n\n")[2].split()), why, bad, good),
            check=check,
            subjects=subjects_of(check),
            targets=targets,
            since=since,
            error_until=error_until,
            app_since=app_since,
            app_until=app_until,
            client_severity=client_severity,
            fix=fix,
            unsafe_fix=unsafe_fix,
            default=default,
        )

    return decorate


def subjects_of(check: Check) -> frozenset[Subject]:
    """Return what a check takes: the names in the annotation of its first parameter.

    Raises:
        ValueError: one of them is no subject (our own mistake).
    """
    said = next(iter(check.__annotations__.values()))
    names = said if isinstance(said, str) else said.__name__
    return frozenset(Subject(name.strip()) for name in names.split("|"))


def _said(fix: Fix) -> str:
    text = " ".join((fix.__doc__ or "").partition("\n\n")[0].split()).replace("``", "`").rstrip(".")
    return text[:1].lower() + text[1:]


def in_manifest(plugin: Plugin, *pointer: str | int) -> Location:
    """Return the place of a value in the plugin manifest."""
    return plugin.locate(plugin.manifest_path, pointer)


def in_front_matter(component: Component, key: str = "") -> Location:
    """Return the place of a key in a component's front matter."""
    line, column = component.front_matter.place(key)
    return Location(component.path, line, column, (key,) if key else (), "" if key else "frontmatter")


def at(path: str, *, line: int = 0, column: int = 0, pointer: Pointer = (), part: str = "") -> Location:
    """Return a place in a file that is not JSON, or is not readable as JSON."""
    return Location(path, line, column or int(line > 0), pointer, part)

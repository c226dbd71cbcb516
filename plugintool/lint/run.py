"""The engine: runs the rules that are selected, applies suppressions, sorts the findings.

A rule that raises becomes a finding that fails the run: silence would look like a pass.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from plugintool.frozen import dataclass, replace
from plugintool.lint import registry
from plugintool.lint.rule import (
    ALL_TARGETS,
    DEFAULT_TARGETS,
    NEWEST_CLIENT,
    Ask,
    Context,
    Rule,
    RuleFinding,
    Subject,
    Version,
)
from plugintool.lint.rules import engine
from plugintool.lint.suppress import Suppression, comments_of
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Location, Severity

if TYPE_CHECKING:
    from plugintool.plugin.marketplace import Marketplace
    from plugintool.plugin.org_plugins import OrgPlugins

PROFILES = ("default", "client")
JSON_RULES = frozenset({"PM002", "PM003", "PM004", "PM005", "PM008"})
"""Rules about JSON files that do not ask what a file means: they run on a marketplace.json too."""
_UNSUPPRESSABLE = frozenset({"LN001", "LN003", "LN004"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LintOptions:
    """What to run and for whom.

    Attributes:
        select: prefixes of rule ids; empty means all rules that are on by default.
        ignore: prefixes that are not run; the longer prefix wins over ``select``.
        per_path: patterns of paths, each with the prefixes that are ignored there.
        targets: where the plugin is meant to run.
        versions: the versions of targets that count, where one was chosen.
        profile: ``default``, or ``client``: only what the genuine client reports, with its severity.
        client: the client version that counts.
        built: the tree was written by ``plugintool build``.
        suppressions: those of the project file.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_path: tuple[tuple[str, tuple[str, ...]], ...] = ()
    targets: tuple[str, ...] = DEFAULT_TARGETS
    versions: tuple[tuple[str, Version], ...] = ()
    profile: str = "default"
    client: Version = NEWEST_CLIENT
    built: bool = False
    suppressions: tuple[Suppression, ...] = ()


def lint_plugin(plugin: Plugin, options: LintOptions | None = None) -> tuple[Finding, ...]:
    """Return all findings on one plugin, sorted by path, line and id.

    Raises:
        ConfigError: ``select`` or ``ignore`` name no rule.
    """
    return _lint([(_chosen(Subject.PLUGIN, options).rules, plugin)], plugin, options)


def lint_marketplace(marketplace: Marketplace, options: LintOptions | None = None) -> tuple[Finding, ...]:
    """Return all findings on one marketplace, and none on the components of its plugins.

    Raises:
        ConfigError: as ``lint_plugin``.
    """
    document = marketplace.document
    about_json = [rule for rule in _chosen(Subject.PLUGIN, options).rules if rule.id in JSON_RULES]
    about_all = _chosen(Subject.MARKETPLACE, options).rules
    return _lint([(about_all, marketplace), (about_json, document)], document, options)


def lint_org_plugins(directory: OrgPlugins, options: LintOptions | None = None) -> tuple[Finding, ...]:
    """Return all findings on one org-plugins directory as a whole, and none on its single plugins.

    Raises:
        ConfigError: as ``lint_plugin``.
    """
    return _lint([(_chosen(Subject.ORG_PLUGINS, options).rules, directory)], None, options)


_Runs: TypeAlias = "Sequence[tuple[Sequence[Rule], object]]"
"""Rules, and what they are run on."""


def _lint(runs: _Runs, documents: Plugin | None, options: LintOptions | None) -> tuple[Finding, ...]:
    """Run rules on their subjects; ``documents`` holds the files in which suppressions may stand."""
    options = options or LintOptions()
    context = Context(frozenset(options.targets), options.client, options.built, options.profile == "client")
    found: list[Finding] = []
    for rules, subject in runs:
        found += _run(rules, subject, context)
    found = [finding for finding in found if not _is_ignored_there(finding, options)]
    if context.as_client and documents is not None:
        found = [finding for finding in found if finding.code == "PM008" or _is_read(documents, finding)]
    found = _suppress(documents, found, runs, options)
    return tuple(sorted((_plain(finding) for finding in found), key=_order))


def _is_read(plugin: Plugin, finding: Finding) -> bool:
    """Whether the genuine client reads the file of a finding: of what links lead to only the manifest."""
    source = plugin.source_file(finding.location.path)
    return source is None or source.via is None or source.path == plugin.manifest_path


def rules_for(subject: Subject, options: LintOptions | None = None) -> list[Rule]:
    """Return the rules that run on one kind of subject, in order of id.

    Raises:
        ConfigError: as ``selected_rules``.
    """
    return list(_chosen(subject, options).rules)


def rule_ids_for(subject: Subject, options: LintOptions) -> tuple[str, ...]:
    """Return the ids of the rules that run on one kind of subject, in order.

    Raises:
        ConfigError: as ``selected_rules``.
    """
    return _chosen(subject, options).ids


def _chosen(subject: Subject, options: LintOptions | None) -> _Choice:
    options = options or LintOptions()
    targets = ALL_TARGETS if options.profile == "client" else options.targets
    return _choice(_Catalogue(registry.rules_about(subject, targets)), subject, options)


class _Choice(NamedTuple):
    """The rules that run on one kind of subject, and their ids: one value for all the plugins of a marketplace."""

    rules: tuple[Rule, ...]
    ids: tuple[str, ...]


class _Catalogue:
    """All rules as a key of a cache: the same only as itself."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self.rules = rules

    def __hash__(self) -> int:
        return id(self.rules)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Catalogue) and self.rules is other.rules


@lru_cache(maxsize=32)
def _choice(catalogue: _Catalogue, subject: Subject, options: LintOptions) -> _Choice:
    """Choose once for the thousand plugins of a marketplace, which mostly share their options."""
    rules = tuple(rule for rule in _selected(catalogue.rules, options) if subject in rule.subjects)
    return _Choice(rules, tuple(rule.id for rule in rules))


def selected_rules(options: LintOptions) -> list[Rule]:
    """Return the rules that run, in order of id.

    Raises:
        ConfigError: ``select`` or ``ignore`` name no rule.
    """
    return _selected(registry.all_rules(), options)


def _selected(rules: Mapping[str, Rule], options: LintOptions) -> list[Rule]:
    registry.check_prefixes(options.select, where="select", near=rules)
    registry.check_prefixes(options.ignore, where="ignore", near=rules)
    for _, prefixes in options.per_path:
        registry.check_prefixes(prefixes, where="per-path", near=rules)
    return [rule for rule in rules.values() if _is_selected(rule, options)]


def _is_selected(rule: Rule, options: LintOptions) -> bool:
    chosen = _longest(rule.id, options.select) if options.select else 0
    if options.select and not chosen:
        return False
    if not rule.default and not chosen:
        return False
    ignored = _longest(rule.id, options.ignore)
    if ignored and ignored >= chosen:
        return False
    if options.profile == "client":
        return "C" in rule.backed_by and (rule.since <= options.client or rule.error_until > options.client)
    versions = dict(options.versions)
    return any(rule.is_true_for(target, versions.get(target)) for target in options.targets)


def _longest(rule_id: str, prefixes: Iterable[str]) -> int:
    return max((len(prefix) for prefix in prefixes if rule_id.startswith(prefix)), default=0)


def _run(rules: Iterable[Rule], subject: object, context: Context) -> Iterator[Finding]:
    for rule in rules:
        try:
            found = [*rule.check(subject, context)]
        except Exception as error:  # noqa: BLE001 - whatever it is becomes a finding that fails the run
            yield _failed(rule, error)
            continue
        for finding in found:
            judged = _judge(rule, finding, context)
            if judged is not None:
                yield judged


def _failed(rule: Rule, error: Exception) -> Finding:
    message = f"rule {rule.id} failed with {type(error).__name__}: {error}"
    hint = "this is a bug of plugintool: please report it"
    return engine.rule_failed.finding(message, Location(""), hint=hint)


def _judge(rule: Rule, finding: Finding, context: Context) -> Finding | None:
    """Give a finding the severity that counts; None when the genuine client is asked and says nothing."""
    view = finding.client if isinstance(finding, RuleFinding) else Ask.AS_RULE
    severity = finding.severity
    if context.as_client:
        if view is Ask.SILENT:
            return None
        severity = Severity(view) if view is not Ask.AS_RULE else rule.client_severity or finding.severity
    if rule.error_until > context.client:
        severity = Severity.ERROR
    return replace(finding, severity=severity)


def _is_ignored_there(finding: Finding, options: LintOptions) -> bool:
    return any(
        _longest(finding.code, prefixes) and fnmatch.fnmatchcase(finding.location.path, pattern)
        for pattern, prefixes in options.per_path
    )


def _suppress(plugin: Plugin | None, found: list[Finding], runs: _Runs, options: LintOptions) -> list[Finding]:
    """Take suppressed findings away; add what is wrong with the suppressions."""
    if options.profile == "client":
        return found
    markdown = sorted({component.path for component in plugin.components}) if plugin else []
    said = [*options.suppressions, *(comments_of(plugin, markdown) if plugin else ())]
    if not said:
        return found
    running = {rule.id for rules, _ in runs for rule in rules}
    usable = [item for item in said if item.reason and item.rule and item.rule not in _UNSUPPRESSABLE]
    kept = [finding for finding in found if not any(item.covers(finding) for item in usable)]
    kept.extend(_misused(said, found, running))
    return kept


def _misused(said: list[Suppression], found: list[Finding], running: set[str]) -> Iterator[Finding]:
    for item in said:
        if not item.reason or not item.rule:
            missing = "a reason" if item.rule else "a rule id"
            if engine.unexplained_suppression.id in running:
                yield engine.unexplained_suppression.finding(f"a suppression without {missing}", item.said_at)
        elif item.rule not in registry.all_rules() or (item.rule in running and not any(map(item.covers, found))):
            what = "names no rule" if item.rule not in registry.all_rules() else "suppresses nothing"
            if engine.unused_suppression.id in running:
                yield engine.unused_suppression.finding(f"the suppression of {item.rule} {what}", item.said_at)


def _plain(finding: Finding) -> Finding:
    return Finding(finding.code, finding.severity, finding.message, finding.location, finding.hint)


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    place = finding.location
    return place.path, place.line, place.column, finding.code, finding.message

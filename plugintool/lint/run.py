"""The engine: runs the rules that are selected, applies suppressions, sorts the findings.

A rule that raises becomes a finding that fails the run: silence would look like a pass.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

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
    return _lint([(rule, plugin) for rule in rules_for(Subject.PLUGIN, options)], plugin, options)


def lint_marketplace(marketplace: Marketplace, options: LintOptions | None = None) -> tuple[Finding, ...]:
    """Return all findings on one marketplace, and none on the components of its plugins.

    Raises:
        ConfigError: as ``lint_plugin``.
    """
    runs: list[tuple[Rule, object]] = [(rule, marketplace) for rule in rules_for(Subject.MARKETPLACE, options)]
    document = marketplace.document
    runs += [(rule, document) for rule in rules_for(Subject.PLUGIN, options) if rule.id in JSON_RULES]
    return _lint(runs, document, options)


def lint_org_plugins(directory: OrgPlugins, options: LintOptions | None = None) -> tuple[Finding, ...]:
    """Return all findings on one org-plugins directory as a whole, and none on its single plugins.

    Raises:
        ConfigError: as ``lint_plugin``.
    """
    return _lint([(rule, directory) for rule in rules_for(Subject.ORG_PLUGINS, options)], None, options)


def _lint(
    runs: Iterable[tuple[Rule, object]], documents: Plugin | None, options: LintOptions | None
) -> tuple[Finding, ...]:
    """Run rules, each on its subject; ``documents`` holds the files in which suppressions may stand."""
    options = options or LintOptions()
    runs = list(runs)
    context = Context(frozenset(options.targets), options.client, options.built, options.profile == "client")
    found: list[Finding] = []
    for rule, subject in runs:
        found += _run(rule, subject, context)
    found = [finding for finding in found if not _is_ignored_there(finding, options)]
    if context.as_client and documents is not None:
        found = [finding for finding in found if finding.code == "PM008" or _is_read(documents, finding)]
    found = _suppress(documents, found, [rule for rule, _ in runs], options)
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
    options = options or LintOptions()
    targets = ALL_TARGETS if options.profile == "client" else options.targets
    return list(_rules_for(_Catalogue(registry.rules_about(subject, targets)), subject, options))


class _Catalogue:
    """All rules as a key of a cache: the same only as itself."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self.rules = rules

    def __hash__(self) -> int:
        return id(self.rules)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Catalogue) and self.rules is other.rules


@lru_cache(maxsize=32)
def _rules_for(catalogue: _Catalogue, subject: Subject, options: LintOptions) -> tuple[Rule, ...]:
    """Choose once for the thousand plugins of a marketplace, which mostly share their options."""
    return tuple(rule for rule in _selected(catalogue.rules, options) if subject in rule.subjects)


def selected_rules(options: LintOptions) -> list[Rule]:
    """Return the rules that run, in order of id.

    Raises:
        ConfigError: ``select`` or ``ignore`` name no rule.
    """
    return _selected(registry.all_rules(), options)


def _selected(rules: Mapping[str, Rule], options: LintOptions) -> list[Rule]:
    registry.check_prefixes(options.select, where="select")
    registry.check_prefixes(options.ignore, where="ignore")
    for _, prefixes in options.per_path:
        registry.check_prefixes(prefixes, where="per-path")
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


def _run(rule: Rule, subject: object, context: Context) -> list[Finding]:
    try:
        found = list(rule.check(subject, context))
    except Exception as error:  # noqa: BLE001 - whatever it is becomes a finding that fails the run
        message = f"rule {rule.id} failed with {type(error).__name__}: {error}"
        hint = "this is a bug of plugintool: please report it"
        return [engine.rule_failed.finding(message, Location(""), hint=hint)]
    if not found:  # nearly always, once for each rule and plugin
        return found
    judged = [_judge(rule, finding, context) for finding in found]
    return [finding for finding in judged if finding is not None]


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


def _suppress(plugin: Plugin | None, found: list[Finding], rules: list[Rule], options: LintOptions) -> list[Finding]:
    """Take suppressed findings away; add what is wrong with the suppressions."""
    if options.profile == "client":
        return found
    markdown = sorted({component.path for component in plugin.components}) if plugin else []
    said = [*options.suppressions, *(comments_of(plugin, markdown) if plugin else ())]
    running = {rule.id for rule in rules}
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

"""Use case: check plugins and marketplaces against the rules, and say what was found and checked."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from plugintool.author.lint_subjects import Judgement, LintSubject, Loaded, What, subjects_of, with_project
from plugintool.author.lint_workers import Effort, Judged, judge_all
from plugintool.errors import ConfigError, PlugintoolError
from plugintool.jsontext import JsonObject
from plugintool.lint import registry
from plugintool.lint.result import NONE, LintResult, bound
from plugintool.lint.rule import DEFAULT_TARGETS, NEWEST_CLIENT, Version
from plugintool.lint.run import PROFILES, LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Outcome, Report, Severity
from plugintool.tree.entry import Tree
from plugintool.tree.source_lines import DirectoryLines

if TYPE_CHECKING:
    from plugintool.lint.baseline import BaselineUse, Matching
    from plugintool.lint.targets import Target


class LintSummary(NamedTuple):
    """What was looked at in one subject.

    Attributes:
        name: the directory's name.
        checked: what was found, in words in the plural, with its number: ``skills`` …, ``hook sets``, ``files``.
        rules: how many rules ran.
        errors, warnings, infos: how many findings, those that are not shown among them.
        known: how many findings a baseline took away.
        omitted: rule id to the number of its findings that are not shown.
    """

    name: str
    checked: Mapping[str, int]
    rules: int
    errors: int
    warnings: int
    infos: int
    known: int = 0
    omitted: Mapping[str, int] = NONE

    def as_json(self) -> JsonObject:
        """Return the published form."""
        counts: JsonObject = {**self.checked}
        omitted: JsonObject = {**self.omitted}
        numbers: JsonObject = {"errors": self.errors, "warnings": self.warnings, "infos": self.infos}
        more: JsonObject = {"known": self.known, "omitted": omitted}
        return {"name": self.name, "checked": counts, "rules": self.rules, **numbers, **more}


class LintRequest(NamedTuple):
    """What the command line asks for; empty means that the project file or the default decides.

    Attributes:
        select, ignore: prefixes of rule ids.
        targets: names out of ``lint.rule.ALL_TARGETS``, each perhaps with ``@VERSION``.
        profile: ``default`` or ``client``.
        client: a version such as ``2.1.330``.
        strict: warnings fail too.
        fail_on: the mildest severity that fails; with ``strict`` at least warnings do.
        baseline: a file of known findings, which do not count.
        write_baseline: a file into which all findings are written as known.
        statistics: add the number of findings of each rule.
        effort: processes and cache.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    profile: str = "default"
    client: str = ""
    strict: bool = False
    fail_on: str = Severity.ERROR.value
    baseline: Path | None = None
    write_baseline: Path | None = None
    statistics: bool = False
    effort: Effort = Effort()


class Statistics(NamedTuple):
    """How many findings each rule has: rule id, severity and number, the most frequent first."""

    counts: tuple[tuple[str, Severity, int], ...]

    def as_json(self) -> JsonObject:
        """Return the published form."""
        items = [{"code": code, "severity": severity.value, "count": count} for code, severity, count in self.counts]
        return {"statistics": [{**item} for item in items]}


LintValue: TypeAlias = "LintSummary | Statistics | BaselineUse"
"""What an outcome of lint holds."""


def lint_paths(paths: Sequence[str], request: LintRequest | None = None) -> Report[LintValue]:
    """Check everything that ``paths`` mean; a marketplace or an org-plugins directory means all plugins in it too.

    The values are a ``LintSummary`` for each subject, then ``Statistics`` and a ``BaselineUse`` where they are asked
    for. Neither the number of processes nor a cache changes the report.

    Raises:
        ConfigError: a rule, target, profile or version that does not exist, or a baseline that cannot be used.
        OutputError: the cache or the baseline cannot be written.
    """
    request = request or LintRequest()
    judgement, _ = judgement_of(request)
    if request.baseline is not None and request.write_baseline is not None:
        raise ConfigError("a baseline is either used or written", field="--write-baseline", hint="leave one away")
    loaded = Loaded()
    named = list(_named(paths, request, loaded))
    subjects = [item for item in named if isinstance(item, LintSubject)]
    _refuse_cache_inside(request.effort.cache, subjects)
    judged = dict(zip(subjects, judge_all(subjects, judgement, request.effort, loaded), strict=True))
    return Report("lint", tuple(_outcomes(named, judged, request)), failing_of(request))


def failing_of(request: LintRequest) -> frozenset[Severity]:
    """Return the severities that make a run fail.

    Raises:
        ConfigError: ``fail_on`` is no severity.
    """
    order = list(Severity)
    if request.fail_on not in order:
        raise ConfigError(f"unknown severity {request.fail_on!r}", field="--fail-on", expected=", ".join(order))
    mildest = max(order.index(Severity(request.fail_on)), int(request.strict))
    return frozenset(order[: mildest + 1])


def lint_tree(tree: Tree, options: LintOptions | None = None) -> tuple[Plugin, tuple[Finding, ...]]:
    """Load and check one tree with the settings of its project file added to ``options``; the gate of build.

    Raises:
        ConfigError: the project file, or a rule it names, cannot be used.
    """
    plugin = load_plugin(tree)
    options = options or LintOptions()
    if "plugintool.toml" in plugin.files:
        options = with_project(plugin.tree, options, targets_given=False)
    return plugin, lint_plugin(plugin, options)


def parse_client(text: str) -> Version:
    """Return a client version such as ``2.1.330``.

    Raises:
        ConfigError: it is not three numbers.
    """
    parts = text.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= 6 for part in parts):  # noqa: PLR2004
        raise ConfigError(f"{text!r} is no client version", field="--client", expected="three numbers such as 2.1.330")
    return int(parts[0]), int(parts[1]), int(parts[2])


def judgement_of(request: LintRequest) -> tuple[Judgement, tuple[Target, ...]]:
    """Return how subjects are judged, and the targets with their versions; empty when none was named.

    Raises:
        ConfigError: a rule, target, profile or version that does not exist, or two versions of the client.
    """
    if request.profile not in PROFILES:
        raise ConfigError(f"unknown profile {request.profile!r}", field="--profile", expected=", ".join(PROFILES))
    registry.check_prefixes(request.select, where="--select")
    registry.check_prefixes(request.ignore, where="--ignore")
    targets = _targets(request.targets)
    options = LintOptions(
        select=request.select,
        ignore=request.ignore,
        targets=tuple(dict.fromkeys(target.name for target in targets)) or DEFAULT_TARGETS,
        versions=_versions(targets),
        profile=request.profile,
        client=_client(request.client, targets),
    )
    return Judgement(options=options, targets_given=bool(targets)), targets


def _targets(names: Sequence[str]) -> tuple[Target, ...]:
    if not names:
        return ()
    from plugintool.lint.targets import parse_target  # noqa: PLC0415 - only where targets are named

    return tuple(parse_target(name) for name in names)


def _versions(targets: Sequence[Target]) -> tuple[tuple[str, Version], ...]:
    """The versions of targets; of one that is named without a version, or with several, every version counts."""
    said: dict[str, set[Version | None]] = {}
    for target in targets:
        said.setdefault(target.name, set()).add(target.version)
    return tuple((name, found) for name, versions in said.items() if len(versions) == 1 and (found := min(versions)))  # type: ignore[type-var]


def _client(text: str, targets: Sequence[Target]) -> Version:
    said = {target.version for target in targets if target.name == "claude-code" and target.version is not None}
    said |= {parse_client(text)} if text else set()
    if len(said) > 1:
        raise ConfigError("two versions of the client", field="--client", hint="compare versions with --matrix")
    return said.pop() if said else NEWEST_CLIENT


def _named(paths: Sequence[str], request: LintRequest, loaded: Loaded) -> Iterator[LintSubject | Outcome[LintValue]]:
    """Yield what the paths mean, each once; a path that means nothing is an outcome already."""
    seen: set[LintSubject] = set()
    for path in paths:
        try:
            for subject in subjects_of(path, as_client=request.profile == "client", loaded=loaded):
                if subject not in seen:
                    seen.add(subject)
                    yield subject
        except PlugintoolError as error:
            yield Outcome(subject=path, error=error)


def _refuse_cache_inside(cache: Path | None, subjects: Sequence[LintSubject]) -> None:
    """A cache inside a plugin would be part of what it is keyed by."""
    if cache is None:
        return
    wanted = os.path.abspath(cache) + os.sep
    plugins = (os.path.abspath(subject.place) for subject in subjects if subject.what in {What.PLUGIN, What.LISTED})
    if any(wanted.startswith(place.rstrip(os.sep) + os.sep) for place in plugins):
        hint = "name a directory outside of all plugins"
        raise ConfigError("the cache lies inside a plugin", field="--cache", found=str(cache), hint=hint)


def _outcomes(
    named: Sequence[LintSubject | Outcome[LintValue]], judged: Mapping[LintSubject, Judged], request: LintRequest
) -> Iterator[Outcome[LintValue]]:
    matching = _matching(judged, request)
    counts: Counter[tuple[str, Severity]] = Counter()
    for item in named:
        if isinstance(item, Outcome):
            yield item
            continue
        result = judged[item]
        if isinstance(result, PlugintoolError):
            yield Outcome(subject=item.shown, error=result)
            continue
        new = matching.new(result.findings, item.shown, result.rules) if matching else result.findings
        counts.update((finding.code, finding.severity) for finding in new)
        yield _outcome(item, result, new)
    if request.statistics:
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        yield Outcome(subject="", value=Statistics(tuple((*pair, number) for pair, number in ordered)))
    if matching is not None:
        written = request.write_baseline is not None
        yield Outcome(subject=str(request.write_baseline or request.baseline), value=matching.use(written=written))


def _matching(judged: Mapping[LintSubject, Judged], request: LintRequest) -> Matching | None:
    """Read the baseline, or write it from what was found."""
    if request.baseline is None and request.write_baseline is None:
        return None
    from plugintool.lint import baseline  # noqa: PLC0415 - only where one is asked for

    if request.baseline is not None:
        return baseline.Matching(baseline.read_baseline(request.baseline))
    file = request.write_baseline
    assert file is not None
    results = ((subject, result) for subject, result in judged.items() if isinstance(result, LintResult))
    found = (baseline.known_as(item, subject.shown, file) for subject, result in results for item in result.findings)
    return baseline.Matching(baseline.write_baseline(file, found))


def _outcome(subject: LintSubject, result: LintResult, new: Sequence[Finding]) -> Outcome[LintValue]:
    counts = Counter(finding.severity for finding in new)
    kept = bound(new)
    numbers = (counts[Severity.ERROR], counts[Severity.WARNING], counts[Severity.INFO])
    known = len(result.findings) - len(new)
    summary = LintSummary(result.name, result.checked, len(result.rules), *numbers, known, kept.by_rule)
    known_lines = {(path, number): text for path, number, text in result.lines}
    source = DirectoryLines(Path(subject.shown), known_lines)
    return Outcome(subject=subject.shown, value=summary, findings=kept.shown, source=source, omitted=kept.by_severity)

"""Use case: repair what rules find in plugins, or show what would change."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from plugintool.author.lint import LintRequest, failing_of, judgement_of
from plugintool.author.lint_subjects import (
    Judgement,
    LintSubject,
    What,
    judge,
    looks_built,
    options_for,
    options_for_root,
    subjects_of,
)
from plugintool.errors import ConfigError, InputError, PlugintoolError
from plugintool.frozen import dataclass, replace
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.lint.fix import Mended
from plugintool.lint.fix_diff import patch
from plugintool.lint.fix_round import Guard, Lint, Mending, mend, repairs_of
from plugintool.lint.fix_write import Change, changes, write
from plugintool.lint.run import lint_marketplace, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Outcome, Report, Severity
from plugintool.tree.directory import SourceFile, Survey, survey
from plugintool.tree.source_lines import DirectoryLines


@dataclass(frozen=True, slots=True)
class FixSummary:
    """What was, or would be, repaired in one subject.

    Attributes:
        name: the directory's name.
        repaired: the findings that were repaired, where they stood.
        files: the paths that changed, as they are afterwards.
        left: how many findings of each severity are left.
        unsafe: how many of these ``--unsafe-fixes`` would repair.
        diff: a patch for ``git apply``, when it was asked for instead of changes.
    """

    name: str
    repaired: tuple[Finding, ...]
    files: tuple[str, ...]
    left: Counter[Severity]
    unsafe: int = 0
    diff: str = ""

    def as_json(self) -> JsonObject:
        """Return the published form."""
        repaired: list[JsonValue] = [{**finding.as_json()} for finding in self.repaired]
        left: JsonObject = {severity.value: self.left[severity] for severity in Severity}
        more: JsonObject = {"left": left, "unsafe": self.unsafe, "diff": self.diff}
        return {"name": self.name, "repaired": repaired, "files": list(self.files), **more}


@dataclass(frozen=True)
class DiffReport(Report[FixSummary]):
    """The report of a run that only shows: it fails when something would change."""

    @property
    def exit_code(self) -> int:
        """1 when something would change, or as for every report."""
        would = any(outcome.value is not None and outcome.value.files for outcome in self.outcomes)
        return max(super().exit_code, int(would))


def fix_paths(
    paths: Sequence[str], request: LintRequest, *, unsafe: bool = False, diff: bool = False
) -> Report[FixSummary]:
    """Repair every plugin that ``paths`` mean; what is no plugin is only checked.

    Args:
        paths: as for ``lint_paths``.
        request: which rules run, and which findings that are left fail.
        unsafe: also repairs that may change what the plugin means.
        diff: write nothing; the report holds patches, relative to the current directory, and no findings.

    Raises:
        ConfigError: as ``lint_paths``; or a baseline is asked for too.
    """
    if request.baseline is not None or request.write_baseline is not None:
        raise ConfigError(
            "repairs and a baseline do not go together", field="--baseline", hint="leave one of them away"
        )
    judgement, _ = judgement_of(request)
    outcomes: dict[str, Outcome[FixSummary]] = {}
    for path in paths:
        for outcome in _of_path(path, request, judgement, unsafe=unsafe, diff=diff):
            outcomes.setdefault(outcome.subject, outcome)
    found = tuple(outcomes.values())
    return DiffReport("lint", found) if diff else Report("lint", found, failing_of(request))


def _of_path(
    path: str, request: LintRequest, judgement: Judgement, *, unsafe: bool, diff: bool
) -> Iterator[Outcome[FixSummary]]:
    try:
        subjects = list(subjects_of(path, as_client=request.profile == "client"))
    except PlugintoolError as error:
        yield Outcome(subject=path, error=error)
        return
    for subject in subjects:
        try:
            if subject.what in {What.PLUGIN, What.LISTED, What.MARKETPLACE}:
                is_market = subject.what is What.MARKETPLACE
                repairable = _market(subject, judgement) if is_market else _plugin(subject, judgement)
                yield _repair(subject, repairable, unsafe=unsafe, diff=diff)
            elif not diff:
                yield _check(subject, judgement)
        except PlugintoolError as error:
            yield Outcome(subject=subject.shown, error=error)


class _Repairable(NamedTuple):
    """How one subject is repaired: its files as they are, how they are read and checked, and what must not come."""

    root: Path
    found: Survey
    lint: Lint
    guard: Guard | None


def _plugin(subject: LintSubject, judgement: Judgement) -> _Repairable:
    def lint(tree: Survey) -> tuple[Plugin, tuple[Finding, ...]]:
        plugin = load_plugin(tree)
        if looks_built(plugin):
            hint = "repair its source and build again"
            raise InputError("a built tree is not repaired", path=subject.shown, hint=hint)
        return plugin, lint_plugin(plugin, options_for(plugin, judgement))

    def guard(plugin: Plugin) -> tuple[Finding, ...]:
        return lint_plugin(plugin, replace(options_for(plugin, judgement), select=(), ignore=(), per_path=()))

    guarded = guard if _is_narrowed(judgement) else None
    return _Repairable(subject.place, survey(subject.place), lint, guarded)


def _market(subject: LintSubject, judgement: Judgement) -> _Repairable:
    """A marketplace: its file, and the plugin manifests that it may get; what its plugins hold is theirs."""
    from plugintool.plugin.marketplace import Marketplace, load_marketplace  # noqa: PLC0415 - only where there is one

    market = load_marketplace(subject.place)
    options = options_for_root(market.root, judgement)

    def lint(tree: Survey) -> tuple[Marketplace, tuple[Finding, ...]]:
        found = load_marketplace(subject.place, tree.written if isinstance(tree, Mended) else {})
        return found, lint_marketplace(found, options)

    mode = stat.S_IMODE(subject.place.stat().st_mode)
    size = len(market.document.read(market.path) or b"")
    sources = {market.path: SourceFile(market.path, size, mode)} if market.document.manifest else {}
    return _Repairable(market.root, Survey(market.root, sources), lint, None)


def _repair(subject: LintSubject, repairable: _Repairable, *, unsafe: bool, diff: bool) -> Outcome[FixSummary]:
    root, found, lint, guard = repairable
    mending = mend(found, lint, unsafe=unsafe, guard=guard)
    wanted = changes(found, mending.tree)
    if not diff:
        write(root, wanted)
    text = patch(wanted, below=_below(root)) if diff else ""
    summary = _summary(found, mending, wanted, text)
    findings = () if diff else mending.left
    return Outcome(subject=subject.shown, value=summary, findings=findings, source=DirectoryLines(Path(subject.shown)))


def _is_narrowed(judgement: Judgement) -> bool:
    """Whether the command line leaves rules out that would see what a repair brings."""
    return bool(judgement.options.select or judgement.options.ignore)


def _check(subject: LintSubject, judgement: Judgement) -> Outcome[FixSummary]:
    result = judge(subject, judgement)
    summary = FixSummary(result.name, (), (), Counter(finding.severity for finding in result.findings))
    source = DirectoryLines(Path(subject.shown))
    return Outcome(subject=subject.shown, value=summary, findings=tuple(result.findings), source=source)


def _summary(found: Survey, mending: Mending, wanted: Sequence[Change], diff: str) -> FixSummary:
    unsafe = sum(bool(repairs_of(mending.looked, finding, unsafe=True)) for finding in mending.left)
    return FixSummary(
        name=found.name,
        repaired=mending.repaired,
        files=tuple(str(change.to) for change in wanted),
        left=Counter(finding.severity for finding in mending.left),
        unsafe=unsafe,
        diff=diff,
    )


def _below(place: Path) -> str:
    """The plugin's directory as a patch names it: relative to the current one, or to itself when it is elsewhere."""
    relative = os.path.relpath(place).replace(os.sep, "/")
    return "" if relative == "." or relative.startswith("../") or relative == ".." else relative

"""Build plugins and bundles that stand by themselves: lint, plan, write, read again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

from plugintool.author.build_bundle import LintBundle, build_bundle, stopping
from plugintool.author.build_subjects import BuildSubject, build_subjects, name_of, project_of, source_of
from plugintool.author.processes import run_all
from plugintool.author.vendor import NO_VENDORING, VendorRequest, supplied, write_bills
from plugintool.build.bundle import SUFFIX, BundlePlan, bundle_directories, plan_standalone
from plugintool.build.bundle_file import BuiltBundle
from plugintool.build.fate import INVALID, Fate, refuse_invalid
from plugintool.build.plan import BuildPlan, plan_build
from plugintool.build.write import Built, write_tree
from plugintool.errors import BuildError, ConfigError, MissingPathError, PlugintoolError
from plugintool.frozen import dataclass, replace
from plugintool.jsontext import JsonObject
from plugintool.plugin.discover import is_bundle
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Plugin
from plugintool.relpath import RelPath
from plugintool.report import Finding, Outcome, Report
from plugintool.tree import version_file
from plugintool.tree.directory import SourceFile, Survey
from plugintool.tree.entry import Tree
from plugintool.tree.sink import FILE_MODE

Lint: TypeAlias = Callable[[Tree], tuple[Plugin, Sequence[Finding]]]
"""Loads a tree and gives the findings on it (``author.lint.lint_tree``); only errors stop a build."""
_SECRET_RULES = frozenset({"SE001", "SE002", "SE004"})
"""Rules of lint about files that hold secrets; what the command line allows is none of their business."""
_DERIVED_RULES = frozenset({"OP001"})
"""Rules of lint about files that a build derives, whatever the source has in their place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """What ``build`` is asked for.

    Attributes:
        out: the output directory.
        sync_version: overrides the derived sync version; for one plugin only.
        lint: the gate before the plan.
        lint_bundle: the same for a bundle; None for ``author.lint_bundle.lint_bundle``.
        allowed_secrets: files that are shipped although they look like secrets: relative to the present directory or
            to the plugin.
        jobs: processes for several plugins; 0 = one for each processor.
        check_reproducible: build each once more, under other circumstances, and compare.
        vendor: what dependencies of bundles are brought in.
    """

    out: Path
    sync_version: str | None = None
    lint: Lint
    lint_bundle: LintBundle | None = None
    allowed_secrets: tuple[str, ...] = ()
    jobs: int = 1
    check_reproducible: bool = False
    vendor: VendorRequest = NO_VENDORING


@dataclass(frozen=True, slots=True)
class Listing:
    """What a build would do, without building: all fates, or those of one path."""

    name: str
    fates: tuple[Fate, ...]

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {"name": self.name, "fates": [fate.as_json() for fate in self.fates]}


def build_plugins(paths: Iterable[Path], options: BuildOptions) -> Report[Built | BuiltBundle]:
    """Build each plugin into ``out/org-plugins/<name>``; a marketplace means all its plugins.

    A directory that is a bundle by itself becomes ``out/<name>-<version>.mcpb``.

    Raises:
        ConfigError: a sync version that cannot be one, or one for several plugins.
    """
    subjects = build_subjects(paths)
    _check_sync_version(options.sync_version, len(subjects))
    groups: dict[str, list[BuildSubject]] = {}
    for subject in subjects:
        groups.setdefault(name_of(subject), []).append(subject)
    built = run_all(list(groups.values()), partial(_build_group, options=options), jobs=options.jobs, what="build")
    found = {outcome.subject: outcome for outcomes in built for outcome in outcomes}
    outcomes = tuple(found[subject.shown] for subject in subjects)
    if options.check_reproducible:
        outcomes = tuple(_checked(*pair, options) for pair in zip(subjects, outcomes, strict=True))
    return Report("build", outcomes)


def list_fates(
    paths: Iterable[Path],
    *,
    out: Path,
    why: Sequence[str] = (),
    allowed_secrets: Sequence[str] = (),
    vendor: VendorRequest = NO_VENDORING,
) -> Report[Listing]:
    """Tell the fate of every entry, or with ``why`` of some paths; nothing is written and nothing linted.

    An entry that would stop the build is an error of the report, too.
    """
    plan = partial(_plan, out=out, allowed=allowed_secrets, vendor=vendor)
    listed = (_list(subject, plan, why) for subject in build_subjects(paths))
    return Report("build", tuple(listed))


def _check_sync_version(text: str | None, plugins: int) -> None:
    if text is None:
        return
    if not version_file.is_sync_version(text):
        expected = "letters, digits and . + _ -, at most 200"
        raise ConfigError("this cannot be a sync version", field="--sync-version", found=text, expected=expected)
    if plugins > 1:
        raise ConfigError("one sync version for several plugins", field="--sync-version", hint="build one at a time")


def _build_group(subjects: Sequence[BuildSubject], options: BuildOptions) -> list[Outcome[Built | BuiltBundle]]:
    """Build what has one name, in order: the first that can be built has the name."""
    taken: dict[str, str] = {}
    return [_build(subject, options, taken) for subject in subjects]


def _build(subject: BuildSubject, options: BuildOptions, taken: dict[str, str]) -> Outcome[Built | BuiltBundle]:
    """Build one subject from its files and what is brought in for them; each bundle gets a bill of materials."""
    try:
        with supplied(source_of(subject), options.vendor) as supply:
            outcome = _build_from(supply.source, subject, options, taken)
            if outcome.value is None:
                return outcome
            bills = write_bills(supply, outcome.value, out=options.out)
            return replace(outcome, value=replace(outcome.value, bills=bills))
    except PlugintoolError as error:
        return Outcome(subject=subject.shown, error=error)


def _build_from(
    source: Survey, subject: BuildSubject, options: BuildOptions, taken: dict[str, str]
) -> Outcome[Built | BuiltBundle]:
    if subject.is_described or not is_bundle(subject.place):
        return _attempt(source, subject, options, taken)
    from plugintool.author.lint_bundle import lint_bundle  # noqa: PLC0415 - only where there is a bundle

    output = _inside(options.out, source.root)
    return build_bundle(subject.shown, source, out=options.out, output=output, lint=options.lint_bundle or lint_bundle)


def _attempt(
    source: Survey, subject: BuildSubject, options: BuildOptions, taken: dict[str, str]
) -> Outcome[Built | BuiltBundle]:
    findings: tuple[Finding, ...] = ()
    try:
        allowed = [_relative(path, source.root) for path in options.allowed_secrets]
        plugin, found = options.lint(_with_bundles(source))
        findings = tuple(one for one in stopping(found, source) if not _is_allowed(one, allowed))
        project = project_of(subject, source, allowed)
        plan = plan_build(replace(plugin, tree=source), project, output=_inside(options.out, source.root))
        if findings:
            raise BuildError(
                f"not built: lint has {len(findings)} error{'s' if findings[1:] else ''}",
                problems=_problems(plan),
                hint="plugintool explain CODE says what each is about",
            )
        refuse_invalid(plan.invalid)
        _check_taken(plan.name, subject.shown, taken)
        built = write_tree(source, plan, project, out=options.out, sync_version=options.sync_version)
        return Outcome(subject=subject.shown, value=built)
    except PlugintoolError as error:
        return Outcome(subject=subject.shown, findings=findings, error=error)


def _is_allowed(finding: Finding, allowed: Sequence[str]) -> bool:
    """Whether a build goes on: a secret that may be shipped, or a ``version.json`` that the build writes itself."""
    return finding.code in _DERIVED_RULES or (finding.code in _SECRET_RULES and finding.location.path in allowed)


def _checked(
    subject: BuildSubject, outcome: Outcome[Built | BuiltBundle], options: BuildOptions
) -> Outcome[Built | BuiltBundle]:
    if outcome.value is None:
        return outcome
    from plugintool.author.reproducible import check_reproducible  # noqa: PLC0415 - only where it is asked for

    made = outcome.value.root if isinstance(outcome.value, Built) else outcome.value.path
    arguments = [] if options.sync_version is None else ["--sync-version", options.sync_version]
    arguments += options.vendor.arguments()
    for path in options.allowed_secrets:
        arguments += ["--allow-secret", _relative(path, subject.place)]
    try:
        check_reproducible(made, subject.place, arguments, is_copied=not subject.is_described)
    except PlugintoolError as error:
        return replace(outcome, error=error)
    return outcome


def _with_bundles(source: Survey) -> Survey:
    """Return the tree with the bundles that the build will make, so that rules find what ``mcpServers`` names."""
    made = (RelPath(directory + SUFFIX) for directory in bundle_directories(list(source.sources)))
    added = {path: SourceFile(path, 0, FILE_MODE) for path in made if path not in source.sources}
    return replace(source, sources=dict(sorted({**source.sources, **added}.items()))) if added else source


def _problems(plan: BuildPlan) -> tuple[str, ...]:
    return tuple(f"{fate.path}: {fate.why} [{fate.reason}]" for fate in plan.invalid)


def _check_taken(name: str, subject: str, taken: dict[str, str]) -> None:
    other = taken.setdefault(name, subject)
    if other != subject:
        raise BuildError(f"two plugins are named {name}; the other one is {other}", hint="rename one of them")


def _list(
    subject: BuildSubject, planned: Callable[[BuildSubject], BuildPlan | BundlePlan], why: Sequence[str]
) -> Outcome[Listing]:
    try:
        plan = planned(subject)
    except PlugintoolError as error:
        return Outcome(subject=subject.shown, error=error)
    asked = {path: plan.fate_of(_relative(path, subject.place)) for path in why}
    fates = tuple(dict.fromkeys(fate for fates in asked.values() for fate in fates)) if why else tuple(plan.fates())
    listing = Listing(plan.name, fates)
    for path, found in asked.items():
        if not found:
            missing = MissingPathError(
                "no such entry in the plugin", path=path, hint="plugintool build --list names all"
            )
            return Outcome(subject=subject.shown, value=listing, error=missing)
    try:
        refuse_invalid(fate for fate in fates if fate.fate == INVALID)
    except BuildError as error:
        return Outcome(subject=subject.shown, value=listing, error=error)
    return Outcome(subject=subject.shown, value=listing)


def _plan(subject: BuildSubject, *, out: Path, allowed: Sequence[str], vendor: VendorRequest) -> BuildPlan | BundlePlan:
    with supplied(source_of(subject), vendor) as supply:
        return _plan_source(supply.source, subject, out, allowed)


def _plan_source(source: Survey, subject: BuildSubject, out: Path, allowed: Sequence[str]) -> BuildPlan | BundlePlan:
    project = project_of(subject, source, [_relative(path, source.root) for path in allowed])
    output = _inside(out, source.root)
    if is_bundle(source.root) and not subject.is_described:
        return plan_standalone(source, project, output=output)
    return plan_build(load_plugin(source), project, output=output)


def _inside(out: Path, root: Path) -> str | None:
    """Return the output directory relative to the plugin when it lies inside."""
    real, base = os.path.realpath(out), os.path.realpath(root)
    return os.path.relpath(real, base).replace(os.sep, "/") if real.startswith(base + os.sep) else None


def _relative(path: str, root: Path) -> str:
    """Return a path given from the current directory, or relative to the plugin, as relative to the plugin."""
    full, base = os.path.abspath(path), os.path.abspath(root)
    if full.startswith(base + os.sep) and os.path.lexists(full):
        path = os.path.relpath(full, base)
    return path.replace(os.sep, "/").removeprefix("./")

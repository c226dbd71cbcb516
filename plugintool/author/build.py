"""Build plugins and bundles that stand by themselves: lint, plan, write, read again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from plugintool.author.build_bundle import LintBundle, build_bundle
from plugintool.build.bundle import SUFFIX, BundlePlan, bundle_directories, plan_standalone
from plugintool.build.bundle_file import BuiltBundle
from plugintool.build.fate import INVALID, Fate, refuse_invalid
from plugintool.build.plan import BuildPlan, plan_build
from plugintool.build.write import Built, write_tree
from plugintool.errors import BuildError, ConfigError, MissingPathError, PlugintoolError
from plugintool.formats.project import load_project
from plugintool.jsontext import JsonObject
from plugintool.plugin.discover import find_plugins, is_bundle
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Plugin
from plugintool.relpath import RelPath
from plugintool.report import Finding, Outcome, Report, Severity
from plugintool.tree import version_file
from plugintool.tree.directory import SourceFile, Survey, survey
from plugintool.tree.entry import Tree
from plugintool.tree.sink import FILE_MODE

Lint: TypeAlias = Callable[[Tree], tuple[Plugin, Sequence[Finding]]]
"""Loads a tree and gives the findings on it (``author.lint.lint_tree``); only errors stop a build."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """What ``build`` is asked for.

    Attributes:
        out: the output directory.
        sync_version: overrides the derived sync version; for one plugin only.
        lint: the gate before the plan.
        lint_bundle: the same for a bundle; None for ``author.lint_bundle.lint_bundle``.
    """

    out: Path
    sync_version: str | None = None
    lint: Lint
    lint_bundle: LintBundle | None = None


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
    subjects = _subjects(paths)
    _check_sync_version(options.sync_version, len(subjects))
    taken: dict[str, str] = {}
    return Report("build", tuple(_build(subject, options, taken) for subject in subjects))


def list_fates(paths: Iterable[Path], *, out: Path, why: str | None = None) -> Report[Listing]:
    """Tell the fate of every entry, or with ``why`` of one path; nothing is written and nothing linted.

    An entry that would stop the build is an error of the report, too.
    """
    return Report("build", tuple(_list(subject, out, why) for subject in _subjects(paths)))


def _subjects(paths: Iterable[Path]) -> list[str]:
    """Find the plugins; a path that is none stays, so that its error is reported beside the others."""
    found: dict[str, None] = {}
    for path in paths:
        try:
            found.update(dict.fromkeys(map(str, find_plugins(path))))
        except MissingPathError:
            found[str(path)] = None
    return list(found)


def _check_sync_version(text: str | None, plugins: int) -> None:
    if text is None:
        return
    if not version_file.is_sync_version(text):
        expected = "letters, digits and . + _ -, at most 200"
        raise ConfigError("this cannot be a sync version", field="--sync-version", found=text, expected=expected)
    if plugins > 1:
        raise ConfigError("one sync version for several plugins", field="--sync-version", hint="build one at a time")


def _build(subject: str, options: BuildOptions, taken: dict[str, str]) -> Outcome[Built | BuiltBundle]:
    if not is_bundle(Path(subject)):
        return _attempt(subject, options, taken)
    try:
        source = _survey(subject)
    except PlugintoolError as error:
        return Outcome(subject=subject, error=error)
    from plugintool.author.lint_bundle import lint_bundle  # noqa: PLC0415 - only where there is a bundle

    output = _inside(options.out, source.root)
    return build_bundle(subject, source, out=options.out, output=output, lint=options.lint_bundle or lint_bundle)


def _attempt(subject: str, options: BuildOptions, taken: dict[str, str]) -> Outcome[Built | BuiltBundle]:
    findings: tuple[Finding, ...] = ()
    try:
        source = _survey(subject)
        plugin, found = options.lint(_with_bundles(source))
        findings = tuple(one for one in found if one.severity is Severity.ERROR)
        project = load_project(source)
        plan = plan_build(replace(plugin, tree=source), project, output=_inside(options.out, source.root))
        if findings:
            raise BuildError(
                f"not built: lint has {len(findings)} error{'s' if findings[1:] else ''}",
                problems=_problems(plan),
                hint="plugintool explain CODE says what each is about",
            )
        refuse_invalid(plan.invalid)
        _check_taken(plan.name, subject, taken)
        built = write_tree(source, plan, project, out=options.out, sync_version=options.sync_version)
        return Outcome(subject=subject, value=built)
    except PlugintoolError as error:
        return Outcome(subject=subject, findings=findings, error=error)


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


def _list(subject: str, out: Path, why: str | None) -> Outcome[Listing]:
    try:
        source = _survey(subject)
        plan = _plan(source, out)
    except PlugintoolError as error:
        return Outcome(subject=subject, error=error)
    fates = tuple(plan.fates() if why is None else plan.fate_of(_relative(why, source.root)))
    listing = Listing(plan.name, fates)
    if why is not None and not fates:
        return Outcome(subject=subject, value=listing, error=MissingPathError("no such entry in the plugin", path=why))
    try:
        refuse_invalid(fate for fate in fates if fate.fate == INVALID)
    except BuildError as error:
        return Outcome(subject=subject, value=listing, error=error)
    return Outcome(subject=subject, value=listing)


def _plan(source: Survey, out: Path) -> BuildPlan | BundlePlan:
    project, output = load_project(source), _inside(out, source.root)
    if is_bundle(source.root):
        return plan_standalone(source, project, output=output)
    return plan_build(load_plugin(source), project, output=output)


def _survey(subject: str) -> Survey:
    path = Path(subject)
    if not path.is_dir():
        raise MissingPathError("no such directory", path=subject, hint="name the directory of a plugin")
    return survey(path)


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

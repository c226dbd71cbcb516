"""Build a bundle that stands by itself: lint, plan, write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from plugintool.build.bundle import BundlePlan, plan_standalone
from plugintool.build.bundle_file import BuiltBundle, write_bundle
from plugintool.build.dependencies import dependency_rule
from plugintool.errors import BuildError, PlugintoolError
from plugintool.formats.project import load_project
from plugintool.report import Finding, Outcome, Severity
from plugintool.tree.directory import Survey

LintBundle: TypeAlias = Callable[[Survey], Sequence[Finding]]
"""Gives the findings on the source of a bundle (``author.lint_bundle.lint_bundle``); only errors stop a build."""


def build_bundle(
    subject: str, source: Survey, *, out: Path, output: str | None, lint: LintBundle
) -> Outcome[BuiltBundle]:
    """Build the bundle in a directory into ``out/<name>-<version>.mcpb``.

    Args:
        subject: what the user calls it.
        source: the directory, as it was surveyed.
        out: the output directory.
        output: the same relative to the source when it lies inside; else None.
        lint: the gate before anything is written.
    """
    findings: tuple[Finding, ...] = ()
    try:
        findings = stopping(lint(source), source)
        project = load_project(source)
        plan = plan_standalone(source, project, output=output)
        if findings:
            raise _refused(findings, plan)
        return Outcome(subject=subject, value=write_bundle(source, plan, project, out=out))
    except PlugintoolError as error:
        return Outcome(subject=subject, findings=findings, error=error)


def stopping(findings: Iterable[Finding], source: Survey) -> tuple[Finding, ...]:
    """Return the findings that stop a build: errors about what the author wrote.

    Dependencies are the work of others, and their lock file says which: a text in them that looks like a key is no
    mistake of the author. What must not be in a bundle for other reasons is the business of the plan.
    """
    is_dependency = dependency_rule(source.sources)
    return tuple(one for one in findings if one.severity is Severity.ERROR and not is_dependency(one.location.path))


def _refused(findings: Sequence[Finding], plan: BundlePlan) -> BuildError:
    return BuildError(
        f"not built: lint has {len(findings)} error{'s' if findings[1:] else ''}",
        problems=tuple(f"{fate.path}: {fate.why} [{fate.reason}]" for fate in plan.invalid),
        hint="plugintool explain CODE says what each is about",
    )

"""Check a bundle that stands by itself: as the only thing in a plugin, so that each rule is written once.

Only the families of rules about bundles, secrets and names of files run; what a plugin must have is not asked for.
"""

from __future__ import annotations

from typing import Final

from plugintool.author.lint import lint_tree
from plugintool.author.lint_subjects import with_project
from plugintool.build.bundle import bundle_directories
from plugintool.formats.project import PROJECT_FILE
from plugintool.frozen import replace
from plugintool.lint.rule import DEFAULT_TARGETS
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Plugin
from plugintool.report import Finding
from plugintool.tree.directory import Survey
from plugintool.tree.entry import Tree
from plugintool.tree.overlay import overlay

FAMILIES: Final = ("MB", "SE", "PT")
"""Prefixes of the rules that a bundle is judged by; that a rule broke is always told."""
PLACE: Final = "bundles/bundle"
"""Where the bundle lies while it is judged."""
_TARGET = "mcpb"


def lint_bundle(source: Survey, options: LintOptions | None = None) -> tuple[Finding, ...]:
    """Return all findings on the source of a bundle; paths are relative to it.

    Args:
        source: the directory, as it was surveyed.
        options: as ``options_for_bundle`` returns them; None for the defaults and the project file.

    Raises:
        ConfigError: the project file, or a rule that it names, cannot be used.
    """
    chosen = options or options_for_bundle(source)
    return tuple(map(_outside, lint_plugin(as_plugin(source), chosen)))


def options_for_bundle(source: Survey, options: LintOptions | None = None) -> LintOptions:
    """Return how a bundle is judged: by the rules about bundles, and as its project file says.

    Args:
        source: the directory.
        options: those of the command line; ``select`` and ``targets`` that are empty are those of bundles.

    Raises:
        ConfigError: the project file cannot be used.
    """
    chosen = options or LintOptions(targets=())
    if PROJECT_FILE in source.sources:
        chosen = with_project(source, chosen, targets_given=bool(chosen.targets))
    return replace(
        chosen,
        select=chosen.select or FAMILIES,
        targets=chosen.targets or (_TARGET,),
        per_path=tuple((f"{PLACE}/{pattern}", ids) for pattern, ids in chosen.per_path),
        suppressions=tuple(replace(item, path=f"{PLACE}/{item.path}") for item in chosen.suppressions),
    )


def lint_with_bundles(tree: Tree) -> tuple[Plugin, tuple[Finding, ...]]:
    """Check a plugin as ``author.lint.lint_tree``, and the bundles in it with the rules about bundles.

    Raises:
        ConfigError: the project file, or a rule it names, cannot be used.
    """
    paths = [file.path for file in tree.files()]
    return lint_tree(tree, LintOptions(targets=(*DEFAULT_TARGETS, _TARGET)) if bundle_directories(paths) else None)


def as_plugin(source: Survey) -> Plugin:
    """Return a plugin that holds the bundle at ``PLACE`` and nothing else."""
    return load_plugin(overlay(Survey(root=source.root), source, at=PLACE, covers=lambda _: True))


def _outside(finding: Finding) -> Finding:
    path = finding.location.path.removeprefix(f"{PLACE}/")
    shown = "" if path == PLACE else path
    return replace(finding, location=replace(finding.location, path=shown), message=_plain(finding.message))


def _plain(message: str) -> str:
    """A message may name the place, too."""
    return message.replace(f"{PLACE}/", "").replace(PLACE, "the bundle")

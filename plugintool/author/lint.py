"""Use case: check plugins against the rules, and say what was found and checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from plugintool.errors import ConfigError, PlugintoolError
from plugintool.jsontext import JsonObject
from plugintool.lint import registry
from plugintool.lint.rule import ALL_TARGETS, DEFAULT_TARGETS, NEWEST_CLIENT, Version
from plugintool.lint.run import PROFILES, LintOptions, lint_plugin, selected_rules
from plugintool.lint.suppress import Suppression
from plugintool.plugin.discover import find_plugins
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Kind, Plugin
from plugintool.report import Finding, Location, Outcome, Report, Severity
from plugintool.tree.directory import Survey, survey
from plugintool.tree.entry import Tree
from plugintool.tree.record import VERSION_FILE

if TYPE_CHECKING:
    from plugintool.formats.project import Project

_PROJECT_FILE = "plugintool.toml"
_DERIVED = r"[+.][0-9a-f]{12}(?:\.[1-9][0-9]*)?\Z"
"""How the version in a version.json of ours ends: twelve digits of the record's digest, perhaps a settle count."""


@dataclass(frozen=True, slots=True)
class LintSummary:
    """What was looked at in one plugin.

    Attributes:
        name: the plugin's directory name.
        checked: what was found, in words, with its number: ``skills`` …, ``hooks``, ``servers``, ``files``.
        rules: how many rules ran.
        errors, warnings, infos: how many findings.
    """

    name: str
    checked: dict[str, int]
    rules: int
    errors: int
    warnings: int
    infos: int

    def as_json(self) -> JsonObject:
        """Return the published form."""
        counts: JsonObject = {**self.checked}
        numbers: JsonObject = {"errors": self.errors, "warnings": self.warnings, "infos": self.infos}
        return {"name": self.name, "checked": counts, "rules": self.rules, **numbers}


@dataclass(frozen=True, slots=True, kw_only=True)
class LintRequest:
    """What the command line asks for; empty means that the project file or the default decides.

    Attributes:
        select, ignore: prefixes of rule ids.
        targets: names out of ``lint.rule.ALL_TARGETS``.
        profile: ``default`` or ``client``.
        client: a version such as ``2.1.330``.
        strict: warnings fail too.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    profile: str = "default"
    client: str = ""
    strict: bool = False


def lint_paths(paths: Sequence[str], request: LintRequest | None = None) -> Report[LintSummary]:
    """Check every plugin that ``paths`` mean; a marketplace or an org-plugins directory means all plugins in it.

    Raises:
        ConfigError: a rule, target, profile or client version that does not exist.
    """
    request = request or LintRequest()
    base = _base_options(request)
    outcomes = [outcome for path in paths for outcome in _lint_path(path, request, base)]
    failing = {Severity.ERROR, Severity.WARNING} if request.strict else {Severity.ERROR}
    return Report("lint", tuple(outcomes), frozenset(failing))


def lint_tree(tree: Tree, options: LintOptions | None = None) -> tuple[Plugin, tuple[Finding, ...]]:
    """Load and check one tree with the settings of its project file added to ``options``; the gate of build.

    Raises:
        ConfigError: the project file, or a rule it names, cannot be used.
    """
    plugin = load_plugin(tree)
    return plugin, lint_plugin(plugin, _with_project(plugin, options or LintOptions(), targets_given=False))


def looks_built(plugin: Plugin) -> bool:
    """Whether a tree was written by build: it has a version.json whose version ends in digits of a digest."""
    import re  # noqa: PLC0415 - beside its only use

    text = plugin.json_files.get(VERSION_FILE)
    value = text.value if text is not None else None
    version = value.get("version") if isinstance(value, dict) and len(value) == 1 else None
    return isinstance(version, str) and bool(re.search(_DERIVED, version))


def parse_client(text: str) -> Version:
    """Return a client version such as ``2.1.330``.

    Raises:
        ConfigError: it is not three numbers.
    """
    parts = text.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= 6 for part in parts):  # noqa: PLR2004
        raise ConfigError(f"{text!r} is no client version", field="--client", expected="three numbers such as 2.1.330")
    return int(parts[0]), int(parts[1]), int(parts[2])


def _base_options(request: LintRequest) -> LintOptions:
    for target in request.targets:
        if target not in ALL_TARGETS:
            raise ConfigError(f"unknown target {target!r}", field="--target", expected=", ".join(ALL_TARGETS))
    if request.profile not in PROFILES:
        raise ConfigError(f"unknown profile {request.profile!r}", field="--profile", expected=", ".join(PROFILES))
    registry.check_prefixes(request.select, where="--select")
    registry.check_prefixes(request.ignore, where="--ignore")
    return LintOptions(
        select=request.select,
        ignore=request.ignore,
        targets=request.targets or DEFAULT_TARGETS,
        profile=request.profile,
        client=parse_client(request.client) if request.client else NEWEST_CLIENT,
    )


def _lint_path(path: str, request: LintRequest, base: LintOptions) -> Iterable[Outcome[LintSummary]]:
    try:
        found = find_plugins(Path(path))
    except PlugintoolError as error:
        return [Outcome(subject=path, error=error)]
    if len(found) == 1 and found[0] == Path(path):
        return [_lint_directory(path, found[0], request, base)]
    return [_lint_directory(str(directory), directory, request, base) for directory in found]


def _lint_directory(subject: str, directory: Path, request: LintRequest, base: LintOptions) -> Outcome[LintSummary]:
    try:
        found: Survey = survey(directory)
        plugin = load_plugin(found)
        options = replace(base, built=looks_built(plugin))
        if base.profile == "default":
            options = _with_project(plugin, options, targets_given=bool(request.targets))
        findings = lint_plugin(plugin, options)
    except PlugintoolError as error:
        return Outcome(subject=subject, error=error)
    return Outcome(subject=subject, value=_summary(plugin, findings, options), findings=findings)


def _with_project(plugin: Plugin, options: LintOptions, *, targets_given: bool) -> LintOptions:
    """Add what the project file says; the command line wins."""
    if _PROJECT_FILE not in plugin.files:
        return options
    from plugintool.formats.project import load_project  # noqa: PLC0415 - only where there is a project file

    project: Project = load_project(plugin.tree)
    return replace(
        options,
        select=options.select or project.lint_select,
        ignore=(*options.ignore, *project.lint_ignore),
        per_path=tuple(project.lint_per_path.items()),
        targets=options.targets if targets_given or not project.targets else project.targets,
        suppressions=tuple(
            Suppression(item.id, item.path, item.reason, Location(_PROJECT_FILE, item.line))
            for item in project.suppressions
        ),
    )


def _summary(plugin: Plugin, findings: Sequence[Finding], options: LintOptions) -> LintSummary:
    counts = {severity: sum(finding.severity is severity for finding in findings) for severity in Severity}
    checked = {f"{kind.value}s": len(plugin.of_kind(kind)) for kind in Kind}
    checked["hook sets"] = len(plugin.hooks)
    checked["server sets"] = len(plugin.mcp) + len(plugin.lsp)
    checked["files"] = len(plugin.files)
    rules = len(selected_rules(options))
    return LintSummary(
        plugin.name, checked, rules, counts[Severity.ERROR], counts[Severity.WARNING], counts[Severity.INFO]
    )

"""Use case: start what plugins and bundles bring along, and see whether it really answers.

This EXECUTES their code, with the rights of the caller and without a sandbox. No other command does, apart from the
build of a local Python server that ``build --vendor`` and ``--wheels`` run.
Each subject is copied into a private directory first and everything is started there, with a clean environment.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from plugintool.author.check_bundle import read_manifest, try_bundle
from plugintool.author.check_plugin import try_hooks, try_servers
from plugintool.author.check_request import Bench, CheckRequest
from plugintool.author.checked import Checked
from plugintool.author.container import open_container
from plugintool.errors import ConfigError, MissingPathError, PlugintoolError
from plugintool.formats.bundle_manifest import BUNDLE_MANIFEST
from plugintool.formats.project import load_project
from plugintool.frozen import replace
from plugintool.jsonvalue import object_of
from plugintool.plugin.discover import find_plugins, is_plugin
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import MANIFEST
from plugintool.probe.codes import CHECK_CODES
from plugintool.probe.launch import private_place, unpack
from plugintool.report import Finding, Location, Outcome, Report, Severity
from plugintool.tree.directory import Survey, survey
from plugintool.tree.entry import Tree
from plugintool.tree.source_lines import DirectoryLines

_SERVER_FILE = ".mcp.json"


def check_paths(paths: Iterable[Path], request: CheckRequest) -> Report[Checked]:
    """Check each path; a marketplace or an ``org-plugins`` directory means all plugins in it.

    Args:
        paths: bundles, their source directories, plugins, archives of plugins, or files that declare servers.
        request: what to do and how long to wait.
    """
    declared: set[str] = set()
    outcomes = [_attempt(subject, request, declared) for path in paths for subject in _subjects(path)]
    outcomes = _mark_unchecked(outcomes)
    unknown = [key for key in request.settings if key not in declared]
    if unknown and not any(outcome.error for outcome in outcomes):
        outcomes.append(Outcome(subject="", error=_unknown_setting(unknown[0], declared)))
    failing = {Severity.ERROR, Severity.WARNING} if request.strict else {Severity.ERROR}
    return Report("check", tuple(outcomes), frozenset(failing))


def _subjects(path: Path) -> list[Path]:
    if path.is_dir() or (path.is_file() and path.absolute().parent.name == MANIFEST.segments[0]):
        return find_plugins(path)
    return [path.parent] if path.name in {_SERVER_FILE, BUNDLE_MANIFEST} else [path]


def _attempt(subject: Path, request: CheckRequest, declared: set[str]) -> Outcome[Checked]:
    try:
        with ExitStack() as stack:
            tree: Tree = survey(subject) if subject.is_dir() else stack.enter_context(open_container(subject)).tree
            place = stack.enter_context(private_place(request.given))
            bench = Bench(place, place.root / "subject", str(subject), request)
            value, findings = _check(tree, subject, bench, declared)
    except PlugintoolError as error:
        return Outcome(subject=str(subject), error=error)
    lines = DirectoryLines(subject) if subject.is_dir() else None
    return Outcome(subject=str(subject), value=value, findings=findings, source=lines)


def _check(tree: Tree, subject: Path, bench: Bench, declared: set[str]) -> tuple[Checked, tuple[Finding, ...]]:
    paths: set[str] = {file.path for file in tree.files()}
    is_bundle = BUNDLE_MANIFEST in paths and MANIFEST not in paths
    if not is_bundle and not _declares(tree, subject, paths):
        raise MissingPathError(
            "there is neither a plugin nor a bundle",
            path=str(subject),
            hint=f"name a directory with {MANIFEST} or {BUNDLE_MANIFEST}, an archive or a bundle",
        )
    rule = load_project(tree).executable_rule()
    unpack(tree, bench.root, rule)
    if is_bundle:
        manifest = read_manifest(tree)
        declared.update(object_of(manifest.value.get("user_config")))
        server, findings = try_bundle(manifest, bench, name=subject.name)
        return Checked("bundle", manifest.text("name") or subject.stem, (server,)), findings
    return _check_plugin(tree, subject, bench, declared)


def _check_plugin(tree: Tree, subject: Path, bench: Bench, declared: set[str]) -> tuple[Checked, tuple[Finding, ...]]:
    plugin = load_plugin(tree)
    declared.update(object_of(plugin.value.get("userConfig")))
    servers, hooks, findings = [], [], list[Finding]()
    for server, found in try_servers(plugin, bench):
        servers.append(server)
        findings += found
    if bench.request.hooks:
        for hook, found in try_hooks(plugin, bench):
            hooks.append(hook)
            findings += found
    name = plugin.declared_name or tree.name or subject.stem
    return Checked("plugin", name, tuple(servers), tuple(hooks)), tuple(findings)


def _declares(tree: Tree, subject: Path, paths: set[str]) -> bool:
    """Whether a tree is a plugin, or at least declares servers as one does."""
    if isinstance(tree, Survey):
        return is_plugin(subject) or _SERVER_FILE in paths
    return bool({MANIFEST, _SERVER_FILE, "SKILL.md"} & paths)


def _mark_unchecked(outcomes: list[Outcome[Checked]]) -> list[Outcome[Checked]]:
    """Say where nothing was started: a note beside others that were checked, an error when it is all there is."""
    none = all(outcome.value is None or not outcome.value.started for outcome in outcomes)
    return [_mark(outcome, alone=none) for outcome in outcomes]


def _mark(outcome: Outcome[Checked], *, alone: bool) -> Outcome[Checked]:
    value, code = outcome.value, CHECK_CODES["CH024"]
    if value is None or value.started:
        return outcome
    left = len(value.servers) + len(value.hooks)
    message = f"{code.title}: " + (f"{left} left out" if left else "nothing is declared")
    severity = code.severity if alone else Severity.INFO
    finding = Finding("CH024", severity, message, Location(""), code.repair)
    return replace(outcome, findings=(*outcome.findings, finding))


def _unknown_setting(key: str, declared: set[str]) -> ConfigError:
    near = difflib.get_close_matches(key, declared, n=1)
    known = ", ".join(sorted(declared)) or "none"
    hint = f"did you mean {near[0]}?" if near else f"settings that are declared: {known}"
    return ConfigError(f"no setting is called {key}", field="--config", hint=hint)

"""What the paths of ``lint`` mean, and how one subject is judged: a plugin, a marketplace, an org-plugins directory.

A subject is small and its judgement depends on nothing else, so that any process can do it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from plugintool.frozen import replace
from plugintool.lint.result import LintResult
from plugintool.lint.rule import Subject
from plugintool.lint.run import LintOptions, lint_marketplace, lint_org_plugins, lint_plugin, rule_ids_for
from plugintool.lint.suppress import Suppression
from plugintool.plugin.discover import find_marketplace, find_plugins, is_bundle, is_plugin
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Kind, Plugin
from plugintool.report import Location
from plugintool.tree.directory import survey
from plugintool.tree.entry import Tree
from plugintool.tree.record import VERSION_FILE

if TYPE_CHECKING:
    from plugintool.formats.project import Project
    from plugintool.plugin.marketplace import Marketplace

PROJECT_FILE = "plugintool.toml"
_BUNDLE_FILES = (".mcpb", ".dxt")
_DERIVED = r"[+.][0-9a-f]{12}(?:\.[1-9][0-9]*)?\Z"
"""How the version in a version.json of ours ends: twelve digits of the record's digest, perhaps a settle count."""


_SAID_BY_THE_ENTRY = ("LN002", "PM001")
"""What is said of a plugin without manifest or components, which its entry can stand for; MP023 tells what is lost."""


class What(StrEnum):
    """The kinds of subject; ``LISTED`` is a directory that is a plugin only by the entry of a marketplace."""

    PLUGIN = "plugin"
    LISTED = "listed"
    BUNDLE = "bundle"
    MARKETPLACE = "marketplace"
    ORG_PLUGINS = "org-plugins"


class LintSubject(NamedTuple):
    """One thing that is judged.

    Attributes:
        shown: what the user calls it; findings are relative to it.
        what: its kind.
        place: its directory; for a marketplace its file.
    """

    shown: str
    what: What
    place: Path


class Judgement(NamedTuple):
    """How subjects are judged.

    Attributes:
        options: before a project file is read.
        targets_given: the command line names targets, so that the project file does not.
    """

    options: LintOptions
    targets_given: bool = False


class Loaded:
    """What was read in one call and is needed again by it: marketplaces, and their plugins until they are judged."""

    def __init__(self) -> None:
        self._marketplaces: dict[Path, Marketplace] = {}
        self._plugins: dict[str, Plugin] = {}

    def __reduce__(self) -> tuple[type[Loaded], tuple[()]]:
        """Another process begins with nothing: reading costs less than sending."""
        return Loaded, ()

    def marketplace(self, file: Path) -> Marketplace:
        """Return a marketplace, which is read once."""
        from plugintool.plugin.marketplace import load_marketplace  # noqa: PLC0415 - only where there is one

        if file not in self._marketplaces:
            self._marketplaces[file] = load_marketplace(file)
        return self._marketplaces[file]

    def leave(self, file: Path) -> None:
        """Forget a marketplace, and hand over what its rules have read of its plugins."""
        for entry in self._marketplaces.pop(file).entries:
            found = entry.local.loaded if entry.local else None
            if found is not None and found.survey is not None:
                self._plugins[str(found.survey.root)] = found

    def plugin(self, place: Path) -> Plugin:
        """Return a plugin, and forget it.

        Raises:
            MissingPathError, LimitExceededError: as ``survey``.
        """
        known = self._plugins.pop(os.path.abspath(place), None)
        return load_plugin(survey(place)) if known is None else known


def subjects_of(path: str, *, as_client: bool, loaded: Loaded | None = None) -> Iterator[LintSubject]:
    """Yield what ``path`` means; a marketplace comes before its plugins.

    The genuine client that is given a marketplace judges nothing but the marketplace.

    Raises:
        MissingPathError: there is nothing, or nothing that could be meant.
    """
    from plugintool.plugin.org_plugins import is_org_plugins  # noqa: PLC0415 - with what it imports, once a path

    file = find_marketplace(Path(path))
    if file is not None:
        yield from _of_marketplace(path, file, loaded or Loaded(), as_client=as_client)
        return
    if path.lower().endswith(_BUNDLE_FILES) and Path(path).is_file():
        yield LintSubject(path, What.BUNDLE, Path(path))
        return
    is_org = is_org_plugins(Path(path)) and not as_client
    found = find_plugins(Path(path))
    if is_org:
        yield LintSubject(path, What.ORG_PLUGINS, Path(path))
    for place in found:
        if not (is_org and place == Path(path)):  # an org-plugins directory without plugins
            what = What.BUNDLE if not as_client and is_bundle(place) else What.PLUGIN
            yield LintSubject(path if place == Path(path) else str(place), what, place)


def _of_marketplace(path: str, file: Path, loaded: Loaded, *, as_client: bool) -> Iterator[LintSubject]:
    inside = file.parent.name == ".claude-plugin"
    root = Path(path) if Path(path).is_dir() else file.parent.parent if inside else file.parent
    shown = path if Path(path).is_dir() else str(root)
    yield LintSubject(shown, What.MARKETPLACE, file)
    if as_client:
        return
    marketplace = loaded.marketplace(file)
    for place in marketplace.local_plugins():
        below = root / place.relative_to(marketplace.root)
        what = What.PLUGIN if is_plugin(place) else What.LISTED
        yield LintSubject(shown if below == root else str(below), what, below)


def judge(subject: LintSubject, judgement: Judgement, loaded: Loaded | None = None) -> LintResult:
    """Look at one subject.

    Raises:
        PlugintoolError: it cannot be read, or its project file cannot be used.
    """
    loaded = loaded or Loaded()
    if subject.what is What.PLUGIN:
        return _judge_plugin(loaded.plugin(subject.place), judgement)
    if subject.what is What.LISTED:
        options = replace(judgement.options, ignore=(*judgement.options.ignore, *_SAID_BY_THE_ENTRY))
        return _judge_plugin(loaded.plugin(subject.place), judgement._replace(options=options))
    if subject.what is What.BUNDLE:
        return _judge_bundle(subject.place, judgement)
    if subject.what is What.MARKETPLACE:
        return _judge_marketplace(subject.place, judgement, loaded)
    return _judge_org_plugins(subject.place, judgement)


def _judge_plugin(plugin: Plugin, judgement: Judgement) -> LintResult:
    options = options_for(plugin, judgement)
    rules = rule_ids_for(Subject.PLUGIN, options)
    return LintResult(plugin.name, _checked(plugin), rules, lint_plugin(plugin, options))


def _judge_bundle(place: Path, judgement: Judgement) -> LintResult:
    from plugintool.author.lint_bundle import lint_bundle, options_for_bundle  # noqa: PLC0415 - only where there is one

    if place.is_file():
        return _judge_container(place, judgement)
    source = survey(place)
    asked = judgement.options if judgement.targets_given else replace(judgement.options, targets=())
    options = options_for_bundle(source, asked)
    rules = rule_ids_for(Subject.PLUGIN, options)
    return LintResult(source.name, {"bundles": 1, "files": len(source.sources)}, rules, lint_bundle(source, options))


def _judge_container(place: Path, judgement: Judgement) -> LintResult:
    from plugintool.author.lint_container import lint_container  # noqa: PLC0415 - only where there is one

    options = judgement.options if judgement.targets_given else replace(judgement.options, targets=())
    asked = replace(options, select=options.select or ("MB",), targets=options.targets or ("mcpb",))
    rules = rule_ids_for(Subject.PLUGIN, asked)
    return LintResult(place.name, {"bundles": 1}, rules, lint_container(place, options))


def options_for(plugin: Plugin, judgement: Judgement) -> LintOptions:
    """Return the options for one plugin, with what its project file says; the genuine client knows no such file.

    Raises:
        ConfigError: the project file cannot be used.
    """
    options = judgement.options
    if looks_built(plugin) != options.built:
        options = replace(options, built=not options.built)
    if options.profile != "default" or PROJECT_FILE not in plugin.files:
        return options
    return with_project(plugin.tree, options, targets_given=judgement.targets_given)


def _judge_marketplace(file: Path, judgement: Judgement, loaded: Loaded) -> LintResult:
    marketplace = loaded.marketplace(file)
    options = options_for_root(marketplace.root, judgement)
    rules = rule_ids_for(Subject.MARKETPLACE, options)
    findings = lint_marketplace(marketplace, options)
    loaded.leave(file)
    return LintResult(marketplace.name, {"plugins": len(marketplace.entries)}, rules, findings)


def options_for_root(root: Path, judgement: Judgement) -> LintOptions:
    """Return the options for the marketplace at ``root``, with what its project file says.

    Raises:
        ConfigError: the project file cannot be used.
    """
    options = judgement.options
    if options.profile != "default" or not (root / PROJECT_FILE).is_file():
        return options
    return with_project(_project_tree(root), options, targets_given=judgement.targets_given)


def _project_tree(root: Path) -> Tree:
    """Return a tree that holds the project file of ``root`` only: a marketplace may stand above anything.

    Raises:
        InputError: it cannot be read.
    """
    from plugintool.tree.directory import read_bounded  # noqa: PLC0415 - only where there is one
    from plugintool.tree.memory import MemoryTree  # noqa: PLC0415 - as above

    return MemoryTree(root.name, {PROJECT_FILE: read_bounded(root / PROJECT_FILE, shown=PROJECT_FILE)})


def _judge_org_plugins(root: Path, judgement: Judgement) -> LintResult:
    from plugintool.plugin.org_plugins import org_plugins_of  # noqa: PLC0415 - only where there is one

    plugins = [load_plugin(survey(place)) for place in find_plugins(root) if place != root]
    directory = org_plugins_of(root, plugins)
    rules = rule_ids_for(Subject.ORG_PLUGINS, judgement.options)
    findings = lint_org_plugins(directory, judgement.options)
    return LintResult(root.name or str(root), {"plugins": len(plugins)}, rules, findings)


def looks_built(plugin: Plugin) -> bool:
    """Whether a tree was written by build: it has a version.json whose version ends in digits of a digest."""
    text = plugin.json_files.get(VERSION_FILE)
    value = text.value if text is not None else None
    version = value.get("version") if isinstance(value, dict) and len(value) == 1 else None
    if not isinstance(version, str):
        return False
    import re  # noqa: PLC0415 - beside its only use

    return bool(re.search(_DERIVED, version))


def with_project(tree: Tree, options: LintOptions, *, targets_given: bool) -> LintOptions:
    """Add what the project file of ``tree`` says; the command line wins.

    Raises:
        ConfigError: it cannot be used.
    """
    from plugintool.formats.project import load_project  # noqa: PLC0415 - only where there is a project file

    project: Project = load_project(tree)
    return replace(
        options,
        select=options.select or project.lint_select,
        ignore=(*options.ignore, *project.lint_ignore),
        per_path=tuple(project.lint_per_path.items()),
        targets=options.targets if targets_given or not project.targets else project.targets,
        suppressions=tuple(
            Suppression(item.id, item.path, item.reason, Location(PROJECT_FILE, item.line))
            for item in project.suppressions
        ),
    )


def _checked(plugin: Plugin) -> dict[str, int]:
    numbers = {f"{kind.value}s": len(plugin.of_kind(kind)) for kind in Kind}
    numbers["hook sets"] = len(plugin.hooks)
    numbers["server sets"] = len(plugin.mcp) + len(plugin.lsp)
    numbers["monitor sets"] = len(plugin.monitors)
    numbers["bundles"] = len(plugin.bundles)
    numbers["files"] = len(plugin.files)
    return numbers

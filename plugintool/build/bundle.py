"""MCP bundles: a directory with a bundle manifest at its root becomes one ``.mcpb`` file.

It stands by itself, or in a plugin as ``bundles/<name>/``, which becomes ``bundles/<name>.mcpb`` of the built tree.

The bundle is a canonical archive (docs/reference/archives.md), so the same source gives the same bytes, unlike with
``mcpb pack`` 2.1.2, which stamps the time of packing and copies modes. It is not signed: in a plugin, the plugin's own
signature covers it. What is left out is our built-in list, ``.mcpbignore`` (as ``mcpb pack`` reads it; only the one
beside the manifest) and the project file. The list of ``mcpb pack`` is not used: it drops files that run (``*.map``
directories, ``package-lock.json``, ``tsconfig.json``) and keeps keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO

from plugintool import limits
from plugintool.build.dependencies import Dependencies
from plugintool.build.fate import INCLUDED, INVALID, OMITTED, Fate, fates_at
from plugintool.build.ignore import is_own_output
from plugintool.build.judge import Judge, colliding, holds_secret, strange_entries
from plugintool.errors import InputError, UnsafePathError
from plugintool.formats.bundle_manifest import BUNDLE_MANIFEST, BundleManifest, read_bundle_manifest
from plugintool.formats.patterns import PatternList, parse_mcpbignore
from plugintool.formats.project import PROJECT_FILE, Project
from plugintool.frozen import dataclass, replace
from plugintool.jsonvalue import items_of, object_of
from plugintool.relpath import RelPath
from plugintool.tree.below import Below
from plugintool.tree.directory import Survey
from plugintool.tree.entry import Tree, TreeFile
from plugintool.tree.record import Record
from plugintool.tree.zip_writer import usable_threads, write_zip

BUNDLES = "bundles"
"""The directory of a plugin whose sub-directories with a bundle manifest are built."""
SUFFIX = ".mcpb"
_IGNORE_FILE = ".mcpbignore"


@dataclass(frozen=True)
class BundlePlan:
    """What goes into one bundle.

    Attributes:
        directory: its source, as ``bundles/clock``; empty when the tree itself is the bundle.
        manifest: its bundle manifest, as far as it could be read.
        judge: decides what is left out of it.
        dependencies: what it has in ``node_modules`` and Python libraries.
        included, omitted, invalid: the fate of every file below it, by its path in the tree.
    """

    directory: str
    manifest: BundleManifest
    judge: Judge
    dependencies: Dependencies
    included: tuple[Fate, ...]
    omitted: tuple[Fate, ...]
    invalid: tuple[Fate, ...]

    @property
    def path(self) -> RelPath:
        """Where the bundle stands in the built tree of its plugin."""
        return RelPath(self.directory + SUFFIX)

    @property
    def name(self) -> str:
        """The name in the manifest; empty when there is none."""
        return self.manifest.text("name")

    @property
    def version(self) -> str:
        """The version in the manifest; empty when there is none."""
        return self.manifest.text("version")

    def inner_paths(self) -> set[str]:
        """The files that go in, by their paths in the bundle."""
        return {fate.path.removeprefix(_prefix(self.directory)) for fate in self.included}

    def fates(self) -> list[Fate]:
        """All files, sorted by path."""
        return sorted((*self.included, *self.omitted, *self.invalid), key=lambda fate: (fate.path, fate.rule))

    def fate_of(self, path: str) -> list[Fate]:
        """The fates of one path, or of everything below it."""
        return fates_at(self.fates(), path)

    def write(self, tree: Tree, target: BinaryIO, project: Project) -> Record:
        """Write the bundle as a canonical archive, and return what it holds.

        Args:
            tree: the source tree.
            target: an empty, seekable file open for writing.
            project: decides which files are executable.

        Raises:
            InputError: a file cannot be read or changed; LimitExceededError, UnsafePathError: as ``write_zip``.
        """
        rule, prefix = project.executable_rule(), _prefix(self.directory)
        source = _Below(tree, prefix, self.included)
        return write_zip(
            source, target, is_executable=lambda path, head: rule(prefix + path, head), threads=usable_threads()
        )


def bundle_directories(paths: Sequence[str]) -> list[RelPath]:
    """Return the directories among ``paths`` that hold the source of a bundle, in order."""
    found = []
    for path in paths:
        segments = path.split("/")
        if len(segments) == 3 and segments[0] == BUNDLES and segments[2] == BUNDLE_MANIFEST:  # noqa: PLR2004
            found.append(RelPath("/".join(segments[:2])))
    return found


def plan_bundle(tree: Tree, directory: str, project: Project) -> BundlePlan:
    """Decide about every file below ``directory``, as ``bundles/clock``; empty for the whole tree.

    Raises:
        ConfigError: a pattern cannot be read.
    """
    prefix = _prefix(directory)
    files = [file for file in tree.files() if file.path.startswith(prefix)]
    manifest = read_bundle_manifest(_read(tree, prefix + BUNDLE_MANIFEST))
    dependencies = Dependencies(Below(tree, directory), manifest)
    judge = replace(_judge_for(tree, directory, project), dependencies=dependencies.verdict)
    fates = [_fate(tree, file, prefix, judge) for file in files]
    included = tuple(fate for fate in fates if fate.fate == INCLUDED)
    inner = {fate.path.removeprefix(prefix) for fate in included}
    problems = list(_problems(manifest, prefix, inner))
    problems += (replace(fate, path=prefix + fate.path) for fate in dependencies.problems(inner))
    problems += colliding(fate.path for fate in included)
    return BundlePlan(
        directory=directory,
        manifest=manifest,
        judge=judge,
        dependencies=dependencies,
        included=included,
        omitted=tuple(fate for fate in fates if fate.fate == OMITTED),
        invalid=(*(fate for fate in fates if fate.fate == INVALID), *problems),
    )


def plan_standalone(source: Survey, project: Project, *, output: str | None) -> BundlePlan:
    """Decide about every entry of a directory that is a bundle by itself.

    Args:
        source: what was found in it.
        project: its project file.
        output: the output directory when it lies inside, relative to it; else None.

    Raises:
        ConfigError: a pattern cannot be read.
    """
    plan = plan_bundle(source, "", project)
    links = {link.path: link.target for link in source.links}
    through: dict[str, str] = {
        file.path: f"{file.via} -> {links[file.via]}" for file in source.sources.values() if file.via
    }
    entries = [_standing_alone(fate, through, output) for fate in (*plan.included, *plan.omitted)]
    strange = [plan.judge.omission(fate.path) or fate for fate in strange_entries(source)]
    empty = (plan.judge.omission(path) or Fate(path, OMITTED, "empty-directory") for path in source.empty_directories)
    omitted = [*(fate for fate in (*entries, *strange) if fate.fate == OMITTED), *empty]
    omitted += [Fate(path, OMITTED, "version-control") for path in source.version_control]
    return replace(
        plan,
        included=tuple(fate for fate in entries if fate.fate == INCLUDED),
        omitted=tuple(sorted(omitted, key=lambda fate: fate.path)),
        invalid=(*plan.invalid, *(fate for fate in strange if fate.fate == INVALID)),
    )


def _standing_alone(fate: Fate, through: Mapping[str, str], output: str | None) -> Fate:
    """Say what only a directory by itself has: its project file, the output of an earlier build, links."""
    if fate.reason == "kept":
        return fate
    if fate.path == PROJECT_FILE:
        return Fate(fate.path, OMITTED, "project-file", f"{PROJECT_FILE} (built-in)", fate.size)
    if output is not None and is_own_output(fate.path, output):
        return Fate(fate.path, OMITTED, "own-output", f"{output}/ (output directory)", fate.size)
    if fate.fate == INCLUDED and fate.reason == "source":
        return replace(fate, reason="link" if fate.path in through else "source", rule=through.get(fate.path, ""))
    return fate


def _prefix(directory: str) -> str:
    return f"{directory}/" if directory else ""


def _judge_for(tree: Tree, directory: str, project: Project) -> Judge:
    prefix = _prefix(directory)
    own = PatternList(project.bundle_ignore.get(directory.rpartition("/")[2], ()))
    listed = parse_mcpbignore(_read(tree, prefix + _IGNORE_FILE), origin=prefix + _IGNORE_FILE)
    return Judge((PatternList(project.ignore),), directory, (own, listed))


def _fate(tree: Tree, file: TreeFile, prefix: str, judge: Judge) -> Fate:
    if file.path.rpartition("/")[2] == _IGNORE_FILE:
        return Fate(file.path, OMITTED, "other-tool", f"{_IGNORE_FILE} (built-in)", file.size)
    found = judge.verdict(file.path)
    if found is not None and found.code:
        return Fate(file.path, OMITTED, found.code, found.rule, file.size)
    if found is not None:
        return Fate(file.path, INCLUDED, "kept", found.rule, file.size)
    if file.path.endswith(SUFFIX):
        return Fate(file.path, OMITTED, "unnamed-bundle", f"*{SUFFIX} (built-in)", file.size)
    if holds_secret(tree, file.path):
        return Fate(file.path, INVALID, "secret", "", file.size)
    return Fate(file.path, INCLUDED, "source", f"in {prefix.rstrip('/')}{SUFFIX}", file.size)


def _problems(manifest: BundleManifest, prefix: str, included: set[str]) -> Iterator[Fate]:
    """Yield what is wrong with the bundle manifest and with the files it names."""
    path = prefix + BUNDLE_MANIFEST
    if BUNDLE_MANIFEST not in included:
        yield Fate(path, INVALID, "needed")
        return
    for line in manifest.describe():
        yield Fate(path, INVALID, "bundle", line)
    if not manifest.problems:
        for field, name in _named_files(manifest):
            problem = _named_file_problem(name, included)
            if problem:
                yield Fate(path, INVALID, "bundle", f"{field}: {name!r} {problem}")


def _named_files(manifest: BundleManifest) -> Iterator[tuple[str, str]]:
    yield "server.entry_point", manifest.text("server", "entry_point")
    if manifest.text("icon"):
        yield "icon", manifest.text("icon")
    for index, icon in enumerate(items_of(manifest.value.get("icons"))):
        source = object_of(icon).get("src")
        if isinstance(source, str):
            yield f"icons[{index}].src", source


def _named_file_problem(name: str, included: set[str]) -> str:
    """C29: the name of a file in the bundle; a leading ``./`` is common and understood by hosts."""
    try:
        path = RelPath(name.removeprefix("./"))
    except UnsafePathError as error:
        return f"is no path inside the bundle ({error.message.removeprefix('unsafe path: ')})"
    return "" if path in included else "is not in the bundle"


def _read(tree: Tree, path: str) -> bytes:
    """Return a small text, empty when it is not there or not readable."""
    try:
        with tree.open(RelPath(path)) as source:
            return source.read(limits.TEXT_BYTES + 1)
    except (InputError, OSError):
        return b""


class _Below:
    """The included files below one directory, as a tree of their own."""

    def __init__(self, tree: Tree, prefix: str, included: Sequence[Fate]) -> None:
        self.name = prefix.rstrip("/").rpartition("/")[2] or tree.name
        self._open: Callable[[RelPath], BinaryIO] = tree.open
        self._prefix = prefix
        self._files = [TreeFile(_moved(fate.path, prefix), fate.size) for fate in included]

    def files(self) -> Sequence[TreeFile]:
        """All files, sorted by path."""
        return self._files

    def open(self, path: RelPath) -> BinaryIO:
        """Open one file."""
        return self._open(RelPath(self._prefix + path) if self._prefix else path)


def _moved(path: str, prefix: str) -> RelPath:
    """Return a path below ``prefix`` relative to it; checking it again costs more than the rest."""
    return path if not prefix and isinstance(path, RelPath) else RelPath(path.removeprefix(prefix))

"""MCP bundles of a plugin: ``bundles/<name>/manifest.json`` and what lies beside it become ``bundles/<name>.mcpb``.

The bundle is a canonical archive (docs/reference/archives.md), so the same source gives the same bytes, unlike with
``mcpb pack`` 2.1.2, which stamps the time of packing. It is not signed: the plugin's own signature covers it. Files
above ``limits.ONE_SHOT_BYTES`` are stored: the bundle is part of the plugin's record, which must not depend on the
machine. What is left out is our built-in list, ``.mcpbignore`` (gitignore syntax, case-insensitive, only the one
beside the manifest) and the project file. The list of ``mcpb pack`` is not used: it drops files that run (``*.map``
directories, ``package-lock.json``, ``tsconfig.json``) and keeps keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from plugintool import limits
from plugintool.build.fate import INCLUDED, INVALID, OMITTED, Fate
from plugintool.build.judge import Judge, colliding, holds_secret
from plugintool.errors import InputError, UnsafePathError
from plugintool.formats.bundle_manifest import BUNDLE_MANIFEST, BundleManifest, read_bundle_manifest
from plugintool.formats.patterns import PatternList, parse_lines
from plugintool.formats.project import Project
from plugintool.jsontext import JsonValue
from plugintool.relpath import RelPath
from plugintool.tree.entry import Tree, TreeFile
from plugintool.tree.zip_writer import Packing, write_zip

BUNDLES = "bundles"
"""The directory of a plugin whose sub-directories with a bundle manifest are built."""
SUFFIX = ".mcpb"
_IGNORE_FILE = ".mcpbignore"


@dataclass(frozen=True)
class BundlePlan:
    """What goes into one bundle.

    Attributes:
        directory: its source, as ``bundles/clock``.
        judge: decides what is left out of it.
        included, omitted, invalid: the fate of every file below it, by its path in the plugin.
    """

    directory: RelPath
    judge: Judge
    included: tuple[Fate, ...]
    omitted: tuple[Fate, ...]
    invalid: tuple[Fate, ...]

    @property
    def path(self) -> RelPath:
        """Where the bundle stands in the built tree."""
        return RelPath(self.directory + SUFFIX)

    def write(self, tree: Tree, target: BinaryIO, project: Project) -> None:
        """Write the bundle as a canonical archive.

        Args:
            tree: the source tree of the plugin.
            target: an empty, seekable file open for writing.
            project: decides which files are executable.

        Raises:
            InputError: a file cannot be read or changed; LimitExceededError, UnsafePathError: as ``write_zip``.
        """
        rule, prefix = project.executable_rule(), f"{self.directory}/"
        source = _Below(tree, self.directory, self.included)
        write_zip(source, target, is_executable=lambda path, head: rule(prefix + path, head), packing=Packing.PINNED)


def bundle_directories(paths: Sequence[str]) -> list[RelPath]:
    """Return the directories among ``paths`` that hold the source of a bundle, in order."""
    found = []
    for path in paths:
        segments = path.split("/")
        if len(segments) == 3 and segments[0] == BUNDLES and segments[2] == BUNDLE_MANIFEST:  # noqa: PLR2004
            found.append(RelPath("/".join(segments[:2])))
    return found


def plan_bundle(tree: Tree, directory: RelPath, project: Project) -> BundlePlan:
    """Decide about every file below ``directory``.

    Raises:
        ConfigError: a pattern cannot be read.
    """
    files = [file for file in tree.files() if file.path.startswith(f"{directory}/")]
    judge = _judge_for(tree, directory, project)
    fates = [_fate(tree, file, directory, judge) for file in files]
    included = tuple(fate for fate in fates if fate.fate == INCLUDED)
    problems = list(_problems(tree, directory, {fate.path.removeprefix(f"{directory}/") for fate in included}))
    problems += colliding(fate.path for fate in included)
    return BundlePlan(
        directory=directory,
        judge=judge,
        included=included,
        omitted=tuple(fate for fate in fates if fate.fate == OMITTED),
        invalid=(*(fate for fate in fates if fate.fate == INVALID), *problems),
    )


def _judge_for(tree: Tree, directory: RelPath, project: Project) -> Judge:
    own = PatternList(project.bundle_ignore.get(directory.name, ()))
    text = _read(tree, f"{directory}/{_IGNORE_FILE}").decode(errors="replace").removeprefix("\ufeff")
    listed = PatternList(parse_lines(text, origin=f"{directory}/{_IGNORE_FILE}"), ignore_case=True)
    return Judge((PatternList(project.ignore),), directory, (own, listed))


def _fate(tree: Tree, file: TreeFile, directory: RelPath, judge: Judge) -> Fate:
    if file.path == f"{directory}/{_IGNORE_FILE}":
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
    return Fate(file.path, INCLUDED, "source", f"in {directory}{SUFFIX}", file.size)


def _problems(tree: Tree, directory: RelPath, included: set[str]) -> Iterator[Fate]:
    """Yield what is wrong with the bundle manifest and with the files it names."""
    path = f"{directory}/{BUNDLE_MANIFEST}"
    if BUNDLE_MANIFEST not in included:
        yield Fate(path, INVALID, "needed")
        return
    manifest = read_bundle_manifest(_read(tree, path))
    for line in manifest.describe():
        yield Fate(path, INVALID, "bundle", line)
    if not manifest.problems:
        for field, name in _named_files(manifest):
            problem = _named_file_problem(name, included)
            if problem:
                yield Fate(path, INVALID, "bundle", f"{field}: {name!r} {problem}")


def _named_files(manifest: BundleManifest) -> Iterator[tuple[str, str]]:
    yield "server.entry_point", manifest.text("server", "entry_point")
    if manifest.text("icon") and "://" not in manifest.text("icon"):
        yield "icon", manifest.text("icon")
    icons: JsonValue = manifest.value.get("icons")
    for index, icon in enumerate(icons if isinstance(icons, list) else []):
        if isinstance(icon, dict) and isinstance(icon.get("src"), str) and "://" not in str(icon["src"]):
            yield f"icons[{index}].src", str(icon["src"])


def _named_file_problem(name: str, included: set[str]) -> str:
    """C29: the name of a file in the bundle; a leading ``./`` is common and understood by hosts."""
    try:
        path = RelPath(name.removeprefix("./"))
    except UnsafePathError as error:
        return f"is no path inside the bundle ({error.message.removeprefix('unsafe path: ')})"
    return "" if path in included else "is not in the bundle"


def _read(tree: Tree, path: str) -> bytes:
    """Return a small text, empty when it is not there or not readable."""
    if all(file.path != path for file in tree.files()):
        return b""
    try:
        with tree.open(RelPath(path)) as source:
            return source.read(limits.TEXT_BYTES + 1)
    except (InputError, OSError):
        return b""


class _Below:
    """The included files below one directory, as a tree of their own."""

    def __init__(self, tree: Tree, directory: RelPath, included: Sequence[Fate]) -> None:
        self.name = directory.name
        self._open: Callable[[RelPath], BinaryIO] = tree.open
        self._prefix = f"{directory}/"
        self._files = [TreeFile(RelPath(fate.path.removeprefix(self._prefix)), fate.size) for fate in included]

    def files(self) -> Sequence[TreeFile]:
        """All files, sorted by path."""
        return self._files

    def open(self, path: RelPath) -> BinaryIO:
        """Open one file."""
        return self._open(RelPath(self._prefix + path))

"""Compare two releases: trees, archives and bundles, in any mix; a source tree counts as what a build would make."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from plugintool import limits
from plugintool.author.build_subjects import build_subjects, project_of, source_of
from plugintool.author.container import BUNDLE_SUFFIXES, Kind, open_container
from plugintool.build.bundle import plan_standalone
from plugintool.build.fate import Fate
from plugintool.build.plan import DEFAULT_OUTPUT, BuildPlan, plan_build
from plugintool.errors import ConfigError, InputError, MissingPathError, PlugintoolError
from plugintool.formats.bundle_manifest import BUNDLE_MANIFEST, read_bundle_manifest
from plugintool.formats.project import Project, load_project
from plugintool.frozen import replace
from plugintool.plugin.diff import GATES, Diff, Side, diff
from plugintool.plugin.discover import is_bundle, is_plugin
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import MANIFEST
from plugintool.plugin.traits import Trait, bundle_traits, plugin_traits
from plugintool.relpath import RelPath
from plugintool.report import Finding, Location, Outcome, Report, Severity
from plugintool.tree.copy import ExecutableRule, copy_stream, record_of
from plugintool.tree.directory import Survey, open_built
from plugintool.tree.entry import Tree, TreeFile
from plugintool.tree.record import VERSION_FILE

COMMAND = "diff"
_HINT = "name a plugin, a built tree, an archive or a bundle"
_ASIDE = "plugintool-diff-"


def diff_releases(old: Path, new: Path, *, gates: Collection[str] = ()) -> Report[Diff]:
    """Compare two releases; each gate that is hit is an error of the report, with the gate as its code.

    Raises:
        ConfigError: a gate that does not exist.
    """
    unknown = sorted(set(gates) - set(GATES))
    if unknown:
        raise ConfigError(
            f"unknown gate {unknown[0]!r}", field="--fail-on", expected=", ".join(GATES), hint=_meant(unknown[0])
        )
    subject = f"{old} -> {new}"
    try:
        found = diff(_read_side(old), _read_side(new))
    except PlugintoolError as error:
        return Report(COMMAND, (Outcome(subject=subject, error=error),))
    findings = tuple(
        Finding(gate, Severity.ERROR, text, Location(""), "review it; then run again without this gate")
        for gate, text in found.stopped_by(gates)
    )
    return Report(COMMAND, (Outcome(subject=subject, value=found, findings=findings),))


def _read_side(path: Path) -> Side:
    try:
        with contextlib.ExitStack() as stack:
            return _directory_side(path, stack) if path.is_dir() else _file_side(path, stack)
    except InputError as error:
        error.detail.setdefault("path", str(path))
        raise


def _file_side(path: Path, stack: contextlib.ExitStack) -> Side:
    found = stack.enter_context(open_container(path))
    if found.kind is Kind.ZIP:
        raise InputError("the file holds neither a plugin nor a bundle", path=str(path), hint=_HINT)
    return _side(found.kind.value, found.tree, _rule(found.tree))


def _directory_side(path: Path, stack: contextlib.ExitStack) -> Side:
    if os.path.lexists(path / VERSION_FILE):
        tree = open_built(path)
        return _side("built tree", tree, _rule(tree))
    subjects = build_subjects([path])
    if len(subjects) > 1:
        names = tuple(subject.shown for subject in subjects)
        raise InputError("the directory holds several plugins", path=str(path), hint="name one of them", problems=names)
    source = source_of(subjects[0])
    project = project_of(subjects[0], source)
    rule = project.executable_rule()
    if is_bundle(source.root) and not subjects[0].is_described:
        fates = plan_standalone(source, project, output=DEFAULT_OUTPUT)
        return _side("source of a bundle", _Planned(source.name, source, fates.included + fates.invalid), rule)
    if MANIFEST not in source.sources and not is_plugin(source.root):
        raise MissingPathError("the directory holds no plugin", path=str(path), hint=_HINT)
    plan = plan_build(load_plugin(source), project, output=DEFAULT_OUTPUT)
    made = stack.enter_context(_made_bundles(source, plan, project))
    planned = _Planned(plan.name or source.name, source, plan.included + plan.invalid, plan.generated, made)
    return _side("source tree", planned, rule)


def _side(kind: str, tree: Tree, rule: ExecutableRule) -> Side:
    names = {file.path for file in tree.files()}
    record = record_of(tree, rule)
    if BUNDLE_MANIFEST in names and MANIFEST not in names:
        with tree.open(BUNDLE_MANIFEST) as source:
            manifest = read_bundle_manifest(source.read(limits.TEXT_BYTES + 1))
        return Side(kind, manifest.text("name"), manifest.text("version"), bundle_traits(manifest), record)
    plugin = load_plugin(tree)
    inner = (_traits_inside(tree, path) for path in sorted(names) if path.endswith(BUNDLE_SUFFIXES))
    traits = plugin_traits(plugin).union(*inner)
    return Side(kind, plugin.declared_name or tree.name, plugin.version, traits, record)


def _traits_inside(tree: Tree, path: RelPath) -> frozenset[Trait]:
    """Return what a bundle inside a plugin can do, its programs among it; nothing where it cannot be read."""
    with tempfile.TemporaryDirectory(prefix=_ASIDE) as aside, contextlib.suppress(InputError):
        place = Path(aside) / f"inner{BUNDLE_SUFFIXES[0]}"
        with tree.open(path) as source, place.open("wb") as target:
            copy_stream(source, target, max_bytes=limits.ARCHIVE_BYTES)
        with open_container(place) as inner:
            side = _side("bundle", inner.tree, _rule(inner.tree))
        return frozenset(replace(trait, name=f"{trait.name} in {path}") for trait in side.all_traits)
    return frozenset()


def _rule(tree: Tree) -> ExecutableRule:
    """What the container marks is taken as it is; of a directory the project file and the content decide."""
    marks = {file.path: file.executable for file in tree.files() if file.executable is not None}
    by_project = load_project(tree).executable_rule()
    return lambda path, head: marks[RelPath(path)] if path in marks else by_project(path, head)


@contextlib.contextmanager
def _made_bundles(source: Survey, plan: BuildPlan, project: Project) -> Iterator[Mapping[RelPath, Path]]:
    """Make the bundles of a plugin that can be made, and remove them in the end."""
    with tempfile.TemporaryDirectory(prefix=_ASIDE) as aside:
        made = {}
        for number, bundle in enumerate(one for one in plan.bundles if not one.invalid):
            place = Path(aside) / str(number)
            with place.open("w+b") as target:
                bundle.write(source, target, project)
            made[bundle.path] = place
        yield made


class _Planned:
    """A source tree as a build would write it, without writing it.

    What would stop the build is there as it is: comparing must not need a plugin without faults.
    """

    def __init__(
        self,
        name: str,
        source: Survey,
        fates: Sequence[Fate],
        generated: Mapping[RelPath, bytes] | None = None,
        made: Mapping[RelPath, Path] | None = None,
    ) -> None:
        self.name = name
        self._source = source
        self._generated = generated or {}
        self._made = made or {}
        wanted = [RelPath(fate.path) for fate in fates if fate.path in source.sources]
        sizes = {path: source.sources[path].size for path in wanted}
        sizes |= {path: len(data) for path, data in self._generated.items()}
        sizes |= {path: os.path.getsize(place) for path, place in self._made.items()}
        self._files = [TreeFile(path, size) for path, size in sorted(sizes.items())]

    def files(self) -> Sequence[TreeFile]:
        """All files, sorted by path."""
        return self._files

    def open(self, path: RelPath) -> BinaryIO:
        """Open one file."""
        if path in self._generated:
            return io.BytesIO(self._generated[path])
        return self._made[path].open("rb") if path in self._made else self._source.open(path)


def _meant(gate: str) -> str:
    import difflib  # noqa: PLC0415 - only for a typo

    near = difflib.get_close_matches(gate, GATES, n=1)
    return f"perhaps {near[0]}" if near else "plugintool explain new-hook says what a gate stops"

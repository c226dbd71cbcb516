"""Compare two releases: trees, archives and bundles, in any mix; a source tree counts as what a build would make."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from plugintool import limits
from plugintool.build.plan import BuildPlan, plan_build
from plugintool.errors import ConfigError, InputError, MissingPathError, PlugintoolError
from plugintool.formats.bundle_manifest import BUNDLE_MANIFEST, read_bundle_manifest
from plugintool.formats.project import Project, load_project
from plugintool.plugin.diff import GATES, Diff, Side, diff
from plugintool.plugin.discover import is_plugin
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import MANIFEST
from plugintool.plugin.traits import Trait, bundle_traits, plugin_traits
from plugintool.relpath import RelPath
from plugintool.report import Finding, Location, Outcome, Report, Severity
from plugintool.tree.copy import ExecutableRule, copy_stream, record_of
from plugintool.tree.directory import Survey, open_built, survey
from plugintool.tree.entry import Tree, TreeFile
from plugintool.tree.record import VERSION_FILE
from plugintool.tree.zip_profile import STRICT
from plugintool.tree.zip_reader import open_archive, read_archive

COMMAND = "diff"
BUNDLE_SUFFIXES = (".mcpb", ".dxt")


def diff_releases(old: Path, new: Path, *, gates: Collection[str] = ()) -> Report[Diff]:
    """Compare two releases; each gate that is hit is an error of the report, with the gate as its code.

    Raises:
        ConfigError: a gate that does not exist.
    """
    unknown = sorted(set(gates) - set(GATES))
    if unknown:
        raise ConfigError(f"unknown gate {unknown[0]!r}", field="--fail-on", expected=", ".join(GATES))
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
            if path.is_dir():
                return _directory_side(path, stack)
            return _side("archive", stack.enter_context(open_archive(path, profile=STRICT)))
    except InputError as error:
        error.detail.setdefault("path", str(path))
        raise


def _directory_side(path: Path, stack: contextlib.ExitStack) -> Side:
    if os.path.lexists(path / VERSION_FILE):
        return _side("built tree", open_built(path))
    if not is_plugin(path):
        hint = "name a plugin, a built tree, an archive or a bundle"
        raise MissingPathError("the directory holds no plugin", path=str(path), hint=hint)
    source = survey(path)
    project = load_project(source)
    plan = plan_build(load_plugin(source), project)
    return _side("source tree", stack.enter_context(_Planned.of(source, plan, project)))


def _side(kind: str, tree: Tree) -> Side:
    names = {file.path for file in tree.files()}
    if BUNDLE_MANIFEST in names and MANIFEST not in names:
        with tree.open(BUNDLE_MANIFEST) as source:
            manifest = read_bundle_manifest(source.read(limits.TEXT_BYTES + 1))
        record = record_of(tree, _rule(tree))
        return Side("bundle", manifest.text("name"), manifest.text("version"), bundle_traits(manifest), record)
    plugin = load_plugin(tree)
    inner = (_traits_inside(tree, path) for path in sorted(names) if path.endswith(BUNDLE_SUFFIXES))
    traits = plugin_traits(plugin).union(*inner)
    return Side(kind, plugin.declared_name or tree.name, plugin.version, traits, record_of(tree, _rule(tree)))


def _traits_inside(tree: Tree, path: RelPath) -> frozenset[Trait]:
    """Return what a bundle inside a plugin can do, its programs among it; nothing where it cannot be read."""
    with tempfile.TemporaryFile() as aside, contextlib.suppress(InputError):
        with tree.open(path) as source:
            copy_stream(source, aside, max_bytes=limits.ARCHIVE_BYTES)
        aside.flush()  # its size is asked of the system
        side = _side("bundle", read_archive(aside, profile=STRICT))
        return frozenset(replace(trait, name=f"{trait.name} in {path}") for trait in side.all_traits)
    return frozenset()


def _rule(tree: Tree) -> ExecutableRule:
    """What the container marks is taken as it is; of a directory the project file and the content decide."""
    marks = {file.path: file.executable for file in tree.files() if file.executable is not None}
    by_project = load_project(tree).executable_rule()
    return lambda path, head: marks[RelPath(path)] if path in marks else by_project(path, head)


class _Planned:
    """A source tree as a build would write it, without writing it: bundles are made in a temporary directory.

    What would stop the build is there as it is: comparing must not need a plugin without faults.
    """

    def __init__(self, source: Survey, plan: BuildPlan, made: dict[RelPath, Path]) -> None:
        self.name = plan.name or source.name
        self._source = source
        self._generated = plan.generated
        self._made = made
        wanted = [fate.path for fate in (*plan.included, *plan.invalid) if fate.path in source.sources]
        sizes = {RelPath(path): source.sources[RelPath(path)].size for path in wanted}
        sizes |= {path: len(data) for path, data in plan.generated.items()}
        sizes |= {path: os.path.getsize(place) for path, place in made.items()}
        self._files = [TreeFile(path, size) for path, size in sorted(sizes.items())]

    @classmethod
    @contextlib.contextmanager
    def of(cls, source: Survey, plan: BuildPlan, project: Project) -> Iterator[_Planned]:
        """Make the bundles that can be made, and remove them in the end."""
        with tempfile.TemporaryDirectory(prefix="plugintool-diff-") as aside:
            made = {}
            for number, bundle in enumerate(one for one in plan.bundles if not one.invalid):
                place = Path(aside) / str(number)
                with place.open("w+b") as target:
                    bundle.write(source, target, project)
                made[bundle.path] = place
            yield cls(source, plan, made)

    def files(self) -> Sequence[TreeFile]:
        """All files, sorted by path."""
        return self._files

    def open(self, path: RelPath) -> BinaryIO:
        """Open one file."""
        if path in self._generated:
            return io.BytesIO(self._generated[path])
        if path in self._made:
            return self._made[path].open("rb")
        return self._source.open(path)

"""Use case: bring the dependencies of bundles in while they are built, and tell what is in each bundle.

Nothing here changes the author's directory: what is brought in lies in a private directory over the source, and is
gone when the build ends. Without being asked nothing is brought in, and only when asked for it the network is used.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from plugintool.build.bundle import BundlePlan, bundle_directories
from plugintool.build.bundle_file import BuiltBundle, bundle_name
from plugintool.build.python_lib import WheelOrigin
from plugintool.build.sbom import SUFFIX as BILL_SUFFIX
from plugintool.build.sbom import Subject, make_bill
from plugintool.build.vendor_source import read_source
from plugintool.build.write import Built
from plugintool.digest import Digest
from plugintool.errors import MissingPathError, PlugintoolError
from plugintool.formats.bundle_manifest import BUNDLE_MANIFEST, BundleManifest, read_bundle_manifest
from plugintool.frozen import dataclass, field
from plugintool.plugin.discover import is_bundle
from plugintool.relpath import RelPath
from plugintool.tree.below import Below
from plugintool.tree.copy import record_of
from plugintool.tree.directory import Survey
from plugintool.tree.overlay import overlay
from plugintool.tree.place import replacing
from plugintool.tree.record import Record
from plugintool.tree.sink import output_errors
from plugintool.tree.zip_reader import open_archive

_VENDORED_TYPES = ("node", "python")
"""Server types whose modules travel in the bundle; ``uv`` fetches its own and ``binary`` has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorRequest:
    """What is to be brought in.

    Attributes:
        from_network: whether npm, pip and build backends are run with the network.
        wheels: a directory of wheels; Python distributions then come from there, without network.
        environment: of the caller; what of it programs get, ``build.program`` says.
    """

    from_network: bool = False
    wheels: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for."""
        return not self.from_network and self.wheels is None

    def arguments(self) -> list[str]:
        """Return the options of the command line that ask for the same."""
        wheels = [] if self.wheels is None else ["--wheels", os.path.abspath(self.wheels)]
        return [*(["--vendor"] if self.from_network else []), *wheels]


NO_VENDORING = VendorRequest()
"""Nothing is brought in."""


@dataclass(frozen=True)
class Supplied:
    """The source of a build with what was brought in.

    Attributes:
        source: the author's files, with those brought in over them.
        origins: of wheels, by the directory of the bundle (empty for a bundle by itself).
    """

    source: Survey
    origins: Mapping[str, Sequence[WheelOrigin]] = field(default_factory=dict)


@contextlib.contextmanager
def supplied(source: Survey, request: VendorRequest) -> Iterator[Supplied]:
    """Bring the dependencies of every bundle in ``source`` in; they are there until the context ends.

    Raises:
        BuildError, InputError: as ``vendor_node`` and ``vendor_python``; ``path`` names a file of the bundle.
        MissingPathError: the directory of wheels is not there.
    """
    if request.is_empty:
        yield Supplied(source)
        return
    if request.wheels is not None and not request.wheels.is_dir():
        raise MissingPathError("no such directory", path=str(request.wheels), hint="name a directory with wheels")
    import tempfile  # noqa: PLC0415 - only where something is brought in

    staging = Path(tempfile.mkdtemp(prefix="plugintool-vendor-"))
    try:
        yield _supply(source, request, staging)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _supply(source: Survey, request: VendorRequest, staging: Path) -> Supplied:
    origins: dict[str, Sequence[WheelOrigin]] = {}
    for number, directory in enumerate(_bundles(source)):
        own = staging / str(number)
        own.mkdir()
        with _named(directory):
            source, origins[directory] = _supply_bundle(source, directory, request, own)
    return Supplied(source, origins)


def _bundles(source: Survey) -> list[str]:
    return [""] if is_bundle(source.root) else [str(found) for found in bundle_directories(list(source.sources))]


@contextlib.contextmanager
def _named(directory: str) -> Iterator[None]:
    """Put the directory of the bundle before the file that an error names."""
    try:
        yield
    except PlugintoolError as error:
        path = error.detail.get("path")
        if directory and not (path and Path(path).is_absolute()):
            error.detail["path"] = f"{directory}/{path}" if path else directory
        raise


def _supply_bundle(
    source: Survey, directory: str, request: VendorRequest, staging: Path
) -> tuple[Survey, Sequence[WheelOrigin]]:
    tree = Below(source, directory)
    manifest = read_bundle_manifest(read_source(tree, BUNDLE_MANIFEST) or b"")
    if manifest.text("server", "type") not in _VENDORED_TYPES:
        return source, ()
    from plugintool.build.vendor_node import is_node_module, vendor_node  # noqa: PLC0415 - only where it is asked for

    if request.from_network and manifest.text("server", "type") == "node":
        upper = vendor_node(tree, staging, request.environment)
        found = overlay(source, upper, at=directory, covers=is_node_module) if upper else source
        return found, ()
    if manifest.text("server", "type") == "python":
        return _supply_python(source, tree, manifest, request, staging)
    return source, ()


def _supply_python(
    source: Survey, tree: Below, manifest: BundleManifest, request: VendorRequest, staging: Path
) -> tuple[Survey, Sequence[WheelOrigin]]:
    from plugintool.build.vendor_python import vendor_python  # noqa: PLC0415 - as above

    found = vendor_python(tree, manifest, staging, wheels=request.wheels, environment=request.environment)
    if found is None:
        return source, ()
    prefix = f"{found.library}/"

    def covers(path: str) -> bool:
        return path.startswith(prefix)

    return overlay(source, found.survey, at=tree.directory, covers=covers), found.origins


def write_bills(supply: Supplied, built: Built | BuiltBundle, *, out: Path) -> tuple[Path, ...]:
    """Write ``out/<name>-<version>.mcpb.cdx.json`` for each bundle that was built; an older one is replaced.

    Args:
        supply: what it was built from.
        built: what was written.
        out: the output directory.

    Returns:
        The bills of materials, in order of the bundles.

    Raises:
        InputError: a file of the source cannot be read; OutputError: a bill cannot be written.
    """
    if isinstance(built, BuiltBundle):
        return (_write_bill(supply, built.plan, built.sha256, built.record, out=out),)
    digests = {entry.path: entry.sha256 for entry in built.record.entries}
    return tuple(
        _write_bill(supply, plan, digests[plan.path], _record_of(built.root / plan.path), out=out)
        for plan in built.plan.bundles
    )


def _record_of(path: Path) -> Record:
    """Read the record of a bundle that was just written."""
    with open_archive(path) as tree:
        marked = {file.path: bool(file.executable) for file in tree.files()}
        return record_of(tree, lambda name, _: marked[RelPath(name)])


def _write_bill(supply: Supplied, plan: BundlePlan, sha256: Digest, record: Record, *, out: Path) -> Path:
    subject = Subject(
        name=plan.name,
        version=plan.version,
        file_name=bundle_name(plan.name, plan.version),
        sha256=sha256,
        record=record.digest,
        license=plan.manifest.text("license"),
    )
    packages = plan.dependencies.packages(plan.inner_paths(), supply.origins.get(plan.directory, ()))
    target = out / f"{subject.file_name}{BILL_SUFFIX}"
    with output_errors(target), replacing(target) as (file, _):
        file.write(make_bill(subject, packages))
    return target

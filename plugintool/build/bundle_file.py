"""Write a bundle that stands by itself: ``out/<name>-<version>.mcpb``, complete or not at all."""

from __future__ import annotations

import os
import re
from pathlib import Path

from plugintool import limits
from plugintool.build.artifact import artifact_name
from plugintool.build.bundle import SUFFIX, BundlePlan
from plugintool.build.fate import refuse_invalid
from plugintool.digest import Digest
from plugintool.formats.project import Project
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject
from plugintool.tree.copy import copy_stream
from plugintool.tree.entry import Tree
from plugintool.tree.place import replacing
from plugintool.tree.record import Record
from plugintool.tree.sink import output_errors

_ODD = re.compile(r"[^0-9A-Za-z._-]+")


@dataclass(frozen=True, slots=True)
class BuiltBundle:
    """A bundle.

    Attributes:
        name, version: those of its manifest.
        path: the file.
        sha256, size: of the file; the size in bytes.
        record: what it holds.
        plan: the fate of every entry of the source.
        bills: its bill of materials, when one was written.
    """

    name: str
    version: str
    path: Path
    sha256: Digest
    size: int
    record: Record
    plan: BundlePlan
    bills: tuple[Path, ...] = ()

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "name": self.name,
            "version": self.version,
            "path": str(self.path),
            "sha256": self.sha256,
            "size": self.size,
            "digest": self.record.digest,
            "files": len(self.record.entries),
            "bytes": self.record.total_bytes,
            "omitted": len(self.plan.omitted),
            "bills": [str(path) for path in self.bills],
        }


def bundle_name(name: str, version: str) -> str:
    """Return the file name of a bundle; an owner before a slash (``@acme/clock``) is joined by a dash."""
    return artifact_name(_ODD.sub("-", name).strip("._-") or "bundle", version, SUFFIX)


def write_bundle(source: Tree, plan: BundlePlan, project: Project, *, out: Path) -> BuiltBundle:
    """Write the bundle of a plan; one of the same name and version is replaced.

    Args:
        source: the tree that was planned.
        plan: what to write.
        project: decides which files are executable.
        out: the output directory; created when missing.

    Raises:
        BuildError: the plan has invalid entries.
        InputError: a file cannot be read, or changed meanwhile; LimitExceededError: more than hosts take.
        OutputError: the bundle cannot be written.
    """
    refuse_invalid(plan.invalid)
    target = out / bundle_name(plan.name, plan.version)
    with output_errors(out):
        os.makedirs(out, exist_ok=True)
    with output_errors(target), replacing(target) as (file, _):
        record = plan.write(source, file, project)
        file.seek(0)
        copied = copy_stream(file, None, max_bytes=limits.ARCHIVE_BYTES)
    return BuiltBundle(plan.name, plan.version, target, copied.sha256, copied.size, record, plan)

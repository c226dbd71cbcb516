"""Check a ``.mcpb`` file: its container, its signature block, and what is in it as the source of a bundle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from plugintool.author.lint_bundle import FAMILIES, PLACE
from plugintool.envelope.bundle_file import survey_bundle
from plugintool.errors import InputError
from plugintool.frozen import dataclass, replace
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.relpath import RelPath
from plugintool.report import Finding
from plugintool.tree.directory import open_regular
from plugintool.tree.entry import TreeFile
from plugintool.tree.zip_reader import ArchiveTree

_FILE = RelPath("bundle.mcpb")
"""Where the file itself lies while it is judged."""
_NOT_OF_FILES = ("PT010", "PT016")
"""Rules about trees that ask what nobody asks of a file: what names it, and what a checkout has left in it."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """A tree that holds a bundle as a file, and beside it what is in it."""

    path: Path
    archive: ArchiveTree

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.name

    def files(self) -> Sequence[TreeFile]:
        """The file, and the files in it."""
        inside = [replace(file, path=RelPath(f"{PLACE}/{file.path}")) for file in self.archive.files()]
        return [TreeFile(_FILE, self.path.stat().st_size), *inside]

    def open(self, path: RelPath) -> BinaryIO:
        """Open one of them."""
        if path == _FILE:
            return open_regular(self.path, follow=True)
        return self.archive.open(RelPath(path.removeprefix(f"{PLACE}/")))


def lint_container(path: Path, options: LintOptions) -> tuple[Finding, ...]:
    """Return all findings on a bundle; those on the container have no path.

    Args:
        path: the file.
        options: those of the command line; ``select`` and ``targets`` that are empty are those of bundles.

    Raises:
        InputError: it cannot be read, or is empty.
    """
    chosen = replace(options, select=options.select or FAMILIES, ignore=(*options.ignore, *_NOT_OF_FILES))
    with open_regular(path, follow=True) as source:
        if not source.read(1):
            raise InputError("an empty file is no bundle", path=str(path), hint="build it again")
        plugin = load_plugin(_Opened(path, survey_bundle(source).archive.tree))
        found = lint_plugin(plugin, replace(chosen, targets=chosen.targets or ("mcpb",)))
    return tuple(_inside(finding) for finding in found if not _is_said_of_content(finding))


def _is_said_of_content(finding: Finding) -> bool:
    """Whether a finding on the file is about what is in it, where it is found as well."""
    return finding.location.path == _FILE and not finding.code.startswith(("MB", "LN"))


def _inside(finding: Finding) -> Finding:
    place = finding.location
    path = "" if place.path in {_FILE, PLACE} else place.path.removeprefix(f"{PLACE}/")
    message = finding.message.replace(f"{PLACE}/", "").replace(PLACE, "the bundle")
    return replace(finding, location=replace(place, path=path), message=message)

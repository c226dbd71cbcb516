"""A ``.mcpb`` file as a whole: the signature block, if there is one, and the archive before it, read strictly.

Rules C01 to C27 and C30 to C32 of docs/reference/archives.md. What the bundle manifest says (C28, C29) is judged by
``formats.bundle_text``; whether a signature is right by nobody here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from plugintool.envelope.mcpb_block import Block, find_block
from plugintool.errors import ArchiveError
from plugintool.frozen import dataclass
from plugintool.relpath import RelPath
from plugintool.tree.directory import open_regular
from plugintool.tree.zip_breach import Breach
from plugintool.tree.zip_profile import STRICT
from plugintool.tree.zip_reader import ArchiveSurvey, ArchiveTree, archive_named, read_archive, survey_archive

MANIFEST_FILE = RelPath("manifest.json")
_NO_MANIFEST = Breach("C27", "there is no regular file manifest.json at the root")


@dataclass(frozen=True, slots=True)
class BundleFile:
    """An open bundle: its files, and its signature block; None when it is not signed."""

    tree: ArchiveTree
    block: Block | None


@dataclass(frozen=True)
class BundleSurvey:
    """What a look at a bundle found.

    Attributes:
        archive: its container; ``archive.tree`` has the files that could be found.
        block: the signature block; None when there is none, or when it is broken.
        breaches: every broken rule, those of the container among them, but for those that content breaks.
    """

    archive: ArchiveSurvey
    block: Block | None
    breaches: tuple[Breach, ...]


@contextlib.contextmanager
def open_bundle(path: Path) -> Iterator[BundleFile]:
    """Open a bundle and check everything but the content of its files.

    Raises:
        MissingPathError, InputError: it is not there, not readable or no regular file.
        ArchiveError: a rule is broken; ``rule`` says which.
        LimitExceededError: C25.
    """
    with open_regular(path, follow=True) as source, archive_named(path):
        yield read_bundle(source)


def read_bundle(source: BinaryIO) -> BundleFile:
    """The same for an open, seekable file, which must stay open as long as the tree is used."""
    block = find_block(source)
    tree = read_archive(source, profile=STRICT, frame=block.frame if block else None)
    if MANIFEST_FILE not in tree.members:
        raise _NO_MANIFEST.as_error()
    return BundleFile(tree, block)


def survey_bundle(source: BinaryIO) -> BundleSurvey:
    """Find out which rules a bundle breaks; never raises for its content.

    Args:
        source: the bundle as an open, seekable file.
    """
    block, breaches = None, []
    try:
        block = find_block(source)
    except ArchiveError as error:
        breaches.append(Breach.of(error))
    found = survey_archive(source, profile=STRICT, frame=block.frame if block else None)
    breaches += found.breaches
    if found.is_whole and MANIFEST_FILE not in found.tree.members:
        breaches.append(_NO_MANIFEST)
    return BundleSurvey(found, block, tuple(breaches))

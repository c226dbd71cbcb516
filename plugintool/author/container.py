"""A file that holds other files: a bundle, an archive of ours, or a zip file of somebody else, read strictly.

What it is, is decided by its name, its signature block and what is in it, in this order: ``.mcpb``, ``.dxt`` or a block
make a bundle; then a plugin manifest makes an archive, and a ``manifest.json`` that describes a server a bundle again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from plugintool import jsontext, limits
from plugintool.envelope.bundle_file import MANIFEST_FILE, read_bundle
from plugintool.envelope.mcpb_block import Block, ends_with_block
from plugintool.errors import InputError
from plugintool.formats.bundle_text import BundleManifestText, require_bundle_text
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject
from plugintool.jsonvalue import object_of, text_of
from plugintool.plugin.model import MANIFEST
from plugintool.relpath import RelPath
from plugintool.tree.directory import open_regular
from plugintool.tree.zip_profile import STRICT
from plugintool.tree.zip_reader import ArchiveTree, archive_named, read_archive

BUNDLE_SUFFIXES = (".mcpb", ".dxt")
"""The second is the name until 2025."""


class Kind(StrEnum):
    """What a container is."""

    BUNDLE = "bundle"
    ARCHIVE = "archive"
    ZIP = "zip file"


@dataclass(frozen=True)
class Container:
    """An open container.

    Attributes:
        kind: what it is.
        tree: its files, readable as long as the container is open.
        name, version: what its manifest says, empty when it has none.
        block: the signature block of a bundle; nobody has looked whether it is right.
        manifest: of a bundle.
    """

    kind: Kind
    tree: ArchiveTree
    name: str = ""
    version: str = ""
    block: Block | None = None
    manifest: BundleManifestText | None = None


@contextlib.contextmanager
def open_container(path: Path) -> Iterator[Container]:
    """Open a bundle, an archive or a zip file, and check everything but the content of its files (C01 to C32).

    Raises:
        MissingPathError, InputError: it is not there, not readable or no regular file.
        ArchiveError: a rule is broken; ``rule`` says which.
        LimitExceededError: C25.
    """
    with open_regular(path, follow=True) as source, archive_named(path):
        yield _read(source, path)


def kind_of(path: Path, source: BinaryIO) -> Kind | None:
    """Return what a container is as far as its name and its end tell; None leaves it to what is in it."""
    return Kind.BUNDLE if path.suffix.lower() in BUNDLE_SUFFIXES or ends_with_block(source) else None


def kind_of_tree(tree: ArchiveTree) -> Kind:
    """Return what a container is by what is in it."""
    if MANIFEST in tree.members:
        return Kind.ARCHIVE
    return Kind.BUNDLE if "server" in json_object(tree, MANIFEST_FILE) else Kind.ZIP


def json_object(tree: ArchiveTree, path: RelPath) -> JsonObject:
    """Return the JSON object in a file; empty when there is none."""
    if path not in tree.members:
        return {}
    try:
        with tree.open(path) as stream:
            value = jsontext.read(stream.read(limits.TEXT_BYTES + 1)).value
    except InputError:
        return {}
    return object_of(value)


def _read(source: BinaryIO, path: Path) -> Container:
    kind = kind_of(path, source)
    if kind is None:
        tree = read_archive(source, profile=STRICT)
        kind = kind_of_tree(tree)
        if kind is not Kind.BUNDLE:
            described = json_object(tree, MANIFEST) if kind is Kind.ARCHIVE else {}
            return Container(kind, tree, text_of(described.get("name")), text_of(described.get("version")))
    bundle = read_bundle(source)
    with bundle.tree.open(MANIFEST_FILE) as stream:
        data = stream.read(limits.TEXT_BYTES + 1)
    manifest = require_bundle_text(data, bundle.tree.members)
    return Container(kind, bundle.tree, manifest.text("name"), manifest.text("version"), bundle.block, manifest)

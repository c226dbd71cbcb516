"""Pack one built tree into a canonical archive, and read the archive again before it gets its name."""

from __future__ import annotations

import os
from pathlib import Path

from plugintool import jsontext, limits
from plugintool.build.artifact import artifact_name
from plugintool.digest import Digest
from plugintool.envelope.lineage import parse_lineage
from plugintool.envelope.signature_file import parse_signature_file
from plugintool.envelope.statement import parse_statement
from plugintool.errors import BuildError, InputError, OutputError
from plugintool.formats.project import load_project
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject
from plugintool.jsonvalue import object_of, text_of
from plugintool.plugin.model import MANIFEST
from plugintool.relpath import RelPath
from plugintool.tree import version_file
from plugintool.tree.copy import copy_stream, record_of
from plugintool.tree.directory import DirectoryTree, open_built
from plugintool.tree.entry import Tree
from plugintool.tree.place import replacing
from plugintool.tree.record import VERSION_FILE, Record, is_lineage_file, is_signature_file
from plugintool.tree.sink import output_errors
from plugintool.tree.zip_reader import open_archive
from plugintool.tree.zip_writer import Packing, usable_threads, write_zip

SUFFIX = ".zip"
_HINT = "plugintool build writes the tree to pack: dist/org-plugins/NAME"


@dataclass(frozen=True, slots=True)
class Packed:
    """An archive: its plugin, where it is, its own digest and size, the record it holds, and its signature files."""

    name: str
    version: str
    path: Path
    sha256: Digest
    size: int
    record: Record
    signatures: int

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
            "signatures": self.signatures,
        }


def pack_tree(root: Path, *, out: Path, store: bool = False) -> Packed:
    """Write ``out/<name>-<version>.zip`` from a built tree, signed or not; an archive of that name is replaced.

    Args:
        root: the built tree; its directory name is the name of the plugin.
        out: where archives go; created when missing.
        store: compress nothing.

    Raises:
        InputError: it is no built tree, or a file cannot be read; MalformedFileError: ``plugin.json`` is no JSON text.
        BuildError: ``plugin.json`` has another name, ``version.json`` is not ours, or the tree was changed after it
            was signed.
        OutputError: the archive cannot be written.
    """
    tree = open_built(root)
    name, version = _identity(tree)
    rule, packing = load_project(tree).executable_rule(), Packing.STORE if store else Packing.DEFLATE
    target = out / archive_name(name, version)
    with output_errors(out):
        os.makedirs(out, exist_ok=True)
    with output_errors(target), replacing(target) as (archive, aside):
        record = write_zip(tree, archive, is_executable=rule, packing=packing, threads=usable_threads())
        archive.flush()
        _check_signatures(tree, record)
        _check_reads_back(aside, record)
        archive.seek(0)
        copied = copy_stream(archive, None, max_bytes=limits.ARCHIVE_BYTES)
    signatures = sum(is_signature_file(file.path) for file in tree.files())
    return Packed(name, version, target, copied.sha256, copied.size, record, signatures)


def archive_name(name: str, version: str) -> str:
    """Return the file name of an archive."""
    return artifact_name(name, version, SUFFIX)


def _identity(tree: DirectoryTree) -> tuple[str, str]:
    """Return name and version of the plugin; both files that make a built tree must be right."""
    if version_file.read_version(_read(tree, VERSION_FILE, version_file.MAX_BYTES)) is None:
        raise BuildError('the file is not of the form {"version": "..."}', path=VERSION_FILE, hint=_HINT)
    data = _read(tree, MANIFEST, limits.TEXT_BYTES)
    text = jsontext.read(data)
    if not text.is_readable:
        jsontext.read_strict(data, path=MANIFEST)
    value = object_of(text.value)
    name = value.get("name")
    if not isinstance(name, str) or name != tree.name:
        raise BuildError(
            "the name in the plugin manifest is not that of the directory",
            path=MANIFEST,
            field="/name",
            expected=tree.name,
            found=str(name)[:100],
            hint=_HINT,
        )
    return name, text_of(value.get("version"))


def _read(tree: Tree, path: RelPath, max_bytes: int) -> bytes:
    try:
        with tree.open(path) as source:
            return source.read(max_bytes + 1)
    except InputError as error:
        error.detail["hint"] = _HINT
        raise


def _check_signatures(tree: Tree, record: Record) -> None:
    """Refuse a tree whose signatures are about other content, or with a broken lineage: nobody could install it."""
    for file in tree.files():
        if is_signature_file(file.path):
            data = _read(tree, file.path, limits.SIGNATURE_FILE_BYTES)
            signed = parse_signature_file(data, path=file.path)
            if parse_statement(signed.payload, path=file.path).record.digest != record.digest:
                raise BuildError(
                    "the tree was changed after it was signed", path=file.path, hint="build and sign it again"
                )
        elif is_lineage_file(file.path):
            data = _read(tree, file.path, limits.LINEAGE_FILE_BYTES)
            parse_lineage(parse_signature_file(data, path=file.path).payload, path=file.path)


def _check_reads_back(archive: Path, record: Record) -> None:
    """Read the archive as a device does."""
    with open_archive(archive) as packed:
        executable = {file.path: bool(file.executable) for file in packed.files()}
        if record_of(packed, lambda path, _: executable[RelPath(path)]) != record:
            raise OutputError("what was written does not read back the same", path=str(archive), hint="pack again")

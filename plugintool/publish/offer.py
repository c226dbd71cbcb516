"""``Offer``: one archive of a plugin, read whole and strictly, as a marketplace lists it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from plugintool import jsontext, limits
from plugintool.digest import Digest
from plugintool.errors import InputError, MalformedFileError
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.jsonvalue import object_of, text_of
from plugintool.plugin.model import MANIFEST
from plugintool.relpath import RelPath
from plugintool.tree.copy import copy_stream, record_of
from plugintool.tree.directory import open_regular
from plugintool.tree.record import is_signature_file
from plugintool.tree.zip_reader import open_archive

CLIENT_ARCHIVE_BYTES = 256 * limits.MIB
"""Largest archive that the client downloads (its documentation, 2026-08)."""
PLUGINS = "plugins"
"""Directory of the files of all plugins in a marketplace that is a directory."""
LISTED = ("displayName", "version", "description", "author", "homepage", "repository", "license", "keywords")
"""What an entry repeats of the plugin manifest: what is shown, nothing that loads components.

An entry may carry every field of a plugin manifest, but what it adds is merged into the plugin: components would be
declared twice.
"""


@dataclass(frozen=True)
class Offer:
    """An archive to publish.

    Attributes:
        source: where it is now.
        name, version: of the plugin; version is empty when it has none.
        file: its name in the marketplace.
        sha256, size: of the archive.
        digest: of the record of its files.
        signatures: how many signature files it holds.
        manifest: the plugin manifest.
    """

    source: Path
    name: str
    version: str
    file: str
    sha256: Digest
    size: int
    digest: Digest
    signatures: int
    manifest: JsonObject

    @property
    def directory(self) -> str:
        """Where its files are in a marketplace that is a directory."""
        return f"{PLUGINS}/{self.name}"

    def entry(self, base_url: str) -> JsonObject:
        """Return its entry in a ``marketplace.json``.

        Args:
            base_url: where the archive is served, without a slash at its end; empty for a marketplace that is a
                directory, and holds the files of its plugins.
        """
        shown = {key: self.manifest[key] for key in LISTED if _is_worth(self.manifest.get(key))}
        archive: JsonObject = {"source": "archive", "url": f"{base_url}/{self.file}", "sha256": self.sha256}
        return {"name": self.name, "source": archive if base_url else f"./{self.directory}", **shown}

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "name": self.name,
            "version": self.version,
            "file": self.file,
            "sha256": self.sha256,
            "size": self.size,
            "digest": self.digest,
            "signatures": self.signatures,
        }


def read_offer(path: Path, *, file_name: Callable[[str, str], str]) -> Offer:
    """Read an archive to its last byte.

    Args:
        path: the archive, as ``plugintool pack`` writes it.
        file_name: makes the name of the file from name and version of the plugin.

    Raises:
        MissingPathError: it is not there.
        ArchiveError, UnsafePathError, LimitExceededError: it is no archive in canonical form.
        MalformedFileError: its plugin manifest cannot be used.
        InputError: the client would not download it.
    """
    with open_regular(path, follow=True) as source:
        copied = copy_stream(source, None, max_bytes=limits.ARCHIVE_BYTES)
    if copied.size > CLIENT_ARCHIVE_BYTES:
        raise InputError(
            f"the client downloads no archive above {CLIENT_ARCHIVE_BYTES} bytes",
            path=str(path),
            found=f"{copied.size} bytes",
            hint="leave files out of the build",
        )
    with open_archive(path) as tree:
        marks = {file.path: bool(file.executable) for file in tree.files()}
        record = record_of(tree, lambda name, _: marks[RelPath(name)])
        signatures = sum(is_signature_file(file.path) for file in tree.files())
        if all(file.path != MANIFEST for file in tree.files()):
            raise MalformedFileError(
                "the archive holds no plugin",
                path=str(path),
                expected=MANIFEST,
                hint="pack what plugintool build wrote",
            )
        with tree.open(MANIFEST) as source:
            manifest = jsontext.read_strict(source.read(limits.TEXT_BYTES + 1), path=f"{path}: {MANIFEST}")
    name, version, value = _identity(manifest, path)
    return Offer(
        source=path,
        name=name,
        version=version,
        file=file_name(name, version),
        sha256=copied.sha256,
        size=copied.size,
        digest=record.digest,
        signatures=signatures,
        manifest=value,
    )


def _identity(manifest: JsonValue, path: Path) -> tuple[str, str, JsonObject]:
    value = object_of(manifest)
    name = text_of(value.get("name"))
    if not name:
        raise MalformedFileError("the plugin manifest names no plugin", path=f"{path}: {MANIFEST}", field="/name")
    return name, text_of(value.get("version")), value


def _is_worth(value: JsonValue) -> bool:
    return value not in (None, "", [], {})

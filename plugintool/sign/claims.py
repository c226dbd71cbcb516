"""What a built tree says about itself, checked before it is put into a statement."""

from __future__ import annotations

import re
from dataclasses import dataclass

from plugintool import jsontext, limits
from plugintool.errors import MalformedFileError, SigningError
from plugintool.formats.project import load_project
from plugintool.jsontext import JsonValue
from plugintool.relpath import RelPath
from plugintool.tree import version_file
from plugintool.tree.copy import record_of
from plugintool.tree.directory import DirectoryTree
from plugintool.tree.record import VERSION_FILE, Record

PLUGIN_MANIFEST = RelPath(".claude-plugin/plugin.json")
REBUILD = "build the plugin again (plugintool build) and sign the result"
_DERIVED = re.compile(r".+[+.][0-9a-f]{12}(?:\.[1-9][0-9]*)?\Z")
"""What ``version_file.sync_version`` gives, with or without a settle suffix; one chosen by hand looks different."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Name, version, sync version and record of a built tree; ``version`` is empty where the plugin has none."""

    name: str
    version: str
    sync_version: str
    record: Record


def read_claims(built: DirectoryTree) -> Claims:
    """Read and check what a statement about ``built`` has to say.

    Raises:
        SigningError: plugin.json, version.json, the directory name and the files do not fit together.
        InputError: a file cannot be read.
    """
    manifest = _read_manifest(built)
    name, version = manifest.get("name"), manifest.get("version", "")
    if name != built.name:
        raise SigningError(
            "the name in plugin.json is not that of the directory",
            path=PLUGIN_MANIFEST,
            field="/name",
            expected=built.name,
            found=str(name),
            hint=REBUILD,
        )
    if not isinstance(version, str):
        raise SigningError("the version is no text", path=PLUGIN_MANIFEST, field="/version", found=str(version))
    record = record_of(built, load_project(built).executable_rule())
    sync = _read_sync_version(built, version, record)
    return Claims(name=built.name, version=version, sync_version=sync, record=record)


def _read_manifest(built: DirectoryTree) -> dict[str, JsonValue]:
    data = _read(built, PLUGIN_MANIFEST)
    text = jsontext.read(data)
    if isinstance(text.value, dict):
        return text.value
    error = SigningError("plugin.json is no JSON object", path=PLUGIN_MANIFEST, hint=REBUILD)
    if not text.is_readable:
        try:
            jsontext.read_strict(data, path=PLUGIN_MANIFEST)
        except MalformedFileError as malformed:
            error.detail.update({**malformed.detail, "hint": REBUILD})
    raise error


def _read_sync_version(built: DirectoryTree, version: str, record: Record) -> str:
    """Return the string in version.json; it must be the derived one, or one that was chosen by hand."""
    found = version_file.read_version(_read(built, VERSION_FILE))
    expected = version_file.sync_version(version, record.digest)
    if found == expected:
        return expected
    if found is None or not version_file.is_sync_version(found):
        raise SigningError(
            "version.json is not what build writes", path=VERSION_FILE, expected=f'{{"version": "{expected}"}}'
        )
    if found.startswith(f"{expected}.") and _DERIVED.match(found):
        raise SigningError(
            "version.json has the suffix of an installed plugin; sign the tree that build wrote",
            path=VERSION_FILE,
            expected=expected,
            found=found,
            hint=REBUILD,
        )
    if _DERIVED.match(found):
        raise SigningError(
            "the tree was changed after it was built: version.json names other files",
            path=VERSION_FILE,
            expected=expected,
            found=found,
            hint=REBUILD,
        )
    return found


def _read(built: DirectoryTree, path: RelPath) -> bytes:
    if all(file.path != path for file in built.files()):
        raise SigningError("not a built tree: a file is missing", path=path, hint="plugintool build writes one")
    with built.open(path) as source:
        return source.read(limits.TEXT_BYTES + 1)

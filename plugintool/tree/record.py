"""The record: the sorted list of every file of a built tree, and the one digest of a tree.

Canonical form: a JSON list of ``{"executable", "path", "sha256", "size"}`` sorted by the UTF-8 bytes of the path
(RFC 8785 subset, ``jsontext.canonical``). The digest of a tree is the SHA-256 of these bytes. What is
ours stands outside the record (``is_ours``): ``version.json``, and the proofs, which are signature files and lineage
files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property

from plugintool import digest, limits
from plugintool.digest import Digest
from plugintool.errors import MalformedFileError, UnsafePathError
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.pattern import pattern
from plugintool.relpath import RelPath
from plugintool.tree.entry import collisions

VERSION_FILE = RelPath("version.json")
SIGNATURE_FILE = RelPath(".claude-plugin/plugin.sigstore.json")
_SIGNATURE_FILES = pattern(r"\.claude-plugin/plugin(?:\.[0-9a-f]{8})?\.sigstore\.json\Z")
_LINEAGE_FILES = pattern(r"\.claude-plugin/lineage\.[0-9a-f]{8}\.sigstore\.json\Z")
_KEYS = {"path", "size", "sha256", "executable"}


def is_signature_file(path: str) -> bool:
    """Whether ``path`` is a place for a signature file."""
    return bool(_SIGNATURE_FILES.match(path))


def is_lineage_file(path: str) -> bool:
    """Whether ``path`` is a place for a lineage file, by which one key names another as its successor."""
    return bool(_LINEAGE_FILES.match(path))


def is_proof(path: str) -> bool:
    """Whether ``path`` is a place for a file that is checked by itself and travels as it is."""
    return is_signature_file(path) or is_lineage_file(path)


def is_ours(path: str) -> bool:
    """Whether ``path`` is that of a file that stands outside every record."""
    return path == VERSION_FILE or is_proof(path)


@dataclass(frozen=True, slots=True)
class RecordEntry:
    """One file: path, size in bytes, SHA-256, and whether it is installed as executable."""

    path: RelPath
    size: int
    sha256: Digest
    executable: bool

    def as_json(self) -> JsonObject:
        """Return the entry as it stands in the canonical form."""
        return {"path": self.path, "size": self.size, "sha256": self.sha256, "executable": self.executable}


@dataclass(frozen=True)
class Record:
    """The record of one built tree; ``entries`` are sorted by path.

    Raises:
        ValueError: the entries are not sorted, or two of them collide (our own mistake; foreign ones come through
            ``from_json``).
    """

    entries: tuple[RecordEntry, ...]

    def __post_init__(self) -> None:
        """Hold the order and the uniqueness."""
        paths = [entry.path for entry in self.entries]
        if paths != sorted(paths) or collisions(paths):
            raise ValueError("the entries of a record are not sorted or not unique")

    @cached_property
    def canonical(self) -> bytes:
        """The canonical bytes: those of ``jsontext.canonical``.

        The encoder of the standard library gives the same for texts, small numbers and booleans below plain keys, and
        takes a fifth of the time.
        """
        return json.dumps(self.as_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @cached_property
    def digest(self) -> Digest:
        """The one digest of the tree."""
        return digest.sha256(self.canonical)

    @cached_property
    def by_path(self) -> Mapping[RelPath, RecordEntry]:
        """The entries by their path."""
        return {entry.path: entry for entry in self.entries}

    @property
    def total_bytes(self) -> int:
        """Bytes of all files together."""
        return sum(entry.size for entry in self.entries)

    def as_json(self) -> list[JsonValue]:
        """Return the list of entries."""
        return [entry.as_json() for entry in self.entries]


def from_json(value: JsonValue, *, path: str) -> Record:
    """Read a record out of a statement.

    Args:
        value: the JSON list.
        path: the file it stands in, for the error.

    Raises:
        MalformedFileError: an entry of the wrong shape, an unsafe path, a wrong order or a collision.
    """
    if not isinstance(value, list) or len(value) > limits.TREE_FILES:
        raise MalformedFileError(f"the record is no list of at most {limits.TREE_FILES} entries", path=path)
    entries = tuple(_entry(item, path) for item in value)
    if sum(entry.size for entry in entries) > limits.TREE_BYTES:
        raise MalformedFileError(f"the record names more than {limits.TREE_BYTES} bytes", path=path)
    try:
        return Record(entries)
    except ValueError as error:
        raise MalformedFileError(str(error), path=path) from error


def _entry(item: JsonValue, path: str) -> RecordEntry:
    if not isinstance(item, dict) or set(item) != _KEYS:
        raise MalformedFileError("an entry of the record has other keys than path, size, sha256, executable", path=path)
    size, sha, executable = item["size"], digest.parse_digest(item["sha256"]), item["executable"]
    if type(size) is not int or not 0 <= size <= limits.TREE_BYTES or sha is None or not isinstance(executable, bool):
        raise MalformedFileError(f"an entry of the record has a wrong value: {str(item['path'])[:200]!r}", path=path)
    try:
        name = RelPath(item["path"] if isinstance(item["path"], str) else "")
    except UnsafePathError as error:
        raise MalformedFileError(
            f"an entry of the record has an unsafe path: {error}", path=path, found=str(item["path"])[:200]
        ) from error
    if is_ours(name):
        raise MalformedFileError(f"{name} stands outside every record", path=path)
    return RecordEntry(name, size, sha, executable)

"""The statement: what a signature claims about one artifact, an in-toto Statement v1 with our predicate.

::

    {"_type": "https://in-toto.io/Statement/v1",
     "subject": [{"name": NAME, "digest": {"sha256": RECORD DIGEST}}],
     "predicateType": "urn:plugintool:release:v1",
     "predicate": {"kind": "tree", "name": NAME, "version": "1.2.0", "sequence": 1790000000,
                   "sync_version": "1.2.0+0123456789ab", "record": [...]}}

Stored and signed in canonical form (``jsontext.canonical``). The bytes are verified as received and parsed afterwards;
``payload`` keeps them, so that nothing here can change what was signed. Reference: docs/reference/statement.md and
https://github.com/in-toto/attestation/blob/v1.1.0/spec/v1/statement.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from plugintool import jsontext, limits
from plugintool.digest import Digest
from plugintool.errors import MalformedFileError, UnsafePathError
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.relpath import RelPath
from plugintool.tree import record as records
from plugintool.tree import version_file
from plugintool.tree.record import Record

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:plugintool:release:v1"
KIND_TREE = "tree"
"""The kind of a built tree, the only one that is installed."""
VERSION_CHARACTERS = 256
"""Longest version; the longest in 1,551 public plugins has 22 characters."""

_KIND = re.compile(r"[a-z]{1,32}\Z")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")
_VERSION = re.compile(rf"[!-~]{{0,{VERSION_CHARACTERS}}}\Z")
_MEMBERS = {"_type", "subject", "predicateType", "predicate"}
_PREDICATE_MEMBERS = {"kind", "name", "version", "sequence", "sync_version", "record"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What is claimed about one artifact.

    Attributes:
        kind: what the artifact is, ``tree`` for a built tree.
        name: the plugin; safe as the name of a directory.
        version: as in plugin.json, ``""`` where the plugin has none.
        sequence: orders the releases of one plugin, 1 to 2^53 - 1.
        sync_version: what version.json holds before any settle suffix.
        record: every file.
        payload: the bytes that were or are to be signed.
    """

    kind: str
    name: str
    version: str
    sequence: int
    sync_version: str
    record: Record
    payload: bytes

    @property
    def digest(self) -> Digest:
        """The digest of the tree."""
        return self.record.digest


def make_statement(*, name: str, version: str, sequence: int, sync_version: str, record: Record) -> Statement:
    """Return the statement with these claims about a built tree.

    Raises:
        MalformedFileError: a claim is outside what ``parse_statement`` accepts.
    """
    subject: JsonObject = {"name": name, "digest": {"sha256": record.digest}}
    predicate: JsonObject = {
        "kind": KIND_TREE,
        "name": name,
        "version": version,
        "sequence": sequence,
        "sync_version": sync_version,
        "record": record.as_json(),
    }
    value: JsonObject = {
        "_type": STATEMENT_TYPE,
        "subject": [subject],
        "predicateType": PREDICATE_TYPE,
        "predicate": predicate,
    }
    return parse_statement(_canonical(value, "statement"), path="statement")


def parse_statement(payload: bytes, *, path: str) -> Statement:
    """Read a statement out of the payload of an envelope.

    Args:
        payload: the bytes that were signed.
        path: the file they stand in, for the error.

    Raises:
        MalformedFileError: it is not exactly the form above, or not in canonical form.
    """
    value = jsontext.read_strict(payload, path=path, max_bytes=limits.SIGNATURE_FILE_BYTES)
    if _canonical(value, path) != payload:
        raise _wrong(path, "", "is not in canonical form")
    top = _members(value, _MEMBERS, path, "")
    _expect(top["_type"], STATEMENT_TYPE, path, "/_type")
    _expect(top["predicateType"], PREDICATE_TYPE, path, "/predicateType")
    predicate = _members(top["predicate"], _PREDICATE_MEMBERS, path, "/predicate")
    statement = Statement(
        kind=_text(predicate["kind"], _KIND, path, "/predicate/kind"),
        name=_name(predicate["name"], path),
        version=_text(predicate["version"], _VERSION, path, "/predicate/version"),
        sequence=_sequence(predicate["sequence"], path),
        sync_version=_sync_version(predicate["sync_version"], path),
        record=records.from_json(predicate["record"], path=path),
        payload=payload,
    )
    expected: JsonValue = [{"name": statement.name, "digest": {"sha256": statement.digest}}]
    if top["subject"] != expected:
        raise _wrong(path, "/subject", "is not the name and the record of the predicate")
    return statement


def _canonical(value: JsonValue, path: str) -> bytes:
    try:
        return jsontext.canonical(value)
    except ValueError as error:
        raise _wrong(path, "", f"has no canonical form: {error}") from error


def _wrong(path: str, field: str, what: str, *, expected: str = "", found: str = "") -> MalformedFileError:
    member = f" the member {field}" if field else ""
    return MalformedFileError(
        f"the statement is malformed:{member} {what}", path=path, field=field, expected=expected, found=found[:200]
    )


def _members(value: JsonValue, names: set[str], path: str, field: str) -> JsonObject:
    if not isinstance(value, dict) or set(value) != names:
        found = ", ".join(sorted(value)) if isinstance(value, dict) else type(value).__name__
        raise _wrong(path, field, "has other members", expected=", ".join(sorted(names)), found=found)
    return value


def _expect(value: JsonValue, expected: str, path: str, field: str) -> None:
    if value != expected:
        raise _wrong(path, field, "has another value", expected=expected, found=str(value))


def _text(value: JsonValue, form: re.Pattern[str], path: str, field: str) -> str:
    if not isinstance(value, str) or not form.match(value):
        raise _wrong(path, field, "is no text of the right form", expected=form.pattern, found=str(value))
    return value


def _name(value: JsonValue, path: str) -> str:
    name = _text(value, _NAME, path, "/predicate/name")
    try:
        return str(RelPath(name))
    except UnsafePathError as error:
        raise _wrong(path, "/predicate/name", f"is no safe name of a directory: {error.message}") from error


def _sequence(value: JsonValue, path: str) -> int:
    if type(value) is not int or not 1 <= value <= limits.SEQUENCE_MAX:
        raise _wrong(path, "/predicate/sequence", "is out of range", expected="1 to 2^53 - 1", found=str(value))
    return value


def _sync_version(value: JsonValue, path: str) -> str:
    text = _text(value, _VERSION, path, "/predicate/sync_version")
    if not version_file.is_sync_version(text):
        raise _wrong(path, "/predicate/sync_version", "is no sync version", found=text)
    return text

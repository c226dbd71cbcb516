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

from plugintool import limits
from plugintool.digest import Digest
from plugintool.envelope.in_toto import Form
from plugintool.errors import UnsafePathError
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.relpath import RelPath
from plugintool.tree import record as records
from plugintool.tree import version_file
from plugintool.tree.record import Record

PREDICATE_TYPE = "urn:plugintool:release:v1"
KIND_TREE = "tree"
"""The kind of a built tree, the only one that is installed."""
VERSION_CHARACTERS = 256
"""Longest version; the longest in 1,551 public plugins has 22 characters."""

_KIND = re.compile(r"[a-z]{1,32}\Z")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")
_VERSION = re.compile(rf"[!-~]{{0,{VERSION_CHARACTERS}}}\Z")
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
    predicate: JsonObject = {
        "kind": KIND_TREE,
        "name": name,
        "version": version,
        "sequence": sequence,
        "sync_version": sync_version,
        "record": record.as_json(),
    }
    payload = Form("statement", PREDICATE_TYPE, "statement").render(name, record.digest, predicate)
    return parse_statement(payload, path="statement")


def parse_statement(payload: bytes, *, path: str) -> Statement:
    """Read a statement out of the payload of an envelope.

    Args:
        payload: the bytes that were signed.
        path: the file they stand in, for the error.

    Raises:
        MalformedFileError: it is not exactly the form above, or not in canonical form.
    """
    form = Form("statement", PREDICATE_TYPE, path)
    subject, predicate = form.read(payload, _PREDICATE_MEMBERS, max_bytes=limits.SIGNATURE_FILE_BYTES)
    statement = Statement(
        kind=form.text(predicate["kind"], _KIND, "/predicate/kind"),
        name=read_name(predicate["name"], form),
        version=read_version(predicate["version"], form),
        sequence=form.sequence(predicate["sequence"]),
        sync_version=_sync_version(predicate["sync_version"], form),
        record=records.from_json(predicate["record"], path=path),
        payload=payload,
    )
    expected: JsonValue = [{"name": statement.name, "digest": {"sha256": statement.digest}}]
    if subject != expected:
        raise form.wrong("/subject", "is not the name and the record of the predicate")
    return statement


def read_name(value: JsonValue, form: Form) -> str:
    """Return the name of an artifact, which must be safe as the name of a directory."""
    name = form.text(value, _NAME, "/predicate/name")
    try:
        return str(RelPath(name))
    except UnsafePathError as error:
        raise form.wrong("/predicate/name", f"is no safe name of a directory: {error.message}") from error


def read_version(value: JsonValue, form: Form) -> str:
    """Return the version of an artifact, ``""`` for none."""
    return form.text(value, _VERSION, "/predicate/version")


def _sync_version(value: JsonValue, form: Form) -> str:
    text = form.text(value, _VERSION, "/predicate/sync_version")
    if not version_file.is_sync_version(text):
        raise form.wrong("/predicate/sync_version", "is no sync version", found=text)
    return text

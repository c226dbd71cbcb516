"""The statement about a bundle, for signatures beside it: an in-toto Statement v1 with a predicate of ours.

::

    {"_type": "https://in-toto.io/Statement/v1",
     "subject": [{"name": FILE NAME, "digest": {"sha256": SHA-256 of the whole file as it is}}],
     "predicateType": "urn:plugintool:bundle:v1",
     "predicate": {"kind": "bundle", "name": NAME, "version": VERSION, "sequence": 1790000000}}

It stands in ``<file>.sigstore.json`` beside the bundle, in the form of a signature file (``envelope.signature_file``).
The name of the file is what it was when it was signed; a copy may have another one. Reference:
docs/reference/signature-file.md.
"""

from __future__ import annotations

import re

from plugintool import limits
from plugintool.digest import Digest
from plugintool.envelope.in_toto import Form
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue

PREDICATE_TYPE = "urn:plugintool:bundle:v1"
KIND = "bundle"
SUFFIX = ".sigstore.json"
"""What comes after the whole name of the bundle file."""
_MEMBERS = {"kind", "name", "version", "sequence"}
_TEXT = re.compile(r"[^\x00-\x1f\x7f]{1,256}\Z")
_FILE_NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,255}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleStatement:
    """What is claimed about one bundle.

    Attributes:
        file_name: of the bundle when it was signed.
        digest: SHA-256 of the whole file, signature block and all.
        name, version: as in the bundle manifest.
        sequence: orders the releases of one bundle, 1 to 2^53 - 1.
        payload: the bytes that were or are to be signed.
    """

    file_name: str
    digest: Digest
    name: str
    version: str
    sequence: int
    payload: bytes


def make_bundle_statement(*, file_name: str, digest: Digest, name: str, version: str, sequence: int) -> BundleStatement:
    """Return the statement with these claims.

    Raises:
        MalformedFileError: a claim is outside what ``parse_bundle_statement`` accepts.
    """
    predicate: JsonObject = {"kind": KIND, "name": name, "version": version, "sequence": sequence}
    payload = _form("statement").render(file_name, digest, predicate)
    return parse_bundle_statement(payload, path="statement")


def parse_bundle_statement(payload: bytes, *, path: str) -> BundleStatement:
    """Read a statement out of the payload of an envelope; total.

    Args:
        payload: the bytes that were signed.
        path: the file they stand in, for the error.

    Raises:
        MalformedFileError: it is not exactly the form above, or not in canonical form.
    """
    form = _form(path)
    subject, predicate = form.read(payload, _MEMBERS, max_bytes=limits.SIDECAR_BYTES)
    form.expect(predicate["kind"], KIND, "/predicate/kind")
    file_name, digest = _subject(subject, form)
    return BundleStatement(
        file_name=file_name,
        digest=digest,
        name=form.text(predicate["name"], _TEXT, "/predicate/name"),
        version=form.text(predicate["version"], _TEXT, "/predicate/version"),
        sequence=form.sequence(predicate["sequence"]),
        payload=payload,
    )


def _form(path: str) -> Form:
    return Form("statement about the bundle", PREDICATE_TYPE, path)


def _subject(value: JsonValue, form: Form) -> tuple[str, Digest]:
    if not isinstance(value, list) or len(value) != 1:
        raise form.wrong("/subject", "is no list of one subject")
    subject = form.members(value[0], {"name", "digest"}, "/subject/0")
    digest = form.members(subject["digest"], {"sha256"}, "/subject/0/digest")["sha256"]
    return form.text(subject["name"], _FILE_NAME, "/subject/0/name"), form.digest(digest, "/subject/0/digest/sha256")

"""The lineage file: one key says which key comes after it, and whether it may still sign itself.

The same Sigstore bundle v0.3 as a signature file (``envelope.signature_file``), by the old key, over an in-toto
Statement v1 whose subject is the new key::

    {"_type": "https://in-toto.io/Statement/v1",
     "subject": [{"name": "key", "digest": {"sha256": NEW KEY ID}}],
     "predicateType": "urn:plugintool:lineage:v1",
     "predicate": {"old_key_id": OLD KEY ID, "new_key_id": NEW KEY ID,
                   "new_public_key": "-----BEGIN PUBLIC KEY-----...", "keep": ["sign"], "sequence": 1790000000}}

``keep`` lists the rights that the old key keeps: ``sign``, or none. ``sequence`` orders what one key says: the highest
holds. The idea is that of APK signature scheme v3
(https://source.android.com/docs/security/features/apksigning/v3, proof-of-rotation), where every link is signed by the
key before. It travels with an artifact as ``.claude-plugin/lineage.<8 digits of the new key id>.sigstore.json``,
outside of the record. Reference: docs/reference/signature-file.md.
"""

from __future__ import annotations

import base64

from plugintool import limits
from plugintool.digest import Digest, sha256
from plugintool.envelope.in_toto import Form
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.relpath import RelPath

PREDICATE_TYPE = "urn:plugintool:lineage:v1"
SIGN = "sign"
"""The one right that an old key can keep; who keeps it may also name a later successor."""
_SUBJECT = "key"
_KEY_ID_SHORT = 8
_PEM_LINE = 64
_PREDICATE_MEMBERS = {"old_key_id", "new_key_id", "new_public_key", "keep", "sequence"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What one key says about the key after it.

    Attributes:
        old: the id of the key that speaks.
        new: the id of its successor.
        new_key: the successor (DER of its SubjectPublicKeyInfo), whose SHA-256 is ``new``.
        keeps_signing: whether the old key may still sign.
        sequence: orders what the old key says, 1 to 2^53 - 1.
        payload: the bytes that were or are to be signed.
    """

    old: Digest
    new: Digest
    new_key: bytes
    keeps_signing: bool
    sequence: int
    payload: bytes


def lineage_name(new: Digest) -> RelPath:
    """Return where the lineage file for a new key stands in an artifact."""
    return RelPath(f".claude-plugin/lineage.{new[:_KEY_ID_SHORT]}.sigstore.json")


def make_lineage(*, old: Digest, new_key: bytes, keeps_signing: bool, sequence: int) -> Lineage:
    """Return the lineage with these claims.

    Args:
        old: the id of the key that will sign it.
        new_key: DER of the successor.
        keeps_signing: whether the old key may still sign.
        sequence: 1 to 2^53 - 1.

    Raises:
        MalformedFileError: a claim is outside what ``parse_lineage`` accepts.
    """
    new = sha256(new_key)
    predicate: JsonObject = {
        "old_key_id": old,
        "new_key_id": new,
        "new_public_key": _pem(new_key),
        "keep": [SIGN] if keeps_signing else [],
        "sequence": sequence,
    }
    payload = Form("lineage", PREDICATE_TYPE, "lineage").render(_SUBJECT, new, predicate)
    return parse_lineage(payload, path="lineage")


def parse_lineage(payload: bytes, *, path: str) -> Lineage:
    """Read a lineage out of the payload of an envelope; total.

    Args:
        payload: the bytes that were signed.
        path: the file they stand in, for the error.

    Raises:
        MalformedFileError: it is not exactly the form above, or not in canonical form.
    """
    form = Form("lineage", PREDICATE_TYPE, path)
    subject, predicate = form.read(payload, _PREDICATE_MEMBERS, max_bytes=limits.LINEAGE_FILE_BYTES)
    old, new = (form.digest(predicate[name], f"/predicate/{name}") for name in ("old_key_id", "new_key_id"))
    form.expect(subject, [{"name": _SUBJECT, "digest": {"sha256": new}}], "/subject")
    return Lineage(
        old=old,
        new=new,
        new_key=_new_key(predicate["new_public_key"], new, form),
        keeps_signing=_keep(predicate["keep"], form),
        sequence=form.sequence(predicate["sequence"]),
        payload=payload,
    )


def _pem(der: bytes) -> str:
    text = base64.b64encode(der).decode()
    lines = [text[start : start + _PEM_LINE] for start in range(0, len(text), _PEM_LINE)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])


def _new_key(value: JsonValue, new: Digest, form: Form) -> bytes:
    """Return the DER of a key in the one text that ``_pem`` gives it, which must be the key of this id."""
    try:
        der = base64.b64decode("".join(str(value).splitlines()[1:-1]))
    except ValueError:
        der = b""
    if value != _pem(der) or sha256(der) != new:
        raise form.wrong("/predicate/new_public_key", "is not the PEM form of the key new_key_id", found=str(value))
    return der


def _keep(value: JsonValue, form: Form) -> bool:
    if value not in ([], [SIGN]):
        raise form.wrong("/predicate/keep", "has another value", expected=f'[] or ["{SIGN}"]', found=str(value))
    return value == [SIGN]

"""The signature file: a Sigstore bundle v0.3 with one DSSE signature, by a key or by the holder of a certificate.

::

    {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
     "verificationMaterial": {"publicKey": {"hint": KEY ID}},
     "dsseEnvelope": {"payload": BASE64, "payloadType": "application/vnd.in-toto+json",
                      "signatures": [{"sig": BASE64}]}}

In place of ``publicKey`` there may be ``"certificate": {"rawBytes": BASE64}``, the signer's certificate alone: those
above it stand in the trust policy. Beside it may stand ``"timestampVerificationData": {"rfc3161Timestamps":
[{"signedTimestamp": BASE64}]}``, responses of timestamp authorities about the signature value.

Written in canonical form, read strictly: unknown members, a second signature or loose base64 are errors. Other
writers may add ``"tlogEntries": []`` and ``"keyid": ""``, which say nothing. Entries of a transparency log belong to
the format and are not supported: ``UnsupportedFileError``.

Format: https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto (v0.3);
reference: docs/reference/signature-file.md.
"""

from __future__ import annotations

import base64
import binascii

from plugintool import jsontext, limits
from plugintool.digest import Digest, parse_digest, sha256
from plugintool.envelope import cms
from plugintool.envelope.dsse import PAYLOAD_TYPE
from plugintool.errors import MalformedFileError, UnsupportedFileError
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.relpath import RelPath
from plugintool.tree.record import SIGNATURE_FILE

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
KEY_ID_SHORT = 8
"""Digits of the key id in the name of a further signature file."""
_MATERIAL = "/verificationMaterial"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFile:
    """One signature over one payload.

    Attributes:
        payload: what was signed.
        payload_type: of the payload.
        signature: its value.
        key_id: SHA-256 of the DER form of the signer's public key (SPKI).
        certificate: the signer's certificate (DER), None for a key by itself.
        timestamps: RFC 3161 responses (DER) about the signature.
    """

    payload: bytes
    payload_type: str
    signature: bytes
    key_id: Digest
    certificate: bytes | None = None
    timestamps: tuple[bytes, ...] = ()


def further_name(key_id: Digest) -> RelPath:
    """Return where the signature of ``key_id`` is stored when ``SIGNATURE_FILE`` is taken."""
    return RelPath(f"{SIGNATURE_FILE.removesuffix('.sigstore.json')}.{key_id[:KEY_ID_SHORT]}.sigstore.json")


def render_signature_file(file: SignatureFile) -> bytes:
    """Return the canonical bytes; the same signature gives the same bytes."""
    return jsontext.canonical(
        {
            "mediaType": MEDIA_TYPE,
            "verificationMaterial": _render_material(file),
            "dsseEnvelope": {
                "payload": base64.b64encode(file.payload).decode(),
                "payloadType": file.payload_type,
                "signatures": [{"sig": base64.b64encode(file.signature).decode()}],
            },
        }
    )


def parse_signature_file(data: bytes, *, path: str) -> SignatureFile:
    """Read a signature file.

    Raises:
        MalformedFileError: it is not exactly the form above.
        UnsupportedFileError: it carries a certificate, a timestamp or a log entry.
    """
    value = jsontext.read_strict(data, path=path, max_bytes=limits.SIGNATURE_FILE_BYTES)
    top = _object(value, path, "", {"mediaType", "verificationMaterial", "dsseEnvelope"})
    if top["mediaType"] != MEDIA_TYPE:
        raise _wrong(path, "/mediaType", expected=MEDIA_TYPE, found=top["mediaType"])
    key_id, certificate, timestamps = _read_material(top["verificationMaterial"], path)
    envelope = _object(top["dsseEnvelope"], path, "/dsseEnvelope", {"payload", "payloadType", "signatures"})
    if envelope["payloadType"] != PAYLOAD_TYPE:
        raise _wrong(path, "/dsseEnvelope/payloadType", expected=PAYLOAD_TYPE, found=envelope["payloadType"])
    return SignatureFile(
        payload=_base64(envelope["payload"], path, "/dsseEnvelope/payload"),
        payload_type=PAYLOAD_TYPE,
        signature=_signature(envelope["signatures"], key_id, path),
        key_id=key_id,
        certificate=certificate,
        timestamps=timestamps,
    )


def _render_material(file: SignatureFile) -> JsonObject:
    material: JsonObject = {"publicKey": {"hint": file.key_id}}
    if file.certificate is not None:
        material = {"certificate": {"rawBytes": base64.b64encode(file.certificate).decode()}}
    if file.timestamps:
        stamps: list[JsonValue] = [{"signedTimestamp": base64.b64encode(item).decode()} for item in file.timestamps]
        material["timestampVerificationData"] = {"rfc3161Timestamps": stamps}
    return material


def _read_material(value: JsonValue, path: str) -> tuple[Digest, bytes | None, tuple[bytes, ...]]:
    """Return key id, certificate and timestamps."""
    _refuse_unsupported(value, path)
    kind = "certificate" if isinstance(value, dict) and "certificate" in value else "publicKey"
    material = _object(value, path, _MATERIAL, {kind}, optional={"tlogEntries", "timestampVerificationData"})
    timestamps = _read_timestamps(material.get("timestampVerificationData", {}), path)
    if kind == "publicKey":
        return _read_hint(material[kind], path), None, timestamps
    certificate = _read_certificate(material[kind], path)
    return sha256(cms.certificate_key(certificate, what=path)), certificate, timestamps


def _read_hint(value: JsonValue, path: str) -> Digest:
    here = f"{_MATERIAL}/publicKey"
    hint = _object(value, path, here, {"hint"})["hint"]
    key_id = parse_digest(hint)
    if key_id is None:
        raise _wrong(path, f"{here}/hint", expected="64 lower-case hexadecimal digits", found=hint)
    return key_id


def _read_certificate(value: JsonValue, path: str) -> bytes:
    here = f"{_MATERIAL}/certificate"
    return _base64(_object(value, path, here, {"rawBytes"})["rawBytes"], path, f"{here}/rawBytes")


def _read_timestamps(value: JsonValue, path: str) -> tuple[bytes, ...]:
    here = f"{_MATERIAL}/timestampVerificationData"
    items = _object(value, path, here, set(), optional={"rfc3161Timestamps"}).get("rfc3161Timestamps", [])
    here += "/rfc3161Timestamps"
    if not isinstance(items, list) or len(items) > limits.TIMESTAMPS:
        raise _wrong(path, here, expected=f"a list of at most {limits.TIMESTAMPS} timestamps", found=items)
    return tuple(
        _base64(
            _object(item, path, f"{here}/{index}", {"signedTimestamp"})["signedTimestamp"],
            path,
            f"{here}/{index}/signedTimestamp",
        )
        for index, item in enumerate(items)
    )


def _refuse_unsupported(value: JsonValue, path: str) -> None:
    if not isinstance(value, dict):
        return
    found = ["a certificate chain"] if "x509CertificateChain" in value else []
    if value.get("tlogEntries", []) != []:
        found.append("entries of a transparency log")
    if found:
        raise UnsupportedFileError(
            f"the signature file carries {' and '.join(found)}, which is not supported",
            path=path,
            field=_MATERIAL,
            expected="the hint of a public key or one certificate, and timestamps",
            hint="sign with plugintool sign",
        )


def _signature(value: JsonValue, key_id: Digest, path: str) -> bytes:
    here = "/dsseEnvelope/signatures"
    if not isinstance(value, list) or len(value) != 1:
        found = f"{len(value)} signatures" if isinstance(value, list) else value
        raise _wrong(path, here, expected="exactly one signature", found=found)
    only = _object(value[0], path, f"{here}/0", {"sig"}, optional={"keyid"})
    if only.get("keyid", "") not in ("", key_id):
        raise _wrong(path, f"{here}/0/keyid", expected=f"nothing, or the hint {key_id}", found=only["keyid"])
    signature = _base64(only["sig"], path, f"{here}/0/sig")
    if len(signature) > limits.SIGNATURE_BYTES:
        raise _wrong(path, f"{here}/0/sig", expected=f"at most {limits.SIGNATURE_BYTES} bytes", found=len(signature))
    return signature


def _base64(value: JsonValue, path: str, field: str) -> bytes:
    """Decode the one canonical form; other texts that decode to the same bytes are refused."""
    if not isinstance(value, str) or not value.isascii():
        raise _wrong(path, field, expected="standard base64", found=value)
    try:
        data = base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise _wrong(path, field, expected="standard base64", found=str(error)) from error
    if not data or base64.b64encode(data).decode() != value:
        raise _wrong(path, field, expected="standard base64 of at least one byte", found=value)
    return data


def _object(
    value: JsonValue, path: str, field: str, required: set[str], *, optional: frozenset[str] | set[str] = frozenset()
) -> JsonObject:
    if not isinstance(value, dict) or not required <= set(value) <= required | optional:
        found = ", ".join(sorted(value)) if isinstance(value, dict) else value
        raise _wrong(path, field, expected=f"an object with {', '.join(sorted(required))}", found=found)
    return value


def _wrong(path: str, field: str, *, expected: str, found: JsonValue) -> MalformedFileError:
    member = f"the member {field}" if field else "the document"
    return MalformedFileError(
        f"{member} of the signature file is wrong", path=path, field=field, expected=expected, found=str(found)[:200]
    )

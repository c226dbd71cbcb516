"""One CMS signature: by which of the certificates it carries, and over which digest.

Whether that certificate is trusted is another question (``chain``). The profile is narrower than RFC 5652, and each
line of it closes a door:

* signed attributes must be there, as received: without them the content itself could be passed off as attributes;
* exactly one content type and one message digest among them, and the content type is that of the content;
* SHA-256, SHA-384 or SHA-512; RSA with PKCS #1 v1.5, ECDSA on P-256 or P-384, Ed25519;
* the signer's certificate is there once and found once; where an ESS attribute names it too, both agree (RFC 5035).
"""

from __future__ import annotations

import hashlib
from typing import Final

from plugintool.envelope import cms, der
from plugintool.envelope.cms import SignedData, SignerInfo
from plugintool.errors import MalformedFileError, UnsupportedFileError
from plugintool.frozen import dataclass
from plugintool.verify import keys
from plugintool.verify.keys import KeyKind, PublicKey
from plugintool.verify.signature import verify_with

DIGESTS: Final = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
"""Digest algorithms by object identifier (RFC 5754)."""

_ECDSA = (KeyKind.P256, KeyKind.P384)
_SIGNATURES: Final[dict[str, tuple[tuple[KeyKind, ...], str | None]]] = {
    cms.RSA: ((KeyKind.RSA,), None),
    "1.2.840.113549.1.1.11": ((KeyKind.RSA,), "sha256"),
    "1.2.840.113549.1.1.12": ((KeyKind.RSA,), "sha384"),
    "1.2.840.113549.1.1.13": ((KeyKind.RSA,), "sha512"),
    "1.2.840.10045.4.3.2": (_ECDSA, "sha256"),
    "1.2.840.10045.4.3.3": (_ECDSA, "sha384"),
    "1.2.840.10045.4.3.4": (_ECDSA, "sha512"),
    "1.3.101.112": ((KeyKind.ED25519,), "sha512"),
}
"""Kinds of key and the digest that a signature algorithm stands for; None: the one named beside it (RFC 3370)."""
_SUBJECT_KEY_IDENTIFIER = "2.5.29.14"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSignature:
    """A signature that is right: the signer's certificate (DER), its key, and what its signature is over.

    ``message_digest`` is the digest of the content by ``digest`` (a name of ``hashlib``); the caller has the content.
    """

    certificate: bytes
    key: PublicKey
    digest: str
    message_digest: bytes


def check_signer(signed: SignedData, *, what: str) -> CheckedSignature:
    """Check the signature over the signed attributes.

    Args:
        signed: as it was received.
        what: how an error names it.

    Raises:
        MalformedFileError: the signature is wrong, or outside the profile.
        UnsupportedFileError: an algorithm or kind of key that is not known.
    """
    signer = signed.signer
    digest = _digest(signer.digest_algorithm.oid, what)
    message_digest = _message_digest(signed, what)
    certificate = _find_certificate(signed, what)
    key = keys.parse_der(cms.certificate_key(certificate, what=what), path=what)
    _check_algorithm(signer, key, digest, what)
    _check_ess(signer, certificate, what)
    if not verify_with(key, signer.signature, signer.signed_attributes, digest):
        raise MalformedFileError(
            "the signature is wrong: its attributes were changed, or another key signed them",
            path=what,
            expected=f"a signature by the {key.kind.value} key {key.key_id}",
        )
    return CheckedSignature(certificate=certificate, key=key, digest=digest, message_digest=message_digest)


def check_signed_data(signed: SignedData, content: bytes, *, what: str) -> CheckedSignature:
    """Check the signature, and that it is over ``content``.

    Raises:
        MalformedFileError: the signature is wrong, over another content, or outside the profile.
        UnsupportedFileError: an algorithm or kind of key that is not known.
    """
    checked = check_signer(signed, what=what)
    if hashlib.new(checked.digest, content).digest() != checked.message_digest:
        raise MalformedFileError("the signed content was changed", path=what)
    return checked


def _digest(oid: str, what: str) -> str:
    if oid not in DIGESTS:
        raise UnsupportedFileError(
            "a digest algorithm that is not known or not safe",
            path=what,
            expected=", ".join(DIGESTS.values()),
            found=oid,
        )
    return DIGESTS[oid]


def _message_digest(signed: SignedData, what: str) -> bytes:
    """Return the digest in the signed attributes, which must be of the content's type."""
    attributes = signed.signer.attributes
    content_type = _single(attributes.get(cms.CONTENT_TYPE, ()), "content type", what).oid()
    if content_type != signed.content_type:
        raise MalformedFileError(
            "the signed content type is not that of the content",
            path=what,
            expected=signed.content_type,
            found=content_type,
        )
    return _single(attributes.get(cms.MESSAGE_DIGEST, ()), "message digest", what).octets()


def _single(values: tuple[bytes, ...], name: str, what: str) -> der.Der:
    if len(values) != 1:
        raise MalformedFileError(f"the signed attributes must hold one {name}", path=what, found=str(len(values)))
    return der.read_der(values[0], what=what)


def _find_certificate(signed: SignedData, what: str) -> bytes:
    found = [certificate for certificate in signed.certificates if _is_named(certificate, signed.signer, what)]
    if len(found) != 1:
        raise MalformedFileError(
            "the signer's certificate must be there once", path=what, found=f"{len(found)} of that name"
        )
    return found[0]


def _is_named(certificate: bytes, signer: SignerInfo, what: str) -> bool:
    if signer.key_identifier:
        return _key_identifier(certificate, what) == signer.key_identifier
    return cms.certificate_name(certificate, what=what) == (signer.issuer, signer.serial)


def _key_identifier(certificate: bytes, what: str) -> bytes:
    """Return the subject key identifier of a certificate, empty where it has none."""
    fields = cms.fields_from_key(certificate, what=what)
    fields.take(der.SEQUENCE)
    for number in (1, 2):  # the unique identifiers of version 2
        fields.take_if(der.context(number, constructed=False))
    explicit = fields.take_if(der.context(3))
    for extension in () if explicit is None else explicit.inner(der.context(3)).children():
        items = extension.children()
        if items and items[0].oid() == _SUBJECT_KEY_IDENTIFIER:
            return der.read_der(items[-1].octets(), what=what).octets()
    return b""


def _check_algorithm(signer: SignerInfo, key: PublicKey, digest: str, what: str) -> None:
    algorithm = signer.signature_algorithm
    kinds, fixed = _SIGNATURES.get(algorithm.oid, ((), None))
    if not kinds or algorithm.parameters:
        raise UnsupportedFileError(
            "a signature algorithm that is not known",
            path=what,
            expected="RSA with PKCS #1 v1.5, ECDSA or Ed25519",
            found=algorithm.oid,
        )
    if key.kind not in kinds or fixed not in (None, digest):
        raise MalformedFileError(
            "the signature algorithm does not fit the key or the digest",
            path=what,
            expected=f"one for a {key.kind.value} key and {digest}",
            found=algorithm.oid,
        )


def _check_ess(signer: SignerInfo, certificate: bytes, what: str) -> None:
    """Compare the certificate with the one that the signer named by its digest, where it did (RFC 2634, RFC 5035)."""
    for oid, default in ((cms.SIGNING_CERTIFICATE_V2, "sha256"), (cms.SIGNING_CERTIFICATE, "sha1")):
        if oid in signer.attributes:
            value = _single(signer.attributes[oid], "signing certificate", what)
            name, expected = _ess_digest(value, default, what)
            if hashlib.new(name, certificate, usedforsecurity=False).digest() != expected:
                raise MalformedFileError("the certificate is not the one that the signer named", path=what, field=oid)


def _ess_digest(value: der.Der, default: str, what: str) -> tuple[str, bytes]:
    """Return name and value of the digest in the first ESSCertID, which is that of the signer."""
    identifier = value.fields().take().fields().take().fields()
    algorithm = identifier.take_if(der.SEQUENCE)
    name = default if algorithm is None else _digest(cms.read_algorithm(algorithm).oid, what)
    return name, identifier.take().octets()

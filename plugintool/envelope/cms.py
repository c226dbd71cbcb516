"""CMS SignedData (RFC 5652) with exactly one signer: bytes to values and back, no keys and no decisions.

::

    ContentInfo ─ SignedData ─┬─ content type, content (absent in the block of a bundle: detached)
                              ├─ certificates, CRLs      as received, in the order received
                              └─ SignerInfo ─┬─ who: issuer and serial number, or key identifier
                                             ├─ signed attributes    as received: what the signature is over
                                             ├─ signature algorithm, signature
                                             └─ unsigned attributes

What is signed is the SET OF attributes: the tag ``[0]`` of the encoding is replaced by that of a SET, and nothing else
is touched (RFC 5652 §5.4). Written are attributes in DER order and certificates leaf first, which is where the public
``mcpb`` tool looks for the signer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final

from plugintool.envelope import der
from plugintool.envelope.der import Der
from plugintool.frozen import dataclass

SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
DATA: Final = "1.2.840.113549.1.7.1"
CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
TIMESTAMP_TOKEN: Final = "1.2.840.113549.1.9.16.2.14"  # noqa: S105 - an object identifier
SHA256: Final = "2.16.840.1.101.3.4.2.1"
RSA: Final = "1.2.840.113549.1.1.1"
"""rsaEncryption: with a digest algorithm beside it, PKCS #1 v1.5 (RFC 3370 §3.2)."""

_VERSIONS = (1, 3)
"""3 where the signer is named by its key, or the content is no plain data; writers differ, nothing depends on it."""
_NULL = der.encode(der.NULL)
_CONTENT, _CERTIFICATES, _CRLS = der.context(0), der.context(0), der.context(1)
_KEY_IDENTIFIER = der.context(0, constructed=False)
_SIGNED, _UNSIGNED = der.context(0), der.context(1)


@dataclass(frozen=True, slots=True)
class Algorithm:
    """An AlgorithmIdentifier; ``parameters`` is their DER, empty where there are none or NULL."""

    oid: str
    parameters: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerInfo:
    """Who signed what and how.

    Attributes:
        issuer: DER of the issuer's name in the signer's certificate, empty where a key identifier names the signer.
        serial: the serial number of that certificate.
        key_identifier: the subject key identifier in it, empty where issuer and serial number name the signer.
        digest_algorithm: of content and attributes.
        signed_attributes: the bytes under the signature, empty where the signature is over the content itself.
        attributes: the values of each signed attribute, DER.
        signature_algorithm: how the key signed.
        signature: the signature value.
        unsigned: the values of each unsigned attribute, DER.
    """

    issuer: bytes
    serial: int
    key_identifier: bytes
    digest_algorithm: Algorithm
    signed_attributes: bytes
    attributes: Mapping[str, tuple[bytes, ...]]
    signature_algorithm: Algorithm
    signature: bytes
    unsigned: Mapping[str, tuple[bytes, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedData:
    """One signed content; ``content`` is None where it is kept elsewhere, certificates and CRLs are DER."""

    content_type: str
    content: bytes | None
    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    signer: SignerInfo


def parse_signed_data(data: bytes, *, what: str) -> SignedData:
    """Read a ContentInfo with SignedData; total.

    Args:
        data: DER, nothing after it.
        what: how messages name it.

    Raises:
        InputError: not that, or with none or several signers, or with an alternative of certificate that is not X.509.
    """
    info = der.read_der(data, what=what).fields()
    kind = info.take()
    if kind.oid() != SIGNED_DATA:
        raise kind.wrong("expected the content type SignedData", found=kind.oid())
    body = info.take(_CONTENT).inner(_CONTENT)
    info.finish()
    return _signed_data(body)


def certificate_name(certificate: bytes, *, what: str) -> tuple[bytes, int]:
    """Return issuer (DER of the name) and serial number of a certificate: how a SignerInfo names it.

    Raises:
        InputError: it is no certificate.
    """
    tbs = der.read_der(certificate, what=what).fields().take().fields()
    tbs.take_if(der.context(0))
    serial = tbs.take().integer()
    tbs.take(der.SEQUENCE)
    return tbs.take(der.SEQUENCE).whole, serial


def certificate_key(certificate: bytes, *, what: str) -> bytes:
    """Return the public key (DER of the SubjectPublicKeyInfo) in a certificate.

    Raises:
        InputError: it is no certificate.
    """
    return fields_from_key(certificate, what=what).take(der.SEQUENCE).whole


def fields_from_key(certificate: bytes, *, what: str) -> der.Fields:
    """Return the fields of a certificate from its public key on (RFC 5280 §4.1).

    Raises:
        InputError: it is no certificate.
    """
    fields = der.read_der(certificate, what=what).fields().take().fields()
    fields.take_if(der.context(0))
    for tag in (der.INTEGER, *[der.SEQUENCE] * 4):  # serial number, algorithm, issuer, validity, subject
        fields.take(tag)
    return fields


def render_attributes(
    digest: bytes, *, certificate_digest: bytes, content_type: str = DATA, signing_time: dt.datetime | None = None
) -> bytes:
    """Return the signed attributes, in DER order: the bytes to sign.

    Args:
        digest: SHA-256 of the content.
        certificate_digest: SHA-256 of the signer's certificate (ESS signingCertificateV2, RFC 5035).
        content_type: of the content.
        signing_time: a claim of the signer that nobody should rely on; None leaves it out.
    """
    certificates = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode(der.OCTET_STRING, certificate_digest)))
    attributes = [
        _attribute(CONTENT_TYPE, der.encode_oid(content_type)),
        _attribute(MESSAGE_DIGEST, der.encode(der.OCTET_STRING, digest)),
        _attribute(SIGNING_CERTIFICATE_V2, der.encode(der.SEQUENCE, certificates)),
    ]
    if signing_time is not None:
        attributes.append(_attribute(SIGNING_TIME, _utc_time(signing_time)))
    return der.encode_set(attributes)


def render_signed_data(  # noqa: PLR0913 - one for each part of the structure
    attributes: bytes,
    signature: bytes,
    certificates: Iterable[bytes],
    *,
    content_type: str = DATA,
    content: bytes | None = None,
    timestamp: bytes | None = None,
) -> bytes:
    """Return a ContentInfo with SignedData by an RSA key with SHA-256.

    Args:
        attributes: what ``render_attributes`` returned.
        signature: over them.
        certificates: DER, the signer's first.
        content_type: of the content.
        content: None where it is kept elsewhere (detached).
        timestamp: an RFC 3161 token over the signature.
    """
    chain = tuple(certificates)
    issuer, serial = certificate_name(chain[0], what="the signer's certificate")
    sha256 = der.encode(der.SEQUENCE, der.encode_oid(SHA256), _NULL)
    signer = [
        der.encode_integer(1),
        der.encode(der.SEQUENCE, issuer, der.encode_integer(serial)),
        sha256,
        der.encode(_SIGNED, der.read_der(attributes, what="attributes").body),
        der.encode(der.SEQUENCE, der.encode_oid(RSA), _NULL),
        der.encode(der.OCTET_STRING, signature),
    ]
    if timestamp is not None:
        signer.append(der.encode(_UNSIGNED, _attribute(TIMESTAMP_TOKEN, timestamp)))
    explicit = b"" if content is None else der.encode(_CONTENT, der.encode(der.OCTET_STRING, content))
    signed = der.encode(
        der.SEQUENCE,
        der.encode_integer(1 if content_type == DATA else 3),
        der.encode_set([sha256]),
        der.encode(der.SEQUENCE, der.encode_oid(content_type), explicit),
        der.encode(_CERTIFICATES, *chain),
        der.encode_set([der.encode(der.SEQUENCE, *signer)]),
    )
    return der.encode(der.SEQUENCE, der.encode_oid(SIGNED_DATA), der.encode(_CONTENT, signed))


def read_algorithm(element: Der) -> Algorithm:
    """Return an AlgorithmIdentifier.

    Raises:
        MalformedFileError: the element is none.
    """
    fields = element.fields()
    oid = fields.take().oid()
    parameters = fields.take_if(der.NULL, der.SEQUENCE, der.OID)
    fields.finish()
    return Algorithm(oid, b"" if parameters is None or parameters.tag == der.NULL else parameters.whole)


def _signed_data(element: Der) -> SignedData:
    fields = element.fields()
    _take_version(fields)
    digests = fields.take(der.SET)  # a hint for readers in one pass
    content_type, content = _content(fields.take())
    certificates = fields.take_if(_CERTIFICATES)
    crls = fields.take_if(_CRLS)
    signers = fields.take(der.SET)
    fields.finish()
    signer = _signer_info(signers.inner(der.SET))
    if any(read_algorithm(item) != signer.digest_algorithm for item in digests.children(der.SET)):
        raise digests.wrong("expected the digest algorithm of the signer and no other")  # else it would be room
    return SignedData(
        content_type=content_type,
        content=content,
        certificates=_wholes(certificates, _CERTIFICATES),
        crls=_wholes(crls, _CRLS),
        signer=signer,
    )


def _content(element: Der) -> tuple[str, bytes | None]:
    fields = element.fields()
    content_type = fields.take().oid()
    explicit = fields.take_if(_CONTENT)
    fields.finish()
    return content_type, None if explicit is None else explicit.inner(_CONTENT).octets()


def _wholes(element: Der | None, tag: int) -> tuple[bytes, ...]:
    """Return the bytes of certificates or CRLs, which are SEQUENCEs; other alternatives have other tags."""
    return () if element is None else tuple(item.expect(der.SEQUENCE).whole for item in element.children(tag))


def _signer_info(element: Der) -> SignerInfo:
    fields = element.fields()
    _take_version(fields)
    issuer, serial, key_identifier = _signer_name(fields)
    digest_algorithm = read_algorithm(fields.take())
    signed = fields.take_if(_SIGNED)
    signature_algorithm = read_algorithm(fields.take())
    signature = fields.take().octets()
    unsigned = fields.take_if(_UNSIGNED)
    fields.finish()
    return SignerInfo(
        issuer=issuer,
        serial=serial,
        key_identifier=key_identifier,
        digest_algorithm=digest_algorithm,
        signed_attributes=b"" if signed is None else bytes([der.SET]) + signed.whole[1:],
        attributes={} if signed is None else _attributes(signed, _SIGNED),
        signature_algorithm=signature_algorithm,
        signature=signature,
        unsigned={} if unsigned is None else _attributes(unsigned, _UNSIGNED),
    )


def _signer_name(fields: der.Fields) -> tuple[bytes, int, bytes]:
    identifier = fields.take_if(_KEY_IDENTIFIER)
    if identifier is not None:
        return b"", 0, identifier.body
    name = fields.take().fields()
    issuer, serial = name.take(der.SEQUENCE).whole, name.take().integer()
    name.finish()
    return issuer, serial, b""


def _attributes(element: Der, tag: int) -> dict[str, tuple[bytes, ...]]:
    """Return the attributes of a set, which is never empty and holds each type once (RFC 5652 §5.3, §11)."""
    found: dict[str, tuple[bytes, ...]] = {}
    for item in element.children(tag):
        fields = item.fields()
        oid = fields.take().oid()
        values = tuple(value.whole for value in fields.take().children(der.SET))
        fields.finish()
        if oid in found or not values:
            raise item.wrong("expected each attribute once and with a value", found=oid)
        found[oid] = values
    if not found:
        raise element.wrong("expected at least one attribute")
    return found


def _take_version(fields: der.Fields) -> None:
    version = fields.take()
    if version.integer() not in _VERSIONS:
        raise version.wrong("expected version 1 or 3", found=str(version.integer()))


def _attribute(oid: str, value: bytes) -> bytes:
    return der.encode(der.SEQUENCE, der.encode_oid(oid), der.encode(der.SET, value))


def _utc_time(moment: dt.datetime) -> bytes:
    """Return a Time: UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5652 §11.3)."""
    last = 2049
    text = moment.astimezone(dt.UTC).strftime("%Y%m%d%H%M%SZ").encode()
    return der.encode(der.UTC_TIME, text[2:]) if moment.year <= last else der.encode(der.GENERALIZED_TIME, text)

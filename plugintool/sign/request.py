"""A request for a certificate (PKCS #10, RFC 2986), signed by any signer: a key file, a token, a service.

``cryptography`` makes requests only with keys that are in its memory, so the few lines of DER stand here.
"""

from __future__ import annotations

import base64
import textwrap
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from plugintool.envelope import der
from plugintool.errors import ConfigError, MalformedFileError
from plugintool.sign.signer import Signer
from plugintool.verify.keys import KeyKind

_EXTENSION_REQUEST: Final = "1.2.840.113549.1.9.14"
_EXTENDED_KEY_USAGE: Final = "2.5.29.37"
_ECDSA_SHA256 = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.10045.4.3.2"))
_ALGORITHMS: Final = {
    KeyKind.RSA: der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.1.11"), der.encode(der.NULL)),
    KeyKind.P256: _ECDSA_SHA256,
    KeyKind.P384: _ECDSA_SHA256,
    KeyKind.ED25519: der.encode(der.SEQUENCE, der.encode_oid("1.3.101.112")),
}
_USUAL_ORDER = (
    NameOID.COUNTRY_NAME,
    NameOID.STATE_OR_PROVINCE_NAME,
    NameOID.LOCALITY_NAME,
    NameOID.ORGANIZATION_NAME,
    NameOID.ORGANIZATIONAL_UNIT_NAME,
    NameOID.COMMON_NAME,
)
"""From the widest to the narrowest, as authorities write names; others keep their place behind these."""


def make_request(signer: Signer, subject: str) -> bytes:
    """Return a request (PEM) for a code-signing certificate.

    Args:
        signer: of the key that the certificate is for.
        subject: as ``O=Acme,CN=Acme Release`` (RFC 4514), in any order.

    Raises:
        ConfigError: a subject that cannot be read.
        SigningError: the key refused.
    """
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]).public_bytes()
    extension = der.encode(der.SEQUENCE, der.encode_oid(_EXTENDED_KEY_USAGE), der.encode(der.OCTET_STRING, usage))
    asked = der.encode(
        der.SEQUENCE,
        der.encode_oid(_EXTENSION_REQUEST),
        der.encode(der.SET, der.encode(der.SEQUENCE, extension)),
    )
    info = der.encode(
        der.SEQUENCE,
        der.encode_integer(0),
        parse_subject(subject).public_bytes(),
        signer.public_key.der,
        der.encode(der.context(0), asked),
    )
    signature = der.encode(der.BIT_STRING, b"\0", signer.sign(info))
    return _pem(der.encode(der.SEQUENCE, info, _ALGORITHMS[signer.public_key.kind], signature))


def parse_subject(text: str) -> x509.Name:
    """Return the name in a text, its attributes in the usual order.

    Raises:
        ConfigError: it is none, or an empty one.
    """
    try:
        found = list(reversed(list(x509.Name.from_rfc4514_string(text))))
    except (ValueError, KeyError):
        found = []
    if not found or not all(item.value and str(item.value).isprintable() for item in found):
        raise ConfigError(
            "a subject that cannot be read",
            field="--subject",
            expected="as O=Acme,CN=Acme Release; a comma within a value as \\,",
            found=text,
        )
    return x509.Name(sorted(found, key=lambda item: _USUAL_ORDER.index(item.oid) if item.oid in _USUAL_ORDER else 9))


def read_request(data: bytes, *, path: str) -> x509.CertificateSigningRequest:
    """Return a request from PEM or DER whose signature is right.

    Raises:
        MalformedFileError: it is none, or signed by another key.
    """
    try:
        load = x509.load_pem_x509_csr if data.lstrip().startswith(b"-----") else x509.load_der_x509_csr
        request = load(data)
        is_right = request.is_signature_valid and bool(list(request.subject))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise MalformedFileError("no request for a certificate", path=path, found=str(error)[:200]) from error
    if not is_right:
        raise MalformedFileError("the request is signed by another key, or names nobody", path=path)
    return request


def _pem(data: bytes) -> bytes:
    body = "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 64))
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n".encode()

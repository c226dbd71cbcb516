"""Certificates: bytes in, a certificate whose parts can all be read out.

``cryptography`` reads extensions, names and keys only when they are asked for, and complains in many ways. Here that
happens once and in one way, so that everything behind this door is total.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
import warnings
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from plugintool import limits
from plugintool.digest import Digest, sha256
from plugintool.errors import LimitExceededError, MalformedFileError
from plugintool.frozen import dataclass

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END CERTIFICATE-----")
_SHOWN = ("CN", "OU", "O")
_TEXT_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that was read; ``der`` is what was received, ``spki`` the DER of its public key."""

    der: bytes
    x509: x509.Certificate
    spki: bytes

    @property
    def name(self) -> str:
        """Its subject in a form for people: the common name, or what there is."""
        return name_text(self.x509.subject)

    @property
    def key_id(self) -> Digest:
        """The id of its key, whoever signed it."""
        return sha256(self.spki)

    def is_valid_at(self, moment: dt.datetime) -> bool:
        """Return whether ``moment`` lies within its term, both ends included (RFC 5280 §4.1.2.5)."""
        return self.x509.not_valid_before_utc <= moment <= self.x509.not_valid_after_utc


def read_certificate(der: bytes, *, what: str) -> Certificate:
    """Read one certificate from DER; total.

    Args:
        der: the bytes.
        what: how messages name them.

    Raises:
        MalformedFileError: they are none, or one of which some part cannot be read.
        LimitExceededError: more than ``limits.DER_BYTES``.
    """
    if len(der) > limits.DER_BYTES:
        raise LimitExceededError(f"larger than {limits.DER_BYTES} bytes", path=what)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # such as a serial number that is no positive integer
            certificate = x509.load_der_x509_certificate(der)
            spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            _touch(certificate)
    except (ValueError, UnsupportedAlgorithm, Warning, *_COMPLAINTS) as error:
        reason = str(error).split("\n", 1)[0][:_TEXT_SHOWN]
        raise MalformedFileError("a certificate that cannot be read", path=what, found=reason) from error
    return Certificate(der, certificate, spki)


def split_pem(text: str, *, what: str) -> tuple[bytes, ...]:
    """Return the certificates (DER) in a PEM text, in their order; anything between them is ignored.

    Raises:
        MalformedFileError: there is none, or one that is no base64.
    """
    blocks = _PEM.findall(text)
    if not blocks:
        raise MalformedFileError(
            "no certificate in PEM form",
            path=what,
            expected="-----BEGIN CERTIFICATE-----",
            found=text.strip().split("\n", 1)[0][:100],
        )
    if len(blocks) > limits.CERTIFICATES:
        raise LimitExceededError(f"more than {limits.CERTIFICATES} certificates", path=what)
    try:
        return tuple(base64.b64decode("".join(block.split()), validate=True) for block in blocks)
    except binascii.Error as error:
        raise MalformedFileError(f"the PEM of a certificate holds no base64: {error}", path=what) from error


def read_certificates(ders: Sequence[bytes], *, what: str) -> tuple[Certificate, ...]:
    """Read several certificates.

    Raises:
        MalformedFileError: one of them cannot be read.
        LimitExceededError: there are more than ``limits.CERTIFICATES``.
    """
    if len(ders) > limits.CERTIFICATES:
        raise LimitExceededError(f"more than {limits.CERTIFICATES} certificates", path=what, found=str(len(ders)))
    return tuple(read_certificate(der, what=what) for der in ders)


def name_text(name: x509.Name) -> str:
    """Return a name in one line: its common name or unit, and its organization; never empty."""
    values: dict[str, str] = {}
    for attribute in name:
        values.setdefault(attribute.rfc4514_attribute_name, str(attribute.value))
    shown = [values[key] for key in _SHOWN if key in values]
    return (" / ".join(shown) or name.rfc4514_string() or "a certificate without a name")[:_TEXT_SHOWN]


_COMPLAINTS = (
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    x509.AttributeNotFound,
    TypeError,
)
"""What reading a part raises besides ValueError; TypeError for a string of a kind that has no text."""


def _touch(certificate: x509.Certificate) -> None:
    """Read what is read lazily, so that it fails here or nowhere."""
    list(certificate.extensions)
    name_text(certificate.subject)
    name_text(certificate.issuer)
    _ = certificate.serial_number, certificate.not_valid_before_utc, certificate.not_valid_after_utc

"""Issue a certificate for a request, by a small authority: for keys in tokens and services, and when one is renewed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from plugintool import clock, limits
from plugintool.errors import ConfigError, InputError, SigningError
from plugintool.jsontext import JsonObject
from plugintool.sign import issue
from plugintool.sign.holders import AuthorityDirectory
from plugintool.sign.issue import Wanted
from plugintool.sign.key_files import KeyFile, write_all
from plugintool.sign.request import read_request
from plugintool.tree.directory import read_bounded
from plugintool.verify import keys
from plugintool.verify.certificate import name_text

DAYS_MAX = 1825
"""A signer's certificate ends before that of the authority above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCertificate:
    """A certificate that was issued: the file with its chain, whom it names, for which key, and until when."""

    file: Path
    subject: str
    key_id: str
    serial: str
    not_after: dt.datetime

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "file": str(self.file),
            "subject": self.subject,
            "key_id": self.key_id,
            "serial": self.serial,
            "not_after": clock.format_utc(self.not_after),
        }


def certify(
    request: Path, authority: AuthorityDirectory, target: Path, *, now: dt.datetime, days: int | None = None
) -> IssuedCertificate:
    """Issue a code-signing certificate for a request and write it with that of the authority above it.

    What a request asks for besides name and key does not count: these are for signing code, and nothing else.

    Args:
        request: the file, PEM or DER.
        authority: who issues.
        target: where the chain goes; must not be there.
        now: when its term begins.
        days: of its term; None for the usual.

    Raises:
        ConfigError: a term that cannot be had.
        SigningError: no request, or one for a key or a name that the trust policy would not take.
        KeyUnavailableError: key or certificate of the authority cannot be used.
        OutputError: the target is there, or cannot be written.
    """
    if days is not None and not 0 < days <= DAYS_MAX:
        raise ConfigError("a term that cannot be had", field="--days", expected=f"1 to {DAYS_MAX}", found=str(days))
    wanted = _read(request)
    holder = authority.holder("intermediate")
    _check_organization(wanted, holder.certificate, request)
    subject_key = wanted.public_key()
    assert isinstance(subject_key, (ed25519.Ed25519PublicKey, ec.EllipticCurvePublicKey, rsa.RSAPublicKey))
    made = issue.make_certificate(Wanted(wanted.subject, subject_key, issue.SIGNER, days), holder.as_issuer, now=now)
    write_all({target: KeyFile(issue.pem_of([made, holder.certificate]))})
    return IssuedCertificate(
        file=target,
        subject=name_text(made.subject),
        key_id=keys.key_id_of(subject_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
        serial=f"{made.serial_number:x}",
        not_after=made.not_valid_after_utc,
    )


def _read(path: Path) -> x509.CertificateSigningRequest:
    try:
        request = read_request(read_bounded(path, max_bytes=limits.DER_BYTES), path=str(path))
        spki = request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        keys.parse_der(spki, path=str(path))
    except InputError as error:
        raise SigningError(f"the request cannot be granted: {error.message}", **error.detail) from error
    return request


def _check_organization(request: x509.CertificateSigningRequest, authority: x509.Certificate, path: Path) -> None:
    """Refuse a name that the trust policy of this authority does not trust, before anybody signs with it."""
    asked, ours = (
        [str(item.value) for item in name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
        for name in (request.subject, authority.subject)
    )
    if asked != ours:
        raise SigningError(
            "the request names another organization than that of the authority",
            path=str(path),
            expected=f"O={', '.join(ours)}",
            found=f"O={', '.join(asked)}" if asked else "no organization",
        )

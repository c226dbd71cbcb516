"""Certificates and revocation lists of a small authority (RFC 5280); no files, no decisions on whom to issue for.

A certificate that comes into a signature block should be one of an RSA key, and issued by one: the public ``mcpb`` tool
reads no others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from plugintool.errors import ConfigError
from plugintool.sign.file_signer import PrivateKey

SubjectKey: TypeAlias = "ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey"
EARLIER = dt.timedelta(hours=1)
"""How long before the present a term begins: clocks of devices differ."""
_NAME_MAX = 64
"""Characters of an organization and of a common name (RFC 5280, upper bounds)."""
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a kind of certificate is for.

    Attributes:
        path_length: how many authorities may stand below; None for who is none.
        purpose: of a signer.
        is_critical: whether whoever does not know the purpose must refuse.
        days: of its term.
    """

    days: int
    path_length: int | None = None
    purpose: ObjectIdentifier | None = None
    is_critical: bool = False


ROOT = Profile(days=3650, path_length=1)
INTERMEDIATE = Profile(days=1825, path_length=0)
SIGNER = Profile(days=365, purpose=ExtendedKeyUsageOID.CODE_SIGNING)
TIME_ROOT = Profile(days=7300, path_length=0)
TIME = Profile(days=5475, purpose=ExtendedKeyUsageOID.TIME_STAMPING, is_critical=True)
"""Times are believed as long as their authority is; it outlives the signers by far."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A certificate with its private key."""

    key: PrivateKey
    certificate: x509.Certificate

    @property
    def as_issuer(self) -> Issuer:
        """How it issues for others."""
        return Issuer(self.certificate.subject, self.key, self.certificate.not_valid_after_utc)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues: name, key, and when it ends itself; None where that is for its own certificate to say."""

    name: x509.Name
    key: PrivateKey
    end: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to issue: for whom, for which key, what for, and for how many days; None takes those of the profile."""

    subject: x509.Name
    key: SubjectKey
    profile: Profile
    days: int | None = None


def name_of(organization: str, common_name: str) -> x509.Name:
    """Return a name of organization and common name.

    Raises:
        ConfigError: empty, too long, or with control characters.
    """
    for value in (organization, common_name):
        if not 0 < len(value) <= _NAME_MAX or not value.isprintable() or value != value.strip():
            raise ConfigError(
                "a name that a certificate cannot have",
                field="--organization",
                expected=f"1 to {_NAME_MAX} printable characters, also with what is added to it",
                found=value,
            )
    pairs = ((NameOID.ORGANIZATION_NAME, organization), (NameOID.COMMON_NAME, common_name))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])


def make_certificate(wanted: Wanted, issuer: Issuer, *, now: dt.datetime) -> x509.Certificate:
    """Return a certificate, which ends no later than that of its issuer."""
    end = now + dt.timedelta(days=wanted.days or wanted.profile.days)
    builder = (
        x509.CertificateBuilder(subject_name=wanted.subject, issuer_name=issuer.name, public_key=wanted.key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(end if issuer.end is None else min(end, issuer.end))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(wanted.key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )
    for extension, critical in _extensions(wanted.profile):
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer.key, hash_for(issuer.key))


def self_issue(subject: x509.Name, key: PrivateKey, *, profile: Profile, now: dt.datetime) -> Holder:
    """Return a holder that issued for itself: a root, or a signer that stands alone."""
    wanted = Wanted(subject, key.public_key(), profile)
    return Holder(key, make_certificate(wanted, Issuer(subject, key), now=now))


def make_list(
    issuer: Holder, entries: Iterable[x509.RevokedCertificate], *, number: int, now: dt.datetime, days: int
) -> x509.CertificateRevocationList:
    """Return a complete revocation list with a number, valid for ``days``."""
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    builder = x509.CertificateRevocationListBuilder(
        issuer_name=issuer.certificate.subject,
        last_update=now - EARLIER,
        next_update=now + dt.timedelta(days=days),
        revoked_certificates=list(entries),
    )
    builder = builder.add_extension(x509.CRLNumber(number), critical=False).add_extension(authority, critical=False)
    return builder.sign(issuer.key, hash_for(issuer.key))


def make_entry(
    serial: int, reason: x509.ReasonFlags, *, now: dt.datetime, since: dt.datetime | None
) -> x509.RevokedCertificate:
    """Return an entry of a revocation list; ``since`` is when the trouble began, as far as known."""
    entry = x509.RevokedCertificateBuilder(serial, now).add_extension(x509.CRLReason(reason), critical=False)
    if since is not None:
        entry = entry.add_extension(x509.InvalidityDate(since), critical=False)
    return entry.build()


def pem_of(certificates: Iterable[x509.Certificate]) -> bytes:
    """Return certificates in PEM form, one after the other."""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


def hash_for(key: PrivateKey) -> hashes.SHA256 | None:
    """Return what a key hashes with when it signs a certificate."""
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def _extensions(profile: Profile) -> Sequence[tuple[x509.ExtensionType, bool]]:
    is_authority = profile.path_length is not None
    allowed = {"key_cert_sign", "crl_sign"} if is_authority else {"digital_signature"}
    found: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=is_authority, path_length=profile.path_length), True),
        (x509.KeyUsage(**{usage: usage in allowed for usage in _USAGES}), True),
    ]
    if profile.purpose is not None:
        found.append((x509.ExtendedKeyUsage([profile.purpose]), profile.is_critical))
    return found

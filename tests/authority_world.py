"""A small certification and timestamp authority for tests; deterministic, with keys that are worthless on purpose.

RSA keys are the committed ones, ECDSA and Ed25519 keys are derived from their names. ``issue`` makes any certificate,
also such that no authority should make: the tests ask what the verifier says to those.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from plugintool.digest import sha256
from plugintool.envelope import cms, tst
from tests import vector_forge as forge

NOW = dt.datetime(2026, 11, 24, 12, 0, 0, tzinfo=dt.UTC)
YEAR = dt.timedelta(days=365)
CODE_SIGNING, TIME_STAMPING = ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.TIME_STAMPING
TSA_POLICY = "1.3.6.1.4.1.99999.1"
USAGE_NAMES = (
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


@dataclass(frozen=True)
class Holder:
    """A certificate with its private key."""

    key: Any
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> str:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()


@cache
def private_key(name: str) -> Any:
    """Return a test key: ``rsa2048``, ``rsa3072``, ``ec:<any name>`` (P-256) or ``ed25519-a``."""
    if name.startswith("ec:"):
        return ec.derive_private_key(int(sha256(name.encode()), 16) >> 1, ec.SECP256R1())
    path = forge.KEYS / f"INSECURE-TEST-{name}.key.pem"
    return serialization.load_pem_private_key(path.read_bytes(), None)


def name_of(common_name: str, organization: str = "Acme") -> x509.Name:
    """Return a name of two attributes."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def key_usage(*names: str) -> x509.KeyUsage:
    """Return the extension with these bits set."""
    return x509.KeyUsage(**{name: name in names for name in USAGE_NAMES})


def issue(
    common_name: str,
    key: str | Any,
    issuer: Holder | None = None,
    *,
    ca: bool = False,
    path_length: int | None = None,
    start: dt.datetime = NOW - YEAR,
    end: dt.datetime = NOW + YEAR,
    purposes: Iterable[ObjectIdentifier] = (),
    purposes_critical: bool = False,
    usage: Sequence[str] | None = None,
    serial: int | None = None,
    organization: str = "Acme",
    extensions: Iterable[tuple[x509.ExtensionType, bool]] = (),
) -> Holder:
    """Return a certificate by ``issuer``, or by itself."""
    private = private_key(key) if isinstance(key, str) else key
    subject = name_of(common_name, organization)
    parent_name = subject if issuer is None else issuer.certificate.subject
    parent_key = private if issuer is None else issuer.key
    constraints = x509.BasicConstraints(ca=ca, path_length=path_length)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(parent_name)
        .public_key(private.public_key())
        .serial_number(serial or int(sha256(f"{common_name}{start}{end}".encode())[:16], 16))
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(constraints, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(parent_key.public_key()),
            critical=False,
        )
    )
    bits = usage if usage is not None else (("key_cert_sign", "crl_sign") if ca else ("digital_signature",))
    if bits:
        builder = builder.add_extension(key_usage(*bits), critical=True)
    if purposes := list(purposes):
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=purposes_critical)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return Holder(private, builder.sign(parent_key, _hash_for(parent_key), ecdsa_deterministic=_flag(parent_key)))


def revoke(
    issuer: Holder,
    revoked: Iterable[tuple[int, dt.datetime, x509.ReasonFlags | None, dt.datetime | None]] = (),
    *,
    number: int | None = 1,
    this_update: dt.datetime = NOW - dt.timedelta(days=1),
    next_update: dt.datetime = NOW + dt.timedelta(days=7),
    key: Any = None,
    extensions: Iterable[tuple[x509.ExtensionType, bool]] = (),
) -> bytes:
    """Return a revocation list (DER): serial number, date, reason and invalidity date of each certificate."""
    signing_key = issuer.key if key is None else key
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(this_update)
        .next_update(next_update)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
            critical=False,
        )
    )
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    for entry in revoked:
        builder = builder.add_revoked_certificate(_entry(*entry))
    signed = builder.sign(signing_key, _hash_for(signing_key), ecdsa_deterministic=_flag(signing_key))
    return signed.public_bytes(serialization.Encoding.DER)


def _entry(
    serial: int, when: dt.datetime, reason: x509.ReasonFlags | None, invalid_from: dt.datetime | None
) -> x509.RevokedCertificate:
    entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when)
    if reason is not None:
        entry = entry.add_extension(x509.CRLReason(reason), critical=False)
    if invalid_from is not None:
        entry = entry.add_extension(x509.InvalidityDate(invalid_from), critical=False)
    return entry.build()


def sign_rsa(holder: Holder, message: bytes) -> bytes:
    """Return a PKCS #1 v1.5 signature with SHA-256."""
    signature = holder.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    assert isinstance(signature, bytes)
    return signature


def sign_detached(
    content: bytes, holder: Holder, *others: Holder, timestamp: bytes | None = None, time: dt.datetime | None = None
) -> bytes:
    """Return detached SignedData (DER) over ``content`` by an RSA key."""
    digest = bytes.fromhex(sha256(content))
    attributes = cms.render_attributes(digest, certificate_digest=bytes.fromhex(sha256(holder.der)), signing_time=time)
    chain = [holder.der, *(other.der for other in others)]
    return cms.render_signed_data(attributes, sign_rsa(holder, attributes), chain, timestamp=timestamp)


def stamp(
    message: bytes, authority: Holder, *others: Holder, gen_time: dt.datetime = NOW, nonce: int | None = None
) -> bytes:
    """Return a timestamp token (DER) over the SHA-256 of ``message``."""
    info = tst.render_info(bytes.fromhex(sha256(message)), policy=TSA_POLICY, serial=7, gen_time=gen_time, nonce=nonce)
    attributes = cms.render_attributes(
        bytes.fromhex(sha256(info)),
        certificate_digest=bytes.fromhex(sha256(authority.der)),
        content_type=tst.TST_INFO,
    )
    return cms.render_signed_data(
        attributes,
        sign_rsa(authority, attributes),
        [authority.der, *(other.der for other in others)],
        content_type=tst.TST_INFO,
        content=info,
    )


@dataclass(frozen=True)
class Family:
    """One publisher with all its certificates: root > intermediate > leaf, and a timestamp authority beside it."""

    root: Holder
    intermediate: Holder
    leaf: Holder
    tsa_root: Holder
    tsa: Holder


@cache
def family() -> Family:
    """Return the family that most tests use; the leaf and the timestamp authority have RSA keys."""
    root = issue("Acme Root", "ec:root", ca=True)
    intermediate = issue("Acme Code Signing", "ec:intermediate", root, ca=True, path_length=0)
    leaf = issue("Acme Release 2026", "rsa3072", intermediate, purposes=[CODE_SIGNING])
    tsa_root = issue("Time Root", "ec:time", ca=True, organization="Time", end=NOW + 70 * YEAR)
    tsa = issue(
        "Time Stamping 1",
        "rsa2048",
        tsa_root,
        organization="Time",
        purposes=[TIME_STAMPING],
        purposes_critical=True,
        end=NOW + 70 * YEAR,
    )
    return Family(root, intermediate, leaf, tsa_root, tsa)


def _hash_for(key: Any) -> hashes.SHA256 | None:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def _flag(key: Any) -> bool | None:
    return True if isinstance(key, ec.EllipticCurvePrivateKey) else None

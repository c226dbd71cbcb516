"""Requests for certificates: made by any signer, read by others, granted for what the trust policy trusts."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from plugintool.errors import ConfigError, MalformedFileError, OutputError, SigningError
from plugintool.sign.certify import IssuedCertificate, certify
from plugintool.sign.chain_file import load_chain
from plugintool.sign.credentials import Credentials
from plugintool.sign.file_signer import signer_of
from plugintool.sign.holders import AuthorityDirectory
from plugintool.sign.request import make_request, parse_subject, read_request
from plugintool.sign.sign import sign_tree
from tests import vector_forge as forge
from tests.signing_world import NOW, build_tree

KINDS = ("ed25519-a", "p256", "p384", "rsa3072")
SUBJECT = "O=Acme,CN=Acme Release 2"


@pytest.mark.parametrize("kind", KINDS)
def test_request_is_one(kind: str) -> None:
    """Its signature is right, and it asks for code signing for the signer's key."""
    found = x509.load_pem_x509_csr(make_request(forge.signer(kind), SUBJECT))
    assert found.is_signature_valid
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    spki = found.public_key().public_bytes(serialization.Encoding.DER, form)
    assert spki == forge.signer(kind).public_key.der
    usage = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CODE_SIGNING]
    assert found.subject == parse_subject(SUBJECT)


@pytest.mark.parametrize("text", ["O=Acme,CN=Acme Release", "CN=Acme Release,O=Acme"])
def test_names_are_written_in_the_usual_order(text: str) -> None:
    """From the widest to the narrowest, however they were typed."""
    assert [item.rfc4514_attribute_name for item in parse_subject(text)] == ["O", "CN"]


def test_comma_in_a_name() -> None:
    """As RFC 4514 has it."""
    (organization, _) = parse_subject(r"O=Acme\, Inc.,CN=x")
    assert organization.value == "Acme, Inc."


@pytest.mark.parametrize("text", ["", "Acme", "O=", "=x", "O=Acme,,CN=x", "X=1", "O=a\x1b[31m", "C=Switzerland"])
def test_subject_that_cannot_be_read(text: str) -> None:
    """A usage error that shows the form."""
    with pytest.raises(ConfigError, match="a subject that cannot be read") as caught:
        parse_subject(text)
    assert caught.value.detail["field"] == "--subject"


@given(st.text(max_size=40))
def test_any_text_is_a_subject_or_a_usage_error(text: str) -> None:
    """Nothing else."""
    with contextlib.suppress(ConfigError):
        assert list(parse_subject(text))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_request_or_malformed(data: bytes) -> None:
    """Nothing else."""
    with pytest.raises(MalformedFileError):
        read_request(data, path="x")


def grant(authority: Path, request: bytes, *, days: int | None = None) -> IssuedCertificate:
    path = authority / "request.csr"
    path.write_bytes(request)
    return certify(path, AuthorityDirectory(authority), authority / "new.chain.pem", now=NOW, days=days)


@pytest.mark.parametrize("kind", KINDS)
def test_granted_certificate_signs(authority: Path, kind: str, tmp_path: Path) -> None:
    """A key that never was in the directory signs a tree with the certificate that came out."""
    made = grant(authority, make_request(forge.signer(kind), SUBJECT))
    chain = load_chain(made.file, forge.signer(kind))
    assert [one.name for one in chain] == ["Acme Release 2 / Acme", "Acme Code Signing / Acme"]
    assert made.key_id == forge.key_id(kind)
    assert sign_tree(build_tree(tmp_path), Credentials(forge.signer(kind), chain), now=NOW).is_new


@pytest.mark.parametrize(("days", "end"), [(None, 365), (30, 30), (1825, 1825)])
def test_term(authority: Path, days: int | None, end: int) -> None:
    """As asked for."""
    made = grant(authority, make_request(forge.signer("p256"), SUBJECT), days=days)
    assert made.not_after == NOW + dt.timedelta(days=end)


@pytest.mark.parametrize("days", [0, -1, 1826])
def test_term_that_cannot_be_had(authority: Path, days: int) -> None:
    """Longer than the authority itself, or none."""
    with pytest.raises(ConfigError, match="term"):
        grant(authority, make_request(forge.signer("p256"), SUBJECT), days=days)


@pytest.mark.parametrize("subject", ["O=Other,CN=x", "CN=x", "O=Acme,O=Other,CN=x"])
def test_other_organization(authority: Path, subject: str) -> None:
    """The trust policy would refuse it; better now than on the devices."""
    with pytest.raises(SigningError, match="another organization") as caught:
        grant(authority, make_request(forge.signer("p256"), subject))
    assert caught.value.detail["expected"] == "O=Acme"
    assert not (authority / "new.chain.pem").exists()


@pytest.mark.parametrize(
    "key",
    [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP521R1())],
    ids=["rsa1024", "p521"],
)
def test_key_that_verifiers_refuse(authority: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    """As they would."""
    request = x509.CertificateSigningRequestBuilder(subject_name=parse_subject(SUBJECT)).sign(key, hashes.SHA256())
    with pytest.raises(SigningError, match="a public key that cannot be used"):
        grant(authority, request.public_bytes(serialization.Encoding.PEM))


def test_request_signed_by_another_key(authority: Path) -> None:
    """Who asks must have the key."""

    class Thief:
        public_key = forge.signer("p256").public_key

        def sign(self, message: bytes) -> bytes:
            other = ec.derive_private_key(7, ec.SECP256R1())
            return signer_of(other, path="x").sign(message)

    with pytest.raises(SigningError, match="signed by another key"):
        grant(authority, make_request(Thief(), SUBJECT))


def test_other_wishes_do_not_count(authority: Path) -> None:
    """A request for an authority gives a signer."""
    wishes = x509.CertificateSigningRequestBuilder(subject_name=parse_subject(SUBJECT)).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    request = wishes.sign(forge.private_key("p256"), hashes.SHA256())
    made = grant(authority, request.public_bytes(serialization.Encoding.DER))
    leaf = load_chain(made.file, forge.signer("p256"))[0].x509
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_target_is_never_overwritten(authority: Path) -> None:
    """It may be the certificate in use."""
    (authority / "new.chain.pem").write_text("mine")
    with pytest.raises(OutputError, match="never overwritten"):
        grant(authority, make_request(forge.signer("p256"), SUBJECT))
    assert (authority / "new.chain.pem").read_text() == "mine"


def test_missing_request(authority: Path) -> None:
    """Named."""
    with pytest.raises(SigningError) as caught:
        certify(authority / "no.csr", AuthorityDirectory(authority), authority / "x.pem", now=NOW)
    assert caught.value.detail["path"].endswith("no.csr")
    assert not os.path.exists(authority / "x.pem")

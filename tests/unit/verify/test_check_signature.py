"""One signature against one key."""

from __future__ import annotations

import dataclasses

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from plugintool.envelope.dsse import PAYLOAD_TYPE, pae
from plugintool.envelope.signature_file import SignatureFile
from plugintool.errors import SignatureInvalidError, UncheckableError
from plugintool.verify import keys
from plugintool.verify.signature import check_signature
from tests import vector_forge as forge

KINDS = ("ed25519-a", "p256", "p384", "rsa2048", "rsa3072")
PAYLOAD = b'{"hello": "world"}'


def signed(name: str, payload: bytes = PAYLOAD) -> SignatureFile:
    value = forge.signer(name).sign(pae(PAYLOAD_TYPE, payload))
    return SignatureFile(payload=payload, payload_type=PAYLOAD_TYPE, signature=value, key_id=forge.key_id(name))


def key(name: str) -> keys.PublicKey:
    return forge.signer(name).public_key


@pytest.mark.parametrize("name", KINDS)
def test_right_signature_passes(name: str) -> None:
    """And says nothing: there is no truth value to forget."""
    check_signature(signed(name), key(name), path="x")


@pytest.mark.parametrize("name", KINDS)
def test_every_flipped_bit_of_the_payload_is_found(name: str) -> None:
    """The payload is what is signed."""
    file = signed(name)
    for position in range(len(PAYLOAD)):
        changed = bytearray(PAYLOAD)
        changed[position] ^= 1
        with pytest.raises(SignatureInvalidError):
            check_signature(dataclasses.replace(file, payload=bytes(changed)), key(name), path="x")


@pytest.mark.parametrize("name", KINDS)
def test_every_flipped_bit_of_the_signature_is_found(name: str) -> None:
    """No bit of a signature is free."""
    file = signed(name)
    step = max(1, len(file.signature) // 64)
    for position in range(0, len(file.signature), step):
        changed = bytearray(file.signature)
        changed[position] ^= 0x80
        with pytest.raises(SignatureInvalidError):
            check_signature(dataclasses.replace(file, signature=bytes(changed)), key(name), path="x")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "signature", [b"\0", b"\0" * 64, b"\xff" * 64, b"0" * 72, b"\x30\x06\x02\x01\0\x02\x01\0", bytes(1024)]
)
def test_junk_is_no_signature(name: str, signature: bytes) -> None:
    """Total: no other exception, whatever its length."""
    with pytest.raises(SignatureInvalidError):
        check_signature(dataclasses.replace(signed(name), signature=signature), key(name), path="x")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_signature_of_one_key_is_none_of_another(name: str, other: str) -> None:
    """Also across kinds."""
    if name == other:
        check_signature(signed(name), key(other), path="x")
        return
    with pytest.raises(SignatureInvalidError):
        check_signature(signed(name), key(other), path="x")


def test_type_is_signed_as_well() -> None:
    """A signature over the same bytes as another kind of document does not count."""
    with pytest.raises(SignatureInvalidError):
        check_signature(dataclasses.replace(signed("p256"), payload_type="text/plain"), key("p256"), path="x")


def test_rsa_pss_is_refused() -> None:
    """The kind of key fixes the algorithm."""
    private = forge.private_key("rsa2048")
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)
    value = private.sign(pae(PAYLOAD_TYPE, PAYLOAD), pss, hashes.SHA256())
    with pytest.raises(SignatureInvalidError):
        check_signature(dataclasses.replace(signed("rsa2048"), signature=value), key("rsa2048"), path="x")


@pytest.mark.parametrize("name", ["p256", "p384"])
def test_ecdsa_uses_sha256_on_both_curves(name: str) -> None:
    """As node's default digest, and so @sigstore/verify, does for a bare key; SHA-384 is refused."""
    private = forge.private_key(name)
    value = private.sign(pae(PAYLOAD_TYPE, PAYLOAD), ec.ECDSA(hashes.SHA384()))
    with pytest.raises(SignatureInvalidError):
        check_signature(dataclasses.replace(signed(name), signature=value), key(name), path="x")


def test_error_names_step_file_and_key() -> None:
    """So that the right file is fetched again."""
    with pytest.raises(SignatureInvalidError) as caught:
        check_signature(dataclasses.replace(signed("p256"), payload=b"x"), key("p256"), path="plugin.sigstore.json")
    assert caught.value.step == 2
    assert caught.value.detail["path"] == "plugin.sigstore.json"
    assert forge.key_id("p256") in caught.value.detail["expected"]


def test_cryptography_that_refuses_is_uncheckable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system in FIPS mode may not know Ed25519: that is no success, and no wrong signature either."""

    def refuse(der: bytes) -> None:
        raise UnsupportedAlgorithm("not here")

    monkeypatch.setattr(keys, "load_ed25519", refuse)
    with pytest.raises(UncheckableError, match="not here") as caught:
        check_signature(signed("ed25519-a"), key("ed25519-a"), path="x")
    assert caught.value.step == 2

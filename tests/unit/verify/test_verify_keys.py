"""Public keys: which are accepted, in which form, and what their id is."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519

from plugintool.errors import MalformedFileError
from plugintool.verify.keys import KeyKind, key_id_of, parse_der, parse_pem
from tests import vector_forge as forge

GOOD = {
    "ed25519-a": KeyKind.ED25519,
    "p256": KeyKind.P256,
    "p384": KeyKind.P384,
    "rsa2048": KeyKind.RSA,
    "rsa3072": KeyKind.RSA,
}


def der_of(pem: str) -> bytes:
    return base64.b64decode("".join(pem.splitlines()[1:-1]))


def spki(public: object) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.DER, form)  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(("name", "kind"), GOOD.items())
def test_accepted_keys_have_the_digest_of_their_der_form_as_id(name: str, kind: KeyKind) -> None:
    """So that a key id cannot be chosen."""
    key = parse_pem(forge.public_pem(name), path="x")
    assert key.kind is kind
    assert key.der == der_of(forge.public_pem(name))
    assert key.key_id == hashlib.sha256(key.der).hexdigest() == key_id_of(key.der)


@pytest.mark.parametrize("name", GOOD)
def test_pem_and_der_give_the_same_key(name: str) -> None:
    """PEM is only a wrapping."""
    pem = forge.public_pem(name)
    assert parse_pem(pem, path="x") == parse_der(der_of(pem), path="x")


@pytest.mark.parametrize(
    "change",
    [
        lambda pem: pem.replace("\n", "\r\n"),
        lambda pem: "\n\n" + pem + "\n",
        lambda pem: pem.rstrip("\n"),
        lambda pem: "\n".join([pem.splitlines()[0], "".join(pem.splitlines()[1:-1]), pem.splitlines()[-1]]),
    ],
    ids=["crlf", "blank lines", "no final line end", "one long line"],
)
@pytest.mark.parametrize("name", ["ed25519-a", "rsa3072"])
def test_loose_lines_change_nothing(name: str, change: object) -> None:
    """Editors and mail do such things; the key and its id stay the same."""
    pem = forge.public_pem(name)
    assert callable(change)
    assert parse_pem(change(pem), path="x") == parse_pem(pem, path="x")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\n====\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nAAA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        forge.public_pem("ed25519-a") + forge.public_pem("ed25519-b"),
        "Comment: x\n" + forge.public_pem("ed25519-a"),
        forge.key_file("ed25519-a").read_text(),
    ],
)
def test_text_without_one_public_key_is_refused(text: str) -> None:
    """Nothing before, nothing after, nothing else; a private key is refused as well."""
    with pytest.raises(MalformedFileError) as caught:
        parse_pem(text, path="policy.json")
    assert caught.value.detail["path"] == "policy.json"


@pytest.mark.parametrize(
    "public",
    [
        ed448.Ed448PrivateKey.generate().public_key(),
        x25519.X25519PrivateKey.generate().public_key(),
        ec.generate_private_key(ec.SECP521R1()).public_key(),
        ec.generate_private_key(ec.SECP256K1()).public_key(),
        dsa.generate_private_key(1024).public_key(),
    ],
    ids=["ed448", "x25519", "p521", "secp256k1", "dsa"],
)
def test_other_kinds_of_key_are_refused(public: object) -> None:
    """The message names what would do."""
    with pytest.raises(MalformedFileError) as caught:
        parse_der(spki(public), path="x")
    assert "Ed25519" in caught.value.detail["expected"]


@pytest.mark.parametrize("name", ["rsa1024", "rsa2048-e3"])
def test_weak_rsa_keys_are_refused(name: str) -> None:
    """Too short, or an exponent of 3."""
    with pytest.raises(MalformedFileError, match="cannot be used") as caught:
        parse_pem(forge.public_pem(name), path="x")
    assert "RSA key" in caught.value.detail["found"]


def test_rsa_above_the_limit_is_refused() -> None:
    """One verification with a huge key would cost more than it protects."""
    numbers = rsa.RSAPublicNumbers(65537, (1 << 8192) + 1)
    with pytest.raises(MalformedFileError, match="cannot be used"):
        parse_der(spki(numbers.public_key()), path="x")


def test_rsa_with_a_long_exponent_is_refused() -> None:
    """Likewise."""
    modulus = forge.private_key("rsa2048").public_key().public_numbers().n
    with pytest.raises(MalformedFileError, match="cannot be used"):
        parse_der(spki(rsa.RSAPublicNumbers((1 << 32) + 1, modulus).public_key()), path="x")


def test_compressed_point_is_refused() -> None:
    """One key, one encoding, one id."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
    der = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + point
    with pytest.raises(MalformedFileError, match="cannot be used"):
        parse_der(der, path="x")


def test_point_off_the_curve_is_refused() -> None:
    """Found when the policy is read, not when a signature comes."""
    der = der_of(forge.public_pem("p256"))
    with pytest.raises(MalformedFileError, match="cannot be used"):
        parse_der(der[:-1] + bytes([der[-1] ^ 1]), path="x")


@pytest.mark.parametrize("name", GOOD)
def test_every_shortened_or_lengthened_form_is_refused(name: str) -> None:
    """No byte may be missing or follow."""
    der = der_of(forge.public_pem(name))
    for size in range(len(der)):
        with pytest.raises(MalformedFileError):
            parse_der(der[:size], path="x")
    with pytest.raises(MalformedFileError):
        parse_der(der + b"\0", path="x")


@pytest.mark.parametrize(
    ("name", "module", "unwanted"),
    [
        ("ed25519-a", "ed25519", "serialization"),
        ("p256", "ec", "serialization"),
    ],
)
def test_only_the_module_a_key_needs_is_imported(name: str, module: str, unwanted: str) -> None:
    """It is on the way of every device command."""
    program = (
        "import sys; from plugintool.verify.keys import parse_pem; parse_pem(sys.argv[1], path='x');"
        "names = [name for name in sys.modules if name.startswith('cryptography.hazmat.primitives')];"
        "print('\\n'.join(names))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, forge.public_pem(name)], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.splitlines()
    assert any(line.endswith(module) for line in loaded)
    assert not any(line.endswith(f".{unwanted}") for line in loaded)


def test_ed25519_key_can_be_any_32_bytes() -> None:
    """Whether such a point exists is found when a signature is checked; it then never is right."""
    public = ed25519.Ed25519PublicKey.from_public_bytes(b"\xff" * 32)
    assert parse_der(spki(public), path="x").kind is KeyKind.ED25519

"""Private keys in PEM files: read, decrypted, refused; and how each kind signs."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448

from plugintool.envelope.dsse import PAYLOAD_TYPE, pae
from plugintool.envelope.signature_file import SignatureFile
from plugintool.errors import KeyUnavailableError
from plugintool.sign.file_signer import KEY_FILE_BYTES, KeySource, load_signer, read_passphrase, signer_of
from plugintool.verify.signature import check_signature
from tests import vector_forge as forge

KINDS = ("ed25519-a", "p256", "p384", "rsa2048")
PASSPHRASE = b"INSECURE-TEST"


def encrypted(path: Path, name: str = "ed25519-a") -> Path:
    key = forge.private_key(name)
    encryption = serialization.BestAvailableEncryption(PASSPHRASE)
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption))
    return path


def refuse(source: KeySource) -> KeyUnavailableError:
    with pytest.raises(KeyUnavailableError) as caught:
        load_signer(source)
    assert caught.value.detail["path"] == str(source.path)
    return caught.value


@pytest.mark.parametrize("name", KINDS)
def test_signature_is_accepted_by_the_verifier(name: str) -> None:
    """Signer and verifier agree on the algorithm of each kind."""
    signer = load_signer(KeySource(forge.key_file(name)))
    assert signer.public_key.key_id == forge.key_id(name)
    file = SignatureFile(
        payload=b"x",
        payload_type=PAYLOAD_TYPE,
        signature=signer.sign(pae(PAYLOAD_TYPE, b"x")),
        key_id=forge.key_id(name),
    )
    check_signature(file, signer.public_key, path="x")


@pytest.mark.parametrize("name", KINDS)
def test_same_message_same_signature(name: str) -> None:
    """No kind needs randomness: ECDSA follows RFC 6979."""
    signer = forge.signer(name)
    assert signer.sign(b"x") == signer.sign(b"x") != signer.sign(b"y")


def test_encrypted_key_asks_for_its_passphrase_once(tmp_path: Path) -> None:
    """With the path, so that a person knows for what."""
    asked: list[Path] = []

    def ask(path: Path) -> bytes:
        asked.append(path)
        return PASSPHRASE

    path = encrypted(tmp_path / "k.pem")
    assert load_signer(KeySource(path, ask)).public_key.key_id == forge.key_id("ed25519-a")
    assert asked == [path]


def test_plain_key_asks_for_nothing() -> None:
    """A passphrase file beside a plain key is not read."""

    def ask(path: Path) -> bytes:
        raise AssertionError(path)

    load_signer(KeySource(forge.key_file("p256"), ask))


@pytest.mark.parametrize("ask", [None, lambda path: None])
def test_encrypted_key_without_passphrase_says_how_to_give_one(tmp_path: Path, ask: None) -> None:
    """And does not wait for a terminal that is not there."""
    error = refuse(KeySource(encrypted(tmp_path / "k.pem"), ask))
    assert "--passphrase-file" in error.detail["hint"]


@pytest.mark.parametrize("wrong", [b"mistaken", b"INSECURE-TEST ", b"x" * 1024])
def test_wrong_passphrase_is_said_to_be_wrong(tmp_path: Path, wrong: bytes) -> None:
    """It is not repeated in the message."""
    error = refuse(KeySource(encrypted(tmp_path / "k.pem"), lambda path: wrong))
    assert "wrong passphrase" in error.message
    assert wrong.decode() not in str(error.detail)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\xff\xfe",
        forge.public_pem("p256").encode(),
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ],
)
def test_file_without_private_key_is_refused(tmp_path: Path, data: bytes) -> None:
    """Also the public half, which is the likeliest mistake."""
    path = tmp_path / "k.pem"
    path.write_bytes(data)
    assert "no private key" in refuse(KeySource(path)).message


def test_public_key_in_place_of_the_private_one_is_shown(tmp_path: Path) -> None:
    """The first line says what it was."""
    path = tmp_path / "k.pem"
    path.write_text(forge.public_pem("p256"))
    assert refuse(KeySource(path)).detail["found"] == "-----BEGIN PUBLIC KEY-----"


def test_missing_directory_and_large_files_are_refused(tmp_path: Path) -> None:
    """Whatever cannot be a key file."""
    refuse(KeySource(tmp_path / "missing"))
    refuse(KeySource(tmp_path))
    large = tmp_path / "large"
    large.write_bytes(b"x" * (KEY_FILE_BYTES + 1))
    assert "larger" in refuse(KeySource(large)).message


@pytest.mark.parametrize("name", ["p521", "rsa1024", "rsa2048-e3"])
def test_key_that_no_verifier_would_accept_is_refused(name: str) -> None:
    """Before anything is signed with it."""
    refuse(KeySource(forge.key_file(name)))


def test_other_kind_of_key_is_refused() -> None:
    """With its kind."""
    with pytest.raises(KeyUnavailableError) as caught:
        signer_of(ed448.Ed448PrivateKey.generate(), path="x")
    assert "Ed448" in caught.value.detail["found"]
    with pytest.raises(KeyUnavailableError):
        signer_of(ec.generate_private_key(ec.SECP256K1()), path="x")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"pass", b"pass"),
        (b"pass\n", b"pass"),
        (b"pass\r\nmore\n", b"pass"),
        (b" p \xff\n", b" p \xff"),
        (b"x" * 1024, b"x" * 1024),
    ],
)
def test_passphrase_is_the_first_line(tmp_path: Path, data: bytes, expected: bytes) -> None:
    """Blanks belong to it, the line end does not."""
    path = tmp_path / "p"
    path.write_bytes(data)
    assert read_passphrase(path) == expected


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n", b"\nsecond", b"x" * 1025])
def test_no_passphrase_in_the_file(tmp_path: Path, data: bytes) -> None:
    """An empty one would leave the key open."""
    path = tmp_path / "p"
    path.write_bytes(data)
    with pytest.raises(KeyUnavailableError, match="no passphrase"):
        read_passphrase(path)


def test_missing_passphrase_file(tmp_path: Path) -> None:
    """Named in the error."""
    with pytest.raises(KeyUnavailableError, match="cannot be read") as caught:
        read_passphrase(tmp_path / "missing")
    assert caught.value.detail["path"] == str(tmp_path / "missing")


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="no /dev/fd here")
def test_passphrase_from_a_descriptor() -> None:
    """A pipe that another program writes to: the passphrase never lies on a disk."""
    reader, writer = os.pipe()

    def write() -> None:
        os.write(writer, b"secret\n")
        os.close(writer)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert read_passphrase(Path(f"/dev/fd/{reader}")) == b"secret"
    finally:
        thread.join()
        os.close(reader)

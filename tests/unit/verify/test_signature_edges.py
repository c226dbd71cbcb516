"""Signatures at the edge of what algorithms allow, as the public collections of such cases (Wycheproof) have them.

Those collections are in no package, so the cases are made here: values out of range, encodings that some libraries
read leniently, and paddings that were the holes of their time. All through the one function that the verifier calls.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from plugintool.envelope import der
from plugintool.errors import MalformedFileError
from plugintool.verify import keys
from plugintool.verify.keys import PublicKey
from plugintool.verify.signature import verify_with
from tests import vector_forge as forge

MESSAGE = b"DSSEv1 the message that is signed"
ORDERS = {
    "p256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "p384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
}
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
ED25519_PRIME = 2**255 - 19
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
NO_NULL = bytes.fromhex("302f300b0609608648016503040201" + "0420")
SHA1_INFO = bytes.fromhex("3021300906052b0e03021a05000414")
SHA384_INFO = bytes.fromhex("3041300d060960864801650304020205000430")
LONG_LENGTH_INFO = bytes.fromhex("308131300d060960864801650304020105000420")


def public(name: str) -> PublicKey:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    data = forge.private_key(name).public_key().public_bytes(serialization.Encoding.DER, form)
    return keys.parse_der(data, path=name)


# -- ECDSA -------------------------------------------------------------------------------------------------------


def ecdsa(name: str) -> tuple[int, int]:
    value = forge.private_key(name).sign(MESSAGE, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    return decode_dss_signature(value)


def encoded(r: int, s: int) -> bytes:
    return der.encode(der.SEQUENCE, der.encode_integer(r), der.encode_integer(s))


def odd_values(name: str) -> Iterator[tuple[int, int]]:
    """Pairs of numbers that no signer makes: out of range, or equal to a good one only modulo the order."""
    r, s = ecdsa(name)
    n = ORDERS[name]
    for bad in (0, 1, n, n + 1, -1, 2**512, n - 1):
        yield bad, s
        yield r, bad
    yield from ((0, 0), (n, n), (r + n, s), (r, s + n), (-r, s), (r, -s), (s, r), (r - n, s), (r, s - n))


@pytest.mark.parametrize("name", ORDERS)
def test_ecdsa_good(name: str) -> None:
    """The other s of the same r is as good: nothing here takes a signature for an identity."""
    r, s = ecdsa(name)
    assert verify_with(public(name), encoded(r, s), MESSAGE)
    assert verify_with(public(name), encoded(r, ORDERS[name] - s), MESSAGE)


@pytest.mark.parametrize("name", ORDERS)
def test_ecdsa_numbers_out_of_range(name: str) -> None:
    """Zero, the order, negative, huge."""
    for r, s in odd_values(name):
        assert not verify_with(public(name), encoded(r, s), MESSAGE), (r, s)


def odd_encodings(name: str) -> Iterator[bytes]:
    """The right numbers, written otherwise."""
    r, s = ecdsa(name)
    good = encoded(r, s)
    one, two = der.encode_integer(r), der.encode_integer(s)
    size = (ORDERS[name].bit_length() + 7) // 8
    yield good + b"\0"
    yield good[:-1]
    yield b""
    yield r.to_bytes(size, "big") + s.to_bytes(size, "big")
    yield der.encode(der.SET, one, two)
    yield der.encode(der.SEQUENCE, one, two, b"\5\0")
    yield der.encode(der.SEQUENCE, one)
    yield b"\x30\x80" + one + two + b"\0\0"
    yield b"\x30\x81" + bytes([len(one + two)]) + one + two if len(one + two) < 128 else good + b"x"
    yield der.encode(der.SEQUENCE, b"\2" + bytes([len(one) - 1]) + b"\0" + one[2:], two)
    yield der.encode(der.SEQUENCE, der.encode(der.INTEGER, b"\0\0" + one[2:]), two)
    yield der.encode(der.SEQUENCE, der.encode(der.OCTET_STRING, one[2:]), two)
    yield der.encode(der.SEQUENCE, one, der.encode(0x09, two[2:]))
    yield der.encode(der.SEQUENCE, good)


@pytest.mark.parametrize("name", ORDERS)
def test_ecdsa_other_encodings(name: str) -> None:
    """BER, padding with zeros, more, less, raw."""
    for value in odd_encodings(name):
        assert not verify_with(public(name), value, MESSAGE), value.hex()


@pytest.mark.parametrize("name", ORDERS)
def test_ecdsa_is_about_the_digest_that_is_named(name: str) -> None:
    """SHA-256 unless CMS says otherwise."""
    value = forge.private_key(name).sign(MESSAGE, ec.ECDSA(hashes.SHA384(), deterministic_signing=True))
    assert verify_with(public(name), value, MESSAGE, "sha384")
    assert not verify_with(public(name), value, MESSAGE)
    assert not verify_with(public(name), value, MESSAGE + b" ", "sha384")


# -- RSA, PKCS #1 v1.5 -------------------------------------------------------------------------------------------


def rsa_of(block: bytes, name: str = "rsa2048") -> bytes:
    """Return the signature value whose block, made with the private key, is this one."""
    numbers = forge.private_key(name).private_numbers()
    n = numbers.public_numbers.n
    size = (n.bit_length() + 7) // 8
    assert len(block) == size
    value: int = pow(int.from_bytes(block, "big"), numbers.d, n)
    return value.to_bytes(size, "big")


def block_of(info: bytes, digest: bytes, *, size: int = 256, fill: bytes = b"\xff", kind: bytes = b"\1") -> bytes:
    """Return a padded block around a digest."""
    tail = info + digest
    return b"\0" + kind + fill * (size - 3 - len(tail)) + b"\0" + tail


SHA256 = hashlib.sha256(MESSAGE).digest()
GOOD_BLOCK = block_of(DIGEST_INFO, SHA256)


def test_rsa_block_that_is_right() -> None:
    """So that what follows is refused for the reason it names; and it is what a signer makes."""
    value = rsa_of(GOOD_BLOCK)
    assert verify_with(public("rsa2048"), value, MESSAGE)
    assert value == forge.private_key("rsa2048").sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())


ODD_BLOCKS = {
    "no NULL": block_of(NO_NULL, SHA256),
    "length in two bytes": block_of(LONG_LENGTH_INFO, SHA256),
    "no DigestInfo": block_of(b"", SHA256),
    "SHA-1 named": block_of(SHA1_INFO, SHA256[:20]),
    "SHA-1 of the message": block_of(SHA1_INFO, hashlib.sha1(MESSAGE).digest()),
    "SHA-384 of the message": block_of(SHA384_INFO, hashlib.sha384(MESSAGE).digest()),
    "digest of another message": block_of(DIGEST_INFO, hashlib.sha256(b"").digest()),
    "kind 0": block_of(DIGEST_INFO, SHA256, kind=b"\0"),
    "kind 2": block_of(DIGEST_INFO, SHA256, kind=b"\2"),
    "other padding": block_of(DIGEST_INFO, SHA256, fill=b"\xfe"),
    "first byte": b"\1" + GOOD_BLOCK[1:] if GOOD_BLOCK[1:] < b"\1" else b"\0\1" + b"\xff" * 254,
    "short padding, then anything": b"\0\1" + b"\xff" * 8 + b"\0" + DIGEST_INFO + SHA256 + b"\0" * 194,
    "padding ends early": GOOD_BLOCK[:50] + b"\0" + GOOD_BLOCK[51:],
    "a byte behind the digest": b"\0\1" + b"\xff" * 201 + b"\0" + DIGEST_INFO + SHA256 + b"\0",
    "parameters with room": block_of(bytes.fromhex("3036301206096086480165030402010405" + "00" * 5 + "0420"), SHA256),
}


@pytest.mark.parametrize("name", ODD_BLOCKS)
def test_rsa_blocks_that_lenient_readers_take(name: str) -> None:
    """Bleichenbacher's forgery of 2006 and its kin: what is inside is compared as a whole, never searched."""
    block = ODD_BLOCKS[name]
    assert len(block) == 256
    assert not verify_with(public("rsa2048"), rsa_of(block), MESSAGE)


def odd_values_of_rsa() -> dict[str, Any]:
    good = rsa_of(GOOD_BLOCK)
    n = forge.private_key("rsa2048").public_key().public_numbers().n
    return {
        "empty": b"",
        "zero": b"\0" * 256,
        "one": b"\0" * 255 + b"\1",
        "the modulus": n.to_bytes(256, "big"),
        "more than the modulus": (int.from_bytes(good, "big") + n).to_bytes(257, "big"),
        "a zero in front": b"\0" + good,
        "cut": good[:-1],
        "a byte behind": good + b"\0",
        "PSS": forge.private_key("rsa2048").sign(
            MESSAGE, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()
        ),
    }


@pytest.mark.parametrize("name", odd_values_of_rsa())
def test_rsa_values_out_of_range(name: str) -> None:
    """One value is one signature."""
    assert not verify_with(public("rsa2048"), odd_values_of_rsa()[name], MESSAGE)


@pytest.mark.parametrize("name", ["rsa2048-e3", "rsa1024"])
def test_rsa_keys_with_which_forgeries_are_cheap(name: str) -> None:
    """The exponent 3, and a short modulus: no such key gets that far."""
    with pytest.raises(MalformedFileError):
        public(name)


@pytest.mark.parametrize("digest", ["sha384", "sha512"])
def test_rsa_other_digests(digest: str) -> None:
    """Where CMS names them; each is only itself."""
    kind: Any = {"sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[digest]
    value = forge.private_key("rsa3072").sign(MESSAGE, padding.PKCS1v15(), kind)
    assert verify_with(public("rsa3072"), value, MESSAGE, digest)
    assert not verify_with(public("rsa3072"), value, MESSAGE)


# -- Ed25519 -----------------------------------------------------------------------------------------------------


def signed_by_ed25519() -> bytes:
    value = forge.private_key("ed25519-a").sign(MESSAGE)
    assert isinstance(value, bytes)
    return value


def odd_values_of_ed25519() -> dict[str, bytes]:
    good = signed_by_ed25519()
    r, s = good[:32], int.from_bytes(good[32:], "little")
    return {
        "empty": b"",
        "cut": good[:-1],
        "a byte behind": good + b"\0",
        "S plus the order": r + (s + ED25519_ORDER).to_bytes(32, "little"),
        "S plus twice the order": r + (s + 2 * ED25519_ORDER).to_bytes(32, "little"),
        "S is 0": r + b"\0" * 32,
        "S is the order": r + ED25519_ORDER.to_bytes(32, "little"),
        "S with the highest bit": r + good[32:63] + bytes([good[63] | 0x80]),
        "R is 0": b"\0" * 32 + good[32:],
        "R is the neutral point": b"\1" + b"\0" * 31 + good[32:],
        "R with the other sign": good[:31] + bytes([good[31] ^ 0x80]) + good[32:],
        "R is the prime": ED25519_PRIME.to_bytes(32, "little") + good[32:],
        "all 0": b"\0" * 64,
        "all 1": b"\xff" * 64,
        "halves changed over": good[32:] + good[:32],
    }


def test_ed25519_good() -> None:
    assert verify_with(public("ed25519-a"), signed_by_ed25519(), MESSAGE)
    assert not verify_with(public("ed25519-b"), signed_by_ed25519(), MESSAGE)


@pytest.mark.parametrize("name", odd_values_of_ed25519())
def test_ed25519_values_out_of_range(name: str) -> None:
    """S below the order (RFC 8032 §5.1.7): a signature cannot be turned into another one without the key."""
    assert not verify_with(public("ed25519-a"), odd_values_of_ed25519()[name], MESSAGE)


SMALL_ORDER = [
    "01" + "00" * 31,
    "01" + "00" * 30 + "80",
    "00" * 32,
    "00" * 31 + "80",
    "ec" + "ff" * 30 + "7f",
    "ed" + "ff" * 31,
    "ee" + "ff" * 30 + "7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_ed25519_keys_of_small_order(point: str) -> None:
    """For such a key one signature fits many messages: it is no key. cryptography 50 would take it."""
    with pytest.raises(MalformedFileError) as caught:
        keys.parse_der(bytes.fromhex("302a300506032b6570032100" + point), path="x")
    assert "small order" in str(caught.value.detail)


def test_small_order_matters() -> None:
    """Without the check anybody signs for the neutral point: R is the point, S is 0."""
    neutral = bytes.fromhex(SMALL_ORDER[0])
    key = ed25519.Ed25519PublicKey.from_public_bytes(neutral)
    for number in range(8):
        key.verify(neutral + b"\0" * 32, b"%d" % number)

"""Public keys: PEM or DER of a SubjectPublicKeyInfo in, a checked key with its id out.

A key id is the SHA-256 of the DER form, so it names the key and cannot be chosen. Accepted are Ed25519, ECDSA over
P-256 and P-384, and RSA with 2,048 to 8,192 bits, each in exactly one encoding (RFC 8410, RFC 5480 with an uncompressed
point, RFC 3279). Only the module of ``cryptography`` that a key needs is imported: this is on the way of every
``device`` command.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from plugintool import digest, limits
from plugintool.digest import Digest
from plugintool.errors import MalformedFileError
from plugintool.frozen import dataclass

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_PEM = re.compile(r"\s*-----BEGIN PUBLIC KEY-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END PUBLIC KEY-----\s*\Z")
_ED25519 = bytes.fromhex("302a300506032b6570032100")
_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_P384 = bytes.fromhex("3076301006072a8648ce3d020106052b8104002203620004")
"""Everything of the DER form before the key itself; for curves with the mark of an uncompressed point."""
_RSA = bytes.fromhex("300d06092a864886f70d0101010500")
"""AlgorithmIdentifier rsaEncryption with NULL; a length of two or three bytes stands before it."""
_ED25519_BYTES, _P256_BYTES, _P384_BYTES = 32, 64, 96
_SMALL_ORDER = frozenset(
    bytes.fromhex(point)
    for point in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)
"""Ed25519 points of small order, without the sign: anybody can make signatures that fit such a key (RFC 8032 §8.9)."""
_RSA_EXPONENT_MIN, _RSA_EXPONENT_BITS_MAX = 65537, 32
"""NIST SP 800-56B asks for at least 65,537; real keys have just that, and a long exponent only costs time."""


class KeyKind(StrEnum):
    """Kinds of key that are accepted, and how each signs."""

    ED25519 = "ed25519"
    P256 = "p256"
    P384 = "p384"
    RSA = "rsa"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that was checked; ``der`` is its SubjectPublicKeyInfo."""

    key_id: Digest
    kind: KeyKind
    der: bytes


def key_id_of(der: bytes) -> Digest:
    """Return the key id: SHA-256 of the DER form of a SubjectPublicKeyInfo."""
    return digest.sha256(der)


def parse_pem(text: str, *, path: str) -> PublicKey:
    """Read a public key from PEM, ``-----BEGIN PUBLIC KEY-----``; total.

    Raises:
        MalformedFileError: no such PEM, or a key that ``parse_der`` refuses.
    """
    found = _PEM.match(text)
    if found is None:
        raise MalformedFileError(
            "no public key in PEM form",
            path=path,
            expected="-----BEGIN PUBLIC KEY-----",
            found=text.strip().split("\n", 1)[0][:100],
            hint="write one with openssl pkey -in KEY -pubout",
        )
    try:
        der = base64.b64decode("".join(found[1].split()), validate=True)
    except binascii.Error as error:
        raise MalformedFileError(f"the PEM of a public key holds no base64: {error}", path=path) from error
    return parse_der(der, path=path)


def parse_der(der: bytes, *, path: str) -> PublicKey:
    """Read a public key from the DER form of a SubjectPublicKeyInfo; total.

    Raises:
        MalformedFileError: another kind or size of key, another encoding, or no key at all.
    """
    key = PublicKey(key_id_of(der), _kind_of(der, path), der)
    try:
        _LOADERS[key.kind](der)
    except ValueError as error:
        raise _refuse(path, str(error)) from error
    return key


def load_ed25519(der: bytes) -> Ed25519PublicKey:
    """Return an Ed25519 key for use.

    Raises:
        ValueError: a point of small order.
    """
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - see the module's docstring

    point = der[len(_ED25519) :]
    if point[:-1] + bytes([point[-1] & 0x7F]) in _SMALL_ORDER:
        raise ValueError("an Ed25519 key of small order")
    return ed25519.Ed25519PublicKey.from_public_bytes(point)


def load_ecdsa(der: bytes) -> EllipticCurvePublicKey:
    """Return an ECDSA key for use.

    Raises:
        ValueError: the point is not on the curve.
    """
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - see the module's docstring

    curve, prefix = (ec.SECP256R1(), _P256) if der.startswith(_P256) else (ec.SECP384R1(), _P384)
    return ec.EllipticCurvePublicKey.from_encoded_point(curve, der[len(prefix) - 1 :])


def load_rsa(der: bytes) -> RSAPublicKey:
    """Return an RSA key for use.

    Raises:
        ValueError: another kind of key, size, exponent or encoding.
    """
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - see the module's docstring
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    try:
        key = serialization.load_der_public_key(der)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("another kind of key")  # noqa: TRY004 - the caller knows one exception
    if not limits.RSA_BITS_MIN <= key.key_size <= limits.RSA_BITS_MAX:
        raise ValueError(f"an RSA key of {key.key_size} bits")
    exponent = key.public_numbers().e
    if exponent < _RSA_EXPONENT_MIN or exponent.bit_length() > _RSA_EXPONENT_BITS_MAX:
        raise ValueError(f"an RSA key with the exponent {exponent}")
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    if key.public_bytes(serialization.Encoding.DER, form) != der:
        raise ValueError("another encoding of the key")
    return key


_LOADERS: dict[KeyKind, Callable[[bytes], object]] = {
    KeyKind.ED25519: load_ed25519,
    KeyKind.P256: load_ecdsa,
    KeyKind.P384: load_ecdsa,
    KeyKind.RSA: load_rsa,
}


def _kind_of(der: bytes, path: str) -> KeyKind:
    if der.startswith(_ED25519) and len(der) == len(_ED25519) + _ED25519_BYTES:
        return KeyKind.ED25519
    if der.startswith(_P256) and len(der) == len(_P256) + _P256_BYTES:
        return KeyKind.P256
    if der.startswith(_P384) and len(der) == len(_P384) + _P384_BYTES:
        return KeyKind.P384
    if _RSA in der[:24]:
        return KeyKind.RSA
    raise _refuse(path, "another kind of key or another encoding")


def _refuse(path: str, found: str) -> MalformedFileError:
    return MalformedFileError(
        "a public key that cannot be used",
        path=path,
        expected=f"Ed25519, ECDSA P-256 or P-384, or RSA of {limits.RSA_BITS_MIN} to {limits.RSA_BITS_MAX} bits",
        found=found[:200],
        hint="make one with plugintool keys new",
    )

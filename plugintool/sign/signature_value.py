"""A signature value that was made elsewhere, by a token, a program or a person: brought into form and checked."""

from __future__ import annotations

from plugintool.errors import SigningError
from plugintool.sign.raw_ecdsa import as_der
from plugintool.verify.keys import KeyKind, PublicKey
from plugintool.verify.signature import verify_with

_CURVES = frozenset({KeyKind.P256, KeyKind.P384})


def take_value(value: bytes, message: bytes, key: PublicKey, *, source: str) -> bytes:
    """Return the signature value as signature files carry it.

    Args:
        value: of ECDSA either DER or the two numbers one after the other.
        message: what it must be over.
        key: whose it must be.
        source: how the message names where it came from, as ``the signer command``.

    Raises:
        SigningError: it is not a signature of this key over this message.
    """
    signature = as_der(value) if key.kind in _CURVES else value
    if not verify_with(key, signature, message):
        raise SigningError(
            f"{source} gave a signature that is wrong",
            expected=f"the bytes of one by the {key.kind.value} key {key.key_id}",
            found=f"{len(value)} bytes",
            hint="check that the public key belongs to it, that it signs with SHA-256, and that it encodes nothing",
        )
    return signature

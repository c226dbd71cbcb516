"""One signature against one key.

How a kind of key signs an envelope is fixed by the kind, never by the signature file, and is what npm
``@sigstore/verify`` 3.1 accepts for such a key: Ed25519 as it is, ECDSA with SHA-256 on both curves in DER form, RSA
with PKCS #1 v1.5 and SHA-256. CMS names its digest; ``verify_with`` takes it from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugintool.envelope.dsse import pae
from plugintool.envelope.signature_file import SignatureFile
from plugintool.errors import SignatureInvalidError, UnsupportedFileError
from plugintool.verify import keys
from plugintool.verify.keys import KeyKind, PublicKey
from plugintool.verify.source import input_errors

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

STEP = 2


def check_signature(file: SignatureFile, key: PublicKey, *, path: str) -> None:
    """Check the signature over the payload as received.

    Raises:
        SignatureInvalidError: it is not this key's signature over this payload.
        UncheckableError: the cryptography at hand refuses to work with such a key.
    """
    with input_errors(STEP, SignatureInvalidError):
        right = verify_with(key, file.signature, pae(file.payload_type, file.payload))
    if not right:
        raise SignatureInvalidError(
            "the signature is wrong: the statement was changed, or another key signed it",
            step=STEP,
            path=path,
            expected=f"a signature by the {key.kind.value} key {key.key_id}",
            hint="fetch the artifact again from its publisher",
        )


def verify_with(key: PublicKey, signature: bytes, message: bytes, digest: str = "sha256") -> bool:
    """Return whether this is the signature of ``key`` over ``message``.

    Args:
        key: of any accepted kind.
        signature: its value.
        message: what was signed, not hashed.
        digest: ``sha256``, ``sha384`` or ``sha512``; Ed25519 has its own.

    Raises:
        UnsupportedFileError: the cryptography at hand refuses to work with such a key.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415 - only when needed

    try:
        _verify(key, signature, message, digest)
    except (InvalidSignature, ValueError):
        return False
    except UnsupportedAlgorithm as error:
        raise UnsupportedFileError(
            f"the signature cannot be checked here: {error}", found=f"a {key.kind.value} key"
        ) from error
    return True


def _verify(key: PublicKey, signature: bytes, message: bytes, digest: str) -> None:
    if key.kind is KeyKind.ED25519:
        keys.load_ed25519(key.der).verify(signature, message)
    elif key.kind is KeyKind.RSA:
        _verify_rsa(key, signature, message, digest)
    else:
        _verify_ecdsa(key, signature, message, digest)


def _verify_ecdsa(key: PublicKey, signature: bytes, message: bytes, digest: str) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - only for this kind of key

    keys.load_ecdsa(key.der).verify(signature, message, ec.ECDSA(_hash(digest)))


def _verify_rsa(key: PublicKey, signature: bytes, message: bytes, digest: str) -> None:
    from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415 - only for this kind of key

    keys.load_rsa(key.der).verify(signature, message, padding.PKCS1v15(), _hash(digest))


def _hash(digest: str) -> HashAlgorithm:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - Ed25519 does not need it

    known: dict[str, HashAlgorithm] = {
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }
    return known[digest]

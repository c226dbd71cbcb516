"""One signature against one key.

How a kind of key signs is fixed by the kind, never by the signature file, and is what npm ``@sigstore/verify`` 3.1
accepts for such a key: Ed25519 as it is, ECDSA with SHA-256 on both curves in DER form, RSA with PKCS #1 v1.5 and
SHA-256.
"""

from __future__ import annotations

from plugintool.envelope.dsse import pae
from plugintool.envelope.signature_file import SignatureFile
from plugintool.errors import SignatureInvalidError, UncheckableError
from plugintool.verify import keys
from plugintool.verify.keys import KeyKind, PublicKey

STEP = 2


def check_signature(file: SignatureFile, key: PublicKey, *, path: str) -> None:
    """Check the signature over the payload as received.

    Raises:
        SignatureInvalidError: it is not this key's signature over this payload.
        UncheckableError: the cryptography at hand refuses to work with such a key.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415 - only when needed

    try:
        _verify(key, file.signature, pae(file.payload_type, file.payload))
    except (InvalidSignature, ValueError) as error:
        raise SignatureInvalidError(
            "the signature is wrong: the statement was changed, or another key signed it",
            step=STEP,
            path=path,
            expected=f"a signature by the {key.kind.value} key {key.key_id}",
            hint="fetch the artifact again from its publisher",
        ) from error
    except UnsupportedAlgorithm as error:
        raise UncheckableError(
            f"the signature cannot be checked here: {error}", step=STEP, path=path, found=f"a {key.kind.value} key"
        ) from error


def _verify(key: PublicKey, signature: bytes, message: bytes) -> None:
    if key.kind is KeyKind.ED25519:
        keys.load_ed25519(key.der).verify(signature, message)
    elif key.kind is KeyKind.RSA:
        _verify_rsa(key, signature, message)
    else:
        _verify_ecdsa(key, signature, message)


def _verify_ecdsa(key: PublicKey, signature: bytes, message: bytes) -> None:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - only for this kind of key
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    keys.load_ecdsa(key.der).verify(signature, message, ec.ECDSA(hashes.SHA256()))


def _verify_rsa(key: PublicKey, signature: bytes, message: bytes) -> None:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - only for this kind of key
    from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415

    keys.load_rsa(key.der).verify(signature, message, padding.PKCS1v15(), hashes.SHA256())

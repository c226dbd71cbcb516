"""The signature beside a bundle: ``<file>.sigstore.json``, for keys that signature blocks cannot have.

It signs a statement with the SHA-256 of the whole file as it is, and with what the bundle manifest must say. A
signature by a key that nobody knows is reported and not counted, as with trees; a wrong one fails the whole.
"""

from __future__ import annotations

from plugintool import limits
from plugintool.digest import Digest
from plugintool.envelope.bundle_statement import BundleStatement, parse_bundle_statement
from plugintool.envelope.signature_file import parse_signature_file
from plugintool.errors import ContentMismatchError, LimitExceededError, SignatureInvalidError
from plugintool.frozen import dataclass
from plugintool.relpath import RelPath
from plugintool.verify.policy import TrustPolicy
from plugintool.verify.signatures import FoundSignature, RightSignature, check_file, known_keys
from plugintool.verify.source import input_errors

BESIDE = RelPath("signature file beside the bundle")
"""How messages name the place of the signature."""
STEP = 7


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A signature beside a bundle that is right, and what it says."""

    signature: RightSignature
    statement: BundleStatement


def find_sidecar(data: bytes) -> FoundSignature:
    """(1) The file has the form of a signature file.

    Raises:
        VerificationError: step 1.
    """
    with input_errors(1, SignatureInvalidError):
        if len(data) > limits.SIDECAR_BYTES:
            raise LimitExceededError(f"larger than {limits.SIDECAR_BYTES} bytes", path=BESIDE)
        return FoundSignature(BESIDE, data, parse_signature_file(data, path=BESIDE))


def check_sidecar(found: FoundSignature, policy: TrustPolicy) -> Sidecar | None:
    """(2) The signature is right, and what it signs is a statement about a bundle; None for a key that nobody knows.

    Raises:
        VerificationError: step 2.
    """
    known = known_keys(policy)
    if found.file.certificate is None and found.file.key_id not in known:
        return None
    signature = check_file(found, known)
    with input_errors(2, SignatureInvalidError):
        return Sidecar(signature, parse_bundle_statement(found.file.payload, path=BESIDE))


def check_claims(statement: BundleStatement, *, digest: Digest, name: str, version: str) -> None:
    """(7) The statement is about this file, and its bundle manifest says the same.

    Args:
        statement: what was signed.
        digest: SHA-256 of the whole file.
        name: as in the bundle manifest.
        version: likewise.

    Raises:
        ContentMismatchError: step 7; it is not.
    """
    if statement.digest != digest:
        raise ContentMismatchError(
            "the bundle is not the file that was signed",
            step=STEP,
            expected=f"sha256 {statement.digest}",
            found=f"sha256 {digest}",
            hint="fetch bundle and signature file again from their publisher; they belong together",
        )
    if (statement.name, statement.version) != (name, version):
        raise ContentMismatchError(
            "the bundle manifest does not say what was signed",
            step=STEP,
            expected=f"{statement.name} {statement.version}",
            found=f"{name} {version}",
        )

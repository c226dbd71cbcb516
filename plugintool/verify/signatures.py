"""Steps 1 and 2: the signature files of an artifact, and which of their signatures are right.

A signature by a pinned key is checked with that key; the key is looked up among all pins, whatever their scope. A
signature by the holder of a certificate is checked with the key in that certificate, whoever issued it: whether it
leads anywhere is step 3. Only then is the statement parsed. The keys that lineage files lead to (``lineage``) are as
well known as pinned ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from plugintool import limits
from plugintool.digest import Digest
from plugintool.envelope.signature_file import SignatureFile, parse_signature_file
from plugintool.envelope.statement import Statement, parse_statement
from plugintool.errors import (
    MissingSignatureError,
    SignatureInvalidError,
    UntrustedSignerError,
)
from plugintool.frozen import dataclass
from plugintool.relpath import RelPath
from plugintool.tree.entry import Tree
from plugintool.tree.record import SIGNATURE_FILE, is_signature_file
from plugintool.verify import keys
from plugintool.verify.policy import Pin, TrustPolicy
from plugintool.verify.signature import check_signature
from plugintool.verify.source import input_errors, read_source
from plugintool.verify.steps import STEPS

if TYPE_CHECKING:
    from plugintool.verify.certificate import Certificate

_NO_HEIRS: Mapping[Digest, keys.PublicKey] = {}
KEYS_SHOWN = 5
"""Pinned keys that one message lists."""


@dataclass(frozen=True, slots=True)
class FoundSignature:
    """A signature file or lineage file: where it was, its bytes, and what they say."""

    path: RelPath
    data: bytes
    file: SignatureFile


@dataclass(frozen=True, slots=True)
class RightSignature:
    """A signature that is right.

    Attributes:
        path: how messages name its place.
        file: its value and its timestamps.
        key: who made it.
        certificate: the signer's, None for a pinned key.
        others: certificates that it brings along.
    """

    path: RelPath
    file: SignatureFile
    key: keys.PublicKey
    certificate: Certificate | None = None
    others: tuple[Certificate, ...] = ()

    @property
    def key_id(self) -> Digest:
        """The id of the key that signed."""
        return self.key.key_id


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement with the right signatures over it, and the ids of keys that nobody knows."""

    statement: Statement
    signatures: tuple[RightSignature, ...]
    unknown: tuple[Digest, ...]


def find_signatures(source: Tree) -> tuple[FoundSignature, ...]:
    """(1) Find the signature files; bound their number and size; all must carry the same payload.

    Raises:
        VerificationError: step 1.
    """
    with input_errors(1, SignatureInvalidError):
        paths = [file.path for file in source.files() if is_signature_file(file.path)]
        if not paths:
            raise MissingSignatureError(
                "not signed", step=1, expected=f"a signature file {SIGNATURE_FILE}", hint=STEPS[0].repair
            )
        if len(paths) > limits.SIGNATURE_FILES:
            raise SignatureInvalidError(
                "too many signature files", step=1, expected=f"at most {limits.SIGNATURE_FILES}", found=str(len(paths))
            )
        found = tuple(read_file(source, path, max_bytes=limits.SIGNATURE_FILE_BYTES) for path in paths)
    for other in found[1:]:
        if other.file.payload != found[0].file.payload:
            raise SignatureInvalidError(
                "the signature files carry different statements",
                step=1,
                path=other.path,
                expected=f"the statement in {found[0].path}",
                hint="build the plugin again, which removes old signatures, and let every signer sign that",
            )
    return found


def check_signatures(
    found: tuple[FoundSignature, ...], policy: TrustPolicy, heirs: Mapping[Digest, keys.PublicKey] = _NO_HEIRS
) -> Signed:
    """(2) Check every signature by a known key or with a certificate; only then parse what they sign, as received.

    Args:
        found: the signature files.
        policy: its pinned keys are known.
        heirs: further known keys, by their ids: those that lineage files lead to.

    Raises:
        VerificationError: step 2.
    """
    by_id = {**heirs, **known_keys(policy)}
    unknown = {item.file.key_id for item in found if item.file.certificate is None} - by_id.keys()
    known = [item for item in found if item.file.key_id not in unknown or item.file.certificate is not None]
    if not known:
        raise nobody_known(sorted(unknown), policy)
    right = tuple(check_file(item, by_id) for item in known)
    with input_errors(2, SignatureInvalidError):
        statement = parse_statement(known[0].file.payload, path=known[0].path)
    return Signed(statement, right, tuple(sorted(unknown)))


def read_file(source: Tree, path: RelPath, *, max_bytes: int) -> FoundSignature:
    """(1) Read one signature file or lineage file.

    Raises:
        InputError, UncheckableError: it cannot be read, is too large or malformed.
    """
    data = read_source(source, path, max_bytes=max_bytes, step=1)
    return FoundSignature(path, data, parse_signature_file(data, path=path))


def list_pins(pins: list[Pin], policy: TrustPolicy) -> str:
    """Return the ids of some pinned keys with their lines, and how many more there are."""
    shown = [f"{pin.key.key_id} (line {policy.line_of(pin.at)})" for pin in pins[:KEYS_SHOWN]]
    more = len(pins) - len(shown)
    return ", ".join([*shown, f"{more} more"] if more else shown)


def known_keys(policy: TrustPolicy) -> Mapping[Digest, keys.PublicKey]:
    """Return the pinned keys by their ids, whatever the scope of the pins."""
    return {key_id: pin.key for key_id, pin in policy.pins.items()}


def check_file(item: FoundSignature, known: Mapping[Digest, keys.PublicKey]) -> RightSignature:
    """(2) Check one signature, with the key that its hint names or with that of its certificate.

    Raises:
        VerificationError: step 2.
    """
    if item.file.certificate is None:
        key, certificate = known[item.file.key_id], None
    else:
        certificate = _read_certificate(item)
        with input_errors(2, SignatureInvalidError):
            key = keys.parse_der(certificate.spki, path=item.path)
    check_signature(item.file, key, path=item.path)
    return RightSignature(item.path, item.file, key, certificate)


def _read_certificate(item: FoundSignature) -> Certificate:
    from plugintool.verify import certificate  # noqa: PLC0415 - X.509 is slow to import; most signatures are by keys

    assert item.file.certificate is not None
    with input_errors(2, SignatureInvalidError):
        return certificate.read_certificate(item.file.certificate, what=item.path)


def nobody_known(unknown: list[Digest], policy: TrustPolicy) -> UntrustedSignerError:
    """Return the error for an artifact that only strangers signed."""
    return UntrustedSignerError(
        "no signature is by a key that the trust policy knows",
        step=2,
        path=policy.path,
        expected=f"one of {list_pins(list(policy.pins.values()), policy)}" if policy.pins else "a certificate",
        found=", ".join(f"{key}{' (revoked)' if key in policy.revoked_keys else ''}" for key in unknown),
        hint="check that this is the right trust policy; if the publisher has a new key, let the administrator "
        "compare its id with the publisher and add it",
    )

"""Let a key name its successor, and get lineage files ready to travel with a tree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from plugintool import limits
from plugintool.envelope.dsse import PAYLOAD_TYPE, pae
from plugintool.envelope.lineage import Lineage, lineage_name, make_lineage, parse_lineage
from plugintool.envelope.signature_file import SignatureFile, parse_signature_file, render_signature_file
from plugintool.errors import InputError, MissingPathError, SigningError, VerificationError
from plugintool.relpath import RelPath
from plugintool.sign.signer import Signer
from plugintool.tree.directory import read_bounded
from plugintool.verify.keys import PublicKey
from plugintool.verify.signature import check_signature


@dataclass(frozen=True, slots=True)
class LineageFile:
    """A lineage that its key has signed: what it says, and the bytes of its file."""

    lineage: Lineage
    data: bytes

    @property
    def path(self) -> RelPath:
        """Where it stands in an artifact."""
        return lineage_name(self.lineage.new)


def sign_lineage(signer: Signer, new_key: PublicKey, *, keeps_signing: bool, sequence: int) -> LineageFile:
    """Let a key name its successor.

    Args:
        signer: holds the old key.
        new_key: the successor.
        keeps_signing: whether the old key may still sign.
        sequence: orders what the old key says; must grow.

    Raises:
        SigningError: the successor is the key itself, the key refused, or the signature does not verify.
    """
    old = signer.public_key
    if new_key == old:
        raise SigningError(
            "a key cannot come after itself", found=old.key_id, hint="make a new key with plugintool keys new"
        )
    lineage = make_lineage(old=old.key_id, new_key=new_key.der, keeps_signing=keeps_signing, sequence=sequence)
    file = SignatureFile(
        payload=lineage.payload,
        payload_type=PAYLOAD_TYPE,
        signature=signer.sign(pae(PAYLOAD_TYPE, lineage.payload)),
        key_id=old.key_id,
    )
    made = LineageFile(lineage, render_signature_file(file))
    try:
        check_signature(file, old, path=made.path)
    except VerificationError as error:
        raise SigningError(f"the signature does not verify: {error.message}", **error.detail) from error
    return made


def read_lineage_files(paths: Iterable[Path]) -> dict[RelPath, bytes]:
    """Read lineage files that are to travel with a tree: bytes by their place in it.

    Raises:
        MissingPathError: one cannot be read.
        SigningError: one is no lineage file, or several are for one new key.
    """
    found: dict[RelPath, bytes] = {}
    for path in paths:
        file = read_lineage_file(path)
        if found.get(file.path, file.data) != file.data:
            raise SigningError("two lineage files for one new key", path=str(path), found=file.lineage.new)
        found[file.path] = file.data
    return found


def read_lineage_file(path: Path) -> LineageFile:
    """Read one lineage file; its signature is not checked, since only a trust policy knows the first key of a line.

    Raises:
        MissingPathError: it cannot be read.
        SigningError: it is none.
    """
    try:
        data = read_bounded(path, max_bytes=limits.LINEAGE_FILE_BYTES)
        signed = parse_signature_file(data, path=str(path))
        lineage = parse_lineage(signed.payload, path=str(path))
    except MissingPathError:
        raise
    except InputError as error:
        raise SigningError(f"no lineage file: {error.message}", **error.detail) from error
    if signed.key_id != lineage.old:
        raise SigningError(
            "the lineage is about another key than the one that signed it",
            path=str(path),
            expected=lineage.old,
            found=signed.key_id,
        )
    return LineageFile(lineage, data)

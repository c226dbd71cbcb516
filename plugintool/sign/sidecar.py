"""Sign a bundle beside it: ``<file>.sigstore.json``, with any key; the bundle itself is not touched.

A signature block takes RSA keys with certificates only, since other readers of bundles know no others. What stands
beside takes any key, signs the file as it is, a block in it included, and so also countersigns somebody else's bundle.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from plugintool import limits
from plugintool.digest import Digest
from plugintool.envelope.bundle_file import MANIFEST_FILE, read_bundle
from plugintool.envelope.bundle_statement import SUFFIX, BundleStatement, make_bundle_statement, parse_bundle_statement
from plugintool.envelope.dsse import PAYLOAD_TYPE, pae
from plugintool.envelope.signature_file import SignatureFile, parse_signature_file, render_signature_file
from plugintool.errors import ArchiveError, InputError, MalformedFileError, SigningError, VerificationError
from plugintool.formats.bundle_text import require_identity
from plugintool.jsontext import JsonObject
from plugintool.sign.credentials import Credentials
from plugintool.sign.prepared import ToSign
from plugintool.sign.stamped import Stamped, stamp_signature
from plugintool.tree.directory import open_regular, read_bounded
from plugintool.tree.place import write_durably
from plugintool.verify.bundle import hash_file, verify_bundle
from plugintool.verify.judge import Judge


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBeside:
    """What signing beside a bundle came to.

    Attributes:
        bundle: the bundle.
        file: the signature file beside it.
        statement: what was signed.
        key_id: by which key.
        is_new: False when the key had signed this file before; nothing is written then.
        timestamp: what was stamped; None when nobody was asked.
    """

    bundle: Path
    file: Path
    statement: BundleStatement
    key_id: Digest
    is_new: bool = True
    timestamp: Stamped | None = None

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "bundle": str(self.bundle),
            "signature_file": str(self.file),
            "name": self.statement.name,
            "version": self.statement.version,
            "sequence": self.statement.sequence,
            "digest": self.statement.digest,
            "key_id": self.key_id,
            "is_new": self.is_new,
            "timestamp": None if self.timestamp is None else self.timestamp.as_json(),
        }


def sign_bundle_beside(
    path: Path, credentials: Credentials, judge: Judge, *, sequence: int | None = None, dry_run: bool = False
) -> SignedBeside:
    """Sign a bundle and write the signature file beside it, after the verifier has accepted both.

    Args:
        path: the bundle, with or without a signature block.
        credentials: who signs.
        judge: decides about the result; its policy trusts these credentials.
        sequence: orders the releases of a bundle; Unix seconds of the judge's moment when None.
        dry_run: do everything but write.

    Raises:
        SigningError: not a strict bundle, a signature file for something else is there, or the result does not verify.
        InputError: the bundle cannot be read.
        OutputError: the file cannot be written.
    """
    beside, key_id = path.with_name(path.name + SUFFIX), credentials.signer.public_key.key_id
    with open_regular(path, follow=True) as source:
        wanted = _statement(path, source, int(judge.now.timestamp()) if sequence is None else sequence)
        earlier = _earlier(beside, wanted, key_id, sequence)
        if earlier is not None:
            return SignedBeside(bundle=path, file=beside, statement=earlier, key_id=key_id, is_new=False)
        stamped, data = _sign(wanted, credentials, judge)
        with _refused():
            verify_bundle(source, judge, require_identity, sidecar=data)
    if not dry_run:
        write_durably(beside, data)
    return SignedBeside(bundle=path, file=beside, statement=wanted, key_id=key_id, timestamp=stamped)


def prepare_bundle_beside(path: Path, *, sequence: int) -> ToSign:
    """Return what ``sign_bundle_beside`` would let a key sign.

    Raises:
        SigningError: not a strict bundle.
        InputError: it cannot be read.
    """
    with open_regular(path, follow=True) as source:
        wanted = _statement(path, source, sequence)
    message = pae(PAYLOAD_TYPE, wanted.payload)
    return ToSign(kind="bundle", artifact=path, message=message, digest=wanted.digest, sequence=sequence)


def _statement(path: Path, source: BinaryIO, sequence: int) -> BundleStatement:
    try:
        bundle = read_bundle(source)
        with bundle.tree.open(MANIFEST_FILE) as stream:
            data = stream.read(limits.TEXT_BYTES + 1)
        name, version = require_identity(data, [file.path for file in bundle.tree.files()])
    except ArchiveError as error:
        raise SigningError(f"the bundle cannot be signed: {error.message}", path=str(path)) from error
    digest = hash_file(source)
    try:
        return make_bundle_statement(file_name=path.name, digest=digest, name=name, version=version, sequence=sequence)
    except MalformedFileError as error:
        raise SigningError(f"no statement can be made: {error.message}", **error.detail) from error


def _earlier(beside: Path, wanted: BundleStatement, key_id: Digest, sequence: int | None) -> BundleStatement | None:
    """Return what this key signed before of the same file; None when nothing is there.

    Raises:
        SigningError: what is there is about another file, by another key, or has another sequence.
    """
    if not os.path.lexists(beside):
        return None
    try:
        file = parse_signature_file(read_bounded(beside, max_bytes=limits.SIDECAR_BYTES), path=str(beside))
        there = parse_bundle_statement(file.payload, path=str(beside))
    except InputError as error:
        raise _in_the_way(f"cannot be read: {error.message}", beside) from error
    if there.digest != wanted.digest:
        raise _in_the_way("is about another file than the bundle is now", beside)
    if file.key_id != key_id:
        raise _in_the_way(f"is by another key, {file.key_id}", beside)
    if sequence not in {None, there.sequence}:
        raise _in_the_way(f"has the sequence {there.sequence}", beside)
    return there


def _in_the_way(why: str, beside: Path) -> SigningError:
    return SigningError(
        f"the signature file that is there {why}", path=str(beside), hint="move it away, then sign again"
    )


def _sign(wanted: BundleStatement, credentials: Credentials, judge: Judge) -> tuple[Stamped | None, bytes]:
    signature = credentials.signer.sign(pae(PAYLOAD_TYPE, wanted.payload))
    stamped = None if credentials.stamp is None else stamp_signature(credentials.stamp, signature, now=judge.now)
    file = SignatureFile(
        payload=wanted.payload,
        payload_type=PAYLOAD_TYPE,
        signature=signature,
        key_id=credentials.signer.public_key.key_id,
        certificate=credentials.certificates[0].der if credentials.certificates else None,
        timestamps=() if stamped is None else (stamped.response,),
    )
    return stamped, render_signature_file(file)


@contextmanager
def _refused() -> Iterator[None]:
    """Turn the verifier's no into an error of signing."""
    try:
        yield
    except VerificationError as error:
        raise SigningError(
            f"the signature does not verify: step {error.step}: {error.message}", **error.detail
        ) from error

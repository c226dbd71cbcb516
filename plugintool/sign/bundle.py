"""Sign a bundle: the archive stays byte for byte what it was, but for the comment length; the block comes behind it.

Written is dialect D2, which every reader of zip files opens, and of which the unsigned bundle can be had back. Only RSA
keys sign blocks: the public ``mcpb`` tool cannot read certificates of other keys.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from plugintool import limits
from plugintool.digest import Digest, sha256
from plugintool.envelope import cms
from plugintool.envelope.bundle_file import MANIFEST_FILE, BundleFile, read_bundle
from plugintool.envelope.mcpb_block import Block, Dialect, find_block, render_block
from plugintool.errors import ArchiveError, InputError, SigningError, VerificationError
from plugintool.formats.bundle_text import require_identity
from plugintool.jsontext import JsonObject
from plugintool.sign.credentials import Credentials
from plugintool.sign.prepared import ToSign
from plugintool.sign.stamped import Stamped, stamp_signature
from plugintool.tree.directory import open_regular
from plugintool.tree.sink import output_errors, sync_directory
from plugintool.verify.bundle import check_block, verify_bundle
from plugintool.verify.judge import Judge
from plugintool.verify.keys import KeyKind

_COMMENT_LENGTH_BYTES = 2
UNSIGNED_HINT = "build the bundle again (plugintool build), which gives it without a signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBundle:
    """What signing a bundle came to.

    Attributes:
        bundle: the file.
        digest: SHA-256 of the archive without the block.
        key_id: by which key.
        dialect: how the block is written.
        block_bytes: its size.
        is_new: False when the bundle had this form before; nothing is written then.
        timestamp: what was stamped; None when nobody was asked.
    """

    bundle: Path
    digest: Digest
    key_id: Digest
    dialect: Dialect
    block_bytes: int
    is_new: bool = True
    timestamp: Stamped | None = None

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "bundle": str(self.bundle),
            "digest": self.digest,
            "key_id": self.key_id,
            "dialect": self.dialect.value,
            "block_bytes": self.block_bytes,
            "is_new": self.is_new,
            "timestamp": None if self.timestamp is None else self.timestamp.as_json(),
        }


def sign_bundle(path: Path, credentials: Credentials, judge: Judge, *, dry_run: bool = False) -> SignedBundle:
    """Sign a bundle in place, after the verifier has accepted the result.

    Args:
        path: the bundle, unsigned.
        credentials: an RSA key with its certificates.
        judge: decides about the result; its policy trusts these credentials.
        dry_run: do everything but write.

    Raises:
        SigningError: signed already, not a strict bundle, a key or certificate that blocks cannot have, or the result
            does not verify.
        InputError: it cannot be read.
        OutputError: it cannot be written.
    """
    _check_credentials(credentials)
    with _open_unsigned(path) as source:
        digest = _hash(source)
        stamped, data = _sign_digest(digest, credentials, judge.now)
        block = render_block(data)
        with _written_beside(path, source, block, judge) as (written, block_bytes):
            if not dry_run:
                _replace(path, written)
    return SignedBundle(
        bundle=path,
        digest=Digest(digest.hex()),
        key_id=credentials.signer.public_key.key_id,
        dialect=Dialect.D2,
        block_bytes=block_bytes,
        timestamp=stamped,
    )


def prepare_bundle(path: Path, credentials: Credentials) -> ToSign:
    """Return what ``sign_bundle`` would let a key sign; of the credentials only the public halves are used.

    Raises:
        SigningError: signed already, not a strict bundle, a key or certificate that blocks cannot have.
        InputError: it cannot be read.
    """
    _check_credentials(credentials)
    with _open_unsigned(path) as source:
        digest = _hash(source)
    return ToSign(
        kind="bundle",
        artifact=path,
        message=_attributes(digest, credentials),
        digest=Digest(digest.hex()),
        sequence=None,
    )


def repair_container(path: Path, *, dry_run: bool = False) -> SignedBundle:
    """Turn a bundle that was signed as the public ``mcpb`` tool does (D1) into D2, without a key.

    Two bytes that nobody signed change: the comment length of the end record, which says where the file ends.

    Raises:
        SigningError: not signed.
        InputError: it cannot be read, or its signature is not right.
        OutputError: it cannot be written.
    """
    with open_regular(path, follow=True) as source:
        block = _find_signed(source, path)
        checked = check_block(source, block)
        result = SignedBundle(
            bundle=path,
            digest=checked.digest,
            key_id=checked.signature.key_id,
            dialect=checked.dialect if block.comment_length else Dialect.D2,
            block_bytes=block.size,
            is_new=not block.comment_length,
        )
        if result.is_new and not dry_run:
            with _copied_beside(path, source, block.offset, render_block(block.der)) as written:
                _replace(path, written)
    return result


def _check_credentials(credentials: Credentials) -> None:
    key = credentials.signer.public_key
    if key.kind is not KeyKind.RSA:
        raise SigningError(
            "a bundle is signed with an RSA key: other readers of bundles know no other",
            expected="an RSA key",
            found=key.kind.value,
            hint="make one with plugintool keys new-ca, or sign the plugin that the bundle goes into",
        )
    if not credentials.certificates:
        raise SigningError(
            "a bundle is signed with a certificate",
            field="--certificate-chain",
            hint="pass the certificate of the key, and those above it",
        )


@contextlib.contextmanager
def _open_unsigned(path: Path) -> Iterator[BinaryIO]:
    with open_regular(path, follow=True) as source:
        bundle = read_bundle(source)
        if bundle.block is not None:
            raise SigningError("the bundle is signed already", path=str(path), hint=UNSIGNED_HINT)
        _check_manifest(bundle, path)
        source.seek(0)
        yield source


def _check_manifest(bundle: BundleFile, path: Path) -> None:
    with bundle.tree.open(MANIFEST_FILE) as stream:
        data = stream.read(limits.TEXT_BYTES + 1)
    try:
        require_identity(data, [file.path for file in bundle.tree.files()])
    except ArchiveError as error:
        raise SigningError(f"the bundle manifest cannot be signed: {error.message}", path=str(path)) from error


def _hash(source: BinaryIO) -> bytes:
    state = hashlib.sha256()
    while chunk := source.read(limits.COPY_CHUNK):
        state.update(chunk)
    return state.digest()


def _attributes(digest: bytes, credentials: Credentials) -> bytes:
    """Return the bytes to sign."""
    leaf = credentials.certificates[0]
    return cms.render_attributes(digest, certificate_digest=bytes.fromhex(sha256(leaf.der)))


def _sign_digest(digest: bytes, credentials: Credentials, now: dt.datetime) -> tuple[Stamped | None, bytes]:
    attributes = _attributes(digest, credentials)
    signature = credentials.signer.sign(attributes)
    stamped = None if credentials.stamp is None else stamp_signature(credentials.stamp, signature, now=now)
    ders = [one.der for one in credentials.certificates]
    token = None if stamped is None else stamped.token
    data = cms.render_signed_data(attributes, signature, ders, timestamp=token)
    try:
        render_block(data)
    except ValueError as error:
        raise SigningError(f"the signature block is too large: {error}", hint="leave out the root") from error
    return stamped, data


@contextlib.contextmanager
def _written_beside(path: Path, source: BinaryIO, block: bytes, judge: Judge) -> Iterator[tuple[Path, int]]:
    size = os.fstat(source.fileno()).st_size
    with _copied_beside(path, source, size, block) as written:
        with written.open("rb") as result:
            try:
                verify_bundle(result, judge, require_identity)
            except VerificationError as error:
                raise SigningError(
                    f"the signature does not verify: step {error.step}: {error.message}", **error.detail
                ) from error
        yield written, len(block)


@contextlib.contextmanager
def _copied_beside(path: Path, source: BinaryIO, size: int, block: bytes) -> Iterator[Path]:
    """Write archive, comment length and block to a temporary file beside the bundle, which is gone afterwards."""
    with output_errors(path):
        handle, temporary = tempfile.mkstemp(prefix=".signature-", dir=path.parent)
        try:
            with os.fdopen(handle, "w+b") as target:
                source.seek(0)
                shutil.copyfileobj(source, target, limits.COPY_CHUNK)
                target.truncate(size - _COMMENT_LENGTH_BYTES)
                target.seek(0, os.SEEK_END)
                target.write(len(block).to_bytes(_COMMENT_LENGTH_BYTES, "little") + block)
                target.flush()
                if hasattr(os, "fchmod"):
                    os.fchmod(handle, os.fstat(source.fileno()).st_mode & 0o777)
                os.fsync(handle)
            yield Path(temporary)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)


def _replace(path: Path, written: Path) -> None:
    with output_errors(path):
        os.replace(written, path)
        sync_directory(path.parent)


def _find_signed(source: BinaryIO, path: Path) -> Block:
    try:
        block = find_block(source)
    except InputError as error:
        raise SigningError(f"the signature block is broken: {error.message}", path=str(path)) from error
    if block is None:
        raise SigningError("the bundle is not signed", path=str(path), hint="plugintool sign signs it")
    return block

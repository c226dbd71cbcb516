"""Sign a built tree: record, statement, signature, and the proof that our own verifier accepts it.

``sign`` adds, it never replaces: a further signer signs the same statement bytes. A tree that changed since it was
signed is refused, because ``build`` is what removes stale signatures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from plugintool import limits
from plugintool.digest import Digest
from plugintool.envelope.dsse import PAYLOAD_TYPE, pae
from plugintool.envelope.signature_file import SignatureFile, further_name, parse_signature_file, render_signature_file
from plugintool.envelope.statement import Statement, make_statement, parse_statement
from plugintool.errors import MalformedFileError, SigningError, VerificationError
from plugintool.jsontext import JsonObject
from plugintool.relpath import RelPath
from plugintool.sign.claims import REBUILD, Claims, read_claims
from plugintool.sign.credentials import Credentials
from plugintool.sign.prepared import ToSign
from plugintool.sign.stamped import Stamped, stamp_signature
from plugintool.tree.directory import DirectoryTree, open_built
from plugintool.tree.entry import Tree, TreeFile
from plugintool.tree.memory import MemoryTree
from plugintool.tree.place import write_durably
from plugintool.tree.record import SIGNATURE_FILE, is_signature_file
from plugintool.verify import verifier
from plugintool.verify.certificate import Certificate
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.keys import PublicKey

Existing = Mapping[RelPath, SignatureFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedTree:
    """What signing came to.

    Attributes:
        tree: the built tree.
        file: the signature file, relative to the tree.
        statement: what was signed.
        key_id: by which key.
        signatures: number of signature files in the tree afterwards.
        is_new: False when the key had signed this content before; nothing is written then.
        timestamp: what was stamped; None when nobody was asked.
    """

    tree: Path
    file: RelPath
    statement: Statement
    key_id: Digest
    signatures: int
    is_new: bool
    timestamp: Stamped | None = None

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "tree": str(self.tree),
            "signature_file": self.file,
            "name": self.statement.name,
            "version": self.statement.version,
            "sequence": self.statement.sequence,
            "sync_version": self.statement.sync_version,
            "digest": self.statement.digest,
            "key_id": self.key_id,
            "signatures": self.signatures,
            "is_new": self.is_new,
            "timestamp": None if self.timestamp is None else self.timestamp.as_json(),
        }


def sign_tree(
    tree: Path, credentials: Credentials, *, now: dt.datetime, sequence: int | None = None, dry_run: bool = False
) -> SignedTree:
    """Sign a built tree and write the signature file into it, after the verifier has accepted it.

    Args:
        tree: the built tree.
        credentials: who signs; their lineage files are written into the tree as well.
        now: gives the sequence (Unix seconds) when there is none.
        sequence: orders the releases of a plugin; must grow from release to release.
        dry_run: do everything but write.

    Raises:
        SigningError: the tree is not what ``build`` wrote, carries signatures over something else, or the result does
            not verify.
        InputError: it cannot be read.
        OutputError: the file cannot be written.
    """
    built = open_built(tree)
    existing = _read_existing(built)
    statement = _statement_for(read_claims(built), existing, sequence, now)
    key = credentials.signer.public_key
    earlier = next((path for path, file in existing.items() if file.key_id == key.key_id), None)
    if earlier is not None:
        as_before = Credentials(credentials.signer, _certificates(existing[earlier], credentials))
        _add(built, credentials.lineages, lambda result: _prove(result, as_before, statement, now), dry_run=dry_run)
        return _result(tree, earlier, statement, key, existing)
    path, stamped, data = _make_signature(credentials, statement, existing, now)
    files = {**credentials.lineages, path: data}
    _add(built, files, lambda result: _prove(result, credentials, statement, now), dry_run=dry_run)
    return replace(_result(tree, path, statement, key, existing), timestamp=stamped)


def prepare_tree(tree: Path, key: PublicKey, *, now: dt.datetime, sequence: int | None = None) -> ToSign:
    """Return what ``sign_tree`` would let a key sign; the arguments are the same.

    Raises:
        SigningError: the tree is not what ``build`` wrote, carries signatures over something else, or one by this key.
        InputError: it cannot be read.
    """
    built = open_built(tree)
    existing = _read_existing(built)
    statement = _statement_for(read_claims(built), existing, sequence, now)
    earlier = [path for path, file in existing.items() if file.key_id == key.key_id]
    if earlier:
        raise SigningError("this key has signed the tree already", path=earlier[0], found=key.key_id)
    _place_for(key.key_id, existing)
    return ToSign(
        kind="tree",
        artifact=tree,
        message=pae(PAYLOAD_TYPE, statement.payload),
        digest=statement.digest,
        sequence=statement.sequence,
    )


def _result(tree: Path, path: RelPath, statement: Statement, key: PublicKey, existing: Existing) -> SignedTree:
    return SignedTree(
        tree=tree,
        file=path,
        statement=statement,
        key_id=key.key_id,
        signatures=len({*existing, path}),
        is_new=path not in existing,
    )


def _read_existing(built: DirectoryTree) -> Existing:
    found: dict[RelPath, SignatureFile] = {}
    for file in built.files():
        if is_signature_file(file.path):
            with built.open(file.path) as source:
                data = source.read(limits.SIGNATURE_FILE_BYTES + 1)
            try:
                found[file.path] = parse_signature_file(data, path=file.path)
            except MalformedFileError as error:
                raise _unreadable(error) from error
    return found


def _statement_for(claims: Claims, existing: Existing, sequence: int | None, now: dt.datetime) -> Statement:
    """Return a new statement, or, when there are signatures, the one that they are over."""
    if existing:
        return _signed_statement(claims, existing, sequence)
    try:
        return make_statement(
            name=claims.name,
            version=claims.version,
            sequence=int(now.timestamp()) if sequence is None else sequence,
            sync_version=claims.sync_version,
            record=claims.record,
        )
    except MalformedFileError as error:
        raise SigningError(f"no statement can be made: {error.message}", **error.detail) from error


def _signed_statement(claims: Claims, existing: Existing, sequence: int | None) -> Statement:
    path, first = next(iter(existing.items()))
    if any(file.payload != first.payload for file in existing.values()):
        raise _stale("the signatures that are there are over different statements", path)
    try:
        statement = parse_statement(first.payload, path=path)
    except MalformedFileError as error:
        raise _unreadable(error) from error
    if claims != _claims_of(statement):
        raise _stale("the tree was changed after it was signed", path)
    if sequence not in {None, statement.sequence}:
        raise _stale(f"the tree was signed with the sequence {statement.sequence}, not {sequence}", path)
    return statement


def _claims_of(statement: Statement) -> Claims:
    return Claims(
        name=statement.name,
        version=statement.version,
        sync_version=statement.sync_version,
        record=statement.record,
    )


def _stale(message: str, path: RelPath) -> SigningError:
    return SigningError(message, path=path, hint=REBUILD)


def _unreadable(error: MalformedFileError) -> SigningError:
    detail = {**error.detail, "hint": REBUILD}
    return SigningError(f"a signature that is there cannot be read: {error.message}", **detail)  # type: ignore[arg-type]


def _certificates(file: SignatureFile, credentials: Credentials) -> tuple[Certificate, ...]:
    """Return what proves an earlier signature of the same key: certificates only if it has one."""
    if file.certificate is None:
        return ()
    if [one.der for one in credentials.certificates[:1]] != [file.certificate]:
        raise SigningError(
            "this key has signed with another certificate", found=file.key_id, hint="build the plugin again"
        )
    return credentials.certificates


def _make_signature(
    credentials: Credentials, statement: Statement, existing: Existing, now: dt.datetime
) -> tuple[RelPath, Stamped | None, bytes]:
    key_id = credentials.signer.public_key.key_id
    path = _place_for(key_id, existing)
    signature = credentials.signer.sign(pae(PAYLOAD_TYPE, statement.payload))
    stamped = None if credentials.stamp is None else stamp_signature(credentials.stamp, signature, now=now)
    file = SignatureFile(
        payload=statement.payload,
        payload_type=PAYLOAD_TYPE,
        signature=signature,
        key_id=key_id,
        certificate=credentials.certificates[0].der if credentials.certificates else None,
        timestamps=() if stamped is None else (stamped.response,),
    )
    return path, stamped, render_signature_file(file)


def _place_for(key_id: Digest, existing: Existing) -> RelPath:
    """Return where the signature of a further key goes."""
    if len(existing) >= limits.SIGNATURE_FILES:
        raise SigningError(f"there are {len(existing)} signatures already, which is the most that is allowed")
    path = further_name(key_id) if SIGNATURE_FILE in existing else SIGNATURE_FILE
    if path in existing:
        raise SigningError("another key with the same first digits has signed", path=path, found=key_id)
    return path


def _add(built: DirectoryTree, files: Mapping[RelPath, bytes], prove: Callable[[Tree], None], *, dry_run: bool) -> None:
    """Write files into a tree, after ``prove`` has accepted the result, and let it look again."""
    prove(_Overlay(built, MemoryTree(built.name, {str(path): data for path, data in files.items()})))
    if dry_run or not files:
        return
    for path, data in files.items():
        write_durably(built.root / path, data)
    prove(open_built(built.root))


def _prove(tree: Tree, credentials: Credentials, statement: Statement, now: dt.datetime) -> None:
    """Let the verifier judge, under a trust policy for this key and this name and nothing else."""
    try:
        trusted = verifier.authenticate(tree, credentials.as_policy(statement.name), Circumstances(now))
        verifier.check_content(trusted, tree)
    except VerificationError as error:
        raise SigningError(
            f"the signature does not verify: step {error.step}: {error.message}", **error.detail
        ) from error


@dataclass(frozen=True, slots=True)
class _Overlay:
    """A tree with some files in front of it."""

    below: Tree
    above: MemoryTree

    @property
    def name(self) -> str:
        """The name of the tree below."""
        return self.below.name

    def files(self) -> Sequence[TreeFile]:
        """All files, sorted by path."""
        below = (file for file in self.below.files() if file.path not in self.above.contents)
        return sorted([*below, *self.above.files()], key=lambda file: file.path)

    def open(self, path: RelPath) -> BinaryIO:
        """Open one file."""
        return self.above.open(path) if path in self.above.contents else self.below.open(path)

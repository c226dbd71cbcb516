"""Verify a signed bundle: the same steps, with the signature in a CMS block behind the archive.

The order is 1 to 5, 7, 6: whom a policy lets sign depends on the name, and a bundle carries no statement; its name is
that of the bundle manifest, whose bytes the signature covers. What makes the block strict, beyond ``cms``:

* it has no unsigned attribute but one timestamp, no revocation lists, and no certificate that does not stand above the
  signer's: each would be room for a second archive, in a place that the signature does not cover and that other readers
  look into. With such an archive in an unsigned attribute, ``openssl cms -verify`` still says yes, and six readers of
  zip files show the intruder's files (measured November 2026 with npm ``@anthropic-ai/mcpb`` 2.1.2 and others);
* the block is where arithmetic says, behind the only end record (``envelope.mcpb_block``).

Which dialect it is only the digest tells: D2 signs the archive with a comment length of 0, D3 as it stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from typing import BinaryIO

from plugintool import limits
from plugintool.digest import Digest
from plugintool.envelope import cms, tst
from plugintool.envelope.bundle_file import MANIFEST_FILE, BundleFile, read_bundle
from plugintool.envelope.bundle_statement import BundleStatement
from plugintool.envelope.cms import SignedData, parse_signed_data
from plugintool.envelope.mcpb_block import Block, Dialect
from plugintool.envelope.signature_file import SignatureFile
from plugintool.errors import (
    ArchiveError,
    ContentMismatchError,
    MalformedFileError,
    MissingSignatureError,
    SignatureInvalidError,
)
from plugintool.frozen import dataclass
from plugintool.relpath import RelPath
from plugintool.tree.zip_reader import ArchiveTree
from plugintool.verify import certified
from plugintool.verify.certificate import Certificate, read_certificate, read_certificates
from plugintool.verify.chain import Presented, climb
from plugintool.verify.circumstances import Case
from plugintool.verify.cms import CheckedSignature, check_signer
from plugintool.verify.judge import Judge
from plugintool.verify.lineage import follow_lineages
from plugintool.verify.policy import Kind, TrustPolicy
from plugintool.verify.selection import check_age, check_kind, check_revoked, count_signers, rules_for, select_policy
from plugintool.verify.sidecar import check_claims, check_sidecar, find_sidecar
from plugintool.verify.signatures import FoundSignature, RightSignature, nobody_known
from plugintool.verify.source import input_errors
from plugintool.verify.steps import Audit, Ladder, StepStatus
from plugintool.verify.verified import SEAL, Level, VerifiedBundle

BLOCK = RelPath("signature block")
"""How messages name the place of the signature."""
_COMMENT_LENGTH_BYTES = 2
_BROKEN = "fetch the artifact again from its publisher; plugintool inspect says everything that is wrong with it"

ReadManifest = Callable[[bytes, Collection[str]], tuple[str, str]]
"""Reads the bundle manifest strictly, given the paths of all files, and returns name and version."""


@dataclass(frozen=True, slots=True)
class _Digests:
    """SHA-256, 384 or 512 of the archive: with a comment length of 0, and as it stands; and with the block."""

    normalised: bytes
    as_it_stands: bytes
    whole: bytes


@dataclass(frozen=True, slots=True)
class CheckedBlock:
    """A signature block that is right.

    Attributes:
        signature: by whom.
        dialect: how it is written.
        digest: SHA-256 of the archive as it was before it was signed.
        whole: SHA-256 of the file as it is.
    """

    signature: RightSignature
    dialect: Dialect
    digest: Digest
    whole: Digest


@dataclass(frozen=True, slots=True)
class _Proof:
    """What step 2 found: right signatures, of the block and beside the bundle, and what was signed there."""

    signatures: list[RightSignature]
    digest: Digest
    whole: Digest
    dialect: Dialect | None
    statement: BundleStatement | None
    unknown: tuple[Digest, ...]

    def describe(self) -> str:
        """Return the line of the step."""
        found = [f"{one.key.kind.value} {one.key_id}" for one in self.signatures]
        if self.dialect is not None:
            found[0] += f", dialect {self.dialect.value}"
        if self.statement is not None:
            found[-1] += ", beside the bundle"
        good = "; ".join(found)
        return f"{good}; not known and not counted: {', '.join(self.unknown)}" if self.unknown else good


def verify_bundle(
    source: BinaryIO,
    judge: Judge,
    read_manifest: ReadManifest,
    ladder: Ladder | None = None,
    sidecar: bytes | None = None,
) -> VerifiedBundle:
    """Verify a bundle by its signature block, the signature file beside it, or both; of two both must be right.

    Args:
        source: the bundle, open and seekable.
        judge: policy and circumstances.
        read_manifest: the strict reader of bundle manifests.
        ladder: takes the result of each step.
        sidecar: the signature file beside the bundle; None when there is none.

    Raises:
        VerificationError: not trusted; ``step`` says where it ended.
    """
    ladder = Ladder() if ladder is None else ladder
    with ladder.watch():
        bundle, beside = _step_1_find(source, sidecar)
        ladder.note(1, StepStatus.OK, _describe_places(bundle.block, beside))
        proof = _step_2_signature(source, bundle.block, beside, judge.policy)
        ladder.note(2, StepStatus.OK, proof.describe())
        name, version = _read_name(bundle.tree, read_manifest)
        rules = rules_for(name, judge.policy)
        audit = Audit(only_reports=rules.level is Level.AUDIT)
        descent = follow_lineages((), judge.policy, judge.circumstances.lineages)
        case = Case(proof.signatures, judge.policy, rules, judge.circumstances, audit, descent)
        chains = _steps_3_to_5(case, proof, ladder)
        _step_7_content(bundle.tree)
        if proof.statement is not None:
            check_claims(proof.statement, digest=proof.whole, name=name, version=version)
        ladder.note(7, StepStatus.OK, f"{len(bundle.tree.files())} files, archive {proof.digest}")
        scoped = select_policy(name, judge.policy)
        check_kind(Kind.BUNDLE, scoped, judge.policy)
        if proof.statement is not None:
            check_age(proof.statement.sequence, scoped, judge.policy)
        signers = count_signers(case, chains, scoped, name=f"the bundle {name}")
        ladder.note(6, StepStatus.OK, f"{name} {version}, by a signer of the policy {scoped.name}")
        ladder.note(8, StepStatus.NOT_CONFIGURED, "a bundle is not a plugin")
    return VerifiedBundle(
        name=name,
        version=version,
        digest=proof.digest,
        dialect="" if proof.dialect is None else proof.dialect.value,
        signers=signers,
        policy_name=scoped.name,
        level=scoped.level,
        reported=audit.reported(),
        checked_at=judge.now,
        sequence=None if proof.statement is None else proof.statement.sequence,
        unknown_keys=proof.unknown,
        seal=SEAL,
    )


def check_block(source: BinaryIO, block: Block) -> CheckedBlock:
    """Check that a block signs the archive before it, whoever signed.

    Raises:
        MalformedFileError: the signature is wrong, about another archive, or there is room for something else.
        UnsupportedFileError: an algorithm that is not known.
    """
    signed = parse_signed_data(block.der, what=BLOCK)
    if signed.content is not None or signed.content_type != cms.DATA:
        raise MalformedFileError("the signature must be detached, over data", path=BLOCK, found=signed.content_type)
    checked = check_signer(signed, what=BLOCK)
    digests = _hash_archive(source, block, checked.digest)
    dialect = _dialect(block, checked, digests)
    leaf = read_certificate(checked.certificate, what=BLOCK)
    others = read_certificates([one for one in signed.certificates if one != leaf.der], what=BLOCK)
    _refuse_room(signed, leaf, others)
    tokens = signed.signer.unsigned.get(cms.TIMESTAMP_TOKEN, ())
    for token in tokens:  # also where nobody asks for the time
        tst.parse_token(token, what=BLOCK)
    file = SignatureFile(
        payload=b"",
        payload_type="",
        signature=signed.signer.signature,
        key_id=checked.key.key_id,
        certificate=leaf.der,
        timestamps=tuple(tst.render_response(token) for token in tokens),
    )
    plain = digests if checked.digest == "sha256" else _hash_archive(source, block, "sha256")
    signature = RightSignature(BLOCK, file, checked.key, leaf, others)
    return CheckedBlock(signature, dialect, Digest(plain.normalised.hex()), Digest(plain.whole.hex()))


def _step_1_find(source: BinaryIO, sidecar: bytes | None) -> tuple[BundleFile, FoundSignature | None]:
    """(1) A strict container with one block, where arithmetic says, or with a signature file beside it."""
    with input_errors(1, SignatureInvalidError):
        try:
            bundle = read_bundle(source)
        except ArchiveError as error:
            error.detail["hint"] = _BROKEN  # that of the archive is for who packs it
            raise
    if bundle.block is None and sidecar is None:
        raise MissingSignatureError(
            "not signed",
            step=1,
            expected="a signature block behind the archive, or a signature file beside it",
            hint="sign the bundle (plugintool sign), or fetch it again from its publisher",
        )
    return bundle, None if sidecar is None else find_sidecar(sidecar)


def _step_2_signature(
    source: BinaryIO, block: Block | None, beside: FoundSignature | None, policy: TrustPolicy
) -> _Proof:
    """(2) The block signs this archive and holds nothing else; the file beside it is right, or by a stranger."""
    with input_errors(2, SignatureInvalidError):
        checked = None if block is None else check_block(source, block)
    sidecar = None if beside is None else check_sidecar(beside, policy)
    unknown = (beside.file.key_id,) if beside is not None and sidecar is None else ()
    signatures = [one.signature for one in (checked, sidecar) if one is not None]
    if not signatures:
        raise nobody_known(list(unknown), policy)
    statement = None if sidecar is None else sidecar.statement
    if checked is not None:
        return _Proof(signatures, checked.digest, checked.whole, checked.dialect, statement, unknown)
    digest = hash_file(source)
    return _Proof(signatures, digest, digest, None, statement, unknown)


def _describe_places(block: Block | None, beside: FoundSignature | None) -> str:
    found = [] if block is None else [f"a signature block of {block.size} bytes"]
    return " and ".join(found if beside is None else [*found, "a signature file beside it"])


def hash_file(source: BinaryIO) -> Digest:
    """Return the SHA-256 of a whole file, read in pieces."""
    source.seek(0)
    state = hashlib.sha256()
    while chunk := source.read(limits.COPY_CHUNK):
        state.update(chunk)
    return Digest(state.hexdigest())


def _hash_archive(source: BinaryIO, block: Block, name: str) -> _Digests:
    """Hash the archive once; only the comment length at its end differs."""
    source.seek(0)
    state, left = hashlib.new(name), block.offset - _COMMENT_LENGTH_BYTES
    while left:
        chunk = source.read(min(left, limits.COPY_CHUNK))
        if not chunk:
            raise MalformedFileError("the bundle became shorter while it was read", path=BLOCK)
        state.update(chunk)
        left -= len(chunk)
    other = state.copy()
    state.update(b"\0" * _COMMENT_LENGTH_BYTES)
    other.update(block.comment_length.to_bytes(_COMMENT_LENGTH_BYTES, "little"))
    whole = other.copy()
    source.seek(block.offset)
    whole.update(source.read(block.size))
    return _Digests(state.digest(), other.digest(), whole.digest())


def _dialect(block: Block, checked: CheckedSignature, digests: _Digests) -> Dialect:
    if checked.message_digest == digests.normalised:
        return Dialect.D2 if block.comment_length else Dialect.D1
    if checked.message_digest == digests.as_it_stands:
        return Dialect.D3
    raise MalformedFileError(
        "the bundle was changed after it was signed",
        path=BLOCK,
        expected=f"{checked.digest} {checked.message_digest.hex()}",
        found=digests.normalised.hex(),
    )


def _refuse_room(signed: SignedData, leaf: Certificate, others: tuple[Certificate, ...]) -> None:
    """Refuse what the signature does not cover and the verdict does not need."""
    odd = sorted(signed.signer.unsigned.keys() - {cms.TIMESTAMP_TOKEN})
    tokens = signed.signer.unsigned.get(cms.TIMESTAMP_TOKEN, ())
    if odd or len(tokens) > 1:
        raise MalformedFileError(
            "the signature block may have one unsigned attribute, a timestamp",
            path=BLOCK,
            found=", ".join(odd) or f"{len(tokens)} timestamps",
        )
    if signed.crls:
        raise MalformedFileError("the signature block may hold no revocation lists", path=BLOCK)
    used = climb(Presented(leaf, others), ())
    strays = [one.name for one in others if one not in used]
    if strays or len(signed.certificates) != len({*signed.certificates}):
        raise MalformedFileError(
            "the signature block holds certificates that the chain does not use",
            path=BLOCK,
            found=", ".join(strays) or "one of them twice",
        )


def _read_name(tree: ArchiveTree, read_manifest: ReadManifest) -> tuple[str, str]:
    with input_errors(7, ContentMismatchError):
        with tree.open(MANIFEST_FILE) as stream:
            data = stream.read(limits.TEXT_BYTES + 1)
        return read_manifest(data, [file.path for file in tree.files()])


def _steps_3_to_5(case: Case, proof: _Proof, ladder: Ladder) -> tuple[certified.Certified, ...]:
    """(3) chain, (4) time, (5) revocation; a pinned key needs no chain, though the block always has a certificate."""
    times = certified.prove_times(case)
    chains = certified.find_chains(case, times)
    ladder.note(3, StepStatus.OK, certified.describe_chains(chains, certified.strangers(case, chains)))
    certified.check_times(case, times)
    ladder.note(4, *case.audit.line(4, certified.describe_times(case, times)))
    lists = certified.check_lists(case, chains, times)
    check_revoked(case, keys=[*proof.unknown, *certified.key_ids(chains)], content=proof.digest)
    good = "; ".join(["neither keys nor content revoked by the trust policy", *lists.details])
    ladder.note(5, *case.audit.line(5, good))
    return chains


def _step_7_content(tree: ArchiveTree) -> None:
    """(7) Every file can be read as the archive declares it."""
    with input_errors(7, ContentMismatchError):
        for path in tree.paths_by_data():
            with tree.open(path) as stream:
                while stream.read(limits.COPY_CHUNK):
                    pass

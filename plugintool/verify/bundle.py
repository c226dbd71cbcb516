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
from dataclasses import dataclass
from typing import BinaryIO

from plugintool import limits
from plugintool.digest import Digest
from plugintool.envelope import cms, tst
from plugintool.envelope.bundle_file import MANIFEST_FILE, BundleFile, read_bundle
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
from plugintool.relpath import RelPath
from plugintool.tree.zip_reader import ArchiveTree
from plugintool.verify import certified
from plugintool.verify.certificate import Certificate, read_certificate, read_certificates
from plugintool.verify.chain import Presented, climb
from plugintool.verify.circumstances import Case
from plugintool.verify.cms import CheckedSignature, check_signer
from plugintool.verify.judge import Judge
from plugintool.verify.policy import Kind
from plugintool.verify.selection import check_kind, check_revoked, count_signers, rules_for, select_policy
from plugintool.verify.signatures import RightSignature
from plugintool.verify.source import input_errors
from plugintool.verify.steps import STEPS, Audit, Ladder, StepStatus
from plugintool.verify.verified import SEAL, Level, VerifiedBundle

BLOCK = RelPath("signature block")
"""How messages name the place of the signature."""
_COMMENT_LENGTH_BYTES = 2

ReadManifest = Callable[[bytes, Collection[str]], tuple[str, str]]
"""Reads the bundle manifest strictly, given the paths of all files, and returns name and version."""


@dataclass(frozen=True, slots=True)
class _Digests:
    """SHA-256, 384 or 512 of the archive: with a comment length of 0, and as it stands."""

    normalised: bytes
    as_it_stands: bytes


def verify_bundle(
    source: BinaryIO, judge: Judge, read_manifest: ReadManifest, ladder: Ladder | None = None
) -> VerifiedBundle:
    """Verify a bundle.

    Args:
        source: the bundle, open and seekable.
        judge: policy and circumstances.
        read_manifest: the strict reader of bundle manifests.
        ladder: takes the result of each step.

    Raises:
        VerificationError: not trusted; ``step`` says where it ended.
    """
    ladder = Ladder() if ladder is None else ladder
    with ladder.watch():
        bundle, block = _step_1_find(source)
        ladder.note(1, StepStatus.OK, f"a signature block of {block.size} bytes")
        signature, dialect, digest = _step_2_signature(source, block)
        ladder.note(2, StepStatus.OK, f"{signature.key.kind.value} {signature.key_id}, dialect {dialect.value}")
        name, version = _read_name(bundle.tree, read_manifest)
        rules = rules_for(name, judge.policy)
        audit = Audit(only_reports=rules.level is Level.AUDIT)
        case = Case([signature], judge.policy, rules, judge.circumstances, audit)
        chains = _steps_3_to_5(case, digest, ladder)
        _step_7_content(bundle.tree)
        ladder.note(7, StepStatus.OK, f"{len(bundle.tree.files())} files, archive {digest}")
        scoped = select_policy(name, judge.policy)
        check_kind(Kind.BUNDLE, scoped, judge.policy)
        signers = count_signers(case, chains, scoped, name=f"the bundle {name}")
        ladder.note(6, StepStatus.OK, f"{name} {version}, by a signer of the policy {scoped.name}")
        ladder.note(8, StepStatus.NOT_CONFIGURED, "a bundle is not a plugin")
    return VerifiedBundle(
        name=name,
        version=version,
        digest=digest,
        dialect=dialect.value,
        signers=signers,
        policy_name=scoped.name,
        level=scoped.level,
        reported=audit.reported(),
        checked_at=judge.now,
        seal=SEAL,
    )


def check_block(source: BinaryIO, block: Block) -> tuple[RightSignature, Dialect, Digest]:
    """Check that a block signs the archive before it, whoever signed.

    Returns:
        The signature, the dialect, and the SHA-256 of the archive as it was before it was signed.

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
    file = SignatureFile(
        payload=b"",
        payload_type="",
        signature=signed.signer.signature,
        key_id=checked.key.key_id,
        certificate=leaf.der,
        timestamps=tuple(tst.render_response(token) for token in tokens),
    )
    plain = digests if checked.digest == "sha256" else _hash_archive(source, block, "sha256")
    return RightSignature(BLOCK, file, checked.key, leaf, others), dialect, Digest(plain.normalised.hex())


def _step_1_find(source: BinaryIO) -> tuple[BundleFile, Block]:
    """(1) A strict container with one block, where arithmetic says."""
    with input_errors(1, SignatureInvalidError):
        try:
            bundle = read_bundle(source)
        except ArchiveError as error:
            error.detail.setdefault("hint", "plugintool inspect says everything that is wrong with the file")
            raise
    if bundle.block is None:
        raise MissingSignatureError(
            "not signed", step=1, expected="a signature block behind the archive", hint=STEPS[0].repair
        )
    return bundle, bundle.block


def _step_2_signature(source: BinaryIO, block: Block) -> tuple[RightSignature, Dialect, Digest]:
    """(2) The block signs this archive, and holds nothing else."""
    with input_errors(2, SignatureInvalidError):
        return check_block(source, block)


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
    return _Digests(state.digest(), other.digest())


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


def _steps_3_to_5(case: Case, digest: Digest, ladder: Ladder) -> tuple[certified.Certified, ...]:
    """(3) chain, (4) time, (5) revocation; a pinned key needs no chain, though the block always has a certificate."""
    times = certified.prove_times(case)
    chains = certified.find_chains(case, times)
    certified.strangers(case, chains)
    ladder.note(3, StepStatus.OK, certified.describe_chains(chains, []))
    certified.check_times(case, times)
    ladder.note(4, *case.audit.line(4, certified.describe_times(case, times)))
    lists = certified.check_lists(case, chains, times)
    check_revoked(case, keys=certified.key_ids(chains), content=digest)
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

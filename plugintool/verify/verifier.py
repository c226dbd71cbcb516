"""The verifier: ``authenticate`` takes steps 1 to 6, ``materialise`` and ``check_content`` steps 7 and 8.

::

    trusted = authenticate(source, policy, now=now)          # who says what, and may they
    tree = materialise(trusted, source, DirectorySink(...))  # exactly that, nothing else

Steps 3, 4 and 8 have nothing to do for pinned keys: a key has no chain and no term, and a trust policy has no
inventory rules yet. They stand on the ladder all the same. Everything here is total: any source and any bytes give a
value or a ``VerificationError`` that names its step; only an error of the sink (no room) passes through, as
``OutputError``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from plugintool import limits
from plugintool.digest import Digest
from plugintool.envelope.signature_file import SignatureFile, parse_signature_file
from plugintool.envelope.statement import KIND_TREE, Statement, parse_statement
from plugintool.errors import (
    MissingSignatureError,
    RevokedError,
    SignatureInvalidError,
    TrustPolicyError,
    UncheckableError,
    UnsupportedFileError,
    UntrustedSignerError,
)
from plugintool.relpath import RelPath
from plugintool.tree.entry import Tree
from plugintool.tree.record import SIGNATURE_FILE, is_signature_file
from plugintool.tree.sink import DirectorySink, DiscardSink, Sink
from plugintool.verify.content import copy_content
from plugintool.verify.policy import Pin, ScopedPolicy, TrustPolicy
from plugintool.verify.signature import check_signature
from plugintool.verify.source import input_errors, read_source
from plugintool.verify.steps import STEPS, Ladder, StepStatus
from plugintool.verify.verified import SEAL, Level, TrustedStatement, VerifiedTree

KEYS_SHOWN = 5
"""Pinned keys that one message lists."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A signature file: where it was, its bytes, and what they say."""

    path: RelPath
    data: bytes
    file: SignatureFile


@dataclass(frozen=True, slots=True)
class _Signed:
    """A statement with the keys whose signatures over it are right, and the keys nobody knows."""

    statement: Statement
    signers: tuple[Digest, ...]
    unknown: tuple[Digest, ...]


def authenticate(
    source: Tree, policy: TrustPolicy, *, now: dt.datetime, ladder: Ladder | None = None
) -> TrustedStatement:
    """Find out who says what about an artifact, and whether the trust policy lets them: steps 1 to 6.

    Args:
        source: the artifact; only its signature files are read.
        policy: the administrator's trust policy.
        now: the time for which to decide.
        ladder: takes the result of each step.

    Raises:
        VerificationError: not trusted; ``step`` says where it ended.
    """
    ladder = Ladder() if ladder is None else ladder
    with ladder.watch():
        found = _step_1_find(source)
        ladder.note(1, StepStatus.OK, _count(len(found), "signature file"))
        signed = _step_2_signature(found, policy)
        ladder.note(2, StepStatus.OK, _describe_signers(signed, policy))
        ladder.note(3, StepStatus.NOT_CONFIGURED, "pinned keys have no chain")
        ladder.note(4, StepStatus.NOT_CONFIGURED, "pinned keys have no term")
        reported = _step_5_revocation(signed, policy, ladder)
        scoped, signers = _step_6_trust_policy(signed, policy)
        ladder.note(6, StepStatus.OK, _describe_trust(signed.statement, scoped, signers))
    return TrustedStatement(
        statement=signed.statement,
        signers=signers,
        policy_name=scoped.name,
        level=scoped.level,
        unknown_keys=signed.unknown,
        reported=reported,
        signature_files=tuple((item.path, item.data) for item in found),
        checked_at=now,
        seal=SEAL,
    )


def materialise(
    trusted: TrustedStatement, source: Tree, sink: DirectorySink, *, ladder: Ladder | None = None
) -> VerifiedTree:
    """Write what was signed into a directory of its own: steps 7 and 8.

    The directory then holds every file of the record, the signature files as they were checked, and ``version.json``
    made from the statement (without a settle suffix); it has been flushed if the sink is durable. On failure the
    caller removes ``sink.root``.

    Raises:
        VerificationError: the source is not what was signed.
        OutputError: the sink failed.
    """
    _take_content_steps(trusted, source, sink, ladder)
    return VerifiedTree(root=sink.root, trusted=trusted, seal=SEAL)


def check_content(trusted: TrustedStatement, source: Tree, *, ladder: Ladder | None = None) -> None:
    """Compare a source with what was signed and write nothing: steps 7 and 8.

    Raises:
        VerificationError: the source is not what was signed; ``problems`` lists every difference.
    """
    _take_content_steps(trusted, source, DiscardSink(), ladder)


def _take_content_steps(trusted: TrustedStatement, source: Tree, sink: Sink, ladder: Ladder | None) -> None:
    ladder = Ladder() if ladder is None else ladder
    with ladder.watch():
        copy_content(trusted, source, sink)  # (7)
        record = trusted.statement.record
        detail = f"{_count(len(record.entries), 'file')}, {_count(record.total_bytes, 'byte')}, record {record.digest}"
        ladder.note(7, StepStatus.OK, detail)
        ladder.note(8, StepStatus.NOT_CONFIGURED, "no inventory rules")


def _step_1_find(source: Tree) -> tuple[_Found, ...]:
    """(1) Find the signature files; bound their number and size; all must carry the same payload."""
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
        found = tuple(_read_signature(source, path) for path in paths)
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


def _read_signature(source: Tree, path: RelPath) -> _Found:
    data = read_source(source, path, max_bytes=limits.SIGNATURE_FILE_BYTES, step=1)
    try:
        return _Found(path, data, parse_signature_file(data, path=path))
    except UnsupportedFileError as error:
        raise UncheckableError(error.message, step=1, **error.detail) from error


def _step_2_signature(found: tuple[_Found, ...], policy: TrustPolicy) -> _Signed:
    """(2) Check every signature whose key is pinned anywhere; only then parse what they sign, as received."""
    pins = policy.pins
    known = [item for item in found if item.file.key_id in pins]
    unknown = tuple(sorted({item.file.key_id for item in found} - pins.keys()))
    if not known:
        raise UntrustedSignerError(
            "no signature is by a key that the trust policy knows",
            step=2,
            path=policy.path,
            expected=f"one of {_list_pins(list(pins.values()), policy)}",
            found=", ".join(f"{key}{_revoked_mark(key, policy)}" for key in unknown),
            hint="check that this is the right trust policy; if the publisher has a new key, let the administrator "
            "compare its id with the publisher and add it",
        )
    for item in known:
        check_signature(item.file, pins[item.file.key_id].key, path=item.path)
    with input_errors(2, SignatureInvalidError):
        statement = parse_statement(known[0].file.payload, path=known[0].path)
    return _Signed(statement, tuple(sorted({item.file.key_id for item in known})), unknown)


def _step_5_revocation(signed: _Signed, policy: TrustPolicy, ladder: Ladder) -> tuple[str, ...]:
    """(5) Neither a signing key nor the content may be revoked; level ``audit`` reports and goes on."""
    revoked = [
        *(f"the key {key}" for key in (*signed.signers, *signed.unknown) if key in policy.revoked_keys),
        *(f"the content {digest}" for digest in [signed.statement.digest] if digest in policy.revoked_digests),
    ]
    if not revoked:
        ladder.note(5, StepStatus.OK, "neither keys nor content revoked by the trust policy")
        return ()
    message = f"{' and '.join(revoked)} has been revoked"
    if _level_of(signed.statement, policy) is Level.ENFORCE:
        raise RevokedError(message, step=5, path=policy.path, field="/revoked", hint=STEPS[4].repair)
    ladder.note(5, StepStatus.FAILED, f"{message} (reported only: level audit)")
    return (message,)


def _level_of(statement: Statement, policy: TrustPolicy) -> Level:
    """Return the level that step 5 is taken at; without a clear policy (step 6 will say so) the strict one."""
    candidates = policy.candidates(statement.name)
    return candidates[0].level if len(candidates) == 1 else Level.ENFORCE


def _step_6_trust_policy(signed: _Signed, policy: TrustPolicy) -> tuple[ScopedPolicy, tuple[Digest, ...]]:
    """(6) One policy for this name; kind and sequence that it allows; enough distinct keys of one publisher."""
    statement = signed.statement
    scoped = _select_policy(statement.name, policy)
    if statement.kind != KIND_TREE:
        raise TrustPolicyError(
            "the trust policy is about plugins only", step=6, expected=f"the kind {KIND_TREE}", found=statement.kind
        )
    if statement.sequence < scoped.min_sequence:
        raise TrustPolicyError(
            "the release is older than the trust policy allows",
            step=6,
            path=policy.path,
            line=policy.line_of((*scoped.at, "min_sequence")),
            expected=f"a sequence of at least {scoped.min_sequence}",
            found=str(statement.sequence),
            hint="install a later release",
        )
    return scoped, _count_signers(signed, scoped, policy)


def _select_policy(name: str, policy: TrustPolicy) -> ScopedPolicy:
    candidates = policy.candidates(name)
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        places = ", ".join(f"{tied.name} (line {policy.line_of(tied.at)})" for tied in candidates)
        raise TrustPolicyError(
            f"several policies claim the plugin {name} with scopes of the same length",
            step=6,
            path=policy.path,
            found=places,
            hint="give one of them a longer scope, or the full name",
        )
    raise TrustPolicyError(
        f"no policy covers the plugin {name}",
        step=6,
        path=policy.path,
        expected="a policy with a scope that the name is in",
        found=_nearest_scope(name, policy),
        hint=f'add "{name}" to the scope of the policy that should cover it',
    )


def _nearest_scope(name: str, policy: TrustPolicy) -> str:
    import difflib  # noqa: PLC0415 - only for this message

    scopes = {scope.pattern: scope for scoped in policy.policies for scope in scoped.scopes}
    nearest = difflib.get_close_matches(name, scopes, n=1, cutoff=0.0)
    return ", ".join(f"nearest is {pattern} (line {policy.line_of(scopes[pattern].at)})" for pattern in nearest)


def _count_signers(signed: _Signed, scoped: ScopedPolicy, policy: TrustPolicy) -> tuple[Digest, ...]:
    """Return the keys of every publisher that is satisfied; distinct keys count, not signatures."""
    counted: set[Digest] = set()
    wanted = []
    for publisher in scoped.publishers:
        keys = {pin.key.key_id for pin in publisher.pins} & set(signed.signers)
        if len(keys) >= publisher.threshold:
            counted |= keys
        known = _list_pins(list(publisher.pins), policy)
        wanted.append(f"{publisher.threshold} of {known}, found {len(keys)}")
    if not counted:
        raise UntrustedSignerError(
            f"the policy {scoped.name} does not trust these signers for the plugin {signed.statement.name}",
            step=6,
            path=policy.path,
            line=policy.line_of(scoped.at),
            expected="; or ".join(wanted),
            found=", ".join(signed.signers),
            hint=STEPS[5].repair,
        )
    return tuple(sorted(counted))


def _list_pins(pins: list[Pin], policy: TrustPolicy) -> str:
    shown = [f"{pin.key.key_id} (line {policy.line_of(pin.at)})" for pin in pins[:KEYS_SHOWN]]
    more = len(pins) - len(shown)
    return ", ".join([*shown, f"{more} more"] if more else shown)


def _revoked_mark(key: Digest, policy: TrustPolicy) -> str:
    return " (revoked)" if key in policy.revoked_keys else ""


def _describe_signers(signed: _Signed, policy: TrustPolicy) -> str:
    good = ", ".join(f"{policy.pins[key].key.kind.value} {key}" for key in signed.signers)
    return f"{good}; not known and not counted: {', '.join(signed.unknown)}" if signed.unknown else good


def _describe_trust(statement: Statement, scoped: ScopedPolicy, signers: tuple[Digest, ...]) -> str:
    version = f" {statement.version}" if statement.version else ""
    keys = _count(len(signers), "key")
    return f"{statement.name}{version}, sequence {statement.sequence}, by {keys} of the policy {scoped.name}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

"""Step 6: may these signers sign a plugin of this name and kind; and what the policy itself revokes (step 5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from plugintool.digest import Digest
from plugintool.envelope.statement import KIND_TREE, Statement
from plugintool.errors import RevokedError, TrustPolicyError, UntrustedSignerError
from plugintool.verify.circumstances import Case
from plugintool.verify.policy import CertificatePublisher, KeyPublisher, Publisher, ScopedPolicy, TrustPolicy
from plugintool.verify.signatures import list_pins
from plugintool.verify.steps import STEPS
from plugintool.verify.verified import Level

if TYPE_CHECKING:
    from plugintool.verify.certificate import Certificate
    from plugintool.verify.certified import Certified

STEP = 6


def rules_for(name: str, policy: TrustPolicy) -> ScopedPolicy:
    """Return the rules by which steps 3 to 5 are taken.

    Without exactly one policy for the name these are the strict ones, over all publishers: step 6 will say what is
    wrong, unless an earlier step finds something worse.
    """
    candidates = policy.candidates(name)
    if len(candidates) == 1:
        return candidates[0]
    publishers = tuple(publisher for scoped in policy.policies for publisher in scoped.publishers)
    return ScopedPolicy(name="", scopes=(), level=Level.ENFORCE, publishers=publishers, min_sequence=0, at=())


def select_policy(name: str, policy: TrustPolicy) -> ScopedPolicy:
    """Return the one policy for a name.

    Raises:
        TrustPolicyError: none, or several with scopes of the same length.
    """
    candidates = policy.candidates(name)
    if len(candidates) != 1:
        raise _no_policy(name, candidates, policy)
    return candidates[0]


def check_kind(kind: str, scoped: ScopedPolicy, policy: TrustPolicy) -> None:
    """Refuse an artifact of a kind that the policy is not about.

    Raises:
        TrustPolicyError: it is.
    """
    if kind not in scoped.kinds:
        raise TrustPolicyError(
            f"the policy {scoped.name} is not about this kind of artifact",
            step=STEP,
            path=policy.path,
            line=policy.line_of((*scoped.at, "kind")),
            expected=", ".join(scoped.kinds),
            found=kind,
        )


def check_release(statement: Statement, scoped: ScopedPolicy, policy: TrustPolicy) -> None:
    """Refuse a statement about something else than a tree, and a release that is older than the policy allows.

    Raises:
        TrustPolicyError: it is.
    """
    if statement.kind != KIND_TREE:
        raise TrustPolicyError(
            "the statement is about no built tree", step=STEP, expected=f"the kind {KIND_TREE}", found=statement.kind
        )
    check_kind(statement.kind, scoped, policy)
    check_age(statement.sequence, scoped, policy)


def check_age(sequence: int, scoped: ScopedPolicy, policy: TrustPolicy) -> None:
    """Refuse a release that is older than the policy allows.

    Raises:
        TrustPolicyError: it is.
    """
    if sequence < scoped.min_sequence:
        raise TrustPolicyError(
            "the release is older than the trust policy allows",
            step=STEP,
            path=policy.path,
            line=policy.line_of((*scoped.at, "min_sequence")),
            expected=f"a sequence of at least {scoped.min_sequence}",
            found=str(sequence),
            hint="install a later release",
        )


def check_revoked(case: Case, *, keys: Iterable[Digest], content: Digest) -> None:
    """Refuse keys and contents that the trust policy revokes, whoever is trusted otherwise.

    Args:
        case: the signatures, by pinned keys or not.
        keys: further key ids, of strangers and of authorities.
        content: the digest of what is signed.

    Raises:
        RevokedError: one of them is revoked.
    """
    policy = case.policy
    ids = dict.fromkeys([*(signature.key_id for signature in case.signatures), *keys])
    revoked = [
        *(f"the key {key}" for key in ids if key in policy.revoked_keys),
        *(f"the content {digest}" for digest in [content] if digest in policy.revoked_digests),
    ]
    if revoked:
        message = f"{' and '.join(revoked)} has been revoked"
        case.audit.fail(RevokedError(message, step=5, path=policy.path, field="/revoked", hint=STEPS[4].repair))


def count_signers(case: Case, certified: Sequence[Certified], scoped: ScopedPolicy, *, name: str) -> tuple[Digest, ...]:
    """Return the key ids of every publisher that is satisfied; lines of keys count, not keys or signatures.

    Args:
        case: the right signatures.
        certified: those with a certificate that leads somewhere.
        scoped: the policy that was selected.
        name: what it was selected for.

    Raises:
        UntrustedSignerError: no publisher is satisfied.
    """
    policy = case.policy
    counted: set[Digest] = set()
    wanted = []
    for publisher in scoped.publishers:
        keys = _keys_of(publisher, case, certified)
        signers = len({case.descent.line_of(key) for key in keys})
        if signers >= publisher.threshold:
            counted |= keys
        wanted.append(f"{publisher.threshold} of {_describe(publisher, policy)}, found {signers}")
    if not counted:
        raise UntrustedSignerError(
            f"the policy {scoped.name} does not trust these signers for {name}",
            step=STEP,
            path=policy.path,
            line=policy.line_of(scoped.at),
            expected="; or ".join(wanted),
            found="; ".join([", ".join(_found(case)), *_nearest_holder(case, scoped)]),
            hint=STEPS[STEP - 1].repair,
        )
    return tuple(sorted(counted))


def _keys_of(publisher: Publisher, case: Case, certified: Sequence[Certified]) -> set[Digest]:
    """Return whose signatures count for a publisher; never those of keys that gave up the right to sign."""
    if isinstance(publisher, CertificatePublisher):
        return {item.signature.key_id for item in certified if item.is_by(publisher)} - case.descent.stripped
    known = {pin.key.key_id for pin in publisher.pins}
    if publisher.follows_lineage:
        known |= case.descent.heirs_of(known)
    return known & {signature.key_id for signature in case.signatures} - case.descent.stripped


def _describe(publisher: Publisher, policy: TrustPolicy) -> str:
    if isinstance(publisher, KeyPublisher):
        return list_pins(list(publisher.pins), policy)
    return f"{publisher.who} (line {policy.line_of(publisher.at)})"


def _found(case: Case) -> list[str]:
    """Return who signed, certificates by their subject, for which the policy asks."""
    return [
        _key(item.key_id, case) if item.certificate is None else _subject(item.certificate) for item in case.signatures
    ]


def _nearest_holder(case: Case, scoped: ScopedPolicy) -> list[str]:
    """Return whom a refused certificate was probably meant to be, and the line; nothing without certificates."""
    import difflib  # noqa: PLC0415 - only for this message

    holders = {publisher.who: publisher for publisher in scoped.holders}
    subjects = [_subject(item.certificate) for item in case.signatures if item.certificate is not None]
    nearest = [who for subject in subjects for who in difflib.get_close_matches(subject, holders, n=1, cutoff=0.0)]
    return [f"nearest is {who} (line {case.policy.line_of(holders[who].at)})" for who in dict.fromkeys(nearest)]


def _subject(certificate: Certificate) -> str:
    return certificate.x509.subject.rfc4514_string()[:200]


def _key(key_id: Digest, case: Case) -> str:
    """Return a key id with what a lineage says of it."""
    if key_id in case.descent.stripped:
        return f"{key_id} (gave up the right to sign, for {case.descent.line_of(key_id)})"
    if key_id in case.descent.heirs and key_id not in case.policy.pins:
        return f'{key_id} (counts by lineage only, where a publisher has "lineage": true)'
    return key_id


def _no_policy(name: str, candidates: Sequence[ScopedPolicy], policy: TrustPolicy) -> TrustPolicyError:
    if candidates:
        places = ", ".join(f"{tied.name} (line {policy.line_of(tied.at)})" for tied in candidates)
        return TrustPolicyError(
            f"several policies claim the plugin {name} with scopes of the same length",
            step=STEP,
            path=policy.path,
            found=places,
            hint="give one of them a longer scope, or the full name",
        )
    return TrustPolicyError(
        f"no policy covers the plugin {name}",
        step=STEP,
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

"""The verifier: ``authenticate`` takes steps 1 to 6, ``materialise`` and ``check_content`` steps 7 and 8.

::

    trusted = authenticate(source, policy, circumstances)    # who says what, and may they
    tree = materialise(trusted, source, DirectorySink(...))  # exactly that, nothing else

Everything here is total: any source and any bytes give a value or a ``VerificationError`` that names its step; only an
error of the sink (no room) passes through, as ``OutputError``. Certificates, timestamps and revocation lists are only
loaded (``certified``) when an artifact or the policy has any.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from plugintool.digest import Digest
from plugintool.envelope.statement import Statement
from plugintool.errors import ContentMismatchError, TrustPolicyError, UncheckableError
from plugintool.frozen import dataclass, field
from plugintool.tree.entry import Tree
from plugintool.tree.sink import DirectorySink, DiscardSink, Sink
from plugintool.verify.circumstances import Case, Circumstances
from plugintool.verify.content import PROBLEMS_SHOWN, copy_content
from plugintool.verify.lineage import Descent, find_lineages, follow_lineages
from plugintool.verify.policy import ScopedPolicy, TimestampWhen, TrustPolicy
from plugintool.verify.selection import check_release, check_revoked, count_signers, rules_for, select_policy
from plugintool.verify.signatures import Signed, check_signatures, find_signatures
from plugintool.verify.source import input_errors
from plugintool.verify.steps import STEPS, Audit, Ladder, StepStatus
from plugintool.verify.verified import SEAL, Level, TrustedStatement, VerifiedTree

if TYPE_CHECKING:
    from plugintool.verify.certified import Certified

TakeInventory: TypeAlias = Callable[[Tree], Mapping[str, Sequence[str]]]
"""Recomputes from the files what a plugin can do: the values of each of ``policy.ASPECTS``."""


def authenticate(
    source: Tree, policy: TrustPolicy, circumstances: Circumstances, ladder: Ladder | None = None
) -> TrustedStatement:
    """Find out who says what about an artifact, and whether the trust policy lets them: steps 1 to 6.

    Args:
        source: the artifact; only its signature files and lineage files are read.
        policy: the administrator's trust policy.
        circumstances: the moment for which to decide, and the revocation lists at hand.
        ladder: takes the result of each step.

    Raises:
        VerificationError: not trusted; ``step`` says where it ended.
    """
    ladder = Ladder() if ladder is None else ladder
    with ladder.watch():
        found, lineages = find_signatures(source), find_lineages(source)
        ladder.note(1, StepStatus.OK, _describe_files(len(found), len(lineages)))
        descent = follow_lineages(lineages, policy, circumstances.lineages)
        signed = check_signatures(found, policy, descent.heirs)
        ladder.note(2, StepStatus.OK, _describe_signers(signed, descent))
        rules = rules_for(signed.statement.name, policy)
        audit = Audit(only_reports=rules.level is Level.AUDIT)
        case = Case(signed.signatures, policy, rules, circumstances, audit, descent)
        findings = _steps_3_to_5(signed, case, ladder)
        scoped = select_policy(signed.statement.name, policy)
        check_release(signed.statement, scoped, policy)
        signers = count_signers(case, findings.certified, scoped, name=f"the plugin {signed.statement.name}")
        ladder.note(6, StepStatus.OK, _describe_trust(signed.statement, scoped, signers))
    return TrustedStatement(
        statement=signed.statement,
        signers=signers,
        policy_name=scoped.name,
        level=scoped.level,
        inventory=scoped.inventory,
        unknown_keys=tuple(sorted({*signed.unknown, *findings.strangers})),
        reported=audit.reported(),
        proven_at=findings.proven_at,
        list_numbers=findings.list_numbers,
        signature_files=tuple((item.path, item.data) for item in (*found, *lineages)),
        lineages=tuple(descent.links.values()),
        checked_at=circumstances.now,
        seal=SEAL,
    )


def materialise(
    trusted: TrustedStatement,
    source: Tree,
    sink: DirectorySink,
    *,
    ladder: Ladder | None = None,
    take_inventory: TakeInventory | None = None,
) -> VerifiedTree:
    """Write what was signed into a directory of its own: steps 7 and 8.

    The directory then holds every file of the record, signature and lineage files as they were checked, and
    ``version.json`` made from the statement (without a settle suffix); it has been flushed if the sink is durable. On
    failure the caller removes ``sink.root``.

    Args:
        trusted: what ``authenticate`` returned for ``source``.
        source: the artifact.
        sink: takes the files.
        ladder: takes the result of each step.
        take_inventory: needed where the trust policy limits what plugins may do; reads what was verified.

    Raises:
        VerificationError: the source is not what was signed, or does what the policy does not allow.
        OutputError: the sink failed.
    """
    _take_content_steps(trusted, source, sink, ladder, take_inventory)
    return VerifiedTree(root=sink.root, trusted=trusted, seal=SEAL)


def check_content(
    trusted: TrustedStatement,
    source: Tree,
    *,
    ladder: Ladder | None = None,
    take_inventory: TakeInventory | None = None,
) -> None:
    """Compare a source with what was signed and write nothing: steps 7 and 8.

    Raises:
        VerificationError: the source is not what was signed, or does what the policy does not allow; ``problems``
            lists every difference.
    """
    _take_content_steps(trusted, source, DiscardSink(), ladder, take_inventory)


def _take_content_steps(
    trusted: TrustedStatement, source: Tree, sink: Sink, ladder: Ladder | None, take_inventory: TakeInventory | None
) -> None:
    ladder = Ladder() if ladder is None else ladder
    with ladder.watch():
        copy_content(trusted, source, sink)  # (7)
        record = trusted.statement.record
        detail = f"{_count(len(record.entries), 'file')}, {_count(record.total_bytes, 'byte')}, record {record.digest}"
        ladder.note(7, StepStatus.OK, detail)
        _step_8_inventory(trusted, source, take_inventory, ladder)


def _step_8_inventory(
    trusted: TrustedStatement, source: Tree, take_inventory: TakeInventory | None, ladder: Ladder
) -> None:
    """(8) What the plugin can do, recomputed from the files of step 7, must be allowed; level ``audit`` reports."""
    if not trusted.inventory.allowed:
        ladder.note(8, StepStatus.NOT_CONFIGURED, "no inventory rules")
        return
    if take_inventory is None:
        raise UncheckableError("what the plugin can do was not looked at", step=8, hint=STEPS[7].repair)
    with input_errors(8, ContentMismatchError):
        found = take_inventory(source)
    problems = tuple(f"{aspect}: {value}" for aspect, value in trusted.inventory.violations(found))
    if not problems:
        ladder.note(8, StepStatus.OK, f"within the limits on {', '.join(trusted.inventory.allowed)}")
        return
    message = f"the policy {trusted.policy_name} does not allow what the plugin does: {problems[0]}"
    if trusted.level is Level.ENFORCE:
        raise TrustPolicyError(message, step=8, problems=problems[:PROBLEMS_SHOWN], hint=STEPS[7].repair)
    ladder.note(8, StepStatus.FAILED, f"{message} (reported only: level audit)")


@dataclass(frozen=True, slots=True)
class _Findings:
    """What steps 3 to 5 found out besides that nothing is wrong."""

    certified: tuple[Certified, ...] = ()
    strangers: tuple[Digest, ...] = ()
    proven_at: dt.datetime | None = None
    list_numbers: Mapping[Digest, int] = field(default_factory=dict)


def _steps_3_to_5(signed: Signed, case: Case, ladder: Ladder) -> _Findings:
    """(3) chain, (4) time, (5) revocation; a pinned key has no chain and, unless the policy asks, no time."""
    by_certificate = [item for item in case.signatures if item.certificate is not None]
    if not by_certificate and case.scoped.timestamp.when is TimestampWhen.NONE:
        ladder.note(3, StepStatus.NOT_CONFIGURED, "pinned keys have no chain")
        ladder.note(4, StepStatus.NOT_CONFIGURED, "pinned keys have no term")
        _step_5_revocation(signed, case, (), [], ladder)
        return _Findings()
    from plugintool.verify import certified  # noqa: PLC0415 - X.509 is slow to import

    certified.check_clock(case)
    times = certified.prove_times(case)
    chains = certified.find_chains(case, times)
    strangers = certified.strangers(case, chains)
    ladder.note(3, StepStatus.OK, certified.describe_chains(chains, strangers))
    certified.check_times(case, times)
    ladder.note(4, *case.audit.line(4, certified.describe_times(case, times)))
    lists = certified.check_lists(case, chains, times)
    _step_5_revocation(signed, case, certified.key_ids(chains), lists.details, ladder)
    proven = max((time.moment for time in times.proven.values()), default=None)
    return _Findings(chains, tuple(item.key_id for item in strangers), proven, lists.numbers)


def _step_5_revocation(
    signed: Signed, case: Case, more_keys: Iterable[Digest], details: Sequence[str], ladder: Ladder
) -> None:
    """(5) Neither a key that signed or certified, nor the content, may be revoked by the trust policy."""
    check_revoked(case, keys=[*signed.unknown, *more_keys], content=signed.statement.digest)
    good = "; ".join(["neither keys nor content revoked by the trust policy", *details])
    ladder.note(5, *case.audit.line(5, good))


def _describe_files(signatures: int, lineages: int) -> str:
    found = _count(signatures, "signature file")
    return f"{found}, {_count(lineages, 'lineage file')}" if lineages else found


def _describe_signers(signed: Signed, descent: Descent) -> str:
    olds = {link.new: link.old for link in descent.links.values()}
    good = ", ".join(
        f"{item.key.kind.value} {item.key_id}{f' after {olds[item.key_id]}' if item.key_id in olds else ''}"
        for item in signed.signatures
    )
    unknown = [*signed.unknown, *(f"{key} (a lineage)" for key in descent.unknown)]
    return f"{good}; not known and not counted: {', '.join(unknown)}" if unknown else good


def _describe_trust(statement: Statement, scoped: ScopedPolicy, signers: tuple[Digest, ...]) -> str:
    version = f" {statement.version}" if statement.version else ""
    keys = _count(len(signers), "key")
    return f"{statement.name}{version}, sequence {statement.sequence}, by {keys} of the policy {scoped.name}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

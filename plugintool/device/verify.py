"""Verify artifacts against a trust policy and say what became of every step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from plugintool import clock, limits
from plugintool.device.artifact import find_artifacts, is_bundle, open_artifact
from plugintool.device.inventory import take_inventory
from plugintool.device.revocation_lists import read_lists
from plugintool.errors import LimitExceededError, PlugintoolError, TrustPolicyError, VerificationError
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject
from plugintool.report import Outcome, Report
from plugintool.tree.directory import read_bounded
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.judge import Judge
from plugintool.verify.policy import TrustPolicy
from plugintool.verify.policy_reader import parse_trust_policy
from plugintool.verify.steps import STEPS, Ladder, StepResult
from plugintool.verify.verified import TrustedStatement, VerifiedBundle

if TYPE_CHECKING:
    from plugintool.device.endings import Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What verification of one artifact came to.

    Attributes:
        artifact: the path as given.
        results: the eight lines of the ladder.
        trusted: what steps 1 to 6 gave for a tree; None when they failed.
        bundle: what a bundle was verified to be; None for trees.
        ends_soon: what of a verified artifact ends within ``limits.EXPIRY_WARNING_DAYS``, and what fails then.
        failed_step: where it ended, 0 when all is well.
        checked_at: the time for which it holds.
    """

    artifact: str
    results: tuple[StepResult, ...]
    trusted: TrustedStatement | None
    failed_step: int
    checked_at: dt.datetime
    bundle: VerifiedBundle | None = None
    ends_soon: tuple[Ending, ...] = ()

    @property
    def is_verified(self) -> bool:
        """Whether no step failed."""
        return self.failed_step == 0

    @property
    def repair(self) -> str:
        """What would repair it; empty when nothing is broken."""
        return STEPS[self.failed_step - 1].repair if self.failed_step else ""

    def as_json(self) -> JsonObject:
        """Return the published form."""
        trusted = self.trusted
        return {
            "artifact": self.artifact,
            "verified": self.is_verified,
            "failed_step": self.failed_step,
            "repair": self.repair,
            "checked_at": clock.format_utc(self.checked_at),
            "steps": [result.as_json() for result in self.results],
            "statement": None if trusted is None else _statement(trusted),
            "bundle": None if self.bundle is None else _bundle(self.bundle),
            "ends_soon": [ending.as_json() for ending in self.ends_soon],
        }


def verify_artifacts(
    paths: Iterable[Path], *, trust_policy: Path, now: dt.datetime, lists: Iterable[Path] = ()
) -> Report[Verdict]:
    """Verify each artifact; a directory of plugins or archives means all of them.

    Args:
        paths: the artifacts.
        trust_policy: its file; revocation lists in ``crls`` beside it count.
        now: the moment for which to decide.
        lists: further revocation lists.

    Raises:
        MissingPathError: the trust policy cannot be read.
        TrustPolicyError: it cannot be used.
    """
    circumstances = Circumstances(now, read_lists(trust_policy, lists))
    judge = Judge(load_trust_policy(trust_policy), circumstances, take_inventory)
    artifacts = [artifact for path in paths for artifact in find_artifacts(path)]
    return Report("verify", tuple(_verify(artifact, judge) for artifact in artifacts))


def load_trust_policy(path: Path) -> TrustPolicy:
    """Read a trust policy from a file.

    Raises:
        MissingPathError: it cannot be read.
        TrustPolicyError: step 6; it cannot be used.
    """
    try:
        data = read_bounded(path, max_bytes=limits.TRUST_POLICY_BYTES)
    except LimitExceededError as error:
        raise TrustPolicyError(f"the trust policy is {error.message}", step=6, path=str(path)) from error
    return parse_trust_policy(data, path=str(path))


def _verify(artifact: Path, judge: Judge) -> Outcome[Verdict]:
    ladder, found = Ladder(), _Found()
    failure: PlugintoolError | None = None
    try:
        with ladder.watch():
            found.look(artifact, judge, ladder)
    except PlugintoolError as error:
        failure = error
    if failure is not None and not isinstance(failure, VerificationError):
        return Outcome(subject=str(artifact), error=failure)
    verdict = Verdict(
        artifact=str(artifact),
        results=ladder.results,
        trusted=found.trusted,
        failed_step=0 if failure is None else failure.step,
        checked_at=judge.now,
        bundle=found.bundle,
        ends_soon=_ends_soon(artifact, judge) if failure is None else (),
    )
    return Outcome(subject=str(artifact), value=verdict, error=failure)


def _ends_soon(artifact: Path, judge: Judge) -> tuple[Ending, ...]:
    """Return what ends soon; a policy without certificates knows nothing that ends."""
    if not any(any(scoped.holders) or scoped.timestamp.roots for scoped in judge.policy.policies):
        return ()
    from plugintool.device.endings import find_endings_soon  # noqa: PLC0415 - X.509 is slow to import

    try:
        return find_endings_soon(artifact, judge)
    except PlugintoolError:  # it was changed after it was verified: the verdict is about what it was
        return ()


@dataclass(slots=True)
class _Found:
    """What was trusted when a step failed."""

    trusted: TrustedStatement | None = None
    bundle: VerifiedBundle | None = None

    def look(self, artifact: Path, judge: Judge, ladder: Ladder) -> None:
        """Take the steps."""
        if is_bundle(artifact):
            from plugintool.device.bundle import verify_bundle_file  # noqa: PLC0415 - X.509 is slow to import

            self.bundle = verify_bundle_file(artifact, judge, ladder)
            return
        with open_artifact(artifact) as source:
            self.trusted = judge.authenticate(source, ladder)
            judge.check_content(self.trusted, source, ladder)


def _statement(trusted: TrustedStatement) -> JsonObject:
    statement = trusted.statement
    return {
        "kind": statement.kind,
        "name": statement.name,
        "version": statement.version,
        "sequence": statement.sequence,
        "sync_version": statement.sync_version,
        "digest": statement.digest,
        "signers": list(trusted.signers),
        "unknown_keys": list(trusted.unknown_keys),
        "policy": trusted.policy_name,
        "level": trusted.level.value,
        "reported": list(trusted.reported),
    }


def _bundle(bundle: VerifiedBundle) -> JsonObject:
    return {
        "name": bundle.name,
        "version": bundle.version,
        "digest": bundle.digest,
        "dialect": bundle.dialect,
        "sequence": bundle.sequence,
        "unknown_keys": list(bundle.unknown_keys),
        "signers": list(bundle.signers),
        "policy": bundle.policy_name,
        "level": bundle.level.value,
        "reported": list(bundle.reported),
    }

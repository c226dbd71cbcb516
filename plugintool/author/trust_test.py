"""Look at a trust policy as its administrator would want to know it, and at what it says to some artifacts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from plugintool.author.trust_findings import find_problems
from plugintool.device.revocation_lists import read_lists
from plugintool.device.verify import Verdict, load_trust_policy, verify_artifacts
from plugintool.errors import InputError, PlugintoolError, VerificationError
from plugintool.jsontext import JsonObject
from plugintool.report import Outcome, Report
from plugintool.verify.policy import TrustPolicy

COMMAND = "trust test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one subject stands: the trust policy itself, or an artifact before it.

    Attributes:
        subject: the path.
        kind: ``trust policy`` or ``artifact``.
        allowed: whether it can be used, or whether the policy trusts it.
        step: where it failed, 0 when it did not.
        why: in one line.
    """

    subject: str
    kind: str
    allowed: bool
    step: int = 0
    why: str

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "subject": self.subject,
            "kind": self.kind,
            "allowed": self.allowed,
            "step": self.step,
            "why": self.why,
        }


def check_trust(
    trust_policy: Path, artifacts: Iterable[Path], *, now: dt.datetime, lists: Iterable[Path] = ()
) -> Report[Standing]:
    """Judge a trust policy, and by it each artifact.

    Args:
        trust_policy: its file; revocation lists in ``crls`` beside it count.
        artifacts: built trees, archives and bundles; a directory of them means all.
        now: the moment for which to decide.
        lists: further revocation lists.
    """
    further = tuple(lists)
    try:
        policy, found = load_trust_policy(trust_policy), read_lists(trust_policy, further)
    except PlugintoolError as error:
        return Report(COMMAND, (Outcome(subject=str(trust_policy), error=error),))
    findings = tuple(find_problems(policy, trust_policy, found, now))
    value = Standing(subject=str(trust_policy), kind="trust policy", allowed=True, why=_summary(policy))
    first = Outcome(subject=str(trust_policy), value=value, findings=findings)
    verdicts = verify_artifacts(artifacts, trust_policy=trust_policy, now=now, lists=further)
    return Report(COMMAND, (first, *(_standing(outcome) for outcome in verdicts.outcomes)))


def _summary(policy: TrustPolicy) -> str:
    return "; ".join(
        f"{', '.join(scope.pattern for scope in scoped.scopes)}: {scoped.name} ({scoped.level.value})"
        for scoped in policy.policies
    )


def _standing(outcome: Outcome[Verdict]) -> Outcome[Standing]:
    error, verdict = outcome.error, outcome.value
    allowed = error is None and verdict is not None and verdict.is_verified
    value = Standing(
        subject=outcome.subject,
        kind="artifact",
        allowed=allowed,
        step=error.step if isinstance(error, VerificationError) else 0,
        why=_why_not(error) if error is not None else _why(verdict),
    )
    return Outcome(subject=outcome.subject, value=value, error=error)


def _why_not(error: PlugintoolError) -> str:
    parts = [
        error.message,
        *(f"{name} {error.detail[name]}" for name in ("expected", "found") if error.detail.get(name)),
    ]
    place = f" (line {error.detail['line']} of the trust policy)" if error.detail.get("line") else ""
    missing = "cannot be read: " if isinstance(error, InputError) else ""
    return f"{missing}{'; '.join(parts)}{place}"


def _why(verdict: Verdict | None) -> str:
    """Return by whom an artifact is trusted: the line of step 6."""
    return "" if verdict is None else verdict.results[5].detail

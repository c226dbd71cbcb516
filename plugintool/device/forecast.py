"""Say on which day what will stop being valid, and what then: the real verifier is asked at each such moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from plugintool import clock
from plugintool.device.artifact import find_artifacts, is_bundle, open_artifact
from plugintool.device.inventory import take_inventory
from plugintool.device.revocation_lists import read_lists
from plugintool.device.verify import load_trust_policy
from plugintool.envelope.signature_file import parse_signature_file
from plugintool.errors import VerificationError
from plugintool.jsontext import JsonObject
from plugintool.report import Report, collect
from plugintool.tree.record import is_signature_file
from plugintool.verify.certificate import read_certificate
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.judge import Judge
from plugintool.verify.policy import TrustPolicy
from plugintool.verify.revocation import read_list
from plugintool.verify.steps import Ladder

COMMAND = "verify"
_AFTER = dt.timedelta(seconds=1)
"""A term includes its last second."""
NOTHING_CHANGES = "nothing changes"


@dataclass(frozen=True, slots=True)
class Ending:
    """One moment from which on something does not hold any more, and what the verifier says then."""

    moment: dt.datetime
    what: str
    consequence: str

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {"moment": clock.format_utc(self.moment), "what": self.what, "consequence": self.consequence}


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What will become of one artifact that is verified now."""

    artifact: str
    endings: tuple[Ending, ...]

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {"artifact": self.artifact, "endings": [ending.as_json() for ending in self.endings]}


def forecast(
    paths: Iterable[Path], *, trust_policy: Path, now: dt.datetime, lists: Iterable[Path] = ()
) -> Report[Forecast]:
    """Verify each artifact now, and again just after the end of each certificate and list that is at hand.

    Args:
        paths: the artifacts; a directory of them means all.
        trust_policy: its file; revocation lists in ``crls`` beside it count.
        now: the moment from which to look ahead.
        lists: further revocation lists.

    Raises:
        MissingPathError: the trust policy cannot be read.
        TrustPolicyError: it cannot be used.
    """
    judge = Judge(load_trust_policy(trust_policy), Circumstances(now, read_lists(trust_policy, lists)), take_inventory)
    artifacts = [str(artifact) for path in paths for artifact in find_artifacts(path)]
    return collect(COMMAND, artifacts, lambda artifact: _look_ahead(Path(artifact), judge))


def _look_ahead(artifact: Path, judge: Judge) -> Forecast:
    own = _verify(artifact, judge)
    coming = sorted({(moment, what) for moment, what in _ends(judge, own) if moment >= judge.now})
    before, endings = "", []
    for moment, what in coming:
        after = _say(artifact, judge, moment + _AFTER)
        endings.append(Ending(moment, what, NOTHING_CHANGES if after == before else after or "it is verified again"))
        before = after
    return Forecast(artifact=str(artifact), endings=tuple(endings))


def _say(artifact: Path, judge: Judge, moment: dt.datetime) -> str:
    """Return why an artifact will not be verified at a moment; empty when it will."""
    later = replace(judge, circumstances=replace(judge.circumstances, now=moment))
    try:
        _verify(artifact, later)
    except VerificationError as error:
        return f"step {error.step} fails: {error.message}"
    return ""


def _verify(artifact: Path, judge: Judge) -> tuple[bytes, ...]:
    """Verify an artifact and return the certificates (DER) of its signers; none for plain keys."""
    if is_bundle(artifact):
        from plugintool.device.bundle import verify_bundle_file  # noqa: PLC0415 - only for bundles
        from plugintool.envelope.bundle_file import open_bundle  # noqa: PLC0415

        verify_bundle_file(artifact, judge, Ladder())
        with open_bundle(artifact) as bundle:
            return () if bundle.block is None else bundle.block.signed.certificates
    with open_artifact(artifact) as source:
        trusted = judge.authenticate(source)
        judge.check_content(trusted, source)
    files = [parse_signature_file(data, path=path) for path, data in trusted.signature_files if is_signature_file(path)]
    return tuple(file.certificate for file in files if file.certificate is not None)


def _ends(judge: Judge, own: Iterable[bytes]) -> Iterator[tuple[dt.datetime, str]]:
    """Yield the ends of all certificates and lists, and what ends; the second is whole."""
    for der in (*own, *_certificates(judge.policy)):
        one = read_certificate(der, what=judge.policy.path)
        yield one.x509.not_valid_after_utc, f"the certificate of {one.name} expires"
    graces = {scoped.revocation.grace for scoped in judge.policy.policies}
    for what, data in judge.circumstances.lists:
        due = read_list(data, what=what).x509.next_update_utc
        if due is not None:
            yield from ((due + grace, f"the revocation list {what} is no longer fresh") for grace in graces)


def _certificates(policy: TrustPolicy) -> Iterator[bytes]:
    for scoped in policy.policies:
        for holder in scoped.holders:
            yield from (*holder.roots, *holder.intermediates)
        yield from scoped.timestamp.roots

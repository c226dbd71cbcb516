"""Which certificates and lists end when, and what the verifier says then: it is asked at each such moment."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path

from plugintool import clock, limits
from plugintool.device.artifact import is_bundle, open_artifact
from plugintool.envelope.signature_file import parse_signature_file
from plugintool.errors import InputError, VerificationError
from plugintool.frozen import dataclass, replace
from plugintool.jsontext import JsonObject
from plugintool.tree.record import is_signature_file
from plugintool.verify.certificate import read_certificate
from plugintool.verify.judge import Judge
from plugintool.verify.policy import TrustPolicy
from plugintool.verify.revocation import read_list
from plugintool.verify.steps import Ladder

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


def find_endings_soon(artifact: Path, judge: Judge) -> tuple[Ending, ...]:
    """Return what ends within ``limits.EXPIRY_WARNING_DAYS`` and makes the verifier say something else.

    Args:
        artifact: is verified at the moment of ``judge``.
        judge: by whom.
    """
    soon = judge.now + dt.timedelta(days=limits.EXPIRY_WARNING_DAYS)
    return tuple(one for one in find_endings(artifact, judge, until=soon) if one.consequence != NOTHING_CHANGES)


def find_endings(artifact: Path, judge: Judge, *, until: dt.datetime | None = None) -> tuple[Ending, ...]:
    """Verify an artifact now, and again just after the end of each certificate and list that is at hand.

    Args:
        artifact: the artifact.
        judge: by whom, and from which moment on.
        until: the last moment to look at; None for all that is to come.

    Raises:
        VerificationError: it is not verified now.
    """
    own = _verify(artifact, judge)
    ends = {end for end in _ends(judge, own) if end[0] >= judge.now and (until is None or end[0] <= until)}
    before, endings = "", []
    for moment, what in sorted(ends):
        after = _say(artifact, judge, moment + _AFTER)
        endings.append(Ending(moment, what, NOTHING_CHANGES if after == before else after or "it is verified again"))
        before = after
    return tuple(endings)


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
        due = None
        with contextlib.suppress(InputError):  # where it counts, the verifier says what is wrong with it
            due = read_list(data, what=what).x509.next_update_utc
        if due is not None:
            yield from ((due + grace, f"the revocation list {what} is no longer fresh") for grace in graces)


def _certificates(policy: TrustPolicy) -> Iterator[bytes]:
    for scoped in policy.policies:
        for holder in scoped.holders:
            yield from (*holder.roots, *holder.intermediates)
        yield from scoped.timestamp.roots

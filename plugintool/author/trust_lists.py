"""Fetch the revocation lists that a trust policy needs, and put them beside it: one of the few uses of the network."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509

from plugintool import clock, limits
from plugintool.author.signers import find_certificates
from plugintool.device.revocation_lists import DIRECTORY, SUFFIX
from plugintool.device.verify import load_trust_policy
from plugintool.errors import DownloadError, InputError, MissingPathError
from plugintool.fetch import Request, fetch
from plugintool.jsontext import JsonObject
from plugintool.report import Outcome, Report, collect
from plugintool.tree.directory import read_bounded
from plugintool.tree.place import replacing
from plugintool.tree.sink import output_errors
from plugintool.verify.certificate import Certificate, name_text, read_certificate
from plugintool.verify.policy import TrustPolicy
from plugintool.verify.revocation import RevocationList, is_authority, read_list, signature_doubt

COMMAND = "trust fetch-crl"
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9]+")
_NAME_LENGTH: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedList:
    """One list that was asked for.

    Attributes:
        url: where.
        issuer: whose it is.
        file: where it is now.
        number, revoked, next_update: what it says; None where it does not.
        action: ``new``, ``renewed`` or ``unchanged``.
        is_fresh: whether its next update is still to come.
        dry_run: fetched and checked, not written.
    """

    url: str
    issuer: str
    file: Path
    number: int | None
    revoked: int
    next_update: dt.datetime | None
    action: str
    is_fresh: bool
    dry_run: bool

    def as_json(self) -> JsonObject:
        """Return the published form; the number as text, since it may be larger than JSON's integers."""
        return {
            "url": self.url,
            "issuer": self.issuer,
            "file": str(self.file),
            "number": None if self.number is None else str(self.number),
            "revoked": self.revoked,
            "next_update": None if self.next_update is None else clock.format_utc(self.next_update),
            "action": self.action,
            "fresh": self.is_fresh,
            "dry_run": self.dry_run,
        }


def fetch_lists(
    trust_policy: Path,
    *,
    now: dt.datetime,
    artifacts: Iterable[Path] = (),
    out: Path | None = None,
    dry_run: bool = False,
) -> Report[FetchedList]:
    """Fetch the list behind every distribution point of the certificates in a trust policy.

    A list is only written when it is signed by an authority of the policy (or of an artifact) and not older than the
    one that is there. What cannot be had does not keep the others from being written.

    Args:
        trust_policy: its file.
        now: the present time.
        artifacts: their signers' certificates are asked, too: most policies hold no signer's certificate.
        out: the directory; None for ``crls`` beside the trust policy.
        dry_run: fetch and check, write nothing.

    Raises:
        MissingPathError, TrustPolicyError: the trust policy cannot be read.
        VerificationError, InputError: an artifact cannot.
    """
    directory = trust_policy.parent / DIRECTORY if out is None else out
    known = _certificates(load_trust_policy(trust_policy), artifacts)
    addresses = list(dict.fromkeys(url for one in known for url in distribution_points(one)))
    if not addresses:
        return Report(COMMAND, (Outcome(subject=str(trust_policy), error=_nothing_to_ask(trust_policy, known)),))
    authorities = [one for one in known if is_authority(one)]
    return collect(COMMAND, addresses, lambda url: _renew(url, authorities, directory, now=now, dry_run=dry_run))


def distribution_points(certificate: Certificate) -> Iterator[str]:
    """Yield the http addresses at which a certificate says that lists about it are; https would need what it serves."""
    for extension in certificate.x509.extensions:
        if isinstance(extension.value, x509.CRLDistributionPoints):
            for point in extension.value:
                for name in point.full_name or ():
                    if isinstance(name, x509.UniformResourceIdentifier) and name.value.lower().startswith("http://"):
                        yield name.value


def _certificates(policy: TrustPolicy, artifacts: Iterable[Path]) -> list[Certificate]:
    ders = [der for holder in policy.holders for der in (*holder.roots, *holder.intermediates)]
    ders += [der for scoped in policy.policies for der in scoped.timestamp.roots]
    found = [read_certificate(der, what=policy.path) for der in ders]
    for artifact in artifacts:
        found += [read_certificate(der, what=str(artifact)) for der in find_certificates(artifact)]
    return list({one.der: one for one in found}.values())


def _nothing_to_ask(trust_policy: Path, known: Sequence[Certificate]) -> InputError:
    return MissingPathError(
        "no certificate says where its revocation lists are",
        path=str(trust_policy),
        expected="a CRL distribution point with an http address",
        found=", ".join(one.name for one in known[:5]) or "no certificates: the policy pins keys",
        hint="name a signed artifact with --from, or ask the publisher for the lists and put them into crls/",
    )


def _renew(
    url: str, authorities: Sequence[Certificate], directory: Path, *, now: dt.datetime, dry_run: bool
) -> FetchedList:
    data = fetch(Request(url=url, seconds=limits.CRL_SECONDS, max_bytes=limits.CRL_BYTES))
    got = read_list(data, what=url)
    issuer = _issuer_of(got, authorities, url)
    file = directory / f"{_UNSAFE.sub('-', issuer.name).strip('-').lower()[:_NAME_LENGTH]}-{issuer.key_id[:8]}{SUFFIX}"
    action = _compare(got, file, now)
    if action != "unchanged" and not dry_run:
        with output_errors(directory):
            os.makedirs(directory, exist_ok=True)
        with replacing(file) as (target, _):
            target.write(data)
    next_update = got.x509.next_update_utc
    return FetchedList(
        url=url,
        issuer=issuer.name,
        file=file,
        number=got.number,
        revoked=len(got.x509),
        next_update=next_update,
        action=action,
        is_fresh=next_update is not None and next_update >= now,
        dry_run=dry_run,
    )


def _issuer_of(got: RevocationList, authorities: Sequence[Certificate], url: str) -> Certificate:
    doubts = []
    for authority in authorities:
        if authority.x509.subject == got.x509.issuer:
            doubt = signature_doubt(got, authority)
            if not doubt:
                return authority
            doubts.append(doubt)
    raise DownloadError(
        "the list is by no authority of the trust policy",
        path=url,
        expected=f"one of {', '.join(one.name for one in authorities[:5]) or 'no authority'}",
        found=doubts[0] if doubts else name_text(got.x509.issuer),
    )


def _compare(got: RevocationList, file: Path, now: dt.datetime) -> str:
    """Return what the new list is to the one that is there.

    Raises:
        DownloadError: older, or from the future.
    """
    if got.x509.last_update_utc > now:
        raise DownloadError(
            "the list is from the future",
            path=got.what,
            expected=f"a moment up to {now:%Y-%m-%d}",
            found=f"{got.x509.last_update_utc:%Y-%m-%d}",
            hint="check the clock of this machine",
        )
    if not os.path.lexists(file):
        return "new"
    try:
        old = read_list(read_bounded(file, max_bytes=limits.CRL_BYTES), what=str(file))
    except InputError:
        return "renewed"  # a file that is no list is no reason to keep it
    if old.x509 == got.x509:
        return "unchanged"
    age, ours = (_age(got), _age(old))
    if age < ours:
        raise DownloadError(
            "the list is older than the one that is there",
            path=got.what,
            expected=f"number {old.number}, of {old.x509.last_update_utc:%Y-%m-%d}, or later",
            found=f"number {got.number}, of {got.x509.last_update_utc:%Y-%m-%d}",
            hint=f"ask the publisher; only if that is right, remove {file}",
        )
    return "renewed"


def _age(one: RevocationList) -> tuple[int, dt.datetime]:
    return (-1 if one.number is None else one.number), one.x509.last_update_utc

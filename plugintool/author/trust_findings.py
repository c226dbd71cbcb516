"""What is legal in a trust policy and yet dangerous, dead, or soon to be: findings with stable codes and lines."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from plugintool import limits
from plugintool.author.trust_codes import TRUST_CODES
from plugintool.errors import InputError
from plugintool.jsontext import Pointer
from plugintool.report import Finding, Location
from plugintool.verify.policy import (
    CrlRule,
    KeyPublisher,
    Publisher,
    Scope,
    ScopedPolicy,
    TimestampWhen,
    TrustPolicy,
)
from plugintool.verify.verified import Level

if TYPE_CHECKING:
    from plugintool.verify.certificate import Certificate
    from plugintool.verify.revocation import RevocationList

_SOON = dt.timedelta(days=limits.EXPIRY_WARNING_DAYS)


def find_problems(
    policy: TrustPolicy, path: Path, lists: Sequence[tuple[str, bytes]], now: dt.datetime
) -> Iterator[Finding]:
    """Yield what is dangerous or dead in a policy that can be read.

    Args:
        policy: the policy.
        path: its file.
        lists: the revocation lists at hand, as ``read_lists`` returns them.
        now: the moment for which to decide.
    """
    yield from _file_problems(path)
    yield from _ties(policy)
    for scoped in policy.policies:
        yield from _level_problems(policy, scoped)
        for publisher in scoped.publishers:
            yield from _publisher_problems(policy, publisher)
    if any(ders for *_, ders in _with_certificates(policy)):
        yield from _Certificates(policy, now, lists).problems()


def _finding(code: str, detail: str, policy: TrustPolicy | None = None, at: Pointer = ()) -> Finding:
    severity, title, hint = TRUST_CODES[code]
    line = policy.line_of(at) if policy is not None else 0
    return Finding(code, severity, f"{title}: {detail}", Location("", line, 1 if line else 0, at), hint)


def _file_problems(path: Path) -> Iterator[Finding]:
    """The file, and the directory that it can be replaced in."""
    if os.name == "nt":
        return
    info = os.lstat(path)
    if stat.S_ISLNK(info.st_mode):
        yield _finding("TP012", f"{path} is a link")
    elif info.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield _finding("TP012", f"{path} has the mode {stat.S_IMODE(info.st_mode):04o}")
    parent = os.stat(path.parent).st_mode
    if parent & stat.S_IWOTH and not parent & stat.S_ISVTX:
        yield _finding("TP012", f"{path.parent} has the mode {stat.S_IMODE(parent):04o}")


def _ties(policy: TrustPolicy) -> Iterator[Finding]:
    scopes = [(scoped, scope) for scoped in policy.policies for scope in scoped.scopes]
    for (one, first), (other, second) in itertools.combinations(scopes, 2):
        if one is not other and first.literals == second.literals and _meet(first, second):
            line = policy.line_of(first.at)
            yield _finding(
                "TP001", f"{second.pattern} of {other.name} and {first.pattern} of {one.name} (line {line})",
                policy, second.at,
            )  # fmt: skip


def _meet(first: Scope, second: Scope) -> bool:
    """Whether some name is in both; with a ``*`` in each, a name can be as long as both need."""
    if "*" not in first.pattern:
        return second.matches(first.pattern)
    if "*" not in second.pattern:
        return first.matches(second.pattern)
    (start, _, end), (begin, _, close) = first.pattern.partition("*"), second.pattern.partition("*")
    starts_meet = start.startswith(begin) or begin.startswith(start)
    return starts_meet and (end.endswith(close) or close.endswith(end))


def _level_problems(policy: TrustPolicy, scoped: ScopedPolicy) -> Iterator[Finding]:
    if scoped.level is Level.AUDIT:
        everything = [scope for scope in scoped.scopes if scope.pattern == "*"]
        yield _finding("TP011" if everything else "TP010", scoped.name, policy, (*scoped.at, "level"))
    if any(True for _ in scoped.holders):
        if scoped.timestamp.when is TimestampWhen.NONE:
            yield _finding("TP013", scoped.name, policy, scoped.at)
        if scoped.revocation.rule is CrlRule.OFF:
            yield _finding("TP014", scoped.name, policy, scoped.at)


def _publisher_problems(policy: TrustPolicy, publisher: Publisher) -> Iterator[Finding]:
    if not isinstance(publisher, KeyPublisher):
        return
    revoked = [pin for pin in publisher.pins if pin.key.key_id in policy.revoked_keys]
    yield from (_finding("TP003", pin.key.key_id, policy, pin.at) for pin in revoked)
    left = len(publisher.pins) - len(revoked)
    if left < publisher.threshold and not publisher.follows_lineage:
        yield _finding("TP002", f"{publisher.threshold} keys needed, {left} left", policy, publisher.at)


def _with_certificates(policy: TrustPolicy) -> Iterator[tuple[ScopedPolicy, Pointer, str, tuple[bytes, ...]]]:
    """Yield the places of certificates: the policy, where, as what, and the certificates (DER)."""
    for scoped in policy.policies:
        for holder in scoped.holders:
            yield scoped, (*holder.at, "roots"), "root", holder.roots
            yield scoped, (*holder.at, "intermediates"), "intermediate", holder.intermediates
        yield scoped, (*scoped.at, "timestamp"), "timestamp root", scoped.timestamp.roots


class _Certificates:
    """Looks at certificates and revocation lists; only loaded where a policy has any."""

    def __init__(self, policy: TrustPolicy, now: dt.datetime, lists: Sequence[tuple[str, bytes]]) -> None:
        self._policy = policy
        self._now = now
        self._lists = lists

    def problems(self) -> Iterator[Finding]:
        """Yield what is wrong with them, each certificate once a place."""
        from plugintool.verify import certificate  # noqa: PLC0415 - X.509 is slow to import

        lists, broken = self._read_lists()
        yield from broken
        for scoped, at, role, ders in _with_certificates(self._policy):
            for one in certificate.read_certificates(ders, what=self._policy.path):
                yield from self._term(one, at, role)
                yield from self._authority(one, at, role)
                if role != "timestamp root" and scoped.revocation.rule is CrlRule.REQUIRE:
                    yield from self._list_of(one, at, scoped, lists)

    def _read_lists(self) -> tuple[list[RevocationList], list[Finding]]:
        from plugintool.verify import revocation  # noqa: PLC0415 - X.509 is slow to import

        good, bad = [], []
        for what, data in self._lists:
            try:
                good.append(revocation.read_list(data, what=what))
            except InputError as error:
                bad.append(_finding("TP009", f"{what}: {error.message}"))
        return good, bad

    def _term(self, one: Certificate, at: Pointer, role: str) -> Iterator[Finding]:
        start, end = one.x509.not_valid_before_utc, one.x509.not_valid_after_utc
        detail = f"{role} {one.name}, from {start:%Y-%m-%d} to {end:%Y-%m-%d}"
        if end < self._now:
            yield _finding("TP004", detail, self._policy, at)
        elif start > self._now:
            yield _finding("TP016", detail, self._policy, at)
        elif end - self._now <= _SOON:
            yield _finding("TP005", detail, self._policy, at)

    def _authority(self, one: Certificate, at: Pointer, role: str) -> Iterator[Finding]:
        from plugintool.verify.revocation import is_authority  # noqa: PLC0415 - X.509 is slow to import

        if role != "intermediate" and not is_authority(one):
            yield _finding("TP006", f"{role} {one.name}", self._policy, at)
        if one.key_id in self._policy.revoked_keys:
            yield _finding("TP015", f"{role} {one.name}, key {one.key_id}", self._policy, at)

    def _list_of(
        self, issuer: Certificate, at: Pointer, scoped: ScopedPolicy, lists: Sequence[RevocationList]
    ) -> Iterator[Finding]:
        from plugintool.verify.revocation import is_authority, signature_doubt  # noqa: PLC0415

        if not is_authority(issuer):
            return
        own = [one for one in lists if one.x509.issuer == issuer.x509.subject and not signature_doubt(one, issuer)]
        if not own:
            yield _finding("TP007", issuer.name, self._policy, at)
            return
        ends = [one.x509.next_update_utc for one in own]
        last = max((end for end in ends if end is not None), default=None)
        if last is None or self._now > last + scoped.revocation.grace:
            when = "it does not say when the next is due" if last is None else f"renewal was due on {last:%Y-%m-%d}"
            yield _finding("TP008", f"{issuer.name}: {when}", self._policy, at)

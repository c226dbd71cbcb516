"""A small authority: make it, let it grant requests, let it revoke."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from plugintool.author.credentials import AskSecret
from plugintool.report import Report, collect
from plugintool.sign.authority import NewAuthority, make_authority
from plugintool.sign.certify import IssuedCertificate, certify
from plugintool.sign.holders import AUTHORITIES, AuthorityDirectory
from plugintool.sign.revoke import IssuedList, Revocation, renew_list, revoke_certificate


def new_authority(
    directory: Path,
    organization: str,
    *,
    now: dt.datetime,
    scope: str = "*",
    get_passphrase: Callable[[], bytes | None] | None = None,
) -> Report[NewAuthority]:
    """Make an authority in a new directory; see ``sign.authority`` for what is in it.

    Args:
        directory: must not be there, or be empty.
        organization: in all names.
        now: when all terms begin.
        scope: the plugins that the trust policy trusts the signers for.
        get_passphrase: returns what encrypts the private keys, None for nothing.
    """

    def make(subject: str) -> NewAuthority:
        passphrase = get_passphrase() if get_passphrase else None
        return make_authority(Path(subject), organization, now=now, scope=scope, passphrase=passphrase)

    return collect("keys new-ca", [str(directory)], make)


def grant(  # noqa: PLR0913 - one for each thing to choose
    request: Path, directory: Path, target: Path, *, now: dt.datetime, ask: AskSecret, days: int | None = None
) -> Report[IssuedCertificate]:
    """Issue a certificate for a request and write it, with that of the authority, to ``target``."""
    authority = _open(directory, ask)
    return collect(
        "keys issue", [str(request)], lambda name: certify(Path(name), authority, target, now=now, days=days)
    )


def revoke(
    certificates: Sequence[Path], directory: Path, revocation: Revocation, *, now: dt.datetime, ask: AskSecret
) -> Report[IssuedList]:
    """Revoke each certificate; without any, renew each list whose key has not been taken away."""
    authority = _open(directory, ask)
    if certificates:
        names = [str(certificate) for certificate in certificates]
        return collect(
            "keys revoke", names, lambda name: revoke_certificate(authority, Path(name), revocation, now=now)
        )
    there = [role for role in AUTHORITIES if os.path.lexists(authority.key_file(role))] or AUTHORITIES
    return collect("keys revoke", list(there), lambda role: renew_list(authority, role, now=now))


def _open(directory: Path, ask: AskSecret) -> AuthorityDirectory:
    return AuthorityDirectory(directory, lambda path: ask(str(path)))

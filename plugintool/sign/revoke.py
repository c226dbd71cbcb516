"""Issue the next revocation list of a small authority: what was revoked, what is revoked now, and a new term."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from plugintool import clock, limits
from plugintool.errors import ConfigError, InputError, KeyUnavailableError
from plugintool.jsontext import JsonObject
from plugintool.sign import issue
from plugintool.sign.authority import LIST_DAYS, LISTS
from plugintool.sign.holders import AuthorityDirectory, read_chain
from plugintool.tree.directory import read_bounded
from plugintool.tree.place import write_durably
from plugintool.verify.revocation import read_list

REASONS: Final = {
    "key-compromise": x509.ReasonFlags.key_compromise,
    "superseded": x509.ReasonFlags.superseded,
    "cessation-of-operation": x509.ReasonFlags.cessation_of_operation,
    "affiliation-changed": x509.ReasonFlags.affiliation_changed,
    "privilege-withdrawn": x509.ReasonFlags.privilege_withdrawn,
    "ca-compromise": x509.ReasonFlags.ca_compromise,
}
"""Why a certificate is revoked (RFC 5280 §5.3.1)."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """Why certificates are revoked; ``since`` is when the trouble began, None where nobody knows."""

    reason: str
    since: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedList:
    """A revocation list that was issued.

    Attributes:
        file: where it is.
        certificate: the name of what was revoked now; empty when the list only got a new term.
        serial: its serial number in hexadecimal digits.
        number: of the list; it grows.
        revoked: how many certificates the list revokes.
        next_update: until when it counts as fresh.
    """

    file: Path
    certificate: str
    serial: str
    number: int
    revoked: int
    next_update: dt.datetime

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "file": str(self.file),
            "certificate": self.certificate,
            "serial": self.serial,
            "number": self.number,
            "revoked": self.revoked,
            "next_update": clock.format_utc(self.next_update),
        }


def revoke_certificate(
    authority: AuthorityDirectory, certificate: Path, revocation: Revocation, *, now: dt.datetime
) -> IssuedList:
    """Revoke the first certificate of a file in the list of the authority that issued it.

    Args:
        authority: whose list it is.
        certificate: PEM; of a chain the first one is meant.
        revocation: why, and since when.
        now: when the list is issued.

    Raises:
        ConfigError: a moment that is yet to come.
        KeyUnavailableError: key, certificate or list cannot be read, or the certificate is of another authority.
        OutputError: the list cannot be written; the one before is still there.
    """
    if revocation.since is not None and revocation.since > now:
        raise ConfigError(
            "the trouble begins in the future",
            field="--since",
            expected=f"a moment up to {clock.format_utc(now)}",
            found=clock.format_utc(revocation.since),
        )
    found = read_chain(certificate)[0]
    role = authority.issuer_of(found)
    serial = found.x509.serial_number
    entry = issue.make_entry(serial, REASONS[revocation.reason], now=now, since=revocation.since)
    return _issue(authority, role, now, (found.name, entry))


def renew_list(authority: AuthorityDirectory, role: str, *, now: dt.datetime) -> IssuedList:
    """Issue the list of one authority again, with the next number and a new term.

    Raises:
        KeyUnavailableError: key or list cannot be read.
        OutputError: the list cannot be written; the one before is still there.
    """
    return _issue(authority, role, now, None)


def _issue(
    authority: AuthorityDirectory, role: str, now: dt.datetime, new: tuple[str, x509.RevokedCertificate] | None
) -> IssuedList:
    holder, path = authority.holder(role), authority.path / LISTS / f"{role}.crl"
    number, entries = _read(path)
    name, serial = "", ""
    if new is not None:
        name, serial = new[0], f"{new[1].serial_number:x}"
        entries[new[1].serial_number] = new[1]
    made = issue.make_list(holder, entries.values(), number=number + 1, now=now, days=LIST_DAYS)
    write_durably(path, made.public_bytes(serialization.Encoding.DER))
    return IssuedList(
        file=path,
        certificate=name,
        serial=serial,
        number=number + 1,
        revoked=len(entries),
        next_update=now + dt.timedelta(days=LIST_DAYS),
    )


def _read(path: Path) -> tuple[int, dict[int, x509.RevokedCertificate]]:
    """Return number and entries of the list before."""
    try:
        found = read_list(read_bounded(path, max_bytes=limits.CRL_BYTES), what=str(path))
    except InputError as error:
        raise KeyUnavailableError(
            f"the list before cannot be read, and what it revokes must stay revoked: {error.message}", **error.detail
        ) from error
    return found.number or 0, {entry.serial_number: entry for entry in found.x509}

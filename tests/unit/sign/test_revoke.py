"""The next revocation list: what was revoked stays revoked, the number grows, and a failure leaves the one before."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from plugintool.errors import ConfigError, KeyUnavailableError, OutputError, RevokedError
from plugintool.sign.authority import LIST_DAYS
from plugintool.sign.holders import AuthorityDirectory
from plugintool.sign.issue import SIGNER as SIGNER_PROFILE
from plugintool.sign.issue import Wanted, make_certificate, name_of
from plugintool.sign.revoke import REASONS, IssuedList, Revocation, renew_list, revoke_certificate
from plugintool.verify.certificate import read_certificate
from plugintool.verify.chain import Chain
from plugintool.verify.policy import CrlRule, RevocationRule
from plugintool.verify.revocation import Evidence, RevocationList, check_revocation, read_list
from tests import vector_forge as forge
from tests.signing_world import NOW

DAY = dt.timedelta(days=1)
STOLEN = Revocation("key-compromise", NOW - DAY)
REQUIRE = RevocationRule(CrlRule.REQUIRE, dt.timedelta())


def revoke(authority: Path, certificate: str = "signer.chain.pem", why: Revocation = STOLEN) -> IssuedList:
    return revoke_certificate(AuthorityDirectory(authority), authority / certificate, why, now=NOW)


def read(authority: Path, role: str = "intermediate") -> RevocationList:
    return read_list((authority / "crls" / f"{role}.crl").read_bytes(), what=role)


def judge(authority: Path, *, signed_at: dt.datetime | None) -> None:
    """Ask the verifier about the signer."""
    directory = AuthorityDirectory(authority)
    chain = Chain((directory.chain("signer")[0], directory.chain("intermediate")[0], directory.chain("root")[0]))
    lists = [read(authority), read(authority, "root")]
    check_revocation(chain, REQUIRE, Evidence(lists=lists, now=NOW + DAY, signed_at=signed_at))


def test_stolen_key(authority: Path) -> None:
    """Number, serial, reason and the moment of the theft stand in the list, which the verifier understands."""
    judge(authority, signed_at=None)
    made = revoke(authority)
    found = read(authority)
    assert (found.number, made.number, made.revoked) == (2, 2, 1)
    (entry,) = found.x509
    assert f"{entry.serial_number:x}" == made.serial
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.key_compromise
    assert entry.extensions.get_extension_for_class(x509.InvalidityDate).value.invalidity_date_utc == NOW - DAY
    with pytest.raises(RevokedError):
        judge(authority, signed_at=None)
    with pytest.raises(RevokedError):
        judge(authority, signed_at=NOW)
    judge(authority, signed_at=NOW - 2 * DAY)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_one_of_the_standard(authority: Path, reason: str) -> None:
    """And is written without a moment where none is known."""
    revoke(authority, why=Revocation(reason))
    (entry,) = read(authority).x509
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is REASONS[reason]
    with pytest.raises(x509.ExtensionNotFound):
        entry.extensions.get_extension_for_class(x509.InvalidityDate)


def test_intermediate_is_revoked_by_the_root(authority: Path) -> None:
    """In the list of the one who issued; the other list stays as it is."""
    before = (authority / "crls/intermediate.crl").read_bytes()
    made = revoke(authority, "intermediate.cert.pem", Revocation("ca-compromise"))
    assert (made.file.name, read(authority, "root").number) == ("root.crl", 2)
    assert (authority / "crls/intermediate.crl").read_bytes() == before


def test_earlier_entries_stay(authority: Path) -> None:
    """With what they say; a second word about one certificate replaces the first."""
    holder = AuthorityDirectory(authority).holder("intermediate")
    key = forge.private_key("rsa3072").public_key()
    other = make_certificate(Wanted(name_of("Acme", "Other"), key, SIGNER_PROFILE), holder.as_issuer, now=NOW)
    (authority / "other.pem").write_bytes(other.public_bytes(Encoding.PEM))
    revoke(authority, why=Revocation("superseded"))
    made = revoke(authority, "other.pem")
    assert (made.number, made.revoked) == (3, 2)
    again = revoke(authority)
    assert (again.number, again.revoked) == (4, 2)
    serials = {entry.serial_number: entry for entry in read(authority).x509}
    first = AuthorityDirectory(authority).chain("signer")[0].x509.serial_number
    reason = serials[first].extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.key_compromise
    assert other.serial_number in serials


def test_renewed_list_revokes_the_same(authority: Path) -> None:
    """With the next number and a new term."""
    revoke(authority)
    made = renew_list(AuthorityDirectory(authority), "intermediate", now=NOW + 30 * DAY)
    assert (made.number, made.revoked, made.certificate) == (3, 1, "")
    assert read(authority).x509.next_update_utc == NOW + (30 + LIST_DAYS) * DAY == made.next_update


def test_certificate_of_somebody_else(authority: Path) -> None:
    """Only who issued it can revoke it; the timestamp authority has a root of its own and no list."""
    before = (authority / "crls/intermediate.crl").read_bytes()
    with pytest.raises(KeyUnavailableError, match="not issued by this authority"):
        revoke(authority, "time.chain.pem")
    assert (authority / "crls/intermediate.crl").read_bytes() == before


def test_moment_that_is_yet_to_come(authority: Path) -> None:
    """A typing error in a date must not leave a stolen key trusted."""
    with pytest.raises(ConfigError, match="in the future") as caught:
        revoke(authority, why=Revocation("key-compromise", NOW + DAY))
    assert caught.value.detail["field"] == "--since"


@pytest.mark.parametrize("data", [None, b"", b"hello", b"\x30\x00"])
def test_list_before_that_cannot_be_read(authority: Path, data: bytes | None) -> None:
    """A new one from nothing would let go what was revoked."""
    path = authority / "crls/intermediate.crl"
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(KeyUnavailableError, match="must stay revoked"):
        revoke(authority)
    assert path.exists() == (data is not None)


def test_key_that_is_offline(authority: Path) -> None:
    """The message names the file."""
    (authority / "intermediate.key.pem").unlink()
    with pytest.raises(KeyUnavailableError) as caught:
        revoke(authority)
    assert caught.value.detail["path"].endswith("intermediate.key.pem")


def test_list_that_cannot_be_written(authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one before is still there, and nothing beside it."""
    before = (authority / "crls/intermediate.crl").read_bytes()

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError, match="no space left"):
        revoke(authority)
    assert (authority / "crls/intermediate.crl").read_bytes() == before
    assert sorted(os.listdir(authority / "crls")) == ["intermediate.crl", "root.crl"]


def test_result_names_the_certificate(authority: Path) -> None:
    """As people know it."""
    made = revoke(authority).as_json()
    leaf = read_certificate(AuthorityDirectory(authority).chain("signer")[0].der, what="x")
    assert made["certificate"] == leaf.name == "Acme Release / Acme"
    assert made["next_update"] == "2027-02-22T12:00:00Z"

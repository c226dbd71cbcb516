"""A small authority: what is in it, what its trust policy trusts, and what it never does."""

from __future__ import annotations

import datetime as dt
import json
import os
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from plugintool.errors import ConfigError, KeyUnavailableError, OutputError, VerificationError
from plugintool.sign import authority as module
from plugintool.sign.authority import NewAuthority, make_authority
from plugintool.sign.chain_file import load_chain
from plugintool.sign.credentials import Credentials
from plugintool.sign.file_signer import KeySource, load_signer
from plugintool.sign.holders import AuthorityDirectory, read_chain
from plugintool.sign.issue import ROOT, SIGNER, Wanted, make_certificate, name_of, self_issue
from plugintool.sign.sign import sign_tree
from plugintool.sign.time_authority import load_time_authority
from plugintool.tree.directory import open_built
from plugintool.verify import verifier
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.policy_reader import parse_trust_policy
from plugintool.verify.revocation import read_list
from tests import vector_forge as forge
from tests.signing_world import NOW, build_tree

ROLES = ("root", "intermediate", "signer", "time-root", "time")
DAY = dt.timedelta(days=1)


def credentials(authority: Path, *, stamped: bool = False, now: dt.datetime = NOW) -> Credentials:
    signer = load_signer(KeySource(authority / "signer.key.pem"))
    stamp = load_time_authority(AuthorityDirectory(authority), now=now).stamp if stamped else None
    return Credentials(signer, load_chain(authority / "signer.chain.pem", signer), stamp)


def verify(authority: Path, tree: Path, *, now: dt.datetime = NOW) -> str:
    policy = parse_trust_policy((authority / "trust-policy.json").read_bytes(), path="trust-policy.json")
    lists = tuple((path.name, path.read_bytes()) for path in sorted((authority / "crls").glob("*.crl")))
    return verifier.authenticate(open_built(tree), policy, Circumstances(now, lists)).policy_name


def test_policy_trusts_what_the_signer_signs(authority: Path, tmp_path: Path) -> None:
    """All five rungs that certificates add, without a line written by hand."""
    tree = build_tree(tmp_path / "trees", name="acme-tools")
    sign_tree(tree, credentials(authority, stamped=True), now=NOW)
    assert verify(authority, tree) == "authority"


def test_name_outside_of_the_scope(authority: Path, tmp_path: Path) -> None:
    """Made for ``acme-*``."""
    tree = build_tree(tmp_path / "trees", name="other")
    sign_tree(tree, credentials(authority), now=NOW)
    with pytest.raises(VerificationError) as caught:
        verify(authority, tree)
    assert caught.value.step == 6


@pytest.mark.parametrize(("stamped", "days", "ok"), [(False, 364, True), (False, 366, False), (True, 366, True)])
def test_timestamp_outlives_the_signer(authority: Path, tmp_path: Path, *, stamped: bool, days: int, ok: bool) -> None:
    """After the certificate ends, only what was stamped is still verified; lists are renewed for that."""
    from plugintool.sign.revoke import renew_list  # noqa: PLC0415 - only here

    tree, later = build_tree(tmp_path / "trees", name="acme-tools"), NOW + days * DAY
    sign_tree(tree, credentials(authority, stamped=stamped), now=NOW)
    for role in ("root", "intermediate"):
        renew_list(AuthorityDirectory(authority), role, now=later - DAY)
    if ok:
        assert verify(authority, tree, now=later)
    else:
        with pytest.raises(VerificationError) as caught:
            verify(authority, tree, now=later)
        assert caught.value.step == 4


def test_lists_that_are_late_stop_everything(authority: Path, tmp_path: Path) -> None:
    """After their term and the days of grace; until then everything goes on."""
    tree = build_tree(tmp_path / "trees", name="acme-tools")
    sign_tree(tree, credentials(authority), now=NOW)
    last = NOW + (module.LIST_DAYS + module.GRACE_DAYS) * DAY
    assert verify(authority, tree, now=last)
    with pytest.raises(VerificationError) as caught:
        verify(authority, tree, now=last + DAY)
    assert caught.value.step == 5


def test_certificates_are_what_their_roles_need(made_authority: Path) -> None:
    """Purposes, path lengths, and terms within those of the authority above."""
    found = {role: AuthorityDirectory(made_authority).chain(role)[0].x509 for role in ROLES}
    purposes = {
        role: list(one.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        for role, one in found.items()
        if role in {"signer", "time"}
    }
    assert purposes == {"signer": [ExtendedKeyUsageOID.CODE_SIGNING], "time": [ExtendedKeyUsageOID.TIME_STAMPING]}
    assert found["time"].extensions.get_extension_for_class(x509.ExtendedKeyUsage).critical
    lengths = {
        role: one.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
        for role, one in found.items()
    }
    assert lengths == {"root": 1, "intermediate": 0, "signer": None, "time-root": 0, "time": None}
    for below, above in (("intermediate", "root"), ("signer", "intermediate"), ("time", "time-root")):
        assert found[below].not_valid_after_utc <= found[above].not_valid_after_utc
        found[below].verify_directly_issued_by(found[above])
    for role in ("root", "intermediate", "signer", "time"):
        assert isinstance(found[role].public_key(), rsa.RSAPublicKey)


def test_lists_are_empty_and_numbered(made_authority: Path) -> None:
    """The first of each."""
    for role in ("root", "intermediate"):
        found = read_list((made_authority / "crls" / f"{role}.crl").read_bytes(), what=role)
        assert (found.number, list(found.x509)) == (1, [])


def test_files_are_those_that_are_told(tmp_path: Path) -> None:
    """And only keys are private."""
    made = make_authority(tmp_path / "new" / "ca", "Acme", now=NOW)
    there = {path.relative_to(made.directory).as_posix(): path for path in made.directory.rglob("*") if path.is_file()}
    assert set(there) == set(made.files)
    assert set(made.private) == {f"{role}.key.pem" for role in ROLES}
    if os.name == "posix":
        modes = {name: stat.S_IMODE(path.stat().st_mode) for name, path in there.items()}
        assert {name for name, mode in modes.items() if mode == 0o600} == set(made.private)
    assert made.as_json()["trust_policy"] == str(made.directory / "trust-policy.json")
    assert os.listdir(tmp_path / "new") == ["ca"]


@pytest.fixture
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """One key in all roles: where only files matter."""
    monkeypatch.setattr(module, "generate", lambda kind: forge.private_key("rsa3072"))


def test_passphrase_encrypts_every_key(tmp_path: Path, cheap_keys: None) -> None:
    """One for all of them; without it the directory is of no use."""
    directory = make_authority(tmp_path / "ca", "Acme", now=NOW, passphrase=b"secret").directory
    found = AuthorityDirectory(directory, lambda _: b"secret").holder("intermediate")
    assert "Code Signing" in found.certificate.subject.rfc4514_string()
    for ask, why in ((None, "there is no passphrase"), (lambda _: b"wrong", "wrong passphrase")):
        with pytest.raises(KeyUnavailableError, match=why):
            AuthorityDirectory(directory, ask).holder("root")


@pytest.mark.parametrize("kind", ["file", "link", "full directory"])
def test_what_is_there_stays(tmp_path: Path, kind: str, cheap_keys: None) -> None:
    """Nothing is overwritten, nothing is left beside it."""
    place = tmp_path / "ca"
    if kind == "file":
        place.write_text("mine")
    elif kind == "link":
        place.symlink_to(tmp_path / "nowhere")
    else:
        place.mkdir()
        (place / "mine").write_text("mine")
    with pytest.raises(OutputError, match="never overwritten"):
        make_authority(place, "Acme", now=NOW)
    assert os.listdir(tmp_path) == ["ca"]


def test_empty_directory_is_taken(tmp_path: Path, cheap_keys: None) -> None:
    """Somebody made it for this."""
    (tmp_path / "ca").mkdir()
    assert make_authority(tmp_path / "ca", "Acme", now=NOW).files


def test_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cheap_keys: None) -> None:
    """All of it or nothing."""

    def fail(source: Path, target: Path) -> None:
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(module.os, "rename", fail)  # type: ignore[attr-defined]
    with pytest.raises(OutputError, match="permission denied"):
        make_authority(tmp_path / "ca", "Acme", now=NOW)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["", " Acme", "A" * 60, "Acme\n", "\x1b[31m"])
def test_organization_that_cannot_be_used(tmp_path: Path, name: str, cheap_keys: None) -> None:
    """Before a key is made."""
    with pytest.raises(ConfigError, match="a name that a certificate cannot have"):
        make_authority(tmp_path / "ca", name, now=NOW)
    assert os.listdir(tmp_path) == []


def test_scope_that_cannot_be_used(tmp_path: Path, cheap_keys: None) -> None:
    """As keys new says it."""
    with pytest.raises(ConfigError, match="scope"):
        make_authority(tmp_path / "ca", "Acme", now=NOW, scope="a b")


def test_organization_of_other_scripts(tmp_path: Path, cheap_keys: None) -> None:
    """Names are UTF-8 in certificates and policies alike."""
    made: NewAuthority = make_authority(tmp_path / "ca", "\u00dcbung & S\u00f6hne", now=NOW)
    policy = json.loads((made.directory / "trust-policy.json").read_text("utf-8"))
    assert policy["policies"][0]["publishers"][0]["subject"] == {"O": "\u00dcbung & S\u00f6hne"}


def test_key_of_another_role(authority: Path) -> None:
    """Files that were mixed up are named."""
    os.replace(authority / "signer.key.pem", authority / "root.key.pem")
    with pytest.raises(KeyUnavailableError, match="do not belong together") as caught:
        AuthorityDirectory(authority).holder("root")
    assert caught.value.detail["path"].endswith("root.key.pem")
    assert "Acme Root" in caught.value.detail["expected"]


def test_who_issued_a_certificate(authority: Path) -> None:
    """The intermediate authority, the root, or somebody else."""
    directory = AuthorityDirectory(authority)
    assert directory.issuer_of(directory.chain("signer")[0]) == "intermediate"
    assert directory.issuer_of(directory.chain("intermediate")[0]) == "root"
    with pytest.raises(KeyUnavailableError, match="not issued by this authority"):
        directory.issuer_of(directory.chain("time")[0])


@pytest.mark.parametrize("text", ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_file_without_certificates(tmp_path: Path, text: str) -> None:
    """Named, as a missing one is."""
    path = tmp_path / "x.pem"
    path.write_text(text)
    for file in (path, tmp_path / "missing.pem"):
        with pytest.raises(KeyUnavailableError, match="certificates") as caught:
            read_chain(file)
        assert caught.value.detail["path"] == str(file)


def test_certificate_ends_with_its_issuer() -> None:
    """However long it was asked for."""
    key = forge.private_key("rsa3072")
    root = self_issue(name_of("Acme", "Root"), key, profile=ROOT, now=NOW)
    wanted = Wanted(name_of("Acme", "Leaf"), key.public_key(), SIGNER, days=9999)
    made = make_certificate(wanted, root.as_issuer, now=NOW)
    assert made.not_valid_after_utc == root.certificate.not_valid_after_utc

"""New keys: three files, all or none, nothing overwritten, and a trust policy that works at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from plugintool.errors import ConfigError, KeyUnavailableError, OutputError
from plugintool.sign.file_signer import KeySource, load_signer
from plugintool.sign.keys import NewKeyKind, make_key
from plugintool.verify.keys import KeyKind, parse_pem
from plugintool.verify.policy_reader import parse_trust_policy

FILES = {"release.key.pem", "release.pub.pem", "release.trust-policy.json"}


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(NewKeyKind.ED25519, KeyKind.ED25519), (NewKeyKind.P256, KeyKind.P256), (NewKeyKind.RSA3072, KeyKind.RSA)],
)
def test_three_files_that_belong_together(tmp_path: Path, kind: NewKeyKind, expected: KeyKind) -> None:
    """The private key, its public half, and the policy that pins it."""
    made = make_key("release", kind, directory=tmp_path)
    assert names(tmp_path) == FILES
    assert made.public_key.kind is expected
    assert load_signer(KeySource(made.key_file)).public_key == made.public_key
    assert parse_pem(made.public_file.read_text(), path="x") == made.public_key
    policy = parse_trust_policy(made.policy_file.read_bytes(), path="x")
    assert set(policy.pins) == {made.public_key.key_id}
    assert len(policy.candidates("anything")) == 1
    assert made.as_json()["key_id"] == made.public_key.key_id


def test_rsa_keys_have_3072_bits(tmp_path: Path) -> None:
    """As the name of the kind says."""
    made = make_key("release", NewKeyKind.RSA3072, directory=tmp_path)
    key = serialization.load_pem_public_key(made.public_file.read_bytes())
    assert key.key_size == 3072  # type: ignore[union-attr]


def test_two_keys_differ(tmp_path: Path) -> None:
    """They are made anew each time."""
    first = make_key("a", NewKeyKind.ED25519, directory=tmp_path)
    assert first.public_key != make_key("b", NewKeyKind.ED25519, directory=tmp_path).public_key


def test_scope_of_the_policy(tmp_path: Path) -> None:
    """``--for`` narrows it."""
    made = make_key("release", NewKeyKind.ED25519, directory=tmp_path, scope="acme-*")
    policy = parse_trust_policy(made.policy_file.read_bytes(), path="x")
    assert policy.candidates("acme-tools")
    assert not policy.candidates("other")


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no modes")
@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_private_key_is_for_its_owner_only(tmp_path: Path, umask: int) -> None:
    """Whatever the umask; the other two may be read by all."""
    old = os.umask(umask)
    try:
        made = make_key("release", NewKeyKind.ED25519, directory=tmp_path)
    finally:
        os.umask(old)
    assert made.key_file.stat().st_mode & 0o777 == 0o600
    assert made.public_file.stat().st_mode & 0o777 == made.policy_file.stat().st_mode & 0o777 == 0o644


def test_passphrase_encrypts_the_key(tmp_path: Path) -> None:
    """Without it the file is of no use."""
    made = make_key("release", NewKeyKind.P256, directory=tmp_path, passphrase=b"secret")
    assert b"ENCRYPTED" in made.key_file.read_bytes()
    with pytest.raises(KeyUnavailableError):
        load_signer(KeySource(made.key_file))
    assert load_signer(KeySource(made.key_file, lambda path: b"secret")).public_key == made.public_key


@pytest.mark.parametrize("taken", sorted(FILES))
def test_nothing_is_overwritten(tmp_path: Path, taken: str) -> None:
    """One file in the way stops all three."""
    (tmp_path / taken).write_text("mine")
    with pytest.raises(OutputError, match="never overwritten") as caught:
        make_key("release", NewKeyKind.ED25519, directory=tmp_path)
    assert taken in caught.value.detail["found"]
    assert names(tmp_path) == {taken}
    assert (tmp_path / taken).read_text() == "mine"


def test_dangling_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    """A key must not appear where somebody else pointed."""
    (tmp_path / "release.key.pem").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError):
        make_key("release", NewKeyKind.ED25519, directory=tmp_path)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("failing", [1, 2, 3])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_failure_leaves_none_of_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int, error: BaseException
) -> None:
    """All or nothing, also when a person interrupts."""
    calls = 0

    def fsync(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise error

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        make_key("release", NewKeyKind.ED25519, directory=tmp_path)
    assert names(tmp_path) == set()


def test_directory_is_made(tmp_path: Path) -> None:
    """With its parents."""
    make_key("release", NewKeyKind.ED25519, directory=tmp_path / "a" / "b")
    assert names(tmp_path / "a" / "b") == FILES


@pytest.mark.parametrize("name", ["", ".", "../x", "a/b", "a b", "\u00e9", "x" * 65])
def test_odd_name_is_refused(tmp_path: Path, name: str) -> None:
    """It becomes part of file names."""
    with pytest.raises(ConfigError, match="key name"):
        make_key(name, NewKeyKind.ED25519, directory=tmp_path)
    assert names(tmp_path) == set()


@pytest.mark.parametrize("scope", ["", "a b", "*-*", "a?", "a/*"])
def test_odd_scope_is_refused(tmp_path: Path, scope: str) -> None:
    """A policy that cannot be read is not written."""
    with pytest.raises(ConfigError, match="scope"):
        make_key("release", NewKeyKind.ED25519, directory=tmp_path, scope=scope)
    assert names(tmp_path) == set()

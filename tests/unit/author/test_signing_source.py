"""From options to credentials: what goes together, whose key, whose certificates, who stamps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugintool.author.credentials import SigningSource, find_stamp, open_credentials, public_half
from plugintool.author.sign import SignRequest, sign_artifacts
from plugintool.errors import ConfigError, KeyUnavailableError, SigningError
from plugintool.sign.command_signer import CommandSigner
from plugintool.sign.credentials import Credentials
from tests import authority_world as world
from tests import vector_forge as forge
from tests.signing_world import NOW, build_tree

PEOPLE = world.family()
KEY = str(forge.key_file("rsa3072"))


def load(**options: Any) -> Credentials:
    with open_credentials(SigningSource(**options), now=NOW) as found:
        return found


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    path = tmp_path / "chain.pem"
    path.write_text(PEOPLE.leaf.pem + PEOPLE.intermediate.pem)
    return path


@pytest.fixture
def public(tmp_path: Path) -> Path:
    path = tmp_path / "pub.pem"
    path.write_text(forge.public_pem("p256"))
    return path


def test_key_file() -> None:
    """By itself it needs no more."""
    found = load(key=KEY)
    assert found.signer.public_key.key_id == forge.key_id("rsa3072")
    assert (found.certificates, found.stamp) == ((), None)


def test_key_with_its_certificates(chain: Path) -> None:
    """In order."""
    assert load(key=KEY, certificate_chain=chain).certificates[0].name == "Acme Release 2026 / Acme"


def test_certificates_of_another_key(chain: Path) -> None:
    """Before anything is signed."""
    with pytest.raises(KeyUnavailableError, match="exactly one certificate"):
        load(key=str(forge.key_file("p256")), certificate_chain=chain)


@pytest.mark.parametrize(("options", "found"), [({}, "none"), ({"key": "k", "signer_command": "c"}, "both")])
def test_exactly_one_signer(options: dict[str, str], found: str) -> None:
    """A usage error that says what was given."""
    with pytest.raises(ConfigError, match="said once") as caught:
        load(**options)
    assert caught.value.detail["found"] == found


def test_command_with_a_public_key(public: Path) -> None:
    """Which is what its values are checked with."""
    signer = load(signer_command="sign", public_key=public).signer
    assert isinstance(signer, CommandSigner)
    assert signer.public_key.key_id == forge.key_id("p256")


def test_command_with_certificates(chain: Path) -> None:
    """The first one is the signer's."""
    found = load(signer_command="sign", certificate_chain=chain)
    assert found.signer.public_key.key_id == forge.key_id("rsa3072")
    assert len(found.certificates) == 2


def test_command_without_either() -> None:
    """What it writes could not be checked."""
    with pytest.raises(ConfigError, match="public key is not known") as caught:
        load(signer_command="sign")
    assert caught.value.detail["field"] == "--public-key"


def test_public_key_of_another_private_one(public: Path) -> None:
    """Both are named by their ids."""
    with pytest.raises(KeyUnavailableError, match="do not belong together") as caught:
        load(key=KEY, public_key=public)
    assert forge.key_id("p256") in caught.value.detail["expected"]
    assert forge.key_id("rsa3072") in caught.value.detail["found"]


@pytest.mark.parametrize("text", [None, "", "hello", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_public_key_that_is_none(tmp_path: Path, text: str | None) -> None:
    """With its file."""
    path = tmp_path / "k.pem"
    if text is not None:
        path.write_text(text)
    with pytest.raises(KeyUnavailableError, match="the public key cannot be used") as caught:
        public_half(SigningSource(public_key=path))
    assert caught.value.detail["path"] == str(path)


@pytest.mark.parametrize("url", ["", "tsa.example", "file:///etc/passwd", "ftp://tsa.example", "-x"])
def test_address_that_is_none(url: str) -> None:
    """Said before the key is used."""
    with pytest.raises(ConfigError, match="no address") as caught:
        find_stamp(SigningSource(timestamp_url=url), now=NOW)
    assert caught.value.detail["field"] == "--timestamp-url"


def test_two_authorities(tmp_path: Path) -> None:
    """One is meant."""
    with pytest.raises(ConfigError, match="two authorities"):
        find_stamp(SigningSource(timestamp_url="http://tsa.example", timestamp_key=tmp_path), now=NOW)


def test_token_that_is_not_known() -> None:
    """A URI is read before a library is loaded."""
    with pytest.raises(ConfigError, match="PKCS #11 URI"):
        load(key="pkcs11:object=k")


def run(tmp_path: Path, **options: Any) -> None:
    sign_artifacts([tmp_path], SignRequest(**options), now=NOW)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"source": SigningSource(key=KEY), "repair": True},
        {"prepare": Path("d"), "attach": Path("d")},
        {"source": SigningSource(signer_command="x"), "prepare": Path("d")},
    ],
)
def test_ways_exclude_each_other(tmp_path: Path, options: dict[str, Any]) -> None:
    """Which is said of all of them."""
    with pytest.raises(ConfigError, match="how to sign must be said once") as caught:
        run(tmp_path, **options)
    assert "--repair-container" in caught.value.detail["field"]


def test_sequence_was_fixed_when_it_was_prepared(tmp_path: Path, public: Path) -> None:
    """It is part of what was signed."""
    with pytest.raises(ConfigError, match="sequence was fixed"):
        run(tmp_path, source=SigningSource(public_key=public), attach=tmp_path, sequence=4)


def test_tree_has_no_container(tmp_path: Path) -> None:
    """Only bundles are repaired."""
    report = sign_artifacts([build_tree(tmp_path)], SignRequest(repair=True), now=NOW)
    assert isinstance(report.outcomes[0].error, SigningError)


def test_passphrase_is_asked_for_by_the_name_of_the_key(tmp_path: Path) -> None:
    """So that a person knows which one."""
    from plugintool.sign.key_files import private_file  # noqa: PLC0415 - only here

    path = tmp_path / "secret.key.pem"
    path.write_bytes(private_file(forge.private_key("ed25519-a"), b"open sesame").data)
    asked: list[str] = []

    def answer(what: str) -> bytes:
        asked.append(what)
        return b"open sesame"

    assert load(key=str(path), ask=answer).signer.public_key.key_id == forge.key_id("ed25519-a")
    assert asked == [str(path)]

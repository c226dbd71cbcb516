"""Signing with certificates and timestamps: what comes with a key, and what is refused before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugintool.digest import sha256
from plugintool.envelope import tst
from plugintool.envelope.signature_file import parse_signature_file
from plugintool.errors import KeyUnavailableError, SigningError
from plugintool.sign.chain_file import load_chain
from plugintool.sign.credentials import Credentials
from plugintool.sign.file_signer import FileSigner, signer_of
from plugintool.sign.sign import sign_tree
from plugintool.verify.certificate import Certificate, read_certificate
from tests import authority_world as world
from tests import vector_forge as forge
from tests.authority_world import NOW, YEAR, Holder
from tests.signing_world import build_tree, contents

PEOPLE = world.family()


def signer(holder: Holder = PEOPLE.leaf) -> FileSigner:
    return signer_of(holder.key, path="x")


def read(*holders: Holder) -> tuple[Certificate, ...]:
    return tuple(read_certificate(holder.der, what="x") for holder in holders)


def chain_file(tmp_path: Path, *holders: Holder) -> Path:
    path = tmp_path / "chain.pem"
    path.write_text("".join(holder.pem for holder in holders))
    return path


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 1), (1, 0), (0,)])
def test_chain_is_put_in_order(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Whatever the order in the file, with or without the root: the signer's certificate comes first."""
    people = (PEOPLE.leaf, PEOPLE.intermediate, PEOPLE.root)
    found = load_chain(chain_file(tmp_path, *(people[index] for index in order)), signer())
    assert [one.der for one in found] == [people[index].der for index in sorted(order)]


def test_chain_for_another_key(tmp_path: Path) -> None:
    """The message names the key that is wanted and those that are there."""
    with pytest.raises(KeyUnavailableError, match="exactly one certificate") as caught:
        load_chain(chain_file(tmp_path, PEOPLE.leaf), signer(PEOPLE.tsa))
    assert signer(PEOPLE.tsa).public_key.key_id in caught.value.detail["expected"]
    assert "Acme Release 2026" in caught.value.detail["found"]


def test_two_certificates_for_the_key(tmp_path: Path) -> None:
    """Which one is meant is for the publisher to say."""
    renewed = world.issue("Acme Release 2027", "rsa3072", PEOPLE.intermediate, purposes=[world.CODE_SIGNING])
    with pytest.raises(KeyUnavailableError, match="exactly one certificate"):
        load_chain(chain_file(tmp_path, PEOPLE.leaf, renewed), signer())


def test_certificate_that_does_not_belong(tmp_path: Path) -> None:
    """Room for what nobody checks is not given away."""
    with pytest.raises(KeyUnavailableError, match="does not belong") as caught:
        load_chain(chain_file(tmp_path, PEOPLE.leaf, PEOPLE.intermediate, PEOPLE.tsa_root), signer())
    assert caught.value.detail["found"] == "Time Root / Time"


@pytest.mark.parametrize("text", ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_file_without_certificates(tmp_path: Path, text: str) -> None:
    """And the message names the file."""
    path = tmp_path / "chain.pem"
    path.write_text(text)
    with pytest.raises(KeyUnavailableError, match="certificates cannot be used") as caught:
        load_chain(path, signer())
    assert caught.value.detail["path"] == str(path)


def test_missing_file(tmp_path: Path) -> None:
    """As an error of the key, like a missing key."""
    with pytest.raises(KeyUnavailableError):
        load_chain(tmp_path / "nothing.pem", signer())


def stamp(signature: bytes) -> bytes:
    return tst.render_response(world.stamp(signature, PEOPLE.tsa))


def test_signature_carries_certificate_and_timestamp(tmp_path: Path) -> None:
    """The signer's certificate alone, and a response about this signature."""
    tree = build_tree(tmp_path)
    chain = read(PEOPLE.leaf, PEOPLE.intermediate, PEOPLE.root)
    done = sign_tree(tree, Credentials(signer(), chain, stamp), now=NOW)
    file = parse_signature_file((tree / done.file).read_bytes(), path="x")
    assert file.certificate == PEOPLE.leaf.der
    token = tst.parse_token(tst.parse_response(file.timestamps[0], what="x"), what="x")
    assert token.imprint.hex() == sha256(file.signature)


@pytest.mark.parametrize("holders", [(PEOPLE.leaf,), (PEOPLE.leaf, PEOPLE.intermediate)])
def test_chain_without_the_root_is_enough(tmp_path: Path, holders: tuple[Holder, ...]) -> None:
    """Publishers often have only what their authority sent them."""
    assert sign_tree(build_tree(tmp_path), Credentials(signer(), read(*holders)), now=NOW).is_new


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"end": NOW - YEAR / 2}, "had expired"),
        ({"start": NOW + YEAR / 2}, "was not valid yet"),
        ({"purposes": []}, "step 3"),
        ({"usage": ("key_encipherment",)}, "lacks digitalSignature"),
    ],
)
def test_certificate_that_no_verifier_would_take(tmp_path: Path, changes: dict[str, object], why: str) -> None:
    """Said before anything is written, not by ten thousand devices."""
    arguments: dict[str, object] = {"purposes": [world.CODE_SIGNING], **changes}
    bad = world.issue("Bad", "rsa3072", PEOPLE.intermediate, **arguments)  # type: ignore[arg-type]
    tree = build_tree(tmp_path)
    before = contents(tree)
    with pytest.raises(SigningError, match=why):
        sign_tree(tree, Credentials(signer(bad), read(bad, PEOPLE.intermediate)), now=NOW)
    assert contents(tree) == before


def test_same_certificate_again_is_nothing_new(tmp_path: Path) -> None:
    """And another one for the same key is not silently passed over."""
    tree = build_tree(tmp_path)
    credentials = Credentials(signer(), read(PEOPLE.leaf, PEOPLE.intermediate))
    assert sign_tree(tree, credentials, now=NOW).is_new
    assert not sign_tree(tree, credentials, now=NOW).is_new
    renewed = world.issue("Acme Release 2027", "rsa3072", PEOPLE.intermediate, purposes=[world.CODE_SIGNING])
    with pytest.raises(SigningError, match="another certificate"):
        sign_tree(tree, Credentials(signer(), read(renewed, PEOPLE.intermediate)), now=NOW)


def test_key_and_certificate_may_sign_one_tree(tmp_path: Path) -> None:
    """Several signature files over the same statement, of both kinds."""
    tree = build_tree(tmp_path)
    sign_tree(tree, Credentials(forge.signer("ed25519-a")), now=NOW)
    done = sign_tree(tree, Credentials(signer(), read(PEOPLE.leaf, PEOPLE.intermediate)), now=NOW)
    assert done.signatures == 2

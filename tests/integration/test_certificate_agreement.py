"""Programs that are not ours about certificates, timestamps and envelopes that we make."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError as DsseError
from securesystemslib.signer import Key, SSlibKey  # type: ignore[attr-defined]

from plugintool.envelope import tst
from plugintool.envelope.signature_file import parse_signature_file
from plugintool.sign.credentials import Credentials
from plugintool.sign.file_signer import signer_of
from plugintool.sign.sign import sign_tree
from plugintool.verify.certificate import read_certificate
from tests import authority_world as world
from tests import vector_forge as forge
from tests.authority_world import NOW, Holder
from tests.conftest import NODE_PACKAGES
from tests.signing_world import build_tree
from tests.vector_cases_certificates import leaf, signature_by, stamp

SCRIPT = Path(__file__).parents[1] / "foreign" / "verify_many.mjs"
PEOPLE = world.family()
DAY = dt.timedelta(days=1)
SIGSTORE = pytest.mark.foreign("node", "@sigstore/verify", "@sigstore/bundle")
Find = Callable[[str], str]
Ask = Callable[..., str]


@pytest.fixture
def ask(foreign: Find) -> Ask:
    """Ask @sigstore/verify about a signature file by a certificate; the roots are those of the family."""

    def about(file: bytes, *, chain: tuple[Holder, ...] = (PEOPLE.intermediate, PEOPLE.root), **changes: Any) -> str:
        question = {
            "file": file.decode(),
            "keys": {},
            "authorities": [[one.pem for one in chain]],
            "clocks": [[PEOPLE.tsa.pem, PEOPLE.tsa_root.pem]],
            "stamps": 1,
            **changes,
        }
        done = subprocess.run(
            [foreign("node"), str(SCRIPT)],
            input=json.dumps([question]),
            env={**os.environ, "NODE_PATH": str(NODE_PACKAGES)},
            capture_output=True,
            text=True,
            check=True,
        )
        return str(json.loads(done.stdout)[0])

    return about


def signed_by_us(tmp_path: Path) -> bytes:
    """The signature file that plugintool writes, with a certificate and a timestamp."""
    tree = build_tree(tmp_path)
    chain = tuple(read_certificate(one.der, what="x") for one in (PEOPLE.leaf, PEOPLE.intermediate))

    def authority(signature: bytes) -> bytes:
        return tst.render_response(world.stamp(signature, PEOPLE.tsa))

    sign_tree(tree, Credentials(signer_of(PEOPLE.leaf.key, path="x"), chain, authority), now=NOW)
    (path,) = (tree / ".claude-plugin").glob("*.sigstore.json")
    return path.read_bytes()


@SIGSTORE
def test_sigstore_accepts_our_certificate_and_timestamp(ask: Ask, tmp_path: Path) -> None:
    """By a trusted root with our authorities, as an administrator of a private one would write it."""
    assert ask(signed_by_us(tmp_path)) == "verified"


@SIGSTORE
@pytest.mark.parametrize("key", ["ec:leaf", "rsa2048", "rsa3072"])
def test_sigstore_accepts_each_kind_of_key(ask: Ask, key: str) -> None:
    """That an authority certifies for us."""
    assert ask(signature_by(leaf(key=key), stamps=[stamp(NOW)])) == "verified"


@SIGSTORE
def test_sigstore_takes_the_stamped_time(ask: Ask) -> None:
    """A signer that has expired since is good; one that had expired when it was stamped is not. As we say."""
    old = leaf(end=NOW - 30 * DAY)
    assert ask(signature_by(old, stamps=[stamp(NOW - 60 * DAY)])) == "verified"
    assert "CERTIFICATE_ERROR" in ask(signature_by(old, stamps=[stamp(NOW - 10 * DAY)]))


@SIGSTORE
def test_sigstore_refuses_an_authority_that_did_not_exist_yet(ask: Ask) -> None:
    """Where openssl ts 3.0 accepts the token."""
    early = signature_by(leaf(start=NOW - 3 * world.YEAR), stamps=[stamp(NOW - 2 * world.YEAR)])
    assert "TIMESTAMP_ERROR" in ask(early)


@SIGSTORE
@pytest.mark.parametrize("stamps", [[], [stamp(NOW, message=b"another")]])
def test_sigstore_wants_a_timestamp_over_this_signature(ask: Ask, stamps: list[Any]) -> None:
    """None, or one that was moved from elsewhere."""
    assert "TIMESTAMP_ERROR" in ask(signature_by(PEOPLE.leaf, stamps=stamps))


@SIGSTORE
def test_sigstore_refuses_another_root(ask: Ask) -> None:
    """So that its yes means something."""
    file = signature_by(PEOPLE.leaf, stamps=[stamp(NOW)])
    assert "CERTIFICATE_ERROR" in ask(file, chain=(PEOPLE.tsa_root,))


# -- securesystemslib --------------------------------------------------------------------------------------------


def envelope_of(file: bytes) -> Envelope:
    value = json.loads(file)["dsseEnvelope"]
    key_id = parse_signature_file(file, path="x").key_id
    signatures = [{"keyid": key_id, "sig": one["sig"]} for one in value["signatures"]]
    return Envelope.from_dict({**value, "signatures": signatures})


def key_of(name: str) -> Key:
    return SSlibKey.from_crypto(forge.private_key(name).public_key(), keyid=forge.key_id(name))


@pytest.mark.parametrize("name", ["ed25519-a", "p256"])
def test_securesystemslib_verifies_our_envelope(name: str, tmp_path: Path) -> None:
    """DSSE, by a library of others; for RSA it only knows PSS, for P-384 only SHA-384."""
    tree = build_tree(tmp_path)
    sign_tree(tree, Credentials(forge.signer(name)), now=NOW)
    envelope = envelope_of((tree / forge.SIGNATURE).read_bytes())
    assert list(envelope.verify([key_of(name)], 1)) == [forge.key_id(name)]


def test_securesystemslib_refuses_another_key_and_payload(tmp_path: Path) -> None:
    """And a threshold that one key does not reach."""
    tree = build_tree(tmp_path)
    sign_tree(tree, Credentials(forge.signer("ed25519-a")), now=NOW)
    envelope = envelope_of((tree / forge.SIGNATURE).read_bytes())
    for keys, threshold in (([key_of("ed25519-b")], 1), ([key_of("ed25519-a"), key_of("ed25519-b")], 2)):
        with pytest.raises(DsseError):
            envelope.verify(keys, threshold)
    envelope.payload += b" "
    with pytest.raises(DsseError):
        envelope.verify([key_of("ed25519-a")], 1)


# -- rfc3161-client ----------------------------------------------------------------------------------------------


def test_rfc3161_client_verifies_our_response() -> None:
    """The token that our authority makes, by a verifier of others; and not for another message."""
    response = decode_timestamp_response(tst.render_response(world.stamp(b"message", PEOPLE.tsa)))
    verifier = VerifierBuilder().add_root_certificate(PEOPLE.tsa_root.certificate).build()
    assert verifier.verify_message(response, b"message")
    with pytest.raises(VerificationError):
        verifier.verify_message(response, b"other")


def test_rfc3161_client_refuses_another_root() -> None:
    """So that its yes means something."""
    response = decode_timestamp_response(tst.render_response(world.stamp(b"message", PEOPLE.tsa)))
    verifier = VerifierBuilder().add_root_certificate(PEOPLE.root.certificate).build()
    with pytest.raises(VerificationError):
        verifier.verify_message(response, b"message")

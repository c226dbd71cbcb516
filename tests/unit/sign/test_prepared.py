"""Signing in two steps: what is written, and what the second step refuses."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from plugintool.envelope.dsse import PAYLOAD_TYPE, pae
from plugintool.errors import OutputError, SigningError
from plugintool.sign import prepared as module
from plugintool.sign.bundle import prepare_bundle, sign_bundle
from plugintool.sign.credentials import Credentials
from plugintool.sign.prepared import AttachedSigner, Prepared, write_request
from plugintool.sign.sign import prepare_tree, sign_tree
from plugintool.verify.certificate import read_certificate
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.judge import Judge
from tests import authority_world as world
from tests import vector_cases_bundles as bundles
from tests import vector_forge as forge
from tests.signing_world import NOW, build_tree, contents

SIGNER = forge.signer("ed25519-a")
KEY = SIGNER.public_key
PEOPLE = world.family()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return build_tree(tmp_path / "trees")


@pytest.fixture
def prepared(tree: Path, tmp_path: Path) -> Prepared:
    return write_request(tmp_path / "to-sign", prepare_tree(tree, KEY, now=NOW, sequence=7), KEY)


def sign(prepared: Prepared) -> None:
    """What somebody does elsewhere."""
    message = (prepared.directory / "message").read_bytes()
    (prepared.directory / "signature").write_bytes(SIGNER.sign(message))


def attach(prepared: Prepared, tree: Path) -> Any:
    signer = AttachedSigner(prepared.directory, KEY)
    return sign_tree(tree, Credentials(signer), now=NOW, sequence=signer.sequence())


def test_two_steps_give_what_one_gives(tree: Path, prepared: Prepared, tmp_path: Path) -> None:
    """Byte for byte."""
    sign(prepared)
    assert attach(prepared, tree).is_new
    other = build_tree(tmp_path / "other")
    sign_tree(other, Credentials(SIGNER), now=NOW, sequence=7)
    assert contents(other) == contents(tree)


def test_what_is_written(tree: Path, prepared: Prepared) -> None:
    """The message is the encoding of DSSE, the digest its SHA-256, the request tells people what they sign."""
    assert sorted(os.listdir(prepared.directory)) == ["digest", "message", "request.json"]
    message = (prepared.directory / "message").read_bytes()
    assert message.startswith(f"DSSEv1 {len(PAYLOAD_TYPE)} {PAYLOAD_TYPE}".encode())
    assert (prepared.directory / "digest").read_bytes() == hashlib.sha256(message).digest()
    value = json.loads((prepared.directory / "request.json").read_text())
    assert (value["kind"], value["artifact"], value["sequence"]) == ("tree", tree.name, 7)
    assert value["key_id"] == KEY.key_id
    assert value["message_sha256"] == hashlib.sha256(message).hexdigest()
    sign(prepared)
    statement = attach(prepared, tree).statement
    assert message == pae(PAYLOAD_TYPE, statement.payload)
    assert value["digest"] == statement.digest


def test_preparing_changes_nothing(tree: Path, tmp_path: Path) -> None:
    """And a dry run writes nothing at all."""
    before = contents(tree)
    write_request(tmp_path / "d", prepare_tree(tree, KEY, now=NOW), KEY, dry_run=True)
    assert contents(tree) == before
    assert not (tmp_path / "d").exists()


def test_tree_that_was_changed_in_between(tree: Path, prepared: Prepared) -> None:
    """Also when it was built again, so that it is sound by itself."""
    sign(prepared)
    other = build_tree(tree.parent / "again", more={"extra.md": b"more"})
    before = contents(other)
    with pytest.raises(SigningError, match="is not what is to be signed now") as caught:
        attach(prepared, other)
    assert "prepare again" in caught.value.detail["hint"]
    assert contents(other) == before


@pytest.mark.parametrize("name", ["message", "signature", "request.json"])
def test_file_that_is_missing(tree: Path, prepared: Prepared, name: str) -> None:
    """Named, with what belongs there."""
    sign(prepared)
    (prepared.directory / name).unlink()
    with pytest.raises(SigningError) as caught:
        attach(prepared, tree)
    assert caught.value.detail["path"].endswith(name)


@pytest.mark.parametrize("value", [b"", b"hello", b"\0" * 64, b"x" * 2000])
def test_value_that_is_no_signature(tree: Path, prepared: Prepared, value: bytes) -> None:
    """Nothing is written into the tree."""
    before = contents(tree)
    (prepared.directory / "signature").write_bytes(value)
    with pytest.raises(SigningError):
        attach(prepared, tree)
    assert contents(tree) == before


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"version": 2}, "no request that sign --prepare wrote"),
        ({"sequence": "7"}, "no request that sign --prepare wrote"),
        ({"sequence": True}, "no request that sign --prepare wrote"),
        ({"key_id": "0" * 64}, "for another key"),
        ({"sequence": 8}, "is not what is to be signed now"),
    ],
)
def test_request_that_was_changed(tree: Path, prepared: Prepared, change: dict[str, Any], why: str) -> None:
    """It is a help for people; the message decides."""
    sign(prepared)
    path = prepared.directory / "request.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(SigningError, match=why):
        attach(prepared, tree)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"version": 1, "version": 1}'])
def test_request_that_is_none(tree: Path, prepared: Prepared, text: str) -> None:
    """Any bytes are a request or an error."""
    sign(prepared)
    (prepared.directory / "request.json").write_text(text)
    with pytest.raises(SigningError, match="request"):
        attach(prepared, tree)


def test_request_is_never_overwritten(tree: Path, prepared: Prepared, tmp_path: Path) -> None:
    """Somebody may be about to sign it."""
    with pytest.raises(OutputError, match="already there"):
        write_request(tmp_path / "to-sign", prepared.wanted, KEY)


def test_request_is_whole_or_not_there(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full in the middle."""

    def fail(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "rename", fail)  # type: ignore[attr-defined]
    with pytest.raises(OutputError, match="no space left"):
        write_request(tmp_path / "d", prepare_tree(tree, KEY, now=NOW), KEY)
    assert os.listdir(tmp_path / "d") == []


def test_key_that_has_signed_already(tree: Path) -> None:
    """There is nothing to prepare."""
    sign_tree(tree, Credentials(SIGNER), now=NOW)
    with pytest.raises(SigningError, match="signed the tree already"):
        prepare_tree(tree, KEY, now=NOW)


def test_second_signature_is_over_the_same_statement(tree: Path) -> None:
    """Whatever the time is by then."""
    first = sign_tree(tree, Credentials(SIGNER), now=NOW, sequence=3)
    wanted = prepare_tree(tree, forge.signer("p256").public_key, now=NOW)
    assert wanted.sequence == 3
    assert wanted.message == pae(PAYLOAD_TYPE, first.statement.payload)


def test_bundle_in_two_steps(tmp_path: Path) -> None:
    """The signed attributes are the message; another certificate gives another one."""
    path = tmp_path / "acme-server.mcpb"
    path.write_bytes(bundles.ARCHIVE)
    chain = tuple(read_certificate(holder.der, what="x") for holder in (PEOPLE.leaf, PEOPLE.intermediate))
    leaf = forge.signer("rsa3072")
    signer = AttachedSigner(tmp_path / "to-sign" / path.name, leaf.public_key)
    credentials = Credentials(signer, chain)
    made = write_request(tmp_path / "to-sign", prepare_bundle(path, credentials), leaf.public_key)
    assert path.read_bytes() == bundles.ARCHIVE
    assert made.as_json()["sequence"] is None
    (made.directory / "signature").write_bytes(leaf.sign(made.wanted.message))
    renewed = world.issue("Renewed", "rsa3072", PEOPLE.intermediate, purposes=[world.CODE_SIGNING])
    other = Credentials(signer, (read_certificate(renewed.der, what="x"), chain[1]))
    for given, why in ((other, "is not what is to be signed now"), (credentials, "")):
        judge = Judge(given.as_policy("*"), Circumstances(NOW))
        if why:
            with pytest.raises(SigningError, match=why):
                sign_bundle(path, given, judge)
        else:
            assert sign_bundle(path, given, judge).is_new

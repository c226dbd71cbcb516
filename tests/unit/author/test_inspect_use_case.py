"""``inspect`` says of anything what it is, and never that it is verified."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plugintool.author.build import BuildOptions, build_plugins
from plugintool.author.inspect import Inspection, inspect_paths
from plugintool.author.lint import lint_tree
from plugintool.author.pack import pack_trees
from plugintool.build.write import Built
from plugintool.digest import sha256
from plugintool.envelope.signature_file import SignatureFile, render_signature_file
from plugintool.envelope.statement import make_statement
from plugintool.errors import ArchiveError, InputError, MissingPathError, PlugintoolError
from plugintool.sign.keys import NewKeyKind, make_key
from plugintool.tree.copy import record_of
from plugintool.tree.directory import open_built
from plugintool.tree.memory import MemoryTree
from plugintool.tree.zip_writer import write_zip

PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
HOOK = {"matcher": "Write", "hooks": [{"type": "command", "command": "${CLAUDE_PLUGIN_ROOT}/bin/run"}]}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "demo"
    files = {
        ".claude-plugin/plugin.json": json.dumps({"name": "demo", "version": "1.0.0", "description": "A demo."}),
        "skills/greet/SKILL.md": "---\nname: greet\ndescription: Greets whoever asks for it.\n---\nHello.\n",
        "hooks/hooks.json": json.dumps({"hooks": {"PostToolUse": [HOOK]}}),
        "bin/run": "#!/bin/sh\n",
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "bin/run").chmod(0o755)
    return root


@pytest.fixture
def built(source: Path, tmp_path: Path) -> Path:
    report = build_plugins([source], BuildOptions(out=tmp_path / "out", lint=lint_tree))
    (outcome,) = report.outcomes
    assert isinstance(outcome.value, Built), outcome
    return outcome.value.root


def inspect(path: Path) -> Inspection:
    (outcome,) = inspect_paths([path]).outcomes
    assert outcome.value is not None, outcome.error
    assert json.dumps(outcome.value.as_json())
    return outcome.value


def refused(path: Path) -> PlugintoolError:
    (outcome,) = inspect_paths([path]).outcomes
    assert outcome.error is not None
    return outcome.error


def sign(root: Path) -> str:
    """Claim a signature; nobody checks it."""
    record = record_of(open_built(root))
    statement = make_statement(name="demo", version="1.0.0", sequence=7, sync_version="1", record=record)
    file = SignatureFile(
        payload=statement.payload, payload_type="application/vnd.in-toto+json", signature=b"x" * 64, key_id=sha256(b"k")
    )
    (root / ".claude-plugin/plugin.sigstore.json").write_bytes(render_signature_file(file))
    return file.key_id


def test_a_source_tree(source: Path) -> None:
    found = inspect(source)
    assert (found.kind, found.name, found.version, found.claims) == ("source tree", "demo", "1.0.0", ())
    assert found.inventory is not None
    assert found.inventory.components["skill"] == ("greet",)
    assert found.inventory.hook_events == ("PostToolUse",)
    assert found.inventory.executables == ("bin/run",)


def test_a_built_tree_and_its_archive_hold_the_same(built: Path, tmp_path: Path) -> None:
    tree = inspect(built)
    report = pack_trees([built], out=tmp_path / "dist")
    assert report.outcomes[0].value is not None
    archive = inspect(report.outcomes[0].value.path)
    assert (tree.kind, archive.kind) == ("built tree", "archive")
    assert tree.inventory == archive.inventory
    assert dict(tree.facts)["record"] == dict(archive.facts)["record"] == record_of(open_built(built)).digest
    assert dict(tree.facts)["sync version"] == dict(archive.facts)["sync version"]


def test_who_signed_is_a_claim(built: Path) -> None:
    key_id = sign(built)
    (claim,) = inspect(built).claims
    assert (claim.key_id, claim.sequence, claim.name) == (key_id, 7, "demo")
    assert claim.as_json()["verified"] is False


def test_a_signature_file_alone(built: Path) -> None:
    key_id = sign(built)
    found = inspect(built / ".claude-plugin/plugin.sigstore.json")
    assert (found.kind, found.name, found.claims[0].key_id) == ("signature file", "demo", key_id)


def test_an_org_plugins_directory_means_all_plugins_in_it(built: Path) -> None:
    report = inspect_paths([built.parent])
    assert [outcome.value.name for outcome in report.outcomes if outcome.value] == ["demo"]


def test_a_bundle(tmp_path: Path) -> None:
    server = {"type": "node", "entry_point": "x.js", "mcp_config": {"command": "node"}}
    manifest = {"manifest_version": "0.3", "name": "clock", "version": "2.0.0", "description": "d", "server": server}
    with open(tmp_path / "x.mcpb", "wb") as target:
        write_zip(MemoryTree("x", {"manifest.json": json.dumps(manifest).encode(), "x.js": b"x"}), target)
    found = inspect(tmp_path / "x.mcpb")
    assert (found.kind, found.name, found.version) == ("bundle", "clock", "2.0.0")
    assert dict(found.facts)["command"] == "node"
    assert "'author' is a required property" in dict(found.facts)["problem 1"]


def test_a_bundle_outside_the_profile_is_refused_by_its_rule(tmp_path: Path) -> None:
    target = io.BytesIO()
    write_zip(MemoryTree("x", {"manifest.json": b"{}"}), target)
    (tmp_path / "x.mcpb").write_bytes(target.getvalue() + b"\n")
    error = refused(tmp_path / "x.mcpb")
    assert isinstance(error, ArchiveError)
    assert error.rule == "C02"


def test_keys(tmp_path: Path) -> None:
    """The private key has the id of its public half; an encrypted one is not opened."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "pub.pem").write_bytes(public)
    (tmp_path / "key.pem").write_bytes(key.private_bytes(PEM, PKCS8, serialization.NoEncryption()))
    (tmp_path / "locked.pem").write_bytes(key.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"x")))
    public_found, private_found = inspect(tmp_path / "pub.pem"), inspect(tmp_path / "key.pem")
    assert (public_found.kind, private_found.kind) == ("public key", "private key")
    assert dict(public_found.facts)["key id"] == dict(private_found.facts)["key id"]
    assert dict(public_found.facts)["algorithm"] == "ed25519"
    assert dict(inspect(tmp_path / "locked.pem").facts)["encrypted"] == "yes"


def test_a_trust_policy(tmp_path: Path) -> None:
    made = make_key("release", NewKeyKind.ED25519, directory=tmp_path)
    found = next(path for path in tmp_path.iterdir() if "policy" in path.name)
    policy = inspect(found)
    assert policy.kind == "trust policy"
    assert any(made.public_key.key_id in text for _, text in policy.facts)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"{}", b"[1]", b"\xff\xfe", b"-----BEGIN CERTIFICATE-----\n", b"PK"]
)
def test_anything_else_is_an_error_that_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    assert isinstance(refused(tmp_path / "x"), InputError)


def test_broken_keys_and_signatures_are_errors(tmp_path: Path) -> None:
    for text in (
        "-----BEGIN PUBLIC KEY-----\nx",
        "-----BEGIN PRIVATE KEY-----\nx",
        '{"dsseEnvelope": 1}',
        '{"policies": 1}',
    ):
        (tmp_path / "x").write_text(text)
        assert isinstance(refused(tmp_path / "x"), PlugintoolError)


def test_what_is_not_there_or_no_file_is_an_error(tmp_path: Path) -> None:
    assert isinstance(refused(tmp_path / "none"), MissingPathError)
    os.mkfifo(tmp_path / "pipe")
    assert isinstance(refused(tmp_path / "pipe"), InputError)
    (tmp_path / "empty").mkdir()
    assert isinstance(refused(tmp_path / "empty"), MissingPathError)

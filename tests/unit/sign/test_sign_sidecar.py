"""Signing beside a bundle: with any key, the bundle itself stays as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plugintool.cli.main import command
from plugintool.digest import sha256
from plugintool.envelope.bundle_statement import make_bundle_statement, parse_bundle_statement
from plugintool.envelope.signature_file import parse_signature_file
from plugintool.errors import MalformedFileError, MissingPathError, SigningError
from plugintool.sign.credentials import Credentials
from plugintool.sign.sidecar import SignedBeside, sign_bundle_beside
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.judge import Judge
from tests import authority_world as world
from tests import vector_forge as forge
from tests.signing_world import NOW, contents
from tests.vector_cases_bundles import ARCHIVE, MANIFEST, archive_of, bundle_by
from tests.vector_cases_sidecars import beside, claim

A, B = Credentials(forge.signer("ed25519-a")), Credentials(forge.signer("ed25519-b"))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """An unsigned bundle."""
    path = tmp_path / "acme-server.mcpb"
    path.write_bytes(ARCHIVE)
    return path


def signed(path: Path, credentials: Credentials = A, **options: Any) -> SignedBeside:
    judge = Judge(credentials.as_policy("*"), Circumstances(NOW))
    return sign_bundle_beside(path, credentials, judge, **options)


def file_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sigstore.json")


@pytest.mark.parametrize("key", ["ed25519-a", "p256", "p384", "rsa2048"])
def test_any_key_signs(bundle: Path, key: str) -> None:
    """The statement names the file and what its manifest says; the bundle is not touched."""
    done = signed(bundle, Credentials(forge.signer(key)), sequence=forge.SEQUENCE)
    file = parse_signature_file(file_of(bundle).read_bytes(), path="x")
    assert (file.key_id, json.loads(file.payload)) == (forge.key_id(key), claim())
    assert (done.file, done.is_new, done.statement.digest) == (file_of(bundle), True, sha256(ARCHIVE))
    assert bundle.read_bytes() == ARCHIVE


def test_the_writer_agrees_with_the_vectors(bundle: Path) -> None:
    """Byte for byte."""
    signed(bundle, sequence=forge.SEQUENCE)
    assert file_of(bundle).read_bytes() == beside()


def test_the_sequence_is_the_time_when_left_out(bundle: Path) -> None:
    """As with trees."""
    assert signed(bundle).statement.sequence == int(NOW.timestamp())


def test_a_signed_bundle_is_countersigned_as_it_is(bundle: Path) -> None:
    """Whoever signed the block is a stranger here."""
    bundle.write_bytes(bundle_by())
    assert signed(bundle).statement.digest == sha256(bundle_by())


def test_a_certificate_holder_signs_beside(bundle: Path) -> None:
    """The certificate goes into the file."""
    from plugintool.sign.file_signer import signer_of  # noqa: PLC0415
    from plugintool.verify.certificate import read_certificate  # noqa: PLC0415

    people = world.family()
    chain = tuple(read_certificate(one.der, what="x") for one in (people.leaf, people.intermediate, people.root))
    signed(bundle, Credentials(signer_of(people.leaf.key, path="x"), chain))
    assert parse_signature_file(file_of(bundle).read_bytes(), path="x").certificate == people.leaf.der


def test_signing_again_changes_nothing(bundle: Path) -> None:
    """The same key over the same file, with or without the same sequence."""
    first = signed(bundle, sequence=5)
    before = file_of(bundle).read_bytes()
    for again in (signed(bundle), signed(bundle, sequence=5)):
        assert (again.is_new, again.statement) == (False, first.statement)
    assert file_of(bundle).read_bytes() == before


def test_a_dry_run_writes_nothing(bundle: Path, tmp_path: Path) -> None:
    """It decides all the same."""
    before = contents(tmp_path)
    assert signed(bundle, dry_run=True).is_new
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("there", "message"),
    [
        (beside(key="ed25519-b"), "is by another key"),
        (beside(archive_of({**MANIFEST, "version": "2"})), "is about another file"),
        (beside(sequence=4), "has the sequence 4"),
        (b"{}", "cannot be read"),
    ],
)
def test_what_is_there_is_never_replaced(bundle: Path, there: bytes, message: str) -> None:
    """Somebody has to move it away."""
    file_of(bundle).write_bytes(there)
    with pytest.raises(SigningError, match=message):
        signed(bundle, sequence=5)
    assert file_of(bundle).read_bytes() == there


@pytest.mark.parametrize("data", [b"", b"hello", ARCHIVE + b"x", archive_of({**MANIFEST, "name": "../x"})])
def test_what_is_no_strict_bundle_is_not_signed(bundle: Path, data: bytes, tmp_path: Path) -> None:
    """Nothing is written."""
    bundle.write_bytes(data)
    before = contents(tmp_path)
    with pytest.raises(SigningError, match="cannot be signed"):
        signed(bundle)
    assert contents(tmp_path) == before


def test_a_missing_bundle_is_missing(tmp_path: Path) -> None:
    """Nothing was there to sign."""
    with pytest.raises(MissingPathError):
        signed(tmp_path / "none.mcpb")


class LyingSigner:
    """Signs something else."""

    public_key = forge.signer("ed25519-a").public_key

    def sign(self, message: bytes) -> bytes:
        return forge.signer("ed25519-a").sign(message + b"x")


def test_a_wrong_signature_is_not_written(bundle: Path, tmp_path: Path) -> None:
    """Our own verifier looks first."""
    before = contents(tmp_path)
    with pytest.raises(SigningError, match="does not verify: step 2"):
        signed(bundle, Credentials(LyingSigner()))
    assert contents(tmp_path) == before


# -- the statement -----------------------------------------------------------------------------------------------


def test_reads_what_was_made() -> None:
    """The bytes are those that are signed."""
    made = make_bundle_statement(file_name="a b.mcpb", digest=sha256(b"x"), name="@scope/name", version="1", sequence=1)
    assert parse_bundle_statement(made.payload, path="x") == made


@pytest.mark.parametrize("change", [{"file_name": "a/b"}, {"sequence": 0}, {"name": ""}, {"version": "\n"}])
def test_nothing_is_made_that_is_not_read(change: dict[str, Any]) -> None:
    """The writer is as strict as the reader."""
    good: dict[str, Any] = {
        "file_name": "a.mcpb", "digest": sha256(b"x"), "name": "a", "version": "1", "sequence": 1
    }  # fmt: skip
    with pytest.raises(MalformedFileError, match="statement about the bundle"):
        make_bundle_statement(**{**good, **change})


# -- the command line --------------------------------------------------------------------------------------------


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def policy(directory: Path, *publishers: Any) -> Path:
    path = directory / "trust-policy.json"
    path.write_text(json.dumps(forge.trust(forge.entry(*publishers))))
    return path


def test_sign_chooses_by_the_kind_of_key(bundle: Path, tmp_path: Path) -> None:
    """An Ed25519 key signs beside; verify finds it and says so."""
    done = call("sign", bundle, "--key", forge.key_file("ed25519-a"))
    assert done.exit_code == 0, done.output
    assert f"file    {file_of(bundle)}" in done.output
    good = call("verify", bundle, "--trust-policy", policy(tmp_path, forge.publisher("ed25519-a")))
    assert good.exit_code == 0, good.output
    assert "a signature file beside it" in good.output
    bad = call("verify", bundle, "--trust-policy", policy(tmp_path, forge.publisher("ed25519-b")))
    assert bad.exit_code == 3


def test_an_rsa_key_signs_beside_when_asked(bundle: Path) -> None:
    """Without certificates, which a block would need."""
    key = forge.key_file("rsa3072")
    assert call("sign", bundle, "--key", key).exit_code == 1
    assert call("sign", bundle, "--key", key, "--beside").exit_code == 0
    assert bundle.read_bytes() == ARCHIVE


def test_json_of_both(bundle: Path, tmp_path: Path) -> None:
    """What a release pipeline reads."""
    done = call("sign", bundle, "--key", forge.key_file("ed25519-a"), "--sequence", "7", "--format", "json")
    (subject,) = json.loads(done.stdout)["subjects"]
    assert subject["value"]["sequence"] == 7
    assert subject["value"]["signature_file"] == str(file_of(bundle))
    trusted = policy(tmp_path, forge.publisher("ed25519-a"))
    found = json.loads(call("verify", bundle, "--trust-policy", trusted, "--format", "json").stdout)
    shown = found["subjects"][0]["value"]["bundle"]
    assert (shown["sequence"], shown["dialect"], shown["unknown_keys"]) == (7, "", [])


def test_in_two_steps(bundle: Path, tmp_path: Path) -> None:
    """For keys that no program of this machine can reach."""
    public, work = tmp_path / "a.pub.pem", tmp_path / "work"
    public.write_text(forge.public_pem("ed25519-a"))
    prepared = call("sign", bundle, "--public-key", public, "--prepare", work, "--sequence", "9")
    assert prepared.exit_code == 0, prepared.output
    message = (work / bundle.name / "message").read_bytes()
    (work / bundle.name / "signature").write_bytes(forge.signer("ed25519-a").sign(message))
    attached = call("sign", bundle, "--public-key", public, "--attach", work)
    assert attached.exit_code == 0, attached.output
    assert file_of(bundle).read_bytes() == beside(sequence=9)


def test_a_broken_file_beside_ends_in_step_1(bundle: Path, tmp_path: Path) -> None:
    """Also when it is a directory, which is no file."""
    trusted = policy(tmp_path, forge.publisher("ed25519-a"))
    file_of(bundle).write_text("{}")
    assert call("verify", bundle, "--trust-policy", trusted).exit_code == 3
    file_of(bundle).unlink()
    file_of(bundle).mkdir()
    done = call("verify", bundle, "--trust-policy", trusted)
    assert done.exit_code == 3, done.output

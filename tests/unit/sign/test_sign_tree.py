"""Signing a built tree: what is written verifies; what is not a clean built tree is refused and left as it was."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

import pytest

from plugintool import limits
from plugintool.envelope.signature_file import parse_signature_file
from plugintool.errors import InputError, OutputError, PlugintoolError, SigningError
from plugintool.sign import sign
from plugintool.sign.credentials import Credentials
from plugintool.sign.sign import sign_tree
from plugintool.tree.directory import open_built
from plugintool.verify import verifier
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.keys import PublicKey
from tests import vector_forge as forge
from tests.signing_world import NOW, build_tree, contents, policy_of

A, B = Credentials(forge.signer("ed25519-a")), Credentials(forge.signer("ed25519-b"))
KINDS = ("ed25519-a", "p256", "p384", "rsa2048")


def refuse(tree: Path, error: type[PlugintoolError] = SigningError, *, sequence: int | None = None) -> PlugintoolError:
    before = contents(tree)
    with pytest.raises(error) as caught:
        sign_tree(tree, A, now=NOW, sequence=sequence)
    assert before == contents(tree)
    return caught.value


@pytest.mark.parametrize("name", KINDS)
def test_signed_tree_verifies(tmp_path: Path, name: str) -> None:
    """With the trust policy that pins the key, and it is the statement that was returned."""
    tree = build_tree(tmp_path)
    done = sign_tree(tree, Credentials(forge.signer(name)), now=NOW)
    source = open_built(tree)
    trusted = verifier.authenticate(
        source, policy_of(forge.trust(forge.entry(forge.publisher(name)))), Circumstances(NOW)
    )
    verifier.check_content(trusted, source)
    assert trusted.statement == done.statement
    assert (done.file, done.key_id, done.signatures, done.is_new) == (forge.SIGNATURE, forge.key_id(name), 1, True)


def test_statement_is_taken_from_the_tree(tmp_path: Path) -> None:
    """Name and version from plugin.json, the sync version from version.json, the record from the files."""
    tree = build_tree(tmp_path)
    statement = sign_tree(tree, A, now=NOW).statement
    assert (statement.name, statement.version) == (forge.NAME, "1.2.0")
    assert statement.sync_version == json.loads((tree / "version.json").read_text())["version"]
    assert [(entry.path, entry.executable) for entry in statement.record.entries] == [
        (".claude-plugin/plugin.json", False),
        ("bin/run.sh", True),
    ]


def test_only_the_signature_file_is_added(tmp_path: Path) -> None:
    """No temporary file stays, nothing else changes."""
    tree = build_tree(tmp_path)
    before = contents(tree)
    sign_tree(tree, A, now=NOW)
    after = contents(tree)
    assert set(after) - set(before) == {forge.SIGNATURE}
    assert {path: after[path] for path in before} == before
    if os.name == "posix":
        assert (tree / forge.SIGNATURE).stat().st_mode & 0o777 == 0o644


def test_sequence_is_the_time_in_seconds(tmp_path: Path) -> None:
    """Unless one is given; fractions do not count."""
    now = dt.datetime(2026, 11, 24, 12, 0, 0, 999_999, tzinfo=dt.UTC)
    assert sign_tree(build_tree(tmp_path / "a"), A, now=now).statement.sequence == 1_795_521_600
    assert sign_tree(build_tree(tmp_path / "b"), A, now=now, sequence=7).statement.sequence == 7


def test_same_input_same_signature_file(tmp_path: Path) -> None:
    """Reproducible, byte for byte."""
    for side in ("a", "b"):
        sign_tree(build_tree(tmp_path / side), A, now=NOW, sequence=1)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_second_key_signs_the_same_statement(tmp_path: Path) -> None:
    """Also much later; its file has its key id in the name."""
    tree = build_tree(tmp_path)
    first = sign_tree(tree, A, now=NOW)
    second = sign_tree(tree, B, now=NOW + dt.timedelta(days=3))
    assert second.statement.payload == first.statement.payload
    assert second.file == forge.further("ed25519-b")
    assert second.signatures == 2
    value = forge.trust(forge.entry(forge.publisher("ed25519-a", "ed25519-b", threshold=2)))
    assert len(verifier.authenticate(open_built(tree), policy_of(value), Circumstances(NOW)).signers) == 2


def test_signing_again_changes_nothing(tmp_path: Path) -> None:
    """A key that has signed this content is done."""
    tree = build_tree(tmp_path)
    sign_tree(tree, A, now=NOW)
    before = contents(tree)
    again = sign_tree(tree, A, now=NOW + dt.timedelta(hours=1))
    assert (again.is_new, again.signatures, again.file) == (False, 1, forge.SIGNATURE)
    assert before == contents(tree)


def test_dry_run_writes_nothing_and_says_the_same(tmp_path: Path) -> None:
    """Same plan, same checks."""
    tree = build_tree(tmp_path)
    before = contents(tree)
    planned = sign_tree(tree, A, now=NOW, dry_run=True)
    assert before == contents(tree)
    assert planned == sign_tree(tree, A, now=NOW)


def test_changed_tree_with_signatures_is_refused(tmp_path: Path) -> None:
    """Only build removes stale signatures, also for the key that made them."""
    tree = build_tree(tmp_path)
    sign_tree(tree, A, now=NOW)
    changed = build_tree(tmp_path / "b", more={"README.md": b"new\n"})
    (changed / forge.SIGNATURE).write_bytes((tree / forge.SIGNATURE).read_bytes())
    error = refuse(changed)
    assert "changed after it was signed" in error.message
    assert "plugintool build" in error.detail["hint"]


def test_other_sequence_than_signed_is_refused(tmp_path: Path) -> None:
    """Two signers sign one statement."""
    tree = build_tree(tmp_path)
    sign_tree(tree, B, now=NOW, sequence=5)
    assert "5, not 6" in refuse(tree, sequence=6).message
    assert sign_tree(tree, A, now=NOW, sequence=5).signatures == 2


def test_signatures_over_different_statements_are_refused(tmp_path: Path) -> None:
    """Somebody has mixed two releases."""
    tree = build_tree(tmp_path)
    sign_tree(tree, A, now=NOW, sequence=5)
    other = build_tree(tmp_path / "b")
    sign_tree(other, B, now=NOW, sequence=6)
    (tree / forge.further("ed25519-b")).write_bytes((other / forge.SIGNATURE).read_bytes())
    assert "different statements" in refuse(tree).message


def test_unreadable_signature_file_is_refused(tmp_path: Path) -> None:
    """It is not overwritten either."""
    tree = build_tree(tmp_path)
    (tree / forge.SIGNATURE).write_bytes(b"{}")
    assert "cannot be read" in refuse(tree).message


def test_signature_over_no_statement_is_refused(tmp_path: Path) -> None:
    """A file of the right form with something else in it."""
    tree = build_tree(tmp_path)
    (tree / forge.SIGNATURE).write_bytes(forge.signature(b"hello"))
    assert "cannot be read" in refuse(tree).message


def test_wrong_signature_of_the_same_key_is_found(tmp_path: Path) -> None:
    """Having signed is not taken on trust."""
    tree = build_tree(tmp_path)
    sign_tree(tree, A, now=NOW)
    file = parse_signature_file((tree / forge.SIGNATURE).read_bytes(), path="x")
    wrong = forge.compact(forge.signature_json(file.payload, signature=file.signature[::-1]))
    (tree / forge.SIGNATURE).write_bytes(wrong)
    assert "step 2" in refuse(tree).message


def test_ninth_signature_is_refused(tmp_path: Path) -> None:
    """No verifier would take it."""
    tree = build_tree(tmp_path)
    sign_tree(tree, B, now=NOW)
    data = (tree / forge.SIGNATURE).read_bytes()
    for number in range(limits.SIGNATURE_FILES - 1):
        (tree / f".claude-plugin/plugin.0000000{number}.sigstore.json").write_bytes(data)
    assert "8 signatures already" in refuse(tree).message


def test_signer_that_signs_badly_writes_nothing(tmp_path: Path) -> None:
    """The verifier judges before anything is written."""

    class Bad:
        public_key: PublicKey = A.signer.public_key

        def sign(self, message: bytes) -> bytes:
            return B.signer.sign(message)

    tree = build_tree(tmp_path)
    before = contents(tree)
    with pytest.raises(SigningError, match="does not verify: step 2"):
        sign_tree(tree, Credentials(Bad()), now=NOW)
    assert before == contents(tree)


@pytest.mark.parametrize("sequence", [0, -1, 2**53])
def test_sequence_out_of_range_is_refused(tmp_path: Path, sequence: int) -> None:
    """No verifier would take it."""
    refuse(build_tree(tmp_path), sequence=sequence)


def test_name_that_cannot_be_signed_is_refused(tmp_path: Path) -> None:
    """The same rule as on the device."""
    assert "name" in refuse(build_tree(tmp_path, name="acme tools")).message


def test_link_in_the_tree_is_refused(tmp_path: Path) -> None:
    """A built tree has none."""
    tree = build_tree(tmp_path)
    (tree / "link").symlink_to("bin/run.sh")
    with pytest.raises(InputError):
        sign_tree(tree, A, now=NOW)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_failure_while_writing_leaves_the_tree_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, error: BaseException
) -> None:
    """Whole or not there, also when a person interrupts."""
    tree = build_tree(tmp_path)
    before = contents(tree)

    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(os, call, fail)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        sign_tree(tree, A, now=NOW)
    assert before == contents(tree)


def test_result_is_read_back_from_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Success means that what lies on the disk verifies."""
    tree = build_tree(tmp_path)

    def write_badly(path: Path, data: bytes) -> None:
        path.write_bytes(data[:-1])

    monkeypatch.setattr(sign, "write_durably", write_badly)
    with pytest.raises(SigningError, match="step 1"):
        sign_tree(tree, A, now=NOW)


def test_json_form_has_what_a_release_script_needs(tmp_path: Path) -> None:
    """Stable names."""
    value = sign_tree(build_tree(tmp_path), A, now=NOW, sequence=1).as_json()
    assert value["sequence"] == 1
    assert value["key_id"] == forge.key_id("ed25519-a")
    assert value["signature_file"] == forge.SIGNATURE
    assert len(str(value["digest"])) == 64

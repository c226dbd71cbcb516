"""A key names its successor; and lineage files get into a tree while it is signed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugintool import limits
from plugintool.envelope.lineage import parse_lineage
from plugintool.envelope.signature_file import parse_signature_file
from plugintool.errors import MissingPathError, SigningError
from plugintool.sign.credentials import Credentials
from plugintool.sign.lineage import LineageFile, read_lineage_file, read_lineage_files, sign_lineage
from plugintool.sign.sign import sign_tree
from plugintool.tree.directory import open_built
from plugintool.verify import verifier
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.keys import PublicKey
from plugintool.verify.signature import check_signature
from tests import vector_forge as forge
from tests.signing_world import NOW, build_tree, contents, policy_of
from tests.vector_cases_lineage import FOLLOW_A, A, B, C, lineage, lineage_json, place


def rotated(old: str = A, new: str = B, *, keeps_signing: bool = False, sequence: int = 7) -> LineageFile:
    return sign_lineage(forge.signer(old), forge.signer(new).public_key, keeps_signing=keeps_signing, sequence=sequence)


@pytest.mark.parametrize("new", [B, "p256", "rsa2048"])
@pytest.mark.parametrize("old", [A, "p384", "rsa3072"])
def test_any_key_names_any_other(old: str, new: str) -> None:
    """The file is a signature file by the old key."""
    made = rotated(old, new)
    signed = parse_signature_file(made.data, path="x")
    check_signature(signed, forge.signer(old).public_key, path="x")
    assert parse_lineage(signed.payload, path="x") == made.lineage
    assert made.path == place(new)


def test_no_key_comes_after_itself() -> None:
    """It would be a circle."""
    with pytest.raises(SigningError, match="after itself"):
        rotated(A, A)


class LyingSigner:
    """Signs something else."""

    public_key: PublicKey = forge.signer(A).public_key

    def sign(self, message: bytes) -> bytes:
        return forge.signer(A).sign(message + b"x")


def test_a_wrong_signature_is_not_written() -> None:
    """What a token gives back is checked."""
    with pytest.raises(SigningError, match="does not verify"):
        sign_lineage(LyingSigner(), forge.signer(B).public_key, keeps_signing=False, sequence=7)


# -- files that are to travel ------------------------------------------------------------------------------------


def written(directory: Path, *files: dict[str, bytes]) -> list[Path]:
    paths = []
    for number, file in enumerate(files):
        (path,) = [directory / f"{number}.json"]
        path.write_bytes(next(iter(file.values())))
        paths.append(path)
    return paths


def test_files_get_the_place_of_their_new_key(tmp_path: Path) -> None:
    """Whatever their names are outside."""
    ab, bc = lineage(A, B), lineage(B, C)
    assert read_lineage_files(written(tmp_path, ab, bc)) == {**ab, **bc}


def test_the_same_file_twice_is_one(tmp_path: Path) -> None:
    """And two that say different things about one new key are refused."""
    ab = lineage(A, B)
    assert read_lineage_files(written(tmp_path, ab, ab)) == ab
    with pytest.raises(SigningError, match="two lineage files for one new key"):
        read_lineage_files(written(tmp_path, ab, lineage(A, B, keep=())))


ODD: dict[str, bytes] = {
    "empty": b"",
    "no_json": b"lineage",
    "release": forge.signature(forge.payload(), A),
    "too_large": b" " * (limits.LINEAGE_FILE_BYTES + 1),
    "other_speaker": forge.signature(forge.compact(lineage_json(B, C)), A),
}


@pytest.mark.parametrize("name", sorted(ODD))
def test_other_files_are_refused(tmp_path: Path, name: str) -> None:
    """With the name of the file."""
    path = tmp_path / "file.json"
    path.write_bytes(ODD[name])
    with pytest.raises(SigningError, match="lineage") as caught:
        read_lineage_file(path)
    assert str(caught.value.detail["path"]) == str(path)


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    """Nothing was there to judge."""
    with pytest.raises(MissingPathError):
        read_lineage_file(tmp_path / "none")


# -- signing -----------------------------------------------------------------------------------------------------


def signers(tree: Path, policy: Any) -> tuple[str, ...]:
    source = open_built(tree)
    trusted = verifier.authenticate(source, policy_of(policy), Circumstances(NOW))
    verifier.check_content(trusted, source)
    return trusted.signers


def credentials(key: str, *files: LineageFile) -> Credentials:
    return Credentials(forge.signer(key), lineages={file.path: file.data for file in files})


def test_a_tree_by_the_new_key_is_trusted_by_who_follows_the_old(tmp_path: Path) -> None:
    """The whole point."""
    tree = build_tree(tmp_path)
    sign_tree(tree, credentials(B, rotated()), now=NOW)
    assert signers(tree, FOLLOW_A) == (forge.key_id(B),)


def test_lineage_files_are_no_signatures(tmp_path: Path) -> None:
    """They are not counted, and not read as statements when another key signs."""
    tree = build_tree(tmp_path)
    assert sign_tree(tree, credentials(B, rotated()), now=NOW).signatures == 1
    assert sign_tree(tree, Credentials(forge.signer(C)), now=NOW).signatures == 2


def test_a_lineage_is_added_to_a_signed_tree(tmp_path: Path) -> None:
    """The key that signed before signs again: nothing is new but the lineage."""
    tree = build_tree(tmp_path)
    sign_tree(tree, credentials(B), now=NOW)
    before = contents(tree)
    assert not sign_tree(tree, credentials(B, rotated()), now=NOW).is_new
    assert contents(tree) == {**before, place(B): rotated().data}


def test_a_lineage_is_replaced_by_a_later_one(tmp_path: Path) -> None:
    """First the old key keeps its right, later it does not."""
    tree = build_tree(tmp_path)
    sign_tree(tree, credentials(B, rotated(keeps_signing=True)), now=NOW)
    sign_tree(tree, credentials(B, rotated(sequence=8)), now=NOW)
    assert contents(tree)[place(B)] == rotated(sequence=8).data


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    """Also no lineage."""
    tree = build_tree(tmp_path)
    before = contents(tree)
    sign_tree(tree, credentials(B, rotated()), now=NOW, dry_run=True)
    assert contents(tree) == before


def test_a_key_that_gave_up_does_not_sign(tmp_path: Path) -> None:
    """No device would take it; the tree stays as it was."""
    tree = build_tree(tmp_path)
    before = contents(tree)
    with pytest.raises(SigningError, match="step 6"):
        sign_tree(tree, credentials(A, rotated()), now=NOW)
    assert contents(tree) == before


def test_a_line_that_contradicts_itself_is_not_put_into_a_tree(tmp_path: Path) -> None:
    """The verifier looks before anything is written."""
    tree = build_tree(tmp_path)
    before = contents(tree)
    with pytest.raises(SigningError, match="step 2"):
        sign_tree(tree, credentials(A, rotated(keeps_signing=True), rotated(new=C, keeps_signing=True)), now=NOW)
    assert contents(tree) == before


def test_the_record_does_not_change(tmp_path: Path) -> None:
    """Lineage files stand outside."""
    tree = build_tree(tmp_path)
    plain = sign_tree(tree, credentials(B), now=NOW).statement
    sign_tree(tree, credentials(B, rotated()), now=NOW)
    assert (
        json.loads(plain.payload)["predicate"]["record"]
        == sign_tree(tree, credentials(B), now=NOW).statement.record.as_json()
    )

"""The use case of signing: several artifacts, one key, each artifact with a result of its own; two steps; repair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugintool.author.credentials import SigningSource
from plugintool.author.sign import Signed, SignRequest, sign_artifacts
from plugintool.errors import ConfigError, KeyUnavailableError, SigningError
from plugintool.report import Report
from plugintool.sign.prepared import Prepared
from plugintool.sign.sign import SignedTree
from tests import vector_forge as forge
from tests.signing_world import NOW, build_tree, contents

KEY = str(forge.key_file("ed25519-a"))


def sign(*paths: Path, key: str = KEY, **options: Any) -> Report[Signed | Prepared]:
    request = SignRequest(source=SigningSource(key=key), **options)
    return sign_artifacts(paths, request, now=NOW)


def trees_in(report: Report[Signed | Prepared]) -> list[SignedTree]:
    return [outcome.value for outcome in report.outcomes if isinstance(outcome.value, SignedTree)]


def test_directory_of_plugins_means_all_of_them(tmp_path: Path) -> None:
    """In order of name."""
    for name in ("beta", "alpha"):
        build_tree(tmp_path / "org-plugins", name=name)
    report = sign(tmp_path / "org-plugins")
    assert report.exit_code == 0
    assert [signed.statement.name for signed in trees_in(report)] == ["alpha", "beta"]


def test_one_bad_tree_does_not_stop_the_others(tmp_path: Path) -> None:
    """Each subject ends by itself, the worst decides the exit code."""
    good, bad = build_tree(tmp_path, name="good"), build_tree(tmp_path, name="bad")
    (bad / "version.json").unlink()
    report = sign(bad, good)
    assert report.exit_code == 1
    assert isinstance(report.outcomes[0].error, SigningError)
    assert report.outcomes[1].value is not None


def test_archive_is_answered_with_what_to_do(tmp_path: Path) -> None:
    """Signing comes before packing."""
    path = tmp_path / "x.zip"
    path.write_bytes(forge.archive(forge.FILES))
    (outcome,) = sign(path).outcomes
    assert outcome.error is not None
    assert "plugintool pack" in outcome.error.detail["hint"]


def test_missing_tree_is_a_failure(tmp_path: Path) -> None:
    """With its path."""
    (outcome,) = sign(tmp_path / "missing").outcomes
    assert outcome.error is not None
    assert outcome.error.exit_code == 1


@pytest.mark.parametrize("sequence", [0, -7, 2**53])
def test_sequence_out_of_range_is_a_usage_error(tmp_path: Path, sequence: int) -> None:
    """Before the key is touched."""
    with pytest.raises(ConfigError, match="sequence"):
        sign(tmp_path, key=str(tmp_path / "missing"), sequence=sequence)


def test_key_that_cannot_be_used_stops_everything(tmp_path: Path) -> None:
    """It is the same for all trees."""
    tree = build_tree(tmp_path)
    before = contents(tree)
    with pytest.raises(KeyUnavailableError):
        sign(tree, key=str(tmp_path / "missing"))
    assert before == contents(tree)


def test_dry_run_reaches_every_tree(tmp_path: Path) -> None:
    """And writes into none."""
    build_tree(tmp_path / "o", name="alpha")
    build_tree(tmp_path / "o", name="beta")
    before = contents(tmp_path)
    report = sign(tmp_path / "o", dry_run=True)
    assert [signed.is_new for signed in trees_in(report)] == [True, True]
    assert before == contents(tmp_path)

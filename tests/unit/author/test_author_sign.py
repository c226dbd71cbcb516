"""The use case of signing: several trees, one key, each tree with a result of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugintool.author.sign import sign_trees
from plugintool.errors import ConfigError, KeyUnavailableError, SigningError
from plugintool.sign.file_signer import KeySource
from tests import vector_forge as forge
from tests.signing_world import NOW, build_tree, contents

KEY = KeySource(forge.key_file("ed25519-a"))


def test_directory_of_plugins_means_all_of_them(tmp_path: Path) -> None:
    """In order of name."""
    for name in ("beta", "alpha"):
        build_tree(tmp_path / "org-plugins", name=name)
    report = sign_trees([tmp_path / "org-plugins"], key=KEY, now=NOW)
    assert report.exit_code == 0
    assert [outcome.value.statement.name for outcome in report.outcomes if outcome.value] == ["alpha", "beta"]


def test_one_bad_tree_does_not_stop_the_others(tmp_path: Path) -> None:
    """Each subject ends by itself, the worst decides the exit code."""
    good, bad = build_tree(tmp_path, name="good"), build_tree(tmp_path, name="bad")
    (bad / "version.json").unlink()
    report = sign_trees([bad, good], key=KEY, now=NOW)
    assert report.exit_code == 1
    assert isinstance(report.outcomes[0].error, SigningError)
    assert report.outcomes[1].value is not None


def test_archive_is_answered_with_what_to_do(tmp_path: Path) -> None:
    """Signing comes before packing."""
    path = tmp_path / "x.zip"
    path.write_bytes(forge.archive(forge.FILES))
    (outcome,) = sign_trees([path], key=KEY, now=NOW).outcomes
    assert outcome.error is not None
    assert "plugintool pack" in outcome.error.detail["hint"]


def test_missing_tree_is_a_failure(tmp_path: Path) -> None:
    """With its path."""
    (outcome,) = sign_trees([tmp_path / "missing"], key=KEY, now=NOW).outcomes
    assert outcome.error is not None
    assert outcome.error.exit_code == 1


@pytest.mark.parametrize("sequence", [0, -7, 2**53])
def test_sequence_out_of_range_is_a_usage_error(tmp_path: Path, sequence: int) -> None:
    """Before the key is touched."""
    with pytest.raises(ConfigError, match="sequence"):
        sign_trees([tmp_path], key=KeySource(tmp_path / "missing"), now=NOW, sequence=sequence)


def test_key_that_cannot_be_used_stops_everything(tmp_path: Path) -> None:
    """It is the same for all trees."""
    tree = build_tree(tmp_path)
    before = contents(tree)
    with pytest.raises(KeyUnavailableError):
        sign_trees([tree], key=KeySource(tmp_path / "missing"), now=NOW)
    assert before == contents(tree)


def test_dry_run_reaches_every_tree(tmp_path: Path) -> None:
    """And writes into none."""
    build_tree(tmp_path / "o", name="alpha")
    build_tree(tmp_path / "o", name="beta")
    before = contents(tmp_path)
    report = sign_trees([tmp_path / "o"], key=KEY, now=NOW, dry_run=True)
    assert [outcome.value.is_new for outcome in report.outcomes if outcome.value] == [True, True]
    assert before == contents(tmp_path)

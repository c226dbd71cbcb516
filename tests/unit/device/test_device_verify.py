"""The use case of verifying: a verdict with its ladder for every artifact, good or bad."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plugintool import limits
from plugintool.device.verify import Verdict, load_trust_policy, verify_artifacts
from plugintool.errors import ContentMismatchError, MissingPathError, TrustPolicyError
from plugintool.report import Outcome
from tests import vector_forge as forge
from tests.signing_world import NOW, write_tree


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "trust-policy.json"
    path.write_text(json.dumps(forge.trust()))
    return path


def one(artifact: Path, policy: Path) -> Outcome[Verdict]:
    (outcome,) = verify_artifacts([artifact], trust_policy=policy, now=NOW).outcomes
    return outcome


def test_good_tree(tmp_path: Path, policy: Path) -> None:
    """The verdict has everything that was found."""
    outcome = one(write_tree(tmp_path / forge.NAME, forge.signed()), policy)
    assert outcome.error is None
    assert outcome.value is not None
    verdict = outcome.value
    assert (verdict.is_verified, verdict.failed_step, verdict.repair) == (True, 0, "")
    value = verdict.as_json()
    assert value["verified"] is True
    assert value["checked_at"] == "2026-11-24T12:00:00Z"
    assert isinstance(value["statement"], dict)
    assert value["statement"]["name"] == forge.NAME
    assert value["statement"]["signers"] == [forge.key_id("ed25519-a")]


def test_bad_tree_keeps_its_ladder_and_statement(tmp_path: Path, policy: Path) -> None:
    """What passed is shown as well as what failed."""
    outcome = one(write_tree(tmp_path / forge.NAME, {**forge.signed(), "x": b""}), policy)
    assert isinstance(outcome.error, ContentMismatchError)
    assert outcome.value is not None
    assert outcome.value.failed_step == 7
    assert outcome.value.repair
    assert [result.status.value for result in outcome.value.results] == [
        "ok",
        "ok",
        "not configured",
        "not configured",
        "ok",
        "ok",
        "failed",
        "not reached",
    ]
    assert outcome.value.trusted is not None


def test_unsigned_tree_has_no_statement(tmp_path: Path, policy: Path) -> None:
    """Nothing of it was believed."""
    outcome = one(write_tree(tmp_path / forge.NAME, forge.FILES), policy)
    assert outcome.value is not None
    assert outcome.value.as_json()["statement"] is None
    assert outcome.value.failed_step == 1


def test_broken_archive_has_a_ladder_too(tmp_path: Path, policy: Path) -> None:
    """It failed step 1 before a signature could be looked for."""
    path = tmp_path / "x.zip"
    path.write_bytes(b"hello")
    outcome = one(path, policy)
    assert outcome.value is not None
    assert outcome.value.failed_step == 1
    assert outcome.error is not None
    assert outcome.error.exit_code == 3


def test_missing_artifact_has_no_verdict(tmp_path: Path, policy: Path) -> None:
    """Exit code 1: there was nothing to judge."""
    report = verify_artifacts([tmp_path / "missing"], trust_policy=policy, now=NOW)
    assert report.outcomes[0].value is None
    assert report.exit_code == 1


def test_several_artifacts_each_get_a_verdict(tmp_path: Path, policy: Path) -> None:
    """The worst decides the exit code."""
    write_tree(tmp_path / "org" / forge.NAME, forge.signed())
    (tmp_path / "org" / "x.zip").write_bytes(forge.archive(forge.FILES))
    report = verify_artifacts([tmp_path / "org"], trust_policy=policy, now=NOW)
    assert [outcome.error is None for outcome in report.outcomes] == [True, False]
    assert report.exit_code == 3


def test_missing_trust_policy(tmp_path: Path) -> None:
    """Nothing is verified without one."""
    with pytest.raises(MissingPathError):
        verify_artifacts([tmp_path], trust_policy=tmp_path / "missing", now=NOW)


def test_unusable_trust_policy(tmp_path: Path) -> None:
    """With its path; also when it is too large to be read."""
    path = tmp_path / "trust-policy.json"
    path.write_text("{}")
    with pytest.raises(TrustPolicyError) as caught:
        load_trust_policy(path)
    assert caught.value.detail["path"] == str(path)
    path.write_bytes(b" " * (limits.TRUST_POLICY_BYTES + 1))
    with pytest.raises(TrustPolicyError, match="larger"):
        load_trust_policy(path)

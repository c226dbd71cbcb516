"""Bundles on the command path: verified like other artifacts, and never installed by themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from plugintool.cli.main import command
from plugintool.device.artifact import find_artifacts, open_artifact
from plugintool.device.verify import Verdict, verify_artifacts
from plugintool.errors import InstallError
from plugintool.report import Outcome
from tests import authority_world as world
from tests import vector_cases_certificates as certificates
from tests.authority_world import NOW
from tests.unit.sign.test_sign_bundle import ARCHIVE, block_over, signed


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A trust policy that trusts the family of certificates."""
    path = tmp_path / "trust-policy.json"
    path.write_text(json.dumps(certificates.rules()))
    return path


def verify(path: Path, policy: Path) -> Outcome[Verdict]:
    (outcome,) = verify_artifacts([path], trust_policy=policy, now=NOW).outcomes
    return outcome


def test_verdict_on_a_bundle(tmp_path: Path, policy: Path) -> None:
    """Who, what and which dialect."""
    path = tmp_path / "acme.mcpb"
    path.write_bytes(signed(block_over()))
    value = verify(path, policy).value
    assert value is not None
    assert value.is_verified
    shown = value.as_json()
    assert shown["statement"] is None
    assert isinstance(shown["bundle"], dict)
    assert (shown["bundle"]["name"], shown["bundle"]["dialect"]) == ("acme-server", "D2")


def test_unsigned_bundle(tmp_path: Path, policy: Path) -> None:
    """Step 1, not signed."""
    path = tmp_path / "acme.mcpb"
    path.write_bytes(ARCHIVE)
    outcome = verify(path, policy)
    assert outcome.error is not None
    assert outcome.error.code == "not-signed"
    assert outcome.value is not None
    assert outcome.value.failed_step == 1


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04"])
def test_file_that_is_no_bundle(tmp_path: Path, policy: Path, data: bytes) -> None:
    """A failure of step 1 as well, and never a missing signature."""
    path = tmp_path / "acme.mcpb"
    path.write_bytes(data)
    outcome = verify(path, policy)
    assert outcome.error is not None
    assert outcome.error.exit_code == 3
    assert outcome.error.code != "not-signed"


def test_missing_bundle_is_missing(tmp_path: Path, policy: Path) -> None:
    """There was nothing to verify: exit code 1, as for other artifacts."""
    outcome = verify(tmp_path / "nothing.mcpb", policy)
    assert outcome.error is not None
    assert outcome.error.exit_code == 1


def test_revocation_lists_beside_the_policy(tmp_path: Path, policy: Path) -> None:
    """Those in the directory crls, and those that the command names."""
    path = tmp_path / "acme.mcpb"
    path.write_bytes(signed(block_over()))
    policy.write_text(json.dumps(certificates.rules(crl={"rule": "require"})))
    people = world.family()
    (tmp_path / "crls").mkdir()
    (tmp_path / "crls" / "intermediate.crl").write_bytes(world.revoke(people.intermediate))
    outcome = verify(path, policy)
    assert outcome.error is not None
    assert outcome.error.code == "uncheckable"
    root_list = tmp_path / "root.bin"
    root_list.write_bytes(world.revoke(people.root))
    (good,) = verify_artifacts([path], trust_policy=policy, now=NOW, lists=[root_list]).outcomes
    assert good.error is None


def test_bundles_in_a_directory_are_found(tmp_path: Path) -> None:
    """Beside archives."""
    for name in ("b.zip", "a.mcpb", "c.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in find_artifacts(tmp_path)] == ["a.mcpb", "b.zip"]


def test_bundle_is_not_installed(tmp_path: Path) -> None:
    """The message says how it gets onto a device."""
    path = tmp_path / "acme.mcpb"
    path.write_bytes(signed(block_over()))
    with pytest.raises(InstallError, match="not installed by itself") as caught, open_artifact(path):
        pass
    assert "--into" in caught.value.detail["hint"]


def test_command_prints_the_dialect(tmp_path: Path, policy: Path) -> None:
    """On the first line, before the ladder."""
    path = tmp_path / "acme.mcpb"
    path.write_bytes(signed(block_over(), comment=0))
    arguments = ["verify", str(path), "--trust-policy", str(policy), "--at", "2026-11-24T12:00:00Z"]
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0].endswith("verified, bundle signed in dialect D1")
    assert "3 chain" in done.output

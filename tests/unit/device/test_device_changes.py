"""``device revert``, ``unhold``, ``uninstall`` and ``repair``."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from plugintool.errors import VerificationError
from tests.device_world import NAME, NOW, OTHER_KEY, World, error_code, only_value, policy_bytes


@pytest.fixture(params=["macos", "windows"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> World:
    world = World(tmp_path, platform=request.param)
    world.init()
    return world


@pytest.fixture
def updated(world: World) -> World:
    """1.0.0, then 2.0.0."""
    world.installed("1.0.0", 10)
    world.installed("2.0.0", 20)
    return world


# -- revert ------------------------------------------------------------------------------------------------------


def test_revert_goes_one_version_back_and_holds(updated: World) -> None:
    change = only_value(updated.revert())
    assert change.before is not None
    assert change.after is not None
    assert (change.before.version, change.after.version, change.held) == ("2.0.0", "1.0.0", True)
    assert updated.visible_version() == "1.0.0"
    assert updated.receipt.highest_sequence == 20
    assert updated.audit_codes() == []


def test_a_held_plugin_takes_no_update_until_unhold(updated: World) -> None:
    updated.revert()
    newer = updated.artifact("3.0.0", 30)
    report = updated.install(newer)
    assert (report.exit_code, error_code(report)) == (4, "held")
    assert updated.visible_version() == "1.0.0"
    assert only_value(updated.unhold()).action == "unhold"
    assert only_value(updated.unhold()).action == "nothing"
    assert only_value(updated.install(newer)).action == "update"


def test_after_unhold_the_version_that_was_left_comes_back(updated: World) -> None:
    updated.revert()
    updated.unhold()
    assert updated.installed("2.0.0", 20).action == "update"
    assert updated.visible_version() == "2.0.0"


def test_reinstalling_the_held_version_is_nothing(updated: World) -> None:
    updated.revert()
    assert updated.installed("1.0.0", 10).action == "nothing"
    assert updated.receipt.held


@pytest.mark.parametrize("by", ["version", "digest"])
def test_a_version_is_named_by_version_or_digest(updated: World, by: str) -> None:
    updated.installed("3.0.0", 30)
    oldest = updated.receipt.previous[-1]
    only_value(updated.revert(oldest.version if by == "version" else oldest.digest[:8]))
    assert updated.visible_version() == "1.0.0"


def test_one_can_step_forward_again(updated: World) -> None:
    updated.revert()
    only_value(updated.revert("2.0.0"))
    assert updated.visible_version() == "2.0.0"


@pytest.mark.parametrize("to", ["9.9.9", "2.0.0", "abc"])
def test_a_version_that_is_not_stored_is_refused_with_those_that_are(updated: World, to: str) -> None:
    report = updated.revert(to)
    assert (report.exit_code, error_code(report)) == (4, "not-installed")
    error = report.outcomes[0].error
    assert error is not None
    assert "1.0.0" in error.detail["expected"]


def test_a_first_version_has_nothing_to_go_back_to(world: World) -> None:
    world.installed("1.0.0", 10)
    assert error_code(world.revert()) == "not-installed"


def test_a_plugin_that_is_not_there_cannot_be_reverted(world: World) -> None:
    assert error_code(world.revert()) == "not-installed"


def test_a_revoked_version_is_not_gone_back_to(updated: World) -> None:
    """Neither by the digest of its content nor when its key is not trusted any more."""
    old = updated.receipt.previous[0]
    updated.init(policy_bytes(revoked_digests=(old.digest,)))
    report = updated.revert()
    assert (report.exit_code, error_code(report)) == (3, "revoked")
    updated.init(policy_bytes(OTHER_KEY))
    assert error_code(updated.revert()) == "signer-untrusted"
    assert updated.visible_version() == "2.0.0"


def test_the_policy_s_lowest_sequence_holds_for_revert_too(updated: World) -> None:
    updated.init(policy_bytes(min_sequence=15))
    assert updated.revert().exit_code == 3
    assert updated.visible_version() == "2.0.0"


def test_a_stored_version_that_was_changed_is_not_gone_back_to(updated: World) -> None:
    stored = updated.layout.stored(NAME, updated.receipt.previous[0].directory)
    (stored / "hooks/run.sh").write_text("evil")
    report = updated.revert()
    assert (report.exit_code, error_code(report)) == (3, "content-mismatch")
    assert updated.visible_version() == "2.0.0"


def test_what_was_added_to_a_stored_version_does_not_come_back(updated: World) -> None:
    stored = updated.layout.stored(NAME, updated.receipt.previous[0].directory)
    (stored / "added.txt").write_text("evil")
    only_value(updated.revert())
    assert not (updated.seen / "added.txt").exists()
    assert updated.audit_codes() == []


def test_a_stored_version_that_is_gone_is_said(updated: World) -> None:
    shutil.rmtree(updated.layout.stored(NAME, updated.receipt.previous[0].directory))
    assert error_code(updated.revert()) == "state-damaged"


def test_a_dry_revert_checks_and_writes_nothing(updated: World) -> None:
    change = only_value(updated.revert(dry_run=True))
    assert change.as_json()["would_change"] is True
    assert updated.visible_version() == "2.0.0"
    assert not updated.receipt.held
    updated.init(policy_bytes(OTHER_KEY))
    assert updated.revert(dry_run=True).exit_code == 3


# -- unhold ------------------------------------------------------------------------------------------------------


def test_unhold_needs_an_installed_plugin_and_dry_run_writes_nothing(updated: World) -> None:
    updated.revert()
    assert only_value(updated.unhold(dry_run=True)).action == "unhold"
    assert updated.receipt.held
    assert error_code(updated.unhold("acme-none")) == "not-installed"


# -- uninstall ---------------------------------------------------------------------------------------------------


def test_uninstall_takes_the_plugin_away_and_remembers(updated: World) -> None:
    change = only_value(updated.uninstall())
    assert (change.action, change.after) == ("uninstall", None)
    assert not updated.seen.exists()
    assert not updated.seen.is_symlink()
    assert (updated.receipt.current, updated.receipt.highest_sequence) == (None, 20)
    assert updated.audit_codes() == []


def test_uninstalling_twice_is_nothing_to_do(updated: World) -> None:
    updated.uninstall()
    assert only_value(updated.uninstall()).action == "nothing"


def test_uninstalling_what_was_never_there_is_an_error(world: World) -> None:
    assert error_code(world.uninstall("acme-nothing")) == "not-installed"


def test_a_dry_uninstall_leaves_everything(updated: World) -> None:
    assert only_value(updated.uninstall(dry_run=True)).action == "uninstall"
    assert updated.visible_version() == "2.0.0"


def test_a_plugin_can_come_back_after_uninstall(updated: World) -> None:
    updated.uninstall()
    assert updated.installed("2.0.0", 20).action == "install"
    assert updated.receipt.settle == 3
    assert updated.visible_version() == "2.0.0"


def test_what_somebody_put_in_the_place_of_our_plugin_is_not_uninstalled(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.init()
    world.installed("1.0.0", 1)
    world.seen.unlink()
    world.seen.mkdir()
    assert error_code(world.uninstall()) == "foreign-directory"
    assert world.seen.is_dir()


# -- repair ------------------------------------------------------------------------------------------------------


def test_repairing_what_is_intact_is_nothing(updated: World) -> None:
    assert only_value(updated.repair()).action == "nothing"
    assert only_value(updated.repair(NAME)).action == "nothing"


def test_repair_takes_away_what_was_added_and_restores_modes(updated: World) -> None:
    (updated.seen / "added.txt").write_text("evil")
    (updated.seen / "hooks/run.sh").chmod(0o644)
    assert updated.audit_codes() == ["AU002", "AU004"]
    assert only_value(updated.repair(dry_run=True)).action == "repair"
    assert updated.audit_codes() == ["AU002", "AU004"]
    assert only_value(updated.repair()).action == "repair"
    assert updated.visible_version() == "2.0.0"
    assert updated.audit_codes() == []


def test_repair_puts_a_missing_plugin_back(updated: World) -> None:
    if updated.seen.is_symlink():
        updated.seen.unlink()
    else:
        shutil.rmtree(updated.seen)
    assert only_value(updated.repair()).action == "repair"
    assert updated.visible_version() == "2.0.0"


def test_repair_keeps_a_plugin_held(updated: World) -> None:
    updated.revert()
    (updated.seen / "added.txt").write_text("evil")
    only_value(updated.repair())
    assert updated.receipt.held
    assert updated.visible_version() == "1.0.0"


def test_repair_writes_a_lost_receipt_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.init()
    world.installed("1.0.0", 1)
    world.layout.receipt(NAME).unlink()
    assert only_value(world.repair()).action == "repair"
    assert world.receipt.current is not None
    assert world.receipt.current.signers
    assert world.audit_codes() == []


def test_with_links_changed_content_cannot_be_repaired_from_itself(tmp_path: Path) -> None:
    """The store is what the app reads: then the artifact is needed, and the message says so."""
    world = World(tmp_path)
    world.init()
    world.installed("1.0.0", 1)
    (world.seen / "hooks/run.sh").write_text("evil")
    report = world.repair()
    error = report.outcomes[0].error
    assert isinstance(error, VerificationError)
    assert "again" in error.detail["hint"]
    assert world.installed("1.0.0", 1).action == "repair"


def test_repair_needs_an_installed_plugin(world: World) -> None:
    assert error_code(world.repair("acme-none")) == "not-installed"
    assert world.repair().outcomes == ()


def test_repair_does_not_restore_what_is_not_trusted_any_more(updated: World) -> None:
    (updated.seen / "added.txt").write_text("x")
    updated.init(policy_bytes(OTHER_KEY))
    assert error_code(updated.repair()) == "signer-untrusted"


def test_the_stored_version_of_a_repair_is_gone(updated: World) -> None:
    current = updated.receipt.current
    assert current is not None
    shutil.rmtree(updated.layout.stored(NAME, current.directory))
    assert error_code(updated.repair()) == "state-damaged"
    assert updated.audit_codes()[0] == "AU003"
    assert current.installed_at == NOW

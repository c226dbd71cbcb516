"""Destination, store, journal and transaction: what is on disk between two commands."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest

from plugintool.device.session import change_device
from plugintool.errors import DamagedStateError, ForeignDirectoryError, InstallError
from plugintool.install import journal
from plugintool.install.destination import DestinationKind, check_ours, link_text, look_at
from plugintool.install.fs import Fs
from plugintool.install.journal import Change, read_journal
from plugintool.install.memory import recall
from plugintool.install.state import DeviceState, install_errors
from plugintool.install.store import find_stored, stored_versions
from plugintool.install.transaction import recover
from plugintool.verify.verified import TrustedStatement, VerifiedTree
from tests.device_world import NAME, NOW, World, read_tree, write_tree


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.init()
    return world


# -- destination -------------------------------------------------------------------------------------------------


def test_each_kind_of_destination_is_told(world: World) -> None:
    layout = world.layout
    world.installed("1.0.0", 1)
    assert look_at(layout, NAME).kind is DestinationKind.OUR_LINK
    assert {look_at(layout, NAME).directory} == world.receipt.directories
    assert look_at(layout, "nothing").kind is DestinationKind.ABSENT
    (layout.org_plugins / "file").touch()
    (layout.org_plugins / "directory").mkdir()
    (layout.org_plugins / "link").symlink_to("/etc")
    (layout.org_plugins / "neighbour").symlink_to(link_text(layout, NAME, "0123456789ab"))
    kinds = {name: look_at(layout, name).kind for name in ("file", "directory", "link", "neighbour")}
    assert kinds == {
        "file": DestinationKind.OTHER,
        "directory": DestinationKind.DIRECTORY,
        "link": DestinationKind.OTHER_LINK,
        "neighbour": DestinationKind.OTHER_LINK,
    }


def test_an_absolute_link_into_our_store_is_ours_too(world: World) -> None:
    world.installed("1.0.0", 1)
    target = world.seen.resolve()
    world.seen.unlink()
    world.seen.symlink_to(target)
    assert look_at(world.layout, NAME).kind is DestinationKind.OUR_LINK


@pytest.mark.parametrize("make", ["file", "directory", "link"])
def test_without_a_receipt_everything_is_foreign(world: World, make: str) -> None:
    if make == "file":
        world.seen.touch()
    elif make == "directory":
        world.seen.mkdir()
    else:
        world.seen.symlink_to("/etc")
    with pytest.raises(ForeignDirectoryError) as caught:
        check_ours(world.layout, NAME, None)
    assert caught.value.detail["path"] == str(world.seen)


def test_a_link_that_was_turned_elsewhere_is_ours_by_its_receipt(world: World) -> None:
    world.installed("1.0.0", 1)
    world.seen.unlink()
    world.seen.symlink_to("/etc")
    assert check_ours(world.layout, NAME, world.receipt).kind is DestinationKind.OTHER_LINK
    assert world.audit_codes() == ["AU005"]


# -- store -------------------------------------------------------------------------------------------------------


def test_the_store_keeps_what_was_signed_beside_the_version(world: World) -> None:
    world.installed("1.0.0", 1)
    (version,) = stored_versions(world.layout, NAME)
    kept = world.layout.stored_statement(NAME, version.directory).read_bytes()
    assert kept == version.statement.payload
    assert version.directory == version.statement.digest[:12]
    assert version.differences() == []
    assert list(version.signature_files()) == [".claude-plugin/plugin.sigstore.json"]


def test_a_statement_without_a_directory_is_no_version(world: World) -> None:
    (world.layout.store / NAME).mkdir()
    world.layout.stored_statement(NAME, "x").write_text("{}")
    (world.layout.store / NAME / "only-a-directory").mkdir()
    assert stored_versions(world.layout, NAME) == []


def test_a_damaged_statement_is_an_error(world: World) -> None:
    world.installed("1.0.0", 1)
    (version,) = stored_versions(world.layout, NAME)
    world.layout.stored_statement(NAME, version.directory).write_text("{}")
    with pytest.raises(DamagedStateError, match="stored statement"):
        find_stored(world.layout, NAME, version.directory)
    assert world.audit().exit_code == 4
    assert world.installed("1.0.0", 1).action == "repair"
    assert world.audit_codes() == []


def test_only_verified_trees_can_be_stored() -> None:
    """There is no other way to make one."""
    with pytest.raises(TypeError, match="makes verified values"):
        VerifiedTree(root=Path(), trusted=None)  # type: ignore[arg-type]
    assert dataclasses.is_dataclass(TrustedStatement)


def test_what_nobody_needs_is_collected_by_the_next_change(world: World) -> None:
    """Also what an interrupted installer left in the store."""
    world.installed("1.0.0", 1)
    write_tree(world.layout.store / NAME, {"orphan/file": b"x", "orphan.statement.json": b"{}"})
    world.installed("2.0.0", 2)
    assert not (world.layout.store / NAME / "orphan").exists()
    assert not (world.layout.store / NAME / "orphan.statement.json").exists()
    assert len(stored_versions(world.layout, NAME)) == 2


# -- memory ------------------------------------------------------------------------------------------------------


def test_a_lost_receipt_is_rebuilt_from_store_and_link(world: World) -> None:
    world.installed("1.0.0", 1)
    world.installed("2.0.0", 2)
    world.revert()
    real = world.receipt
    world.layout.receipt(NAME).unlink()
    memory = recall(world.layout, NAME, now=NOW)
    assert memory.is_rebuilt
    rebuilt = memory.receipt
    assert rebuilt is not None
    assert rebuilt.current is not None
    assert (rebuilt.highest_sequence, rebuilt.highest_digest) == (real.highest_sequence, real.highest_digest)
    assert (rebuilt.current.version, rebuilt.settle) == ("1.0.0", real.settle)
    assert [version.version for version in rebuilt.previous] == ["2.0.0"]


def test_a_plugin_never_seen_is_not_remembered(world: World) -> None:
    assert recall(world.layout, "acme-none", now=NOW).receipt is None


# -- journal and transaction -------------------------------------------------------------------------------------


def test_the_journal_is_read_as_it_was_written(world: World) -> None:
    world.installed("1.0.0", 1)
    change = Change("update", world.receipt, migrates=True)
    world.layout.journal.write_bytes(journal.render(change))
    assert read_journal(world.layout) == change


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"journal_version": 1, "action": "x", "migrates": false, "receipt": {}}'],
)
def test_a_damaged_journal_stops_everything(world: World, data: bytes) -> None:
    """Nobody knows what was being done; guessing could undo a security update."""
    world.layout.journal.write_bytes(data)
    with pytest.raises(DamagedStateError, match="cannot be read"):
        world.install(world.artifact("1.0.0", 1))
    with pytest.raises(DamagedStateError):
        world.audit()


def test_a_journal_of_another_version_is_not_guessed_at(world: World) -> None:
    world.installed("1.0.0", 1)
    value = json.loads(journal.render(Change("update", world.receipt)))
    world.layout.journal.write_text(json.dumps({**value, "journal_version": 2}))
    with pytest.raises(DamagedStateError, match="its version is 2"):
        read_journal(world.layout)


def test_a_journal_whose_version_is_gone_is_given_up(world: World) -> None:
    """What was there before stays."""
    world.installed("1.0.0", 1)
    current = world.receipt.current
    assert current is not None
    lost = dataclasses.replace(world.receipt, current=dataclasses.replace(current, directory="gone"))
    world.layout.journal.write_bytes(journal.render(Change("update", lost)))
    assert recover(DeviceState(world.layout, Fs())) is None
    assert not world.layout.journal.exists()
    assert world.visible_version() == "1.0.0"


def test_recovery_twice_is_recovery_once(world: World) -> None:
    world.installed("1.0.0", 1)
    world.installed("2.0.0", 2)
    change = Change("update", world.receipt)
    before = read_tree(world.seen)
    for _ in range(2):
        world.layout.journal.write_bytes(journal.render(change))
        with change_device(world.options()) as state:
            assert state.finished == ("update", NAME)
    assert read_tree(world.seen) == before
    assert world.audit_codes() == []


def test_an_interrupted_change_is_reported_until_it_is_finished(world: World) -> None:
    world.installed("1.0.0", 1)
    world.layout.journal.write_bytes(journal.render(Change("update", world.receipt)))
    assert world.audit_codes() == ["AU009"]
    assert world.repair().exit_code == 0
    assert world.audit_codes() == []


@pytest.mark.parametrize(("number", "hint"), [(13, "owner"), (28, "room"), (5, "disk")])
def test_a_refusal_of_the_system_says_what_to_do(number: int, hint: str) -> None:
    with pytest.raises(InstallError, match="nothing was installed") as caught, install_errors(Path("state")):
        raise OSError(number, os.strerror(number), "/some/file")
    assert hint in caught.value.detail["hint"]
    assert caught.value.detail["path"] == "/some/file"

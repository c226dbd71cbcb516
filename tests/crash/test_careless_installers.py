"""The crash tests can fail: each way of being careless that other installers have is found by the modelled disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool.install import journal, receipt, store, switch, transaction
from plugintool.install.journal import Change
from plugintool.install.state import DeviceState
from plugintool.install.store import StoredVersion
from plugintool.tree.entry import Tree
from plugintool.verify.judge import Judge
from plugintool.verify.verified import TrustedStatement, VerifiedTree
from tests.crash.scenarios import BY_NAME
from tests.crash.test_power_cut import test_every_state_after_a_power_cut_is_whole_or_heals as check_every_state

Patch = Callable[[pytest.MonkeyPatch], None]


def _forget_to_flush_directories(patch: pytest.MonkeyPatch) -> None:
    def place_file(self: DeviceState, temporary: Path, path: Path) -> None:
        self.fs.rename(temporary, path)

    patch.setattr(DeviceState, "place_file", place_file)


def _forget_to_flush_files(patch: pytest.MonkeyPatch) -> None:
    def stage(state: DeviceState, trusted: TrustedStatement, source: Tree, judge: Judge) -> VerifiedTree:
        return judge.materialise(trusted, source, state.fs.make_sink(state.fresh("tree")))

    patch.setattr("plugintool.device.install.stage", stage)
    patch.setattr(store, "stage", stage)


def _write_the_journal_too_late(patch: pytest.MonkeyPatch) -> None:
    def commit(state: DeviceState, change: Change, stored: StoredVersion | None) -> None:
        switch.prepare(state, change, stored)()
        state.replace_file(state.layout.journal, journal.render(change))
        transaction._finish(state, change, state.write_temporary(receipt.render(change.receipt)))

    patch.setattr("plugintool.device.install.commit", commit)


def _remove_the_link_before_making_it(patch: pytest.MonkeyPatch) -> None:
    def place(state: DeviceState, change: Change, link: Path) -> None:
        destination = state.layout.destination(change.name)
        if os.path.lexists(destination):
            state.fs.remove_file(destination)
        state.fs.rename(link, destination)
        state.fs.sync_directory(destination.parent)

    patch.setattr(switch, "_place_link", place)


def _never_recover(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("plugintool.device.session.recover", lambda state: None)


@pytest.mark.parametrize(
    "careless",
    [
        _forget_to_flush_directories,
        _forget_to_flush_files,
        _write_the_journal_too_late,
        _remove_the_link_before_making_it,
        _never_recover,
    ],
    ids=lambda careless: careless.__name__.strip("_"),
)
def test_a_careless_installer_is_found_out(careless: Patch, quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    careless(monkeypatch)
    with pytest.raises((AssertionError, OSError, KeyError, ValueError)):
        check_every_state(BY_NAME["update"], "macos", quick_path)

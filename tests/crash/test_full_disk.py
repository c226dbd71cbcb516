"""Every call of the installer fails once, for want of room or for an error of the disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugintool.device.session import change_device
from plugintool.errors import InstallError
from plugintool.install.layout import PER_FILE
from tests.crash.broken_fs import WRITES, WatchedFs, fail_at
from tests.crash.scenarios import SCENARIOS, Scenario, do_again
from tests.device_world import NAME, QuickFs, World

Failed = tuple[World, InstallError, str]


def _fail_each_call(scenario: Scenario, platform: str, base: Path) -> Iterator[Failed]:
    """Yield the device after each failure, the error, and the kind of call that failed."""
    prepared = World(base / "prepared", platform=platform, fs=QuickFs())
    prepared.init()
    scenario.prepare(prepared)
    counting = WatchedFs(lambda call, kind: None)
    shutil.copytree(base / "prepared", base / "counted", symlinks=True)
    assert scenario.act(World(base / "counted", platform=platform, fs=counting)).exit_code == 0
    for number in range(1, counting.calls + 1):
        shutil.copytree(base / "prepared", base / str(number), symlinks=True)
        world = World(base / str(number), platform=platform, fs=WatchedFs(fail_at(number)))
        try:
            error = scenario.act(world).outcomes[0].error
        except InstallError as raised:
            error = raised
        world.fs = QuickFs()
        if error is not None:
            assert isinstance(error, InstallError), error
            yield world, error, counting.kinds[number - 1]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_no_room_leaves_the_old_state_and_no_leftovers(scenario: Scenario, quick_path: Path) -> None:
    """With links nothing that needs room comes after the switch."""
    count = 0
    for world, error, kind in _fail_each_call(scenario, "macos", quick_path):
        if kind in WRITES:
            count += 1
            assert error.exit_code == 4
            assert "nothing was installed" in error.message
            assert "free some room" in error.detail["hint"]
            assert world.visible_version() == scenario.before
            assert list(world.layout.staging.iterdir()) == []
            assert not world.layout.journal.exists()
            if scenario.before is None:
                assert list((world.layout.store / NAME).glob("*")) == []
    assert count >= 2


@pytest.mark.parametrize("platform", ["macos", "windows"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_any_failure_leaves_a_whole_plugin_or_a_journal_that_finishes(
    scenario: Scenario, platform: str, quick_path: Path
) -> None:
    for world, error, kind in _fail_each_call(scenario, platform, quick_path):
        was_interrupted = world.layout.journal.exists()
        if world.layout.mode != PER_FILE or not was_interrupted:
            assert world.visible_version() in {scenario.before, scenario.after}, (kind, error.message)
        with change_device(world.options()):
            pass
        assert not world.layout.journal.exists()
        do_again(scenario, world)

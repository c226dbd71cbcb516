"""The installer is killed, and the command that finishes its work is killed too, at each of its calls."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool.device.session import change_device
from tests.crash.broken_fs import WatchedFs
from tests.crash.scenarios import BY_NAME, Scenario, do_again
from tests.device_world import QuickFs, World, whole_version


class _DeadError(BaseException):
    """The process is gone: nothing that it wanted to do afterwards, cleaning up included, reaches the disk."""


def _die_at(number: int) -> Callable[[int, str], None]:
    def stop(call: int, kind: str) -> None:
        del kind
        if call >= number:
            raise _DeadError

    return stop


def _dies(world: World, work: Callable[[], object], number: int) -> bool:
    """Do ``work`` in a process that dies at call ``number``; returns whether it got that far."""
    world.fs = WatchedFs(_die_at(number))
    try:
        work()
    except _DeadError:
        return True
    finally:
        world.fs = QuickFs()
    return False


def _recover(world: World) -> None:
    with change_device(world.options()):
        pass


def _calls_until_journal(scenario: Scenario, base: Path, platform: str) -> range:
    """The calls at which a change is half made: the journal is there when the process dies."""
    found: list[int] = []
    number = 0
    while True:
        number += 1
        world = _copy(base, "probe", platform)
        if not _dies(world, lambda world=world: scenario.act(world), number):  # type: ignore[misc]
            return range(found[0], found[-1] + 1)
        if world.layout.journal.exists():
            found.append(number)


def _copy(base: Path, name: str, platform: str) -> World:
    shutil.rmtree(base / name, ignore_errors=True)
    shutil.copytree(base / "prepared", base / name, symlinks=True)
    return World(base / name, platform=platform, fs=QuickFs())


@pytest.mark.parametrize("platform", ["macos", "windows"])
@pytest.mark.parametrize("name", ["update", "revert", "uninstall"])
def test_recovery_can_be_interrupted_at_any_call(name: str, platform: str, quick_path: Path) -> None:
    """And with links the app sees a whole plugin between the two deaths as well."""
    scenario = BY_NAME[name]
    prepared = World(quick_path / "prepared", platform=platform, fs=QuickFs())
    prepared.init()
    scenario.prepare(prepared)
    deaths = 0
    moments = _calls_until_journal(scenario, quick_path, platform)
    for first in moments if platform == "macos" else moments[::8]:
        second = 1
        while True:
            world = _copy(quick_path, "world", platform)
            assert _dies(world, lambda world=world: scenario.act(world), first)  # type: ignore[misc]
            died = _dies(world, lambda world=world: _recover(world), second)  # type: ignore[misc]
            if platform == "macos":
                assert whole_version(world.seen) in {scenario.before, scenario.after}, (first, second)
            _recover(world)
            assert world.visible_version() == scenario.after, (first, second)
            assert world.audit_codes() == []
            do_again(scenario, world)
            if not died:
                break
            deaths += 1
            second += 1
    assert deaths > 5


def test_a_dead_process_cleans_up_nothing(quick_path: Path) -> None:
    """The double is honest: what was staged is still there, as after SIGKILL."""
    world = World(quick_path, fs=QuickFs())
    world.init()
    artifact = world.artifact("1.0.0", 1)
    assert _dies(world, lambda: world.install(artifact), 4)
    assert list(world.layout.staging.iterdir()) != []
    assert world.install(artifact).exit_code == 0
    assert list(world.layout.staging.iterdir()) == []

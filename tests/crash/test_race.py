"""Readers and installers at the same time."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from plugintool.device.install import install
from plugintool.errors import LockHeldError
from plugintool.install.lock import hold_lock
from tests.device_world import NOW, World, only_value

ROOT = Path(__file__).resolve().parents[2]
SWITCHES = 30


def _marked(version: str) -> dict[str, str]:
    return {f"data/{number}.txt": f"@{version}@" for number in range(30)}


def test_a_reader_sees_old_or_new_and_never_a_mixture(quick_path: Path) -> None:
    world = World(quick_path)
    world.init()
    world.installed("1.0.0", 1, extra=_marked("1.0.0"))
    world.installed("2.0.0", 2, extra=_marked("2.0.0"))
    stop = quick_path / "stop"
    reader = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("reader.py")), str(world.seen), str(stop)],
        stdout=subprocess.PIPE,
        text=True,
    )
    for _ in range(SWITCHES):
        only_value(world.revert())
        time.sleep(0.005)
    stop.touch()
    seen = json.loads(reader.communicate(timeout=30)[0])
    assert set(seen) <= {"1.0.0", "2.0.0"}, seen
    assert sum(seen.values()) > SWITCHES
    assert world.receipt.settle == 2 + SWITCHES


def test_two_installers_at_once_take_turns(quick_path: Path) -> None:
    """Both end well, and the newer release is what is there."""
    world = World(quick_path)
    world.init()
    first, second = world.artifact("1.0.0", 1), world.artifact("2.0.0", 2)
    command = [sys.executable, "-m", "plugintool", "device", "install", "--root", str(world.root)]
    running = [subprocess.Popen([*command, str(artifact)], cwd=ROOT) for artifact in (second, second, first, second)]
    codes = [process.wait(timeout=60) for process in running]
    assert codes[:2] == [0, 0]
    assert codes[2] in {0, 4}, "the older release came first, or is refused"
    assert codes[3] == 0
    assert world.visible_version() == "2.0.0"
    assert world.audit_codes() == []


def test_an_installer_that_may_not_wait_names_the_holder(quick_path: Path) -> None:
    world = World(quick_path)
    world.init()
    artifact = world.artifact("1.0.0", 1)
    with hold_lock(world.layout.lock):
        error = _raised(lambda: install([artifact], options=world.options(lock_timeout=0), now=NOW))
    assert isinstance(error, LockHeldError)
    assert not world.seen.exists()


def _raised(call: Callable[[], object]) -> Exception | None:
    try:
        call()
    except LockHeldError as error:
        return error
    return None

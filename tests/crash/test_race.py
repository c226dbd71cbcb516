"""Readers and installers at the same time."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool.device.install import install
from plugintool.errors import LockHeldError
from plugintool.install.fs import Fs
from plugintool.install.lock import hold_lock
from tests.device_world import NOW, World, only_value

ROOT = Path(__file__).resolve().parents[2]
SWITCHES, SLOW_SWITCHES = 30, 8


def _marked(version: str) -> dict[str, str]:
    return {f"data/{number}.txt": f"@{version}@" for number in range(30)}


def test_a_reader_sees_old_or_new_and_never_a_mixture(quick_path: Path) -> None:
    world = _updated(quick_path)
    reader = _start_reader(world, "once")
    for _ in range(SWITCHES):
        only_value(world.revert())
        time.sleep(0.005)
    seen = _stop_reader(world, reader)
    assert set(seen) <= {"1.0.0", "2.0.0"}, seen
    assert sum(seen.values()) > SWITCHES
    assert world.receipt.settle == 2 + SWITCHES


@pytest.mark.parametrize("style", ["last", "first"])
def test_no_reader_notes_the_final_string_with_old_content(style: str, quick_path: Path) -> None:
    """It would never synchronise again. Here the readers go by path, and the installer waits for them to end."""
    world = World(quick_path, fs=Fs())
    world.init()
    world.installed("1.0.0", 1, extra=_marked("1.0.0"))
    versions = [f"{number}.0.0" for number in range(2, 2 + SLOW_SWITCHES)]
    artifacts = [world.artifact(version, int(version[0]), extra=_marked(version)) for version in versions]
    reader, finals = _start_reader(world, style), set()
    for artifact in artifacts:
        only_value(world.install(artifact))
        finals.add(json.loads((world.seen / "version.json").read_text())["version"])
    seen = [noted.split(" ") for noted in _stop_reader(world, reader)]
    stuck = [(noted, found) for noted, found in seen if noted in finals and _is_older(found, noted)]
    assert stuck == []
    assert finals & {noted for noted, _ in seen}, "the reader has seen none of it"


def _is_older(found: str, noted: str) -> bool:
    """Whether any content is of an earlier version than the string says."""
    return any(int(version[0]) < int(noted[0]) for version in found.split(","))


def _updated(base: Path) -> World:
    world = World(base)
    world.init()
    world.installed("1.0.0", 1, extra=_marked("1.0.0"))
    world.installed("2.0.0", 2, extra=_marked("2.0.0"))
    return world


def _start_reader(world: World, style: str) -> subprocess.Popen[str]:
    program = str(Path(__file__).with_name("reader.py"))
    command = [sys.executable, program, style, str(world.seen), str(world.base / "stop")]
    reader = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    time.sleep(0.2)
    return reader


def _stop_reader(world: World, reader: subprocess.Popen[str]) -> dict[str, int]:
    time.sleep(0.1)
    (world.base / "stop").touch()
    seen: dict[str, int] = json.loads(reader.communicate(timeout=30)[0])
    return seen


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

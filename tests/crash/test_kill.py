"""The installer is killed: at each of its calls, and as a real process at any moment. Given again, all is well."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.crash.scenarios import SCENARIOS, Scenario, do_again
from tests.device_world import QuickFs, World

ROOT = Path(__file__).resolve().parents[2]
RANDOM_KILLS = 20


@pytest.mark.parametrize("platform", ["macos", "windows"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_killed_at_any_call_the_plugin_is_whole_and_the_next_run_ends_well(
    scenario: Scenario, platform: str, quick_path: Path
) -> None:
    command = [sys.executable, "-m", "tests.crash.kill_driver", str(quick_path), platform, scenario.name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    tries = int(done.stdout)
    assert tries > 5
    for number in range(1, tries):
        world = World(quick_path / str(number), platform=platform, fs=QuickFs())
        if platform == "macos":
            assert world.visible_version() in {scenario.before, scenario.after}, f"killed at call {number}"
        do_again(scenario, world)


def test_a_real_process_killed_at_a_random_moment_leaves_a_whole_plugin(quick_path: Path) -> None:
    """No test double is in the way here: the command line, the real file system, SIGKILL."""
    world = World(quick_path)
    world.init()
    world.installed("1.0.0", 1)
    big = {f"data/{number}.txt": str(number) * 2000 for number in range(150)}
    draw, killed = random.Random(1), 0
    length = _run(world, world.artifact("2.0.0", 2, extra=big), None)
    for number in range(3, 3 + RANDOM_KILLS):
        artifact = world.artifact(f"{number}.0.0", number, extra=big)
        before = world.visible_version()
        killed += _run(world, artifact, draw.uniform(length * 0.3, length)) < 0
        assert world.visible_version() in {before, f"{number}.0.0"}
        assert world.install(artifact).exit_code == 0
        assert world.visible_version() == f"{number}.0.0"
        assert world.audit_codes() == []
        assert list(world.layout.staging.iterdir()) == []
    assert killed > RANDOM_KILLS // 4


def _run(world: World, artifact: Path, kill_after: float | None) -> float:
    """Run ``device install``; returns how long it took, or -1 when it was killed."""
    start = time.monotonic()
    command = [sys.executable, "-m", "plugintool", "device", "install", "--root", str(world.root), str(artifact)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(kill_after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return -1
    assert process.returncode == 0
    return time.monotonic() - start

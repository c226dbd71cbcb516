"""Runs one scenario again and again in child processes that kill themselves at the 1st, 2nd, 3rd … call.

``python -m tests.crash.kill_driver BASE PLATFORM SCENARIO`` leaves the device of each try in ``BASE/<k>`` and prints
the number of tries; the last one was not killed.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import sys
from pathlib import Path

from tests.crash.broken_fs import WatchedFs, kill_at
from tests.crash.scenarios import BY_NAME, Scenario
from tests.device_world import QuickFs, World


def main() -> None:
    """See the module."""
    base, platform, name = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    scenario = BY_NAME[name]
    world = World(base / "prepared", platform=platform, fs=QuickFs())
    world.init()
    scenario.prepare(world)
    for number in itertools.count(1):
        shutil.copytree(base / "prepared", base / str(number), symlinks=True)
        if not _is_killed(scenario, World(base / str(number), platform=platform), number):
            sys.stdout.write(str(number))
            return


def _is_killed(scenario: Scenario, world: World, number: int) -> bool:
    child = os.fork()
    if child == 0:
        world.fs = WatchedFs(kill_at(number))
        os._exit(scenario.act(world).exit_code)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


if __name__ == "__main__":
    main()

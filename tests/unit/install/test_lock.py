"""One installer at a time."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from plugintool.errors import LockHeldError
from plugintool.install.lock import hold_lock


def test_the_lock_is_held_once_and_names_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with (
        hold_lock(path),
        pytest.raises(LockHeldError, match=f"process {os.getpid()}") as caught,
        hold_lock(path, timeout=0),
    ):
        pass
    assert caught.value.exit_code == 4
    assert "--lock-timeout" in caught.value.detail["hint"]


def test_the_lock_is_free_after_use_and_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(ZeroDivisionError), hold_lock(path):
        raise ZeroDivisionError
    with hold_lock(path, timeout=0):
        assert path.read_text() == str(os.getpid())


def test_waiting_ends_when_the_holder_lets_go(tmp_path: Path) -> None:
    path, free = tmp_path / "lock", threading.Event()

    def hold() -> None:
        with hold_lock(path):
            free.set()
            time.sleep(0.2)

    holder = threading.Thread(target=hold)
    holder.start()
    free.wait()
    start = time.monotonic()
    with hold_lock(path, timeout=10):
        assert time.monotonic() - start > 0.05
    holder.join()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    """The system lets it go; there is no stale lock to clean up."""
    path = tmp_path / "lock"
    script = (
        "import fcntl, sys, time\nf = open(sys.argv[1], 'w')\nfcntl.flock(f, fcntl.LOCK_EX)\n"
        "print(1, flush=True)\ntime.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    with pytest.raises(LockHeldError), hold_lock(path, timeout=0):
        pass
    process.kill()
    process.wait()
    process.stdout.close()
    with hold_lock(path, timeout=1):
        pass


def test_users_cannot_open_the_lock_file(tmp_path: Path) -> None:
    """Who can read a file can lock it, and could hold up every update."""
    (tmp_path / "lock").touch(mode=0o644)
    with hold_lock(tmp_path / "lock"):
        assert stat.S_IMODE((tmp_path / "lock").stat().st_mode) == 0o600


def test_a_link_in_the_place_of_the_lock_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"), hold_lock(tmp_path / "lock"):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_nonsense_in_the_file_is_no_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with hold_lock(path):
        path.write_bytes(b"\xff\x1b[2J")
        with pytest.raises(LockHeldError, match="process unknown"), hold_lock(path, timeout=0):
            pass

"""Processes of one start: which are there, and how all of them are ended. The operating system lives here.

A program is started as the leader of a session of its own, so that a terminal's Ctrl-C does not reach it and one signal
reaches all of its children. A child that makes a session of its own escapes that; on Linux it is still found, because
it inherits an environment in which our private directory stands (``/proc``). On other systems of the POSIX kind only
the group is seen. Windows is modelled, not run: ``taskkill /T`` ends a tree.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from plugintool.frozen import dataclass

_PROC = "/proc"
_SHOWN_CHARACTERS = 100
_ENVIRONMENT_BYTES = 256 * 1024
IS_WINDOWS = os.name == "nt"


def start_options() -> dict[str, Any]:
    """Return what ``Popen`` needs so that the program leads a family of its own."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


@dataclass(frozen=True, slots=True)
class Family:
    """The processes that come from one start.

    Attributes:
        leader: the process id of the program itself, which is also the id of its group.
        mark: a text that stands in the environment of all of them and of no other process.
    """

    leader: int
    mark: str

    def others(self) -> tuple[int, ...]:
        """Return the ids of living processes of the family without its leader, as far as the system shows them."""
        if os.path.isdir(f"{_PROC}/self"):
            return tuple(pid for pid in _processes() if pid != self.leader and self._is_member(pid))
        return ()

    def is_gone(self) -> bool:
        """Whether nobody of the family is left; the leader must have been waited for."""
        return not self.others() and not self._group_lives()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to everybody; those who are gone do not matter."""
        if IS_WINDOWS:
            _taskkill(self.leader)
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.leader, number)
        for pid in self.others():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)

    def _is_member(self, pid: int) -> bool:
        state, session = _state_of(pid)
        if state in {"", "Z", "X"}:
            return False
        return session == self.leader or self.mark.encode() in _read(pid, "environ")

    def _group_lives(self) -> bool:
        if IS_WINDOWS or os.path.isdir(f"{_PROC}/self"):  # there, the look at every process has told
            return False
        try:
            os.killpg(self.leader, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True


def describe(pid: int) -> str:
    """Return the command line of a process, shortened; its number when it cannot be read."""
    words = _read(pid, "cmdline").replace(b"\0", b" ").decode(errors="replace").strip()
    return f"{words[:_SHOWN_CHARACTERS]} ({pid})" if words else str(pid)


def _processes() -> Iterator[int]:
    yield from (int(name) for name in os.listdir(_PROC) if name.isdigit())


def _state_of(pid: int) -> tuple[str, int]:
    """Return state and session (proc(5), stat: fields 3 and 6, after a name in brackets that may hold anything)."""
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return (fields[0].decode(), int(fields[3])) if len(fields) > 3 else ("", 0)  # noqa: PLR2004 - the field


def _read(pid: int, name: str) -> bytes:
    try:
        with open(f"{_PROC}/{pid}/{name}", "rb") as source:
            return source.read(_ENVIRONMENT_BYTES)
    except OSError:
        return b""


def _taskkill(pid: int) -> None:
    """End a process tree on Windows (modelled, not run)."""
    command = ["taskkill", "/T", "/F", "/PID", str(pid)]
    subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - a program of the system, and a number

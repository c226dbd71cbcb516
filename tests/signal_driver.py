"""Runs one command line again and again in child processes that get a signal at their 1st, 2nd, 3rd … system call.

``python -m tests.signal_driver PREPARED BASE SIGNAL STEP COMMAND…`` copies ``PREPARED`` to ``BASE/<k>``, goes there and
runs the command with the signal at call ``k`` of those that change a file system; every ``STEP``-th is tried. One line
of JSON a try goes to stdout; the last try got no signal.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plugintool.cli.main import run

CALLS = ("open", "mkdir", "rename", "replace", "chmod", "fchmod", "unlink", "fsync", "rmdir", "symlink", "write")
WRITING = os.O_WRONLY | os.O_RDWR


class _Counter:
    """Counts the calls of functions of ``os`` that change something, and sends the signal at one of them."""

    def __init__(self, at: int, signum: int) -> None:
        self.calls = 0
        self._at = at
        self._signum = signum

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            if name != "open" or (len(args) > 1 and args[1] & WRITING):
                self.calls += 1
                if self.calls == self._at:
                    os.kill(os.getpid(), self._signum)
            return function(*args, **kwargs)

        return counted


def main() -> None:
    """See the module."""
    prepared, base, signum, step = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    for at in itertools.count(1, step):
        shutil.copytree(prepared, base / str(at), symlinks=True)
        ended = _try(base / str(at), at, signum)
        sys.stdout.write(json.dumps({"at": at, **ended}) + "\n")
        sys.stdout.flush()
        if ended["calls"] < at:
            return


def _try(here: Path, at: int, signum: int) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os._exit(_run(here, _Counter(at, signum), writing))
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = json.loads(pipe.read() or '{"calls": 0, "text": ""}')
    status = os.waitpid(child, 0)[1]
    return {"exit_code": os.waitstatus_to_exitcode(status), **told}


def _run(here: Path, counter: _Counter, told: int) -> int:
    """In the child: run the command, tell how many calls there were and what was printed."""
    os.chdir(here)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.stdout, sys.stderr = spoken = io.StringIO(), io.StringIO()
    originals = {name: getattr(os, name) for name in CALLS}
    for name, function in originals.items():
        setattr(os, name, counter.wrap(name, function))
    code = run(sys.argv[5:])
    for name, function in originals.items():
        setattr(os, name, function)
    text = spoken[0].getvalue() + spoken[1].getvalue()
    os.write(told, json.dumps({"calls": counter.calls, "text": text[-2000:]}).encode())
    return code


if __name__ == "__main__":
    main()

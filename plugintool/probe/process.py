"""``Child``: a running program with bounded pipes, and the promise that it and its children end.

Two threads read stdout and stderr, since pipes cannot be waited for on Windows. stdout goes through a short queue, so
a program that floods has to wait; of stderr only the end is kept. ``running`` ends the whole family however the block
is left, also by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

from plugintool import limits
from plugintool.probe.family import IS_WINDOWS, Family, describe, start_options
from plugintool.probe.launch import Launch
from plugintool.probe.shield import undisturbed

_CHUNK = 64 * 1024
_PAUSE = 0.01
"""Seconds between two looks at something that cannot be waited for."""
_NO_ROOM_SECONDS = 0.1
_LAST_SIGNAL = signal.SIGTERM if IS_WINDOWS else signal.SIGKILL
_LOOK_SECONDS = 0.1


class StartError(Exception):
    """The program cannot be started; the text says why."""


class Child:
    """One running program.

    Raises:
        StartError: the system does not start it.
    """

    def __init__(self, launch: Launch) -> None:
        self.started = time.monotonic()
        self._popen = _start(launch)
        self.family = Family(self._popen.pid, launch.mark)
        self._chunks: queue.Queue[bytes] = queue.Queue(limits.CHECK_QUEUE_CHUNKS)
        self._closed = threading.Event()
        self._stderr = b""
        self._ended = False
        self._readers = [threading.Thread(target=work, daemon=True) for work in (self._read_stdout, self._read_stderr)]
        for reader in self._readers:
            reader.start()

    def read(self, deadline: float) -> bytes:
        """Return the next bytes of stdout; empty at its end.

        Args:
            deadline: a time of ``time.monotonic``.

        Raises:
            TimeoutError: nothing came in time.
        """
        if self._ended:
            return b""
        try:
            chunk = self._chunks.get(timeout=max(deadline - time.monotonic(), 0))
        except queue.Empty:
            raise TimeoutError from None
        self._ended = not chunk
        return chunk

    def read_until_exit(self, deadline: float) -> bytes:
        """Return the next bytes of stdout; empty also when the program has ended and its children keep stdout open.

        Raises:
            TimeoutError: nothing came in time.
        """
        while True:
            try:
                return self.read(min(deadline, time.monotonic() + _LOOK_SECONDS))
            except TimeoutError:
                if self.wait(0) is not None:
                    return b""
                if time.monotonic() >= deadline:
                    raise

    def write(self, data: bytes, deadline: float) -> bool:
        """Write to stdin; False when the program has closed it, or does not read it in time."""
        assert self._popen.stdin is not None
        if self._popen.stdin.closed:
            return False
        handle, rest = self._popen.stdin.fileno(), memoryview(data)
        while rest:
            try:
                rest = rest[os.write(handle, rest) :]
            except BlockingIOError:
                if time.monotonic() > deadline:
                    return False
                time.sleep(_PAUSE)
            except OSError:  # a broken pipe; Windows has another name for it
                return False
        return True

    def close_stdin(self) -> None:
        """Tell the program that nothing more will come."""
        assert self._popen.stdin is not None
        with contextlib.suppress(OSError):
            self._popen.stdin.close()

    def wait(self, seconds: float) -> int | None:
        """Return the exit code, negative for a signal; None when the program still runs after ``seconds``."""
        try:
            return self._popen.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            return None

    def strays(self) -> tuple[str, ...]:
        """Return the command lines of children that outlive the program, which must have ended.

        Where the system does not show them, one text stands for all of its group.
        """
        _wait_until(self.family.is_gone, limits.CHECK_STRAY_SECONDS)
        named = tuple(describe(pid) for pid in self.family.others())
        return named or (() if self.family.is_gone() else ("a process of its group",))

    def stderr(self) -> bytes:
        """Return the last bytes of stderr; all of it has been read only after ``end``."""
        return self._stderr

    def end(self, *, grace: float = limits.CHECK_TERM_SECONDS) -> None:
        """End the program and all of its children; returns when they are gone, or cannot be ended."""
        if not grace:
            self.family.send(_LAST_SIGNAL)
        self._closed.set()
        self.close_stdin()
        if grace and not self._is_over():
            self.family.send(signal.SIGTERM)
            _wait_until(self._is_over, grace)
        if not self._is_over():
            self.family.send(_LAST_SIGNAL)
            _wait_until(self._is_over, limits.CHECK_TERM_SECONDS)
        for reader, pipe in zip(self._readers, (self._popen.stdout, self._popen.stderr), strict=True):
            assert pipe is not None
            reader.join(limits.CHECK_STRAY_SECONDS)
            if not reader.is_alive():  # else somebody unseen holds the pipe: the number must not be used again
                pipe.close()

    def _is_over(self) -> bool:
        return self._popen.poll() is not None and self.family.is_gone()

    def _read_stdout(self) -> None:
        assert self._popen.stdout is not None
        while True:
            chunk = _read_some(self._popen.stdout.fileno())
            while not self._closed.is_set():
                with contextlib.suppress(queue.Full):
                    self._chunks.put(chunk, timeout=_NO_ROOM_SECONDS)
                    break
            if not chunk or self._closed.is_set():
                return

    def _read_stderr(self) -> None:
        assert self._popen.stderr is not None
        while chunk := _read_some(self._popen.stderr.fileno()):
            self._stderr = (self._stderr + chunk)[-limits.CHECK_STDERR_BYTES :]


@contextlib.contextmanager
def running(launch: Launch) -> Iterator[Child]:
    """Start a program and end its whole family afterwards; at once when the block is left by an exception.

    Raises:
        StartError: the system does not start it.
    """
    child: Child | None = None
    try:
        with undisturbed():  # an interruption comes when somebody knows of the program
            child = Child(launch)
        yield child
        child.end()
    except BaseException:
        if child is not None:
            with undisturbed():
                child.end(grace=0)
        raise


def ending_of(code: int) -> str:
    """Return in words how a program with this exit code has ended."""
    return f"exit code {code}" if code >= 0 else f"ended by signal {-code}"


def _start(launch: Launch) -> subprocess.Popen[bytes]:
    program = launch.argv[0]
    if IS_WINDOWS:  # CreateProcess looks at our PATH, and finds no .cmd files
        program = shutil.which(program, path=launch.env.get("PATH")) or program
    try:
        popen = subprocess.Popen(  # noqa: S603 - to run it is what was asked for
            [program, *launch.argv[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(launch.env),
            cwd=launch.cwd,
            bufsize=0,
            **start_options(),
        )
    except (OSError, ValueError) as error:  # ValueError: a NUL in a word
        reason = getattr(error, "strerror", None) or str(error)
        raise StartError(reason.lower()) from error
    assert popen.stdin is not None
    if not IS_WINDOWS:
        os.set_blocking(popen.stdin.fileno(), False)
    return popen


def _read_some(handle: int) -> bytes:
    try:
        return os.read(handle, _CHUNK)
    except OSError:  # closed while it was read, at the end
        return b""


def _wait_until(is_so: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(_PAUSE)

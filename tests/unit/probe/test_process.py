"""Programs are started with bounded pipes, and nothing of them is left, however the block is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from plugintool import limits
from plugintool.probe import family, process
from plugintool.probe.family import Family
from plugintool.probe.launch import Launch, private_place
from plugintool.probe.process import Child, StartError, ending_of, running
from tests.check_world import PATH, PYTHON

SLEEP = "import time; time.sleep(30)"


@contextmanager
def started(code: str) -> Iterator[Child]:
    with private_place(PATH) as place, running(place.launch((*PYTHON, "-c", code), {})) as child:
        yield child


def read_all(child: Child, seconds: float = 5) -> bytes:
    data, deadline = b"", time.monotonic() + seconds
    while chunk := child.read(deadline):
        data += chunk
    return data


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat", "rb") as source:
        return source.read().rpartition(b")")[2].split()[0] != b"Z"


def wait_gone(pid: int) -> None:
    deadline = time.monotonic() + 5
    while is_alive(pid):
        assert time.monotonic() < deadline, f"{pid} is still there"
        time.sleep(0.01)


def test_it_echoes() -> None:
    with started("import sys; sys.stdout.write(sys.stdin.read())") as child:
        assert child.write(b"hello", time.monotonic() + 5)
        child.close_stdin()
        assert read_all(child) == b"hello"
        assert child.read(time.monotonic()) == b"", "the end stays the end"
        assert child.wait(5) == 0
        assert child.strays() == ()


def test_nothing_is_written_after_the_end_of_stdin() -> None:
    with started("") as child:
        child.close_stdin()
        child.close_stdin()
        assert not child.write(b"x", time.monotonic() + 1)


def test_a_reader_that_does_not_read_does_not_block_us() -> None:
    with started(SLEEP) as child:
        begun = time.monotonic()
        assert not child.write(b"x" * limits.MIB, time.monotonic() + 0.1)
        assert time.monotonic() - begun < 2


def test_a_program_that_is_gone_takes_nothing() -> None:
    with started("") as child:
        assert child.wait(5) == 0
        assert not child.write(b"x" * limits.MIB, time.monotonic() + 1)


def test_silence_is_a_timeout() -> None:
    with started(SLEEP) as child, pytest.raises(TimeoutError):
        child.read(time.monotonic() + 0.05)
    assert child.wait(0) == -signal.SIGTERM


def test_only_the_end_of_stderr_is_kept() -> None:
    with started("import sys; sys.stderr.write('x' * 100000 + 'the end')") as child:
        child.wait(5)
    assert child.stderr().endswith(b"the end")
    assert len(child.stderr()) == limits.CHECK_STDERR_BYTES


def test_a_flood_waits_and_costs_no_memory() -> None:
    """Nobody reads: the program stands still after the queue and the pipe are full."""
    with started("import sys\nwhile True: sys.stdout.write('x' * 65536)") as child:
        time.sleep(0.3)
        held = sum(map(len, list(child._chunks.queue)))
        assert held <= limits.CHECK_QUEUE_CHUNKS * 64 * 1024
        assert child.wait(0) is None
    assert child.wait(0) is not None


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("/nonesuch/program",), "no such file"),
        (("nonesuch-program",), "no such file"),
        (("/",), "permission denied"),
        (("a\0b",), "null"),
    ],
)
def test_what_cannot_be_started(argv: tuple[str, ...], said: str) -> None:
    with private_place(PATH) as place, pytest.raises(StartError) as met, running(place.launch(argv, {})):
        pass
    assert said in str(met.value)


def test_programs_are_looked_for_on_the_path_of_the_launch() -> None:
    with private_place({"PATH": "/nonesuch"}) as place, pytest.raises(StartError), running(place.launch(("sh",), {})):
        pass


def test_the_environment_is_the_one_of_the_launch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_CALLER", "1")
    code = "import os, json; print(json.dumps(dict(os.environ)))"
    with private_place(PATH) as place, running(place.launch((*PYTHON, "-c", code), {"OWN": "2"})) as child:
        told = read_all(child).decode()
        assert '"OWN": "2"' in told
        assert "OF_THE_CALLER" not in told
        assert f'"HOME": "{place.home}"' in told


def test_it_does_not_see_our_descriptors() -> None:
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    try:
        with started("import os; print(sorted(os.listdir('/proc/self/fd'), key=int)[:3])") as child:
            assert read_all(child) == b"['0', '1', '2']\n"
    finally:
        os.close(reading)
        os.close(writing)


@pytest.mark.parametrize(
    "code",
    [
        SLEEP,
        f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}",
        f"import os; os.fork(); os.fork(); {SLEEP}",
        f"import os; os.fork() or os.setsid(); {SLEEP}",
    ],
    ids=["plain", "ignores SIGTERM", "forks", "leaves the session"],
)
def test_an_exception_ends_the_whole_family_at_once(code: str) -> None:
    begun, members = time.monotonic(), list[int]()

    def interrupted() -> None:
        with started(f"print('on', flush=True); {code}") as child:
            child.read(time.monotonic() + 5)
            time.sleep(0.05)
            members.extend((child.family.leader, *child.family.others()))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert time.monotonic() - begun < 2
    for pid in members:
        wait_gone(pid)


def test_an_interruption_while_it_is_ended_ends_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C does not wait for a program that ignores SIGTERM, and does not forget it."""
    stubborn = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); {SLEEP}"
    begun = time.monotonic()
    threading.Timer(0.5, lambda: signal.raise_signal(signal.SIGINT)).start()
    leaders = []

    def interrupted() -> None:
        with started(stubborn) as child:
            child.read(time.monotonic() + 5)
            leaders.append(child.family.leader)

    monkeypatch.setattr(limits, "CHECK_TERM_SECONDS", 20.0)
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert time.monotonic() - begun < 10
    wait_gone(leaders[0])


def test_an_interruption_while_it_is_started_does_not_forget_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It arrives before anybody knows of the program, and is held back until then."""
    pids = []
    start = process._start

    def interrupted_start(launch: Launch) -> subprocess.Popen[bytes]:
        popen = start(launch)
        pids.append(popen.pid)
        signal.raise_signal(signal.SIGINT)
        return popen

    def run() -> None:
        with started(SLEEP):
            raise AssertionError("not reached")

    monkeypatch.setattr(process, "_start", interrupted_start)
    with pytest.raises(KeyboardInterrupt):
        run()
    wait_gone(pids[0])


def test_children_that_outlive_their_server_are_named_and_ended() -> None:
    spawn = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(30)'])"
    with started(spawn) as child:
        assert child.wait(5) == 0
        (stray,) = child.strays()
        assert "time.sleep(30)" in stray
        members = child.family.others()
    assert child.family.is_gone()
    wait_gone(members[0])


def test_the_end_of_a_program_is_seen_though_its_child_keeps_stdout() -> None:
    spawn = "import subprocess, sys; print('x', flush=True); subprocess.Popen(['sleep', '30'])"
    with started(spawn) as child:
        deadline = time.monotonic() + 10
        assert child.read_until_exit(deadline) == b"x\n"
        assert child.read_until_exit(deadline) == b""
        assert time.monotonic() < deadline - 5


def test_no_thread_stays() -> None:
    before = threading.active_count()
    with started("print('x')") as child:
        child.wait(5)
    assert threading.active_count() == before


@pytest.mark.parametrize(("code", "said"), [(0, "exit code 0"), (3, "exit code 3"), (-15, "ended by signal 15")])
def test_endings_in_words(code: int, said: str) -> None:
    assert ending_of(code) == said


def test_a_family_of_nobody() -> None:
    nobody = Family(2**22 - 3, "no-such-mark-anywhere")
    assert nobody.others() == ()
    assert nobody.is_gone()
    nobody.send(signal.SIGTERM)


def test_a_process_that_cannot_be_read_is_told_by_its_number() -> None:
    assert family.describe(2**22 - 3) == str(2**22 - 3)


def test_without_proc_only_the_group_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS."""
    monkeypatch.setattr(family, "_PROC", "/nonesuch")
    with started(SLEEP) as child:
        assert child.family.others() == ()
        assert not child.family.is_gone()
    assert child.wait(0) == -signal.SIGTERM
    assert child.family.is_gone()


def test_without_proc_children_are_seen_but_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS."""
    spawn = "import subprocess; subprocess.Popen(['sleep', '30'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)"
    monkeypatch.setattr(family, "_PROC", "/nonesuch")
    with started(spawn) as child:
        assert child.wait(5) == 0
        assert child.strays() == ("a process of its group",)
    assert child.family.is_gone()


def test_windows_is_ended_by_taskkill(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modelled: which program is called."""
    called = []
    monkeypatch.setattr(family, "IS_WINDOWS", True)
    monkeypatch.setattr("plugintool.probe.family.subprocess.run", lambda command, **_: called.append(command))
    Family(4711, "mark").send(signal.SIGTERM)
    assert called == [["taskkill", "/T", "/F", "/PID", "4711"]]


def test_a_program_leads_a_session_of_its_own() -> None:
    with started("import os; print(os.getsid(0) == os.getpid())") as child:
        assert read_all(child) == b"True\n"
    assert sys.platform != "win32"


def test_a_launch_can_be_compared() -> None:
    with private_place(PATH) as place:
        assert place.launch(("x",), {"A": "1"}) == place.launch(("x",), {"A": "1"})
        assert isinstance(place.launch(("x",), {}), Launch)

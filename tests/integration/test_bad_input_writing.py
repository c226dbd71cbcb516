"""Writing goes wrong: the disk is full, a signal arrives, the reader of the output goes away, two do the same at once.

Whatever happens: the old state or the new one, whole, and nothing beside it.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.hostile_input import (
    NAME,
    ROOT,
    Workshop,
    call,
    copy_of,
    make_workshop,
    picture,
    plugin_files,
    spawn,
    write_files,
)

LEFTOVERS = (".plugintool-*", ".signature-*", "*.tmp", "staging/*", "journal")
SMALL_BYTES = 48 * 1024
LIMITED: list[tuple[str, str, int, str]] = [
    # what is written, the command line, exit code, error code
    ("build", "build {source} --out {base}/new", 1, "output-refused"),
    ("build again", "build {source} --out {base}/dist", 1, "output-refused"),
    ("sign", "sign {tree} --key {base}/second.key.pem", 1, "output-refused"),
    ("pack", "pack {tree} --out {base}/new", 1, "output-refused"),
    ("pack again", "pack {tree} --out {base}/dist", 1, "output-refused"),
    ("pack stored", "pack {tree} --store --out {base}/new", 1, "output-refused"),
    ("keys new", "keys new other --out {base}/new", 1, "output-refused"),
    ("new plugin", "new plugin other --into {base}/src", 1, "output-refused"),
    ("new agent", "new agent other --plugin {source}", 1, "output-refused"),
    ("new hook", "new hook other --plugin {source}", 1, "output-refused"),
    ("device init", "device init --root {base}/other --trust-policy {policy}", 4, "not-installed"),
    ("device init again", "device init --root {device} --trust-policy {base}/second.trust-policy.json", 4, ""),
    ("device install", "device install --root {device} {base}/newer", 4, "not-installed"),
    ("device revert", "device revert --root {device} {name}", 4, "not-installed"),
    ("device uninstall", "device uninstall --root {device} {name}", 4, "not-installed"),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A workshop with a second key and a newer release that is not installed."""
    made = make_workshop(tmp_path_factory.mktemp("workshop"))
    assert call("keys", "new", "second", "--out", made.base).exit_code == 0
    source = write_files(made.base / "s3" / NAME, {**plugin_files("3.0.0"), "docs/large.bin": bytes(range(256)) * 400})
    assert call("build", source, "--out", made.base / "n").exit_code == 0
    assert call("sign", made.base / "n/org-plugins", "--key", made.key, "--sequence", "3").exit_code == 0
    shutil.move(made.base / "n/org-plugins", made.base / "newer")
    shutil.rmtree(made.base / "n")
    return made


@pytest.fixture
def mine(shop: Workshop, tmp_path: Path) -> Workshop:
    return copy_of(shop, tmp_path / "w")


def leftovers(base: Path) -> list[str]:
    """What a command leaves only when it was stopped in an unforeseen way."""
    return sorted(str(path) for pattern in LEFTOVERS for path in base.rglob(pattern))


def contents(base: Path) -> dict[str, object]:
    """Files and links, without the lock of the device and without directories."""
    return {path: what for path, what in picture(base).items() if what != "directory" and not path.endswith("/lock")}


def no_room() -> None:
    """No file may grow beyond a few bytes: every write of more is refused, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))


@pytest.mark.parametrize(("what", "line", "exit_code", "code"), LIMITED, ids=[row[0] for row in LIMITED])
def test_no_room_at_all(what: str, line: str, exit_code: int, code: str, mine: Workshop) -> None:
    """Every file is refused after sixteen bytes; what was there is still there, and there is nothing else."""
    before = contents(mine.base)
    ended = spawn(*mine.words(line), "--format", "json", preexec_fn=no_room, cwd=mine.base)
    assert ended.exit_code == exit_code, (what, ended)
    (error,) = ended.errors()
    assert error["code"] == (code or error["code"])
    assert error.get("path") or error.get("field")
    assert "Traceback" not in ended.text
    assert contents(mine.base) == before
    assert leftovers(mine.base) == []


@contextlib.contextmanager
def small_disk(place: Path) -> Iterator[dict[str, Any]]:
    """A disk of a few blocks below ``place``, where the system lets us mount one, else a small limit on each file."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_BYTES},mode=755", "tmpfs", str(place)]
    is_mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield {} if is_mounted else {"preexec_fn": _limit}
    finally:
        if is_mounted:
            subprocess.run(["umount", "-l", str(place)], check=True)


def _limit() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_BYTES, SMALL_BYTES))


@pytest.mark.parametrize(
    ("line", "exit_code"),
    [
        ("build {base}/s3/{name} --out {base}/disk", 1),
        ("pack {base}/newer/{name} --store --out {base}/disk", 1),
        ("device install --root {base}/disk/device {base}/newer", 4),
    ],
)
def test_a_small_disk_fills_up_in_the_middle(line: str, exit_code: int, mine: Workshop) -> None:
    """Some files fit, the large one does not."""
    with small_disk(mine.base / "disk") as options:
        if "device" in line:
            assert (
                call("device", "init", "--root", mine.base / "disk/device", "--trust-policy", mine.policy).exit_code
                == 0
            )
        before = contents(mine.base / "disk")
        ended = spawn(*mine.words(line), "--format", "json", cwd=mine.base, **options)
        assert ended.exit_code == exit_code, ended
        assert "no space left" in ended.stdout or "file too large" in ended.stdout
        assert contents(mine.base / "disk") == before
        assert leftovers(mine.base / "disk") == []


@pytest.mark.parametrize("arguments", [["--format", "json"], []])
def test_stdout_on_a_full_device(arguments: list[str], mine: Workshop) -> None:
    """The work is done, the report cannot be written: a failure, told on stderr where it can be."""
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "plugintool", "inspect", str(mine.tree), *arguments]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=env, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


# -- signals -----------------------------------------------------------------------------------------------------

WRITERS: dict[str, tuple[str, int]] = {
    # the command line from inside the workshop, and how many system calls lie between two tries
    "build": (f"build src/{NAME} --out dist --sync-version changed", 4),
    "build new": (f"build src/{NAME} --out new", 4),
    "sign": (f"sign dist/org-plugins/{NAME} --key second.key.pem", 1),
    "pack": (f"pack newer/{NAME} --out dist", 1),
    "pack again": (f"pack dist/org-plugins/{NAME} --store --out dist", 1),
    "keys new": ("keys new other --out new", 1),
    "new plugin": ("new plugin other --into src", 2),
    "device install": ("device install --root device newer", 5),
    "device revert": (f"device revert --root device {NAME}", 5),
}


def tries(prepared: Path, base: Path, signum: int, name: str) -> list[dict[str, Any]]:
    """Interrupt a command at each of its moments; see ``tests.signal_driver``."""
    line, step = WRITERS[name]
    arguments = [str(prepared), str(base), str(int(signum)), str(step), *line.split()]
    command = [sys.executable, "-m", "tests.signal_driver", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def visible(base: Path) -> dict[str, object]:
    """What others see: everything but the device's own books, which hold times."""
    found = contents(base)
    kept = ("/receipts/", "/store/")
    return {path: what for path, what in found.items() if not any(part in path for part in kept)}


def plugin_seen(base: Path) -> dict[str, object]:
    """The plugin as the app sees it, without the counter of its version file."""
    seen = Workshop(base).org_plugins / NAME
    return {path: what for path, what in picture(seen.resolve()).items() if path != "version.json"}


def bills(found: Mapping[str, object]) -> set[str]:
    """The bills of materials: files beside what is built, written after it, each whole; the next build makes them."""
    return {path for path in found if path.endswith(".cdx.json")}


def trees(found: Mapping[str, object]) -> dict[str, object]:
    """Everything but the bills."""
    return {path: found[path] for path in found.keys() - bills(found)}


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("name", WRITERS)
def test_a_signal_at_any_moment(name: str, signum: signal.Signals, code: int, shop: Workshop, tmp_path: Path) -> None:
    """The exit code of the signal, the old state or the new, no leftovers, no traceback; done again, it succeeds."""
    all_tries = tries(shop.base, tmp_path / "t", signum, name)
    stopped, whole = all_tries[:-1], all_tries[-1]
    assert whole["exit_code"] == 0, whole
    assert len(stopped) >= 3
    is_device = name.startswith("device")
    look: Callable[[Path], dict[str, object]] = plugin_seen if is_device else contents
    old, new = look(shop.base), look(tmp_path / "t" / str(whole["at"]))
    met = set()
    for one in stopped:
        here = tmp_path / "t" / str(one["at"])
        assert one["exit_code"] == code, one
        assert "Traceback" not in one["text"]
        if is_device:
            assert call("device", "repair", "--root", here / "device").exit_code == 0
            assert call("device", "audit", "--root", here / "device").exit_code == 0
        assert leftovers(here) == [], one
        found = look(here)
        if name != "keys new":
            assert trees(found) in (trees(old), trees(new)), one
            assert all(found[path] in {old.get(path), new.get(path)} for path in bills(found)), one
        met.add(found == old)
    assert True in met


@pytest.mark.parametrize(
    "args", [["lint", "{source}"], ["build", "{source}", "--list"], ["inspect", "{tree}"], ["--help"]]
)
@pytest.mark.parametrize("output", [[], ["--format", "json"]])
def test_a_closed_pipe(args: list[str], output: list[str], mine: Workshop) -> None:
    """141, as a program that SIGPIPE ends; no word about it."""
    words = mine.words(" ".join(args)) + ([] if args == ["--help"] else output)
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "plugintool", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, env=env, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


# -- two at once -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("build {source} --out {base}/new", [0, 0]),
        ("build {source} --out {base}/dist", [0, 0]),
        ("pack {tree} --out {base}/new", [0, 0]),
        ("sign {tree} --key {base}/second.key.pem --sequence 2", [0, 1]),
        ("device install --root {device} {base}/newer", [0, 0]),
        ("device revert --root {device} {name}", [0, 4]),
        ("keys new other --out {base}/new", [0, 1]),
        ("new plugin other --into {base}/new", [0, 1]),
    ],
)
def test_two_at_once(line: str, codes: list[int], mine: Workshop) -> None:
    """They wait for each other, or one is told that it came second; the result is that of one."""
    (mine.base / "new").mkdir()
    command = [sys.executable, "-m", "plugintool", *mine.words(line)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(command, cwd=mine.base, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    spoken = [process.communicate(timeout=60) for process in running]
    found = sorted(process.returncode for process in running)
    assert found in (codes, [0, 0]), spoken
    assert "Traceback" not in str(spoken)
    assert leftovers(mine.base) == []
    if "device" in line:
        assert call("device", "audit", "--root", mine.device).exit_code == 0

"""``plugintool dev`` in a process of its own: edit, error, repair, Ctrl-C; and ``plugintool doctor``."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from plugintool.cli.main import run
from tests.rule_fixtures import PLUGIN_NAME, SKILL, clean_plugin

SKILL_FILE = "skills/review/SKILL.md"
PATIENCE = 60
"""Seconds until a line must have come, on a machine that does ten other things."""


class Session:
    """A running ``plugintool dev``, line by line."""

    def __init__(self, *args: str, temporary: Path) -> None:
        environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "plugintool", "dev", *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            text=True,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        assert self.process.stdout is not None
        self.reader = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self.reader.start()

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self.lines.put(line.rstrip("\n"))

    def until(self, word: str) -> list[str]:
        """Wait for a line with a word; return the lines up to it."""
        seen: list[str] = []
        while not seen or word not in seen[-1]:
            try:
                seen.append(self.lines.get(timeout=PATIENCE))
            except queue.Empty:
                raise AssertionError(f"no {word!r} after {seen}") from None
        return seen

    def end(self, with_signal: int) -> int:
        self.process.send_signal(with_signal)
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def session(*args: str, temporary: Path) -> Iterator[Session]:
    found = Session(*args, temporary=temporary)
    try:
        yield found
    finally:
        found.process.kill()
        found.process.wait(PATIENCE)
        found.reader.join(PATIENCE)


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    (tmp_path / "tmp").mkdir()
    return tmp_path / "tmp"


def test_edit_error_repair_reload(tmp_path: Path, temporary: Path) -> None:
    """The whole of an author's morning."""
    plugin = clean_plugin(tmp_path)
    skill = plugin / SKILL_FILE
    with session(str(plugin), temporary=temporary) as dev:
        link = Path(dev.until("--plugin-dir")[-1].split()[-1])
        dev.until("loaded in")
        assert (link / SKILL_FILE).read_text() == SKILL

        skill.write_text(SKILL + "More.\n")
        assert f"changed {SKILL_FILE}" in dev.until("reloaded in")
        assert (link / SKILL_FILE).read_text() == SKILL + "More.\n"

        skill.write_text("---\n- no mapping\n---\n")
        told = dev.until("lint has")
        assert any("FM005" in line and SKILL_FILE in line for line in told)
        assert (link / SKILL_FILE).read_text() == SKILL + "More.\n"

        skill.write_text(SKILL)
        dev.until("reloaded in")
        assert (link / SKILL_FILE).read_text() == SKILL

        assert dev.end(signal.SIGINT) == 130
    assert list(temporary.iterdir()) == []


def test_being_terminated_leaves_nothing_either(tmp_path: Path, temporary: Path) -> None:
    with session(str(clean_plugin(tmp_path)), temporary=temporary) as dev:
        dev.until("loaded in")
        assert dev.end(signal.SIGTERM) == 143
    assert list(temporary.iterdir()) == []


def test_once_says_whether_it_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugin = clean_plugin(tmp_path)
    assert run(["dev", str(plugin), "--once", "--into", str(tmp_path / "dev")]) == 0
    assert "loaded in" in capsys.readouterr().out
    (plugin / ".claude-plugin/plugin.json").write_text("{")
    assert run(["dev", str(plugin), "--once", "--into", str(tmp_path / "dev")]) == 1
    assert "the last good state stays" in capsys.readouterr().out
    assert not (tmp_path / "dev").exists()


@pytest.mark.parametrize("args", [["missing"], [".", "--into", "."]])
def test_what_cannot_be_watched(
    args: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No such directory; and a directory in which a plugin of that name stands already."""
    clean_plugin(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(["dev", *args]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_many_changes_are_told_in_one_line(tmp_path: Path, temporary: Path) -> None:
    plugin = clean_plugin(tmp_path)
    with session(str(plugin), temporary=temporary) as dev:
        dev.until("loaded in")
        (plugin / "docs").mkdir()
        for number in range(9):
            (plugin / f"docs/{number}.md").write_text("x\n")
        line = next(line for line in dev.until("reloaded in") if line.startswith("changed"))
        assert line.count("docs/") <= 5


def test_doctor_in_text_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugin = clean_plugin(tmp_path, {"plugintool.toml": "["})
    assert run(["doctor", str(plugin)]) == 1
    lines = capsys.readouterr().out.splitlines()
    bad = next(index for index, line in enumerate(lines) if line.startswith("error"))
    assert "plugintool.toml" in lines[bad]
    assert lines[bad + 1].strip().startswith("fix: ")
    assert {line[:5] for line in lines if not line.startswith(" ")} <= {"ok   ", "warn ", "error"}

    assert run(["doctor", str(plugin), "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["command"], document["exit_code"]) == ("doctor", 1)
    subjects = [check["subject"] for item in document["subjects"] for check in item["value"]["checks"]]
    assert {"Python", "deflate", f"{PLUGIN_NAME}: plugin"} <= set(subjects)

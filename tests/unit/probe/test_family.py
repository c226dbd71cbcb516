"""Who belongs to a family: told from a process table that is made here."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool.probe import family
from plugintool.probe.family import Family, describe, start_options

LEADER = 1000
MARK = "/tmp/plugintool-check-abc"
Add = Callable[..., None]


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Add:
    """Add a process to the table: its id, its session, and what else it shows."""
    (tmp_path / "self").mkdir()
    (tmp_path / "meminfo").write_text("no process")
    monkeypatch.setattr(family, "_PROC", str(tmp_path))

    def process(
        pid: int, session: int, *, name: str = "x", state: str = "S", environment: str = "", words: str = "run\0it\0"
    ) -> None:
        home = tmp_path / str(pid)
        home.mkdir()
        (home / "stat").write_text(f"{pid} ({name}) {state} 1 {session} {session} 0 -1 4194304 1 2 3")
        (home / "environ").write_bytes(environment.encode())
        (home / "cmdline").write_bytes(words.encode())

    return process


def members() -> tuple[int, ...]:
    return tuple(sorted(Family(LEADER, MARK).others()))


def test_those_of_the_session_belong_to_it(add: Add) -> None:
    add(LEADER, LEADER)
    add(1001, LEADER)
    add(1002, 7)
    assert members() == (1001,)
    assert not Family(LEADER, MARK).is_gone()


def test_those_with_the_mark_belong_to_it_wherever_they_went(add: Add) -> None:
    add(1001, 1001, environment=f"A=1\0PLUGINTOOL_CHECK={MARK}\0B=2\0")
    add(1002, 1002, environment="PLUGINTOOL_CHECK=/tmp/plugintool-check-xyz\0")
    assert members() == (1001,)


def test_the_dead_do_not_count(add: Add) -> None:
    add(1001, LEADER, state="Z")
    add(1002, LEADER, state="X")
    assert members() == ()
    assert Family(LEADER, MARK).is_gone()


@pytest.mark.parametrize("name", ["a b", "a) S 1 7 7", "(((", ")", "ä", "x" * 15])
def test_a_name_may_hold_anything(add: Add, name: str) -> None:
    """proc(5): the name stands in brackets, and brackets may stand in it."""
    add(1001, LEADER, name=name)
    add(1002, 7, name=name)
    assert members() == (1001,)


def test_a_table_that_changes_while_it_is_read(add: Add, tmp_path: Path) -> None:
    """Processes that are gone, or that nobody may look at, belong to nobody."""
    (tmp_path / "1001").mkdir()
    (tmp_path / "1002").mkdir()
    (tmp_path / "1002/stat").write_text("1002 (x")
    (tmp_path / "1003").mkdir()
    (tmp_path / "1003/stat").write_text("")
    assert members() == ()


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("node\0server.js\0", "node server.js (1001)"),
        ("", "1001"),
        ("\0\0", "1001"),
        ("x" * 500, f"{'x' * 100} (1001)"),
        ("a\0\0b\0", "a  b (1001)"),
    ],
)
def test_a_process_is_told_by_its_command_line(add: Add, words: str, shown: str) -> None:
    add(1001, LEADER, words=words)
    assert describe(1001) == shown


def test_everybody_gets_the_signal(add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, int, int]] = []
    monkeypatch.setattr(os, "killpg", lambda pid, number: sent.append(("group", pid, number)))
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append(("one", pid, number)))
    add(1001, 1001, environment=MARK)
    Family(LEADER, MARK).send(signal.SIGTERM)
    assert sent == [("group", LEADER, signal.SIGTERM), ("one", 1001, signal.SIGTERM)]


@pytest.mark.parametrize("error", [ProcessLookupError, PermissionError])
def test_who_cannot_be_reached_does_not_matter(
    add: Add, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def refuse(*_: int) -> None:
        raise error

    monkeypatch.setattr(os, "killpg", refuse)
    monkeypatch.setattr(os, "kill", refuse)
    add(1001, LEADER)
    Family(LEADER, MARK).send(signal.SIGKILL)


def test_a_family_leads_its_own_session() -> None:
    assert start_options() == {"start_new_session": True}

"""What the disk says of files: every change is seen without reading, or there is no state."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool import limits
from plugintool.lint.state import State, joined, state_of_file, state_of_tree
from tests.rule_fixtures import clean_plugin

SKILL = "skills/review/SKILL.md"


def of(root: Path) -> str:
    found = state_of_tree(str(root))
    assert found is not None
    return found.digest


def test_the_same_tree_has_the_same_state(tmp_path: Path) -> None:
    root = clean_plugin(tmp_path)
    assert of(root) == of(root)


def _rewrite_with_old_times(root: Path) -> None:
    """Another content of the same size, with the time put back: only the time of the change tells."""
    file = root / SKILL
    info = file.stat()
    file.write_bytes(file.read_bytes().replace(b"code", b"Code"))
    os.utime(file, ns=(info.st_atime_ns, info.st_mtime_ns))


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / SKILL).write_bytes(b"x" * 5),
        lambda root: os.utime(root / SKILL, (1, 1)),
        _rewrite_with_old_times,
        lambda root: (root / "new.md").write_text(""),
        lambda root: (root / SKILL).unlink(),
        lambda root: (root / SKILL).rename(root / "skills/review/skill.md"),
        lambda root: (root / "skills").rename(root / "abilities"),
        lambda root: (root / SKILL).chmod(0o755),
        lambda root: (root / "skills/empty").mkdir(),
        lambda root: (root / ".git").mkdir(),
        lambda root: os.mkfifo(root / "pipe"),
    ],
)
def test_every_change_is_seen(tmp_path: Path, change: Callable[[Path], object]) -> None:
    root = clean_plugin(tmp_path)
    before = of(root)
    change(root)
    assert of(root) != before


def test_what_stands_deeper_is_not_taken_for_what_stands_beside(tmp_path: Path) -> None:
    """``a/b`` and ``c`` against ``a`` and ``b/c``: names alone would be the same."""
    (tmp_path / "1/a/b").mkdir(parents=True)
    (tmp_path / "1/c").mkdir()
    (tmp_path / "2/a").mkdir(parents=True)
    (tmp_path / "2/b/c").mkdir(parents=True)
    assert of(tmp_path / "1") != of(tmp_path / "2")


def test_version_control_is_not_looked_into(tmp_path: Path) -> None:
    root = clean_plugin(tmp_path)
    (root / ".git").mkdir()
    before = of(root)
    (root / ".git/index").write_text("x")
    assert of(root) == before


@pytest.mark.parametrize("target", ["skills", SKILL, "nowhere", "/"])
def test_where_there_are_links_there_is_no_state(tmp_path: Path, target: str) -> None:
    """What they lead to may change elsewhere."""
    root = clean_plugin(tmp_path)
    (root / "link").symlink_to(target)
    assert state_of_tree(str(root)) is None


def test_what_cannot_be_looked_at_has_no_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert state_of_tree(str(tmp_path / "gone")) is None
    root = clean_plugin(tmp_path)
    monkeypatch.setattr(limits, "SCAN_ENTRIES", 1)
    assert state_of_tree(str(root)) is None


def test_the_youngest_time_counts_the_change_of_names_and_modes(tmp_path: Path) -> None:
    """Set back the time of writing: the time of the change stays."""
    root = clean_plugin(tmp_path)
    os.utime(root / SKILL, (1, 1))
    found = state_of_tree(str(root))
    assert found is not None
    assert found.newest >= (root / SKILL).stat().st_ctime_ns


def test_a_single_file(tmp_path: Path) -> None:
    file = tmp_path / "a"
    missing = state_of_file(str(file))
    file.write_text("")
    empty = state_of_file(str(file))
    assert missing is not None
    assert empty is not None
    assert missing.newest == 0
    assert empty.newest > 0
    assert missing != empty
    (tmp_path / "link").symlink_to("a")
    assert state_of_file(str(tmp_path / "link")) is None
    assert state_of_file(str(file / "below")) is None


def test_states_are_joined() -> None:
    one, two = State("1", 5), State("2", 3)
    assert joined("", [one, two]).newest == 5
    assert joined("", [one, two]) != joined("", [two, one])
    assert joined("a", [one]) != joined("b", [one])
    assert joined("", [one, None]) == State("", 0)
    assert joined("", []).digest

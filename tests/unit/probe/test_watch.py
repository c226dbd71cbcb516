"""What a program writes into its directory is seen, and Python's cache is not minded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool import limits
from plugintool.probe.watch import changes, look_at


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/a.py").write_text("a")
    (tmp_path / "data").write_text("b")
    return tmp_path


def after(root: Path, change: Callable[[], object]) -> str:
    before = look_at(root)
    change()
    return "; ".join(flaw.message for flaw in changes(before, look_at(root)))


def test_nothing_happened(root: Path) -> None:
    assert after(root, (root / "data").read_text) == ""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda root: (root / "new").write_text(""), "new"),
        (lambda root: (root / "lib/new").write_text(""), "lib/new"),
        (lambda root: (root / "data").write_text("c"), "data"),
        (lambda root: (root / "data").write_text("b"), "data"),
        (lambda root: (root / "data").unlink(), "data"),
        (lambda root: (root / "data").chmod(0o755), "data"),
        (lambda root: (root / "empty").mkdir(), "empty/"),
        (lambda root: shutil.rmtree(root / "lib"), "lib/, lib/a.py"),
        (lambda root: (root / "link").symlink_to("/"), "link"),
        (lambda root: os.mkfifo(root / "pipe"), "pipe"),
        (lambda root: (root / "lib/__pycache__").mkdir(), ""),
        (lambda root: (root / "__pycache__").mkdir(), ""),
    ],
)
def test_what_happened_is_named(root: Path, change: Callable[[Path], object], told: str) -> None:
    assert after(root, lambda: change(root)) == told


def test_the_cache_may_be_filled(root: Path) -> None:
    def fill() -> None:
        (root / "lib/__pycache__").mkdir()
        (root / "lib/__pycache__/a.pyc").write_text("x")

    assert after(root, fill) == ""


def test_many_changes_are_counted(root: Path) -> None:
    told = after(root, lambda: [(root / f"n{at}").write_text("") for at in range(9)])
    assert told == "n0, n1, n2, n3, n4 and 4 more"


def test_a_directory_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert look_at(tmp_path / "nope") == {}


def test_a_program_that_writes_without_end_does_not_keep_us(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(20):
        (root / f"d{at}").mkdir()
        (root / f"d{at}/f").write_text("")
    monkeypatch.setattr(limits, "SCAN_ENTRIES", 3)
    assert len(look_at(root)) < 40

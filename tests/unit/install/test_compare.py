"""Differences between a directory and its record: each kind, and none where there is none."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool.install.compare import compare_tree
from plugintool.relpath import RelPath
from plugintool.tree import version_file
from plugintool.tree.copy import record_of
from plugintool.tree.memory import MemoryTree
from plugintool.tree.record import SIGNATURE_FILE, VERSION_FILE
from tests.device_world import plugin_files, write_tree

FILES = plugin_files("1.0.0")
RECORD = record_of(MemoryTree("acme-review", FILES))
SYNC = version_file.sync_version("1.0.0", RECORD.digest)
SIGNATURES = {SIGNATURE_FILE: b"signature"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = write_tree(
        tmp_path / "tree", {**FILES, VERSION_FILE: version_file.render(SYNC, 3), SIGNATURE_FILE: b"signature"}
    )
    for path in root.rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.name == "run.sh" else 0o644)
    return root


def _compare(tree: Path) -> list[tuple[str, str]]:
    found = compare_tree(tree, RECORD, sync_version=SYNC, signature_files=SIGNATURES)
    assert all(difference.as_json()["path"] == difference.path for difference in found)
    return [(difference.kind.value, difference.path) for difference in found]


def test_what_was_installed_has_no_difference(tree: Path) -> None:
    assert _compare(tree) == []


def test_a_directory_that_is_not_there_is_missing_as_a_whole(tmp_path: Path) -> None:
    assert _compare(tmp_path / "nowhere") == [("missing", "")]


def _edit(path: str, text: str) -> Callable[[Path], object]:
    return lambda tree: (tree / path).write_text(text)


def _link(path: str, target: str) -> Callable[[Path], object]:
    def change(tree: Path) -> None:
        (tree / path).unlink(missing_ok=True)
        (tree / path).symlink_to(target)

    return change


def _to_directory(path: str) -> Callable[[Path], object]:
    def change(tree: Path) -> None:
        (tree / path).unlink()
        (tree / path).mkdir()

    return change


def _move_behind_a_link(tree: Path) -> None:
    (tree / "hooks").rename(tree / "other")
    (tree / "hooks").symlink_to("other")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_edit("hooks/run.sh", "longer than before, much longer"), [("changed", "hooks/run.sh")]),
        (_edit("hooks/run.sh", "#!/bin/sh\nexit 1\n# 1.0.0\n"), [("changed", "hooks/run.sh")]),
        (lambda tree: (tree / "hooks/run.sh").chmod(0o644), [("mode", "hooks/run.sh")]),
        (lambda tree: (tree / "skills/review/SKILL.md").chmod(0o4755), [("mode", "skills/review/SKILL.md")]),
        (lambda tree: (tree / "hooks/run.sh").unlink(), [("missing", "hooks/run.sh"), ("added", "hooks")]),
        (_edit("added.txt", "x"), [("added", "added.txt")]),
        (lambda tree: (tree / "empty").mkdir(), [("added", "empty")]),
        (lambda tree: write_tree(tree, {".git/config": b"x"}), [("added", ".git")]),
        (lambda tree: os.mkfifo(tree / "pipe"), [("added", "pipe")]),
        (_link("added", "hooks/run.sh"), [("added", "added")]),
        (_link("hooks/run.sh", "../skills/review/SKILL.md"), [("changed", "hooks/run.sh")]),
        (_link("hooks/run.sh", "/etc/passwd"), [("changed", "hooks/run.sh")]),
        (_to_directory("hooks/run.sh"), [("changed", "hooks/run.sh")]),
        (
            _move_behind_a_link,
            [("added", "hooks"), ("missing", "hooks/run.sh"), ("added", "other/run.sh")],
        ),
        (_edit("version.json", '{"version": "9"}'), [("version", "version.json")]),
        (_edit("version.json", "nonsense"), [("version", "version.json")]),
        (_link("version.json", "/etc/passwd"), [("missing", "version.json"), ("added", "version.json")]),
        (lambda tree: (tree / "version.json").unlink(), [("missing", "version.json")]),
        (_edit(SIGNATURE_FILE, "other"), [("changed", SIGNATURE_FILE)]),
        (lambda tree: (tree / SIGNATURE_FILE).unlink(), [("missing", SIGNATURE_FILE)]),
        (_edit("odd\nname", "x"), [("added", "odd\nname")]),
    ],
)
def test_each_change_is_seen(tree: Path, change: Callable[[Path], object], expected: list[tuple[str, str]]) -> None:
    change(tree)
    assert sorted(_compare(tree)) == sorted(expected)


def test_version_json_may_have_any_settle_suffix(tree: Path) -> None:
    for settle in (0, 1, 99):
        (tree / VERSION_FILE).write_bytes(version_file.render(SYNC, settle))
        assert _compare(tree) == []


def test_signature_files_are_only_compared_when_asked(tree: Path) -> None:
    (tree / SIGNATURE_FILE).write_text("other")
    assert compare_tree(tree, RECORD, sync_version=SYNC) == []


def test_all_differences_come_in_order_of_path(tree: Path) -> None:
    for path in ("z", "a", "m"):
        (tree / path).write_text("x")
    assert [path for _, path in _compare(tree)] == [RelPath("a"), RelPath("m"), RelPath("z")]

"""All or nothing: whatever goes wrong, and whenever, the directory is as it was."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugintool.errors import InputError, MissingPathError, OutputError, UnsafePathError
from plugintool.relpath import RelPath
from plugintool.scaffold import write
from plugintool.scaffold.render import RenderedFile
from plugintool.scaffold.write import Change, apply_changes, check_place, read_existing, spelling_of, write_tree

FILES = (
    RenderedFile(RelPath("README.md"), b"read me\n"),
    RenderedFile(RelPath("scripts/run.sh"), b"#!/bin/sh\n", executable=True),
    RenderedFile(RelPath("a/b/c/d.txt"), b""),
)


def snapshot(root: Path) -> dict[str, tuple[int, bytes]]:
    """Everything below ``root``: mode and content by path."""
    found = {}
    for path in root.rglob("*"):
        mode = path.lstat().st_mode
        found[path.relative_to(root).as_posix()] = (mode, path.read_bytes() if path.is_file() else b"")
    return found


def fail_at(monkeypatch: pytest.MonkeyPatch, name: str, call: int, error: BaseException) -> None:
    """Let the call number ``call`` of ``os.<name>`` raise."""
    genuine: Callable[..., Any] = getattr(os, name)
    seen = 0

    def failing(*args: Any, **kwargs: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == call:
            raise error
        return genuine(*args, **kwargs)

    monkeypatch.setattr(write.os, name, failing)  # type: ignore[attr-defined]


def test_a_new_tree_has_all_files_with_fixed_modes(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        write_tree(tmp_path / "new", FILES)
    finally:
        os.umask(old)
    modes = {path: mode & 0o777 for path, (mode, _) in snapshot(tmp_path / "new").items()}
    assert modes == {
        "README.md": 0o644,
        "scripts": 0o755,
        "scripts/run.sh": 0o755,
        "a": 0o755,
        "a/b": 0o755,
        "a/b/c": 0o755,
        "a/b/c/d.txt": 0o644,
    }
    assert (tmp_path / "new" / "README.md").read_bytes() == b"read me\n"
    assert os.listdir(tmp_path) == ["new"]


def test_an_empty_directory_is_used(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    write_tree(tmp_path / "new", FILES)
    assert (tmp_path / "new" / "README.md").is_file()


def test_a_directory_with_anything_in_it_is_refused_and_its_content_named(tmp_path: Path) -> None:
    target = tmp_path / "new"
    target.mkdir()
    for name in "gfedcba":
        (target / name).write_text(name)
    before = snapshot(tmp_path)
    with pytest.raises(OutputError, match="not empty") as caught:
        write_tree(target, FILES)
    assert caught.value.detail["found"] == "a, b, c, d, e, …"
    assert "--here" in caught.value.detail["hint"]
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("kind", ["file", "link", "dangling"])
def test_something_that_is_no_directory_is_refused(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "new"
    if kind == "file":
        target.write_text("mine")
    else:
        target.symlink_to(tmp_path if kind == "link" else tmp_path / "nowhere")
    with pytest.raises(OutputError, match="no directory has this name"):
        check_place(target)


def test_a_missing_parent_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(MissingPathError, match="no such directory"):
        write_tree(tmp_path / "missing" / "new", FILES)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize(("name", "call"), [("open", 1), ("open", 3), ("mkdir", 2), ("rename", 1)])
def test_a_new_tree_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, call: int, error: BaseException
) -> None:
    fail_at(monkeypatch, name, call, error)
    with pytest.raises(OutputError if isinstance(error, OSError) else KeyboardInterrupt):
        write_tree(tmp_path / "new", FILES)
    monkeypatch.undo()
    assert not os.listdir(tmp_path)


def test_somebody_who_was_faster_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place is checked, then taken by another program before the rename."""

    def check(target: Path) -> None:
        target.mkdir()
        (target / "theirs").write_text("x")

    monkeypatch.setattr(write, "check_place", check)
    with pytest.raises(OutputError):
        write_tree(tmp_path / "new", FILES)
    assert os.listdir(tmp_path) == ["new"]
    assert os.listdir(tmp_path / "new") == ["theirs"]


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    root = tmp_path / "plugin"
    (root / "hooks").mkdir(parents=True)
    (root / "hooks" / "hooks.json").write_bytes(b"old")
    (root / "hooks" / "hooks.json").chmod(0o640)
    (root / ".mcp.json").write_bytes(b"old servers")
    return root


CHANGES = (
    Change(RelPath("hooks/hooks.json"), b"old", b"new"),
    Change(RelPath(".mcp.json"), b"old servers", b"new servers"),
)


def test_files_are_created_and_changed(plugin: Path) -> None:
    apply_changes(plugin, FILES, CHANGES)
    after = snapshot(plugin)
    assert after["hooks/hooks.json"][1] == b"new"
    assert after["hooks/hooks.json"][0] & 0o777 == 0o640, "the mode of a changed file stays"
    assert after[".mcp.json"][1] == b"new servers"
    assert after["scripts/run.sh"][0] & 0o777 == 0o755
    assert not [path for path in after if path.endswith((".tmp", ".new"))]


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), KeyboardInterrupt()])
@pytest.mark.parametrize(
    ("name", "call"),
    [("open", 1), ("open", 2), ("mkdir", 1), ("mkdir", 3), ("chmod", 1), ("replace", 1), ("replace", 2)],
)
def test_changes_that_fail_are_taken_back(
    plugin: Path, monkeypatch: pytest.MonkeyPatch, name: str, call: int, error: BaseException
) -> None:
    before = snapshot(plugin)
    fail_at(monkeypatch, name, call, error)
    with pytest.raises(OutputError if isinstance(error, OSError) else KeyboardInterrupt):
        apply_changes(plugin, FILES, CHANGES)
    monkeypatch.undo()
    assert snapshot(plugin) == before


def test_a_file_that_appeared_meanwhile_is_not_overwritten(plugin: Path) -> None:
    (plugin / "scripts").mkdir()
    (plugin / "scripts" / "run.sh").write_text("theirs")
    before = snapshot(plugin)
    with pytest.raises(OutputError, match="exists"):
        apply_changes(plugin, FILES, CHANGES)
    assert snapshot(plugin) == before


def test_a_file_that_changed_meanwhile_is_not_overwritten(plugin: Path) -> None:
    (plugin / ".mcp.json").write_bytes(b"theirs")
    before = snapshot(plugin)
    with pytest.raises(OutputError, match="changed meanwhile"):
        apply_changes(plugin, FILES, CHANGES)
    assert snapshot(plugin) == before


def test_a_link_is_not_written_through(plugin: Path, tmp_path: Path) -> None:
    (tmp_path / "target").write_text("{}")
    (plugin / "linked.json").symlink_to(tmp_path / "target")
    with pytest.raises(InputError, match="symbolic link"):
        read_existing(plugin, RelPath("linked.json"))


@pytest.mark.parametrize(
    ("path", "spelled"),
    [
        ("README.md", "readme.MD"),
        ("hooks/hooks.json", "hooks/hooks.json"),
        ("hooks/other.json", None),
        ("missing/x", None),
        (".mcp.json/x", None),
    ],
)
def test_a_path_is_found_whatever_its_letter_case(plugin: Path, path: str, spelled: str | None) -> None:
    (plugin / "readme.MD").write_text("x")
    assert spelling_of(plugin, RelPath(path)) == spelled


def test_the_exact_spelling_comes_first(plugin: Path) -> None:
    (plugin / "readme.md").write_text("x")
    (plugin / "README.md").write_text("x")
    assert spelling_of(plugin, RelPath("README.md")) == "README.md"


def test_a_directory_in_another_letter_case_is_refused(plugin: Path) -> None:
    """Two directories that macOS and Windows cannot keep apart would be the result."""
    (plugin / "Agents").mkdir()
    (plugin / "Agents" / "x.md").write_text("x")
    with pytest.raises(UnsafePathError, match="letter case"):
        spelling_of(plugin, RelPath("agents/x.md"))


def test_a_directory_in_another_letter_case_is_refused_for_a_new_file(plugin: Path) -> None:
    (plugin / "Agents").mkdir()
    with pytest.raises(UnsafePathError, match="letter case"):
        spelling_of(plugin, RelPath("agents/new.md"))


def test_a_directory_link_that_leaves_the_plugin_is_refused(plugin: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (plugin / "agents").symlink_to(tmp_path / "outside")
    with pytest.raises(UnsafePathError, match="leaves the plugin"):
        spelling_of(plugin, RelPath("agents/new.md"))


def test_a_directory_link_inside_the_plugin_is_followed(plugin: Path) -> None:
    (plugin / "real").mkdir()
    (plugin / "agents").symlink_to("real")
    apply_changes(plugin, [RenderedFile(RelPath("agents/new.md"), b"x")], [])
    assert (plugin / "real" / "new.md").read_bytes() == b"x"
    assert spelling_of(plugin, RelPath("agents/new.md")) == "agents/new.md"

"""The private place: its clean environment, copies with the right modes, and its removal, whatever was left there."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plugintool import limits
from plugintool.errors import LimitExceededError, MissingPathError, UnsafePathError
from plugintool.probe.launch import Place, private_place, unpack
from plugintool.relpath import RelPath
from plugintool.tree.directory import survey
from plugintool.tree.entry import TreeFile
from plugintool.tree.memory import MemoryTree


def test_it_is_private_empty_and_removed() -> None:
    with private_place({}) as place:
        assert stat.S_IMODE(place.root.stat().st_mode) == 0o700
        assert sorted(path.name for path in place.root.iterdir()) == ["data", "home", "project", "tmp"]
        assert not any(any(path.iterdir()) for path in place.root.iterdir())
    assert not place.root.exists()


def test_it_is_removed_after_an_exception() -> None:
    made = []

    def interrupted() -> None:
        with private_place({}) as place:
            made.append(place.root)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not made[0].exists()


def test_it_is_removed_though_something_in_it_is_locked() -> None:
    with private_place({}) as place:
        inner = place.home / "a" / "b" / "c"
        inner.mkdir(parents=True)
        (inner / "file").write_text("x")
        (inner / "link").symlink_to("/")
        (inner / "file").chmod(0)
        for locked in (inner, inner.parent, inner.parent.parent):
            locked.chmod(0o500 if locked is inner else 0)
    assert not place.root.exists()


def test_nothing_outside_of_it_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the directory that it stands in, when it is gone already, nor what a link in it leads to."""
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o755)
    tmp_path.chmod(0o1777)
    (outside / "data").write_text("x")
    (outside / "data").chmod(0o444)
    before = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path, outside, outside / "data")]
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with private_place({}) as place:
        (place.home / "link").symlink_to(outside)
        (place.home / "file").symlink_to(outside / "data")
    with private_place({}) as place:
        shutil.rmtree(place.root)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path, outside, outside / "data")] == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outside"]
    assert (outside / "data").read_text() == "x"


def test_also_when_we_are_not_root() -> None:
    """Root may do everything and proves little: the same once more in a process that has become somebody else."""
    code = (
        "import os, random, sys; sys.path[:0] = sys.argv[1:]\n"
        "from plugintool.probe.launch import private_place\n"
        "os.geteuid() or os.setuid(65534)\n"
        "with private_place({}) as place:\n"
        "    (place.home / 'a/b').mkdir(parents=True); (place.home / 'a/b/f').write_text('x')\n"
        "    (place.home / 'a/b').chmod(0); (place.home / 'a').chmod(0)\n"
        "print(place.root.exists())\n"
    )
    line = [sys.executable, "-c", code, *sys.path]
    done = subprocess.run(line, env={}, capture_output=True, text=True, check=False)
    assert done.stdout == "False\n", done.stderr


def test_the_environment_is_clean() -> None:
    with private_place({"PATH": "/bin"}) as place:
        assert place.environment() == {
            "PATH": "/bin",
            "HOME": str(place.home),
            "TMPDIR": str(place.root / "tmp"),
            "LANG": "C.UTF-8",
            "PLUGINTOOL_CHECK": str(place.root),
        }


def test_what_the_user_gives_wins_but_not_over_the_mark() -> None:
    with private_place({"HOME": "/root", "PLUGINTOOL_CHECK": "x"}) as place:
        launch = place.launch(("x",), {"LANG": "de", "PLUGINTOOL_CHECK": "y"})
        assert (launch.env["HOME"], launch.env["LANG"]) == ("/root", "de")
        assert launch.env["PLUGINTOOL_CHECK"] == launch.mark == str(place.root)
        assert launch.cwd == place.project


def test_windows_has_names_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modelled: what programs cannot do without there."""
    place = Place(Path("/p"), {})
    monkeypatch.setattr("plugintool.probe.launch.os.name", "nt")
    assert {"USERPROFILE", "TEMP", "TMP", "APPDATA", "LOCALAPPDATA"} <= place.environment().keys()


def files(**content: bytes) -> MemoryTree:
    return MemoryTree("x", {RelPath(name.replace("__", "/")): data for name, data in content.items()})


def test_a_copy_has_the_content_and_modes_by_content(tmp_path: Path) -> None:
    unpack(files(plain=b"text", bin__run=b"#!/bin/sh\n"), tmp_path / "copy")
    assert (tmp_path / "copy/plain").read_bytes() == b"text"
    assert stat.S_IMODE((tmp_path / "copy/plain").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "copy/bin/run").stat().st_mode) == 0o755


def test_a_rule_of_the_project_decides_on_modes(tmp_path: Path) -> None:
    unpack(files(a=b"x", b=b"#!x"), tmp_path / "copy", lambda path, _: path == "a")
    assert os.access(tmp_path / "copy/a", os.X_OK) or stat.S_IMODE((tmp_path / "copy/a").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "copy/b").stat().st_mode) == 0o644


def test_the_modes_of_a_source_tree_are_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source/data").write_text("x")
    (tmp_path / "source/data").chmod(0o777)
    unpack(survey(tmp_path / "source"), tmp_path / "copy")
    assert stat.S_IMODE((tmp_path / "copy/data").stat().st_mode) == 0o644


def test_links_inside_become_copies_and_others_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source/real").write_text("x")
    (tmp_path / "source/inside").symlink_to("real")
    (tmp_path / "source/outside").symlink_to("/etc/hostname")
    unpack(survey(tmp_path / "source"), tmp_path / "copy")
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == ["inside", "real"]
    assert not (tmp_path / "copy/inside").is_symlink()


def test_names_that_collide_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsafePathError):
        unpack(files(a=b"", A=b""), tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize(("name", "value"), [("TREE_FILES", 1), ("TREE_BYTES", 3)])
def test_a_copy_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: int) -> None:
    monkeypatch.setattr(limits, name, value)
    with pytest.raises(LimitExceededError):
        unpack(files(a=b"xx", b=b"yy"), tmp_path / "copy")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    class Broken:
        name = "x"

        def files(self) -> list[TreeFile]:
            return [TreeFile(RelPath("gone"), 1)]

        def open(self, path: RelPath) -> Any:
            raise MissingPathError("gone", path=path)

    with pytest.raises(MissingPathError):
        unpack(Broken(), tmp_path / "copy")
    assert sys.version_info >= (3, 11)

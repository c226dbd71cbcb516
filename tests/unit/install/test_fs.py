"""The real system calls, as far as this machine has them."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from plugintool.install.fs import Fs
from plugintool.install.state import DeviceState, remove_anything
from plugintool.relpath import RelPath
from tests.device_world import World, read_tree, write_tree


@pytest.fixture
def fs() -> Fs:
    return Fs()


def _mode(path: Path) -> int:
    return stat.S_IMODE(os.lstat(path).st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_modes_do_not_depend_on_the_umask(fs: Fs, tmp_path: Path, umask: int) -> None:
    old = os.umask(umask)
    try:
        fs.make_directory(tmp_path / "directory")
        fs.write_new(tmp_path / "file", b"x")
        fs.copy_new(tmp_path / "file", tmp_path / "program", executable=True)
    finally:
        os.umask(old)
    assert [_mode(tmp_path / name) for name in ("directory", "file", "program")] == [0o755, 0o644, 0o755]


def test_nothing_is_overwritten_and_no_link_followed(fs: Fs, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("taken", "link"):
        with pytest.raises(FileExistsError):
            fs.write_new(tmp_path / name, b"x")
        with pytest.raises(FileExistsError):
            fs.copy_new(tmp_path / "taken", tmp_path / name, executable=False)
        with pytest.raises(FileExistsError):
            fs.make_link(tmp_path / name, "x")
    assert (tmp_path / "taken").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


def test_a_rename_replaces_a_link_in_one_step(fs: Fs, tmp_path: Path) -> None:
    fs.make_link(tmp_path / "current", "old")
    fs.make_link(tmp_path / "temporary", "new")
    fs.rename(tmp_path / "temporary", tmp_path / "current")
    assert os.readlink(tmp_path / "current") == "new"


@pytest.mark.skipif(sys.platform not in {"linux", "darwin"}, reason="no exchange on this system")
def test_a_directory_and_a_link_are_exchanged(fs: Fs, tmp_path: Path) -> None:
    write_tree(tmp_path / "directory", {"file": b"x"})
    fs.make_link(tmp_path / "link", "target")
    if fs.exchange(tmp_path / "directory", tmp_path / "link"):
        assert os.readlink(tmp_path / "directory") == "target"
        assert read_tree(tmp_path / "link") == {"file": b"x"}
    else:
        assert (tmp_path / "directory").is_dir(), "where it cannot be done nothing is done"


def test_an_exchange_with_nothing_is_an_error(fs: Fs, tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    with pytest.raises(OSError, match="No such file") as caught:
        fs.exchange(tmp_path / "there", tmp_path / "nowhere")
    assert caught.value.errno == errno.ENOENT


def test_flushing_works_on_files_and_directories(fs: Fs, tmp_path: Path) -> None:
    """What it is worth is shown by tests/crash; here: no error, and nothing changes."""
    write_tree(tmp_path / "tree", {"a/b": b"x"})
    fs.sync_directory(tmp_path / "tree")
    fs.sync_volume(tmp_path / "tree")
    assert read_tree(tmp_path / "tree") == {"a/b": b"x"}


def test_flushing_file_by_file_reaches_everything(fs: Fs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way of macOS and Windows, deepest first."""
    write_tree(tmp_path / "tree", {"a/b": b"x", "c": b"y"})
    flushed: list[str] = []
    real = os.fsync

    def watched(handle: int) -> None:
        flushed.append(os.readlink(f"/proc/self/fd/{handle}"))
        real(handle)

    monkeypatch.setattr(os, "fsync", watched)
    monkeypatch.setattr(sys, "platform", "other")
    fs.sync_volume(tmp_path / "tree")
    names = [os.path.relpath(path, tmp_path) for path in flushed]
    assert names == ["tree/a/b", "tree/a", "tree/c", "tree"]


def test_a_sink_writes_below_its_root_only(fs: Fs, tmp_path: Path) -> None:
    sink = fs.make_sink(tmp_path / "tree")
    with sink.create(RelPath("a/b.sh"), executable=True) as target:
        target.write(b"x")
    assert read_tree(tmp_path / "tree") == {"a/b.sh": b"x"}
    assert _mode(tmp_path / "tree/a/b.sh") == 0o755


def test_owner_and_mode_are_repaired(fs: Fs, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o777)
    fs.set_owner_and_mode(tmp_path / "open", uid=os.geteuid(), mode=0o755)
    assert _mode(tmp_path / "open") == 0o755


def test_a_rename_is_tried_again_where_readers_block_it(
    fs: Fs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where a file that somebody has open cannot be replaced."""
    tries: list[int] = []
    real = os.replace

    def blocked(source: Path, target: Path) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise PermissionError
        real(source, target)

    (tmp_path / "one").touch()
    monkeypatch.setattr("plugintool.install.fs.os.replace", blocked)
    monkeypatch.setattr("plugintool.install.fs.time.sleep", lambda seconds: None)
    monkeypatch.setattr("plugintool.install.fs._IS_WINDOWS", True)
    fs.rename(tmp_path / "one", tmp_path / "two")
    assert (tmp_path / "two").exists()
    assert len(tries) == 3


def test_elsewhere_a_refused_rename_is_refused_at_once(fs: Fs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def blocked(source: Path, target: Path) -> None:
        raise PermissionError

    monkeypatch.setattr("plugintool.install.fs.os.replace", blocked)
    with pytest.raises(PermissionError):
        fs.rename(tmp_path / "one", tmp_path / "two")


def test_removing_a_tree_does_not_follow_links(fs: Fs, tmp_path: Path) -> None:
    write_tree(tmp_path / "outside", {"kept": b"x"})
    write_tree(tmp_path / "tree", {"a/b": b"x"})
    (tmp_path / "tree/to-directory").symlink_to(tmp_path / "outside")
    (tmp_path / "tree/to-file").symlink_to(tmp_path / "outside/kept")
    (tmp_path / "alone").symlink_to(tmp_path / "outside")
    for name in ("tree", "alone"):
        remove_anything(fs, tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outside"]
    assert read_tree(tmp_path / "outside") == {"kept": b"x"}


def test_staging_is_emptied_also_beside_the_plugins(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.init()
    write_tree(world.layout.staging, {"tree-1/a": b"x", "file-2": b"y"})
    write_tree(world.layout.staging_beside_plugins, {"link-3": b"x"})
    DeviceState(world.layout, Fs()).clear_staging()
    assert list(world.layout.staging.iterdir()) == []
    assert list(world.layout.org_plugins.iterdir()) == []


def test_a_name_beside_the_plugins_is_used_when_the_state_is_on_another_volume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    world.init()
    state = DeviceState(world.layout, Fs())
    assert state.fresh_beside_plugins("link").parent == world.layout.staging
    monkeypatch.setattr("plugintool.install.state.volume_of", lambda path: path == world.layout.staging)
    assert state.fresh_beside_plugins("link").parent == world.layout.staging_beside_plugins
    assert world.installed("1.0.0", 1).action == "install"
    assert world.visible_version() == "1.0.0"
    assert [path.name for path in world.layout.org_plugins.iterdir()] == ["acme-review"]

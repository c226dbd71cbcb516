"""Whom we trust to write, directory by directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from plugintool.errors import UntrustedLocationError
from plugintool.install.layout import Layout, layout_for
from plugintool.install.location import (
    chain_of,
    check_directories,
    check_directory,
    check_trust_policy,
    directory_problem,
    trusted_owners,
)
from tests.device_world import World

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    world = World(tmp_path)
    world.init()
    return world.layout


def test_a_fresh_device_is_trusted(layout: Layout) -> None:
    check_directories(layout)
    check_trust_policy(layout)


def test_a_world_writable_directory_above_the_root_does_not_matter(tmp_path: Path) -> None:
    """An image may be made below /tmp."""
    tmp_path.chmod(0o1777)
    world = World(tmp_path)
    world.init()
    check_directories(world.layout)


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777, 0o1777])
@pytest.mark.parametrize("depth", range(5))
def test_any_directory_that_others_can_write_is_refused(layout: Layout, depth: int, mode: int) -> None:
    """From the root down to org-plugins, sticky or not."""
    directory = list(chain_of(layout, layout.org_plugins))[depth]
    directory.chmod(mode)
    with pytest.raises(UntrustedLocationError, match="can write to it") as caught:
        check_directories(layout)
    assert caught.value.detail["path"] == str(directory)
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("place", ["org_plugins", "state", "store", "receipts", "staging"])
def test_a_link_in_the_place_of_a_directory_is_refused(layout: Layout, place: str, tmp_path: Path) -> None:
    directory: Path = getattr(layout, place)
    directory.rename(tmp_path / "moved")
    directory.symlink_to(tmp_path / "moved")
    with pytest.raises(UntrustedLocationError, match="is a link") as caught:
        check_directories(layout)
    assert "device init" in caught.value.detail["hint"]


def test_a_file_in_the_place_of_a_directory_is_refused(layout: Layout) -> None:
    layout.staging.rmdir()
    layout.staging.touch()
    with pytest.raises(UntrustedLocationError, match="no directory"):
        check_directories(layout)


def test_a_missing_directory_says_how_to_set_up(layout: Layout) -> None:
    layout.staging.rmdir()
    with pytest.raises(UntrustedLocationError, match="not set up") as caught:
        check_directories(layout)
    assert "device init" in caught.value.detail["hint"]


def test_a_directory_that_is_not_ours_gets_another_hint(layout: Layout) -> None:
    """``device init`` repairs our own directories only."""
    parent = layout.org_plugins.parent
    parent.chmod(0o777)
    with pytest.raises(UntrustedLocationError) as caught:
        check_directory(layout, parent)
    assert "device init" not in caught.value.detail["hint"]


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_a_trust_policy_that_others_can_write_is_refused(layout: Layout, mode: int) -> None:
    layout.trust_policy.chmod(mode)
    with pytest.raises(UntrustedLocationError, match="can write to it"):
        check_trust_policy(layout)


def test_a_trust_policy_that_is_a_link_is_refused(layout: Layout, tmp_path: Path) -> None:
    layout.trust_policy.rename(tmp_path / "elsewhere.json")
    layout.trust_policy.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(UntrustedLocationError, match="is a link"):
        check_trust_policy(layout)


def test_another_owner_is_refused(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours are the caller and root; here the caller is somebody else than who made the directories."""
    real = os.lstat

    def stranger(path: str | Path, **options: int | None) -> os.stat_result:
        fields = list(real(path))
        fields[4] = 12345
        return os.stat_result(fields)

    monkeypatch.setattr("plugintool.install.location.os.lstat", stranger)
    assert "user 12345" in directory_problem(layout, layout.state)


def test_without_root_only_root_may_own(tmp_path: Path) -> None:
    real = Layout(tmp_path / "plugins", tmp_path / "state", "macos")
    assert trusted_owners(real) == {0}
    assert trusted_owners(layout_for(root=tmp_path)) == {0, os.geteuid()}


def test_without_root_the_chain_begins_at_the_top(tmp_path: Path) -> None:
    """Also above what we made: the temporary directory is writable by all."""
    real = Layout(tmp_path / "plugins", tmp_path / "state", "macos")
    assert next(iter(chain_of(real, real.state))) == Path("/")
    below = layout_for(root=tmp_path)
    assert next(iter(chain_of(below, below.state))) == tmp_path

"""``device init``: creates, repairs, validates before anything is changed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from plugintool.device.init import Setup, init
from plugintool.errors import ConfigError, InputError, TrustPolicyError, UntrustedLocationError
from plugintool.install.layout import Layout
from plugintool.install.location import check_directories, check_trust_policy
from tests.device_world import OTHER_KEY, World, policy_bytes


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _init(world: World, policy: bytes | None, *, dry_run: bool = False) -> Setup:
    path = None
    if policy is not None:
        path = world.base / "policy.json"
        path.write_bytes(policy)
    value = init(path, options=world.options(dry_run=dry_run)).outcomes[0].value
    assert value is not None
    return value


def _modes(layout: Layout) -> set[int]:
    return {stat.S_IMODE(directory.stat().st_mode) for directory in layout.directories()}


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_everything_is_created_with_the_right_modes(world: World, umask: int) -> None:
    old = os.umask(umask)
    try:
        setup = _init(world, policy_bytes())
    finally:
        os.umask(old)
    assert _modes(world.layout) == {0o755}
    check_directories(world.layout)
    check_trust_policy(world.layout)
    assert world.layout.trust_policy.read_bytes() == policy_bytes()
    assert setup.steps[-1] == ("create", str(world.layout.trust_policy))
    assert setup.as_json()["changed"] is True


def test_a_second_time_nothing_is_done(world: World) -> None:
    _init(world, policy_bytes())
    assert _init(world, policy_bytes()).steps == ()
    assert _init(world, None).steps == ()


def test_a_new_trust_policy_replaces_the_old_one(world: World) -> None:
    _init(world, policy_bytes())
    setup = _init(world, policy_bytes(OTHER_KEY))
    assert setup.steps == (("replace", str(world.layout.trust_policy)),)
    assert world.layout.trust_policy.read_bytes() == policy_bytes(OTHER_KEY)


@pytest.mark.parametrize("policy", [b"", b"{}", b"[]", policy_bytes(level="lax"), b"\xff"])
def test_an_unusable_trust_policy_changes_nothing(world: World, policy: bytes) -> None:
    with pytest.raises(TrustPolicyError):
        _init(world, policy)
    assert not world.root.exists()
    _init(world, policy_bytes())
    with pytest.raises(TrustPolicyError):
        _init(world, policy)
    assert world.layout.trust_policy.read_bytes() == policy_bytes()


def test_a_trust_policy_that_is_not_there_is_an_input_error(world: World) -> None:
    with pytest.raises(InputError):
        init(world.base / "nowhere.json", options=world.options())


def test_the_first_time_a_trust_policy_is_needed(world: World) -> None:
    with pytest.raises(ConfigError, match="no trust policy yet") as caught:
        _init(world, None)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("place", ["org_plugins", "state", "store", "receipts", "staging"])
def test_our_own_directories_are_repaired(world: World, place: str) -> None:
    _init(world, policy_bytes())
    directory: Path = getattr(world.layout, place)
    directory.chmod(0o777)
    assert _init(world, None).steps == (("repair", str(directory)),)
    assert _modes(world.layout) == {0o755}


def test_a_missing_directory_comes_back(world: World) -> None:
    _init(world, policy_bytes())
    world.layout.staging.rmdir()
    assert _init(world, None).steps == (("create", str(world.layout.staging)),)


def test_a_parent_that_is_not_ours_is_not_changed(world: World) -> None:
    _init(world, policy_bytes())
    parent = world.layout.org_plugins.parent
    parent.chmod(0o777)
    with pytest.raises(UntrustedLocationError, match="can write to it"):
        _init(world, None)
    assert stat.S_IMODE(parent.stat().st_mode) == 0o777


def test_a_link_in_the_place_of_our_directory_is_refused(world: World, tmp_path: Path) -> None:
    _init(world, policy_bytes())
    world.layout.store.rmdir()
    world.layout.store.symlink_to(tmp_path)
    with pytest.raises(UntrustedLocationError, match="is a link"):
        _init(world, None)


def test_a_trust_policy_that_others_could_write_must_be_given_again(world: World) -> None:
    """Its content may be anybody's: a new mode alone would make it trusted."""
    _init(world, policy_bytes())
    world.layout.trust_policy.chmod(0o666)
    with pytest.raises(UntrustedLocationError):
        _init(world, None)
    assert _init(world, policy_bytes()).steps == (("replace", str(world.layout.trust_policy)),)
    check_trust_policy(world.layout)


def test_a_dry_run_names_the_same_steps_and_creates_nothing(world: World) -> None:
    planned = _init(world, policy_bytes(), dry_run=True)
    assert not world.root.exists()
    done = _init(world, policy_bytes())
    assert planned.steps == done.steps
    assert planned.as_json()["changed"] is False
    assert planned.as_json()["would_change"] is True


def test_org_plugins_is_created_by_nothing_else(world: World) -> None:
    """Its presence is itself a switch of the app."""
    _init(world, policy_bytes())
    world.layout.org_plugins.rmdir()
    with pytest.raises(UntrustedLocationError):
        world.install(world.artifact("1.0.0", 1))
    assert not world.layout.org_plugins.exists()

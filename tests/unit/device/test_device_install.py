"""``device install``: what it does to a device, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.device_world import NAME, World, only_value


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.init()
    return world


def test_a_signed_tree_is_installed_as_a_link_into_the_store(world: World) -> None:
    change = only_value(world.install(world.artifact("1.0.0", 10)))
    assert (change.name, change.action, change.before) == (NAME, "install", None)
    assert world.seen.is_symlink()
    assert world.visible_version() == "1.0.0"
    assert world.audit_codes() == []

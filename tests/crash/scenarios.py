"""The changes that crash tests interrupt: how the device got to where it is, what is done, what the app sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from plugintool.device.change import PluginChange
from plugintool.report import Report
from tests.device_world import World

Seen = str | None
GROWN = {"new/file.txt": "new", "turns/inner.txt": "inner"}
OLD = {"gone/file.txt": "gone", "turns": "file"}


@dataclass(frozen=True)
class Scenario:
    """One change; ``before`` and ``after`` are the versions that the app sees."""

    name: str
    prepare: Callable[[World], object]
    act: Callable[[World], Report[PluginChange]]
    before: Seen
    after: Seen


def _install_both(world: World) -> None:
    world.installed("1.0.0", 10, extra=OLD)
    world.installed("2.0.0", 20, extra=GROWN)


def _damage(world: World) -> None:
    world.installed("1.0.0", 10, extra=OLD)
    (world.seen / "added.txt").write_text("added")


def _update(world: World) -> Report[PluginChange]:
    return world.install(world.artifact("2.0.0", 20, extra=GROWN))


SCENARIOS = (
    Scenario("install", lambda _: None, lambda world: world.install(world.artifact("1.0.0", 10)), None, "1.0.0"),
    Scenario("update", lambda world: world.installed("1.0.0", 10, extra=OLD), _update, "1.0.0", "2.0.0"),
    Scenario("revert", _install_both, lambda world: world.revert(), "2.0.0", "1.0.0"),
    Scenario("repair", _damage, lambda world: world.repair(), "1.0.0", "1.0.0"),
    Scenario("uninstall", _install_both, lambda world: world.uninstall(), "2.0.0", None),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


def do_again(scenario: Scenario, world: World) -> None:
    """Give the same command again, unless the interrupted one had done all its work, and expect a clean end."""
    is_done = not world.layout.journal.exists() and world.visible_version() == scenario.after
    if scenario.name in {"install", "update", "repair", "uninstall"} or not is_done:
        assert scenario.act(world).exit_code == 0
    assert world.visible_version() == scenario.after
    assert world.audit_codes() == []
    assert list(world.layout.staging.iterdir()) == []

"""Every state in which a power cut can leave a modelled disk: the plugin is whole, old or new, and the rest heals.

``link``: also before anything is healed the app sees the whole old or the whole new version, at every moment.
``per_file``: a half-changed directory says the old version string, and healing makes it whole.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from plugintool.device.session import change_device
from tests.crash.disk_model import CrashState, RecordingFs
from tests.crash.scenarios import SCENARIOS, Scenario, Seen, do_again
from tests.device_world import NAME, QuickFs, World, read_tree, whole_version


def _record(scenario: Scenario, base: Path, platform: str) -> list[CrashState]:
    """Do it once for real and return every state that a cut could have left on the way."""
    world = World(base, platform=platform)
    world.init()
    scenario.prepare(world)
    assert world.visible_version() == scenario.before
    recording = RecordingFs(world.root)
    world.fs = recording
    assert scenario.act(world).exit_code == 0
    assert world.visible_version() == scenario.after
    return recording.found


def _visible(world: World) -> tuple[bool, Seen]:
    """Whether what the app sees is whole, and which version it says that it is."""
    try:
        return True, whole_version(world.seen)
    except (AssertionError, KeyError):
        text = json.loads((world.seen / "version.json").read_text())["version"]
        return False, str(text).partition("+")[0]


def _check(scenario: Scenario, state: CrashState, world: World) -> None:
    moment = f"call {state.call} ({state.last})"
    is_whole, seen = _visible(world)
    assert seen in {scenario.before, scenario.after}, moment
    if world.layout.mode == "link":
        assert is_whole, moment
    elif not is_whole:
        assert seen == scenario.before, moment
    with change_device(world.options()):
        pass
    healed = world.visible_version()
    assert healed in {scenario.before, scenario.after}, moment
    assert [path.name for path in world.layout.staging.iterdir()] == [], moment
    assert {path.name for path in world.layout.org_plugins.iterdir()} <= {NAME}, moment
    if scenario.name != "repair" or healed_fully(world):
        assert world.audit_codes() in ([], ["AU011"]), moment


def healed_fully(world: World) -> bool:
    """A repair that did not get as far as its journal leaves the damage where it was."""
    return "added.txt" not in read_tree(world.seen)


@pytest.mark.parametrize("platform", ["macos", "windows"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_state_after_a_power_cut_is_whole_or_heals(scenario: Scenario, platform: str, quick_path: Path) -> None:
    """And the same command, given again, ends as if nothing had happened."""
    states = _record(scenario, quick_path / "recorded", platform)
    assert len(states) > 20
    for number, state in enumerate(states if platform == "macos" else states[::2]):
        base = quick_path / str(number)
        world = World(base, platform=platform, fs=QuickFs())
        world.root.mkdir(parents=True)
        state.write(world.root)
        _check(scenario, state, world)
        if number % 7 == 0:
            do_again(scenario, world)
        shutil.rmtree(base)


def test_the_model_loses_names_that_were_not_flushed(tmp_path: Path) -> None:
    """A careless installer would be found out: without the flush of the directory the rename may be gone."""
    root = tmp_path / "disk"
    root.mkdir()
    recording = RecordingFs(root)
    recording.write_new(root / "temporary", b"content")
    recording.rename(root / "temporary", root / "name")
    found = {tuple(path for path, _ in state.entries) for state in recording.found}
    assert found == {(), ("temporary",), ("name",)}
    torn = [state for state in recording.found if dict(state.entries).get("temporary", ("", b"content", 0))[1] == b""]
    assert torn, "a file that was not flushed may be empty"

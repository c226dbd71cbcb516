"""The story of ``demo``: what it consists of, and what it does to files between the commands."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from plugintool.cli.main import COMMANDS, command
from plugintool.cli.story import Act, Step, acts


def _steps(*, is_scaffolded: bool = True) -> list[Step]:
    return [step for act in acts("demo-plugin", "1.2.3", is_scaffolded=is_scaffolded) for step in act.steps]


def test_four_acts_follow_the_journeys() -> None:
    """Author, release engineer, administrator, attacker: in this order."""
    titles = [act.title for act in acts("x", "", is_scaffolded=True)]
    assert titles == ["The author", "The release engineer", "The administrator", "The attacker"]


def test_every_step_is_a_command_that_exists() -> None:
    """A step can only be typed when its command is in the table."""
    assert {step.args[0] for step in _steps()} <= set(COMMANDS)


@pytest.mark.parametrize("step", _steps(), ids=lambda step: " ".join(step.args[:3]))
def test_every_step_parses(step: Step) -> None:
    """The options of a step are those of the command, so that the story cannot grow old."""
    found: click.Command | None = command
    words = list(step.args)
    context = click.Context(command)
    while isinstance(found, click.Group):
        found = found.get_command(context, words.pop(0))
    assert found is not None
    known = {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known


def test_the_story_refuses_four_attacks() -> None:
    """Three are not verified (3), the old release is not installed (4)."""
    assert [step.expect for step in _steps() if step.expect] == [3, 3, 3, 4]


def test_a_plugin_of_the_user_is_not_scaffolded() -> None:
    """``new`` is only played for the example."""
    assert not any(step.args[0] == "new" for step in _steps(is_scaffolded=False))
    assert any(step.args[0] == "new" for step in _steps(is_scaffolded=True))


def test_archives_are_named_after_the_version() -> None:
    """The first archive carries the version of the manifest, ``0`` when there is none."""
    with_version = next(step for step in _steps() if step.args[0] == "verify")
    without = [step for act in acts("x", "", is_scaffolded=True) for step in act.steps if step.args[0] == "verify"]
    assert with_version.args[1] == "dist/demo-plugin-1.2.3.zip"
    assert without[0].args[1] == "dist/x-0.zip"


def _act(title: str) -> Act:
    return next(act for act in acts("demo-plugin", "1.2.3", is_scaffolded=True) if act.title == title)


def test_the_update_raises_the_version(tmp_path: Path) -> None:
    """Between the builds the manifest gets another version and the plugin one more file."""
    manifest = tmp_path / "demo-plugin/.claude-plugin/plugin.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text('{"name": "demo-plugin", "version": "1.2.3"}')
    next(step for step in _act("The administrator").steps if step.args[0] == "build").before(tmp_path)
    assert json.loads(manifest.read_text()) == {"name": "demo-plugin", "version": "99.0.0"}
    assert (tmp_path / "demo-plugin/NOTES.md").is_file()


def test_the_first_attack_flips_one_byte(tmp_path: Path) -> None:
    """The copy has the same length and differs in exactly one byte."""
    (tmp_path / "dist").mkdir()
    original = bytes(range(200))
    (tmp_path / "dist/demo-plugin-99.0.0.zip").write_bytes(original)
    _act("The attacker").steps[0].before(tmp_path)
    flipped = (tmp_path / "flipped.zip").read_bytes()
    assert len(flipped) == len(original)
    assert sum(a != b for a, b in zip(original, flipped, strict=True)) == 1


def test_the_second_attack_adds_one_file(tmp_path: Path) -> None:
    """The signed tree is copied with everything in it, and a hook is added."""
    tree = tmp_path / "dist/org-plugins/demo-plugin"
    tree.mkdir(parents=True)
    (tree / "version.json").write_text("{}")
    _act("The attacker").steps[1].before(tmp_path)
    added = tmp_path / "added/demo-plugin"
    assert sorted(path.name for path in added.rglob("*") if path.is_file()) == ["added.sh", "version.json"]

"""The story of ``demo``: what it consists of, and what it does to files between the commands."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from plugintool.cli import story_files as files
from plugintool.cli.main import COMMANDS, command
from plugintool.cli.story import NEXT, Act, Cast, Step, acts

CAST = Cast("demo-plugin", "1.2.3", is_scaffolded=True)


def _steps(cast: Cast = CAST) -> list[Step]:
    return [step for act in acts(cast) for step in act.steps]


def test_the_acts_follow_the_journeys() -> None:
    """Author, release engineer, administrator, attacker: in this order; each says in one line why it matters."""
    played = list(acts(CAST))
    assert [act.title for act in played] == [
        "The author",
        "The author of a bundle",
        "The release engineer",
        "The next release",
        "The administrator",
        "The attacker",
    ]
    assert all(0 < len(act.why) <= 110 and "\n" not in act.why for act in played)


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


def test_every_attack_is_refused() -> None:
    """Each attack has one step that must end with 3 or 4; nothing else has."""
    attacks = {step.why.split(":")[0] for step in _act("The attacker").steps if step.why.startswith("attack ")}
    refused = [step for step in _steps() if step.expect in {3, 4}]
    assert len(attacks) == len(refused)
    assert {step.args for step in refused} <= {step.args for step in _act("The attacker").steps}


def test_a_gate_stops_a_release() -> None:
    """The change that nobody agreed to ends with 1, the other one with 0, by the same gates."""
    stopped, passed = (step for step in _act("The next release").steps if step.args[0] == "diff")
    assert (stopped.expect, passed.expect) == (1, 0)
    assert stopped.args[-2:] == passed.args[-2:]


def test_a_plugin_of_the_user_is_not_scaffolded() -> None:
    """``new`` is only played for the example."""
    scaffold = ("new", "plugin", "demo-plugin")
    assert scaffold not in [step.args for step in _steps(Cast("demo-plugin", "1.2.3"))]
    assert _steps()[0].args == scaffold


@pytest.mark.parametrize("name", ["demo-plugin", "word-tools"])
def test_the_bundle_never_has_the_name_of_the_plugin(name: str) -> None:
    """Both sources lie side by side."""
    assert Cast(name, "").server != name


def test_archives_are_named_after_the_version() -> None:
    """The first archive carries the version of the manifest, ``0`` when there is none."""
    with_version = next(step for step in _steps() if step.args[0] == "verify")
    without = next(step for step in _steps(Cast("x", "")) if step.args[0] == "verify")
    assert with_version.args[1] == "dist/demo-plugin-1.2.3.zip"
    assert without.args[1] == "dist/x-0.zip"


def _act(title: str) -> Act:
    return next(act for act in acts(CAST) if act.title == title)


def _step(act: str, *args: str) -> Step:
    return next(step for step in _act(act).steps if step.args[: len(args)] == args)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A source tree in the directory of the story."""
    manifest = tmp_path / "demo-plugin/.claude-plugin/plugin.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text('{"name": "demo-plugin", "version": "1.2.3"}')
    return tmp_path / "demo-plugin"


def test_the_update_raises_the_version(source: Path, tmp_path: Path) -> None:
    """Between the builds the manifest gets another version and the plugin one more file."""
    _step("The next release", "diff", "dist/demo-plugin-1.2.3.zip", "demo-plugin").before(tmp_path)
    manifest = json.loads((source / ".claude-plugin/plugin.json").read_text())
    assert manifest == {"name": "demo-plugin", "version": NEXT}
    assert (source / "NOTES.md").is_file()


def test_the_proposal_has_a_hook_and_the_source_has_none(source: Path, tmp_path: Path) -> None:
    """The colleague works on a copy."""
    _step("The next release", "diff").before(tmp_path)
    hooks = json.loads((tmp_path / "proposal/demo-plugin/hooks/hooks.json").read_text())
    assert list(hooks["hooks"]) == ["SessionStart"]
    assert not (source / "hooks").exists()


@pytest.mark.parametrize("text", ['{"hooks": {"Stop": [], "SessionStart": [{"hooks": []}]}}', "{}", '{"hooks": []}'])
def test_the_hooks_of_a_plugin_stay_in_the_proposal(source: Path, tmp_path: Path, text: str) -> None:
    """One entry is added at the end of its event; what else is there stays."""
    (source / "hooks").mkdir()
    (source / "hooks/hooks.json").write_text(text)
    files.propose_hook(source, tmp_path / "target")
    before, after = (json.loads(one) for one in (text, (tmp_path / "target/hooks/hooks.json").read_text()))
    was = before.get("hooks") or {}
    assert after["hooks"]["SessionStart"][:-1] == was.get("SessionStart", [])
    assert "collect.invalid" in after["hooks"]["SessionStart"][-1]["hooks"][0]["command"]
    assert set(after["hooks"]) == {*was, "SessionStart"}


def test_the_first_attack_flips_one_byte(tmp_path: Path) -> None:
    """The copy has the same length and differs in exactly one byte."""
    (tmp_path / "dist").mkdir()
    original = bytes(range(200))
    (tmp_path / "dist/demo-plugin-99.0.0.zip").write_bytes(original)
    _act("The attacker").steps[0].before(tmp_path)
    flipped = (tmp_path / "flipped.zip").read_bytes()
    assert len(flipped) == len(original)
    assert sum(a != b for a, b in zip(original, flipped, strict=True)) == 1


@pytest.mark.parametrize(("place", "at"), [(0, 0), (1 / 4, 50), (1 / 2, 100)])
def test_a_flipped_byte_is_where_it_was_asked_for(tmp_path: Path, place: float, at: int) -> None:
    """The place is a share of the file: a bundle is changed in its archive, not in its block."""
    (tmp_path / "source").write_bytes(bytes(200))
    files.flip_byte(tmp_path / "source", tmp_path / "target", place=place)
    assert (tmp_path / "target").read_bytes() == bytes(at) + b"\1" + bytes(199 - at)


def test_the_second_attack_adds_one_file(tmp_path: Path) -> None:
    """The signed tree is copied with everything in it, and a hook is added."""
    tree = tmp_path / "dist/org-plugins/demo-plugin"
    tree.mkdir(parents=True)
    (tree / "version.json").write_text("{}")
    _act("The attacker").steps[1].before(tmp_path)
    added = tmp_path / "added/demo-plugin"
    assert sorted(path.name for path in added.rglob("*") if path.is_file()) == ["added.sh", "version.json"]

"""What the paths of ``build`` mean, and what belongs to the source of one subject."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugintool.author.build_subjects import BuildSubject, build_subjects, name_of, project_of, source_of
from plugintool.build.plan import plan_build
from plugintool.errors import ConfigError, MissingPathError
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import MANIFEST
from plugintool.relpath import RelPath
from tests.hostile_input import write_files

SKILL = "---\nname: greet\ndescription: Greets.\n---\nHello.\n"


def market(*entries: dict[str, Any]) -> dict[str, str]:
    value = {"name": "m", "owner": {"name": "o"}, "plugins": list(entries)}
    return {".claude-plugin/marketplace.json": json.dumps(value)}


def shown(*paths: Path) -> list[tuple[str, bool]]:
    """The subjects, relative to the first path, and whether a marketplace describes them."""
    return [(one.shown.removeprefix(f"{paths[0]}/"), one.is_described) for one in build_subjects(paths)]


def test_a_marketplace_means_what_it_lists(tmp_path: Path) -> None:
    """Plugins with a manifest, with a root SKILL.md, and those that are described only."""
    entries = [{"name": name, "source": f"./{name}"} for name in ("a", "b", "c", "gone")]
    files = {"a/.claude-plugin/plugin.json": '{"name": "a"}', "b/SKILL.md": SKILL, "c/skills/greet/SKILL.md": SKILL}
    write_files(tmp_path, {**market(*entries), **files})
    assert shown(tmp_path) == [("a", False), ("b", False), ("c", True)]


def test_entries_that_share_a_directory_are_told_apart(tmp_path: Path) -> None:
    """By the name of the entry; the root itself is then no subject."""
    one, two = ({"name": name, "source": "./", "skills": [f"./skills/{name}"]} for name in ("one", "two"))
    write_files(tmp_path, {**market(one, two), "skills/one/SKILL.md": SKILL, "skills/two/SKILL.md": SKILL})
    assert shown(tmp_path) == [(f"{tmp_path}#one", True), (f"{tmp_path}#two", True)]


def test_a_described_plugin_is_meant_by_its_directory(tmp_path: Path) -> None:
    """The marketplace above it is found; another directory is what it is."""
    write_files(tmp_path, {**market({"name": "x", "source": "./a"}), "a/commands/c.md": "c", "b/commands/c.md": "c"})
    assert shown(tmp_path / "a") == [(str(tmp_path / "a"), True)]
    assert shown(tmp_path / "b") == [(str(tmp_path / "b"), False)]


def test_a_nested_plugin_is_a_part_of_the_described_one(tmp_path: Path) -> None:
    """Its manifest is data."""
    files = {"a/inner/.claude-plugin/plugin.json": '{"name": "inner"}', "a/commands/c.md": "c"}
    write_files(tmp_path, {**market({"name": "x", "source": "./a"}), **files})
    assert shown(tmp_path / "a") == [(str(tmp_path / "a"), True)]


def test_what_is_nothing_stays_so_that_it_is_reported(tmp_path: Path) -> None:
    """Each path once."""
    (tmp_path / "file").write_text("x")
    paths = [tmp_path / "gone", tmp_path / "file", tmp_path / "gone"]
    assert [one.shown for one in build_subjects(paths)] == [str(tmp_path / "gone"), str(tmp_path / "file")]
    with pytest.raises(MissingPathError):
        source_of(build_subjects(paths)[1])


def described(tmp_path: Path, **fields: Any) -> BuildSubject:
    """A plugin that an entry describes."""
    entry = {"name": "x", "source": "./a", "version": "1.0.0", "description": "d", **fields}
    write_files(tmp_path, {**market(entry), "a/commands/c.md": "c"})
    (found,) = build_subjects([tmp_path])
    return found


def test_the_manifest_is_part_of_the_source(tmp_path: Path) -> None:
    """Rules, plan and record see it as if it were there; the directory stays as it is."""
    source = source_of(described(tmp_path))
    with source.open(MANIFEST) as manifest, source.open(RelPath("commands/c.md")) as other:
        assert json.loads(manifest.read()) == {"name": "x", "version": "1.0.0", "description": "d"}
        assert other.read() == b"c"
    plugin = load_plugin(source)
    assert (plugin.declared_name, plugin.version) == ("x", "1.0.0")
    assert [file.path for file in source.files()] == [MANIFEST, "commands/c.md"]
    assert not (tmp_path / "a/.claude-plugin").exists()


def test_its_fate_says_where_it_comes_from(tmp_path: Path) -> None:
    """As for every other file that a build writes itself."""
    subject = described(tmp_path)
    source = source_of(subject)
    (fate,) = plan_build(load_plugin(source), project_of(subject, source)).fate_of(MANIFEST)
    assert (fate.fate, fate.reason, fate.rule) == ("included", "generated", "marketplace.json")


def test_skills_of_other_entries_are_left_out(tmp_path: Path) -> None:
    """With the reason; what no entry lists stays."""
    one, two = ({"name": name, "source": "./", "skills": [f"./skills/{name}"]} for name in ("on[e]", "two"))
    files = {f"skills/{name}/SKILL.md": SKILL for name in ("on[e]", "two", "three")}
    write_files(tmp_path, {**market(one, two), **files})
    subject = build_subjects([tmp_path])[1]
    source = source_of(subject)
    plan = plan_build(load_plugin(source), project_of(subject, source))
    (fate,) = plan.fate_of("skills/on[e]/SKILL.md")
    assert (fate.fate, fate.reason) == ("omitted", "pattern")
    assert "another entry of marketplace.json" in fate.why
    kept = {fate.path for fate in plan.included if fate.path.startswith("skills/")}
    assert kept == {"skills/two/SKILL.md", "skills/three/SKILL.md"}


@pytest.mark.parametrize("path", ["deploy/test.pem", "deploy/a b[1]*!.pem", "#x.pem", "!y.pem"])
def test_an_allowed_secret_is_kept(tmp_path: Path, path: str) -> None:
    """That file only, whatever its name means in a pattern."""
    text = "-----BEGIN PRIVATE KEY-----\n"
    write_files(tmp_path / "a", {".claude-plugin/plugin.json": '{"name": "a"}', path: text, "other.pem": text})
    (subject,) = build_subjects([tmp_path / "a"])
    source = source_of(subject)
    if "*" in path:
        assert {one.raw for one in source.bad} == {path}  # not a name for Windows, whoever allows it
        return
    plan = plan_build(load_plugin(source), project_of(subject, source, [path]))
    (fate,) = plan.fate_of(path)
    assert (fate.fate, fate.reason) == ("included", "kept")
    assert "--allow-secret" in fate.why
    assert [fate.path for fate in plan.invalid] == ["other.pem"]


def test_a_project_file_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    """As without a marketplace."""
    write_files(tmp_path / "a", {"plugintool.toml": "build = 3"})
    subject = described(tmp_path)
    with pytest.raises(ConfigError):
        project_of(subject, source_of(subject))


NAMES: dict[str, tuple[dict[str, str], str]] = {
    "manifest": ({".claude-plugin/plugin.json": '{"name": "one"}'}, "one"),
    "skill": ({"SKILL.md": "---\nname: two\ndescription: d\n---\n"}, "two"),
    "skill without name": ({"SKILL.md": "x"}, "a"),
    "broken manifest": ({".claude-plugin/plugin.json": "{"}, "PLACE"),
    "name that is none": ({".claude-plugin/plugin.json": '{"name": 3}'}, "PLACE"),
    "nothing": ({"x": "x"}, "a"),
}


@pytest.mark.parametrize(("files", "expected"), NAMES.values(), ids=NAMES)
def test_the_name_is_known_before_the_build(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    """What has one name must be built in order, whatever happens at the same time."""
    place = write_files(tmp_path / "a", files)
    assert name_of(BuildSubject(str(place), place)) == expected.replace("PLACE", str(place))


def test_the_name_of_what_is_described_is_that_of_the_entry(tmp_path: Path) -> None:
    """And of what is nothing its path."""
    assert name_of(described(tmp_path)) == "x"
    assert name_of(BuildSubject("gone", tmp_path / "gone")) == "gone"

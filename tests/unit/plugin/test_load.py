"""``load_plugin``: what is found where; any tree gives a plugin."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from plugintool import limits
from plugintool.plugin.frontmatter import State
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import MANIFEST, Kind, Plugin
from plugintool.relpath import RelPath
from plugintool.tree.directory import survey
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import SKILL, manifest, write_plugin

AGENT = "---\nname: reviewer\ndescription: Reviews.\n---\n"
COMMAND = "---\ndescription: Checks.\n---\n"


def load(files: dict[str, str], **fields: object) -> Plugin:
    """Load a plugin from memory whose manifest has ``fields``."""
    contents = {".claude-plugin/plugin.json": manifest(**fields), **files}
    return load_plugin(MemoryTree("acme-review", {path: text.encode() for path, text in contents.items()}))


def found(plugin: Plugin) -> list[tuple[str, str, str]]:
    return [(item.kind.value, item.path, item.name) for item in plugin.components]


class TestManifest:
    """Where it is, and what it says."""

    def test_it_is_read(self) -> None:
        plugin = load({}, version="2.0.0")
        assert plugin.manifest is not None
        assert (plugin.manifest.path, plugin.manifest.is_misspelt) == (MANIFEST, False)
        assert (plugin.name, plugin.declared_name, plugin.version) == ("acme-review", "acme-review", "2.0.0")

    @pytest.mark.parametrize("path", [".Claude-Plugin/plugin.json", ".claude-plugin/Plugin.JSON"])
    def test_another_letter_case_is_found_and_said(self, path: str) -> None:
        plugin = load_plugin(MemoryTree("x", {path: manifest().encode()}))
        assert plugin.manifest is not None
        assert plugin.manifest.is_misspelt
        assert plugin.declared_name == "acme-review"

    def test_the_right_spelling_wins(self) -> None:
        tree = {".Claude-plugin/plugin.json": b"{}", MANIFEST: manifest().encode()}
        plugin = load_plugin(MemoryTree("x", tree))
        assert plugin.manifest is not None
        assert plugin.manifest.path == MANIFEST

    def test_without_one_the_rest_is_loaded(self) -> None:
        plugin = load_plugin(MemoryTree("x", {"commands/a.md": COMMAND.encode()}))
        assert plugin.manifest is None
        assert plugin.manifest_path == MANIFEST
        assert plugin.value == {}
        assert found(plugin) == [("command", "commands/a.md", "a")]

    @pytest.mark.parametrize("data", [b"", b"[]", b"nonsense", b'"x"', b"\xff\xfe", b'{"name":'])
    def test_a_broken_one_is_empty(self, data: bytes) -> None:
        plugin = load_plugin(MemoryTree("x", {MANIFEST: data}))
        assert plugin.manifest is not None
        assert plugin.value == {}
        assert (plugin.declared_name, plugin.version) == ("", "")

    @pytest.mark.parametrize("value", [None, 5, [], {}, True])
    def test_a_name_or_version_of_another_type_is_none(self, value: object) -> None:
        plugin = load({}, name=value, version=value)
        assert (plugin.declared_name, plugin.version) == ("", "")


class TestComponents:
    """Default directories, what the manifest names, and what is not found."""

    def test_the_default_directories(self) -> None:
        files = {
            "agents/a.md": AGENT,
            "agents/deep/b.MD": COMMAND,
            "agents/notes.txt": "",
            "commands/c.md": COMMAND,
            "skills/review/SKILL.md": SKILL,
            "skills/review/references/x.md": "",
            "skills/lower/skill.md": SKILL,
            "skills/loose.md": SKILL,
            "skills/group/deep/SKILL.md": SKILL,
            "docs/d.md": "",
        }
        assert found(load(files)) == [
            ("agent", "agents/a.md", "reviewer"),
            ("agent", "agents/deep/b.MD", "b"),
            ("command", "commands/c.md", "c"),
            ("skill", "skills/review/SKILL.md", "review"),
        ]

    def test_skills_directly(self) -> None:
        assert found(load({"skills/SKILL.md": SKILL})) == [("skill", "skills/SKILL.md", "review")]

    def test_a_root_skill_is_a_plugin_of_one_skill(self) -> None:
        plugin = load_plugin(MemoryTree("acme", {"SKILL.md": b"---\ndescription: x\n---\n"}))
        assert found(plugin) == [("skill", "SKILL.md", "acme")]

    def test_a_root_skill_beside_skills_is_ignored(self) -> None:
        plugin = load({"SKILL.md": SKILL, "skills/review/SKILL.md": SKILL})
        assert [item.path for item in plugin.components] == ["skills/review/SKILL.md"]

    @pytest.mark.parametrize(
        ("key", "value", "expected"),
        [
            ("commands", "./extra/a.md", [("command", "extra/a.md", "a")]),
            ("commands", "./extra/", [("command", "extra/a.md", "a"), ("command", "extra/b.md", "b")]),
            (
                "commands",
                ["./extra/b.md", "./extra/a.md"],
                [("command", "extra/a.md", "a"), ("command", "extra/b.md", "b")],
            ),
            ("commands", {"x": {"source": "./extra/a.md"}}, [("command", "extra/a.md", "a")]),
            ("commands", {"x": {"content": "text"}, "y": 5}, []),
            ("commands", "./extra/c.txt", []),
            ("commands", "./nothing", []),
            ("commands", "extra/a.md", []),
            ("commands", 5, []),
            ("agents", ["./extra/a.md"], [("agent", "extra/a.md", "a")]),
            ("skills", "./more", [("skill", "more/one/SKILL.md", "one")]),
            ("skills", "./more/one/", [("skill", "more/one/SKILL.md", "one")]),
            ("skills", "./more/one/SKILL.md", []),
            ("skills", ["./../x", None, 5], []),
        ],
    )
    def test_what_the_manifest_names(self, key: str, value: object, expected: list[tuple[str, str, str]]) -> None:
        files = {"extra/a.md": COMMAND, "extra/b.md": COMMAND, "extra/c.txt": "", "more/one/SKILL.md": COMMAND}
        plugin = load(files, **{key: value})
        assert found(plugin) == expected
        assert all(item.declared for item in plugin.components)

    def test_a_file_named_again_is_there_once(self) -> None:
        plugin = load({"commands/a.md": COMMAND}, commands=["./commands/a.md", "./commands/"])
        assert [(item.path, item.declared) for item in plugin.components] == [("commands/a.md", False)]

    def test_of_kind(self) -> None:
        plugin = load({"agents/a.md": AGENT, "commands/b.md": COMMAND})
        assert [item.path for item in plugin.of_kind(Kind.AGENT)] == ["agents/a.md"]

    def test_front_matter_is_read(self) -> None:
        (item,) = load({"commands/a.md": "no front matter"}).components
        assert item.front_matter.state is State.ABSENT


class TestDeclarations:
    """Hooks, servers and monitors: files that are read without being named, files that are named, and inline sets."""

    def test_default_files(self) -> None:
        files = {
            "hooks/hooks.json": '{"hooks": {}}',
            ".mcp.json": "{}",
            ".lsp.json": "{}",
            "monitors/monitors.json": "[]",
        }
        plugin = load(files)
        for declarations in (plugin.hooks, plugin.mcp, plugin.lsp, plugin.monitors):
            assert [(item.default, item.inline, item.pointer) for item in declarations] == [(True, False, ())]

    def test_a_named_file_adds(self) -> None:
        plugin = load({"hooks/hooks.json": "{}", "cfg/h.json": "{}"}, hooks="./cfg/h.json")
        assert [(item.path, item.default) for item in plugin.hooks] == [
            ("hooks/hooks.json", True),
            ("cfg/h.json", False),
        ]

    def test_the_default_file_named_again_counts_once(self) -> None:
        plugin = load({"hooks/hooks.json": "{}"}, hooks="./hooks/hooks.json")
        assert [item.path for item in plugin.hooks] == ["hooks/hooks.json"]

    def test_inline(self) -> None:
        plugin = load({}, mcpServers={"db": {"command": "x"}})
        (item,) = plugin.mcp
        assert (item.path, item.pointer, item.inline) == (MANIFEST, ("mcpServers",), True)

    def test_a_mixed_list(self) -> None:
        plugin = load({"m.json": "{}"}, mcpServers=["./m.json", {"db": {}}, "./x.mcpb", 5, None])
        assert [(item.path, item.pointer) for item in plugin.mcp] == [("m.json", ()), (MANIFEST, ("mcpServers", 1))]
        assert plugin.bundles == ("./x.mcpb",)

    @pytest.mark.parametrize("place", [{"monitors": [{"name": "m"}]}, {"experimental": {"monitors": [{"name": "m"}]}}])
    def test_monitors_stand_in_two_places(self, place: dict[str, object]) -> None:
        (item,) = load({}, **place).monitors
        assert item.value == [{"name": "m"}]
        assert item.pointer[-1] == "monitors"

    def test_bundles_are_kept_as_written(self) -> None:
        plugin = load({}, mcpServers=["https://acme.example/s.mcpb", "./b/X.DXT"])
        assert plugin.bundles == ("https://acme.example/s.mcpb", "./b/X.DXT")

    @pytest.mark.parametrize("value", [5, None, True, "", "./missing.json", "../x.json"])
    def test_anything_else_is_no_declaration(self, value: object) -> None:
        plugin = load({}, hooks=value, mcpServers=value, lspServers=value, experimental=value)
        assert (plugin.hooks, plugin.mcp, plugin.lsp, plugin.monitors) == ((), (), (), ())

    def test_unwrapped(self) -> None:
        plugin = load(
            {".mcp.json": '{"mcpServers": {"a": 1}}', "b.json": '{"b": 2}'}, mcpServers=["./b.json", {"mcpServers": 3}]
        )
        assert [item.unwrapped("mcpServers") for item in plugin.mcp] == [
            (("mcpServers",), {"a": 1}),
            ((), {"b": 2}),
            (("mcpServers", 1), {"mcpServers": 3}),
        ]

    def test_an_unreadable_file_is_a_declaration_without_value(self) -> None:
        plugin = load({".mcp.json": "{"})
        (item,) = plugin.mcp
        assert item.value is None
        assert not plugin.json_files[RelPath(".mcp.json")].is_readable


class TestFiles:
    """What else a plugin knows about its tree."""

    def test_other_json_files_are_read(self) -> None:
        plugin = load({"settings.json": "{}", "version.json": "{}", "themes/a.json": "{}", "data/x.json": "{}"})
        assert set(plugin.json_files) == {MANIFEST, "settings.json", "version.json", "themes/a.json"}

    def test_directories_are_implied(self) -> None:
        plugin = load({"a/b/c.txt": ""})
        assert {"", "a", "a/b", ".claude-plugin"} == plugin.directories
        assert plugin.has("a/b")
        assert plugin.has("a/b/c.txt")
        assert not plugin.has("A")
        assert list(plugin.below("a")) == ["a/b/c.txt"]
        assert list(plugin.below("")) == list(plugin.files)

    def test_reading_is_bounded(self) -> None:
        plugin = load({"a.txt": "12345"})
        assert plugin.read("a.txt") == b"12345"
        assert plugin.read("a.txt", max_bytes=4) is None
        assert plugin.read("b.txt") is None
        assert plugin.head("a.txt") == b"12345"
        assert plugin.head("b.txt") == b""

    def test_a_large_component_is_unread(self) -> None:
        plugin = load({"commands/a.md": "x" * (limits.TEXT_BYTES + 1)})
        assert plugin.components == ()
        assert [(item.path, item.reason) for item in plugin.unread] == [("commands/a.md", "larger than 1048576 bytes")]

    def test_a_value_is_located(self) -> None:
        plugin = load({".mcp.json": '{\n  "mcpServers": {\n    "db": 5\n  }\n}'})
        place = plugin.locate(".mcp.json", ("mcpServers", "db"))
        assert (place.path, place.line, place.column) == (".mcp.json", 3, 5)
        assert plugin.locate("other.json", ("a",)).line == 0
        assert plugin.locate("").line == 0

    def test_a_tree_without_survey_has_no_links(self) -> None:
        plugin = load({})
        assert (plugin.survey, plugin.links, plugin.bad_entries) == (None, (), ())
        assert plugin.source_file("x") is None


class TestDisk:
    """A survey brings links, modes and bad entries along."""

    def test_links_inside_are_followed_and_marked(self, tmp_path: Path) -> None:
        root = write_plugin(tmp_path, {MANIFEST: manifest(), "lib/x.md": AGENT})
        (root / "agents").mkdir()
        (root / "agents/x.md").symlink_to("../lib/x.md")
        plugin = load_plugin(survey(root))
        assert [(item.path, item.linked) for item in plugin.components] == [("agents/x.md", True)]
        assert [link.path for link in plugin.links] == ["agents/x.md"]

    def test_links_that_leave_are_not_read(self, tmp_path: Path) -> None:
        (tmp_path / "plugin.json").write_text(manifest())
        root = write_plugin(tmp_path, {"README.txt": ""})
        (root / ".claude-plugin").mkdir()
        (root / ".claude-plugin/plugin.json").symlink_to("../../plugin.json")
        plugin = load_plugin(survey(root))
        assert plugin.manifest is None

    def test_modes_are_known(self, tmp_path: Path) -> None:
        root = write_plugin(tmp_path, {MANIFEST: manifest(), "bin/x": "#!/bin/sh\n"})
        (root / "bin/x").chmod(0o755)
        source = load_plugin(survey(root)).source_file("bin/x")
        assert source is not None
        assert source.mode == 0o755

    def test_bad_entries_are_data(self, tmp_path: Path) -> None:
        root = write_plugin(tmp_path, {MANIFEST: manifest()})
        os.mkfifo(root / "pipe")
        assert [item.raw for item in load_plugin(survey(root)).bad_entries] == ["pipe"]

    def test_a_file_that_vanishes_is_unread(self, tmp_path: Path) -> None:
        root = write_plugin(tmp_path, {MANIFEST: manifest(), "commands/a.md": COMMAND})
        found_tree = survey(root)
        (root / "commands/a.md").unlink()
        plugin = load_plugin(found_tree)
        assert plugin.components == ()
        assert [item.path for item in plugin.unread] == ["commands/a.md"]


def test_loading_does_not_mind_the_order_of_keys() -> None:
    """The same content gives the same plugin."""
    one = load({"b.json": "{}", "a.json": "{}"}, hooks=["./b.json", "./a.json"])
    other = load({"a.json": "{}", "b.json": "{}"}, hooks=["./b.json", "./a.json"])
    assert one.hooks == other.hooks
    assert json.dumps(one.value) == json.dumps(other.value)

"""HK030, HK031 and the paths of hooks files: spelling, links, directories (measured with claude 2.1.330)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.report import Severity
from plugintool.tree.directory import survey
from tests.rule_fixtures import ELSEWHERE, clean_plugin, manifest

HOOKS = '{"hooks": {}}'
SERVERS = '{"mcpServers": {}}'
OLD = (2, 1, 197)


def plugin(where: Path, files: Mapping[str, str], links: Any = None, **fields: Any) -> Path:
    """Write a clean plugin with ``files``, ``links`` (path to text) and ``fields`` of its manifest."""
    root = clean_plugin(where, {".claude-plugin/plugin.json": manifest(**fields), **files})
    for path, target in (links or {}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).symlink_to(target)
    return root


def as_client(root: Path, **options: Any) -> list[tuple[str, str, str]]:
    """Return rule, path and field of every error of the client."""
    found = lint_plugin(load_plugin(survey(root)), LintOptions(**{"profile": "client", **options}))
    errors = [item for item in found if item.severity is Severity.ERROR]
    return [(item.code, item.location.path, str(item.as_json()["field"])) for item in errors]


def codes(root: Path, **options: Any) -> list[str]:
    chosen = {"ignore": ELSEWHERE, **options}
    return [item.code for item in lint_plugin(load_plugin(survey(root)), LintOptions(**chosen))]


class TestSpelling:
    @pytest.mark.parametrize(
        ("files", "place"),
        [
            ({"Hooks/hooks.json": HOOKS}, "hooks"),
            ({"hooks/HOOKS.JSON": HOOKS}, "hooks/hooks.json"),
            ({"hooks/hooks.json": HOOKS, "Hooks/x.md": "x"}, "hooks"),
            ({"hooks/hooks.json": HOOKS, "HOOKS": "x"}, "hooks"),
            ({"hook\u017f/hooks.json": HOOKS}, "hooks"),
            ({".claude-plugin/Plugin.json": "{}"}, ".claude-plugin/plugin.json"),
            ({".claude-plugin/MARKETPLACE.json": "{}"}, ".claude-plugin/marketplace.json"),
            ({".Claude-Plugin/x": "x"}, ".claude-plugin"),
            ({".claude-plug\u0131n/x": "x"}, ".claude-plugin"),
        ],
    )
    def test_another_spelling(self, files: dict[str, str], place: str, tmp_path: Path) -> None:
        root = plugin(tmp_path, files)
        if place == ".claude-plugin" and not files.keys() & {".Claude-Plugin/x"}:
            assert (root / ".claude-plugin/plugin.json").is_file()
        assert as_client(root) == [("HK030", place, place)]
        assert as_client(root, client=OLD) == []

    @pytest.mark.parametrize(
        "files",
        [
            {"Hooks/x.md": "x"},
            {"HOOKS": "x"},
            {"docs/a": "1", "Docs/b": "1"},
            {"hooks/hooks.json": HOOKS, "hooks/x/Hooks.json": HOOKS},
            {"\uff48ooks/hooks.json": HOOKS},
            {".MCP.json": SERVERS},
            {"Agents/a.md": "---\ndescription: d\n---\n"},
        ],
    )
    def test_what_does_not_matter(self, files: dict[str, str], tmp_path: Path) -> None:
        assert as_client(plugin(tmp_path, files)) == []

    @pytest.mark.parametrize(
        ("files", "place"),
        [
            ({"CFG/x": "x"}, "cfg"),
            ({"cfg/A/x": "x"}, "cfg/a"),
            ({"cfg/a/H.json": "x"}, "cfg/a/h.json"),
            ({"Cfg/x": "x", "cfg/A/x": "x"}, "cfg"),
        ],
    )
    def test_every_part_of_a_named_path(self, files: dict[str, str], place: str, tmp_path: Path) -> None:
        root = plugin(tmp_path, {"cfg/a/h.json": HOOKS, **files}, hooks="./cfg/a/h.json")
        assert as_client(root) == [("HK030", place, place)]

    def test_servers_may_be_spelt_twice(self, tmp_path: Path) -> None:
        assert as_client(plugin(tmp_path, {"a/m.json": SERVERS, "A/x": "x"}, mcpServers="./a/m.json")) == []

    def test_a_module(self, tmp_path: Path) -> None:
        code = "export function register() {}"
        files = {"hooks/hooks.json": '{"modules": ["./a.js"]}', "hooks/a.js": code, "hooks/A.js": code}
        assert as_client(plugin(tmp_path, files)) == [("HK030", "hooks/a.js", "hooks/a.js")]

    def test_a_link_is_a_spelling_too(self, tmp_path: Path) -> None:
        root = plugin(tmp_path, {"hooks/hooks.json": HOOKS}, {"Hooks": "hooks"})
        assert ("HK030", "hooks", "hooks") in as_client(root)

    def test_one_finding_where_both_are_there(self, tmp_path: Path) -> None:
        """PT004 says of every pair that some system cannot tell apart."""
        assert codes(plugin(tmp_path / "a", {"hooks/hooks.json": HOOKS, "Hooks/x.sh": "x"})).count("HK030") == 0
        assert "HK030" in codes(plugin(tmp_path / "b", {"Hooks/hooks.json": HOOKS}))

    def test_the_finding_names_both(self, tmp_path: Path) -> None:
        root = plugin(tmp_path, {"Hooks/hooks.json": HOOKS})
        (found,) = lint_plugin(load_plugin(survey(root)), LintOptions(select=("HK030",)))
        assert (found.location.path, found.hint) == ("Hooks", "rename it, so that 'hooks' is the one spelling")


class TestWindows:
    ODD = ("a:b", "a\\b", "x~1/h", "x~12.y/h", "h~1", "~1", "x./h", "x /h", ".../h")

    @pytest.mark.parametrize("name", ODD)
    def test_an_odd_path(self, name: str, tmp_path: Path) -> None:
        found = as_client(plugin(tmp_path, {}, hooks=f"./{name}.json"))
        assert ("HK031", f"{name}.json", "/hooks") in found
        assert "HK031" in codes(plugin(tmp_path / "list", {}, hooks=[f"./{name}.json"]))

    @pytest.mark.parametrize("name", ["a b", "x~a", "x~", "a.b/c", "./a", "a//b", " a/h"])
    def test_a_plain_path(self, name: str, tmp_path: Path) -> None:
        found = as_client(plugin(tmp_path, {}, hooks=f"./{name}.json"))
        assert "HK031" not in {code for code, _, _ in found}

    @pytest.mark.parametrize("key", ["mcpServers", "lspServers"])
    def test_other_keys_do_not_matter(self, key: str, tmp_path: Path) -> None:
        assert as_client(plugin(tmp_path, {"x~1.json": SERVERS}, **{key: "./x~1.json"})) == []


class TestNamedFiles:
    """PA003, PA005, PA006 and PM008 where the tree holds something else than a plain file."""

    @pytest.mark.parametrize("name", ["con", "a?b", "a:b", "x."])
    def test_a_name_that_is_refused_is_there(self, name: str, tmp_path: Path) -> None:
        """The tree cannot hold it (PT003), but it is no missing path."""
        root = plugin(
            tmp_path, {f"cfg/{name}.md": "x", f"d/{name}/x.md": "x"}, commands=[f"./cfg/{name}.md", f"./d/{name}"]
        )
        assert "PA003" not in codes(root)
        assert as_client(root) == []

    @pytest.mark.parametrize(
        ("target", "code"), [("gone.json", "PA003"), ("h.json", "PA003"), ("/etc/hosts", ""), ("../../x.json", "")]
    )
    @pytest.mark.parametrize("key", ["hooks", "mcpServers", "lspServers"])
    def test_a_link(self, key: str, target: str, code: str, tmp_path: Path) -> None:
        (tmp_path / "x.json").write_text("{}")
        root = plugin(tmp_path / "in", {}, {"h.json": target}, **{key: "./h.json"})
        assert [found[0] for found in as_client(root)] == ([code] if code else [])

    def test_a_path_behind_a_link_that_leaves(self, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        assert as_client(plugin(tmp_path / "in", {}, {"d": "../../out"}, commands="./d/x.md")) == []

    def test_skills_that_are_a_linked_file(self, tmp_path: Path) -> None:
        root = plugin(tmp_path, {}, {"more": "/etc/hosts"}, skills="./more")
        assert as_client(root) == [("PA005", ".claude-plugin/plugin.json", "/skills")]

    @pytest.mark.parametrize("key", ["hooks", "mcpServers", "lspServers"])
    def test_a_directory_instead_of_a_file(self, key: str, tmp_path: Path) -> None:
        root = plugin(tmp_path, {"h.json/x": "x"}, **{key: "./h.json"})
        assert as_client(root) == [("PA006", ".claude-plugin/plugin.json", f"/{key}")]
        assert as_client(root, client=OLD) == []

    def test_a_directory_where_one_may_be(self, tmp_path: Path) -> None:
        assert as_client(plugin(tmp_path, {"t.json/x": "x"}, outputStyles="./t.json")) == []

    def test_types_that_are_a_directory(self, tmp_path: Path) -> None:
        assert as_client(plugin(tmp_path, {"a.d.ts/x": "x"}, types="./a.d.ts"))[0][0] == "PM030"

    @pytest.mark.parametrize(("key", "text"), [("hooks", "{}"), ("mcpServers", '{"mcpServers": 5}')])
    def test_what_a_link_leads_to_is_not_read(self, key: str, text: str, tmp_path: Path) -> None:
        root = plugin(tmp_path / "a", {"real.json": text}, {"h.json": "real.json"}, **{key: "./h.json"})
        assert as_client(root) == []
        assert "PM008" in codes(root, profile="client")
        assert as_client(plugin(tmp_path / "b", {"h.json": text}, **{key: "./h.json"})) != []

    def test_a_skill_that_is_a_directory(self, tmp_path: Path) -> None:
        root = plugin(tmp_path, {"skills/a/SKILL.md/x": "x"})
        assert codes(root, profile="client") == ["PM008"]

    def test_two_dots_in_a_name(self, tmp_path: Path) -> None:
        root = plugin(tmp_path, {"a..b.json": HOOKS}, hooks="./a..b.json")
        assert as_client(root) == []
        assert [code for code, _, _ in as_client(root, client=OLD)] == ["PA002"]

    @pytest.mark.parametrize(("path", "key"), [("hooks/hooks.json", ""), (".mcp.json", ""), ("x.json", "hooks")])
    def test_a_byte_order_mark_breaks_the_json(self, path: str, key: str, tmp_path: Path) -> None:
        fields = {key: f"./{path}"} if key else {}
        root = plugin(tmp_path, {path: "\ufeff" + json.dumps({"hooks": {}, "mcpServers": {}})}, **fields)
        assert ("PM004", path, "json") in as_client(root)

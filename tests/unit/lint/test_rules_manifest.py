"""Rules on the plugin manifest: what they find and what they let pass; measured with claude 2.1.330 where it speaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.report import Finding, Severity
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import ELSEWHERE, SKILL, clean_plugin, lint_directory, manifest, write_plugin

GONE = object()
OLD = (2, 1, 197)
OPTION = {"type": "string", "title": "T", "description": "d"}


def lint(fields: dict[str, Any], files: dict[str, str] | None = None, **options: Any) -> list[Finding]:
    """Lint a plugin in memory whose manifest has ``fields``; ``GONE`` takes a field away."""
    value = json.loads(manifest())
    value.update(fields)
    text = json.dumps({key: item for key, item in value.items() if item is not GONE})
    contents = {".claude-plugin/plugin.json": text, "skills/review/SKILL.md": SKILL, **(files or {})}
    tree = MemoryTree("acme-review", {path: data.encode() for path, data in contents.items()})
    return list(lint_plugin(load_plugin(tree), LintOptions(**{"ignore": ELSEWHERE, **options})))


def codes(fields: dict[str, Any], files: dict[str, str] | None = None, **options: Any) -> list[str]:
    return [found.code for found in lint(fields, files, **options)]


def as_client(fields: dict[str, Any], files: dict[str, str] | None = None, **options: Any) -> list[str]:
    return codes(fields, files, profile="client", **options)


class TestName:
    """PM010 to PM018."""

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("acme-review", []),
            ("a", []),
            ("123", []),
            ("nul", []),
            ("claudette", []),
            ("cl4ude-demo", []),
            ("a" * 300, []),
            (GONE, ["PM010"]),
            (None, ["PM010"]),
            (5, ["PM010"]),
            ({}, ["PM010"]),
            (True, ["PM010"]),
            ("", ["PM011"]),
            (" ", ["PM011"]),
            ("My Plugin", ["PM011"]),
            ("demo ", ["PM011"]),
            ("a\tb", ["PM012", "PM013"]),
            ("a\nb", ["PM012", "PM013"]),
            ("a\u202eb", ["PM012", "PM013"]),
            ("a\u200bb", ["PM013"]),
            ("MyPlugin", ["PM013"]),
            ("a--b", ["PM013"]),
            ("-a", ["PM013"]),
            ("a-", ["PM013"]),
            ("a_b", ["PM013"]),
            ("a/b", ["PM013"]),
            ("..", ["PM013"]),
            ("naïve", ["PM013"]),
            ("claude", ["PM014"]),
            ("claude-code", ["PM014"]),
            ("anthropics-demo", ["PM014"]),
            ("cc-plugin-x", ["PM014"]),
            ("CLAUDE-demo", ["PM013", "PM014"]),
            ("claude_demo", ["PM013", "PM014"]),
            ("official-claude", ["PM014"]),
            ("claude-official", ["PM014"]),
            ("mcp-for-claude", ["PM015"]),
            ("claude.x", ["PM013", "PM014"]),
            ("cc.plugin.x", ["PM013", "PM014"]),
            ("claudecode", ["PM014"]),
            ("claudecode-x", []),
            ("ccplugin-x", ["PM014"]),
            ("cc-plugin", []),
            ("claud\u00e9", ["PM013", "PM014"]),
            ("cl\u0430ude", ["PM013", "PM014"]),
            ("claude\u200b-x", ["PM013", "PM014"]),
            ("official_x_claude", ["PM013", "PM015"]),
            ("unofficial-claude-x", ["PM014"]),
        ],
    )
    def test_as_the_client_sees_it(self, name: object, expected: list[str]) -> None:
        assert as_client({"name": name}) == expected

    @pytest.mark.parametrize(
        ("name", "severity"),
        [
            ("con", Severity.ERROR),
            ("COM1", Severity.ERROR),
            ("lpt9.x", Severity.ERROR),
            ("a/b", Severity.ERROR),
            (".demo", Severity.ERROR),
            ("demo.", Severity.ERROR),
            ("a" * 129, Severity.ERROR),
            ("a" * 65, Severity.WARNING),
            ("a" * 64, None),
            ("console", None),
        ],
    )
    def test_names_of_directories(self, name: str, severity: Severity | None) -> None:
        """PM016: what the desktop app takes."""
        found = [item.severity for item in lint({"name": name}) if item.code == "PM016"]
        assert found == ([] if severity is None else [severity])

    def test_a_name_that_is_no_name_is_said_once(self) -> None:
        """No second finding on what the first one says."""
        assert codes({"name": ""}) == ["PM011"]
        assert codes({"name": GONE}) == ["PM010"]

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("My Plugin", "call it my-plugin"),
            ("  ", "call it my-plugin"),
            ("AcmeReview", "call it acme-review"),
            ("é", "use"),
        ],
    )
    def test_a_better_name_is_proposed(self, name: str, hint: str) -> None:
        found = next(item for item in lint({"name": name}) if item.code in {"PM011", "PM013"})
        assert hint in found.hint

    def test_reserved_names_are_new(self) -> None:
        assert as_client({"name": "claude-demo"}, client=OLD) == []

    def test_a_built_tree_must_have_its_name(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {".claude-plugin/plugin.json": manifest(name="other")})
        assert [item.severity for item in lint_directory(root)] == [Severity.WARNING]
        assert [item.severity for item in lint_directory(root, built=True, select=("PM018",))] == [Severity.ERROR]


class TestFields:
    """PM020 to PM037."""

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"version": GONE}, ["PM020"]),
            ({"version": ""}, ["PM020"]),
            ({"version": None}, ["PM030"]),
            ({"version": 1}, ["PM030"]),
            ({"version": "latest"}, []),
            ({"version": "v1.0.0"}, []),
            ({"description": GONE}, ["PM024"]),
            ({"description": ""}, ["PM024"]),
            ({"description": ["x"]}, ["PM030"]),
            ({"author": GONE}, ["PM026"]),
            ({"author": "Jane"}, ["PM027"]),
            ({"author": [{"name": "x"}]}, ["PM027"]),
            ({"author": None}, ["PM027"]),
            ({"author": {}}, ["PM027"]),
            ({"author": {"name": ""}}, ["PM027"]),
            ({"author": {"name": "x", "email": 1}}, ["PM027"]),
            ({"author": {"name": 5, "url": []}}, ["PM027", "PM027"]),
            ({"author": {"name": "x", "foo": 1}}, []),
            ({"homepage": "https://acme.example"}, []),
            ({"homepage": "mailto:a@b.example"}, []),
            ({"homepage": ""}, ["PM028"]),
            ({"homepage": "/docs"}, ["PM028"]),
            ({"homepage": "acme.example/x"}, ["PM028"]),
            ({"homepage": 1}, ["PM030"]),
            ({"homepage": None}, ["PM030"]),
            ({"repository": "a/b"}, []),
            ({"repository": {"type": "git"}}, ["PM030"]),
            ({"license": ["MIT"]}, ["PM030"]),
            ({"keywords": []}, []),
            ({"keywords": [""]}, []),
            ({"keywords": "a,b"}, ["PM030"]),
            ({"keywords": ["a", 1, None]}, ["PM030", "PM030"]),
            ({"displayName": 1}, ["PM030"]),
            ({"$schema": 1}, ["PM030"]),
            ({"defaultEnabled": False}, []),
            ({"defaultEnabled": "true"}, ["PM030"]),
            ({"defaultEnabled": None}, ["PM030"]),
            ({"settings": {}}, []),
            ({"settings": "x"}, ["PM030"]),
            ({"engines": {"claude-code": ">=2"}}, []),
            ({"engines": {"claude-code": 2}}, ["PM030"]),
            ({"engines": "x"}, ["PM035"]),
            ({"metadata": 4}, ["PM035"]),
            ({"experimental": []}, ["PM035"]),
            ({"experimental": {"foo": 1}}, ["PM031"]),
            ({"types": "./x.d.ts"}, ["PM030"]),
            ({"types": "x.d.ts"}, ["PM030"]),
            ({"types": "./x.ts"}, ["PM030"]),
            ({"types": 5}, ["PM030"]),
            ({"icon": 5, "supportUrl": "x"}, []),
            ({"category": "x"}, ["PM031"]),
            ({"user_config": {}}, ["PM031"]),
            ({"Name": "x"}, ["PM031"]),
            ({"installationPreference": "required"}, ["PM031"]),
            ({"themes": []}, ["PM037"]),
            ({"monitors": []}, ["PM037"]),
        ],
    )
    def test_as_the_client_sees_it(self, fields: dict[str, Any], expected: list[str]) -> None:
        assert as_client(fields) == expected

    def test_types_that_are_there(self) -> None:
        assert as_client({"types": "./x.d.ts"}, {"x.d.ts": ""}) == []

    @pytest.mark.parametrize("version", ["1/2", "../1", "1..2", "a\\b", "1.0.0\n", "1" * 101])
    def test_a_version_that_cannot_be_a_directory(self, version: str) -> None:
        """PM022: validate passes it, the install fails."""
        assert codes({"version": version}) == ["PM022"]
        assert as_client({"version": version}) == []

    def test_the_desktop_app_knows_the_installation_preference(self) -> None:
        assert codes({"installationPreference": "required"}) == ["PM034"]
        assert codes({"installationPreference": "required"}, targets=("claude-code",)) == ["PM031"]

    @pytest.mark.parametrize(
        ("field", "hint"),
        [
            ("keywrods", "did you mean keywords?"),
            ("mcpservers", "did you mean mcpServers?"),
            ("hook", "did you mean hooks?"),
            ("tags", "it belongs to the entry in marketplace.json"),
            ("user_config", "write userConfig"),
            ("scripts", "it is a field of npm; remove it"),
            ("publisher", "it is a field of a VS Code extension; remove it"),
            ("manifest_version", "it is a field of an MCPB bundle; remove it"),
            ("zzzzzz", "remove it"),
        ],
    )
    def test_an_unknown_field_gets_advice(self, field: str, hint: str) -> None:
        (found,) = lint({field: "x"})
        assert (found.code, found.hint) == ("PM031", hint)

    def test_a_manifest_that_is_no_object_is_one_finding(self) -> None:
        """Fields that cannot be there are not asked for."""
        skill = {"skills/review/SKILL.md": SKILL.encode()}
        tree = MemoryTree("acme-review", {".claude-plugin/plugin.json": b"[]", **skill})
        assert [item.code for item in lint_plugin(load_plugin(tree))] == ["PM003"]

    def test_a_finding_points_into_the_file(self, tmp_path: Path) -> None:
        text = '{\n  "name": "acme-review",\n  "version": 5,\n  "description": "d",\n  "author": {"name": "x"}\n}\n'
        (found,) = lint_directory(clean_plugin(tmp_path, {".claude-plugin/plugin.json": text}))
        place = found.location
        assert (place.path, place.line, place.column, place.pointer) == (
            ".claude-plugin/plugin.json",
            3,
            3,
            ("version",),
        )


class TestJsonFiles:
    """PM001 to PM008."""

    @pytest.mark.parametrize(
        ("files", "expected"),
        [
            ({}, ["PM001"]),
            ({"plugin.json": "{}"}, ["PM001"]),
            ({"skills/a/SKILL.md": SKILL}, []),
            ({".claude-plugin": "x"}, ["PM001"]),
            ({".Claude-Plugin/plugin.json": manifest()}, ["PM001", "HK030"]),
            ({".claude-plugin/Plugin.json": manifest()}, ["PM001", "HK030"]),
            ({"SKILL.md": SKILL}, ["PM001"]),
            ({".claude-plugin/marketplace.json": "{}"}, []),
        ],
    )
    def test_without_a_manifest(self, files: dict[str, str], expected: list[str], tmp_path: Path) -> None:
        root = write_plugin(tmp_path, dict(files))
        assert [found.code for found in lint_directory(root, profile="client")] == expected

    def test_a_manifest_that_is_a_directory(self, tmp_path: Path) -> None:
        root = write_plugin(tmp_path, {"skills/review/SKILL.md": SKILL})
        (root / ".claude-plugin/plugin.json").mkdir(parents=True)
        (found,) = lint_directory(root)
        assert (found.code, found.location.path) == ("PM001", ".claude-plugin/plugin.json")
        assert "is a directory" in found.message

    def test_a_linked_manifest_is_there(self, tmp_path: Path) -> None:
        root = write_plugin(tmp_path, {"real.json": manifest(), "skills/review/SKILL.md": SKILL})
        (root / ".claude-plugin").mkdir()
        (root / ".claude-plugin/plugin.json").symlink_to("../real.json")
        assert [found.code for found in lint_directory(root)] == ["PT002"]
        assert [found.code for found in lint_directory(root, profile="client")] == ["PM008"]

    @pytest.mark.parametrize(
        "text",
        ["", " \n", "name: x", '{"a": 1,}', "// c\n{}", "{'a': 1}", '{"a": NaN}', "{} x", "\x00", '{"a": Infinity}'],
    )
    @pytest.mark.parametrize("path", [".claude-plugin/plugin.json", "hooks/hooks.json", ".mcp.json"])
    def test_what_does_not_parse(self, path: str, text: str, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {path: text})
        found = lint_directory(root, profile="client")
        assert [(item.code, item.location.path) for item in found] == [("PM002", path)]
        assert found[0].location.line or "no JSON number" in found[0].message

    @pytest.mark.parametrize("path", [".lsp.json", "settings.json", "monitors/monitors.json", "themes/x.json"])
    def test_files_that_the_client_does_not_open(self, path: str, tmp_path: Path) -> None:
        """They are errors all the same: what is in them is lost."""
        root = clean_plugin(tmp_path, {path: "{"})
        assert [item.code for item in lint_directory(root)] == ["PM002"]
        assert lint_directory(root, profile="client") == ()

    def test_the_older_client_opened_no_mcp_file(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {".mcp.json": "{"})
        assert lint_directory(root, profile="client", client=OLD) == ()

    @pytest.mark.parametrize(
        ("path", "text", "expected"),
        [
            (".mcp.json", '"x"', ["PM003"]),
            (".mcp.json", "[]", ["MC013"]),
            (".lsp.json", "[]", ["PM003"]),
            ("settings.json", "[]", ["PM003"]),
            ("version.json", "5", ["OP006", "PM003"]),
            ("monitors/monitors.json", "{}", ["PM003"]),
            ("monitors/monitors.json", "[]", []),
            ("themes/x.json", "null", ["PM003"]),
        ],
    )
    def test_roots(self, path: str, text: str, expected: list[str], tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {path: text})
        assert sorted(item.code for item in lint_directory(root)) == expected

    @pytest.mark.parametrize(
        ("data", "severity", "word"),
        [
            (b"\xef\xbb\xbf" + manifest().encode(), Severity.WARNING, "byte order mark"),
            (manifest().encode().replace(b"Reviews", b"Rev\xffews"), Severity.WARNING, "UTF-8"),
            (manifest(displayName="x\0y").encode(), Severity.WARNING, "NUL"),
            (manifest().replace("Reviews", "\\ud800").encode(), Severity.WARNING, "surrogate"),
        ],
    )
    def test_odd_bytes(self, data: bytes, severity: Severity, word: str, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {".claude-plugin/plugin.json": data})
        (found,) = lint_directory(root)
        assert (found.code, found.severity) == ("PM004", severity)
        assert word in found.message
        assert lint_directory(root, profile="client") == ()

    @pytest.mark.parametrize("path", ["hooks/hooks.json", ".mcp.json"])
    def test_a_mark_in_hooks_or_servers_is_an_error(self, path: str, tmp_path: Path) -> None:
        data = b'\xef\xbb\xbf{"hooks": {}, "mcpServers": {}}'
        root = clean_plugin(tmp_path, {path: data})
        assert [(item.code, item.severity) for item in lint_directory(root, profile="client")] == [
            ("PM004", Severity.ERROR)
        ]

    def test_a_mark_broke_older_clients(self, tmp_path: Path) -> None:
        data = b"\xef\xbb\xbf" + manifest().encode()
        root = clean_plugin(tmp_path, {".claude-plugin/plugin.json": data})
        found = lint_directory(root, profile="client", client=OLD)
        assert [(item.code, item.severity) for item in found] == [("PM004", Severity.ERROR)]

    def test_deep_nesting_is_ours_to_refuse(self, tmp_path: Path) -> None:
        text = manifest()[:-2] + ', "metadata": ' + '{"a":' * 2000 + "1" + "}" * 2001
        root = clean_plugin(tmp_path, {".claude-plugin/plugin.json": text})
        assert [item.code for item in lint_directory(root)] == ["PM002"]
        assert lint_directory(root, profile="client") == ()


class TestPaths:
    """PA001 to PA010."""

    FILES = {  # noqa: RUF012 - a constant
        "extra/a.md": "---\ndescription: d\n---\n",
        "extra/x.json": '{"hooks": {}, "mcpServers": {}}',
        "extra/m.json": "[]",
        "extra/x.zip": "",
        "extra/b.mcpb": "",
        "more/one/SKILL.md": SKILL,
    }

    @pytest.mark.parametrize(
        ("key", "value", "expected"),
        [
            ("commands", "./extra/a.md", []),
            ("commands", "./extra/", []),
            ("commands", "./", []),
            ("commands", [], []),
            ("commands", "extra/a.md", ["PA001"]),
            ("commands", "/etc/hosts", ["PA001"]),
            ("commands", "~/a.md", ["PA001"]),
            ("commands", "", ["PA001"]),
            ("commands", ".", ["PA001"]),
            ("commands", ".\\extra\\a.md", ["PA001"]),
            ("commands", "https://x.example/a.md", ["PA001"]),
            ("commands", "./../a.md", ["PA002"]),
            ("commands", "./extra/../extra/a.md", ["PA002"]),
            ("commands", "../a.md", ["PA002"]),
            ("commands", "./extra/*.md", ["PA003"]),
            ("commands", "./Extra/a.md", ["PA003"]),
            ("commands", "./%65xtra/a.md", ["PA003"]),
            ("commands", ["./no.md", "./extra/a.md"], ["PA003"]),
            ("commands", None, ["PA006"]),
            ("commands", 5, ["PA006"]),
            ("commands", [["./extra/a.md"]], ["PA006"]),
            ("commands", [None, {}], ["PA006", "PA006"]),
            ("commands", {"a": {"content": "x"}}, []),
            ("commands", {"a": {"content": "x", "foo": 1}}, []),
            ("commands", {"a": {"source": "./extra/a.md"}}, []),
            ("commands", {"a": {"source": "./no.md"}}, ["PA003"]),
            ("commands", {"a": {"source": "./../x.md"}}, ["PA002"]),
            ("commands", {"a": {"source": "/etc/hosts"}}, ["PA001"]),
            ("commands", {"a": {}}, ["PA010"]),
            ("commands", {"a": {"content": ""}}, ["PA010"]),
            ("commands", {"a": 5}, ["PA010"]),
            ("commands", {"a": {"content": "x", "allowedTools": "Read"}}, ["PA010"]),
            ("commands", {"a": {"content": "x", "model": 5}}, ["PA010"]),
            ("agents", "./extra/a.md", []),
            ("agents", "./extra/", ["PA004"]),
            ("agents", "./extra", ["PA004"]),
            ("agents", {"a": "./extra/a.md"}, ["PA006"]),
            ("skills", "./more", []),
            ("skills", ".", []),
            ("skills", "./", []),
            ("skills", "./more/one/SKILL.md", ["PA005"]),
            ("hooks", "./extra/x.json", []),
            ("hooks", "./extra/", ["PA006"]),
            ("hooks", ["./extra/x.json", {}], []),
            ("hooks", [5], ["PA006"]),
            ("mcpServers", "./extra/x.json", []),
            ("mcpServers", "./extra/b.mcpb", []),
            ("mcpServers", "https://x.example/s.mcpb", []),
            ("mcpServers", "http://x.example/s.mcpb", []),
            ("mcpServers", "https://x.example/s.json", ["PA001"]),
            ("mcpServers", "./extra/x.zip", ["PA006"]),
            ("mcpServers", "./no.mcpb", ["PA003"]),
            ("lspServers", "./no.json", ["PA003"]),
            ("outputStyles", "./extra/", []),
            ("outputStyles", {}, ["PA006"]),
            ("workflows", ["./no/"], ["PA003"]),
            ("experimental", {"themes": "./extra/"}, []),
            ("experimental", {"themes": "thm"}, ["PA001"]),
            ("experimental", {"monitors": "./extra/m.json"}, []),
            ("experimental", {"monitors": ["./extra/m.json"]}, ["PA006"]),
            ("experimental", {"monitors": {"name": "x"}}, ["PA006"]),
            ("experimental", {"monitors": "."}, ["PA001"]),
            ("experimental", {"evals": "x"}, []),
            ("experimental", {"evals": {}}, ["PA006"]),
            ("experimental", {"evals": [1]}, ["PA006"]),
            ("themes", "./no/", ["PA003", "PM037"]),
            ("monitors", 5, ["PA006", "PM037"]),
        ],
    )
    def test_as_the_client_sees_it(self, key: str, value: object, expected: list[str]) -> None:
        assert sorted(as_client({key: value}, self.FILES)) == expected

    def test_the_older_client_did_not_look_for_all(self) -> None:
        for key in ("mcpServers", "lspServers", "outputStyles"):
            assert as_client({key: "./no.json"}, client=OLD) == []
            assert as_client({key: "./../no.json"}, client=OLD) == []
        assert as_client({"commands": "./no.md"}, client=OLD) == ["PA003"]
        assert as_client({"skills": "."}, client=OLD) == ["PA001"]

    @pytest.mark.parametrize(
        ("key", "value", "hint"),
        [
            ("commands", "extra/a.md", "write ./extra/a.md"),
            ("commands", "nothing", "write a path that begins with ./"),
            ("commands", "./EXTRA/A.md", "write ./extra/a.md"),
            ("commands", "./nothing", "create it or take the path out"),
            ("commands", "../a.md", "copy the file into the plugin"),
            ("agents", "./extra/", "list the files: ./extra/a.md"),
            ("skills", "./more/one/SKILL.md", "write ./more/one/"),
        ],
    )
    def test_a_repair_is_proposed(self, key: str, value: str, hint: str) -> None:
        found = lint({key: value}, self.FILES)
        assert hint in [item.hint for item in found]

    def test_a_bundle_that_build_makes_need_not_be_there(self) -> None:
        files = {"bundles/clock/manifest.json": "{}"}
        assert codes({"mcpServers": "./bundles/clock.mcpb"}, files) == []
        assert codes({"mcpServers": "./bundles/other.mcpb"}, files) == ["PA003"]


class TestOptions:
    """UC001 to UC013, DP001."""

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({}, []),
            ({"type": "int"}, ["UC002"]),
            ({"title": 5}, ["UC002"]),
            ({"title": ""}, []),
            ({"required": "yes"}, ["UC002"]),
            ({"default": [1]}, ["UC002"]),
            ({"default": None}, ["UC002"]),
            ({"default": ["x"]}, []),
            ({"options": ["a", "A"], "default": "a"}, ["UC004"]),
            ({"min": "1"}, ["UC002"]),
            ({"min": 5, "max": 1}, []),
            ({"foo": 1}, ["UC002"]),
            ({"options": ["a"], "default": "a"}, []),
            ({"options": ["a"], "required": True}, []),
            ({"options": ["a"]}, ["UC004"]),
            ({"options": ["a"], "default": "z"}, ["UC004"]),
            ({"options": [], "default": "a"}, ["UC004", "UC004"]),
            ({"options": ["x" * 65], "default": "x" * 65}, ["UC004"]),
            ({"options": ["a"], "default": "a", "sensitive": True}, ["UC004"]),
            ({"options": "a"}, ["UC002"]),
        ],
    )
    def test_an_option(self, change: dict[str, Any], expected: list[str]) -> None:
        assert as_client({"userConfig": {"k": {**OPTION, **change}}}) == expected

    @pytest.mark.parametrize("missing", ["type", "title", "description"])
    def test_a_required_member(self, missing: str) -> None:
        option = {key: value for key, value in OPTION.items() if key != missing}
        (found,) = lint({"userConfig": {"k": option}})
        assert (found.code, found.message) == ("UC002", f"the option 'k' has no `{missing}`")

    @pytest.mark.parametrize(
        ("key", "hint"), [("my-key", "call it my_key"), ("1k", "use letters"), ("$k", "call it _k"), ("é", "call it _")]
    )
    def test_a_key(self, key: str, hint: str) -> None:
        (found,) = lint({"userConfig": {key: OPTION}})
        assert found.code == "UC001"
        assert hint in found.hint

    @pytest.mark.parametrize("value", [[], None, "x", 5])
    def test_options_are_an_object(self, value: object) -> None:
        assert as_client({"userConfig": value}) == ["UC002"]

    @pytest.mark.parametrize(
        ("channels", "expected"),
        [
            ([], []),
            ([{"server": "db"}], []),
            ([{"server": "db", "userConfig": {"k": OPTION}, "displayName": "x"}], []),
            ([{"server": ""}], ["UC002"]),
            ([{"server": "db", "foo": 1}], ["UC002"]),
            ([{}], ["UC002"]),
            ([5], ["UC002"]),
            ({}, ["UC002"]),
            ([{"server": "db", "userConfig": {"1k": OPTION}}], ["UC001"]),
        ],
    )
    def test_channels(self, channels: object, expected: list[str]) -> None:
        assert as_client({"channels": channels}) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("node ${user_config.k}", []),
            ("node ${user_config.other}", ["UC013"]),
            ("node ${user_config.a} ${user_config.b}", ["UC013", "UC013"]),
            ("node $user_config", []),
        ],
    )
    def test_what_a_server_uses_is_declared(self, text: str, expected: list[str]) -> None:
        files = {".mcp.json": json.dumps({"mcpServers": {"db": {"command": "x", "args": [text]}}})}
        assert as_client({"userConfig": {"k": OPTION}}, files) == expected

    def test_an_option_of_a_channel_counts(self) -> None:
        files = {".mcp.json": '{"mcpServers": {"db": {"command": "x", "env": {"A": "${user_config.k}"}}}}'}
        channels = [{"server": "db", "userConfig": {"k": OPTION}}]
        assert codes({"channels": channels}, files) == []

    def test_a_headers_helper_takes_no_option(self) -> None:
        server = {"type": "http", "url": "https://x.example", "headersHelper": "x ${user_config.k}"}
        files = {".mcp.json": json.dumps({"mcpServers": {"db": server}})}
        assert as_client({"userConfig": {"k": OPTION}}, files) == ["UC012"]

    def test_a_monitor_takes_no_option(self) -> None:
        files = {"monitors/monitors.json": '[{"name": "m", "command": "x ${user_config.k}", "description": "d"}]'}
        assert codes({"userConfig": {"k": OPTION}}, files) == ["UC012"]

    @pytest.mark.parametrize(
        ("value", "count"),
        [
            ([], 0),
            (["other", "a@b", "a@b@^1.0.0", "A.b_c", "0"], 0),
            ([{"name": "x"}, {"name": "x", "version": "not a range", "marketplace": "m"}], 0),
            (["bad name", "", "a@", "@b", "é", "a/b", "a@b@1.0", "a@b@~1"], 8),
            ([{}, {"name": 5}, {"name": "a/b"}, {"name": "x", "marketplace": ""}], 4),
            ([5, None, []], 3),
            ({"other": "^1"}, 1),
            ("other", 1),
        ],
    )
    def test_dependencies(self, value: object, count: int) -> None:
        assert as_client({"dependencies": value}) == ["DP001"] * count

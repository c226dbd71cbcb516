"""What each repair makes of a file, byte for byte; and what it leaves to a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugintool.lint.fix_json import author_object, dependency_list, kebab
from plugintool.lint.fix_round import Mending, mend
from plugintool.lint.fix_runs import directories_quoted, encrypted
from plugintool.lint.fix_write import changes, write
from plugintool.lint.rule import ALL_TARGETS
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Plugin
from plugintool.report import Finding
from plugintool.tree.directory import Survey, survey
from tests.rule_fixtures import clean_plugin, manifest, write_plugin

MANIFEST = ".claude-plugin/plugin.json"
COMMAND = "commands/check.md"
HOOKS = "hooks/hooks.json"
RUN = {"type": "command", "command": "echo ok"}
Files = dict[str, str | bytes]


def mended(root: Path, *select: str, unsafe: bool = False) -> Mending:
    """Repair a plugin on disk by some rules only."""

    def lint(tree: Survey) -> tuple[Plugin, tuple[Finding, ...]]:
        plugin = load_plugin(tree)
        return plugin, lint_plugin(plugin, LintOptions(select=select, targets=ALL_TARGETS))

    found = survey(root)
    mending = mend(found, lint, unsafe=unsafe)
    write(root, changes(found, mending.tree))
    return mending


def after(where: Path, files: Files, path: str, *select: str, unsafe: bool = False) -> str:
    """Return what is in one file of a plugin after repairs."""
    root = clean_plugin(where, files)
    mended(root, *select, unsafe=unsafe)
    return (root / path).read_bytes().decode()


def field_after(where: Path, rule_id: str, **fields: Any) -> Any:
    """Return the manifest after repairs, less what every manifest of these tests has."""
    text = after(where, {MANIFEST: manifest(**fields)}, MANIFEST, rule_id)
    found = json.loads(text)
    return {key: value for key, value in found.items() if key not in {"name", "version", "description", "author"}}


class TestManifest:
    @pytest.mark.parametrize(
        ("author", "wanted"),
        [
            ("Jane", {"name": "Jane"}),
            ("Jane Doe <jane@acme.test>", {"name": "Jane Doe", "email": "jane@acme.test"}),
            ("J <j@a.test> (https://a.test)", {"name": "J", "email": "j@a.test", "url": "https://a.test"}),
            (" Jane (https://a.test/x) ", {"name": "Jane", "url": "https://a.test/x"}),
            ("", None),
            ("<jane@acme.test>", None),
            ("Jane <jane", None),
            (["Jane"], None),
            (7, None),
        ],
    )
    def test_the_author_of_npm(self, author: Any, wanted: Any) -> None:
        assert author_object(author) == wanted

    @pytest.mark.parametrize(
        ("name", "wanted"),
        [
            ("My Plugin", "my-plugin"),
            ("AcmeReview", "acme-review"),
            ("acme__review!", "acme-review"),
            ("HTTPServer2Go", "httpserver2-go"),
            ("日本", None),
            ("", None),
            (3, None),
        ],
    )
    def test_a_name_in_kebab_case(self, name: Any, wanted: str | None) -> None:
        assert kebab(name) == wanted

    @pytest.mark.parametrize(
        ("field", "value", "wanted"),
        [
            ("keywords", "a, b,,c ", ["a", "b", "c"]),
            ("keywords", " , ", " , "),
            ("keywords", {"a": 1}, {"a": 1}),
            ("repository", {"type": "git", "url": "https://a.test/r"}, "https://a.test/r"),
            ("repository", {"type": "git"}, {"type": "git"}),
            ("license", {"type": "MIT", "url": "https://a.test"}, "MIT"),
            ("defaultEnabled", "true", True),
            ("defaultEnabled", "false", False),
            ("defaultEnabled", "yes", "yes"),
            ("homepage", 7, 7),
        ],
    )
    def test_forms_of_npm(self, tmp_path: Path, field: str, value: Any, wanted: Any) -> None:
        assert field_after(tmp_path, "PM030", **{field: value}) == {field: wanted}

    @pytest.mark.parametrize(
        ("field", "wanted"),
        [
            ("keywrods", "keywords"),
            ("user_config", "userConfig"),
            ("comands", "commands"),
            ("tags", "tags"),
            ("scripts", "scripts"),
            ("type", "type"),
            ("tools", "tools"),
            ("engine", "engines"),
            ("hook", "hooks"),
        ],
    )
    def test_a_misspelt_field(self, tmp_path: Path, field: str, wanted: str) -> None:
        """A field that belongs elsewhere stays, whatever it is near to."""
        assert list(field_after(tmp_path, "PM031", **{field: {}})) == [wanted]

    def test_a_misspelt_field_is_not_made_one_that_would_be_refused(self, tmp_path: Path) -> None:
        """As it stands the client warns; as a path of agents, it would refuse the plugin."""
        text = after(tmp_path, {MANIFEST: manifest(agent="x")}, MANIFEST, "P")
        assert json.loads(text)["agent"] == "x"

    def test_a_misspelt_field_beside_the_right_one_stays(self, tmp_path: Path) -> None:
        """Two keys of one name would be worse."""
        assert list(field_after(tmp_path, "PM031", keywords=["a"], keywrods=["b"])) == ["keywords", "keywrods"]

    def test_themes_and_monitors_move_together(self, tmp_path: Path) -> None:
        found = field_after(tmp_path, "PM037", themes="./t/", monitors="./m.json")
        assert found == {"experimental": {"themes": "./t/", "monitors": "./m.json"}}

    def test_a_member_that_is_there_already_is_not_moved_over(self, tmp_path: Path) -> None:
        fields = {"themes": "./a/", "experimental": {"themes": "./b/"}}
        assert field_after(tmp_path, "PM037", **fields) == fields

    @pytest.mark.parametrize(
        ("value", "wanted"),
        [
            ({"a": "^1.0.0"}, [{"name": "a", "version": "^1.0.0"}]),
            ({}, []),
            ({"a": 1}, None),
            ("a", None),
        ],
    )
    def test_the_dependencies_of_npm(self, value: Any, wanted: Any) -> None:
        assert dependency_list(value) == wanted

    def test_a_mark_goes_and_every_other_byte_stays(self, tmp_path: Path) -> None:
        text = manifest().replace(", ", ",\r\n\t")
        assert after(tmp_path, {MANIFEST: b"\xef\xbb\xbf" + text.encode()}, MANIFEST, "PM004") == text

    def test_the_name_becomes_that_of_the_directory_only_when_asked(self, tmp_path: Path) -> None:
        assert json.loads(after(tmp_path / "a", {MANIFEST: manifest(name="x")}, MANIFEST, "PM018"))["name"] == "x"
        found = after(tmp_path / "b", {MANIFEST: manifest(name="x")}, MANIFEST, "PM018", unsafe=True)
        assert json.loads(found)["name"] == "acme-review"

    def test_a_manifest_in_another_case_moves_with_its_neighbours(self, tmp_path: Path) -> None:
        files: Files = {".Claude-Plugin/Plugin.json": manifest(), ".Claude-Plugin/icon.png": b"\x89PNG\xff"}
        root = write_plugin(tmp_path, {**files, "skills/a/SKILL.md": "---\ndescription: A\n---\n"})
        mended(root, "PM001")
        assert sorted(path.name for path in (root / ".claude-plugin").iterdir()) == ["icon.png", "plugin.json"]
        assert (root / ".claude-plugin/icon.png").read_bytes() == b"\x89PNG\xff"
        assert not (root / ".Claude-Plugin").exists()


PLACES: Files = {"extra/About.md": "---\ndescription: A\n---\n", "agents/b.md": "x", "agents/a.md": "x"}


def entry(source: str) -> Any:
    return {"commands": {"a": {"source": source}}}


class TestPaths:
    @pytest.mark.parametrize(
        ("rule_id", "before", "wanted"),
        [
            ("PA001", {"commands": "extra/About.md"}, {"commands": "./extra/About.md"}),
            ("PA001", {"commands": "extra/"}, {"commands": "./extra/"}),
            ("PA001", {"commands": ["extra\\About.md"]}, {"commands": ["./extra/About.md"]}),
            ("PA001", {"commands": "missing.md"}, {"commands": "missing.md"}),
            ("PA001", {"commands": "/extra/About.md"}, {"commands": "/extra/About.md"}),
            ("PA001", entry("extra/About.md"), entry("./extra/About.md")),
            ("PA003", {"commands": "./EXTRA/about.md"}, {"commands": "./extra/About.md"}),
            ("PA003", {"commands": ["./Extra/"]}, {"commands": ["./extra/"]}),
            ("PA003", {"commands": "./extra/*.md"}, {"commands": "./extra/*.md"}),
            ("PA004", {"agents": "./agents/"}, {"agents": ["./agents/a.md", "./agents/b.md"]}),
            ("PA004", {"agents": ["./agents"]}, {"agents": ["./agents/a.md", "./agents/b.md"]}),
            ("PA004", {"agents": "./nothing/"}, {"agents": "./nothing/"}),
            ("PA005", {"skills": "./skills/review/SKILL.md"}, {"skills": "./skills/review/"}),
            ("PA005", {"skills": ["./extra/About.md"]}, {"skills": ["./extra/About.md"]}),
        ],
    )  # fmt: skip
    def test_a_path(self, tmp_path: Path, rule_id: str, before: Any, wanted: Any) -> None:
        text = after(tmp_path, {MANIFEST: manifest(**before), **PLACES}, MANIFEST, rule_id)
        assert json.loads(text) == json.loads(manifest(**wanted))

    def test_two_files_that_differ_in_case_are_no_answer(self, tmp_path: Path) -> None:
        files: Files = {MANIFEST: manifest(commands="./X/A.md"), "x/a.md": "a", "x/A.md": "A"}
        assert '"./X/A.md"' in after(tmp_path, files, MANIFEST, "PA003")


FRONT = [
    ("FM002", "---\ndescription: Use this: now\n---\nB\n", '---\ndescription: "Use this: now"\n---\nB\n'),
    (
        "FM002",
        "---\ndescription: Use this: now\ntools: [Read, Grep]\n---\nB: x: y\n",
        '---\ndescription: "Use this: now"\ntools: [Read, Grep]\n---\nB: x: y\n',
    ),
    ("FM002", "\ufeff---\ndescription: a: b\n---\n", '\ufeff---\ndescription: "a: b"\n---\n'),
    ("FM002", '---\ndescription: say "a": b\n---\n', '---\ndescription: "say \\"a\\": b"\n---\n'),
    ("FM003", '---\ndescription: "a\nb\nc"\n---\n', '---\ndescription: "a\n  b\n  c"\n---\n'),
    ("FM003", "---\ndescription: a\ntools: [Read,\nGrep]\n---\n", "---\ndescription: a\ntools: [Read,\n  Grep]\n---\n"),
    ("FM003", '---\r\ndescription: "a\r\nb"\r\n---\r\nB\r\n', '---\r\ndescription: "a\r\n  b"\r\n---\r\nB\r\n'),
    ("FM004", "\n \r\n---\ndescription: a\n---\nB\n", "---\ndescription: a\n---\nB\n"),
    ("FM004", "\ufeff\n---\ndescription: a\n---\n", "\ufeff---\ndescription: a\n---\n"),
    ("FM004", "\n# Title\n\nText\n", None),
    ("FM004", "\n---\nno mapping\n---\n", None),
    ("FM004", "---\ndescription: a\n", None),
    ("FM007", "---\nname: 2024 # year\ndescription: a\n---\n", '---\nname: "2024" # year\ndescription: a\n---\n'),
    ("FM007", "---\r\nname:  true\r\ndescription: a\r\n---\r\n", '---\r\nname:  "true"\r\ndescription: a\r\n---\r\n'),
    ("FM007", "---\nname: [a]\ndescription: a\n---\n", None),
    ("FM007", "---\nname:\n  - a\ndescription: a\n---\n", None),
    ("FM012", "---\ndescription: a---b\nmodel: opus\n---\n", "---\ndescription: a--b\nmodel: opus\n---\n"),
    ("FM012", "---\ndescription: a -----b--- c\n---\n", "---\ndescription: a --b-- c\n---\n"),
    ("FM012", "\ufeff---\ndescription: é---b\n---\n", "\ufeff---\ndescription: é--b\n---\n"),
]


class TestFrontMatter:
    @pytest.mark.parametrize(("rule_id", "before", "wanted"), FRONT)
    def test_only_the_span_changes(self, tmp_path: Path, rule_id: str, before: str, wanted: str | None) -> None:
        """None: it needs a person."""
        assert after(tmp_path, {COMMAND: before.encode()}, COMMAND, rule_id) == (before if wanted is None else wanted)

    def test_bytes_that_are_no_text_stay(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {COMMAND: b"---\ndescription: a: b\n---\nbody \xff\xfe\r\n"})
        mended(root, "FM002")
        assert (root / COMMAND).read_bytes() == b'---\ndescription: "a: b"\n---\nbody \xff\xfe\r\n'

    @pytest.mark.parametrize(
        ("before", "wanted"),
        [
            ("# Check it\n\nText\n", '---\ndescription: "Check it"\n---\n\n# Check it\n\nText\n'),
            ('\r\nSay "hi"\r\n', '---\r\ndescription: "Say \\"hi\\""\r\n---\r\n\r\n\r\nSay "hi"\r\n'),
            ("", None),
            ("\n\n", None),
            ("# a --- b\n", None),
            ("---\nnever: closed\n", None),
        ],
    )
    def test_a_description_out_of_the_text_when_asked(self, tmp_path: Path, before: str, wanted: str | None) -> None:
        found = after(tmp_path, {COMMAND: before.encode()}, COMMAND, "FM004", unsafe=True)
        assert found == (before if wanted is None else wanted)

    def test_brackets_become_text_only_when_asked(self, tmp_path: Path) -> None:
        before = "---\nname: a\ndescription: [Beta]\n---\n"
        assert after(tmp_path / "a", {COMMAND: before}, COMMAND, "FM007") == before
        found = after(tmp_path / "b", {COMMAND: before}, COMMAND, "FM007", unsafe=True)
        assert found == '---\nname: a\ndescription: "[Beta]"\n---\n'

    def test_the_only_end_of_a_block_is_not_shortened(self, tmp_path: Path) -> None:
        """What was read before would not be read any more."""
        before = "---\ndescription: a---\nBody\n"
        assert after(tmp_path, {COMMAND: before}, COMMAND, "FM012") == before


def hooks(**events: Any) -> str:
    return json.dumps({"hooks": events})


class TestHooks:
    @pytest.mark.parametrize(
        ("rule_id", "before", "wanted"),
        [
            ("HK001", '{"Stop": []}', '{"hooks": {"Stop": []}}'),
            ("HK001", '{\n "Stop": [\n ]\n}\n', '{\n "hooks": {\n  "Stop": [\n  ]\n }\n}\n'),
            ("HK001", '{"description": "d"}', None),
            ("HK001", '{"Stop": [], "other": 1}', None),
            ("HK001", "{}", None),
            ("HK002", hooks(Stopp=[]), hooks(Stop=[])),
            ("HK002", hooks(pretooluse=[]), hooks(PreToolUse=[])),
            ("HK002", hooks(Stopp=[], Stop=[]), None),
            ("HK002", hooks(AfterTool=[]), None),
            ("HK003", hooks(Stop=[RUN]), hooks(Stop=[{"hooks": [RUN]}])),
            ("HK003", hooks(Stop=[{"matcher": "m", **RUN}]), hooks(Stop=[{"matcher": "m", "hooks": [RUN]}])),
            ("HK003", hooks(Stop={"hooks": [RUN]}), hooks(Stop=[{"hooks": [RUN]}])),
            ("HK003", hooks(Stop=RUN), hooks(Stop=[{"hooks": [RUN]}])),
            ("HK003", hooks(Stop=[{"hooks": [{"type": "prompt"}]}]), None),
            ("HK003", hooks(Stop=[{"hooks": [{"type": "no-such-type"}]}]), None),
            ("HK003", hooks(Stop=["echo ok"]), None),
        ],
    )
    def test_a_hooks_file(self, tmp_path: Path, rule_id: str, before: str, wanted: str | None) -> None:
        assert after(tmp_path, {HOOKS: before}, HOOKS, rule_id) == (before if wanted is None else wanted)

    @pytest.mark.parametrize(
        ("before", "wanted"),
        [({"hooks": {"Stop": []}}, {"Stop": []}), ({"hooks": {}, "Stop": []}, {"hooks": {}, "Stop": []})],
    )
    def test_inline_hooks(self, tmp_path: Path, before: Any, wanted: Any) -> None:
        assert field_after(tmp_path, "HK006", hooks=before) == {"hooks": wanted}

    @pytest.mark.parametrize(
        ("before", "wanted"),
        [
            ("$R/bin/x", '"$R"/bin/x'),
            ("a $R/x --out=$R/y", 'a "$R"/x --out="$R"/y'),
            ('"$R/bin/x" $R', '"$R/bin/x" "$R"'),
            ("'$R' \\\" $R", '\'$R\' \\" "$R"'),
            ('echo "a $R b"', 'echo "a $R b"'),
            ("no root", "no root"),
            ("a $CLAUDE_PROJECT_DIR/x", 'a "$CLAUDE_PROJECT_DIR"/x'),
            ("${CLAUDE_PLUGIN_DATA}", '"${CLAUDE_PLUGIN_DATA}"'),
            ("$CLAUDE_PROJECT_DIRS $HOME", "$CLAUDE_PROJECT_DIRS $HOME"),
        ],
    )
    def test_a_command_with_the_root(self, before: str, wanted: str) -> None:
        root = "${CLAUDE_PLUGIN_ROOT}"
        assert directories_quoted(before.replace("$R", root)) == wanted.replace("$R", root)

    def test_quoting_twice_is_quoting_once(self) -> None:
        once = directories_quoted("${CLAUDE_PLUGIN_ROOT}/a '${CLAUDE_PLUGIN_ROOT}'")
        assert directories_quoted(once) == once


def servers(**entries: Any) -> str:
    return json.dumps({"mcpServers": entries})


URL = "https://a.test/mcp"


class TestServers:
    @pytest.mark.parametrize(
        ("rule_id", "before", "wanted"),
        [
            ("MC002", servers(s={"url": URL}), servers(s={"type": "http", "url": URL})),
            ("MC002", servers(s={"url": f"{URL}/sse"}), servers(s={"type": "sse", "url": f"{URL}/sse"})),
            ("MC002", servers(s={"url": "wss://a.test"}), servers(s={"type": "ws", "url": "wss://a.test"})),
            ("MC002", servers(s={"url": 7}), None),
            ("MC003", servers(s={"transport": "http", "url": URL}), servers(s={"type": "http", "url": URL})),
            ("MC003", servers(s={"type": "streamableHttp", "url": URL}), servers(s={"type": "http", "url": URL})),
            ("MC003", servers(s={"type": "streamable_http", "url": URL}), servers(s={"type": "http", "url": URL})),
            ("MC003", servers(s={"type": "stdoi", "command": "x"}), servers(s={"type": "stdio", "command": "x"})),
            ("MC003", servers(s={"type": "carrier-pigeon", "url": URL}), None),
            ("MC011", servers(s={"type": "http", "url": URL, "oauth": True}), servers(s={"type": "http", "url": URL})),
            ("MC012", json.dumps({"s": {"command": "x"}}), servers(s={"command": "x"})),
            ("MC012", json.dumps({"s": {"command": "x"}, "version": 1}), None),
            ("MC013", json.dumps([{"name": "s", "command": "x"}]), servers(s={"command": "x"})),
            ("MC013", json.dumps({"mcpServers": [{"name": "s", "command": "x"}]}), servers(s={"command": "x"})),
            ("MC013", json.dumps([{"name": "s"}, {"name": "s"}]), None),
            ("MC013", json.dumps([{"command": "x"}]), None),
            ("MC013", "[]", None),
        ],
    )
    def test_a_file_of_servers(self, tmp_path: Path, rule_id: str, before: str, wanted: str | None) -> None:
        assert after(tmp_path, {".mcp.json": before}, ".mcp.json", rule_id) == (before if wanted is None else wanted)

    def test_inline_servers_are_wrapped_once(self, tmp_path: Path) -> None:
        found = field_after(tmp_path, "MC012", mcpServers={"mcpServers": {"s": {"command": "x"}}})
        assert found == {"mcpServers": {"s": {"command": "x"}}}

    @pytest.mark.parametrize(
        ("before", "wanted"),
        [("http://a.test", "https://a.test"), ("WS://a.test", "wss://a.test"), ("ftp://a.test", None), (7, None)],
    )
    def test_an_address_is_encrypted(self, before: Any, wanted: Any) -> None:
        assert encrypted(before) == wanted


class TestPrograms:
    HOOKS = hooks(Stop=[{"hooks": [{"type": "command", "command": '"${CLAUDE_PLUGIN_ROOT}"/bin/run.py'}]}])

    def run(self, where: Path, data: bytes, rule_id: str, *, unsafe: bool = False) -> bytes:
        root = clean_plugin(where, {HOOKS: self.HOOKS, "bin/run.py": data})
        mended(root, rule_id, unsafe=unsafe)
        return (root / "bin/run.py").read_bytes()

    def test_a_script_gets_line_ends_that_the_system_reads(self, tmp_path: Path) -> None:
        assert self.run(tmp_path, b"#!/bin/sh\r\necho\r\n", "PT023") == b"#!/bin/sh\necho\n"

    def test_an_interpreter_is_named_only_when_asked(self, tmp_path: Path) -> None:
        assert self.run(tmp_path / "a", b"print()\n", "PT023") == b"print()\n"
        found = self.run(tmp_path / "b", b"print()\n", "PT023", unsafe=True)
        assert found == b"#!/usr/bin/env python3\nprint()\n"

    def test_a_binary_gets_no_interpreter(self, tmp_path: Path) -> None:
        assert self.run(tmp_path, b"\0\1\2", "PT023", unsafe=True) == b"\0\1\2"

    def test_the_execute_bits(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {HOOKS: self.HOOKS, "bin/run.py": b"#!/usr/bin/env python3\n"})
        (root / "bin/run.py").chmod(0o640)
        mended(root, "PT022")
        assert (root / "bin/run.py").stat().st_mode & 0o777 == 0o750


class TestPlaces:
    def test_files_move_to_where_they_are_looked_for(self, tmp_path: Path) -> None:
        files: Files = {"skill/a/SKILL.md": "a", "skill/a/x/y.txt": "y", "mcp.json": "{}", "Commands/c.md": "c"}
        root = clean_plugin(tmp_path, files)
        mended(root, "PT007")
        assert (root / "skills/a/x/y.txt").read_text() == "y"
        assert (root / ".mcp.json").read_text() == "{}"
        assert (root / "commands/c.md").read_text() == "c"
        assert not {"skill", "mcp.json", "Commands"} & {path.name for path in root.iterdir()}

    def test_a_file_that_is_there_is_not_replaced(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"mcp.json": "{}", ".mcp.json": '{"mcpServers": {}}'})
        mended(root, "PT007")
        assert (root / "mcp.json").read_text() == "{}"
        assert (root / ".mcp.json").read_text() == '{"mcpServers": {}}'

    def test_what_may_be_for_those_who_work_on_the_plugin_moves_only_when_asked(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {".claude/commands/a.md": "a"})
        mended(root, "PT007")
        assert (root / ".claude/commands/a.md").exists()
        mended(root, "PT007", unsafe=True)
        assert (root / "commands/a.md").read_text() == "a"

    def test_a_lone_skill_gets_a_manifest(self, tmp_path: Path) -> None:
        root = write_plugin(tmp_path, {"SKILL.md": "---\nname: a\ndescription: Does it\n---\n"})
        mended(root, "SK019")
        wanted = {"name": "acme-review", "version": "0.1.0", "description": "Does it"}
        assert json.loads((root / MANIFEST).read_text()) == wanted

    def test_a_lone_skill_in_an_odd_directory_gets_none(self, tmp_path: Path) -> None:
        root = write_plugin(tmp_path, {"SKILL.md": "x"}, name="My Skill")
        mended(root, "SK019")
        assert not (root / ".claude-plugin").exists()

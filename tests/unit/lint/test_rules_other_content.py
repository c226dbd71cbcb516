"""OC002 to OC008, PT006 to PT017, DX001 to DX005: other files of a plugin, and what people read."""

from __future__ import annotations

import json
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from plugintool.report import Severity
from tests.advice_world import DESCRIPTION, HTTP, ROOT, command, component, findings, hooks, messages, places, servers
from tests.rule_fixtures import clean_plugin, lint_directory

AGENT = f"name: x\n{DESCRIPTION}"


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + struct.pack(">II", width, height) + b"\x08\x06\x00\x00\x00"


class TestSkillsThatAreNamed:
    """OC002."""

    @pytest.mark.parametrize(
        ("block", "hints"),
        [
            ("skills: review\n", []),
            ("skills: reveiw\n", ["did you mean review?"]),
            ("skills: [review, other-thing]\n", ["name the plugin it is in"]),
            ("skills: review, acme-review:review, other:thing\n", []),
            ("skills: acme-review:gone\n", ["name the plugin it is in"]),
            ("skills: 5\n", []),
            ("skills: [5, {}]\n", []),
            ("skills: ''\n", []),
        ],
    )
    def test_by_an_agent(self, block: str, hints: list[str]) -> None:
        found = findings("OC002", {"agents/x.md": component(AGENT + block)})
        assert [item.hint for item in found] == hints
        assert [item.location.line for item in found] == [4] * len(hints)

    @pytest.mark.parametrize(
        ("when", "count"), [("always", 0), ("on-skill-invoke:review", 0), ("on-skill-invoke:gone", 1), (5, 0)]
    )
    def test_by_a_monitor(self, when: Any, count: int) -> None:
        monitor = {"name": "m", "command": "x", "description": "d", "when": when}
        found = places("OC002", {"monitors/monitors.json": json.dumps([monitor])})
        assert found == [("monitors/monitors.json", 1)] * count

    def test_a_command_counts_as_a_skill(self) -> None:
        files = {"agents/x.md": component(AGENT + "skills: find\n"), "commands/find.md": component(DESCRIPTION)}
        assert findings("OC002", files) == []


class TestMalformed:
    """OC004."""

    @pytest.mark.parametrize(
        ("theme", "words"),
        [
            ({"name": "Night", "base": "dark"}, []),
            ({"name": "Night", "base": "black"}, ["the base 'black' is unknown"]),
            ({"base": 5}, ["the base a number is unknown"]),
            ({"colors": {}}, ["no key 'colors'"]),
            ({"overrides": {"a": "#fff", "b": "#a0B1c2", "c": "rgb(1, 2, 3)", "d": "ansi:red", "e": "ansi256(7)"}}, []),
            ({"overrides": {"a": "#ffff", "b": 5}}, ["the colour of 'a'", "the colour of 'b'"]),
            ({"overrides": []}, ["`overrides` is a list"]),
        ],
    )
    def test_themes(self, theme: Any, words: list[str]) -> None:
        found = messages("OC004", {"themes/night.json": json.dumps(theme)})
        assert len(found) == len(words)
        assert all(any(word in text for text in found) for word in words)

    def test_a_theme_that_is_no_object_is_for_another_rule(self) -> None:
        assert findings("OC004", {"themes/a.json": "[]", "themes/b.json": "{"}) == []

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (component("name: Terse\ndescription: d\nkeep-coding-instructions: true\n"), []),
            (component("name: Terse\nkeep-coding-instruction: true\n"), ["no key 'keep-coding-instruction'"]),
            ("text", ["has no front matter"]),
        ],
    )
    def test_styles(self, text: str, words: list[str]) -> None:
        found = messages("OC004", {"output-styles/terse.md": text})
        assert len(found) == len(words)
        assert all(word in item for word, item in zip(words, found, strict=True))

    @pytest.mark.parametrize(
        ("text", "count"),
        [("export const meta = {}\n", 0), ("  export let meta\n", 0), ("const meta = {}\n", 1), ("", 1)],
    )
    def test_workflows(self, text: str, count: int) -> None:
        assert places("OC004", {"workflows/a.js": text, "workflows/a.md": ""}) == [("workflows/a.js", 1)] * count

    def test_where_the_manifest_says(self) -> None:
        files = {"styles/a.md": "text", "output-styles/b.md": "text"}
        assert places("OC004", files, {"outputStyles": "./styles/"}) == [("styles/a.md", 1)]

    def test_only_for_claude_code(self) -> None:
        assert findings("OC004", {"workflows/a.js": ""}, targets=("cowork",)) == []


class TestSettings:
    """OC006."""

    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"subagentStatusLine": {}}, ["`subagentStatusLine` is deprecated"]),
            ({"agent": "x"}, ["`agent` is deprecated"]),
            ({"permissions": {}, "env": {}}, ["'permissions' has no effect", "'env' has no effect"]),
            ([], []),
        ],
    )
    def test_in_the_file_and_in_the_manifest(self, settings: Any, words: list[str]) -> None:
        for found in (
            findings("OC006", {"settings.json": json.dumps(settings)}),
            findings("OC006", {}, {"settings": settings}),
        ):
            assert len(found) == len(words)
            assert all(word in item.message for word, item in zip(words, found, strict=True))

    def test_older_clients_have_no_word_against_the_status_line(self) -> None:
        """2.1.330 notes that it will stop working; 2.1.197 says nothing."""
        files: dict[str, str | bytes] = {"settings.json": '{"subagentStatusLine": {}}'}
        assert findings("OC006", files, client=(2, 1, 329)) == []
        assert len(findings("OC006", files, client=(2, 1, 330))) == 1

    def test_the_client_only_notes_the_agent(self) -> None:
        (found,) = findings("OC006", {"settings.json": '{"agent": "x", "env": {}}'}, profile="client")
        assert (found.severity, found.location.pointer) == (Severity.INFO, ("agent",))


class TestPrograms:
    """OC007."""

    @pytest.mark.parametrize(
        ("path", "mode", "word"),
        [
            ("bin/acme", 0o755, ""),
            ("bin/acme", 0o644, "a program with mode 0644"),
            ("bin/git", 0o755, "takes the place of git"),
            ("bin/lib/git", 0o644, ""),
            ("bin/README.md", 0o644, ""),
            ("bin/.hidden", 0o644, ""),
            ("tools/git", 0o644, ""),
        ],
    )
    def test_modes_and_names(self, tmp_path: Path, path: str, mode: int, word: str) -> None:
        root = clean_plugin(tmp_path, {path: "#!/bin/sh\n"})
        (root / path).chmod(mode)
        found = [item.message for item in lint_directory(root) if item.code == "OC007"]
        assert len(found) == int(bool(word))
        assert all(word in text for text in found)

    def test_what_a_hook_runs_is_said_once(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {"bin/acme": "#!/bin/sh\n", **hooks("Stop", command(f'"{ROOT}"/bin/acme'))}
        root = clean_plugin(tmp_path, files)
        (root / "bin/acme").chmod(0o644)
        assert [item.code for item in lint_directory(root)] == ["PT022"]

    def test_data_is_no_program(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"bin/data": "text\n"})
        (root / "bin/data").chmod(0o644)
        assert [item.code for item in lint_directory(root)] == []


@pytest.mark.parametrize(
    ("files", "fields", "words"),
    [
        ({}, {}, []),
        ({".lsp.json": "{}"}, {}, ["language servers"]),
        ({"monitors/monitors.json": "[]"}, {}, ["monitors"]),
        ({"themes/a.json": "{}"}, {}, ["themes"]),
        ({"output-styles/a.md": "x"}, {}, ["output styles"]),
        ({}, {"userConfig": {"k": {}}}, ["user options"]),
        ({}, {"userConfig": {}}, []),
    ],
)
def test_kinds_unknown_to_the_desktop_app(files: dict[str, str], fields: dict[str, Any], words: list[str]) -> None:
    """OC008: an info, there only."""
    found = findings("OC008", files, fields)
    assert [item.severity for item in found] == [Severity.INFO] * len(words)
    assert all(word in item.message for word, item in zip(words, found, strict=True))
    assert findings("OC008", files, fields, targets=("claude-code",)) == []


class TestTree:
    """PT006 to PT017."""

    @pytest.mark.parametrize(
        ("path", "count"),
        [(f"a/{'b' * 178}", 0), (f"a/{'b' * 179}", 1), (f"a/{'é' * 127}", 0)],
    )
    def test_long_paths(self, path: str, count: int) -> None:
        assert places("PT006", {path: "x"}) == [(path, 0)] * count

    @pytest.mark.parametrize(
        ("paths", "expected"),
        [
            (["server/node_modules/a/x.js", "server/node_modules/b/y.js"], ["server/node_modules"]),
            (["a/__pycache__/x.pyc", "b/__pycache__/y.pyc"], ["a/__pycache__", "b/__pycache__"]),
            (["docs/.DS_Store", "__MACOSX/x"], ["__MACOSX", "docs/.DS_Store"]),
            (["node_modules/a/node_modules/b/x"], ["node_modules"]),
            (["docs/node_modules.md", "Thumbs.db.txt"], []),
        ],
    )
    def test_debris(self, paths: list[str], expected: list[str]) -> None:
        files = dict.fromkeys(paths, "x")
        assert [place for place, _ in places("PT010", files)] == expected
        assert findings("PT010", files, profile="client") == []

    def test_a_repository_inside(self, tmp_path: Path) -> None:
        """The plugin's own is no mistake."""
        root = clean_plugin(tmp_path, {"lib/x.txt": "x"})
        for where in (root, root / "lib"):
            subprocess.run(["git", "init", "-q", str(where)], check=True)
        assert [(item.code, item.location.path) for item in lint_directory(root)] == [("PT010", "lib/.git")]

    @pytest.mark.parametrize(("sizes", "count"), [([10], 0), ([11], 1), ([10, 10, 10, 10, 10, 1], 1), ([10] * 5, 0)])
    def test_sizes(self, sizes: list[int], count: int) -> None:
        """In MiB; what the plugin has besides counts too."""
        files = {f"{number}.bin": b"x" * (size * 1024 * 1024 - 1024) for number, size in enumerate(sizes)}
        assert len(findings("PT011", files)) == count

    @pytest.mark.parametrize(
        ("path", "count"),
        [("a/.claude-plugin/plugin.json", 1), ("a/plugin.json", 0), ("a.claude-plugin/plugin.json", 0)],
    )
    def test_inner_plugins(self, path: str, count: int) -> None:
        assert places("PT012", {path: "{}"}) == [(path, 0)] * count

    @pytest.mark.parametrize(("mode", "hint"), [(0o755, ""), (0o777, "chmod 775 x"), (0o646, "chmod 644 x")])
    def test_modes(self, tmp_path: Path, mode: int, hint: str) -> None:
        root = clean_plugin(tmp_path, {"x": "text"})
        (root / "x").chmod(mode)
        assert [item.hint for item in lint_directory(root) if item.code == "PT013"] == ([hint] if hint else [])

    @pytest.mark.parametrize(
        ("files", "fields", "expected"),
        [
            ({"old.zip": "x"}, {}, ["old.zip"]),
            ({"dist/a.tar.gz": "x", "dist/b.mcpb": "x"}, {}, ["dist/a.tar.gz", "dist/b.mcpb"]),
            ({"old.zip": "x", "docs/x.md": "see old.zip"}, {}, []),
            ({"old.zip": "x", "docs/x.bin": "see old.zip"}, {}, ["old.zip"]),
            ({"b.mcpb": "x"}, {"mcpServers": "./b.mcpb"}, []),
            ({"a.zip": "x", "aa.zip": "x", "x.md": "aa.zip"}, {}, ["a.zip"]),
        ],
    )
    def test_archives(self, files: dict[str, str], fields: dict[str, Any], expected: list[str]) -> None:
        assert [path for path, _ in places("PT016", files, fields)] == expected

    @pytest.mark.parametrize(
        ("text", "count"),
        [
            ("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", 1),
            ("see version https://git-lfs.github.com/spec/v1\n", 0),
            ("version https://git-lfs.github.com/spec/v1" + "x" * 2000, 0),
        ],
    )
    def test_pointers(self, text: str, count: int) -> None:
        assert places("PT017", {"x.bin": text}) == [("x.bin", 1)] * count

    @pytest.mark.parametrize(("files", "count"), [({}, 1), ({"lib/x": "x"}, 0)])
    def test_submodules(self, files: dict[str, str], count: int) -> None:
        modules = '[submodule "lib"]\n\tpath = lib\n\turl = https://acme.example/lib\n'
        assert places("PT017", {".gitmodules": modules, **files}) == [(".gitmodules", 2)] * count


class TestDocumentation:
    """DX001 to DX005."""

    @pytest.mark.parametrize(
        ("files", "word"),
        [
            ({}, "there is no README.md"),
            ({"README.md": "word " * 39}, "has 39 words"),
            ({"README.md": "word " * 40}, ""),
            ({"readme.md": "word " * 40}, ""),
            ({"docs/README.md": "word " * 40}, "there is no README.md"),
        ],
    )
    def test_a_readme(self, files: dict[str, str], word: str) -> None:
        found = findings("DX001", files)
        assert [item.severity for item in found] == [Severity.WARNING] * int(bool(word))
        assert all(word in item.message for item in found)

    def test_a_readme_elsewhere(self) -> None:
        (found,) = findings("DX001", {}, targets=("marketplace",))
        assert found.severity is Severity.INFO
        assert findings("DX001", {}, targets=("claude-code", "cowork")) == []
        assert findings("DX001", {}, profile="client") == []

    @pytest.mark.parametrize(
        ("files", "fields", "count"),
        [
            ({}, {}, 1),
            ({}, {"license": "MIT"}, 0),
            ({}, {"license": ""}, 1),
            ({"LICENSE": "x"}, {}, 0),
            ({"LICENCE.txt": "x"}, {}, 0),
            ({"COPYING": "x"}, {}, 0),
            ({"docs/LICENSE": "x"}, {}, 1),
        ],
    )
    def test_a_licence(self, files: dict[str, str], fields: dict[str, Any], count: int) -> None:
        assert len(findings("DX002", files, fields)) == count

    @pytest.mark.parametrize(
        ("files", "fields", "word"),
        [
            ({}, {}, "there is no icon"),
            ({}, {"icon": "./x.png"}, "the icon is not there"),
            ({}, {"icon": 5}, "the icon is not there"),
            ({"x.png": png(512, 512)}, {"icon": "./x.png"}, ""),
            ({".claude-plugin/icon.png": png(2048, 2048)}, {}, ""),
            ({"icon.png": png(256, 256)}, {}, "256 x 256"),
            ({"icon.png": png(512, 513)}, {}, "512 x 513"),
            ({"icon.png": b"<svg/>"}, {}, "neither PNG nor JPEG"),
            ({"icon.png": png(512, 512)[:20]}, {}, "neither PNG nor JPEG"),
            ({"x.jpg": b"\xff\xd8\xff\xe0"}, {"icon": "x.jpg"}, ""),
            ({"icon.png": png(512, 512) + b"x" * 2_100_000}, {}, "larger than 2 MB"),
        ],
    )
    def test_an_icon(self, files: dict[str, bytes], fields: dict[str, Any], word: str) -> None:
        found = messages("DX003", files, fields)
        assert len(found) == int(bool(word))
        assert all(word in text for text in found)

    @pytest.mark.parametrize(
        ("files", "fields", "count"),
        [
            (servers(s=HTTP), {}, 1),
            (servers(s=HTTP), {"privacyPolicyUrl": "https://acme.example/privacy"}, 0),
            (servers(s={"command": "x"}), {}, 0),
            (hooks("Stop", {"type": "http", "url": "https://acme.example"}), {}, 1),
        ],
    )
    def test_privacy(self, files: dict[str, Any], fields: dict[str, Any], count: int) -> None:
        found = messages("DX003", {**files, "icon.png": png(512, 512)}, fields)
        assert len(found) == count

    @pytest.mark.parametrize(
        ("files", "fields", "expected"),
        [
            ({}, {"name": "{{PLUGIN_NAME}}"}, [".claude-plugin/plugin.json"]),
            ({}, {"description": "T" + "ODO: say what"}, [".claude-plugin/plugin.json"]),
            ({}, {"keywords": ["T" + "ODO"]}, []),
            (servers(s={"url": "https://YOUR_DOMAIN/x"}), {}, [".mcp.json"]),
            (servers(s={"env": {"K": "<YOUR KEY>"}}), {}, [".mcp.json"]),
            (servers(s={"env": {"K": "${YOURS}"}}), {}, []),
            (hooks("Stop", command("echo {{timestamp}}")), {}, []),
            ({"commands/x.md": component("description: Finds {{ WHAT }}\n")}, {}, ["commands/x.md"]),
            ({"commands/x.md": component(DESCRIPTION, "Use {{NAME}} here\n")}, {}, []),
        ],
    )
    def test_placeholders(self, files: dict[str, Any], fields: dict[str, Any], expected: list[str]) -> None:
        assert [path for path, _ in places("DX005", files, fields)] == expected

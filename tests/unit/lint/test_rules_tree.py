"""Rules on the tree: links, names, special files, programs that are run, secrets."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.report import Finding
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import ELSEWHERE, SKILL, clean_plugin, codes, lint_directory, manifest

ROOT = "${CLAUDE_PLUGIN_ROOT}"


def hook(**handler: Any) -> str:
    return json.dumps({"hooks": {"Stop": [{"hooks": [{"type": "command", **handler}]}]}})


def lint(files: dict[str, str | bytes], **fields: Any) -> list[Finding]:
    contents: dict[str, str | bytes] = {".claude-plugin/plugin.json": manifest(**fields), "skills/a/SKILL.md": SKILL}
    contents.update(files)
    raw = {path: data.encode() if isinstance(data, str) else data for path, data in contents.items()}
    return list(lint_plugin(load_plugin(MemoryTree("acme-review", raw)), LintOptions(ignore=ELSEWHERE)))


class TestLinks:
    """PT001, PT002."""

    @pytest.mark.parametrize(
        ("target", "code", "word"),
        [
            ("../../outside", "PT001", "leaves the plugin"),
            ("/etc/hosts", "PT001", "is absolute"),
            ("nothing", "PT001", "leads nowhere"),
            ("link", "PT001", "leads in a circle"),
            ("skills/review/SKILL.md", "PT002", "a link to"),
        ],
    )
    def test_each_fate(self, tmp_path: Path, target: str, code: str, word: str) -> None:
        (tmp_path / "outside").mkdir()
        root = clean_plugin(tmp_path / "in")
        (tmp_path / "outside").rename(tmp_path / "in" / "outside")
        (root / "link").symlink_to(target.replace("../../", "../"))
        (found,) = lint_directory(root)
        assert (found.code, found.location.path) == (code, "link")
        assert word in found.message

    @pytest.mark.parametrize(
        ("link", "target", "noted"),
        [
            ("skills/linked", "review", True),
            ("commands", "skills", True),
            ("hooks/hooks.json", "../cfg.json", True),
            (".mcp.json", "cfg.json", True),
            ("commands/a.md", "../skills/review/SKILL.md", False),
            ("README.md", "skills/review/SKILL.md", False),
        ],
    )
    def test_what_the_client_notes(self, tmp_path: Path, link: str, target: str, noted: bool) -> None:
        root = clean_plugin(tmp_path, {"cfg.json": '{"hooks": {}, "mcpServers": {}}'})
        (root / link).parent.mkdir(exist_ok=True)
        (root / link).symlink_to(target)
        assert ("PM008" in codes(lint_directory(root, profile="client"))) is noted


class TestNames:
    """PT003, PT004, PT005, PT009."""

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("a:b.txt", "PT003"),
            ("con.txt", "PT003"),
            ("x.", "PT003"),
            ("x ", "PT003"),
            ("a\nb", "PT003"),
            ("a\\b", "PT003"),
            ("a\u200bb", "PT003"),
            (".GIT", "PT003"),
            ("~x", "PT003"),
            ("cafe\u0301", "PT005"),
            ("caf\udce9", "PT005"),
        ],
    )
    def test_a_name_that_is_no_name(self, tmp_path: Path, name: str, code: str) -> None:
        root = clean_plugin(tmp_path)
        (root / name).write_text("x")
        (found,) = lint_directory(root)
        assert found.code == code
        assert found.hint == "rename it"

    def test_collisions(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"docs/Guide.txt": "", "docs/guide.txt": "", "DOCS/other.txt": ""})
        found = [item.location.path for item in lint_directory(root) if item.code == "PT004"]
        assert "docs/guide.txt" in found

    def test_what_is_seen_through_a_link_to_a_directory_collides_with_nothing(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"docs/a.md": "x", "docs/sub/b.md": "x"})
        (root / "more").mkdir()
        (root / "more/docs").symlink_to("../docs")
        assert "PT004" not in {item.code for item in lint_directory(root)}

    @pytest.mark.parametrize("target", ["gone", "../docs"])
    def test_a_link_collides_with_another_spelling(self, target: str, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"docs/a.md": "x", "more/Docs": "x"})
        (root / "more/docs").symlink_to(target)
        assert "PT004" in {item.code for item in lint_directory(root)}

    def test_special_files(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path)
        os.mkfifo(root / "pipe")
        (found,) = lint_directory(root)
        assert (found.code, found.message) == ("PT009", "this is a FIFO")


class TestPlaces:
    """PT007, PT008."""

    @pytest.mark.parametrize(
        ("path", "hint"),
        [
            (".claude-plugin/commands/a.md", "move it to commands/"),
            (".claude-plugin/skills/a/SKILL.md", "move it to skills/"),
            (".claude/agents/a.md", "move it to agents/"),
            ("skill/a/SKILL.md", "move it to skills/"),
            ("command/a.md", "move it to commands/"),
            ("Skills/a/SKILL.md", "move it to skills/"),
            ("hooks/hook.json", "move it to hooks/hooks.json"),
            ("hooks.json", "move it to hooks/hooks.json"),
            ("mcp.json", "move it to .mcp.json"),
            (".claude-plugin/.mcp.json", "move it to .mcp.json"),
        ],
    )
    def test_nothing_looks_there(self, path: str, hint: str) -> None:
        found = [item for item in lint({path: "{}"}) if item.code == "PT007"]
        assert [item.hint for item in found] == [hint]

    @pytest.mark.parametrize(
        ("path", "fields"),
        [
            ("mcp.json", {"mcpServers": "./mcp.json"}),
            ("hooks.json", {"hooks": "./hooks.json"}),
            ("command/a.md", {"commands": "./command/"}),
            (".claude/commands/a.md", {"commands": ["./.claude/commands/a.md"]}),
        ],
    )
    def test_what_the_manifest_names_is_looked_at(self, path: str, fields: dict[str, Any]) -> None:
        assert "PT007" not in [item.code for item in lint({path: "{}"}, **fields)]

    def test_claude_md(self) -> None:
        assert [item.code for item in lint({"CLAUDE.md": "x"})] == ["PT008"]
        assert lint({"docs/CLAUDE.md": "x", "claude.md": "x"}) == []


class TestPrograms:
    """PT020 to PT023."""

    @pytest.mark.parametrize(
        ("files", "expected"),
        [
            ({"hooks/hooks.json": hook(command=f'"{ROOT}"/bin/x')}, ["PT020"]),
            ({"hooks/hooks.json": hook(command="node", args=[f"{ROOT}/x.js"])}, ["PT020"]),
            ({"hooks/hooks.json": hook(command=f'node "{ROOT}/x.js"')}, ["PT020"]),
            ({"hooks/hooks.json": hook(command=f'cd "{ROOT}" && make')}, []),
            ({"hooks/hooks.json": hook(command=f'"{ROOT}"/bin/*.sh')}, []),
            ({"hooks/hooks.json": hook(command=f'ls "{ROOT}/skills/a"')}, []),
            ({"hooks/hooks.json": hook(command=f'"{ROOT}"/../x')}, ["PT021"]),
            ({".mcp.json": json.dumps({"mcpServers": {"a": {"command": f"{ROOT}/srv"}}})}, ["PT020"]),
            ({".mcp.json": json.dumps({"mcpServers": {"a": {"command": "x", "args": [f"{ROOT}/../y"]}}})}, ["PT021"]),
            (
                {".lsp.json": json.dumps({"a": {"command": f"{ROOT}/srv", "extensionToLanguage": {".a": "a"}}})},
                ["PT020"],
            ),
            (
                {"monitors/monitors.json": json.dumps([{"name": "m", "command": f'"{ROOT}"/m', "description": "d"}])},
                ["PT020"],
            ),
        ],
    )
    def test_what_is_named_must_be_there(self, files: dict[str, str | bytes], expected: list[str]) -> None:
        assert [item.code for item in lint(files)] == expected

    def test_the_place_is_the_text(self) -> None:
        (found,) = lint({"hooks/hooks.json": hook(command="node", args=["-v", f"{ROOT}/x.js"])})
        assert found.location.pointer == ("hooks", "Stop", 0, "hooks", 0, "args", 1)
        assert found.location.line == 1

    @pytest.mark.parametrize(
        ("content", "mode", "expected"),
        [
            ("#!/bin/sh\n", 0o755, set()),
            ("#!/bin/sh\n", 0o644, {"PT022"}),
            ("echo\n", 0o755, {"PT023"}),
            ("#!/bin/sh\r\n", 0o755, {"PT023"}),
            ("", 0o644, {"PT022", "PT023"}),
            ("\x7fELF", 0o755, set()),
        ],
    )
    def test_what_is_run_directly(self, tmp_path: Path, content: str, mode: int, expected: set[str]) -> None:
        files: dict[str, str | bytes] = {"bin/x": content, "hooks/hooks.json": hook(command=f'"{ROOT}"/bin/x --all')}
        root = clean_plugin(tmp_path, files)
        (root / "bin/x").chmod(mode)
        assert codes(lint_directory(root)) == expected

    @pytest.mark.parametrize("command", [f'sh "{ROOT}"/bin/x', f'node "{ROOT}/bin/x"', f'echo "{ROOT}"/bin/x'])
    def test_what_an_interpreter_runs_needs_no_bit(self, tmp_path: Path, command: str) -> None:
        root = clean_plugin(tmp_path, {"bin/x": "echo\n", "hooks/hooks.json": hook(command=command)})
        (root / "bin/x").chmod(0o644)
        assert lint_directory(root) == ()

    def test_programs_of_windows_need_neither(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {
            "bin/x.cmd": "echo\r\n",
            "hooks/hooks.json": hook(command=f'"{ROOT}"/bin/x.cmd'),
        }
        assert lint_directory(clean_plugin(tmp_path, files)) == ()

    def test_a_tree_without_modes_is_judged_by_content(self) -> None:
        files: dict[str, str | bytes] = {"bin/x": "echo\n", "hooks/hooks.json": hook(command=f'"{ROOT}"/bin/x')}
        assert [item.code for item in lint(files)] == ["PT023"]


def pem(kind: str) -> str:
    """A block that looks like a key; written in two parts, so that this file holds none."""
    return "-----BEGIN " + f"{kind}-----\nINSECURE-TEST\n"


class TestSecrets:
    """SE001."""

    @pytest.mark.parametrize(
        "kind",
        [
            "PRIVATE KEY",
            "RSA PRIVATE KEY",
            "EC PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
            "PGP PRIVATE KEY BLOCK",
        ],
    )
    def test_a_private_key(self, kind: str) -> None:
        (found,) = lint({"server/tls.pem": "# note\n" + pem(kind)})
        assert (found.code, found.location.line) == ("SE001", 2)

    @pytest.mark.parametrize("kind", ["PUBLIC KEY", "CERTIFICATE", "RSA PUBLIC KEY"])
    def test_what_is_public(self, kind: str) -> None:
        assert lint({"server/tls.pem": pem(kind)}) == []

    @pytest.mark.parametrize(
        "path", ["tests/key.pem", "a/fixtures/b/key.pem", "docs/key.pem", "README.md", "notes.txt"]
    )
    def test_tests_and_documents_are_exempt(self, path: str) -> None:
        assert lint({path: pem("PRIVATE KEY")}) == []

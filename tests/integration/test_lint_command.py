"""``plugintool lint`` and ``plugintool explain`` as they are called: text, JSON, exit codes, what is imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plugintool.cli.main import run
from tests.rule_fixtures import clean_plugin, manifest, write_plugin

NO_FRONT = "Check the code.\n"


def call(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = run(args)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def call_json(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, dict[str, Any]]:
    code, out, err = call(capsys, *args, "--format", "json")
    assert err == ""
    document: dict[str, Any] = json.loads(out)
    return code, document


class TestLint:
    """The command."""

    def test_a_clean_plugin(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, err = call(capsys, "lint", str(clean_plugin(tmp_path)))
        assert (code, err) == (0, "")
        assert out.startswith("acme-review: 0 errors, 0 warnings; checked 1 skill, 2 files with ")

    def test_the_current_directory_is_the_default(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(clean_plugin(tmp_path, {"commands/a.md": NO_FRONT}))
        code, out, _ = call(capsys, "lint")
        assert code == 0
        assert out.splitlines()[0].startswith("./commands/a.md:1:1: warning FM004 ")

    def test_one_line_a_finding_with_its_place(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        text = '{\n  "name": "acme-review",\n  "version": 5,\n  "description": "d",\n  "author": {"name": "x"}\n}\n'
        root = clean_plugin(tmp_path, {".claude-plugin/plugin.json": text})
        code, out, _ = call(capsys, "lint", str(root))
        assert code == 1
        assert f"{root}/.claude-plugin/plugin.json:3:3: error PM030 `version` is a number" in out

    def test_strict(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        root = str(clean_plugin(tmp_path, {"commands/a.md": NO_FRONT}))
        assert call(capsys, "lint", root)[0] == 0
        assert call(capsys, "lint", "--strict", root)[0] == 1
        assert call(capsys, "lint", "--strict", "--ignore", "FM", root)[0] == 0

    def test_quiet_prints_findings_only(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert call(capsys, "lint", "-q", str(clean_plugin(tmp_path))) == (0, "", "")

    def test_select_takes_commas(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        files: dict[str, str | bytes] = {"commands/a.md": NO_FRONT, ".claude-plugin/plugin.json": manifest(name="x")}
        root = str(clean_plugin(tmp_path, files))
        _, document = call_json(capsys, "lint", "--select", "FM, PM018", root)
        assert [item["code"] for item in document["findings"]] == ["PM018", "FM004"]

    def test_json(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        root = clean_plugin(tmp_path, {"commands/a.md": NO_FRONT})
        code, document = call_json(capsys, "lint", str(root))
        assert (code, document["command"], document["code"], document["exit_code"]) == (0, "lint", "ok", 0)
        (subject,) = document["subjects"]
        assert subject["subject"] == str(root)
        assert subject["value"]["checked"]["commands"] == 1
        (finding,) = document["findings"]
        assert (finding["code"], finding["severity"], finding["path"]) == ("FM004", "warning", "commands/a.md")

    def test_several_plugins(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        clean_plugin(tmp_path, name="a")
        clean_plugin(tmp_path, {".claude-plugin/plugin.json": "{"}, name="b")
        code, document = call_json(capsys, "lint", str(tmp_path))
        assert code == 1
        assert [Path(item["subject"]).name for item in document["subjects"]] == ["a", "b"]

    @pytest.mark.parametrize(
        ("args", "word"),
        [
            (("--select", "ZZ"), "no rule begins with 'ZZ'"),
            (("--target", "nowhere"), "nowhere"),
            (("--profile", "loose"), "loose"),
            (("--client", "newest"), "no client version"),
            (("--format", "xml"), "xml"),
        ],
    )
    def test_wrong_usage(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], word: str
    ) -> None:
        code, out, err = call(capsys, "lint", *args, str(clean_plugin(tmp_path)))
        assert (code, out) == (2, "")
        assert word in err

    def test_a_missing_path(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        code, _, err = call(capsys, "lint", str(tmp_path / "gone"))
        assert code == 1
        assert "no such file or directory [path-missing]" in err

    def test_names_of_a_stranger_are_escaped(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        name = "x\u202e\x1b[31m"
        root = clean_plugin(tmp_path, {".claude-plugin/plugin.json": manifest(name=name, **{name: 1})})
        _, out, _ = call(capsys, "lint", str(root))
        assert "\u202e" not in out
        assert "\x1b[31m" not in out

    def test_help_names_exit_codes(self, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, _ = call(capsys, "lint", "--help")
        assert code == 0
        assert "Exit codes: 0" in out
        assert out.count("plugintool lint") >= 3


class TestExplain:
    """The other command."""

    def test_a_rule(self, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, err = call(capsys, "explain", "HK018")
        assert (code, err) == (0, "")
        assert out.startswith("HK018 (rule)  unquoted-root: ")
        assert "\n  why: " in out

    def test_all(self, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, _ = call(capsys, "explain")
        lines = out.splitlines()
        assert code == 0
        assert len(lines) > 100
        assert any(line.startswith("step-7  ") for line in lines)

    def test_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        code, document = call_json(capsys, "explain", "step-3", "not-signed")
        assert code == 0
        assert [item["value"]["kind"] for item in document["subjects"]] == ["step", "error"]

    def test_an_unknown_code(self, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, err = call(capsys, "explain", "HK0018")
        assert (code, out) == (2, "")
        assert "did you mean" in err


LOADED = """
import sys
from plugintool.cli.main import run
code = run(["lint", "-q", sys.argv[1]])
print(code, [name for name in sys.argv[2:] if name in sys.modules])
"""
HEAVY = ("pydantic", "jsonschema", "pathspec", "cryptography", "tomllib", "deflate", "plugintool.formats.project")


@pytest.mark.parametrize(("files", "loads"), [({}, []), ({"plugintool.toml": ""}, True)])
def test_a_small_plugin_loads_nothing_heavy(tmp_path: Path, files: dict[str, str | bytes], loads: object) -> None:
    """Start-up is a feature; tomllib only where there is a project file."""
    root = clean_plugin(tmp_path, files)
    done = subprocess.run([sys.executable, "-c", LOADED, str(root), *HEAVY], capture_output=True, text=True, check=True)
    code, _, found = done.stdout.strip().partition(" ")
    assert code == "0"
    if loads is True:
        assert found == "['tomllib', 'plugintool.formats.project']"
    else:
        assert found == "[]"


def test_a_plugin_without_markdown_loads_no_yaml(tmp_path: Path) -> None:
    root = write_plugin(tmp_path, {".claude-plugin/plugin.json": manifest(), ".mcp.json": '{"mcpServers": {}}'})
    done = subprocess.run([sys.executable, "-c", LOADED, str(root), "yaml"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0 []"

"""What ``inspect`` cannot read it says, with file and line, beside what it could read."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from plugintool import limits
from plugintool.author.inspect import Inspection, inspect_paths
from plugintool.errors import InputError, MalformedFileError
from plugintool.report import Outcome

FILES = {
    ".claude-plugin/plugin.json": '{"name": "demo", "version": "1.0.0"}',
    ".mcp.json": '{"mcpServers": {}}',
    "hooks/hooks.json": '{"hooks": {}}',
    "skills/greet/SKILL.md": "---\nname: greet\ndescription: Greets.\n---\nHello.\n",
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        (tmp_path / "demo" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "demo" / path).write_text(text)
    return tmp_path / "demo"


def inspect(path: Path) -> Outcome[Inspection]:
    (outcome,) = inspect_paths([path]).outcomes
    return outcome


def test_a_good_plugin_has_nothing_unread(source: Path) -> None:
    outcome = inspect(source)
    assert outcome.error is None
    assert outcome.value is not None
    assert outcome.value.as_json()["unread"] == []


@pytest.mark.parametrize(
    ("path", "text", "line", "said"),
    [
        (".claude-plugin/plugin.json", "", 1, "expecting value"),
        (".claude-plugin/plugin.json", '{"name":\n', 2, "expecting value"),
        (".claude-plugin/plugin.json", "[]", 1, "no JSON object"),
        (".claude-plugin/plugin.json", "[" * 100, 1, "nested deeper"),
        ("hooks/hooks.json", '{\n"hooks": nope}', 2, "expecting value"),
        (".mcp.json", '{"a": 1,\n "b": NaN}', 2, "NaN"),
    ],
)
def test_a_json_file_that_cannot_be_read(source: Path, path: str, text: str, line: int, said: str) -> None:
    """An error with its line, and still the rest of the plugin."""
    (source / path).write_text(text)
    outcome = inspect(source)
    assert isinstance(outcome.error, MalformedFileError)
    assert (outcome.error.detail["path"], outcome.error.detail["line"]) == (path, line)
    assert said in outcome.error.message
    assert outcome.value is not None
    assert outcome.value.as_json()["unread"] == [path]
    assert outcome.value.inventory is not None
    assert outcome.value.inventory.components["skill"] == ("greet",)


def test_all_of_them_are_named(source: Path) -> None:
    """Not only the first."""
    (source / ".mcp.json").write_text("{")
    (source / "hooks/hooks.json").write_text("{")
    error = inspect(source).error
    assert error is not None
    assert {problem.split(":")[0] for problem in error.detail["problems"]} == {".mcp.json", "hooks/hooks.json"}


def test_what_is_too_large_is_unread(source: Path) -> None:
    os.truncate(source / "hooks/hooks.json", limits.TEXT_BYTES + 1)
    error = inspect(source).error
    assert error is not None
    assert error.detail["path"] == "hooks/hooks.json"
    assert "larger than" in error.message


def test_a_manifest_that_is_no_file_is_said(source: Path) -> None:
    (source / ".claude-plugin/plugin.json").unlink()
    os.mkfifo(source / ".claude-plugin/plugin.json")
    error = inspect(source).error
    assert error is not None
    assert error.detail["path"] == ".claude-plugin/plugin.json"


def test_a_one_skill_plugin_needs_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "solo").mkdir()
    (tmp_path / "solo/SKILL.md").write_text(FILES["skills/greet/SKILL.md"])
    assert inspect(tmp_path / "solo").error is None


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b'{"policies":\n [}', 2),
        (b'\xef\xbb\xbf{"policies": [],\n "k": "-----BEGIN PUBLIC KEY-----"}', 1),
        (b'{"policies": [],\n "policies": []}', 2),
        (b'{"x":\n "\xff"}', 2),
        (b"[" * 65, 1),
    ],
)
def test_json_that_is_wrong_is_an_error_of_json(tmp_path: Path, data: bytes, line: int) -> None:
    """With its line, instead of "nothing that plugintool knows"; never exit code 3, since nothing is verified."""
    (tmp_path / "policy").write_bytes(data)
    error = inspect(tmp_path / "policy").error
    assert isinstance(error, MalformedFileError)
    assert error.detail["line"] == line
    assert error.exit_code == 1


def test_an_empty_json_file_is_called_that(tmp_path: Path) -> None:
    """By its suffix; without one it could have been anything."""
    for name, said in (("x.json", "not a valid JSON text"), ("x", "nothing that plugintool knows")):
        (tmp_path / name).write_bytes(b"")
        error = inspect(tmp_path / name).error
        assert isinstance(error, InputError)
        assert said in error.message


def test_a_trust_policy_that_cannot_be_used_is_malformed(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps({"version": 2, "policies": []}))
    error = inspect(tmp_path / "p.json").error
    assert isinstance(error, MalformedFileError)
    assert "trust policy" in error.message

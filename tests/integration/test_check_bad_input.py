"""Damaged files of every kind: ``check`` reports them, starts nothing of them, and never falls over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.check_world import tiny, write_bundle, write_hooks, write_plugin
from tests.hostile_input import JSON_DAMAGE, Damage, call

QUICK = ("--timeout", "0.7")


def told(*args: object) -> tuple[int, str]:
    ended = call("check", *QUICK, *args)
    assert "Traceback" not in ended.text
    assert ended.exit_code in {0, 1}, ended.text
    assert "/tmp/plugintool-check-" not in ended.text, "a private path says nothing to anybody"
    return ended.exit_code, ended.text


@pytest.mark.parametrize("damage", JSON_DAMAGE.values(), ids=JSON_DAMAGE)
def test_a_damaged_bundle_manifest(tmp_path: Path, damage: Damage) -> None:
    root = write_bundle(tmp_path / "b")
    damage(root / "manifest.json")
    told(root)


@pytest.mark.parametrize("damage", JSON_DAMAGE.values(), ids=JSON_DAMAGE)
def test_a_damaged_file_of_servers(tmp_path: Path, damage: Damage) -> None:
    root = write_plugin(tmp_path / "p", {"one": tiny()})
    damage(root / ".mcp.json")
    told(root)


@pytest.mark.parametrize("damage", JSON_DAMAGE.values(), ids=JSON_DAMAGE)
def test_a_damaged_plugin_manifest(tmp_path: Path, damage: Damage) -> None:
    root = write_plugin(tmp_path / "p", {"one": tiny()})
    damage(root / ".claude-plugin/plugin.json")
    told(root)


@pytest.mark.parametrize("damage", JSON_DAMAGE.values(), ids=JSON_DAMAGE)
def test_a_damaged_file_of_hooks(tmp_path: Path, damage: Damage) -> None:
    root = write_hooks(tmp_path / "p", ("Stop", "", {"command": "true"}))
    damage(root / "hooks/hooks.json")
    told("--hooks", root)


@pytest.mark.parametrize("value", [None, True, 7, "x", [], {}, [[]], {"a": None}, "\ud800", "a\0b"])
@pytest.mark.parametrize("key", ["command", "args", "env", "platform_overrides"])
def test_odd_members_of_a_bundle(tmp_path: Path, key: str, value: Any) -> None:
    root = write_bundle(tmp_path / "b")
    manifest = json.loads((root / "manifest.json").read_text())
    manifest["server"]["mcp_config"][key] = value
    (root / "manifest.json").write_text(json.dumps(manifest))
    told(root)


@pytest.mark.parametrize("value", [None, True, 7, "x", [], {}, [["a"]], {"a": 1}, "\ud800", "a\0b"])
@pytest.mark.parametrize("key", ["command", "args", "env", "type", "url", "headers"])
def test_odd_members_of_a_server(tmp_path: Path, key: str, value: Any) -> None:
    told(write_plugin(tmp_path / "p", {"one": tiny(**{key: value})}))


@pytest.mark.parametrize("value", [None, True, 7, "x", [], {}, [7], "\ud800", "a\0b", 1e400])
@pytest.mark.parametrize("key", ["command", "args", "type", "timeout", "shell", "async"])
def test_odd_members_of_a_hook(tmp_path: Path, key: str, value: Any) -> None:
    told("--hooks", write_hooks(tmp_path / "p", ("Stop", "", {"command": "true", key: value})))


@pytest.mark.parametrize("name", ["\n", "\x1b[31m", "a/b", "", "\ud800", "x" * 5000])
def test_odd_names(tmp_path: Path, name: str) -> None:
    code, text = told(write_plugin(tmp_path / "p", {name: tiny({"start": "exit"})}))
    assert code == 1
    assert "\x1b" not in text


def test_a_directory_that_cannot_be_copied(tmp_path: Path) -> None:
    """Two names that some system cannot keep apart."""
    root = write_bundle(tmp_path / "b")
    (root / "Server.py").write_text("")
    code, text = told(root)
    assert code == 1
    assert "C22" in text or "cannot keep apart" in text

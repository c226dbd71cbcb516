"""What ``dev`` shows is what the genuine client loads: every good state, whole and without errors."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plugintool.author.dev import develop, stage
from plugintool.author.lint import lint_tree
from tests.rule_fixtures import PLUGIN_NAME, clean_plugin, manifest

Client = Callable[..., "subprocess.CompletedProcess[str]"]
MANIFEST = ".claude-plugin/plugin.json"


def listed(claude: Client, directory: Path) -> dict[str, Any]:
    """What the client says of the one plugin in a directory."""
    ended = claude("--plugin-dir", str(directory), "plugin", "list", "--json")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = [item for item in json.loads(ended.stdout) if item.get("id", item.get("name", "")).startswith(PLUGIN_NAME)]
    assert len(found) == 1, ended.stdout
    plugin: dict[str, Any] = found[0]
    return plugin


def assert_loaded(claude: Client, directory: Path, version: str) -> None:
    found = listed(claude, directory)
    assert found.get("enabled") is True, found
    assert not found.get("errors"), found
    assert found.get("version") == version, found


def test_the_client_sees_each_good_state(claude: Client, tmp_path: Path) -> None:
    """The first, the one that stays during an error, and the one after the repair."""
    plugin = clean_plugin(tmp_path / "source")
    with stage(PLUGIN_NAME, tmp_path / "dev") as link:
        reports = develop(plugin, link, lint=lint_tree)
        next(reports)
        assert_loaded(claude, link, "1.0.0")

        (plugin / MANIFEST).write_text("{")
        assert next(reports).exit_code == 1
        assert_loaded(claude, link, "1.0.0")

        (plugin / MANIFEST).write_text(manifest(version="1.1.0"))
        assert next(reports).exit_code == 0
        assert_loaded(claude, link, "1.1.0")
        reports.close()

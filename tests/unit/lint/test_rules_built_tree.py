"""OP001, OP005, OP008 and OP009: what the desktop app makes of version.json, preferences, servers and strays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugintool.lint.run import LintOptions, lint_org_plugins
from plugintool.plugin.load import load_plugin
from plugintool.plugin.org_plugins import org_plugins_of
from plugintool.report import Finding, Severity
from plugintool.tree.directory import survey
from tests.rule_fixtures import clean_plugin, lint_directory, manifest

FAMILY = ("OP001", "OP005", "OP008", "OP009")
SERVERS = {"clock": {"type": "http", "url": "https://clock.acme.example/mcp"}}
MCP = json.dumps({"mcpServers": SERVERS})
PLUGIN_JSON = ".claude-plugin/plugin.json"


def lint(where: Path, files: dict[str, str | bytes] | None = None, **options: Any) -> list[Finding]:
    return list(lint_directory(clean_plugin(where, files), select=FAMILY, **options))


class TestVersionFile:
    """OP001."""

    @pytest.mark.parametrize("value", [{"version": "1"}, {"version": "1.0.0+0123456789ab.3"}])
    def test_a_text_is_right(self, value: Any, tmp_path: Path) -> None:
        assert lint(tmp_path, {"version.json": json.dumps(value)}) == []

    @pytest.mark.parametrize("value", [{}, {"version": ""}, {"version": 1}, {"version": None}, {"Version": "1"}])
    def test_anything_else_is_an_error_wherever_it_stands(self, value: Any, tmp_path: Path) -> None:
        (found,) = lint(tmp_path, {"version.json": json.dumps(value)})
        assert (found.code, found.location.path, found.severity) == ("OP001", "version.json", Severity.ERROR)

    def test_a_source_needs_none(self, tmp_path: Path) -> None:
        assert lint(tmp_path) == []

    def test_a_plugin_in_org_plugins_needs_one(self, tmp_path: Path) -> None:
        found = lint(tmp_path / "org-plugins")
        assert [item.code for item in found] == ["OP008", "OP001"]
        assert found[1].severity is Severity.WARNING

    def test_a_built_tree_is_wrong_without_one(self, tmp_path: Path) -> None:
        found = [item for item in lint(tmp_path / "org-plugins", built=True) if item.code == "OP001"]
        assert [item.severity for item in found] == [Severity.ERROR]

    def test_a_file_that_does_not_parse_is_left_to_the_json_rules(self, tmp_path: Path) -> None:
        assert lint(tmp_path, {"version.json": "{"}) == []

    def test_it_is_nothing_to_the_client(self, tmp_path: Path) -> None:
        assert lint(tmp_path, {"version.json": "{}"}, profile="client") == []
        assert lint(tmp_path / "b", {"version.json": "{}"}, targets=("claude-code",)) == []


class TestPreference:
    """OP008."""

    @pytest.mark.parametrize("value", ["available", "auto_install", "required"])
    def test_known_values(self, value: str, tmp_path: Path) -> None:
        assert (
            lint(tmp_path, {PLUGIN_JSON: manifest(installationPreference=value)}, built=True, ignore=("OP001",)) == []
        )

    @pytest.mark.parametrize("value", ["auto", "", None, True, ["required"]])
    def test_unknown_values_are_errors(self, value: Any, tmp_path: Path) -> None:
        (found,) = lint(tmp_path, {PLUGIN_JSON: manifest(installationPreference=value)})
        assert (found.code, found.severity) == ("OP008", Severity.ERROR)

    def test_a_built_plugin_without_one_is_warned_about(self, tmp_path: Path) -> None:
        found = lint(tmp_path, {"version.json": '{"version": "1"}'}, built=True)
        assert [(item.code, item.severity) for item in found] == [("OP008", Severity.WARNING)]


class TestServers:
    """OP009."""

    def test_one_plugin_declares_a_name_twice(self, tmp_path: Path) -> None:
        (found,) = lint(tmp_path, {PLUGIN_JSON: manifest(mcpServers=SERVERS), ".mcp.json": MCP})
        assert (found.code, found.location.path) == ("OP009", PLUGIN_JSON)
        assert ".mcp.json" in found.message

    def test_one_declaration_is_enough(self, tmp_path: Path) -> None:
        assert lint(tmp_path, {".mcp.json": MCP}) == []
        assert lint(tmp_path / "b", {PLUGIN_JSON: manifest(mcpServers=SERVERS)}) == []

    def test_a_list_of_servers_is_not_looked_at(self, tmp_path: Path) -> None:
        assert lint(tmp_path, {PLUGIN_JSON: manifest(mcpServers=SERVERS), ".mcp.json": "[5]"}) == []

    def test_two_plugins_of_one_directory(self, tmp_path: Path) -> None:
        roots = [clean_plugin(tmp_path, {".mcp.json": MCP}, name=name) for name in ("acme-b", "acme-a")]
        plugins = [load_plugin(survey(root)) for root in roots]
        (found,) = lint_org_plugins(org_plugins_of(tmp_path, plugins))
        assert (found.code, found.location.path) == ("OP009", "acme-b/.mcp.json")
        assert "acme-a" in found.message


def test_strays_are_named(tmp_path: Path) -> None:
    """OP005: a clone of a marketplace, for instance."""
    (tmp_path / "market/plugins").mkdir(parents=True)
    (found,) = lint_org_plugins(org_plugins_of(tmp_path, []))
    assert (found.code, found.location.path, found.severity) == ("OP005", "market", Severity.WARNING)


def test_a_directory_is_nothing_to_the_client(tmp_path: Path) -> None:
    (tmp_path / "market").mkdir()
    assert lint_org_plugins(org_plugins_of(tmp_path, []), LintOptions(profile="client")) == ()
    assert lint_org_plugins(org_plugins_of(tmp_path, []), LintOptions(targets=("claude-code",))) == ()

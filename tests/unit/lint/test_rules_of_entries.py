"""Which rules a marketplace asks of its plugins: leaving some out saves time and may not change a verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugintool.lint import registry
from plugintool.lint.rule import Subject
from plugintool.lint.rules import marketplace_entries
from plugintool.lint.run import LintOptions, lint_marketplace, rule_ids_for, rules_for
from plugintool.plugin.marketplace import load_marketplace
from plugintool.report import Finding
from tests.market_world import CLIENTS, market, write_market
from tests.rule_fixtures import FIXTURES, build_fixture, manifest

HOOK = {"type": "command", "command": "${user_config.nobody}"}
SERVER = {"url": "http://mcp.acme.example", "headers": {"Authorization": "Bearer 4f1c9a7be02d48a6b3f1"}}
INLINE: dict[str, dict[str, Any]] = {
    "hooks": {"hooks": {"Stopp": [], "PreToolUse": {}, "Stop": [{"hooks": [{"type": "command"}, HOOK]}]}},
    "wrapped": {"hooks": {"hooks": {"Stop": []}}},
    "mcp": {"mcpServers": {"a": {"url": "x"}, "b": 1, "c": SERVER, "d": {"command": "${user_config.nobody}"}}},
    "twice": {"mcpServers": {"mcpServers": {"a": {"command": "a"}}}},
    "list": {"mcpServers": [{"type": "stdioo", "command": "a", "oauth": True}]},
    "lsp": {"lspServers": {"go": {"command": "gopls"}}},
    "monitors": {"experimental": {"monitors": [{"name": "build", "command": "make ${user_config.nobody}"}]}},
    "itself": {"hooks": "./.claude-plugin/plugin.json", "Stop": [{}], "mcpServers": "./.claude-plugin/plugin.json"},
}
"""Manifests that declare hooks, servers and monitors themselves, each with a mistake."""
RULES = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir() and not path.name.startswith(("MP", "OP")))


@pytest.fixture(scope="module")
def fixtures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a marketplace that lists the bad plugin of each rule, and says the same in an entry of its own."""
    root = tmp_path_factory.mktemp("fixtures")
    entries: list[dict[str, Any]] = []
    for rule_id in RULES:
        place = build_fixture(rule_id, "bad", root / rule_id)
        entries.append({"name": rule_id.lower(), "source": f"./{rule_id}/{place.name}"})
        entries.extend(_entry(place / ".claude-plugin/plugin.json", rule_id))
    for name, fields in INLINE.items():
        target = root / name / ".claude-plugin/plugin.json"
        target.parent.mkdir(parents=True)
        target.write_text(manifest(name=name, **fields), "utf-8")
        entries.append({"name": name, "source": f"./{name}"})
        entries.extend(_entry(target, name))
    return write_market(root, market(*entries))


def _entry(file: Path, name: str) -> list[dict[str, Any]]:
    """Return an entry with the fields of a manifest; none when that is none."""
    try:
        fields = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return []
    known = {"source": {"source": "github", "repo": "acme/review"}, "name": f"{name.lower()}-entry"}
    return [{**fields, **known}] if isinstance(fields, dict) else []


def _found(file: Path, client: str) -> tuple[Finding, ...]:
    return lint_marketplace(load_marketplace(file), LintOptions(profile="client", client=CLIENTS[client]))


@pytest.mark.parametrize("client", CLIENTS)
def test_rules_that_are_not_asked_would_say_nothing(
    client: str, fixtures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the bad plugin of every rule, and on manifests that declare everything themselves."""
    found = _found(fixtures, client)
    monkeypatch.setattr(marketplace_entries, "_OF_OTHER_FILES", ())
    monkeypatch.setattr(marketplace_entries, "_OF_DECLARATIONS", ())
    assert found == _found(fixtures, client)
    assert {"MP007", "MP016"} <= {finding.code for finding in found}


@pytest.mark.parametrize("name", INLINE)
def test_what_a_manifest_declares_itself_is_judged(name: str, tmp_path: Path) -> None:
    """The counter-test: each of these is told of its entry."""
    target = tmp_path / "plugins" / name / ".claude-plugin/plugin.json"
    target.parent.mkdir(parents=True)
    target.write_text(manifest(name=name, **INLINE[name]), "utf-8")
    file = write_market(tmp_path, market({"name": name, "source": f"./plugins/{name}", "description": "d"}))
    assert "MP016" in {finding.code for finding in _found(file, "2.1.330")}


def test_every_left_out_prefix_means_a_rule() -> None:
    prefixes = (*marketplace_entries._OF_OTHER_FILES, *marketplace_entries._OF_DECLARATIONS)
    registry.check_prefixes(prefixes, where="a test")


@pytest.mark.parametrize("subject", Subject)
def test_the_ids_are_those_of_the_rules_and_made_once(subject: Subject) -> None:
    options = LintOptions()
    ids = rule_ids_for(subject, options)
    assert ids == tuple(rule.id for rule in rules_for(subject, options))
    assert ids is rule_ids_for(subject, LintOptions())

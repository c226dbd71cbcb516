"""What the published page of the desktop app showed in spring 2026: right for its time, findings today."""

from __future__ import annotations

import json

from plugintool.author.lint import LintRequest, judgement_of
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.report import Finding, Severity
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import SKILL, manifest

SERVERS = [
    {
        "name": "internal-search",
        "url": "https://mcp.example.corp",
        "oauth": True,
        "toolPolicy": {"search": "allow", "delete_document": "blocked"},
    },
    {
        "name": "ticketing",
        "url": "https://tickets.example.corp/mcp",
        "headersHelper": "/usr/local/bin/corp-sso-token",
        "headersHelperTtlSec": 900,
    },
]
"""The example of managed servers, whose form that page gave to the .mcp.json of a plugin."""
VERSION = {"version": "1.2.3"}
OF_ITS_TIME = "cowork@1.5354"


def options(*targets: str) -> LintOptions:
    return judgement_of(LintRequest(targets=targets))[0].options


def findings(*targets: str, servers: object = SERVERS) -> list[Finding]:
    """What is wrong with a plugin as that page describes one."""
    files = {
        ".claude-plugin/plugin.json": manifest(),
        ".mcp.json": json.dumps(servers),
        "version.json": json.dumps(VERSION),
        "skills/review/SKILL.md": SKILL,
    }
    tree = MemoryTree("acme-review", {path: text.encode() for path, text in files.items()})
    found = lint_plugin(load_plugin(tree), options(*targets))
    return [item for item in found if item.location.path in {".mcp.json", "version.json"}]


def errors(found: list[Finding]) -> set[str]:
    return {item.code for item in found if item.severity is Severity.ERROR}


def test_in_its_time_it_was_right() -> None:
    """version.json is the work of build, which is a warning in a source tree for every version."""
    found = findings(OF_ITS_TIME)
    assert errors(found) == set()
    assert {item.code for item in found} == {"OP006"}


def test_today_every_part_of_it_is_a_finding() -> None:
    """The list, the servers without type, the boolean and the keys that are not read."""
    found = findings("cowork@1.46388")
    assert {"MC013", "MC002"} <= errors(found)
    assert "MC014" in {item.code for item in found}


def test_without_a_version_the_newest_app_counts() -> None:
    assert findings("cowork") == findings("cowork@1.46388")


def test_the_client_of_today_refuses_it_too() -> None:
    assert {"MC013", "MC002"} <= errors(findings("claude-code"))
    assert {"MC013", "MC002"} <= errors(findings("claude-code", OF_ITS_TIME)), "one target is enough"


def test_a_client_of_its_time_did_not_look() -> None:
    """2.1.197 reads no .mcp.json; what is reported since 2.1.330 is not said for it."""
    assert "MC013" not in {item.code for item in findings("claude-code@2.1.197")}


def test_the_object_of_today_passes_everywhere() -> None:
    today = {"mcpServers": {"internal-search": {"type": "http", "url": "https://mcp.example.corp"}}}
    for target in (OF_ITS_TIME, "cowork", "claude-code"):
        assert errors(findings(target, servers=today)) == set()


def test_two_versions_of_one_target_are_all_versions() -> None:
    """Whoever names both wants what holds for either."""
    assert options(OF_ITS_TIME, "cowork").versions == ()
    assert options(OF_ITS_TIME, "cowork@1.46388").versions == ()
    assert options(OF_ITS_TIME).versions == (("cowork", (1, 5354, 0)),)
    assert options().versions == ()

"""Any bytes in any file give findings: nothing a stranger writes makes the loader, a rule or a renderer fail."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugintool.cli.render.json import render
from plugintool.cli.render.text import escape, finding_lines
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin import frontmatter
from plugintool.plugin.inventory import inventory_of
from plugintool.plugin.load import load_plugin
from plugintool.plugin.paths import normalise, plugin_targets, resolve
from plugintool.report import Finding, Outcome, Report
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import SKILL, manifest

FIELDS = [
    *json.loads(manifest()),
    *("homepage", "repository", "keywords", "defaultEnabled", "metadata", "engines", "types", "settings"),
    *("experimental", "commands", "agents", "skills", "hooks", "mcpServers", "lspServers", "outputStyles"),
    *("workflows", "userConfig", "channels", "dependencies", "themes", "monitors", "foo"),
]
HOOK_KEYS = [
    "hooks",
    "matcher",
    "type",
    "command",
    "args",
    "timeout",
    "url",
    "headers",
    "PreToolUse",
    "Stop",
    "modules",
]
SERVER_KEYS = ["mcpServers", "db", "type", "command", "args", "env", "url", "headers", "oauth", "timeout", "transport"]
OPTION_KEYS = ["k", "type", "title", "description", "options", "default", "source", "content", "name", "server", "when"]
WORDS = [
    *("command", "http", "stdio", "string", "./", "./x", "./../x", ".", "", "x.json", "./hooks/hooks.json", "bash"),
    *("${CLAUDE_PLUGIN_ROOT}/x", '"${CLAUDE_PLUGIN_ROOT}/../x"', "${user_config.k}", "https://x.example", "http://["),
    *("always", "on-skill-invoke:x", "claude-x", "a\0b", "\ud800", "x" * 200, "é", "x@y@^1"),
]


def values(keys: list[str]) -> st.SearchStrategy[Any]:
    """JSON values whose keys and texts are often the right ones."""
    words = st.sampled_from(WORDS) | st.text(max_size=8)
    scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words
    names = st.sampled_from(keys) | st.text(max_size=4)
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
        max_leaves=12,
    )


def encoded(keys: list[str]) -> st.SearchStrategy[bytes]:
    """JSON texts, some of them damaged."""
    whole = values(keys).map(lambda value: json.dumps(value).encode())
    return whole | st.tuples(whole, st.integers(0, 40), st.binary(max_size=4)).map(damage)


def damage(parts: tuple[bytes, int, bytes]) -> bytes:
    """Put some bytes in the place of others."""
    data, place, new = parts
    place = min(place, len(data))
    return data[:place] + new + data[place + len(new) :]


def lint(files: dict[str, bytes], **options: Any) -> tuple[Finding, ...]:
    """Load, sum up and lint a plugin; every step must end."""
    base = {".claude-plugin/plugin.json": manifest().encode(), "skills/review/SKILL.md": SKILL.encode()}
    plugin = load_plugin(MemoryTree("acme-review", {**base, **files}))
    json.dumps(inventory_of(plugin).as_json())
    return lint_plugin(plugin, LintOptions(**options))


def check(findings: tuple[Finding, ...]) -> None:
    """No rule failed, every finding has a place, and both renderers take it."""
    assert [item.message for item in findings if item.code == "LN001"] == []
    for item in findings:
        assert item.location.line >= 0
        assert item.location.column >= 0
        for line in finding_lines(item, "x"):
            assert escape(line.replace("\x1b", "")) == line.replace("\x1b", "")
    render(Report("lint", (Outcome(subject="x", value=None, findings=findings),)))


@given(encoded(FIELDS))
@example(b"\xff\xfe")
@example(b"[" * 100_000)
def test_any_manifest(data: bytes) -> None:
    check(lint({".claude-plugin/plugin.json": data}))


@given(st.sampled_from(FIELDS), values([*FIELDS, *OPTION_KEYS, *HOOK_KEYS, *SERVER_KEYS]))
def test_any_value_of_a_field(field: str, value: Any) -> None:
    text = json.dumps({**json.loads(manifest()), field: value})
    check(lint({".claude-plugin/plugin.json": text.encode()}))


@given(encoded(HOOK_KEYS))
def test_any_hooks_file(data: bytes) -> None:
    check(lint({"hooks/hooks.json": data}))


@given(values(HOOK_KEYS))
def test_any_hook_of_an_event(value: Any) -> None:
    check(
        lint({"hooks/hooks.json": json.dumps({"hooks": {"PreToolUse": [{"hooks": [value]}], "Stop": value}}).encode()})
    )


@given(encoded(SERVER_KEYS))
def test_any_server_file(data: bytes) -> None:
    check(lint({".mcp.json": data, ".lsp.json": data, "settings.json": data, "version.json": data}))


@given(values(SERVER_KEYS))
def test_any_server(value: Any) -> None:
    check(lint({".mcp.json": json.dumps({"mcpServers": {"db": value}}).encode()}))


@given(values(OPTION_KEYS))
def test_any_monitor_and_language_server(value: Any) -> None:
    data = json.dumps([value]).encode()
    check(lint({"monitors/monitors.json": data, ".lsp.json": json.dumps({"go": value}).encode()}))


BLOCKS = st.text(st.sampled_from("ab:- \n\t\r\"'[]{}&*!|>%@`#,?\\\x00\x07\u2028é~015.x"), max_size=60)


@given(BLOCKS)
@settings(max_examples=400)
def test_any_front_matter(block: str) -> None:
    data = f"---\n{block}---\nBody".encode()
    found = frontmatter.read(data)
    lines = data.decode().count("\n") + 1
    for line, column in [*found.keys.values(), found.cut or (1, 1), found.outdented or (1, 1)]:
        assert 1 <= line <= lines
        assert column >= 1
    assert 0 <= found.body_offset <= len(data)
    check(lint({"commands/a.md": data, "agents/a.md": data, "skills/review/SKILL.md": data}))


@given(st.binary(max_size=80))
def test_any_bytes_of_a_component(data: bytes) -> None:
    check(lint({"commands/a.md": data, "agents/a.md": b"---\n" + data + b"\n---\n"}))


@given(st.binary(max_size=60))
def test_any_suppression(data: bytes) -> None:
    check(lint({"commands/a.md": b"<!-- plugintool: ignore " + data + b" -->"}))


@given(st.text(max_size=60))
def test_what_the_client_reads_we_read_the_same_way_twice(text: str) -> None:
    """Reading is a function of the bytes."""
    data = text.encode("utf-8", "surrogatepass")
    assert frontmatter.read(data) == frontmatter.read(data)


@given(encoded(FIELDS), encoded(HOOK_KEYS))
@settings(max_examples=50)
def test_the_profile_of_the_client_never_finds_more_errors_than_rules(one: bytes, other: bytes) -> None:
    """Both profiles end, for the oldest and the newest client."""
    for client in ((2, 1, 197), (2, 1, 330)):
        check(lint({".claude-plugin/plugin.json": one, "hooks/hooks.json": other}, profile="client", client=client))


@given(st.text(st.sampled_from("./\\ab~ "), max_size=12))
def test_a_path_that_is_resolved_stays_inside(text: str) -> None:
    for path in (resolve(text), normalise(text)):
        if path:
            assert not path.startswith("/")
            assert ".." not in path.split("/")


@given(st.lists(st.sampled_from(["${CLAUDE_PLUGIN_ROOT}", "/", '"', "'", "a", " ", "..", "$", ";"]), max_size=12))
def test_a_target_is_never_absolute(parts: list[str]) -> None:
    for shell in (True, False):
        for target in plugin_targets("".join(parts), shell=shell):
            assert target
            assert not target.startswith("/")

"""Everything that an administrator wants to hear of is a trait, and nothing of the wrong shape stops the reading."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugintool.formats.bundle_manifest import read_bundle_manifest
from plugintool.plugin.load import load_plugin
from plugintool.plugin.traits import TRAIT_KINDS, Trait, bundle_traits, plugin_traits
from plugintool.tree.memory import MemoryTree

MANIFEST = ".claude-plugin/plugin.json"


def traits(files: dict[str, Any], **manifest: Any) -> set[str]:
    """The traits of a plugin with these files, each in one line."""
    held = {MANIFEST: {"name": "demo", **manifest}, **files}
    contents = {path: (text if isinstance(text, str) else json.dumps(text)).encode() for path, text in held.items()}
    return {trait.as_text() for trait in plugin_traits(load_plugin(MemoryTree("demo", contents)))}


def hook(event: str = "Stop", **handler: Any) -> dict[str, Any]:
    """The file with one hook."""
    return {"hooks/hooks.json": {"hooks": {event: [{"matcher": "Bash", "hooks": [handler]}]}}}


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], set[str]]] = {
    "nothing": ({}, {}, set()),
    "command hook": (
        hook(type="command", command="x.sh", args=["-a"]),
        {},
        {"hook Stop Bash runs x.sh -a", "command x.sh -a"},
    ),
    "http hook": (
        hook(type="http", url="https://a.example/x"),
        {},
        {"hook Stop Bash contacts https://a.example/x", "host a.example"},
    ),
    "prompt hook": (hook(type="prompt", prompt="ok?"), {}, {"hook Stop Bash asks ok?"}),
    "hook of a later kind": (hook(type="mcp_tool", tool="t"), {}, {"hook Stop Bash mcp_tool t"}),
    "local server": (
        {".mcp.json": {"mcpServers": {"s": {"command": "npx", "args": ["x"], "env": {"B": "2", "A": True}}}}},
        {},
        {"server s runs npx x A=true B=2", "command npx x"},
    ),
    "remote server": (
        {},
        {"mcpServers": {"s": {"type": "http", "url": "https://a.example:8/m", "headers": {"Authorization": "secret"}}}},
        {"server s contacts https://a.example:8/m Authorization:…", "host a.example:8"},
    ),
    "language server": ({".lsp.json": {"go": {"command": "gopls"}}}, {}, {"server go runs gopls", "command gopls"}),
    "monitor": (
        {"monitors/monitors.json": [{"name": "m", "command": "tail -f x"}]},
        {},
        {"server m (monitor) runs tail -f x", "command tail -f x"},
    ),
    "named bundle": (
        {},
        {"mcpServers": "https://a.example/x.mcpb"},
        {"bundle https://a.example/x.mcpb", "host a.example"},
    ),
    "skill with tools": (
        {"skills/s/SKILL.md": "---\ndescription: d\nallowed-tools: Read, Bash(git add:*, git rm:*)\n---\n"},
        {},
        {"skill s", "tool Read for skill s", "tool Bash(git add:*, git rm:*) for skill s"},
    ),
    "command with a list": (
        {"commands/c.md": "---\ndescription: d\nallowed-tools: [Read, 'Bash(x, y)', 3]\n---\n"},
        {},
        {"slash-command c", "tool Read for command c", "tool Bash(x, y) for command c"},
    ),
    "tools that are no list": (
        {"commands/c.md": "---\ndescription: d\nallowed-tools: {a: b}\n---\n"},
        {},
        {"slash-command c"},
    ),
    "agent with tools": (
        {"agents/a.md": "---\nname: a\ndescription: d\ntools: Read,,\n---\n"},
        {},
        {"agent a", "tool Read for agent a"},
    ),
    "agent without": (
        {"agents/a.md": "---\nname: a\ndescription: d\n---\n"},
        {},
        {"agent a", "tool all tools for agent a"},
    ),
    "switches": (
        {},
        {"installationPreference": "required", "defaultEnabled": False},
        {"permission installationPreference required", "permission defaultEnabled false"},
    ),
    "settings": (
        {"settings.json": {"permissions": {"allow": ["Bash(*)", "Read"]}, "agent": "a"}},
        {},
        {
            "permission settings.json permissions.allow[] Bash(*)",
            "permission settings.json permissions.allow[] Read",
            "permission settings.json agent a",
        },
    ),
    "options": (
        {},
        {"userConfig": {"key": {"type": "string", "sensitive": True}, "odd": 3}},
        {"option key string sensitive", "option odd"},
    ),
    "dependencies": (
        {},
        {"dependencies": ["a", {"name": "b", "version": "^1"}, 3, None]},
        {"dependency a", "dependency b ^1", "dependency 3", "dependency null"},
    ),
    "wrong shapes": (
        {".mcp.json": [1], "hooks/hooks.json": {"hooks": 3}, "settings.json": "text"},
        {"userConfig": [], "dependencies": {}, "mcpServers": {"s": 3}},
        {"permission settings.json text"},
    ),
}


@pytest.mark.parametrize(("files", "manifest", "expected"), CASES.values(), ids=CASES)
def test_traits_of_a_plugin(files: dict[str, Any], manifest: dict[str, Any], expected: set[str]) -> None:
    """Each of them, and no other."""
    if files.get("settings.json") == "text":
        files = {**files, "settings.json": '"text"'}
    assert traits(files, **manifest) == expected


def test_every_kind_is_known() -> None:
    """And nothing is of a kind that no gate stops."""
    seen = {text.split()[0] for files, manifest, _ in CASES.values() for text in traits(files, **manifest)}
    assert seen == set(TRAIT_KINDS) - {"executable"}


def of_bundle(**manifest: Any) -> set[str]:
    data = json.dumps({"manifest_version": "0.3", "name": "clock", **manifest}).encode()
    return {trait.as_text() for trait in bundle_traits(read_bundle_manifest(data))}


def test_traits_of_a_bundle() -> None:
    """Its server on each platform, the tools and prompts it offers, and what it asks for."""
    config = {
        "command": "node",
        "args": ["x.js"],
        "env": {"KEY": "${user_config.key}"},
        "platform_overrides": {"win32": {"command": "node.exe"}},
    }
    found = of_bundle(
        server={"type": "node", "mcp_config": config},
        tools=[{"name": "now"}, 3],
        prompts=[{"name": "ask"}],
        user_config={"key": {"type": "string", "sensitive": True}},
    )
    assert found == {
        "server clock (node) runs node x.js KEY=${user_config.key}",
        "server clock on win32 (node) runs node.exe x.js KEY=${user_config.key}",
        "command node x.js",
        "command node.exe x.js",
        "tool now of clock",
        "slash-command ask of clock",
        "option key string sensitive",
    }


@pytest.mark.parametrize("server", [None, [], {"mcp_config": []}, {"mcp_config": {"platform_overrides": [1]}}])
def test_a_bundle_of_the_wrong_shape_is_read(server: Any) -> None:
    """Comparing is no judgement: what is missing is missing."""
    assert all(text.startswith("server clock") for text in of_bundle(server=server, tools={}, prompts=3))


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'"x"', b'{"name": 3, "user_config": {"a": null}}'])
def test_any_bytes_of_a_bundle_manifest_are_read(data: bytes) -> None:
    """Total."""
    assert isinstance(bundle_traits(read_bundle_manifest(data)), frozenset)


def test_likeness_says_nothing_about_equality() -> None:
    """A skill with another description is the same skill."""
    assert Trait("skill", "s", "", "one") == Trait("skill", "s", "", "two")
    assert len({Trait("skill", "s", "", "one"), Trait("skill", "s", "", "two")}) == 1

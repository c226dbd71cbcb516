"""What a plugin can do, recomputed from its content."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugintool.plugin.inventory import HookRun, Inventory, Server, host_of, inventory_of
from plugintool.plugin.load import load_plugin
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import SKILL, manifest


def inventory(files: dict[str, str | bytes], **fields: Any) -> Inventory:
    contents: dict[str, str | bytes] = {".claude-plugin/plugin.json": manifest(**fields), **files}
    raw = {path: data.encode() if isinstance(data, str) else data for path, data in contents.items()}
    return inventory_of(load_plugin(MemoryTree("acme-review", raw)))


def hooks(event: str, *handlers: dict[str, Any], matcher: str | None = None) -> str:
    group: dict[str, Any] = {"hooks": list(handlers)}
    if matcher is not None:
        group["matcher"] = matcher
    return json.dumps({"hooks": {event: [group]}})


def servers(**entries: Any) -> str:
    return json.dumps({"mcpServers": entries})


def test_a_plugin_that_does_nothing_has_an_empty_inventory() -> None:
    found = inventory({})
    assert found == Inventory({"agent": (), "command": (), "skill": ()})
    assert found.hook_events == ()


def test_components_are_named_by_kind() -> None:
    found = inventory({"skills/b/SKILL.md": SKILL, "skills/a/SKILL.md": SKILL, "commands/x.md": "", "agents/y.md": ""})
    assert found.components == {"agent": ("y",), "command": ("x",), "skill": ("a", "b")}


@pytest.mark.parametrize(
    ("handler", "runs"),
    [
        ({"type": "command", "command": "bin/x --all"}, "bin/x --all"),
        ({"type": "command", "command": "node", "args": ["x.js", 5, "y"]}, "node x.js y"),
        ({"type": "command"}, ""),
        ({"type": "http", "url": "https://acme.example/h"}, "https://acme.example/h"),
        ({"type": "prompt", "prompt": "Is it fine?"}, "Is it fine?"),
        ({"type": "mcp_tool", "server": "s", "tool": "t"}, "s t"),
    ],
)
def test_a_hook_says_what_it_runs(handler: dict[str, Any], runs: str) -> None:
    found = inventory({"hooks/hooks.json": hooks("PostToolUse", handler, matcher="Write")})
    assert found.hooks == (HookRun("PostToolUse", "Write", handler["type"], runs),)
    assert found.hook_events == ("PostToolUse",)


def test_commands_are_those_of_hooks_servers_and_monitors() -> None:
    found = inventory(
        {
            "hooks/hooks.json": hooks("Stop", {"type": "command", "command": "bin/done"}),
            ".mcp.json": servers(db={"command": "node", "args": ["s.js"]}),
            ".lsp.json": json.dumps({"go": {"command": "gopls"}}),
            "monitors/monitors.json": json.dumps([{"name": "m", "command": "tail -f x"}]),
        }
    )
    assert found.commands == ("bin/done", "gopls", "node s.js", "tail -f x")
    assert found.mcp_servers == (Server("db", "stdio", "node s.js"),)
    assert found.lsp_servers == (Server("go", "stdio", "gopls"),)
    assert found.monitors == (Server("m", "stdio", "tail -f x"),)


def test_hosts_are_those_of_servers_hooks_and_bundles() -> None:
    found = inventory(
        {
            "hooks/hooks.json": hooks("Stop", {"type": "http", "url": "https://Hook.example:8443/x"}),
            ".mcp.json": servers(a={"type": "http", "url": "https://user@mcp.example/x"}, b={"type": "sse", "url": ""}),
        },
        mcpServers="https://bundles.example/s.mcpb",
    )
    assert found.hosts == ("bundles.example", "hook.example:8443", "mcp.example")
    assert found.bundles == ("https://bundles.example/s.mcpb",)


def test_a_url_without_type_is_still_shown_as_a_contact() -> None:
    """The client drops the server; an administrator wants to see the host all the same."""
    assert inventory({".mcp.json": servers(a={"url": "https://mcp.example"})}).hosts == ("mcp.example",)


def test_executables_are_decided_by_content() -> None:
    files: dict[str, str | bytes] = {"bin/a": "#!/bin/sh\n", "lib/b": b"\x7fELF\x02", "c.sh": "echo", "d.txt": ""}
    assert inventory(files).executables == ("bin/a", "lib/b")


def test_inline_sets_count() -> None:
    found = inventory(
        {},
        hooks={"Stop": [{"hooks": [{"type": "command", "command": "x"}]}]},
        mcpServers={"db": {"command": "y"}},
        lspServers={"go": {"command": "z"}},
        experimental={"monitors": [{"name": "m", "command": "w"}]},
    )
    assert found.commands == ("w", "x", "y", "z")


def test_a_bare_event_map_in_a_file_is_not_loaded() -> None:
    """The client reads `hooks` only."""
    assert inventory({"hooks/hooks.json": json.dumps({"Stop": [{"hooks": [{"type": "command"}]}]})}).hooks == ()


def test_the_same_twice_is_there_once() -> None:
    handler = {"type": "command", "command": "x"}
    assert len(inventory({"hooks/hooks.json": hooks("Stop", handler, handler)}).hooks) == 1


@pytest.mark.parametrize("value", [None, 5, "x", [], [1], {"Stop": None}, {"Stop": [{}]}, {"Stop": [{"hooks": [1]}]}])
def test_wrong_shapes_are_left_out(value: object) -> None:
    text = json.dumps({"hooks": value, "mcpServers": value})
    found = inventory({"hooks/hooks.json": text, ".mcp.json": text, ".lsp.json": text, "monitors/monitors.json": text})
    assert found.hooks == ()
    assert found.commands == ()


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://A.example/x", "a.example"),
        ("https://u:p@a.example:1/x", "a.example:1"),
        ("wss://a.example", "a.example"),
        ("nothing", ""),
        ("", ""),
        ("https://[::1", ""),
        ("${URL}", ""),
    ],
)
def test_the_host_of_an_address(url: str, host: str) -> None:
    assert host_of(url) == host


def test_the_published_form_is_json() -> None:
    found = inventory(
        {
            "skills/review/SKILL.md": SKILL,
            "hooks/hooks.json": hooks("Stop", {"type": "command", "command": "bin/x"}),
            ".mcp.json": servers(db={"type": "http", "url": "https://mcp.example"}),
            "bin/x": "#!/bin/sh\n",
        }
    )
    assert json.loads(json.dumps(found.as_json())) == {
        "components": {"agent": [], "command": [], "skill": ["review"]},
        "hooks": [{"event": "Stop", "matcher": "", "type": "command", "runs": "bin/x"}],
        "mcp_servers": [{"name": "db", "transport": "http", "runs": "https://mcp.example"}],
        "lsp_servers": [],
        "monitors": [],
        "bundles": [],
        "commands": ["bin/x"],
        "hosts": ["mcp.example"],
        "executables": ["bin/x"],
    }

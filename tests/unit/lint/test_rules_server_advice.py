"""MC005 to MC023, PT024, PT025: servers and commands that do not start, or not on another machine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugintool.report import Severity
from tests.advice_world import HTTP, ROOT, command, findings, hooks, messages, servers


@pytest.mark.parametrize(
    ("entry", "count"),
    [
        ({"command": "node server.js"}, 1),
        ({"command": "npx -y acme"}, 1),
        ({"command": f"{ROOT}/server.js --port 5"}, 1),
        ({"command": "node"}, 0),
        ({"command": f"{ROOT}/my server.js"}, 0),
        ({"command": "/opt/My Tool/run"}, 0),
        ({"command": "C:\\Program Files\\x.exe"}, 0),
        ({"command": "node server.js", "type": "stdio"}, 1),
        ({"command": "node server.js", "type": "http"}, 0),
        ({"command": 5}, 0),
        ({"command": " " * 50_000}, 0),
    ],
)
def test_a_command_is_one_program(entry: dict[str, Any], count: int) -> None:
    """MC005."""
    assert len(findings("MC005", servers(db=entry))) == count


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("https://mcp.acme.example/x?y=z", ""),
        ("wss://mcp.acme.example", ""),
        ("https://user:secret@mcp.acme.example", "holds credentials"),
        ("https://user@mcp.acme.example", "holds credentials"),
        ("https://${USER}:${PASSWORD}@mcp.acme.example", ""),
        ("https://mcp.acme.example/@user", ""),
        ("ftp://mcp.acme.example", "neither http nor ws"),
        ("javascript:alert(1)", "neither http nor ws"),
        ("${SERVER_URL}", ""),
        ("${SCHEME}://mcp.acme.example", ""),
        ("", ""),
        ("mcp.acme.example", ""),
        ("https://[broken", ""),
        ("HTTPS://MCP.ACME.EXAMPLE", ""),
    ],
)
def test_addresses(url: str, word: str) -> None:
    """MC009: an error that does not repeat the secret."""
    found = findings("MC009", servers(s={"type": "http", "url": url}))
    assert [item.severity for item in found] == [Severity.ERROR] * int(bool(word))
    assert all(word in item.message and "secret" not in item.message for item in found)


@pytest.mark.parametrize(
    ("members", "keys"),
    [
        ({}, []),
        ({"toolPolicy": {}}, ["toolPolicy"]),
        ({"headersHelperTtlSec": 5}, ["headersHelperTtlSec"]),
        ({"transport": "http"}, ["transport"]),
        ({"toolPolicy": {}, "transport": "http"}, ["toolPolicy", "transport"]),
    ],
)
def test_managed_keys(members: dict[str, Any], keys: list[str]) -> None:
    """MC014: for the desktop app only; `transport` without `type` is another rule's."""
    files = servers(s={**HTTP, **members})
    assert [item.location.pointer[-1] for item in findings("MC014", files)] == keys
    assert findings("MC014", files, targets=("claude-code",)) == []
    assert findings("MC014", servers(s={"url": HTTP["url"], "transport": "http"})) == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a-b_c1"], []),
        (["acme search"], ["info becomes acme_search"]),
        (["a__b"], ["warning holds `__`"]),
        ([""], ["warning is empty"]),
        (["a b", "a_b"], ["info becomes a_b", "warning is the same as 'a b'"]),
        (["é"], ["info becomes _"]),
    ],
)
def test_server_names(names: list[str], expected: list[str]) -> None:
    """MC015: what only changes is an info, what breaks a warning."""
    found = findings("MC015", servers(**dict.fromkeys(names, HTTP)))
    assert len(found) == len(expected)
    for text, item in zip(expected, found, strict=True):
        severity, _, word = text.partition(" ")
        assert (item.severity.value, word in item.message) == (severity, True)


def test_servers_of_a_list_have_no_name() -> None:
    """MC015."""
    assert findings("MC015", {".mcp.json": json.dumps([HTTP, HTTP])}) == []


@pytest.mark.parametrize(
    ("entry", "floating"),
    [
        ({"command": "npx", "args": ["-y", "acme-mcp"]}, True),
        ({"command": "npx", "args": ["-y", "acme-mcp@1.2.3"]}, False),
        ({"command": "npx", "args": ["@acme/mcp@1.0.0"]}, False),
        ({"command": "npx", "args": ["@acme/mcp@latest"]}, True),
        ({"command": "npx"}, True),
        ({"command": "uvx", "args": ["acme==1.0"]}, False),
        ({"command": "uvx", "args": ["acme"]}, True),
        ({"command": "docker", "args": ["run", "acme/mcp:1.0"]}, False),
        ({"command": "docker", "args": ["run", "acme/mcp"]}, True),
        ({"command": "/usr/bin/node", "args": ["x.js"]}, False),
        ({"command": "node.exe"}, False),
    ],
)
def test_runtimes(entry: dict[str, Any], floating: bool) -> None:
    """MC021: an info, which also says that the version floats."""
    (found,) = findings("MC021", servers(s=entry))
    assert found.severity is Severity.INFO
    assert ("in no fixed version" in found.message) is floating


@pytest.mark.parametrize("entry", [{"command": f"{ROOT}/bin/server"}, HTTP, {"command": "node", "type": "http"}, {}])
def test_what_needs_no_runtime(entry: dict[str, Any]) -> None:
    """MC021."""
    assert findings("MC021", servers(s=entry)) == []


@pytest.mark.parametrize(("entry", "count"), [({"command": "x"}, 1), (HTTP, 0), ({"command": "x", "type": "ws"}, 0)])
def test_local_servers(entry: dict[str, Any], count: int) -> None:
    """MC023: an info for the desktop app."""
    assert [item.severity for item in findings("MC023", servers(s=entry))] == [Severity.INFO] * count
    assert findings("MC023", servers(s=entry), targets=("claude-code",)) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("./hooks/x.sh", "the path ./hooks/x.sh is not there"),
        ("hooks/x.sh", "the path hooks/x.sh"),
        ("sh hooks/x.sh --all", "the path hooks/x.sh"),
        ("cat <hooks/x.sh", "the path hooks/x.sh"),
        (f"sh {ROOT}/hooks/x.sh", ""),
        (f'cd "{ROOT}" && ./hooks/x.sh', ""),
        (f"cd {ROOT}; ./hooks/x.sh", ""),
        ("./missing.sh", ""),
        ("x.sh", ""),
        ("node /Users/ada/x.js", "the path /Users/ada"),
        ("node /home/ada/x.js", "the path /home/ada"),
        ("C:\\Users\\ada\\x.exe", "the path C:\\Users\\ada"),
        ("node ~/x.js", ""),
        ("curl https://acme.example/home/ada", ""),
        ("ls docs/home/ada", ""),
        ("./../hooks/x.sh", ""),
        ("/" * 30_000, ""),
    ],
)
def test_paths_of_the_author(text: str, word: str) -> None:
    """PT024."""
    found = messages("PT024", {**hooks("Stop", command(text)), "hooks/x.sh": "#!/bin/sh\n"})
    assert len(found) == int(bool(word))
    assert all(word in text for text in found)


def test_paths_in_arguments_and_files() -> None:
    """PT024: of servers too, unless they say where they run."""
    entry = {"command": "node", "args": ["-x", "./lib/s.js"]}
    files = {**servers(s=entry), "lib/s.js": "x"}
    (found,) = findings("PT024", files)
    assert found.location.pointer == ("mcpServers", "s", "args", 1)
    assert found.hint == f"write {ROOT}/lib/s.js"
    assert findings("PT024", {**servers(s={**entry, "cwd": ROOT}), "lib/s.js": "x"}) == []


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        ({"command": "node", "args": [f"{ROOT}/x"]}, ""),
        ({"command": "node", "args": ["$CLAUDE_PLUGIN_ROOT/x"]}, "$CLAUDE_PLUGIN_ROOT is filled in by a shell"),
        ({"command": "$CLAUDE_PLUGIN_ROOT/x"}, "$CLAUDE_PLUGIN_ROOT"),
        ({"command": "x", "env": {"A": "${CLAUDE_PLUGIN_DIR}"}}, "${CLAUDE_PLUGIN_DIR} is no variable"),
        ({"command": "x", "env": {"A": "${CLAUDE_PLUGIN_DATA}"}}, ""),
        ({"command": "x", "env": {"A": "${CLAUDE_CODE_X}"}}, ""),
        ({"command": "x", "env": {"A": "${CLAUDE_PLUGIN_OPTION_KEY}"}}, ""),
        ({"command": "x", "args": ["${__dirname}/x"]}, "${__dirname} is filled in inside of bundles"),
        ({"command": "x", "env": {"A": "${OTHER}"}}, ""),
        ({"command": "x", "args": ["${CLAUDE_PLUGIN_ROTO:-x}"]}, "${CLAUDE_PLUGIN_ROTO}"),
    ],
)
def test_variables_of_a_server(entry: dict[str, Any], word: str) -> None:
    """PT025."""
    found = messages("PT025", servers(s=entry))
    assert len(found) == int(bool(word))
    assert all(word in text for text in found)


@pytest.mark.parametrize(
    ("handler", "count"),
    [
        (command("$CLAUDE_PLUGIN_ROOT/x"), 0),
        (command("node", args=["$CLAUDE_PLUGIN_ROOT/x"]), 1),
        (command("${CLAUDE_PLUGIN_DIR}/x"), 1),
        (command("echo ${CLAUDE_HOOK_MINE:-1}"), 0),
        (command("CLAUDE_PLUGIN_DIR=x; echo ${CLAUDE_PLUGIN_DIR}"), 0),
        (command("echo ${__dirname}"), 1),
        ({"type": "http", "url": "$CLAUDE_PLUGIN_ROOT"}, 1),
    ],
)
def test_variables_of_a_hook(handler: dict[str, Any], count: int) -> None:
    """PT025: a shell fills in what has no braces, and may have variables of its own."""
    assert len(findings("PT025", hooks("Stop", handler))) == count


def test_a_near_variable_is_proposed() -> None:
    """PT025."""
    (found,) = findings("PT025", servers(s={"command": "x", "args": ["${CLAUDE_PLUGIN_ROTO}"]}))
    assert found.hint == "did you mean CLAUDE_PLUGIN_ROOT?"

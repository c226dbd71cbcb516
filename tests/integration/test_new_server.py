"""The MCP server of a scaffolded bundle, asked over its pipe in both eras of the protocol."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugintool.scaffold.compose import compose_example
from plugintool.scaffold.names import Author
from plugintool.scaffold.write import write_tree

pytestmark = pytest.mark.foreign("node")

VERSION = "io.modelcontextprotocol/protocolVersion"
SERVER = {"name": "acme-tools", "version": "0.1.0"}
DIFF = """\
diff --git a/old.txt b/new.txt
--- a/old.txt\t2026-01-01
+++ b/new.txt\t2026-01-02
@@ -1,3 +1,4 @@ heading
 same
--- looks like a header
+++ looks like one too
+added
 same
\\ No newline at end of file
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-last
"""

Ask = Callable[..., list[Any]]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("server") / "acme"
    write_tree(root, compose_example("bundle", plugin="acme", author=Author("Ana")).files)
    return root / "bundles" / "acme-tools"


@pytest.fixture
def ask(bundle: Path, foreign: Callable[[str], str]) -> Ask:
    """Start the server as its bundle manifest says, send it lines, and return what it answered before it ended."""

    def call(*messages: Any) -> list[Any]:
        config = json.loads((bundle / "manifest.json").read_text())["server"]["mcp_config"]
        args = [arg.replace("${__dirname}", str(bundle)) for arg in config["args"]]
        lines = "".join((message if isinstance(message, str) else json.dumps(message)) + "\n" for message in messages)
        ended = subprocess.run(
            [foreign(config["command"]), *args], input=lines, capture_output=True, text=True, timeout=30, check=False
        )
        assert (ended.returncode, ended.stderr) == (0, "")
        return [json.loads(line) for line in ended.stdout.splitlines()]

    return call


def request(method: str, params: Any = None, *, number: int = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method} | ({} if params is None else {"params": params})


def modern(method: str, params: dict[str, Any] | None = None, *, version: str = "2026-07-28") -> dict[str, Any]:
    meta = {VERSION: version, "io.modelcontextprotocol/clientCapabilities": {}}
    return request(method, {**(params or {}), "_meta": meta})


def result_of(answers: list[Any]) -> Any:
    (answer,) = answers
    assert answer["jsonrpc"] == "2.0"
    assert answer["id"] == 1
    return answer["result"]


def error_of(answers: list[Any]) -> Any:
    (answer,) = answers
    return answer["error"]


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
def test_the_handshake_agrees_on_a_version_that_both_know(ask: Ask, version: str) -> None:
    opened = result_of(ask(request("initialize", {"protocolVersion": version, "capabilities": {}, "clientInfo": {}})))
    assert opened == {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": SERVER}


@pytest.mark.parametrize("version", ["2099-01-01", "2026-07-28", None])
def test_the_handshake_offers_its_newest_version_otherwise(ask: Ask, version: str | None) -> None:
    assert result_of(ask(request("initialize", {"protocolVersion": version})))["protocolVersion"] == "2025-11-25"


def test_a_whole_session_of_the_handshake_era(ask: Ask) -> None:
    answers = ask(
        request("initialize", {"protocolVersion": "2025-11-25"}, number=1),
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        request("ping", number=2),
        request("tools/list", {}, number=3),
        request("tools/call", {"name": "summarize_diff", "arguments": {"diff": DIFF}}, number=4),
    )
    assert [answer["id"] for answer in answers] == [1, 2, 3, 4]
    assert answers[1]["result"] == {}
    (tool,) = answers[2]["result"]["tools"]
    assert set(answers[2]["result"]) == {"tools"}, "no members of the newer era"
    assert tool["name"] == "summarize_diff"
    assert tool["annotations"]["readOnlyHint"] is True
    assert tool["inputSchema"]["required"] == ["diff"]
    assert "run" not in tool
    text = "new.txt: +2 -1\ngone: +0 -1\n2 files: +2 -2"
    assert answers[3]["result"] == {"content": [{"type": "text", "text": text}], "isError": False}


def test_discovery_without_a_handshake(ask: Ask) -> None:
    assert result_of(ask(modern("server/discover"))) == {
        "resultType": "complete",
        "supportedVersions": ["2026-07-28"],
        "capabilities": {"tools": {}},
        "ttlMs": 3_600_000,
        "cacheScope": "public",
        "_meta": {"io.modelcontextprotocol/serverInfo": SERVER},
    }


def test_a_list_without_a_handshake_may_be_kept(ask: Ask) -> None:
    listed = result_of(ask(modern("tools/list")))
    assert [tool["name"] for tool in listed["tools"]] == ["summarize_diff"]
    assert (listed["resultType"], listed["ttlMs"], listed["cacheScope"]) == ("complete", 3_600_000, "public")


def test_a_call_without_a_handshake(ask: Ask) -> None:
    called = result_of(ask(modern("tools/call", {"name": "summarize_diff", "arguments": {"diff": ""}})))
    assert called["resultType"] == "complete"
    assert called["content"] == [{"type": "text", "text": "0 files: +0 -0"}]


@pytest.mark.parametrize("method", ["initialize", "ping", "prompts/list"])
def test_methods_that_the_newer_era_lacks(ask: Ask, method: str) -> None:
    assert error_of(ask(modern(method)))["code"] == -32601


def test_an_unknown_version_is_answered_with_the_known_ones(ask: Ask) -> None:
    error = error_of(ask(modern("tools/list", version="2099-01-01")))
    assert error["code"] == -32022
    assert error["data"] == {"supported": ["2026-07-28"], "requested": "2099-01-01"}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("not json", -32700),
        ("[]", -32600),
        ("7", -32600),
        ("null", -32600),
        (request("prompts/list"), -32601),
        (request("constructor"), -32601),
        (request("tools/list", [1]), -32602),
        (request("tools/call", {"name": "toString"}), -32602),
        (request("tools/call", {}), -32602),
    ],
)
def test_mistakes_of_the_client_have_their_codes(ask: Ask, message: Any, code: int) -> None:
    assert error_of(ask(message))["code"] == code


@pytest.mark.parametrize("arguments", [{}, {"diff": 7}, None])
def test_a_mistake_in_the_arguments_is_told_to_the_model(ask: Ask, arguments: Any) -> None:
    called = result_of(ask(request("tools/call", {"name": "summarize_diff", "arguments": arguments})))
    assert called["isError"] is True
    assert called["content"][0]["text"] == "diff must be a text"


def test_what_asks_for_no_answer_gets_none(ask: Ask) -> None:
    notification = {"jsonrpc": "2.0", "method": "notifications/cancelled"}
    response = {"jsonrpc": "2.0", "id": 9, "result": {}}
    assert ask("", notification, response, [notification], "   ") == []


def test_a_batch_is_answered_as_one(ask: Ask) -> None:
    (answers,) = ask([request("ping", number=1), request("nothing", number=2)])
    assert [answer["id"] for answer in answers] == [1, 2]


def test_the_declared_tools_are_the_real_ones(ask: Ask, bundle: Path) -> None:
    declared = json.loads((bundle / "manifest.json").read_text())["tools"]
    listed = result_of(ask(request("tools/list")))["tools"]
    assert [tool["name"] for tool in declared] == [tool["name"] for tool in listed]


@pytest.mark.foreign("@anthropic-ai/mcpb")
def test_the_genuine_tool_takes_the_bundle_manifest(bundle: Path, foreign: Callable[[str], str]) -> None:
    command = [foreign("node"), f"{foreign('@anthropic-ai/mcpb')}/dist/cli/cli.js", "validate", str(bundle)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr

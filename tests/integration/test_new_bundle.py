"""``plugintool new bundle``: each type of server answers in both eras, passes lint, and the genuine tool takes it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugintool.cli.main import run
from plugintool.cli.new_bundle import SERVERS as LISTED
from plugintool.jsontext import JsonObject
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.scaffold.compose import SERVERS
from plugintool.tree.directory import survey

VERSION = "io.modelcontextprotocol/protocolVersion"
SERVER = {"name": "word-tools", "version": "0.1.0"}
TOOLS = {"node": "count_words", "python": "count_words", "binary": "describe_system"}
"""The tool of each type that is started here; uv would look for the network, its server is that of python."""

Ask = Callable[..., list[Any]]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def make(*args: str) -> Path:
    assert run(["new", "bundle", "word-tools", *args, "--quiet"]) == 0
    return Path("word-tools")


def launch(bundle: Path, foreign: Callable[[str], str]) -> list[str]:
    """The command line of a host that has unpacked the bundle."""
    config = json.loads((bundle / "manifest.json").read_text())["server"]["mcp_config"]
    line = [text.replace("${__dirname}", str(bundle.absolute())) for text in (config["command"], *config["args"])]
    own = {"node": lambda: foreign("node"), "python3": lambda: sys.executable}
    return [own[line[0]]() if line[0] in own else line[0], *line[1:]]


@pytest.fixture(params=[pytest.param("node", marks=pytest.mark.foreign("node")), "python", "binary"])
def server(request: pytest.FixtureRequest) -> str:
    """A type whose server can be started without a network."""
    return str(request.param)


@pytest.fixture
def ask(server: str, foreign: Callable[[str], str]) -> Ask:
    """Scaffold a bundle, start its server with an almost empty environment, and return its answers."""
    command = launch(make("--server", server), foreign)

    def call(*messages: Any) -> list[Any]:
        lines = "".join((message if isinstance(message, str) else json.dumps(message)) + "\n" for message in messages)
        env = {"PATH": os.defpath}
        ended = subprocess.run(command, input=lines.encode(), capture_output=True, timeout=30, check=False, env=env)
        assert (ended.returncode, ended.stderr) == (0, b"")
        return [json.loads(line) for line in ended.stdout.decode().splitlines()]

    return call


def request_of(method: str, params: Any = None, *, number: Any = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method} | ({} if params is None else {"params": params})


def modern(method: str, params: JsonObject | None = None, *, version: str = "2026-07-28") -> dict[str, Any]:
    return request_of(method, {**(params or {}), "_meta": {VERSION: version}})


def test_the_command_and_the_scaffolds_know_the_same_types() -> None:
    assert tuple(SERVERS) == LISTED


def test_a_whole_session_of_the_handshake_era(ask: Ask, server: str) -> None:
    tool = TOOLS[server]
    answers = ask(
        request_of("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {}}),
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        request_of("ping", number="two"),
        request_of("tools/list", {}, number=3),
        request_of("tools/call", {"name": tool, "arguments": {"text": 'a \u00e9\n{b} "c"\n'}}, number=4),
    )
    opened, pinged, listed, called = answers
    assert opened["result"] == {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": SERVER}
    assert (pinged["id"], pinged["result"]) == ("two", {})
    (described,) = listed["result"]["tools"]
    assert set(listed["result"]) == {"tools"}, "no members of the newer era"
    assert (described["name"], described["annotations"]["readOnlyHint"]) == (tool, True)
    assert described["inputSchema"]["type"] == "object"
    (content,) = called["result"]["content"]
    system = os.uname()
    said = f"{system.sysname} {system.machine}" if server == "binary" else "2 lines, 4 words, 12 characters"
    assert (content, called["result"]["isError"]) == ({"type": "text", "text": said}, False)


@pytest.mark.parametrize("version", ["2099-01-01", None])
def test_the_handshake_offers_its_newest_version_otherwise(ask: Ask, version: str | None) -> None:
    (answer,) = ask(request_of("initialize", {"protocolVersion": version}))
    assert answer["result"]["protocolVersion"] == "2025-11-25"


def test_a_session_without_a_handshake(ask: Ask, server: str) -> None:
    found, listed, called = ask(
        modern("server/discover"),
        modern("tools/list"),
        modern("tools/call", {"name": TOOLS[server], "arguments": {"text": ""}}),
    )
    meta = {"io.modelcontextprotocol/serverInfo": SERVER}
    caching = {"ttlMs": 3_600_000, "cacheScope": "public"}
    assert found["result"] == {
        "resultType": "complete",
        "supportedVersions": ["2026-07-28"],
        "capabilities": {"tools": {}},
        **caching,
        "_meta": meta,
    }
    assert [tool["name"] for tool in listed["result"]["tools"]] == [TOOLS[server]]
    assert listed["result"].items() >= {**caching, "resultType": "complete", "_meta": meta}.items()
    assert (called["result"]["resultType"], called["result"]["_meta"]) == ("complete", meta)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("not json", -32700),
        ('{"id": 1, "method": "ping"} x', -32700),
        ("[]", -32600),
        ("7", -32600),
        ("null", -32600),
        (request_of("prompts/list"), -32601),
        (request_of("constructor"), -32601),
        (request_of("tools/list", [1]), -32602),
        (request_of("tools/call", {"name": "toString"}), -32602),
        (request_of("tools/call", {}), -32602),
        (modern("initialize"), -32601),
        (modern("ping"), -32601),
        (modern("tools/list", version="2099-01-01"), -32022),
    ],
)
def test_mistakes_of_the_client_have_their_codes(ask: Ask, message: Any, code: int) -> None:
    (answer,) = ask(message)
    assert answer["error"]["code"] == code
    if code == -32022:
        assert answer["error"]["data"] == {"supported": ["2026-07-28"], "requested": "2099-01-01"}


@pytest.mark.parametrize("arguments", [{}, {"text": 7}, None])
@pytest.mark.parametrize("server", [pytest.param("node", marks=pytest.mark.foreign("node")), "python"], indirect=True)
def test_a_mistake_in_the_arguments_is_told_to_the_model(ask: Ask, arguments: Any) -> None:
    (called,) = ask(request_of("tools/call", {"name": "count_words", "arguments": arguments}))
    assert (called["result"]["isError"], called["result"]["content"][0]["text"]) == (True, "text must be a text")


def test_what_asks_for_no_answer_gets_none_and_a_batch_gets_one(ask: Ask) -> None:
    notification = {"jsonrpc": "2.0", "method": "notifications/cancelled"}
    silent = ("", notification, {"jsonrpc": "2.0", "id": 9, "result": {}}, [notification], "   ")
    (answers,) = ask(*silent, [request_of("ping", number=1), notification, request_of("nothing", number=2)])
    assert [answer["id"] for answer in answers] == [1, 2]


def test_answers_come_while_stdin_is_open(server: str, foreign: Callable[[str], str]) -> None:
    """A program that reads ahead, or keeps its output back, would hang here."""
    command = launch(make("--server", server), foreign)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in (1, 2):
            process.stdin.write(json.dumps(request_of("ping", number=number)).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("server_type", SERVERS)
def test_a_bundle_in_a_plugin_is_wired_and_has_no_finding(server_type: str) -> None:
    assert run(["new", "plugin", "acme", "--with", "skill", "--author", "Ana <ana@acme.test>", "--quiet"]) == 0
    assert run(["new", "bundle", "word-tools", "--server", server_type, "--into", "acme", "--quiet"]) == 0
    plugin = json.loads(Path("acme/.claude-plugin/plugin.json").read_text())
    assert plugin["mcpServers"] == "./bundles/word-tools.mcpb"
    manifest = json.loads(Path("acme/bundles/word-tools/manifest.json").read_text())
    assert (manifest["author"], manifest["server"]["type"]) == ({"name": "Ana"}, server_type)
    assert manifest["manifest_version"] == ("0.4" if server_type == "uv" else "0.3")
    options = LintOptions(targets=("claude-code", "cowork", "mcpb", "marketplace"))
    assert lint_plugin(load_plugin(survey(Path("acme"))), options) == ()
    assert run(["build", "acme", "--quiet"]) == 0
    assert Path("dist/org-plugins/acme/bundles/word-tools.mcpb").is_file()


def test_several_bundles_stand_beside_each_other_and_the_example() -> None:
    assert run(["new", "plugin", "acme", "--with", "all", "--quiet"]) == 0
    for server_type in SERVERS:
        assert run(["new", "bundle", f"{server_type}-x", "--server", server_type, "--into", "acme", "--quiet"]) == 0
    named = json.loads(Path("acme/.claude-plugin/plugin.json").read_text())["mcpServers"]
    assert named == [f"./bundles/{name}.mcpb" for name in ("acme-tools", "node-x", "python-x", "binary-x", "uv-x")]
    assert run(["build", "acme", "--quiet"]) == 0


@pytest.mark.parametrize("server_type", SERVERS)
@pytest.mark.foreign("node", "@anthropic-ai/mcpb")
def test_the_genuine_tool_validates_and_packs_it(server_type: str, foreign: Callable[[str], str]) -> None:
    bundle = make("--server", server_type)
    program = [foreign("node"), f"{foreign('@anthropic-ai/mcpb')}/dist/cli/cli.js"]
    for args in (["validate", str(bundle)], ["pack", str(bundle), "out.mcpb"]):
        ended = subprocess.run([*program, *args], capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_lock_file_of_uv_is_that_of_its_project() -> None:
    """Both texts are what uv 0.13 writes; ``uv lock --check`` finds nothing to do."""
    bundle = make("--server", "uv")
    project = tomllib.loads((bundle / "pyproject.toml").read_text())["project"]
    lock = tomllib.loads((bundle / "uv.lock").read_text())
    assert project["dependencies"] == []
    assert lock["requires-python"] == project["requires-python"]
    (package,) = lock["package"]
    assert package == {"name": project["name"], "version": project["version"], "source": {"virtual": "."}}


def test_the_server_of_uv_is_that_of_python() -> None:
    make("--server", "uv")
    shutil.move("word-tools", "by-uv")
    make("--server", "python")
    for name in ("main.py", "tools.py"):
        assert Path("by-uv/server", name).read_bytes() == Path("word-tools/server", name).read_bytes()


def test_nothing_that_exists_is_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    bundle = make()
    before = (bundle / "manifest.json").read_bytes()
    assert run(["new", "bundle", "word-tools", "--server", "python"]) == 1
    assert "not empty" in capsys.readouterr().err
    assert (bundle / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("taken", ["bundles/word-tools/notes.md", "bundles/word-tools.mcpb"])
def test_a_bundle_of_this_name_in_a_plugin_is_refused(taken: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", "plugin", "acme", "--with", "skill", "--quiet"]) == 0
    target = Path("acme", taken)
    target.parent.mkdir(parents=True)
    target.write_text("x")
    code = run(["new", "bundle", "word-tools", "--into", "acme"])
    shown = capsys.readouterr()
    if taken.endswith(".mcpb"):
        assert (code, "already" in shown.err) == (1, True)
    else:
        assert code == 0, "other files beside it are no bundle"


def test_a_dry_run_writes_nothing() -> None:
    assert run(["new", "bundle", "word-tools", "--dry-run", "--quiet"]) == 0
    assert run(["new", "bundle", "Word Tools", "--quiet"]) == 2
    assert run(["new", "bundle", "word-tools", "--description", "two\nlines", "--quiet"]) == 2
    assert run(["new", "bundle", "word-tools", "--into", "nowhere", "--quiet"]) == 1
    assert os.listdir() == []


def test_answers_reach_the_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(["new", "bundle", "word-tools", "--author", "Ana", "--description", 'Says "hi"', "--format", "json"]) == 0
    )
    value = json.loads(capsys.readouterr().out)["subjects"][0]["value"]
    assert value["created"] == ["README.md", "manifest.json", "package.json", "server/index.js", "server/tools.js"]
    assert value["next"] == [f"plugintool {command} word-tools" for command in ("lint", "check", "build")]
    manifest = json.loads(Path("word-tools/manifest.json").read_text())
    assert (manifest["author"], manifest["description"]) == ({"name": "Ana"}, 'Says "hi"')

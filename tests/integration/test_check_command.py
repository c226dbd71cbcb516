"""``plugintool check`` as a command: its output, its schema, its exit codes, interruption, and remote servers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from plugintool.cli.main import command
from tests.check_world import tiny, write, write_bundle, write_hooks, write_plugin
from tests.hostile_input import call as run_here
from tests.hostile_input import report_schema

RESULT = {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "far", "version": "2"}}


def call(*args: object, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(command, ["check", *map(str, args)], env=env, catch_exceptions=False)


def document(*args: object) -> Any:
    return json.loads(call(*args, "--format", "json").stdout)


def value_schema(root: Path) -> jsonschema.Draft202012Validator:
    text = (root / "docs/reference/schemas/check.schema.json").read_text("utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    root = write_hooks(tmp_path / "p", ("Stop", "", {"command": "echo why >&2; exit 4"}))
    servers = {"good": tiny(), "far": {"type": "http", "url": "https://x.invalid"}, "bad": tiny({"start": "exit"})}
    write_plugin(root, servers)
    return root


def test_a_good_bundle(tmp_path: Path) -> None:
    done = call(write_bundle(tmp_path / "b"))
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "bundle tiny"
    assert lines[1].startswith("  server tiny  answered  stdio · stateless 2026-07-28 · tiny 1.0 · first answer after ")
    assert lines[2:] == ["    tools  count", "  1 checked, 0 not checked"]


def test_the_current_directory_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write_bundle(tmp_path / "b"))
    assert call().exit_code == 0


def test_everything_at_once(plugin: Path) -> None:
    done = call("--hooks", plugin)
    assert done.exit_code == 1
    for text in (
        "server good  answered",
        "server far  not checked  http",
        "server bad  failed  stdio",
        "hook Stop  exit code 4 after ",
        "    stderr | why",
        "3 checked, 1 not checked",
        "error CH002 server bad: the server ends before it has answered: initialize: exit code 3",
        "error CH030 hook Stop",
        "info CH021 server far",
        '"far": {',
    ):
        assert text in done.stdout


def test_quiet_prints_findings_only(plugin: Path) -> None:
    done = call("--hooks", "-q", plugin)
    assert "server good  answered" not in done.stdout
    assert "CH002" in done.stdout


def test_the_document_has_the_published_schemas(plugin: Path, root: Path) -> None:
    told = document("--hooks", plugin)
    report_schema().validate(told)
    (subject,) = told["subjects"]
    value_schema(root).validate(subject["value"])
    assert (told["code"], told["exit_code"]) == ("findings", 1)
    assert subject["value"]["checked"] == 3
    assert {finding["code"] for finding in told["findings"]} == {"CH002", "CH021", "CH030"}


def test_the_schema_refuses_what_is_no_value(root: Path) -> None:
    with pytest.raises(jsonschema.ValidationError):
        value_schema(root).validate({"kind": "server"})


@pytest.mark.parametrize("args", [(), ("-q",), ("--format", "json"), ("--color", "always")])
def test_the_exit_code_does_not_depend_on_the_output(plugin: Path, tmp_path: Path, args: tuple[str, ...]) -> None:
    assert call(plugin, *args).exit_code == 1
    assert call(write_bundle(tmp_path / "b"), *args).exit_code == 0


def test_text_of_a_server_cannot_drive_the_terminal(tmp_path: Path) -> None:
    do = {
        "first": "\x1b[31mred\x07\n",
        "stderr": "\x1b]0;title\x07\n",
        "info": {"name": "\x1b[1mx\u202e", "version": "1"},
        "tools": [[{"name": "a\x1b[2J"}]],
    }
    done = call("--color", "never", write_bundle(tmp_path / "b", do))
    assert done.exit_code == 1
    assert not any(sign in done.output for sign in "\x1b\x07\u202e")


def test_settings_come_from_options_and_a_file(tmp_path: Path) -> None:
    option = {"type": "string", "title": "k", "description": "k", "required": True}
    options = {"log": option, "many": {**option, "multiple": True}, "flag": {**option, "type": "boolean"}}
    do = {"log": "${user_config.log}", "x": "${user_config.flag}"}
    root = write_bundle(tmp_path / "b", do, user_config=options)
    log = tmp_path / "log"
    write(tmp_path / "c.json", json.dumps({"log": "/nonesuch/log", "many": ["a", 7], "flag": True}))
    done = call(root, "--config-file", tmp_path / "c.json", "--config", f"log={log}")
    assert done.exit_code == 0, done.output
    assert log.exists(), "an option wins over the file"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--config", "novalue"), "a setting without a value"),
        (("--config", "=x"), "a setting without a value"),
        (("--config", "nope=x"), "no setting is called nope"),
        (("--env", "NOT_SET_ANYWHERE"), "the variable NOT_SET_ANYWHERE is not set"),
        (("--env", "=x"), "a variable without a name"),
        (("--timeout", "0"), "timeout"),
        (("--timeout", "x"), "timeout"),
        (("--era", "stone"), "era"),
        (("--target", "mars"), "target"),
        (("--config-file", "{dir}/list.json"), "no JSON object"),
        (("--config-file", "{dir}/deep.json"), "a value of the wrong kind"),
    ],
)
def test_wrong_usage(tmp_path: Path, args: tuple[str, ...], said: str) -> None:
    write(tmp_path / "list.json", "[]")
    write(tmp_path / "deep.json", '{"a": {}}')
    words = [word.replace("{dir}", str(tmp_path)) for word in args]
    done = run_here("check", write_bundle(tmp_path / "b"), *words)
    assert done.exit_code == 2, done.stderr
    assert said in done.stderr


@pytest.mark.parametrize(("text", "code"), [("{", "file-malformed"), (None, "path-missing")])
def test_a_file_of_settings_that_cannot_be_read(tmp_path: Path, text: str | None, code: str) -> None:
    if text is not None:
        write(tmp_path / "c.json", text)
    done = run_here("check", write_bundle(tmp_path / "b"), "--config-file", tmp_path / "c.json")
    assert done.exit_code == 1
    assert code in done.stderr


def test_a_variable_of_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_CALLER", "secret-of-the-house")
    do = {"exit_on": {"initialize": 1, "server/discover": 1}, "stderr": "x\n"}
    show = "import os,sys; sys.stderr.write(repr(os.environ.get('OF_THE_CALLER'))); sys.exit(1)"
    root = write_plugin(tmp_path / "p", {"one": {"command": sys.executable, "args": ["-S", "-E", "-c", show]}})
    assert "stderr | None" in call(root).stdout
    assert "stderr | '***'" in call(root, "--env", "OF_THE_CALLER").stdout
    assert "stderr | '***'" in call(root, "--env", "OF_THE_CALLER=another").stdout
    assert "stderr | going down: ***" in call(write_bundle(tmp_path / "b", do), "--env", "OF_THE_CALLER").stdout


def test_help_says_loudly_that_it_executes() -> None:
    text = call("--help").stdout
    assert "EXECUTES" in text
    assert "never run it on a stranger's code" in " ".join(text.split())


def _run(*args: object, **options: Any) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "plugintool", "check", *map(str, args)]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False, **options)


def _marked(mark: str) -> list[int]:
    """The processes in whose environment ``mark`` stands."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                data = Path(f"/proc/{name}/environ").read_bytes()
            except OSError:
                continue
            if mark.encode() in data:
                found.append(int(name))
    return found


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)], ids=str
)
def test_an_interruption_leaves_nothing(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """No process, no private directory."""
    temporary, log = tmp_path / "tmp", tmp_path / "log"
    temporary.mkdir()
    root = write_bundle(tmp_path / "b", {"log": str(log), "silent": ["server/discover"], "end": "ignore-term"})
    line = [sys.executable, "-m", "plugintool", "check", str(root)]
    env = {**os.environ, "TMPDIR": str(temporary)}
    child = subprocess.Popen(line, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + 20
    while not log.exists():
        assert time.monotonic() < deadline, "the server was not started"
        time.sleep(0.02)
    mark = f"{temporary}/plugintool-check-"
    assert len(_marked(mark)) == 1
    child.send_signal(number)
    out, _ = child.communicate(timeout=20)
    assert child.returncode == code, out
    assert "Traceback" not in out
    assert _marked(mark) == []
    assert list(temporary.iterdir()) == []


def test_nohup_keeps_its_meaning(tmp_path: Path) -> None:
    """A hangup that the caller ignores stays ignored."""
    root = write_bundle(tmp_path / "b", {"delay": 0.5})
    code = (
        "import signal, os, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.executable, sys.argv[1:])"
    )
    line = [sys.executable, "-c", code, sys.executable, "-m", "plugintool", "check", str(root)]
    child = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(0.8)
    child.send_signal(signal.SIGHUP)
    child.communicate(timeout=30)
    assert child.returncode == 0


class Far(BaseHTTPRequestHandler):
    """A remote server that answers as its path says."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert asked["method"] == "initialize"
        body = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": RESULT}).encode()
        name = self.path.strip("/")
        error = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32022, "message": "no"}}
        answers: dict[str, tuple[int, str, bytes]] = {
            "good": (200, "application/json", body),
            "events": (200, "text/event-stream", b": hi\r\nevent: message\r\nid: 1\r\ndata: " + body + b"\r\n\r\n"),
            "closed": (401, "application/json", b"{}"),
            "newer": (400, "application/json", json.dumps(error).encode()),
            "moved": (302, "text/plain", b""),
            "gone": (404, "text/plain", b"not here"),
            "page": (200, "text/html", b"<html>"),
            "old": (200, "application/json", body.replace(b"2025-11-25", b"1999-01-01")),
            "large": (200, "application/json", b" " * (5 * 1024 * 1024)),
            "refusing": (
                200,
                "application/json",
                json.dumps({**error, "error": {"code": 1, "message": "no"}}).encode(),
            ),
        }
        if name == "header":
            name = "good" if self.headers.get("X-Key") == "k0" else "gone"
        self.answer(*answers[name])

    def do_GET(self) -> None:
        kind = "text/event-stream" if self.path == "/sse" else "text/html"
        self.answer(200, kind, b"event: endpoint\ndata: /x\n\n")

    def answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "/good")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def far() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Far)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_remote_servers_are_asked_when_online(tmp_path: Path, far: str) -> None:
    """In a process of its own: this one opens no connection."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    names = ["good", "events", "closed", "newer", "moved", "gone", "page", "old", "large", "refusing"]
    servers: dict[str, Any] = {name: {"type": "http", "url": f"{far}/{name}"} for name in names}
    servers |= {
        "header": {"type": "http", "url": f"{far}/header", "headers": {"X-Key": "${KEY}"}},
        "sse": {"type": "sse", "url": f"{far}/sse"},
        "no-sse": {"type": "sse", "url": f"{far}/page"},
        "nobody": {"type": "http", "url": f"http://127.0.0.1:{closed}/"},
        "ws": {"type": "ws", "url": "ws://127.0.0.1/"},
        "file": {"type": "http", "url": "file:///etc/hostname"},
        "odd": {"type": "http", "url": "http://[/"},
    }
    root = write_plugin(tmp_path / "p", servers)
    env = {**os.environ, "KEY": "k0", "http_proxy": "http://127.0.0.1:1"}
    done = _run("--online", "--env", "KEY", "--format", "json", root, env=env)
    told = json.loads(done.stdout)
    (subject,) = told["subjects"]
    found = {server["name"]: server for server in subject["value"]["servers"]}
    assert {name: server["state"] for name, server in found.items()} == {
        "good": "answered", "events": "answered", "closed": "authorization", "newer": "answered", "moved": "failed",
        "gone": "failed", "page": "failed", "old": "answered", "large": "failed", "refusing": "failed",
        "header": "answered", "sse": "answered", "no-sse": "failed", "nobody": "failed", "ws": "not checked",
        "file": "failed", "odd": "failed",
    }  # fmt: skip
    assert (found["good"]["protocol_version"], found["good"]["server_name"]) == ("2025-11-25", "far")
    assert found["events"]["server_version"] == "2"
    assert found["newer"]["protocol_version"] == "2026-07-28"
    said = {finding["message"].split(":")[0].removeprefix("server "): finding for finding in told["findings"]}
    assert {name: said[name]["code"] for name in said} == {
        **dict.fromkeys(("moved", "gone", "page", "large", "refusing", "no-sse", "nobody", "file", "odd"), "CH022"),
        "old": "CH006",
        "ws": "CH021",
    }
    for name, text in {
        "moved": "status 302",
        "gone": "status 404",
        "page": "no JSON-RPC",
        "large": "more than",
        "nobody": "refused",
        "file": "http or https",
        "refusing": "initialize: no",
    }.items():
        assert text in said[name]["message"]
    assert done.returncode == 1


def test_without_online_nothing_is_contacted(tmp_path: Path, far: str) -> None:
    root = write_plugin(tmp_path / "p", {"good": {"type": "http", "url": f"{far}/good"}})
    assert call(root).exit_code == 1


MEASURED = """
import re, runpy, sys
sys.argv = ["plugintool", "check", *sys.argv[1:]]
try:
    runpy.run_module("plugintool", run_name="__main__")
except SystemExit:
    pass
sys.stderr.write(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
"""


def test_memory_does_not_depend_on_what_a_server_sends(tmp_path: Path) -> None:
    """A line without end and a flood on stderr, against a server that says little."""

    def peak(do: dict[str, Any]) -> int:
        root = write_bundle(tmp_path / f"b{len(list(tmp_path.iterdir()))}", do)
        line = [sys.executable, "-c", MEASURED, "--timeout", "1", "--era", "handshake", str(root)]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
        return int(done.stderr.splitlines()[-1])

    usual = peak({})
    assert peak({"start": "long-line"}) < usual + 30_000, "KiB; the longest line has 4 MiB"
    assert peak({"start": "flood-stderr"}) < usual + 15_000

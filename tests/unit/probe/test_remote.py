"""Remote servers, with answers that are played instead of fetched."""

from __future__ import annotations

import email.message
import http.client
import io
import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from plugintool import limits
from plugintool.probe.era import HANDSHAKE_VERSIONS
from plugintool.probe.remote import RemoteAnswer, ask_remote

URL = "https://mcp.example/x"
RESULT = {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "far", "version": "2"}}
GOOD = json.dumps({"jsonrpc": "2.0", "id": 1, "result": RESULT}).encode()


class Answer(io.BytesIO):
    """An open answer; ``step`` bytes come at a time."""

    status = 200

    def __init__(self, data: bytes, kind: str = "application/json", step: int = 64 * 1024) -> None:
        super().__init__(data)
        self.headers = email.message.Message()
        self.headers["Content-Type"] = kind
        self.step = step

    def read1(self, size: int | None = -1, /) -> bytes:
        return self.read(min(size or 0, self.step))


class Web:
    """Stands for the opener: keeps the request and gives the answer, or raises it."""

    def __init__(self, answer: Answer | Exception) -> None:
        self.answer = answer
        self.requests: list[urllib.request.Request] = []
        self.timeouts: list[float] = []

    def open(self, request: urllib.request.Request, timeout: float) -> Answer:
        self.requests.append(request)
        self.timeouts.append(timeout)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Any:
    def play(answer: Answer | Exception) -> Web:
        web = Web(answer)
        monkeypatch.setattr("urllib.request.build_opener", lambda *_: web)
        return web

    return play


def ask(kind: str = "http", url: str = URL, **headers: str) -> RemoteAnswer:
    return ask_remote(kind, url, headers, seconds=5)


def said(answer: RemoteAnswer) -> str:
    (flaw,) = answer.flaws
    assert flaw.code == "CH022"
    assert answer.state == "failed"
    return flaw.message


def status(code: int, body: bytes = b"") -> urllib.error.HTTPError:
    return urllib.error.HTTPError(URL, code, "m", email.message.Message(), Answer(body))


@pytest.mark.parametrize("kind", ["http", "streamable-http"])
def test_a_good_answer(web: Any, kind: str) -> None:
    played = web(Answer(GOOD))
    assert ask(kind) == RemoteAnswer("answered", "2025-11-25", "far", "2")
    assert played.timeouts == [5]


def test_what_is_asked(web: Any) -> None:
    played = web(Answer(GOOD))
    ask(**{"X-Key": "k"})
    (request,) = played.requests
    sent = json.loads(request.data)
    assert (request.get_method(), request.full_url) == ("POST", URL)
    assert (sent["method"], sent["params"]["protocolVersion"]) == ("initialize", HANDSHAKE_VERSIONS[0])
    headers = {name.lower(): value for name, value in request.header_items()}
    assert headers["x-key"] == "k"
    assert headers["content-type"] == "application/json"
    assert headers["accept"] == "application/json, text/event-stream"


@pytest.mark.parametrize("step", [1, 7, 65536])
@pytest.mark.parametrize(
    "stream",
    [
        b"data: %s\n\n",
        b"data:%s\n\n",
        b"event: message\ndata: %s\nid: 1\n\n",
        b": comment\n\nevent: ping\n\ndata: %s\n\n",
        b"id: 0\r\ndata: %s\r\n\r\n",
        b"data: %s\n\ndata: more\n\n",
        b"\n\n\ndata: %s\n\n",
    ],
)
def test_the_first_event_with_data_counts(web: Any, stream: bytes, step: int) -> None:
    web(Answer(stream % GOOD, "text/event-stream", step))
    assert ask().name == "far"


def test_an_event_may_have_several_lines_of_data(web: Any) -> None:
    half = len(GOOD) // 2
    split = GOOD.rindex(b",", 0, half) + 1
    web(Answer(b"data: " + GOOD[:split] + b"\ndata: " + GOOD[split:] + b"\n\n", "text/event-stream; charset=utf-8"))
    assert ask().name == "far"


def test_a_stream_that_stays_open_is_not_waited_for(web: Any) -> None:
    class Open(Answer):
        def read1(self, size: int | None = -1, /) -> bytes:
            data = super().read1(size)
            assert data, "read on after the event"
            return data

    web(Open(b"data: " + GOOD + b"\n\n", "text/event-stream"))
    assert ask().state == "answered"


def test_a_stream_without_an_event(web: Any) -> None:
    web(Answer(b": only comments\n\n" * 10, "text/event-stream"))
    assert "no JSON-RPC" in said(ask())


def test_a_server_that_drips_runs_out_of_time(web: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(0, 1000, 4))
    monkeypatch.setattr("plugintool.fetch.time.monotonic", lambda: float(next(ticks)))
    web(Answer(GOOD, step=1))
    assert said(ask()) == f"{URL}: not finished after 5 seconds"


def test_a_large_answer_is_cut(web: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CHECK_REMOTE_BYTES", 1000)
    web(Answer(b"x" * 5000))
    assert said(ask()) == f"{URL}: more than 1000 bytes"


@pytest.mark.parametrize("code", [401, 403])
def test_authorization_first_is_an_answer(web: Any, code: int) -> None:
    web(status(code))
    assert ask() == RemoteAnswer("authorization")


@pytest.mark.parametrize("code", [301, 302, 307, 308, 400, 404, 405, 500, 503])
def test_other_statuses_are_failures(web: Any, code: int) -> None:
    web(status(code, b"<html>"))
    assert said(ask()) == f"{URL}: status {code}"


@pytest.mark.parametrize(("code", "known"), [(-32022, True), (-32601, True), (-32603, False), (-32700, False)])
def test_a_server_of_the_newer_era_refuses_in_its_own_way(web: Any, code: int, known: bool) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": "m"}}).encode()
    web(status(400, body))
    answer = ask()
    assert (answer.state, answer.version) == (("answered", "2026-07-28") if known else ("failed", ""))


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (urllib.error.URLError(ConnectionRefusedError(111, "Connection refused")), "connection refused"),
        (TimeoutError("timed out"), "timed out"),
        (http.client.RemoteDisconnected("closed without response"), "closed without response"),
        (http.client.IncompleteRead(b"x"), "incompleteread"),
        (OSError("no route"), "no route"),
        (ValueError("invalid header value b'a\\nb'"), "invalid header"),
        (UnicodeError("label too long"), "label too long"),
    ],
)
def test_what_the_network_brings_is_a_failure(web: Any, error: Exception, text: str) -> None:
    web(error)
    assert text in said(ask())


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://x/", "x", "", "//x/", "http://[", "https://[::1"])
def test_other_addresses_are_not_opened(web: Any, url: str) -> None:
    played = web(AssertionError("opened"))
    assert said(ask(url=url))
    assert played.requests == []


@pytest.mark.parametrize("kind", ["ws", "stdio", "sdk", ""])
def test_other_transports_are_not_checked(web: Any, kind: str) -> None:
    web(AssertionError("opened"))
    answer = ask(kind)
    assert answer.state == "not checked"
    assert [flaw.code for flaw in answer.flaws] == ["CH021"]


@pytest.mark.parametrize(
    ("body", "state", "code"),
    [
        (b"", "failed", "CH022"),
        (b"<html>", "failed", "CH022"),
        (b"[]", "failed", "CH022"),
        (b'{"jsonrpc": "1.0", "id": 1, "result": {}}', "failed", "CH005"),
        (b'{"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "m"}}', "failed", "CH022"),
        (b'{"jsonrpc": "2.0", "id": 1, "result": 7}', "failed", "CH022"),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}', "failed", "CH022"),
        (b'{"jsonrpc": "2.0", "id": 1, "result": {}}', "answered", "CH006"),
        (b'{"jsonrpc": "2.0", "id": 1, "result": {"protocolVersion": "1999-01-01"}}', "answered", "CH006"),
    ],
)
def test_bodies_that_are_no_answer(web: Any, body: bytes, state: str, code: str) -> None:
    web(Answer(body))
    answer = ask()
    assert answer.state == state
    assert [flaw.code for flaw in answer.flaws] == [code]


def test_a_body_on_several_lines(web: Any) -> None:
    web(Answer(json.dumps(json.loads(GOOD), indent=2).encode()))
    assert ask().name == "far"


@pytest.mark.parametrize(("content", "state"), [("text/event-stream", "answered"), ("text/html", "failed")])
def test_the_older_transport_opens_a_stream(web: Any, content: str, state: str) -> None:
    played = web(Answer(b"event: endpoint\ndata: /m\n\n", content))
    assert ask("sse").state == state
    (request,) = played.requests
    assert (request.get_method(), request.data) == ("GET", None)

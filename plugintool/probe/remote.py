"""Ask a remote MCP server whether it answers: the one place of plugintool that opens a connection, and only when asked.

One request: ``initialize`` posted to an ``http`` server (Streamable HTTP, 2025-11-25: the answer is JSON or a stream
of events), an event stream opened on an ``sse`` one (2024-11-05). Redirects are not followed, proxies of the
environment are not used, answers are bounded. That a server asks for authorization is an answer, too.
"""

from __future__ import annotations

import contextlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from plugintool import limits
from plugintool.jsontext import JsonObject
from plugintool.probe import jsonrpc
from plugintool.probe.codes import Flaw
from plugintool.probe.era import HANDSHAKE_VERSIONS, STATELESS_VERSIONS, short, text_of
from plugintool.probe.jsonrpc import BadMessageError, ForeignLineError, Request, Response

_AUTHORIZATION = frozenset({401, 403})
_HTTP_KINDS = frozenset({"http", "streamable-http"})
_NEWER = frozenset({-32022, -32601})
"""Errors with which a server of the stateless era refuses ``initialize``."""
_CHUNK = 64 * 1024
_DATA = b"data:"


class HttpAnswer(Protocol):
    """What is read of an answer, or of an error that carries one."""

    def read1(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, as soon as there are some; empty at the end."""


@dataclass(frozen=True, slots=True)
class RemoteAnswer:
    """What a remote server said.

    Attributes:
        state: ``answered``, ``authorization`` (it wants one first), ``failed``, or ``not checked``.
        version, name, server_version: from its answer to ``initialize``; empty without one.
        flaws: what is wrong.
    """

    state: str
    version: str = ""
    name: str = ""
    server_version: str = ""
    flaws: tuple[Flaw, ...] = ()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Makes a redirect an ``HTTPError``: the address in the manifest is the one that has been agreed to."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        """Follow nothing."""


def ask_remote(kind: str, url: str, headers: Mapping[str, str], *, seconds: float) -> RemoteAnswer:
    """Ask one server.

    Args:
        kind: the transport, ``http``, ``streamable-http`` or ``sse``; others are not checked.
        url: its address.
        headers: what is sent besides.
        seconds: how long each step of the connection may take.
    """
    if kind not in {*_HTTP_KINDS, "sse"}:
        return RemoteAnswer("not checked", flaws=(Flaw("CH021", f"{url}: the transport {kind} is not spoken here"),))
    try:
        if urlsplit(url).scheme not in {"http", "https"}:
            return _failed(url, "expected an address with http or https")
        return _ask(kind, url, headers, seconds)
    except urllib.error.HTTPError as error:
        with contextlib.closing(error):
            return _refused(url, error, seconds)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return _failed(url, str(getattr(error, "reason", None) or error).lower())


def _failed(url: str, reason: str) -> RemoteAnswer:
    return RemoteAnswer("failed", flaws=(Flaw("CH022", f"{url}: {reason}"),))


def _ask(kind: str, url: str, headers: Mapping[str, str], seconds: float) -> RemoteAnswer:
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
    with opener.open(_request(kind, url, headers), timeout=seconds) as answer:
        content = answer.headers.get_content_type()
        if kind == "sse":
            return RemoteAnswer("answered") if content == "text/event-stream" else _failed(url, f"sends {content}")
        data = _read(answer, seconds, stream=content == "text/event-stream")
    if len(data) > limits.CHECK_REMOTE_BYTES:
        return _failed(url, f"more than {limits.CHECK_REMOTE_BYTES} bytes")
    return _judge(url, data)


def _request(kind: str, url: str, headers: Mapping[str, str]) -> urllib.request.Request:
    if kind == "sse":
        return urllib.request.Request(url, headers={**headers, "Accept": "text/event-stream"})  # noqa: S310 - looked at
    client: JsonObject = {"name": "plugintool-check", "version": "1"}
    params: JsonObject = {"protocolVersion": HANDSHAKE_VERSIONS[0], "capabilities": {}, "clientInfo": client}
    sent = {**headers, "Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    data = Request("initialize", params, 1).as_line()
    return urllib.request.Request(url, data=data, headers=sent)  # noqa: S310 - the scheme has been looked at


def _read(answer: HttpAnswer, seconds: float, *, stream: bool) -> bytes:
    """Return the body, or of a stream of events the data of the first one, until a limit of bytes or of time.

    https://html.spec.whatwg.org, "Server-sent events".

    Raises:
        TimeoutError: it takes longer than ``seconds``.
    """
    deadline, data = time.monotonic() + seconds, b""
    while len(data) <= limits.CHECK_REMOTE_BYTES and (chunk := answer.read1(_CHUNK)):
        data += chunk
        event = _first_event(data) if stream else b""
        if event:
            return event
        if time.monotonic() > deadline:
            raise TimeoutError("no whole answer in time")
    return data


def _first_event(data: bytes) -> bytes:
    """Return the data of the first whole event that has some; empty while there is none."""
    for block in data.replace(b"\r\n", b"\n").split(b"\n\n")[:-1]:
        found = b"".join(line[len(_DATA) :].strip() for line in block.split(b"\n") if line.startswith(_DATA))
        if found:
            return found
    return b""


def _refused(url: str, error: urllib.error.HTTPError, seconds: float) -> RemoteAnswer:
    """A status that is no success: a server that wants authorization, or one of the newer era only."""
    if error.code in _AUTHORIZATION:
        return RemoteAnswer("authorization")
    try:
        message = jsonrpc.parse(b"".join(_read(error, seconds, stream=False).splitlines()))
    except (ValueError, OSError, http.client.HTTPException):
        return _failed(url, f"status {error.code}")
    if isinstance(message, Response) and message.failure and message.failure.code in _NEWER:
        return RemoteAnswer("answered", STATELESS_VERSIONS[0])
    return _failed(url, f"status {error.code}")


def _judge(url: str, data: bytes) -> RemoteAnswer:
    try:
        message = jsonrpc.parse(b"".join(data.splitlines()))
    except ForeignLineError as error:
        return _failed(url, f"the answer is no JSON-RPC: {error}")
    except BadMessageError as error:
        return RemoteAnswer("failed", flaws=(Flaw("CH005", f"{url}: {error}"),))
    if not isinstance(message, Response) or not isinstance(message.result, dict):
        said = message.failure.message if isinstance(message, Response) and message.failure else "no result"
        return _failed(url, f"initialize: {said}")
    info = message.result.get("serverInfo")
    named = info if isinstance(info, dict) else {}
    version = text_of(message.result.get("protocolVersion"))
    flaws = () if version in HANDSHAKE_VERSIONS else (Flaw("CH006", f"{url}: protocol version {short(version)}"),)
    return RemoteAnswer("answered", version, text_of(named.get("name")), text_of(named.get("version")), flaws)

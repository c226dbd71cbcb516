"""Ask a remote MCP server whether it answers; only when the user asks for that.

One request: ``initialize`` posted to an ``http`` server (Streamable HTTP, 2025-11-25: the answer is JSON or a stream
of events), an event stream opened on an ``sse`` one (2024-11-05). That a server asks for authorization is an answer,
too.
"""

from __future__ import annotations

from collections.abc import Mapping

from plugintool import fetch, limits
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject
from plugintool.jsonvalue import object_of, shown, text_of
from plugintool.probe import jsonrpc
from plugintool.probe.codes import Flaw
from plugintool.probe.era import CLIENT, HANDSHAKE_VERSIONS, STATELESS_VERSIONS
from plugintool.probe.jsonrpc import BadMessageError, ForeignLineError, Response

_AUTHORIZATION = frozenset({401, 403})
_HTTP_KINDS = frozenset({"http", "streamable-http"})
_NEWER = frozenset({-32022, -32601})
"""Errors with which a server of the stateless era refuses ``initialize``."""
_STREAM = "text/event-stream"
_DATA = b"data:"


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
    request = (_stream_request if kind == "sse" else _initialize_request)(url, headers, seconds)
    try:
        with fetch.open_answer(request) as answer:
            if not fetch.is_success(answer):
                return _refused(answer, request)
            content = answer.headers.get_content_type()
            if kind != "sse":
                return _judge(url, _read(answer, request, stream=content == _STREAM))
            return RemoteAnswer("answered") if content == _STREAM else _failed(url, f"sends {content}")
    except OSError as error:
        return _failed(url, str(error))


def _failed(url: str, reason: str) -> RemoteAnswer:
    return RemoteAnswer("failed", flaws=(Flaw("CH022", f"{url}: {reason}"),))


def _stream_request(url: str, headers: Mapping[str, str], seconds: float) -> fetch.Request:
    accepted = {**headers, "Accept": _STREAM}
    return fetch.Request(url=url, headers=accepted, seconds=seconds, max_bytes=limits.CHECK_REMOTE_BYTES)


def _initialize_request(url: str, headers: Mapping[str, str], seconds: float) -> fetch.Request:
    params: JsonObject = {"protocolVersion": HANDSHAKE_VERSIONS[0], "capabilities": {}, "clientInfo": CLIENT}
    return fetch.Request(
        url=url,
        data=jsonrpc.Request("initialize", params, 1).as_line(),
        headers={**headers, "Content-Type": "application/json", "Accept": f"application/json, {_STREAM}"},
        seconds=seconds,
        max_bytes=limits.CHECK_REMOTE_BYTES,
    )


def _read(answer: fetch.Answer, request: fetch.Request, *, stream: bool) -> bytes:
    """Return the body, or of a stream of events the data of the first one.

    https://html.spec.whatwg.org, "Server-sent events".

    Raises:
        OSError: it breaks, or it is longer or later than the request allows.
    """
    data = b""
    for piece in fetch.pieces(answer, request):
        data += piece
        event = _first_event(data) if stream else b""
        if event:
            return event
    return data


def _first_event(data: bytes) -> bytes:
    """Return the data of the first whole event that has some; empty while there is none."""
    for block in data.replace(b"\r\n", b"\n").split(b"\n\n")[:-1]:
        found = b"".join(line[len(_DATA) :].strip() for line in block.split(b"\n") if line.startswith(_DATA))
        if found:
            return found
    return b""


def _refused(answer: fetch.Answer, request: fetch.Request) -> RemoteAnswer:
    """A status that is no success: a server that wants authorization, or one of the newer era only."""
    if answer.status in _AUTHORIZATION:
        return RemoteAnswer("authorization")
    try:
        message = jsonrpc.parse(b"".join(_read(answer, request, stream=False).splitlines()))
    except (ValueError, OSError):
        return _failed(request.url, f"status {answer.status}")
    if isinstance(message, Response) and message.failure and message.failure.code in _NEWER:
        return RemoteAnswer("answered", STATELESS_VERSIONS[0])
    return _failed(request.url, f"status {answer.status}")


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
    named = object_of(message.result.get("serverInfo"))
    version = text_of(message.result.get("protocolVersion"))
    flaws = () if version in HANDSHAKE_VERSIONS else (Flaw("CH006", f"{url}: protocol version {shown(version)}"),)
    return RemoteAnswer("answered", version, text_of(named.get("name")), text_of(named.get("version")), flaws)

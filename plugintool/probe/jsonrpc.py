"""One line of stdout as a JSON-RPC 2.0 message, read strictly; and messages as lines.

https://www.jsonrpc.org/specification, 2013-01-04, with the restrictions of MCP (2025-11-25, "Base protocol", and
2026-07-28): no batches, ids are texts or integers and never null, params are objects.
"""

from __future__ import annotations

import json
from typing import TypeAlias

from plugintool import jsontext, limits
from plugintool.frozen import dataclass, field, replace
from plugintool.jsontext import JsonObject, JsonValue

VERSION = "2.0"
METHOD_NOT_FOUND = -32601
Id: TypeAlias = int | str
_SHOWN_BYTES = 120


class ForeignLineError(ValueError):
    """The line is no JSON-RPC at all: a log, a banner, something cut in two."""


class BadMessageError(ValueError):
    """The line is meant as JSON-RPC and breaks its rules."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The ``error`` of a response."""

    code: int
    message: str
    data: JsonValue = None


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; exactly one of ``result`` and ``failure`` counts. ``id`` is None when the request was unreadable.

    ``blemish`` is what is wrong with the text and can be lived with: bad UTF-8, a key that stands twice.
    """

    id: Id | None
    result: JsonValue = None
    failure: Failure | None = None
    blemish: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Request:
    """A request; a notification when ``id`` is None. ``blemish`` as for a response."""

    method: str
    params: JsonObject = field(default_factory=dict)
    id: Id | None = None
    blemish: str = field(default="", compare=False)

    def as_line(self) -> bytes:
        """Return the message as one line."""
        message: JsonObject = {"jsonrpc": VERSION}
        if self.id is not None:
            message["id"] = self.id
        message["method"] = self.method
        if self.params:
            message["params"] = self.params
        return _line(message)


Message: TypeAlias = Response | Request


def parse(line: bytes) -> Message:
    """Read one line, without its end.

    Raises:
        ForeignLineError: it is no JSON-RPC; the text quotes it.
        BadMessageError: it breaks the rules of JSON-RPC or MCP; the text says how.
    """
    text = jsontext.read(line, max_bytes=limits.CHECK_LINE_BYTES)
    value = text.value
    if not isinstance(value, dict) or "jsonrpc" not in value:
        if isinstance(value, list) and value and all(isinstance(item, dict) and "jsonrpc" in item for item in value):
            raise BadMessageError("several messages in one list; batches went with version 2025-06-18")
        raise ForeignLineError(quote(line))
    if value["jsonrpc"] != VERSION:
        raise BadMessageError(f'"jsonrpc" is {_shown(value["jsonrpc"])}, expected "2.0"')
    message = _request(value) if "method" in value else _response(value)
    return replace(message, blemish=text.problems[0].message) if text.problems else message


def answer(number: Id, result: JsonObject | None = None, failure: Failure | None = None) -> bytes:
    """Return an answer to a request of the other side as one line."""
    message: JsonObject = {"jsonrpc": VERSION, "id": number}
    if failure is None:
        message["result"] = result or {}
    else:
        message["error"] = {"code": failure.code, "message": failure.message}
    return _line(message)


def quote(line: bytes) -> str:
    """Return the beginning of a foreign line as a text in quotation marks."""
    text = line[:_SHOWN_BYTES].decode(errors="backslashreplace")
    return f'"{text}{"..." if len(line) > _SHOWN_BYTES else ""}"'


def _request(value: JsonObject) -> Request:
    method, params = value["method"], value.get("params", {})
    if not isinstance(method, str) or not method:
        raise BadMessageError(f'"method" is {_shown(method)}, expected a text')
    if not isinstance(params, dict):
        raise BadMessageError(f'"params" of {method} is {_shown(params)}, expected an object')
    return Request(method, params, _id(value) if "id" in value else None)


def _response(value: JsonObject) -> Response:
    if ("result" in value) == ("error" in value):
        raise BadMessageError('a response needs exactly one of "result" and "error"')
    if "result" in value:
        return Response(_id(value), value["result"])
    unread = value.get("id", "") is None
    return Response(None if unread else _id(value), failure=_failure(value["error"]))


def _id(value: JsonObject) -> Id:
    number = value.get("id")
    if isinstance(number, str) or type(number) is int:
        return number
    raise BadMessageError(f'"id" is {_shown(number)}, expected a text or a whole number')


def _failure(value: JsonValue) -> Failure:
    if not isinstance(value, dict):
        raise BadMessageError(f'"error" is {_shown(value)}, expected an object')
    code, message = value.get("code"), value.get("message")
    if type(code) is not int or not isinstance(message, str):
        raise BadMessageError('"error" needs a whole number "code" and a text "message"')
    return Failure(code, message, value.get("data"))


def _shown(value: JsonValue) -> str:
    return quote(json.dumps(value).encode())[1:-1]


def _line(message: JsonObject) -> bytes:
    return json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"

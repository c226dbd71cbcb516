"""Lines of stdout as messages: what is read, what is foreign, and what breaks the rules."""

from __future__ import annotations

import json

import pytest

from plugintool import limits
from plugintool.probe import jsonrpc
from plugintool.probe.jsonrpc import BadMessageError, Failure, ForeignLineError, Request, Response, parse


def line(**members: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **members}).encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (line(id=1, result={"a": 1}), Response(1, {"a": 1})),
        (line(id="x", result=None), Response("x", None)),
        (line(id=1, error={"code": -1, "message": "no"}), Response(1, failure=Failure(-1, "no"))),
        (
            line(id=1, error={"code": -1, "message": "no", "data": [1]}),
            Response(1, failure=Failure(-1, "no", [1])),
        ),
        (line(id=None, error={"code": -32700, "message": "?"}), Response(None, failure=Failure(-32700, "?"))),
        (line(error={"code": -32700, "message": "?"}), None),
        (line(id=7, method="ping"), Request("ping", {}, 7)),
        (line(method="notifications/x", params={"a": []}), Request("notifications/x", {"a": []})),
        (line(id=0, method="ping", extra=1), Request("ping", {}, 0)),
    ],
)
def test_what_json_rpc_allows(data: bytes, message: object) -> None:
    if message is None:
        with pytest.raises(BadMessageError, match='"id"'):
            parse(data)
    else:
        assert parse(data) == message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   ",
        b"Server started",
        b'{"level": "info"}',
        b"[]",
        b"[1]",
        b"7",
        b"null",
        b'"text"',
        b'{"jsonrpc": "2.0", "id": 1',
        b"\xff\xfe\x00",
        b'\x1b[32m{"jsonrpc": "2.0"}',
        b"Content-Length: 20",
        b"{" * 5000,
        b"9" * 5000,
    ],
)
def test_what_is_no_json_rpc_is_foreign(data: bytes) -> None:
    with pytest.raises(ForeignLineError) as met:
        parse(data)
    assert str(met.value).startswith('"')
    assert len(str(met.value)) < 600


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"jsonrpc": 2.0, "id": 1, "result": {}}', "jsonrpc"),
        (b'{"jsonrpc": "1.0", "id": 1, "result": {}}', "jsonrpc"),
        (line(id=1), "exactly one"),
        (line(id=1, result={}, error={"code": 1, "message": ""}), "exactly one"),
        (line(id=None, result={}), '"id" is null'),
        (line(id=1.5, result={}), '"id" is 1.5'),
        (line(id=True, result={}), '"id" is true'),
        (line(id=[], method="ping"), '"id" is []'),
        (line(id=None, method="ping"), '"id" is null'),
        (line(id=1, method=7), '"method" is 7'),
        (line(id=1, method=""), '"method" is ""'),
        (line(id=1, method="x", params=[1]), '"params" of x'),
        (line(id=1, error="no"), '"error" is "no"'),
        (line(id=1, error={"code": "x", "message": "m"}), "whole number"),
        (line(id=1, error={"code": True, "message": "m"}), "whole number"),
        (line(id=1, error={"code": 1}), "message"),
        (b'[{"jsonrpc": "2.0", "id": 1, "result": {}}]', "batches"),
    ],
)
def test_what_breaks_the_rules_is_named(data: bytes, said: str) -> None:
    with pytest.raises(BadMessageError) as met:
        parse(data)
    assert said in str(met.value)


def test_a_request_is_one_line() -> None:
    sent = Request("tools/list", {"cursor": "a\nb"}, 3).as_line()
    assert sent.count(b"\n") == 1
    assert sent.endswith(b"\n")
    assert json.loads(sent) == {"jsonrpc": "2.0", "id": 3, "method": "tools/list", "params": {"cursor": "a\nb"}}


def test_a_notification_has_neither_id_nor_empty_params() -> None:
    assert json.loads(Request("notifications/initialized").as_line()) == {
        "jsonrpc": "2.0",
        "method": "notifications/initialized",
    }


def test_answers_to_the_other_side() -> None:
    assert json.loads(jsonrpc.answer(5)) == {"jsonrpc": "2.0", "id": 5, "result": {}}
    assert json.loads(jsonrpc.answer("a", {"roots": []})) == {"jsonrpc": "2.0", "id": "a", "result": {"roots": []}}
    failed = json.loads(jsonrpc.answer(5, failure=Failure(-32601, "method not found")))
    assert failed == {"jsonrpc": "2.0", "id": 5, "error": {"code": -32601, "message": "method not found"}}


def test_what_we_send_is_what_we_would_take() -> None:
    for sent in (Request("ping", {"ä": "☃"}, 1).as_line(), jsonrpc.answer(2, {"x": None})):
        assert isinstance(parse(sent[:-1]), Request | Response)


def test_a_quote_is_short_and_keeps_odd_bytes_visible() -> None:
    assert jsonrpc.quote(b"a\xff") == '"a\\xff"'
    assert jsonrpc.quote(b"x" * 10_000).endswith('x..."')
    assert len(jsonrpc.quote(b"x" * 10_000)) < 200


def test_a_line_above_the_limit_is_foreign() -> None:
    with pytest.raises(ForeignLineError):
        parse(line(id=1, result={"a": "x" * limits.CHECK_LINE_BYTES}))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"jsonrpc": "2.0", "id": 1, "id": 1, "result": {}}', "stands 2 times"),
        (b'{"jsonrpc": "2.0", "id": 1, "result": {"a": "\xff"}}', "UTF-8"),
        (b'\xef\xbb\xbf{"jsonrpc": "2.0", "id": 1, "result": {}}', "byte order mark"),
        (b'{"jsonrpc": "2.0", "id": 1, "result": {"a": "\\ud800"}}', "surrogate"),
        (b'{"jsonrpc": "2.0", "id": 1, "result": {}}', ""),
        (b'{"jsonrpc": "2.0", "method": "n", "params": {"a": "\\u0000"}}', "NUL"),
    ],
)
def test_what_can_be_lived_with_is_kept_beside_the_message(data: bytes, said: str) -> None:
    message = parse(data)
    assert said in message.blemish
    assert bool(said) == bool(message.blemish)

"""Requests and answers over pipes that are played: no process, no waiting."""

from __future__ import annotations

import json
import time
from typing import Any, cast

import pytest

from plugintool import limits
from plugintool.probe.jsonrpc import Failure, Response
from plugintool.probe.process import Child
from plugintool.probe.session import Session, StoppedError

SOON = 5.0


class Played:
    """A child whose stdout is a list of chunks; an empty one is its end, None is silence."""

    def __init__(self, *chunks: bytes | None, code: int | None = None, writable: bool = True) -> None:
        self.started = time.monotonic()
        self.chunks = list(chunks)
        self.sent: list[Any] = []
        self.code = code
        self.writable = writable
        self.closed = False

    def read_until_exit(self, deadline: float) -> bytes:
        del deadline
        chunk = self.chunks.pop(0) if self.chunks else None
        if chunk is None:
            raise TimeoutError
        return chunk

    def write(self, data: bytes, deadline: float) -> bool:
        del deadline
        if self.writable:
            self.sent.append(json.loads(data))
        return self.writable

    def close_stdin(self) -> None:
        self.closed = True

    def wait(self, seconds: float) -> int | None:
        del seconds
        return self.code


def session(*chunks: bytes | None, **how: Any) -> tuple[Session, Played]:
    child = Played(*chunks, **how)
    return Session(cast("Child", child)), child


def result(number: Any = 1, **members: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "result": members}).encode() + b"\n"


def asked(number: Any, method: str) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method}).encode() + b"\n"


def ask(talk: Session, method: str = "ping") -> Response:
    return talk.request(method, {}, time.monotonic() + SOON)


def stopped(talk: Session, code: str, said: str = "") -> None:
    with pytest.raises(StoppedError) as met:
        ask(talk)
    assert met.value.flaw.code == code
    assert said in met.value.flaw.message


def codes(talk: Session) -> list[str]:
    return [flaw.code for flaw in talk.flaws]


def test_an_answer_comes_back() -> None:
    talk, child = session(result(x=1))
    assert ask(talk) == Response(1, {"x": 1})
    assert child.sent == [{"jsonrpc": "2.0", "id": 1, "method": "ping"}]
    assert talk.flaws == ()
    assert talk.first_answer is not None


def test_requests_are_numbered() -> None:
    talk, child = session(result(1), result(2))
    ask(talk)
    ask(talk)
    assert [sent["id"] for sent in child.sent] == [1, 2]


def test_an_error_is_an_answer() -> None:
    talk, _ = session(b'{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}\n')
    assert ask(talk).failure == Failure(-32601, "no")


def test_a_line_may_come_in_pieces_and_end_with_carriage_return() -> None:
    data = result(x=1)[:-1] + b"\r\n"
    talk, _ = session(*(data[at : at + 7] for at in range(0, len(data), 7)))
    assert ask(talk).result == {"x": 1}
    assert talk.flaws == ()


def test_two_lines_may_come_at_once() -> None:
    talk, _ = session(result(1, x=1) + result(2, x=2))
    assert ask(talk).result == {"x": 1}
    assert ask(talk).result == {"x": 2}


def test_noise_is_quoted_once_and_counted() -> None:
    talk, _ = session(b"hello\nworld\n\n", result())
    ask(talk)
    (flaw,) = talk.flaws
    assert flaw.code == "CH004"
    assert flaw.message == '"hello" (and 2 more)'


def test_a_bad_message_does_not_end_the_session() -> None:
    talk, _ = session(b'{"jsonrpc":"2.0","id":1}\n', result())
    assert ask(talk).result == {}
    assert codes(talk) == ["CH005"]


def test_a_blemish_is_told_and_the_answer_taken() -> None:
    talk, _ = session(b'{"jsonrpc":"2.0","id":1,"result":{"a":1,"a":2}}\n')
    assert ask(talk).result == {"a": 2}
    assert "stands 2 times" in talk.flaws[0].message


@pytest.mark.parametrize("number", [2, "1", -1])
def test_an_answer_that_nobody_asked_for(number: object) -> None:
    talk, _ = session(result(number), result(1))
    ask(talk)
    (flaw,) = talk.flaws
    assert flaw.code == "CH005"
    assert repr(number) in flaw.message


def test_a_second_answer_to_one_request() -> None:
    talk, _ = session(result(1) + result(1), result(2))
    ask(talk)
    assert codes(talk) == []
    ask(talk)
    assert codes(talk) == ["CH005"]


def test_a_server_that_could_not_read_us() -> None:
    talk, _ = session(b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse"}}\n', result())
    ask(talk)
    assert "parse" in talk.flaws[0].message


def test_notifications_are_passed_over() -> None:
    talk, child = session(b'{"jsonrpc":"2.0","method":"notifications/message","params":{}}\n', result())
    ask(talk)
    assert talk.flaws == ()
    assert len(child.sent) == 1


def test_requests_of_the_server_are_answered_politely() -> None:
    talk, child = session(asked(9, "ping"), asked("r", "roots/list"), asked(11, "sampling/createMessage"), result())
    ask(talk)
    assert child.sent[1:] == [
        {"jsonrpc": "2.0", "id": 9, "result": {}},
        {"jsonrpc": "2.0", "id": "r", "result": {"roots": []}},
        {"jsonrpc": "2.0", "id": 11, "error": {"code": -32601, "message": "method not found"}},
    ]
    assert talk.flaws == ()


def test_a_server_that_asks_without_end_is_stopped() -> None:
    talk, child = session(asked(1, "ping") * (limits.CHECK_REQUESTS + 1))
    stopped(talk, "CH008", "requests")
    assert len(child.sent) == limits.CHECK_REQUESTS + 1


def test_silence() -> None:
    talk, _ = session(b"", None)
    talk, _ = session(None)
    stopped(talk, "CH003", "ping")


def test_a_server_that_talks_but_never_answers_runs_out_of_time() -> None:
    talk, _ = session(*[b'{"jsonrpc":"2.0","method":"n"}\n'] * 5)
    with pytest.raises(StoppedError) as met:
        talk.request("ping", {}, time.monotonic() - 1)
    assert met.value.flaw.code == "CH003"


@pytest.mark.parametrize(
    ("code", "said"), [(0, "exit code 0"), (7, "exit code 7"), (-9, "signal 9"), (None, "closed stdout")]
)
def test_the_end_before_the_answer(code: int | None, said: str) -> None:
    talk, _ = session(b"", code=code)
    stopped(talk, "CH002", said)
    assert talk.flaws == ()


def test_the_last_words_without_an_end_are_quoted() -> None:
    talk, _ = session(b"Traceback", b"", code=1)
    stopped(talk, "CH002")
    assert "Traceback" in talk.flaws[0].message


def test_a_line_without_end_is_cut_at_the_limit() -> None:
    talk, child = session(*[b"x" * limits.MIB] * 40)
    stopped(talk, "CH008", '"xxx')
    assert len(child.chunks) > 30, "it is not read on"


def test_a_flood_of_lines_is_cut_at_the_limit() -> None:
    talk, child = session(*[(b"x" * 1023 + b"\n") * 1024] * 40)
    stopped(talk, "CH008", "bytes on stdout")
    assert len(child.chunks) >= 40 - limits.CHECK_OUTPUT_BYTES // limits.MIB - 1


def test_a_server_that_does_not_read_its_stdin() -> None:
    talk, _ = session(writable=False)
    with pytest.raises(StoppedError) as met:
        talk.request("ping", {}, time.monotonic() - 1)
    assert met.value.flaw.message == "ping: stdin is not read"


def test_a_server_that_has_closed_its_stdin_may_still_have_said_why() -> None:
    talk, _ = session(b"bye\n", b"", code=1, writable=False)
    stopped(talk, "CH002", "exit code 1")
    assert codes(talk) == ["CH004"]


def test_at_the_end_stdin_is_closed_and_the_rest_is_read() -> None:
    talk, child = session(b"goodbye\n" + result(5), b"", code=0)
    talk.finish(time.monotonic() + SOON)
    assert child.closed
    assert codes(talk) == ["CH004", "CH005"]


def test_silence_at_the_end_is_no_flaw() -> None:
    talk, _ = session(b'{"jsonrpc":"2.0","method":"notifications/message"}\n', None)
    talk.finish(time.monotonic() + SOON)
    assert talk.flaws == ()


def test_a_flood_at_the_end_is_one() -> None:
    talk, _ = session(*[b"x" * limits.MIB] * 6)
    talk.finish(time.monotonic() + SOON)
    assert "CH008" in codes(talk)


def test_half_a_line_at_the_end() -> None:
    talk, _ = session(b'{"jsonrpc":', None)
    talk.finish(time.monotonic() + SOON)
    assert talk.flaws[0].message == '"{"jsonrpc":", without an end'

"""``Session``: requests and their answers over the pipes of a child, one JSON object a line.

The official client library hides what has to be seen here (lines that are no JSON-RPC, answers nobody asked for, what
comes before and after), drops answers in flight when it closes, and costs pydantic and asyncio; so this is a client of
our own: strict, small and bounded. What is wrong but can be lived with is kept as a flaw, what cannot ends the session.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator

from plugintool import limits
from plugintool.jsontext import JsonObject
from plugintool.probe import jsonrpc
from plugintool.probe.codes import Flaw
from plugintool.probe.jsonrpc import BadMessageError, Failure, ForeignLineError, Id, Request, Response
from plugintool.probe.process import Child, ending_of

_EMPTY_ANSWERS: dict[str, JsonObject] = {"ping": {}, "roots/list": {"roots": []}}
"""What a server may ask of a client that has no capabilities, and what it gets."""


class StoppedError(Exception):
    """The session cannot go on; ``flaw`` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.flaw = Flaw(code, message)


class Session:
    """One conversation.

    Attributes:
        flaws: what was wrong so far, the first of each kind with its text, later ones counted.
        first_answer: seconds from the start of the program to its first response; None before.
    """

    def __init__(self, child: Child) -> None:
        self.child = child
        self.first_answer: float | None = None
        self._noted: dict[str, tuple[str, int]] = {}
        self._number = 0
        self._received = 0
        self._asked = 0
        self._rest = b""
        self._waiting: deque[bytes] = deque()

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """What was wrong so far; one flaw for each code."""
        return tuple(
            Flaw(code, text if count == 1 else f"{text} (and {count - 1} more)")
            for code, (text, count) in self._noted.items()
        )

    def note(self, code: str, message: str) -> None:
        """Keep a flaw; of each code only the first is kept, the others are counted."""
        text, count = self._noted.get(code, (message, 0))
        self._noted[code] = text, count + 1

    def request(self, method: str, params: JsonObject, deadline: float) -> Response:
        """Send a request and return its response, whatever comes in between.

        Args:
            method: of the request.
            params: of the request.
            deadline: a time of ``time.monotonic``.

        Raises:
            StoppedError: no answer in time, the program ended, or a limit was reached.
        """
        self._number += 1
        self._send(Request(method, params, self._number).as_line(), deadline, method)
        for line in self._lines(deadline, method):
            response = self._take(line, deadline)
            if response is not None and response.id == self._number and type(response.id) is int:
                self._answered()
                return response
            if response is not None:
                self._note_stranger(response)
        raise AssertionError  # the lines end in an error or a return

    def notify(self, method: str, deadline: float) -> None:
        """Send a notification."""
        self._send(Request(method).as_line(), deadline, method)

    def finish(self, deadline: float) -> None:
        """Close stdin and read what still comes, until stdout ends, the program has ended, or the time is over."""
        self.child.close_stdin()
        try:
            for line in self._lines(deadline, "after the end of stdin"):
                response = self._take(line, deadline)
                if response is not None:
                    self._note_stranger(response)
        except StoppedError as stop:
            if stop.flaw.code == "CH008":
                self.note(stop.flaw.code, stop.flaw.message)
        if self._rest.strip():
            self.note("CH004", f"{jsonrpc.quote(self._rest)}, without an end")

    def _answered(self) -> None:
        if self.first_answer is None:
            self.first_answer = time.monotonic() - self.child.started

    def _send(self, data: bytes, deadline: float, what: str) -> None:
        if not self.child.write(data, deadline) and self.child.wait(0) is None and time.monotonic() > deadline:
            raise StoppedError("CH003", f"{what}: stdin is not read")

    def _take(self, line: bytes, deadline: float) -> Response | None:
        """Read one line; answer it when it asks something; return it when it is a response."""
        try:
            message = jsonrpc.parse(line)
        except ForeignLineError as error:
            self.note("CH004", str(error))
            return None
        except BadMessageError as error:
            self.note("CH005", str(error))
            return None
        if message.blemish:
            self.note("CH005", message.blemish)
        if isinstance(message, Response):
            return message
        if message.id is not None:
            self._reply(message.method, message.id, deadline)
        return None

    def _reply(self, method: str, number: Id, deadline: float) -> None:
        self._asked += 1
        if self._asked > limits.CHECK_REQUESTS:
            raise StoppedError("CH008", f"more than {limits.CHECK_REQUESTS} requests to its client")
        if method in _EMPTY_ANSWERS:
            line = jsonrpc.answer(number, _EMPTY_ANSWERS[method])
        else:
            line = jsonrpc.answer(number, failure=Failure(jsonrpc.METHOD_NOT_FOUND, "method not found"))
        self._send(line, deadline, method)

    def _note_stranger(self, response: Response) -> None:
        if response.id is None:
            said = response.failure.message if response.failure else ""
            self.note("CH005", f"the server could not read a request: {said}")
        else:
            self.note("CH005", f"a response with the id {response.id!r}, which answers nothing")

    def _lines(self, deadline: float, what: str) -> Iterator[bytes]:
        """Yield lines of stdout, without their ends.

        Raises:
            StoppedError: no line in time, the end of stdout, or a limit.
        """
        while True:
            while self._waiting:
                yield self._waiting.popleft().removesuffix(b"\r")
                if time.monotonic() > deadline:
                    raise StoppedError("CH003", what)
            *lines, self._rest = (self._rest + self._chunk(deadline, what)).split(b"\n")
            self._waiting.extend(lines)
            if len(self._rest) > limits.CHECK_LINE_BYTES:
                start = jsonrpc.quote(self._rest)
                raise StoppedError("CH008", f"a line with more than {limits.CHECK_LINE_BYTES} bytes: {start}")

    def _chunk(self, deadline: float, what: str) -> bytes:
        try:
            chunk = self.child.read_until_exit(deadline)
        except TimeoutError:
            raise StoppedError("CH003", what) from None
        if not chunk:
            raise StoppedError("CH002", self._ending(what))
        self._received += len(chunk)
        if self._received > limits.CHECK_OUTPUT_BYTES:
            raise StoppedError("CH008", f"more than {limits.CHECK_OUTPUT_BYTES} bytes on stdout")
        return chunk

    def _ending(self, what: str) -> str:
        if self._rest.strip():
            self.note("CH004", f"{jsonrpc.quote(self._rest)}, without an end")
            self._rest = b""
        code = self.child.wait(limits.CHECK_STRAY_SECONDS)
        if code is None:
            return f"{what}: it has closed stdout"
        return f"{what}: {ending_of(code)}"

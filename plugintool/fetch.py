"""The one port to the network: one request, one bounded answer, in bounded time.

Redirects are not followed, and proxies of the environment are not used: the address that was named is the one that is
asked. Only commands that say so in their help come here.
"""

from __future__ import annotations

import contextlib
import email.message
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Final, Protocol
from urllib.parse import urlsplit

from plugintool.errors import DownloadError
from plugintool.frozen import dataclass, field

_CHUNK: Final = 64 * 1024
_SCHEMES: Final = frozenset({"http", "https"})
_SUCCESS: Final = range(200, 300)


class Answer(Protocol):
    """What is read of an answer, whatever its status."""

    @property
    def status(self) -> int | None:
        """The status; 200 to 299 is a success."""

    @property
    def headers(self) -> email.message.Message:
        """The headers."""

    def read1(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, as soon as there are some; empty at the end."""

    def close(self) -> None:
        """Close the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked.

    Attributes:
        url: with http or https.
        data: posted; None asks with GET.
        headers: sent besides the usual ones.
        seconds: how long the whole may take.
        max_bytes: how long the answer may be.
    """

    url: str
    data: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float
    max_bytes: int


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Makes a redirect an answer like others: the address that was named is the one that has been agreed to."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        """Follow nothing."""


def fetch(request: Request) -> bytes:
    """Return the whole answer.

    Raises:
        DownloadError: no connection, no success, too long, too late, or an address that is none.
    """
    try:
        with open_answer(request) as answer:
            if is_success(answer):
                return b"".join(pieces(answer, request))
            reason = f"status {answer.status}"
    except OSError as error:
        reason = str(error)
    raise DownloadError(f"the answer could not be had: {reason}", path=request.url[:200])


@contextlib.contextmanager
def open_answer(request: Request) -> Iterator[Answer]:
    """Send a request and give its answer for reading, whatever its status.

    Raises:
        OSError: no connection, no answer, or an address that is none; its text is the reason.
    """
    with _reason_told():
        answer = _open(request)
    with contextlib.closing(answer):
        yield answer


def is_success(answer: Answer) -> bool:
    """Whether the status of an answer is one of success."""
    return answer.status in _SUCCESS


def pieces(answer: Answer, request: Request) -> Iterator[bytes]:
    """Yield what comes, as it comes, within the limits of the request.

    Raises:
        OSError: the connection breaks, or the answer is too long or takes too long; its text is the reason.
    """
    deadline, size = time.monotonic() + request.seconds, 0
    while True:
        with _reason_told():
            piece = answer.read1(_CHUNK)
        size += len(piece)
        if size > request.max_bytes:
            raise OSError(f"more than {request.max_bytes} bytes")
        if not piece:
            return
        yield piece
        if time.monotonic() > deadline:
            raise TimeoutError(f"not finished after {request.seconds:g} seconds")


def _open(request: Request) -> Answer:
    if urlsplit(request.url).scheme not in _SCHEMES:
        raise ValueError("expected an address with http or https")
    asked = urllib.request.Request(  # noqa: S310 - the scheme has been looked at
        request.url, data=request.data, headers={"User-Agent": "plugintool", **request.headers}
    )
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
    try:
        return opener.open(asked, timeout=request.seconds)  # type: ignore[no-any-return]
    except urllib.error.HTTPError as refusal:  # which is an answer, too
        return refusal


@contextlib.contextmanager
def _reason_told() -> Iterator[None]:
    """Make one kind of error of all that the network brings."""
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise OSError(str(getattr(error, "reason", None) or error).lower()) from error

"""The one port to the network: one request, one bounded answer, in bounded time.

Redirects are not followed, and proxies of the environment are not used: the address that was named is the one that is
asked. Only commands that say so in their help come here.
"""

from __future__ import annotations

import contextlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import urlsplit

from plugintool.errors import DownloadError

_CHUNK: Final = 64 * 1024
_SCHEMES: Final = frozenset({"http", "https"})


class Answer(Protocol):
    """What is read of an answer, or of an error that carries one."""

    @property
    def headers(self) -> http.client.HTTPMessage:
        """The headers."""

    def read1(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, as soon as there are some; empty at the end."""


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
    """Makes a redirect an ``HTTPError``: the address that was named is the one that has been agreed to."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        """Follow nothing."""


def fetch(request: Request) -> bytes:
    """Return the whole answer.

    Raises:
        DownloadError: no connection, no success, too long, too late, or an address that is none.
    """
    deadline = time.monotonic() + request.seconds
    with _named(request), open_answer(request) as answer:
        return _read(answer, request, deadline)


@contextlib.contextmanager
def open_answer(request: Request) -> Iterator[Answer]:
    """Send a request and give its answer for reading.

    Raises:
        urllib.error.HTTPError: a status that is no success; it can be read like an answer.
        OSError, http.client.HTTPException, ValueError: no answer.
    """
    if urlsplit(request.url).scheme not in _SCHEMES:
        raise ValueError("expected an address with http or https")
    asked = urllib.request.Request(  # noqa: S310 - the scheme has been looked at
        request.url, data=request.data, headers={"User-Agent": "plugintool", **request.headers}
    )
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
    with opener.open(asked, timeout=request.seconds) as answer:
        yield answer


@contextlib.contextmanager
def _named(request: Request) -> Iterator[None]:
    """Turn whatever goes wrong into an error that names the address."""
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        raise _failed(request, f"status {error.code}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _failed(request, str(getattr(error, "reason", None) or error).lower()) from error


def _read(answer: Answer, request: Request, deadline: float) -> bytes:
    data = b""
    while chunk := answer.read1(_CHUNK):
        data += chunk
        if len(data) > request.max_bytes:
            raise _failed(request, f"more than {request.max_bytes} bytes")
        if time.monotonic() > deadline:
            raise _failed(request, f"not finished after {request.seconds:g} seconds")
    return data


def _failed(request: Request, reason: str) -> DownloadError:
    return DownloadError(f"the answer could not be had: {reason}", path=request.url[:200])

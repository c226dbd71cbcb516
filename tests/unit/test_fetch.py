"""The port to the network: one bounded answer from the address that was named, or an error that names it."""

from __future__ import annotations

import time

import pytest

from plugintool.errors import DownloadError
from plugintool.fetch import Request, fetch
from tests.loopback import Said, serving


def ask(url: str, *, data: bytes | None = None, seconds: float = 5.0, max_bytes: int = 1000) -> bytes:
    return fetch(Request(url=url, data=data, headers={"X-Test": "yes"}, seconds=seconds, max_bytes=max_bytes))


def test_answer_is_returned() -> None:
    """All of it, whatever its pieces."""
    with serving(lambda _: Said((b"one ", b"two"))) as server:
        assert ask(f"{server.url}/a") == b"one two"
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.headers["X-Test"]) == ("GET", "/a", "yes")
    assert asked.headers["User-Agent"] == "plugintool"


def test_data_is_posted() -> None:
    """As it is."""
    with serving(lambda asked: Said((asked.body,))) as server:
        assert ask(server.url, data=b"\0\xff") == b"\0\xff"
    assert server.asked[0].method == "POST"


@pytest.mark.parametrize("status", [204, 404, 500])
def test_status(status: int) -> None:
    """No success is an error that says which; an empty answer is an answer."""
    with serving(lambda _: Said(status=status)) as server:
        if status == 204:
            assert ask(server.url) == b""
            return
        with pytest.raises(DownloadError, match=f"status {status}"):
            ask(server.url)


def test_redirects_are_not_followed() -> None:
    """Not even to the same server: another address has not been agreed to."""
    moved = Said(status=302, headers={"Location": "/other"})
    with serving(lambda _: moved) as server, pytest.raises(DownloadError, match="status 302"):
        ask(server.url)
    assert len(server.asked) == 1


def test_answer_is_bounded() -> None:
    """At the limit it is one, above it is none."""
    with serving(lambda _: Said((b"x" * 1000,))) as server:
        assert len(ask(server.url, max_bytes=1000)) == 1000
        with pytest.raises(DownloadError, match="more than 999 bytes"):
            ask(server.url, max_bytes=999)


def test_time_is_bounded() -> None:
    """Also of a server that sends a byte now and then."""
    drips = (b"x", lambda: time.sleep(0.05)) * 40
    with (
        serving(lambda _: Said(drips)) as server,
        pytest.raises(DownloadError, match=r"not finished after 0\.2 seconds"),
    ):
        ask(server.url, seconds=0.2)


def test_silence_is_bounded() -> None:
    """A server that accepts and says nothing."""
    with serving(lambda _: Said((lambda: time.sleep(0.5),))) as server, pytest.raises(DownloadError, match="timed out"):
        ask(server.url, seconds=0.1)


def test_nobody_listens() -> None:
    """The message names the address."""
    with serving(lambda _: Said()) as server:
        url = server.url
    with pytest.raises(DownloadError) as caught:
        ask(url)
    assert caught.value.detail["path"] == url


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "ftp://x/y", "x", "http://", "http://[", "http://a b/"])
def test_other_addresses(url: str) -> None:
    """Never a file of this machine."""
    with pytest.raises(DownloadError):
        ask(url)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever can set a variable does not choose who answers."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    with serving(lambda _: Said((b"direct",))) as server:
        assert ask(server.url) == b"direct"

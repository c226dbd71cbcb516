"""Timestamps from an authority on this machine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from plugintool.envelope import der, tst
from plugintool.errors import SigningError
from plugintool.sign.timestamp import request_timestamp
from plugintool.verify.certificate import read_certificate
from plugintool.verify.timestamp import check_timestamp
from tests import authority_world as world
from tests.authority_world import NOW
from tests.loopback import Asked, Said, serving

SIGNATURE = b"a signature value"


def authority(asked: Asked, *, nonce: int = 0, message: bytes = SIGNATURE) -> bytes:
    """Answer as an authority would, with a nonce that is off by ``nonce``."""
    _, wanted = tst.parse_request(asked.body, what="request")
    assert wanted is not None
    return tst.render_response(world.stamp(message, world.family().tsa, nonce=wanted + nonce))


def ask(answer: Callable[[Asked], bytes]) -> bytes:
    with serving(lambda asked: Said((answer(asked),))) as server:
        return request_timestamp(SIGNATURE, server.url)


def test_answer_is_a_timestamp_of_the_signature() -> None:
    """One that the verifier takes."""
    token = tst.parse_response(ask(authority), what="x")
    roots = [read_certificate(world.family().tsa_root.der, what="x")]
    assert check_timestamp(token, SIGNATURE, roots=roots, now=NOW, what="x").moment == NOW


def test_request_is_what_authorities_expect() -> None:
    """RFC 3161 §3.4: posted, with its content type; a fresh nonce each time."""
    nonces = set()
    with serving(lambda asked: Said((authority(asked),))) as server:
        for _ in range(3):
            request_timestamp(SIGNATURE, server.url)
    for asked in server.asked:
        assert asked.method == "POST"
        assert asked.headers["Content-Type"] == "application/timestamp-query"
        nonces.add(tst.parse_request(asked.body, what="x")[1])
    assert len(nonces) == 3


@pytest.mark.parametrize(
    "answer",
    [
        lambda asked: authority(asked, nonce=1),
        lambda asked: authority(asked, message=b"another"),
    ],
)
def test_answer_to_another_question(answer: Callable[[Asked], bytes]) -> None:
    """An old one, or one about something else."""
    with pytest.raises(SigningError, match="another question"):
        ask(answer)


@pytest.mark.parametrize("data", [b"", b"<html>busy</html>", b"\x30\x00"])
def test_answer_that_is_none(data: bytes) -> None:
    """The message names the authority."""
    with pytest.raises(SigningError, match="no timestamp") as caught:
        ask(lambda _: data)
    assert caught.value.detail["path"].startswith("http://127.0.0.1")


def test_refusal_says_why() -> None:
    """In the words of the authority."""
    text = der.encode(der.SEQUENCE, der.encode(der.UTF8_STRING, b"come back tomorrow"))
    refusal = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode_integer(2), text))
    with pytest.raises(SigningError) as caught:
        ask(lambda _: refusal)
    assert "come back tomorrow" in caught.value.detail["found"]

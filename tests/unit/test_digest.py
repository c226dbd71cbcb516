"""One digest, one spelling."""

from __future__ import annotations

import pytest

from plugintool.digest import SHORT_LENGTH, Digest, parse_digest, sha256, short

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(("data", "expected"), [(b"", EMPTY), (b"abc", ABC)])
def test_known_answers(data: bytes, expected: str) -> None:
    """The examples of FIPS 180-4."""
    assert sha256(data) == expected


def test_parse_takes_the_one_spelling() -> None:
    """64 lower-case hexadecimal digits."""
    assert parse_digest(ABC) == Digest(ABC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ABC.upper(),
        ABC[:-1],
        ABC + "0",
        ABC + "\n",
        " " + ABC[1:],
        "sha256:" + ABC,
        "g" + ABC[1:],
        "\uff11" + ABC[1:],
        ABC.encode(),
        int(ABC, 16),
        None,
        [ABC],
    ],
)
def test_parse_refuses_every_other(text: object) -> None:
    """None for another case, length, alphabet or type."""
    assert parse_digest(text) is None


def test_short_form() -> None:
    """The first 12 digits."""
    assert short(Digest(ABC)) == "ba7816bf8f01"
    assert SHORT_LENGTH == 12

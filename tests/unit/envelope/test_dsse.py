"""The pre-authentication encoding, byte for byte."""

from __future__ import annotations

import pytest

from plugintool.envelope.dsse import PAYLOAD_TYPE, pae


def test_pae_is_the_example_of_the_specification() -> None:
    """The example in protocol.md of secure-systems-lab/dsse."""
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert expected == pae("http://example.com/HelloWorld", b"hello world")


@pytest.mark.parametrize(
    ("payload_type", "payload", "expected"),
    [
        ("", b"", b"DSSEv1 0  0 "),
        ("t", b"\0\xff", b"DSSEv1 1 t 2 \0\xff"),
        ("\u00e9", b"x", b"DSSEv1 2 \xc3\xa9 1 x"),
    ],
)
def test_lengths_count_bytes(payload_type: str, payload: bytes, expected: bytes) -> None:
    """Not characters, and any byte may stand in a payload."""
    assert expected == pae(payload_type, payload)


def test_type_and_payload_cannot_be_shifted() -> None:
    """A byte moved from the type to the payload gives other bytes to sign."""
    assert pae("ab", b"c") != pae("a", b"bc")


def test_payload_type_is_that_of_in_toto() -> None:
    """As https://github.com/in-toto/attestation asks."""
    assert PAYLOAD_TYPE == "application/vnd.in-toto+json"

"""ECDSA values: hardware and some services give two numbers one after the other (IEEE P1363), everybody else DER."""

from __future__ import annotations

from plugintool.envelope import der
from plugintool.errors import MalformedFileError


def as_der(value: bytes) -> bytes:
    """Return an ECDSA value in DER: as it is when it is that, else made of its two halves."""
    return value if _is_der(value) else encode_numbers(value)


def encode_numbers(value: bytes) -> bytes:
    """Return the DER form of two numbers of the same length, one after the other."""
    half = len(value) // 2
    numbers = (int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
    return der.encode(der.SEQUENCE, *map(der.encode_integer, numbers))


def _is_der(value: bytes) -> bool:
    try:
        fields = der.read_der(value, what="signature").fields()
        numbers = (fields.take().integer(), fields.take().integer())
        fields.finish()
    except MalformedFileError:
        return False
    return min(numbers) > 0

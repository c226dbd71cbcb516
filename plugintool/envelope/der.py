"""DER (ITU-T X.690) of the small part that CMS, timestamps and certificates need, read strictly and lazily.

A reader of its own, because a signature is over bytes as received: every element keeps its own bytes (``whole``), and
nothing is ever encoded again to be compared. Accepted are single-byte tags and definite lengths in their shortest form;
the content of an element is looked at only when it is asked for, so no input makes this recurse or take longer than its
length. Sets may be unsorted: RFC 5652 asks for an order in signed attributes only, and the public ``mcpb`` tool does
not keep it there.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Final

from plugintool import limits
from plugintool.errors import LimitExceededError, MalformedFileError
from plugintool.frozen import dataclass, field

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OID: Final = 0x06
UTF8_STRING: Final = 0x0C
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
SEQUENCE: Final = 0x30
SET: Final = 0x31

_NAMES: Final = {
    BOOLEAN: "BOOLEAN",
    INTEGER: "INTEGER",
    BIT_STRING: "BIT STRING",
    OCTET_STRING: "OCTET STRING",
    NULL: "NULL",
    OID: "OBJECT IDENTIFIER",
    UTF8_STRING: "UTF8String",
    UTC_TIME: "UTCTime",
    GENERALIZED_TIME: "GeneralizedTime",
    SEQUENCE: "SEQUENCE",
    SET: "SET",
}
_LONG_TAG, _LONG_LENGTH, _LENGTH_BYTES_MAX = 0x1F, 0x80, 4
_OID_BYTES_MAX, _INTEGER_BYTES_MAX = 64, 1025
"""The longest integer is the modulus of an RSA key of 8,192 bits, with its zero byte in front."""
_UTC_TIME = re.compile(rb"[0-9]{12}Z\Z")
_GENERALIZED_TIME = re.compile(rb"([0-9]{14})(?:\.([0-9]{0,8}[1-9]))?Z\Z")
_CENTURY_TURN = 50
"""UTCTime has two digits for the year: 50 to 99 are 1950 to 1999 (RFC 5280 §4.1.2.5.1)."""


def context(number: int, *, constructed: bool = True) -> int:
    """Return the tag ``[number]`` of the context class."""
    return (0xA0 if constructed else 0x80) | number


@dataclass(frozen=True, slots=True)
class Der:
    """One element: its tag, its content, and the bytes of the whole as they were received.

    ``what`` names the document in messages, ``at`` is the offset of the element in it, in bytes.
    """

    tag: int
    body: bytes
    whole: bytes
    what: str = field(compare=False, default="")
    at: int = field(compare=False, default=0)

    def expect(self, tag: int) -> Der:
        """Return this element if it has ``tag``.

        Raises:
            MalformedFileError: it has another one.
        """
        if self.tag != tag:
            raise self.wrong(f"expected {_name(tag)}", found=_name(self.tag))
        return self

    def children(self, tag: int = SEQUENCE) -> tuple[Der, ...]:
        """Return the elements inside this one, which must have ``tag``."""
        self.expect(tag)
        found, offset = [], 0
        while offset < len(self.body):
            item = _read_one(self.body, offset, self.what, self.at + len(self.whole) - len(self.body))
            found.append(item)
            offset += len(item.whole)
        return tuple(found)

    def fields(self, tag: int = SEQUENCE) -> Fields:
        """Return the elements inside this one for taking them in order."""
        return Fields(self, self.children(tag))

    def inner(self, tag: int) -> Der:
        """Return the only element inside this one, which must have ``tag`` (an explicit tag)."""
        items = self.children(tag)
        if len(items) != 1:
            raise self.wrong("expected one element inside", found=str(len(items)))
        return items[0]

    def integer(self) -> int:
        """Return the value of an INTEGER."""
        body = self.expect(INTEGER).body
        if not 0 < len(body) <= _INTEGER_BYTES_MAX:
            raise self.wrong(f"expected an INTEGER of 1 to {_INTEGER_BYTES_MAX} bytes", found=f"{len(body)} bytes")
        if len(body) > 1 and body[0] in (0, 0xFF) and (body[0] ^ body[1]) < _LONG_LENGTH:
            raise self.wrong("expected an INTEGER in its shortest form")
        return int.from_bytes(body, "big", signed=True)

    def boolean(self) -> bool:
        """Return the value of a BOOLEAN."""
        body = self.expect(BOOLEAN).body
        if body not in (b"\0", b"\xff"):
            raise self.wrong("expected a BOOLEAN of 00 or FF", found=body.hex()[:20])
        return body == b"\xff"

    def octets(self) -> bytes:
        """Return the content of an OCTET STRING."""
        return self.expect(OCTET_STRING).body

    def oid(self) -> str:
        """Return an OBJECT IDENTIFIER in dotted form."""
        body = self.expect(OID).body
        if not 0 < len(body) <= _OID_BYTES_MAX or body[-1] & 0x80:
            raise self.wrong("expected a whole OBJECT IDENTIFIER", found=body[:_OID_BYTES_MAX].hex())
        arcs, value, starts = [], 0, True
        for byte in body:
            if starts and byte == _LONG_LENGTH:
                raise self.wrong("expected an OBJECT IDENTIFIER in its shortest form")
            value = value << 7 | byte & 0x7F
            starts = not byte & 0x80
            if starts:
                arcs.append(value)
                value = 0
        first = min(arcs[0] // 40, 2)
        return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))

    def time(self) -> dt.datetime:
        """Return a UTCTime or GeneralizedTime as an aware datetime in UTC, with microseconds if it has a fraction."""
        try:
            return self._utc_time() if self.tag == UTC_TIME else self._generalized_time()
        except ValueError as error:
            raise self.wrong("expected a moment in UTC to the second", found=ascii(self.body[:30])) from error

    def _utc_time(self) -> dt.datetime:
        if not _UTC_TIME.match(self.body):
            raise ValueError("no UTCTime")
        digits = self.body[:12].decode()
        century = "20" if int(digits[:2]) < _CENTURY_TURN else "19"
        return _moment(century + digits)

    def _generalized_time(self) -> dt.datetime:
        found = _GENERALIZED_TIME.match(self.expect(GENERALIZED_TIME).body)
        if found is None:
            raise ValueError("no GeneralizedTime")
        microseconds = int((found[2] or b"0").ljust(6, b"0")[:6])
        return _moment(found[1].decode()).replace(microsecond=microseconds)

    def wrong(self, message: str, *, found: str = "") -> MalformedFileError:
        """Return an error that names this element."""
        return _wrong(message, self.what, self.at, found)


class Fields:
    """The elements of a SEQUENCE, taken one after the other."""

    def __init__(self, owner: Der, items: tuple[Der, ...]) -> None:
        self._owner = owner
        self._items = items
        self._taken = 0

    def take(self, tag: int | None = None) -> Der:
        """Return the next element, which must have ``tag`` where one is given."""
        if self._taken == len(self._items):
            raise self._owner.wrong(f"expected {'one more element' if tag is None else _name(tag)}", found="the end")
        item = self._items[self._taken] if tag is None else self._items[self._taken].expect(tag)
        self._taken += 1
        return item

    def take_if(self, *tags: int) -> Der | None:
        """Return the next element if it has one of ``tags``."""
        if self._taken < len(self._items) and self._items[self._taken].tag in tags:
            return self.take()
        return None

    def finish(self) -> None:
        """Refuse elements that nobody took."""
        if self._taken < len(self._items):
            raise self._items[self._taken].wrong("an element that does not belong here")


def read_der(data: bytes, *, what: str) -> Der:
    """Return the one element that ``data`` is.

    Args:
        data: the bytes, with nothing after the element.
        what: how messages name them.

    Raises:
        MalformedFileError: they are no DER element, or more than one.
        LimitExceededError: more than ``limits.DER_BYTES``.
    """
    if len(data) > limits.DER_BYTES:
        raise LimitExceededError(f"larger than {limits.DER_BYTES} bytes", path=what)
    element = _read_one(data, 0, what, 0)
    if len(element.whole) != len(data):
        raise _wrong("bytes follow the last element", what, len(element.whole), f"{len(data) - len(element.whole)}")
    return element


def encode(tag: int, *parts: bytes) -> bytes:
    """Return an element with this tag and content."""
    size = sum(map(len, parts))
    if size < _LONG_LENGTH:
        length = bytes([size])
    else:
        digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes([_LONG_LENGTH | len(digits)]) + digits
    return b"".join([bytes([tag]), length, *parts])


def encode_integer(value: int) -> bytes:
    """Return an INTEGER."""
    magnitude = ~value if value < 0 else value
    return encode(INTEGER, value.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True))


def encode_oid(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return encode(OID, *(_base_128(arc) for arc in (first * 40 + second, *rest)))


def encode_set(parts: Iterable[bytes]) -> bytes:
    """Return a SET OF in DER order."""
    return encode(SET, *sorted(parts))


def _base_128(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(0x80 | value & 0x7F)
    return bytes(reversed(digits))


def _read_one(data: bytes, offset: int, what: str, base: int) -> Der:
    """Read the element at ``offset``; ``base`` is the place of ``data`` in the document."""
    here = base + offset
    if len(data) - offset < 2:  # noqa: PLR2004 - a tag and a length
        raise _wrong("expected a tag and a length", what, here, "the end")
    if data[offset] & _LONG_TAG == _LONG_TAG:
        raise _wrong("expected a tag of one byte", what, here, f"{data[offset]:02x}")
    size, start = data[offset + 1], offset + 2
    if size >= _LONG_LENGTH:
        count = size - _LONG_LENGTH
        digits = data[start : start + count]
        size, start = int.from_bytes(digits, "big"), start + count
        if not 1 <= count == len(digits) <= _LENGTH_BYTES_MAX or size < _LONG_LENGTH or digits[0] == 0:
            raise _wrong("expected a definite length in its shortest form", what, here, data[offset:start].hex()[:20])
    if size > len(data) - start:
        raise _wrong(f"expected {size} bytes of content", what, here, f"{len(data) - start}")
    return Der(data[offset], data[start : start + size], data[offset : start + size], what, here)


def _moment(digits: str) -> dt.datetime:
    year, rest = int(digits[:4]), [int(digits[at : at + 2]) for at in range(4, 14, 2)]
    month, day, hour, minute, second = rest
    return dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)


def _name(tag: int) -> str:
    if tag & 0xC0 == 0x80:  # noqa: PLR2004 - the context class
        return f"[{tag & 0x1F}]"
    return _NAMES.get(tag, f"the tag {tag:02x}")


def _wrong(message: str, what: str, at: int, found: str) -> MalformedFileError:
    return MalformedFileError(f"not the expected DER: {message}", path=what, field=f"byte {at}", found=found)

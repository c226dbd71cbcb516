"""DER: one reading for each text of bytes, bounded and total."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugintool import limits
from plugintool.envelope import der
from plugintool.envelope.der import Der, read_der
from plugintool.errors import InputError, LimitExceededError, MalformedFileError


def read(text: str) -> Der:
    return read_der(bytes.fromhex(text), what="x.der")


def test_element_keeps_its_bytes() -> None:
    """What is signed is what was received."""
    element = read("30 06 02 01 05 04 01 ff")
    assert element.whole == bytes.fromhex("30060201050401ff")
    assert [child.whole.hex() for child in element.children()] == ["020105", "0401ff"]


def test_offsets_are_those_in_the_document() -> None:
    """A message names the byte, however deep the element lies."""
    inner = read("30 08 02 01 05 30 03 01 01 07").children()[1].children()[0]
    assert inner.at == 7
    with pytest.raises(MalformedFileError) as caught:
        inner.boolean()
    assert caught.value.detail["field"] == "byte 7"
    assert caught.value.detail["path"] == "x.der"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "expected a tag and a length"),
        ("30", "expected a tag and a length"),
        ("1f 81 01 00", "expected a tag of one byte"),
        ("30 80 00 00", "expected a definite length"),
        ("04 81 7f" + "00" * 127, "shortest form"),
        ("04 82 00 80" + "00" * 128, "shortest form"),
        ("04 85 00 00 00 00 01 00", "shortest form"),
        ("04 ff", "shortest form"),
        ("04 84 ff ff", "shortest form"),
        ("04 84 ff ff ff ff", "expected 4294967295 bytes"),
        ("04 02 00", "expected 2 bytes"),
        ("05 00 00", "bytes follow"),
        ("05 00 05 00", "bytes follow"),
    ],
)
def test_other_encodings_are_refused(text: str, why: str) -> None:
    """Indefinite, long-winded, cut and continued encodings."""
    with pytest.raises(MalformedFileError, match=why):
        read(text)


def test_size_is_bounded() -> None:
    """Nothing is read of what is too large."""
    with pytest.raises(LimitExceededError):
        read_der(b"\0" * (limits.DER_BYTES + 1), what="x")


@pytest.mark.parametrize("value", [0, 1, 127, 128, 255, 256, -1, -128, -129, 2**64, -(2**64), 2**8192 - 1])
def test_integers_read_back(value: int) -> None:
    """Both signs, around each border."""
    assert read_der(der.encode_integer(value), what="x").integer() == value


@pytest.mark.parametrize("text", ["02 00", "02 02 00 7f", "02 02 ff 80", "04 01 05"])
def test_other_integers_are_refused(text: str) -> None:
    """None, padded, and no integer at all."""
    with pytest.raises(MalformedFileError):
        read(text).integer()


def test_largest_integer() -> None:
    """The modulus of the longest RSA key fits, one byte more does not."""
    assert read_der(der.encode(der.INTEGER, b"\1" * 1025), what="x").integer() > 0
    with pytest.raises(MalformedFileError, match="1 to 1025 bytes"):
        read_der(der.encode(der.INTEGER, b"\1" * 1026), what="x").integer()


@pytest.mark.parametrize("dotted", ["1.2.840.113549.1.7.2", "2.5.4.3", "0.9.2342", "1.39.1", "2.999.3", "2.16.840.1"])
def test_object_identifiers_read_back(dotted: str) -> None:
    """The first two arcs share a number."""
    assert read_der(der.encode_oid(dotted), what="x").oid() == dotted


@pytest.mark.parametrize(
    "text", ["06 00", "06 02 2a 86", "06 03 2a 80 01", "06 01 80", "06 41" + "2a" * 65, "0c 01 2a"]
)
def test_other_object_identifiers_are_refused(text: str) -> None:
    """Empty, cut, padded, too long, or something else."""
    with pytest.raises(MalformedFileError):
        read(text).oid()


@pytest.mark.parametrize(("text", "value"), [("01 01 ff", True), ("01 01 00", False)])
def test_booleans(text: str, value: bool) -> None:
    """DER has two."""
    assert read(text).boolean() is value


@pytest.mark.parametrize("text", ["01 01 01", "01 00", "01 02 ff ff"])
def test_other_booleans_are_refused(text: str) -> None:
    """BER has 254 more."""
    with pytest.raises(MalformedFileError):
        read(text).boolean()


def time(tag: int, text: bytes) -> dt.datetime:
    return read_der(der.encode(tag, text), what="x").time()


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        (der.UTC_TIME, b"261124120000Z", "2026-11-24T12:00:00+00:00"),
        (der.UTC_TIME, b"491231235959Z", "2049-12-31T23:59:59+00:00"),
        (der.UTC_TIME, b"500101000000Z", "1950-01-01T00:00:00+00:00"),
        (der.GENERALIZED_TIME, b"20500101000000Z", "2050-01-01T00:00:00+00:00"),
        (der.GENERALIZED_TIME, b"20261124120000.5Z", "2026-11-24T12:00:00.500000+00:00"),
        (der.GENERALIZED_TIME, b"20261124120000.123456789Z", "2026-11-24T12:00:00.123456+00:00"),
    ],
)
def test_times(tag: int, text: bytes, expected: str) -> None:
    """Two digits of a year are read as RFC 5280 says; parts of a second only where they are allowed."""
    assert time(tag, text).isoformat() == expected


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        (der.UTC_TIME, b"2611241200Z"),
        (der.UTC_TIME, b"261124120000+0100"),
        (der.UTC_TIME, b"261324120000Z"),
        (der.UTC_TIME, b"261124126100Z"),
        (der.UTC_TIME, "\uff12\uff161124120000Z".encode()),
        (der.GENERALIZED_TIME, b"20261124120000"),
        (der.GENERALIZED_TIME, b"20261124120000.Z"),
        (der.GENERALIZED_TIME, b"20261124120000.50Z"),
        (der.GENERALIZED_TIME, b"00001124120000Z"),
        (der.GENERALIZED_TIME, b"20261124120000Z\n"),
        (der.OCTET_STRING, b"20261124120000Z"),
    ],
)
def test_other_times_are_refused(tag: int, text: bytes) -> None:
    """Local, offset, impossible, or written in more than one way."""
    with pytest.raises(MalformedFileError):
        time(tag, text)


def test_fields_are_taken_in_order() -> None:
    """Optional ones by their tag, and nothing may be left."""
    fields = read("30 08 02 01 05 04 01 ff 05 00").fields()
    assert fields.take_if(der.OID) is None
    assert fields.take(der.INTEGER).integer() == 5
    assert fields.take_if(der.OID, der.OCTET_STRING) is not None
    with pytest.raises(MalformedFileError, match="does not belong"):
        fields.finish()
    fields.take(der.NULL)
    fields.finish()
    with pytest.raises(MalformedFileError, match="expected one more element"):
        fields.take()


def test_explicit_tag_holds_one_element() -> None:
    """Not none, not two."""
    assert read("a0 03 02 01 05").inner(der.context(0)).integer() == 5
    for text in ("a0 00", "a0 06 02 01 05 02 01 05"):
        with pytest.raises(MalformedFileError, match="one element"):
            read(text).inner(der.context(0))


def test_sets_are_written_in_order_and_read_in_any() -> None:
    """Signed attributes of the public tool are not sorted, and what was received is what counts."""
    assert der.encode_set([b"\x02\x01\x07", b"\x02\x01\x05"]).hex() == "3106020105020107"
    assert [item.integer() for item in read("31 06 02 01 07 02 01 05").children(der.SET)] == [7, 5]


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65_535, 65_536])
def test_lengths_are_the_shortest(size: int) -> None:
    """What is written is what is read, around each border of the length."""
    data = der.encode(der.OCTET_STRING, b"\0" * size)
    assert read_der(data, what="x").octets() == b"\0" * size


def test_deep_nesting_costs_nothing() -> None:
    """Elements are read when they are asked for, so nothing recurses."""
    data = b""
    for _ in range(20_000):
        data = der.encode(der.SEQUENCE, data)
    assert len(read_der(data, what="x").children()) == 1


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """A value that is those bytes again, or an error of the input."""
    try:
        element = read_der(data, what="x")
    except InputError:
        return
    assert element.whole == data
    assert der.encode(element.tag, element.body) == data
    for read_as in (element.integer, element.oid, element.boolean, element.time, element.children, element.octets):
        try:
            read_as()
        except InputError:
            continue

"""Certificates are read whole or not at all."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool import limits
from plugintool.digest import sha256
from plugintool.errors import InputError, LimitExceededError, MalformedFileError
from plugintool.verify.certificate import name_text, read_certificate, read_certificates, split_pem
from tests import authority_world as world


def test_certificate_says_who_and_for_how_long() -> None:
    """Its name, its key, its term."""
    leaf = world.family().leaf
    read = read_certificate(leaf.der, what="x")
    assert read.der == leaf.der
    assert read.name == "Acme Release 2026 / Acme"
    assert read.key_id == sha256(read.spki)
    start, end = world.NOW - world.YEAR, world.NOW + world.YEAR
    second = dt.timedelta(seconds=1)
    moments = (start - second, start, world.NOW, end, end + second)
    assert [read.is_valid_at(moment) for moment in moments] == [False, True, True, True, False]


def test_name_of_somebody_without_a_common_name() -> None:
    """What there is, and never nothing."""
    unit = x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "Tools")
    country = x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "NL")
    assert name_text(x509.Name([country, unit])) == "Tools"
    assert name_text(x509.Name([country])) == "C=NL"
    assert name_text(x509.Name([])) == "a certificate without a name"


def test_long_names_are_cut() -> None:
    """They end up in messages."""
    parts = [x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "A" * 64) for _ in range(20)]
    assert len(name_text(x509.Name([*parts, x509.NameAttribute(x509.NameOID.COMMON_NAME, "B" * 64)]))) <= 200


def test_pem_gives_all_certificates_in_order() -> None:
    """With whatever openssl writes between them."""
    people = world.family()
    text = f"subject=x\n{people.leaf.pem}\nissuer=y\n{people.root.pem}"
    assert split_pem(text, what="x") == (people.leaf.der, people.root.der)
    assert split_pem(text.replace("\n", "\r\n"), what="x") == (people.leaf.der, people.root.der)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----",
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    """No certificate, an empty one, something else, no base64."""
    with pytest.raises(MalformedFileError):
        split_pem(text, what="chain.pem")


def test_number_of_certificates_is_bounded() -> None:
    """In a text and in a list."""
    many = limits.CERTIFICATES + 1
    with pytest.raises(LimitExceededError):
        split_pem(world.family().leaf.pem * many, what="x")
    with pytest.raises(LimitExceededError):
        read_certificates([world.family().leaf.der] * many, what="x")
    assert len(read_certificates([world.family().leaf.der] * limits.CERTIFICATES, what="x")) == limits.CERTIFICATES


def test_size_is_bounded() -> None:
    """Nothing is read of what is too large."""
    with pytest.raises(LimitExceededError):
        read_certificate(b"0" * (limits.DER_BYTES + 1), what="x")


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"nonsense", b"\x30\x82\x01\x00"])
def test_other_bytes_are_refused(data: bytes) -> None:
    """And the message names the place."""
    with pytest.raises(MalformedFileError) as caught:
        read_certificate(data, what="policy.json")
    assert caught.value.detail["path"] == "policy.json"


def test_bytes_after_a_certificate_are_refused() -> None:
    """There would be room for something else."""
    with pytest.raises(MalformedFileError):
        read_certificate(world.family().leaf.der + b"\0", what="x")


def test_serial_number_that_is_not_positive_is_refused() -> None:
    """RFC 5280 §4.1.2.2; the library would only warn."""
    leaf = world.issue("Zero", "ec:zero", serial=0x11223344).der
    zero = leaf.replace(bytes.fromhex("020411223344"), bytes.fromhex("020491223344"))
    assert zero != leaf
    with pytest.raises(MalformedFileError):
        read_certificate(zero, what="x")


@settings(max_examples=500)
@given(st.data())
def test_any_change_gives_a_value_or_an_error_of_the_input(data: st.DataObject) -> None:
    """Never another exception, and what was read can be shown."""
    changed = bytearray(world.family().leaf.der)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = read_certificate(bytes(changed), what="x")
    except InputError:
        return
    assert read.name
    assert read.is_valid_at(world.NOW) in (True, False)

"""PKCS #11 URIs (RFC 7512): what names a key, and what is refused before any library is loaded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugintool.errors import ConfigError
from plugintool.sign.pkcs11_signer import parse_uri

MODULE = "?module-path=/usr/lib/hsm.so"


def test_all_that_a_uri_says() -> None:
    """Names are in UTF-8 and %xx, numbers in %xx."""
    found = parse_uri(
        "pkcs11:token=My%20token%3B;serial=52a9;object=caf%C3%A9;id=%01%ff;type=private?module-path=/opt/a%20b.so"
    )
    assert (found.token, found.serial, found.label) == ("My token;", b"52a9", "caf\u00e9")
    assert (found.key_id, found.module) == (b"\x01\xff", "/opt/a b.so")


@pytest.mark.parametrize("name", ["object=k", "id=%01"])
def test_either_name_of_a_key_is_enough(name: str) -> None:
    """What is not said is not looked at."""
    found = parse_uri(f"pkcs11:{name}{MODULE}")
    assert (found.token, found.serial) == (None, None)
    assert (found.label is None) != (found.key_id is None)


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        (f"pkcs11:token=t{MODULE}", "names no key"),
        (f"pkcs11:{MODULE}", "names no key"),
        ("pkcs11:object=k", "names no PKCS #11 library"),
        ("pkcs11:object=k?module-path=", "names no PKCS #11 library"),
        (f"pkcs11:object=k;object=l{MODULE}", "object stands twice"),
        (f"pkcs11:object{MODULE}", "object stands twice, or without a value"),
        (f"pkcs11:object=k;type=cert{MODULE}", "something else than a private key"),
        (f"pkcs11:object=k;slot-id=3{MODULE}", "slot-id is not known"),
        (f"pkcs11:object=k;manufacturer=Acme{MODULE}", "manufacturer is not known"),
        (f"pkcs11:object=k{MODULE}&x-log=1", "x-log is not known"),
        (f"pkcs11:object=%ff{MODULE}", "no UTF-8"),
    ],
)
def test_uri_that_cannot_be_used(uri: str, why: str) -> None:
    """An attribute that is not looked at could be the one that tells two keys apart."""
    with pytest.raises(ConfigError, match=why) as caught:
        parse_uri(uri)
    assert caught.value.detail["field"] == "--key"
    assert caught.value.detail["expected"]


@pytest.mark.parametrize("pin", [f"pkcs11:object=k{MODULE}&pin-value=1234", f"pkcs11:object=k;pin-source=f{MODULE}"])
def test_pin_in_the_uri_is_refused(pin: str) -> None:
    """Command lines are seen by everybody on the machine."""
    with pytest.raises(ConfigError, match="PIN does not belong") as caught:
        parse_uri(pin)
    assert "--passphrase-file" in caught.value.detail["expected"]


@given(st.text(max_size=60))
def test_any_text_is_a_uri_or_a_usage_error(text: str) -> None:
    """Nothing else."""
    try:
        found = parse_uri(f"pkcs11:{text}")
    except ConfigError:
        return
    assert found.module
    assert found.label is not None or found.key_id is not None

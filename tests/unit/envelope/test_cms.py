"""SignedData: what is written is what openssl and we read; what is odd is refused."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.digest import sha256
from plugintool.envelope import cms, der
from plugintool.envelope.cms import parse_signed_data
from plugintool.errors import InputError, MalformedFileError
from tests import authority_world as world
from tests import vector_forge as forge

CONTENT = b"what was signed"


def signed() -> bytes:
    people = world.family()
    return world.sign_detached(CONTENT, people.leaf, people.intermediate, time=world.NOW)


def swap(data: bytes, old: bytes, new: bytes) -> bytes:
    """Replace bytes by as many others."""
    assert data.count(old) >= 1
    assert len(old) == len(new)
    return data.replace(old, new)


def test_what_is_written_reads_back() -> None:
    """Each part, and the certificates in their order."""
    people = world.family()
    read = parse_signed_data(signed(), what="x")
    assert read.content_type == cms.DATA
    assert read.content is None
    assert read.certificates == (people.leaf.der, people.intermediate.der)
    assert read.crls == ()
    signer = read.signer
    assert (signer.issuer, signer.serial) == cms.certificate_name(people.leaf.der, what="x")
    assert signer.serial == people.leaf.certificate.serial_number
    assert signer.issuer == people.leaf.certificate.issuer.public_bytes()
    assert signer.digest_algorithm == cms.Algorithm(cms.SHA256)
    assert signer.signature_algorithm == cms.Algorithm(cms.RSA)
    assert signer.unsigned == {}
    digest = der.read_der(signer.attributes[cms.MESSAGE_DIGEST][0], what="x").octets()
    assert digest.hex() == sha256(CONTENT)
    assert der.read_der(signer.attributes[cms.SIGNING_TIME][0], what="x").time() == world.NOW


def test_signed_attributes_are_a_set_in_order() -> None:
    """RFC 5652 §5.4: DER of a SET, whatever tag the structure gives it."""
    read = parse_signed_data(signed(), what="x")
    attributes = der.read_der(read.signer.signed_attributes, what="x")
    wholes = [item.whole for item in attributes.children(der.SET)]
    assert wholes == sorted(wholes)
    assert len(wholes) == 4


def test_a_timestamp_is_an_unsigned_attribute() -> None:
    """The only one that we write."""
    people = world.family()
    token = world.stamp(b"signature", people.tsa)
    data = world.sign_detached(CONTENT, people.leaf, timestamp=token)
    assert parse_signed_data(data, what="x").signer.unsigned == {cms.TIMESTAMP_TOKEN: (token,)}


def test_signing_time_after_2049_is_a_generalized_time() -> None:
    """RFC 5652 §11.3."""
    attributes = cms.render_attributes(
        b"d" * 32, certificate_digest=b"c" * 32, signing_time=world.NOW + 30 * world.YEAR
    )
    assert b"2056" in attributes
    later = [item for item in der.read_der(attributes, what="x").children(der.SET) if b"Z" in item.whole]
    assert later[0].children()[1].children(der.SET)[0].tag == der.GENERALIZED_TIME


@pytest.mark.foreign("openssl")
def test_openssl_accepts_what_is_written(foreign: Callable[[str], str], tmp_path: Path) -> None:
    """With chain, attributes in order and a timestamp beside the signature."""
    people = world.family()
    token = world.stamp(b"x", people.tsa)
    (tmp_path / "signed").write_bytes(
        world.sign_detached(CONTENT, people.leaf, people.intermediate, timestamp=token, time=world.NOW)
    )
    (tmp_path / "content").write_bytes(CONTENT)
    (tmp_path / "root").write_text(people.root.pem)
    command = [foreign("openssl"), "cms", "-verify", "-inform", "DER", "-binary", "-in", "signed"]
    command += ["-content", "content", "-CAfile", "root", "-purpose", "any", "-out", "out"]
    command += ["-attime", str(int(world.NOW.timestamp()))]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (tmp_path / "content").write_bytes(CONTENT + b"!")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


@pytest.mark.foreign("openssl")
def test_what_openssl_writes_is_read(foreign: Callable[[str], str], tmp_path: Path) -> None:
    """With the content inside, and the signer named by its key."""
    people = world.family()
    (tmp_path / "key").write_bytes((forge.KEYS / "INSECURE-TEST-rsa3072.key.pem").read_bytes())
    (tmp_path / "cert").write_text(people.leaf.pem)
    (tmp_path / "content").write_bytes(CONTENT)
    command = [
        foreign("openssl"),
        "cms",
        "-sign",
        "-binary",
        "-nodetach",
        "-outform",
        "DER",
        "-keyid",
        "-in",
        "content",
    ]
    command += ["-signer", "cert", "-inkey", "key", "-out", "signed"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    read = parse_signed_data((tmp_path / "signed").read_bytes(), what="x")
    identifier = people.leaf.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert read.content == CONTENT
    assert read.signer.key_identifier == identifier.digest
    assert read.signer.issuer == b""


def test_other_content_types_are_refused() -> None:
    """Enveloped data and the like."""
    other = der.encode_oid("1.2.840.113549.1.7.3")
    with pytest.raises(MalformedFileError, match="content type SignedData"):
        parse_signed_data(swap(signed(), der.encode_oid(cms.SIGNED_DATA), other), what="x")


def rebuilt(change: Callable[[list[bytes]], None]) -> bytes:
    """Return a SignedData whose parts were changed: version, digests, content, certificates, signers."""
    content = der.read_der(signed(), what="x").children()[1].inner(der.context(0))
    parts = [item.whole for item in content.children()]
    change(parts)
    body = der.encode(der.context(0), der.encode(der.SEQUENCE, *parts))
    return der.encode(der.SEQUENCE, der.encode_oid(cms.SIGNED_DATA), body)


def signer_of(parts: list[bytes]) -> list[bytes]:
    return [item.whole for item in der.read_der(parts[4], what="x").inner(der.SET).children()]


def with_signer(change: Callable[[list[bytes]], None]) -> bytes:
    def outer(parts: list[bytes]) -> None:
        items = signer_of(parts)
        change(items)
        parts[4] = der.encode(der.SET, der.encode(der.SEQUENCE, *items))

    return rebuilt(outer)


def test_rebuilding_changes_nothing_by_itself() -> None:
    """The two helpers above are honest."""
    assert rebuilt(lambda _: None) == signed()
    assert with_signer(lambda _: None) == signed()


def no_signer(parts: list[bytes]) -> None:
    parts[4] = der.encode(der.SET)


def two_signers(parts: list[bytes]) -> None:
    one = der.read_der(parts[4], what="x").body
    parts[4] = der.encode(der.SET, one, one)


def odd_version(parts: list[bytes]) -> None:
    parts[0] = der.encode_integer(2)


def other_certificate_choice(parts: list[bytes]) -> None:
    parts[3] = der.encode(der.context(0), der.encode(der.context(1), b""))


def one_part_more(parts: list[bytes]) -> None:
    parts.append(der.encode(der.NULL))


def content_cut_in_pieces(parts: list[bytes]) -> None:
    pieces = der.encode(0x24, der.encode(der.OCTET_STRING, b"ab"))
    parts[2] = der.encode(der.SEQUENCE, der.encode_oid(cms.DATA), der.encode(der.context(0), pieces))


@pytest.mark.parametrize(
    "change", [no_signer, two_signers, odd_version, other_certificate_choice, one_part_more, content_cut_in_pieces]
)
def test_odd_structures_are_refused(change: Callable[[list[bytes]], None]) -> None:
    """Exactly one signer, X.509 certificates, DER, and nothing more than there is."""
    with pytest.raises(MalformedFileError):
        parse_signed_data(rebuilt(change), what="x")


def attribute(oid: str, *values: bytes) -> bytes:
    return der.encode(der.SEQUENCE, der.encode_oid(oid), der.encode(der.SET, *values))


@pytest.mark.parametrize(
    "attributes",
    [
        [],
        [attribute(cms.SIGNING_TIME)],
        [attribute(cms.SIGNING_TIME, b"\5\0"), attribute(cms.SIGNING_TIME, b"\5\0")],
        [der.encode(der.SEQUENCE, der.encode_oid(cms.SIGNING_TIME))],
        [der.encode(der.NULL)],
    ],
)
def test_odd_attributes_are_refused(attributes: list[bytes]) -> None:
    """An empty set, an attribute without a value, one that is there twice: signed or not."""

    def signed_ones(items: list[bytes]) -> None:
        items[3] = der.encode(der.context(0), *attributes)

    def unsigned_ones(items: list[bytes]) -> None:
        items.append(der.encode(der.context(1), *attributes))

    for change in (signed_ones, unsigned_ones):
        with pytest.raises(MalformedFileError):
            parse_signed_data(with_signer(change), what="x")


def test_signature_without_attributes_is_read_as_such() -> None:
    """It is for the verifier to refuse."""

    def bare(items: list[bytes]) -> None:
        del items[3]

    read = parse_signed_data(with_signer(bare), what="x")
    assert read.signer.signed_attributes == b""
    assert read.signer.attributes == {}


def test_parameters_of_an_algorithm_are_kept_unless_null() -> None:
    """RSASSA-PSS has some, and is not taken for another algorithm."""
    parameters = der.encode(der.SEQUENCE, der.encode(der.context(0), b"\2\1\1"))
    element = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.1.10"), parameters)
    assert cms.read_algorithm(der.read_der(element, what="x")) == cms.Algorithm("1.2.840.113549.1.1.10", parameters)


def test_certificate_name_needs_a_certificate() -> None:
    """Not just any DER."""
    for data in (b"\x30\0", b"\x30\2\x30\0", b"\2\1\1", b""):
        with pytest.raises(InputError):
            cms.certificate_name(data, what="x")


@settings(max_examples=300)
@given(st.data())
def test_any_change_gives_a_value_or_an_error_of_the_input(data: st.DataObject) -> None:
    """Never another exception."""
    changed = bytearray(signed())
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = parse_signed_data(bytes(changed), what="x")
    except InputError:
        return
    assert isinstance(read.signer.signature, bytes)


def test_time_of_a_signer_is_in_utc() -> None:
    """Wherever the signer sits."""
    elsewhere = world.NOW.astimezone(dt.timezone(dt.timedelta(hours=9)))
    one = cms.render_attributes(b"d" * 32, certificate_digest=b"c" * 32, signing_time=elsewhere)
    assert one == cms.render_attributes(b"d" * 32, certificate_digest=b"c" * 32, signing_time=world.NOW)

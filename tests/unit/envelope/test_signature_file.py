"""Signature files: one way to write them, few ways to read them."""

from __future__ import annotations

import base64
import dataclasses
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from plugintool import limits
from plugintool.digest import Digest, sha256
from plugintool.envelope import cms
from plugintool.envelope.dsse import PAYLOAD_TYPE
from plugintool.envelope.signature_file import (
    MEDIA_TYPE,
    SignatureFile,
    further_name,
    parse_signature_file,
    render_signature_file,
)
from plugintool.errors import MalformedFileError, UnsupportedFileError
from plugintool.tree.record import is_signature_file
from tests import authority_world as world

KEY_ID = Digest("0123456789abcdef" * 4)
FILE = SignatureFile(payload=b"{}", payload_type=PAYLOAD_TYPE, signature=b"\1" * 64, key_id=KEY_ID)


def as_json() -> dict[str, Any]:
    value = json.loads(render_signature_file(FILE))
    assert isinstance(value, dict)
    return value


def parse(value: Any) -> SignatureFile:
    return parse_signature_file(json.dumps(value).encode(), path="plugin.sigstore.json")


def test_rendered_file_reads_back() -> None:
    """Writing and reading are one form."""
    assert parse_signature_file(render_signature_file(FILE), path="x") == FILE


def test_rendered_file_is_a_sigstore_bundle() -> None:
    """The members are those of Sigstore bundle v0.3 with a public key."""
    assert as_json() == {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {"publicKey": {"hint": KEY_ID}},
        "dsseEnvelope": {
            "payload": base64.b64encode(b"{}").decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": base64.b64encode(b"\1" * 64).decode()}],
        },
    }


def test_rendering_is_canonical() -> None:
    """The same signature, the same bytes, without blanks."""
    data = render_signature_file(FILE)
    assert data == render_signature_file(FILE)
    assert b" " not in data
    assert data == json.dumps(json.loads(data), sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.parametrize("size", range(1, 70))
def test_any_length_of_payload_and_signature_survives(size: int) -> None:
    """All paddings of base64."""
    file = SignatureFile(payload=bytes(size), payload_type=PAYLOAD_TYPE, signature=bytes(size), key_id=KEY_ID)
    assert file == parse_signature_file(render_signature_file(file), path="x")


def test_further_name_is_a_place_for_a_signature_file() -> None:
    """It carries the first eight digits of the key id."""
    assert further_name(KEY_ID) == ".claude-plugin/plugin.01234567.sigstore.json"
    assert is_signature_file(further_name(KEY_ID))


@pytest.mark.parametrize("member", ["mediaType", "verificationMaterial", "dsseEnvelope"])
@pytest.mark.parametrize("junk", [None, 1, "x", [], {}, [{}], {"x": 1}])
def test_wrong_value_of_any_member_is_refused(member: str, junk: Any) -> None:
    """Total: no other exception."""
    with pytest.raises(MalformedFileError):
        parse({**as_json(), member: junk})


@pytest.mark.parametrize(
    "junk", [None, 1, "!", "AA", "A===", "QUJD\n", " QUJD", "QUJ_", "QUJDRB==", [], {}, "", "\u0661QUJ"]
)
@pytest.mark.parametrize("where", ["payload", "sig"])
def test_base64_must_be_canonical(where: str, junk: Any) -> None:
    """Two texts for one byte sequence would be two files for one signature."""
    value = as_json()
    target = value["dsseEnvelope"] if where == "payload" else value["dsseEnvelope"]["signatures"][0]
    target[where] = junk
    with pytest.raises(MalformedFileError) as caught:
        parse(value)
    assert caught.value.detail["field"].endswith(where)


@pytest.mark.parametrize("hint", [KEY_ID.upper(), KEY_ID[:-1], KEY_ID + "0", "", "x" * 64, None, 3, [KEY_ID], {"a": 1}])
def test_hint_must_be_a_key_id(hint: Any) -> None:
    """64 lower-case hexadecimal digits."""
    value = as_json()
    value["verificationMaterial"]["publicKey"]["hint"] = hint
    with pytest.raises(MalformedFileError, match="hint"):
        parse(value)


@pytest.mark.parametrize("signatures", [[], [{}], [{"sig": "QUJD"}] * 2, {}, None, "QUJD", [[]], [None]])
def test_exactly_one_signature(signatures: Any) -> None:
    """Thresholds are met by several files, never by several signatures in one."""
    value = as_json()
    value["dsseEnvelope"]["signatures"] = signatures
    with pytest.raises(MalformedFileError):
        parse(value)


@pytest.mark.parametrize("keyid", ["x", KEY_ID.upper(), 1, None, [], {}])
def test_keyid_may_say_nothing_else_than_the_hint(keyid: Any) -> None:
    """DSSE allows a key id of its own; two that differ would be a riddle."""
    value = as_json()
    value["dsseEnvelope"]["signatures"][0]["keyid"] = keyid
    with pytest.raises(MalformedFileError, match="keyid"):
        parse(value)


@pytest.mark.parametrize("keyid", ["", KEY_ID])
def test_keyid_that_says_nothing_is_read(keyid: str) -> None:
    """Other writers put it there."""
    value = as_json()
    value["dsseEnvelope"]["signatures"][0]["keyid"] = keyid
    assert parse(value) == FILE


def test_empty_log_entries_are_read() -> None:
    """Other writers put them there."""
    value = as_json()
    value["verificationMaterial"]["tlogEntries"] = []
    assert parse(value) == FILE


@pytest.mark.parametrize(
    ("member", "content", "word"),
    [
        ("x509CertificateChain", {"certificates": []}, "a certificate chain"),
        ("tlogEntries", [{}], "transparency log"),
        ("tlogEntries", None, "transparency log"),
    ],
)
def test_other_material_is_not_supported(member: str, content: Any, word: str) -> None:
    """It is no mistake of the publisher, so the message says so."""
    value = as_json()
    value["verificationMaterial"][member] = content
    with pytest.raises(UnsupportedFileError, match=word) as caught:
        parse(value)
    assert "not supported" in caught.value.message
    assert caught.value.detail["field"] == "/verificationMaterial"


def with_certificate(certificate: bytes, *timestamps: bytes) -> SignatureFile:
    key_id = sha256(cms.certificate_key(certificate, what="x"))
    return SignatureFile(
        payload=b"{}",
        payload_type=PAYLOAD_TYPE,
        signature=b"\1" * 64,
        key_id=key_id,
        certificate=certificate,
        timestamps=timestamps,
    )


def test_certificate_and_timestamps_read_back() -> None:
    """In the form of Sigstore bundle v0.3: the signer's certificate alone, and responses of authorities."""
    file = with_certificate(world.family().leaf.der, b"one", b"two")
    data = render_signature_file(file)
    assert parse_signature_file(data, path="x") == file
    material = json.loads(data)["verificationMaterial"]
    assert sorted(material) == ["certificate", "timestampVerificationData"]
    assert len(material["timestampVerificationData"]["rfc3161Timestamps"]) == 2


def test_key_of_a_certificate_is_its_key_id() -> None:
    """So that the same key is one signer, whichever way it signs."""
    leaf = world.family().leaf
    spki = leaf.certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert with_certificate(leaf.der).key_id == sha256(spki)


def test_timestamps_of_a_key() -> None:
    """A pinned key may be stamped as well."""
    file = dataclasses.replace(FILE, timestamps=(b"one",))
    assert parse_signature_file(render_signature_file(file), path="x") == file


CERTIFICATE = base64.b64encode(world.family().leaf.der).decode()


@pytest.mark.parametrize(
    ("material", "word"),
    [
        ({"certificate": {"rawBytes": "QUJD"}}, "DER"),
        ({"certificate": {"rawBytes": ""}}, "rawBytes"),
        ({"certificate": {}}, "certificate"),
        ({"certificate": {"rawBytes": CERTIFICATE, "more": 1}}, "certificate"),
        ({"certificate": {"rawBytes": CERTIFICATE}, "publicKey": {"hint": KEY_ID}}, "verificationMaterial"),
        ({}, "verificationMaterial"),
        ({"publicKey": {"hint": KEY_ID}, "timestampVerificationData": []}, "timestampVerificationData"),
        ({"publicKey": {"hint": KEY_ID}, "timestampVerificationData": {"rfc3161Timestamps": {}}}, "rfc3161Timestamps"),
        (
            {"publicKey": {"hint": KEY_ID}, "timestampVerificationData": {"rfc3161Timestamps": [{}] * 5}},
            "rfc3161Timestamps",
        ),
        (
            {"publicKey": {"hint": KEY_ID}, "timestampVerificationData": {"rfc3161Timestamps": ["QUJD"]}},
            "rfc3161Timestamps/0",
        ),
        (
            {
                "publicKey": {"hint": KEY_ID},
                "timestampVerificationData": {"rfc3161Timestamps": [{"signedTimestamp": "QUJD\n"}]},
            },
            "signedTimestamp",
        ),
    ],
)
def test_odd_material_is_refused(material: Any, word: str) -> None:
    """Exactly one of the two kinds, and timestamps only in their place."""
    value = as_json()
    value["verificationMaterial"] = material
    with pytest.raises(MalformedFileError) as caught:
        parse(value)
    assert word in f"{caught.value.message} {caught.value.detail}"


@pytest.mark.parametrize(
    "payload_type", ["", "application/json", "application/vnd.in-toto+json ", None, [PAYLOAD_TYPE]]
)
def test_only_in_toto_payloads(payload_type: Any) -> None:
    """A signature over another kind of document is none of ours."""
    value = as_json()
    value["dsseEnvelope"]["payloadType"] = payload_type
    with pytest.raises(MalformedFileError, match="payloadType"):
        parse(value)


def test_signature_longer_than_any_key_makes_is_refused() -> None:
    """The rest would be room for a stranger."""
    value = as_json()
    value["dsseEnvelope"]["signatures"][0]["sig"] = base64.b64encode(bytes(limits.SIGNATURE_BYTES + 1)).decode()
    with pytest.raises(MalformedFileError, match="sig"):
        parse(value)
    value["dsseEnvelope"]["signatures"][0]["sig"] = base64.b64encode(bytes(limits.SIGNATURE_BYTES)).decode()
    assert len(parse(value).signature) == limits.SIGNATURE_BYTES


@pytest.mark.parametrize(
    "place", [(), ("verificationMaterial",), ("verificationMaterial", "publicKey"), ("dsseEnvelope",)]
)
def test_unknown_member_is_refused_anywhere(place: tuple[str, ...]) -> None:
    """Nothing rides along."""
    value = as_json()
    target = value
    for step in place:
        target = target[step]
    target["extra"] = 1
    with pytest.raises(MalformedFileError) as caught:
        parse(value)
    assert "extra" in caught.value.detail["found"]
    assert caught.value.detail["path"] == "plugin.sigstore.json"

"""Timestamps: requests that openssl answers, responses and tokens that we read."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.digest import sha256
from plugintool.envelope import cms, der, tst
from plugintool.errors import InputError, MalformedFileError
from tests import authority_world as world
from tests import vector_forge as forge

MESSAGE = b"a signature value"
IMPRINT = bytes.fromhex(sha256(MESSAGE))


def token(nonce: int | None = 5) -> bytes:
    return world.stamp(MESSAGE, world.family().tsa, nonce=nonce)


def test_token_reads_back() -> None:
    """Each part."""
    read = tst.parse_token(token(), what="x")
    assert read.policy == world.TSA_POLICY
    assert read.imprint_algorithm == cms.SHA256
    assert read.imprint == IMPRINT
    assert read.serial == 7
    assert read.gen_time == world.NOW
    assert read.nonce == 5
    assert tst.parse_token(token(None), what="x").nonce is None


def test_response_carries_the_token() -> None:
    """With status granted."""
    assert tst.parse_response(tst.render_response(token()), what="x") == token()


def refusal(status: int, *texts: str, body: bytes = b"") -> bytes:
    said = [der.encode(der.SEQUENCE, *(der.encode(der.UTF8_STRING, text.encode()) for text in texts))] if texts else []
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode_integer(status), *said), body)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (refusal(2, "no such policy", "ask again"), "rejection: no such policy: ask again"),
        (refusal(3), "waiting"),
        (refusal(9), "status 9"),
        (refusal(0), "status 0"),
        (refusal(2, "no", body=der.encode(der.SEQUENCE)), "rejection: no"),
    ],
)
def test_refusals_say_why(data: bytes, why: str) -> None:
    """An authority that refuses, or says yes and gives nothing."""
    with pytest.raises(MalformedFileError, match="gave no timestamp") as caught:
        tst.parse_response(data, what="x")
    assert caught.value.detail["found"] == why


def test_texts_of_an_authority_are_cut() -> None:
    """They end up in a message of ours."""
    with pytest.raises(MalformedFileError) as caught:
        tst.parse_response(refusal(2, "a" * 5000, *["b"] * 50), what="x")
    assert len(caught.value.detail["found"]) < 300


def test_request_reads_back() -> None:
    """Imprint and nonce, with and without a policy."""
    for policy in (None, world.TSA_POLICY):
        data = tst.render_request(IMPRINT, nonce=2**63, policy=policy)
        assert tst.parse_request(data, what="x") == (IMPRINT, 2**63)


def test_request_for_another_digest_is_refused() -> None:
    """Our small authority knows one."""
    data = tst.render_request(IMPRINT, nonce=1).replace(
        der.encode_oid(cms.SHA256), der.encode_oid(cms.SHA256[:-1] + "2")
    )
    with pytest.raises(MalformedFileError, match="SHA-256"):
        tst.parse_request(data, what="x")


def info(*extra: bytes, version: int = 1, **changes: bytes) -> bytes:
    """A TSTInfo by hand, with more fields at its end."""
    algorithm = der.encode(der.SEQUENCE, der.encode_oid(cms.SHA256))
    parts = {
        "policy": der.encode_oid(world.TSA_POLICY),
        "imprint": der.encode(der.SEQUENCE, algorithm, der.encode(der.OCTET_STRING, IMPRINT)),
        "serial": der.encode_integer(1),
        "time": der.encode(der.GENERALIZED_TIME, b"20261124120000Z"),
        **changes,
    }
    return der.encode(der.SEQUENCE, der.encode_integer(version), *parts.values(), *extra)


def read_info(content: bytes, content_type: str = tst.TST_INFO) -> tst.TimestampToken:
    people = world.family()
    attributes = cms.render_attributes(b"d" * 32, certificate_digest=b"c" * 32, content_type=content_type)
    data = cms.render_signed_data(attributes, b"s", [people.tsa.der], content_type=content_type, content=content)
    return tst.parse_token(data, what="x")


def extension(*, critical: bool) -> bytes:
    flag = der.encode(der.BOOLEAN, b"\xff") if critical else b""
    one = der.encode(der.SEQUENCE, der.encode_oid("1.2.3"), flag, der.encode(der.OCTET_STRING, b""))
    return der.encode(der.context(1), one)


def test_optional_parts() -> None:
    """Accuracy, ordering, nonce, name and an extension that may be ignored."""
    read = read_info(
        info(
            der.encode(der.SEQUENCE, der.encode_integer(1)),
            der.encode(der.BOOLEAN, b"\xff"),
            der.encode_integer(77),
            der.encode(der.context(0), der.encode(der.context(4), der.encode(der.SEQUENCE))),
            extension(critical=False),
        )
    )
    assert read.nonce == 77
    assert read.gen_time == world.NOW


@pytest.mark.parametrize(
    "content",
    [
        info(version=2),
        info(extension(critical=True)),
        info(der.encode(der.NULL)),
        info(time=der.encode(der.UTC_TIME, b"261124120000Z")),
        info(time=der.encode(der.GENERALIZED_TIME, b"20261124120000")),
        info(imprint=der.encode(der.SEQUENCE)),
        info() + b"\0",
        b"",
    ],
)
def test_other_contents_are_refused(content: bytes) -> None:
    """Versions, critical extensions and encodings that are not known."""
    with pytest.raises(MalformedFileError):
        read_info(content)


def test_signed_data_about_something_else_is_no_token() -> None:
    """A signature over a TSTInfo as plain data was never made by an authority."""
    with pytest.raises(MalformedFileError, match="no timestamp"):
        read_info(info(), cms.DATA)
    with pytest.raises(MalformedFileError, match="no timestamp"):
        tst.parse_token(world.sign_detached(b"x", world.family().leaf), what="x")


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """The directory of an authority that ``openssl ts`` can play."""
    people = world.family()
    (tmp_path / "tsa.pem").write_text(people.tsa.pem)
    (tmp_path / "root.pem").write_text(people.tsa_root.pem)
    (tmp_path / "key.pem").write_bytes((forge.KEYS / "INSECURE-TEST-rsa2048.key.pem").read_bytes())
    (tmp_path / "serial").write_text("01\n")
    (tmp_path / "tsa.cnf").write_text(
        f"[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_cert = tsa.pem\nsigner_key = key.pem\n"
        f"signer_digest = sha256\ndefault_policy = {world.TSA_POLICY}\ndigests = sha256, sha384\n"
        f"ess_cert_id_alg = sha256\naccuracy = secs:1\nordering = yes\ntsa_name = yes\n"
    )
    return tmp_path


def openssl(foreign: Callable[[str], str], directory: Path, *args: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([foreign("openssl"), *args], cwd=directory, capture_output=True, check=False)


@pytest.mark.foreign("openssl")
def test_openssl_answers_our_request(foreign: Callable[[str], str], authority: Path) -> None:
    """And we read its answer."""
    (authority / "request").write_bytes(tst.render_request(IMPRINT, nonce=0xC0FFEE))
    done = openssl(
        foreign, authority, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "request", "-out", "response"
    )
    assert done.returncode == 0, done.stderr
    read = tst.parse_token(tst.parse_response((authority / "response").read_bytes(), what="x"), what="x")
    assert (read.imprint, read.nonce) == (IMPRINT, 0xC0FFEE)
    assert world.family().tsa.der in read.signed.certificates


@pytest.mark.foreign("openssl")
def test_openssl_verifies_our_token(foreign: Callable[[str], str], authority: Path) -> None:
    """The small authority of ours writes what others read."""
    (authority / "response").write_bytes(tst.render_response(token()))
    (authority / "message").write_bytes(MESSAGE)
    command = ["ts", "-verify", "-in", "response", "-data", "message", "-CAfile", "root.pem"]
    command += ["-attime", str(int(world.NOW.timestamp()))]
    assert openssl(foreign, authority, *command).returncode == 0
    (authority / "message").write_bytes(MESSAGE + b"!")
    assert openssl(foreign, authority, *command).returncode != 0


@settings(max_examples=300)
@given(st.data())
def test_any_change_gives_a_value_or_an_error_of_the_input(data: st.DataObject) -> None:
    """Never another exception."""
    changed = bytearray(tst.render_response(token()))
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        tst.parse_token(tst.parse_response(bytes(changed), what="x"), what="x")
    except InputError:
        return

"""A timestamp proves one time for one signature, by an authority that existed then."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.digest import sha256
from plugintool.envelope import cms, der, tst
from plugintool.errors import (
    ExpiredError,
    SignatureInvalidError,
    UncheckableError,
    UntrustedSignerError,
    VerificationError,
)
from plugintool.verify.certificate import read_certificate
from plugintool.verify.timestamp import TrustedTime, check_timestamp
from tests import authority_world as world
from tests import vector_forge as forge
from tests.authority_world import NOW, YEAR, Holder

SIGNATURE = b"a signature value"
HOUR = dt.timedelta(hours=1)


def check(token: bytes, signature: bytes = SIGNATURE, *roots: Holder, now: dt.datetime = NOW) -> TrustedTime:
    anchors = roots or (world.family().tsa_root,)
    read = [read_certificate(root.der, what="x") for root in anchors]
    return check_timestamp(token, signature, roots=read, now=now, what="token")


def authority(**changes: Any) -> Holder:
    arguments: dict[str, Any] = {
        "purposes": [world.TIME_STAMPING],
        "purposes_critical": True,
        "organization": "Time",
        **changes,
    }
    return world.issue("Time 2", "rsa2048", arguments.pop("issuer", world.family().tsa_root), **arguments)


def test_time_and_authority() -> None:
    """When, and by whom."""
    found = check(world.stamp(SIGNATURE, world.family().tsa, gen_time=NOW - HOUR))
    assert found.moment == NOW - HOUR
    assert str(found) == "2026-11-24T11:00:00Z by Time Stamping 1 / Time"
    assert [item.name for item in found.chain.certificates] == ["Time Stamping 1 / Time", "Time Root / Time"]


def test_intermediate_of_an_authority_comes_with_the_token() -> None:
    """The policy only names the root."""
    people = world.family()
    middle = world.issue("Time Middle", "ec:tm", people.tsa_root, ca=True)
    tsa = authority(issuer=middle)
    assert len(check(world.stamp(SIGNATURE, tsa, middle)).chain.certificates) == 3
    with pytest.raises(UntrustedSignerError, match="nobody here issued"):
        check(world.stamp(SIGNATURE, tsa))


@pytest.mark.parametrize("signature", [b"", SIGNATURE[:-1], SIGNATURE + b"\0", b"another one"])
def test_another_signature(signature: bytes) -> None:
    """A stamp cannot be moved."""
    with pytest.raises(SignatureInvalidError, match="another signature") as caught:
        check(world.stamp(SIGNATURE, world.family().tsa), signature)
    assert caught.value.step == 4


def test_authority_that_nobody_trusts() -> None:
    """Anybody can be an authority of their own."""
    own_root = world.issue("Own Time", "ec:own", ca=True)
    own = authority(issuer=own_root)
    with pytest.raises(UntrustedSignerError) as caught:
        check(world.stamp(SIGNATURE, own, own_root))
    assert caught.value.step == 4


def test_roots_of_signers_are_no_roots_of_time() -> None:
    """A publisher does not stamp for itself."""
    people = world.family()
    with pytest.raises(UntrustedSignerError):
        check(world.stamp(SIGNATURE, people.leaf, people.intermediate), SIGNATURE, people.tsa_root)


@pytest.mark.parametrize(
    "changes", [{"purposes_critical": False}, {"purposes": [world.TIME_STAMPING, world.CODE_SIGNING]}, {"purposes": []}]
)
def test_authority_for_other_purposes_too(changes: dict[str, Any]) -> None:
    """RFC 3161 §2.3: time stamping alone, and critical."""
    with pytest.raises(UntrustedSignerError):
        check(world.stamp(SIGNATURE, authority(**changes)))


@pytest.mark.parametrize(
    ("start", "end"), [(NOW - HOUR / 2, NOW + YEAR), (NOW - YEAR, NOW - 2 * HOUR)], ids=["before", "after"]
)
def test_moment_outside_the_term_of_the_authority(start: dt.datetime, end: dt.datetime) -> None:
    """It cannot have stamped before it existed, and not after it ended."""
    with pytest.raises(ExpiredError) as caught:
        check(world.stamp(SIGNATURE, authority(start=start, end=end), gen_time=NOW - HOUR))
    assert caught.value.step == 4


def test_token_outlives_its_authority() -> None:
    """What was stamped in time stays stamped, years later."""
    token = world.stamp(SIGNATURE, authority(end=NOW + HOUR), gen_time=NOW)
    assert check(token, now=NOW + 5 * YEAR).moment == NOW


def test_moment_that_is_yet_to_come() -> None:
    """Either clock is wrong, so nothing can be said."""
    token = world.stamp(SIGNATURE, world.family().tsa, gen_time=NOW + HOUR)
    with pytest.raises(UncheckableError, match="from the future"):
        check(token)
    assert check(token, now=NOW + HOUR).moment == NOW + HOUR


def handmade(attributes: Callable[[bytes, Holder], bytes], signer: Holder | None = None, **changes: Any) -> bytes:
    """A token with attributes of our choice."""
    tsa = signer or world.family().tsa
    arguments: dict[str, Any] = {
        "policy": world.TSA_POLICY,
        "serial": 1,
        "gen_time": NOW,
        "nonce": None,
        **changes,
    }
    info = tst.render_info(bytes.fromhex(sha256(SIGNATURE)), **arguments)
    signed = attributes(info, tsa)
    return cms.render_signed_data(
        signed, world.sign_rsa(tsa, signed), [tsa.der], content_type=tst.TST_INFO, content=info
    )


def attribute(oid: str, value: bytes) -> bytes:
    return der.encode(der.SEQUENCE, der.encode_oid(oid), der.encode(der.SET, value))


def basic(info: bytes) -> list[bytes]:
    digest = der.encode(der.OCTET_STRING, bytes.fromhex(sha256(info)))
    return [attribute(cms.CONTENT_TYPE, der.encode_oid(tst.TST_INFO)), attribute(cms.MESSAGE_DIGEST, digest)]


def test_authority_must_be_named_in_the_token() -> None:
    """RFC 3161 §2.4.1; otherwise another certificate for the same key could be put in its place."""
    with pytest.raises(SignatureInvalidError, match="does not name"):
        check(handmade(lambda info, _: der.encode_set(basic(info))))


def test_another_certificate_of_the_same_key() -> None:
    """With a term that suits better."""

    def named_other(info: bytes, tsa: Holder) -> bytes:
        del tsa
        other = authority(end=NOW - YEAR / 2)
        return cms.render_attributes(
            bytes.fromhex(sha256(info)), certificate_digest=bytes.fromhex(sha256(other.der)), content_type=tst.TST_INFO
        )

    with pytest.raises(SignatureInvalidError, match="not the one that the signer named"):
        check(handmade(named_other, authority()))


def test_token_whose_content_was_changed() -> None:
    """An hour earlier would be handy."""
    token = world.stamp(SIGNATURE, world.family().tsa)
    earlier = token.replace(b"20261124120000Z", b"20261124110000Z")
    assert earlier != token
    with pytest.raises(SignatureInvalidError, match="content was changed"):
        check(earlier)


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"hello"])
def test_other_bytes(data: bytes) -> None:
    """No token at all."""
    with pytest.raises(SignatureInvalidError):
        check(data)


def test_weak_imprint_cannot_be_checked() -> None:
    """SHA-1: two signatures could have the same."""
    sha1 = der.encode_oid("1.3.14.3.2.26")
    info = tst.render_info(b"\0" * 32, policy=world.TSA_POLICY, serial=1, gen_time=NOW, nonce=None)
    content = der.read_der(info, what="x")
    parts = [item.whole for item in content.children()]
    parts[2] = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, sha1), der.encode(der.OCTET_STRING, b"\0" * 20))
    odd = der.encode(der.SEQUENCE, *parts)
    tsa = world.family().tsa
    signed = cms.render_attributes(
        bytes.fromhex(sha256(odd)), certificate_digest=bytes.fromhex(sha256(tsa.der)), content_type=tst.TST_INFO
    )
    data = cms.render_signed_data(
        signed, world.sign_rsa(tsa, signed), [tsa.der], content_type=tst.TST_INFO, content=odd
    )
    with pytest.raises(UncheckableError, match="not known or not safe"):
        check(data)


@pytest.mark.foreign("openssl")
@pytest.mark.parametrize("digest", ["sha256", "sha512"])
@pytest.mark.parametrize("ess", ["sha1", "sha256"])
@pytest.mark.parametrize("chain", [False, True])
def test_tokens_of_openssl(foreign: Callable[[str], str], tmp_path: Path, digest: str, ess: str, chain: bool) -> None:
    """In the shapes it makes: both kinds of name for the certificate, with a chain whose set is not sorted."""
    people = world.family()
    (tmp_path / "tsa.pem").write_text(people.tsa.pem)
    (tmp_path / "chain.pem").write_text(people.tsa_root.pem + people.root.pem)
    (tmp_path / "key.pem").write_bytes((forge.KEYS / "INSECURE-TEST-rsa2048.key.pem").read_bytes())
    (tmp_path / "serial").write_text("01\n")
    (tmp_path / "signature").write_bytes(SIGNATURE)
    more = "certs = chain.pem\n" if chain else ""
    (tmp_path / "tsa.cnf").write_text(
        f"[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_cert = tsa.pem\nsigner_key = key.pem\n"
        f"signer_digest = sha256\ndefault_policy = {world.TSA_POLICY}\ndigests = sha256, sha512\n{more}"
        f"ess_cert_id_alg = {ess}\nordering = yes\ntsa_name = yes\n"
    )

    def run(*args: str) -> None:
        subprocess.run([foreign("openssl"), "ts", *args], cwd=tmp_path, capture_output=True, check=True)

    run("-query", "-data", "signature", f"-{digest}", "-cert", "-out", "request")
    run("-reply", "-config", "tsa.cnf", "-queryfile", "request", "-out", "response")
    token = tst.parse_response((tmp_path / "response").read_bytes(), what="x")
    later = dt.datetime.now(dt.UTC) + HOUR
    assert abs(check(token, now=later).moment - later) < 2 * HOUR


@settings(max_examples=200)
@given(st.data())
def test_any_change_is_refused(data: st.DataObject) -> None:
    """A verification error, whatever was changed; bytes that nobody signed prove nothing else."""
    changed = bytearray(world.stamp(SIGNATURE, world.family().tsa))
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = check(bytes(changed))
    except VerificationError:
        return
    assert found.moment == NOW

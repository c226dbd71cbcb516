"""What an authority says about a signature is checked at once: lying, late and broken ones are noticed when signing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool import limits
from plugintool.digest import sha256
from plugintool.envelope import cms, tst
from plugintool.errors import KeyUnavailableError, SigningError
from plugintool.sign.credentials import Credentials
from plugintool.sign.holders import AuthorityDirectory
from plugintool.sign.sign import sign_tree
from plugintool.sign.stamped import Stamped, stamp_signature
from plugintool.sign.time_authority import load_time_authority
from plugintool.verify.certificate import read_certificate
from plugintool.verify.timestamp import check_timestamp
from tests import authority_world as world
from tests import vector_forge as forge
from tests.authority_world import NOW, YEAR, Holder
from tests.signing_world import build_tree, contents

PEOPLE = world.family()
SIGNATURE = b"a signature value"
SECOND = dt.timedelta(seconds=1)
SKEW = limits.TIMESTAMP_SKEW_SECONDS * SECOND


def stamp(message: bytes = SIGNATURE, holder: Holder = PEOPLE.tsa, moment: dt.datetime = NOW) -> bytes:
    return tst.render_response(world.stamp(message, holder, PEOPLE.tsa_root, gen_time=moment))


def ask(answer: bytes, *, now: dt.datetime = NOW) -> Stamped:
    return stamp_signature(lambda _: answer, SIGNATURE, now=now)


def test_moment_and_authority_are_told() -> None:
    """For the line that sign prints, and for its JSON."""
    found = ask(stamp())
    assert (found.moment, found.authority) == (NOW, "Time Stamping 1 / Time")
    assert found.as_json() == {"moment": "2026-11-24T12:00:00Z", "authority": "Time Stamping 1 / Time"}
    assert tst.parse_token(found.token, what="x").gen_time == NOW


def test_certificate_alone_is_enough() -> None:
    """Not every authority sends its root along."""
    assert ask(tst.render_response(world.stamp(SIGNATURE, PEOPLE.tsa))).authority == "Time Stamping 1 / Time"


@pytest.mark.parametrize("offset", [SKEW, -SKEW])
def test_clocks_may_differ_a_little(offset: dt.timedelta) -> None:
    """In both directions: a token from slightly later is no lie."""
    assert ask(stamp(moment=NOW + offset)).moment == NOW + offset


@pytest.mark.parametrize("offset", [SKEW + SECOND, -SKEW - SECOND, YEAR / 2])
def test_time_that_is_far_off(offset: dt.timedelta) -> None:
    """Either clock is wrong, and both must be known before ten thousand devices see it."""
    with pytest.raises(SigningError, match="another time than the clock") as caught:
        ask(stamp(moment=NOW + offset))
    assert caught.value.detail["expected"].startswith("2026-11-24T12:00:00Z")


def altered(change: Callable[[bytes], bytes]) -> bytes:
    """A token whose signature was changed."""
    token = world.stamp(SIGNATURE, PEOPLE.tsa)
    value = tst.parse_token(token, what="x").signed.signer.signature
    return tst.render_response(token.replace(value, change(value)))


NO_PURPOSE = world.issue("No Purpose", "rsa2048", PEOPLE.tsa_root)
TWO_PURPOSES = world.issue(
    "Two", "rsa2048", PEOPLE.tsa_root, purposes=[world.TIME_STAMPING, world.CODE_SIGNING], purposes_critical=True
)
EXPIRED = world.issue(
    "Old", "rsa2048", PEOPLE.tsa_root, purposes=[world.TIME_STAMPING], purposes_critical=True, end=NOW - YEAR / 2
)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        stamp(b"another"),
        altered(lambda value: bytes(len(value))),
        altered(lambda value: value[::-1]),
        stamp(holder=NO_PURPOSE),
        stamp(holder=TWO_PURPOSES),
        stamp(holder=EXPIRED),
    ],
    ids=["nothing", "page", "another", "zeros", "reversed", "no purpose", "two purposes", "expired"],
)
def test_answer_that_no_verifier_would_take(answer: bytes, tmp_path: Path) -> None:
    """The tree is as it was."""
    with pytest.raises(SigningError, match="no good timestamp"):
        ask(answer)
    tree = build_tree(tmp_path)
    before = contents(tree)
    with pytest.raises(SigningError, match="no good timestamp"):
        sign_tree(tree, Credentials(forge.signer("ed25519-a"), (), lambda _: answer), now=NOW)
    assert contents(tree) == before


def test_local_authority_stamps(authority: Path) -> None:
    """What the verifier takes under the root in the directory."""
    directory = AuthorityDirectory(authority)
    local = load_time_authority(directory, now=NOW)
    found = stamp_signature(local.stamp, SIGNATURE, now=NOW)
    assert found.authority == "Acme Time Stamping / Acme"
    roots = [read_certificate(directory.chain("time-root")[0].der, what="x")]
    assert check_timestamp(found.token, SIGNATURE, roots=roots, now=NOW, what="x").moment == NOW


def test_serial_numbers_never_repeat(authority: Path) -> None:
    """RFC 3161 §2.4.2 asks for it."""
    local = load_time_authority(AuthorityDirectory(authority), now=NOW)
    tokens = [tst.parse_token(tst.parse_response(local.stamp(SIGNATURE), what="x"), what="x") for _ in range(5)]
    assert len({token.serial for token in tokens}) == 5
    assert {token.imprint.hex() for token in tokens} == {sha256(SIGNATURE)}
    assert all(cms.SIGNING_CERTIFICATE_V2 in token.signed.signer.attributes for token in tokens)


def test_time_key_of_another_kind(authority: Path) -> None:
    """The form in which we write tokens is that of RSA."""
    for name in ("key", "cert"):
        (authority / f"time.{name}.pem").write_bytes((authority / f"time-root.{name}.pem").read_bytes())
    (authority / "time.chain.pem").unlink()
    with pytest.raises(KeyUnavailableError, match="RSA"):
        load_time_authority(AuthorityDirectory(authority), now=NOW)


def test_directory_without_a_time_key(tmp_path: Path) -> None:
    """Named by its file."""
    with pytest.raises(KeyUnavailableError) as caught:
        load_time_authority(AuthorityDirectory(tmp_path), now=NOW)
    assert caught.value.detail["path"].endswith("time.cert.pem")

"""Revocation lists: which count, what they say, and what is done when they say nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ReasonFlags
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool import limits
from plugintool.errors import (
    InputError,
    LimitExceededError,
    MalformedFileError,
    RevokedError,
    UncheckableError,
    VerificationError,
)
from plugintool.verify.certificate import read_certificate
from plugintool.verify.chain import Chain
from plugintool.verify.policy import CrlRule, RevocationRule
from plugintool.verify.revocation import Evidence, Unrevoked, check_revocation, read_list
from tests import authority_world as world
from tests.authority_world import NOW, Holder

DAY = dt.timedelta(days=1)
REQUIRE = RevocationRule(CrlRule.REQUIRE)
IF_PRESENT = RevocationRule(CrlRule.IF_PRESENT)
URL = x509.UniformResourceIdentifier("http://crl.acme.example/1.crl")
OTHER_URL = x509.UniformResourceIdentifier("http://crl.acme.example/2.crl")


def chain_of(*holders: Holder) -> Chain:
    return Chain(tuple(read_certificate(holder.der, what="x") for holder in holders))


def full_chain() -> Chain:
    people = world.family()
    return chain_of(people.leaf, people.intermediate, people.root)


def serial(holder: Holder) -> int:
    return holder.certificate.serial_number


def entry(
    holder: Holder,
    when: dt.datetime = NOW - 10 * DAY,
    reason: ReasonFlags | None = None,
    invalid_from: dt.datetime | None = None,
) -> tuple[int, dt.datetime, ReasonFlags | None, dt.datetime | None]:
    return serial(holder), when, reason, invalid_from


def check(
    lists: Sequence[bytes],
    rule: RevocationRule = REQUIRE,
    *,
    chain: Chain | None = None,
    **evidence: Any,
) -> Unrevoked:
    read = [read_list(data, what=f"list {number}") for number, data in enumerate(lists)]
    return check_revocation(chain or full_chain(), rule, Evidence(lists=read, **{"now": NOW, **evidence}))


def good(**changes: Any) -> list[bytes]:
    """A list of each authority, that of the intermediate with changes."""
    people = world.family()
    return [world.revoke(people.intermediate, **changes), world.revoke(people.root)]


def test_nothing_is_revoked() -> None:
    """Each certificate but the root is looked up, and the numbers are to be remembered."""
    people = world.family()
    found = check(good(number=7))
    assert found.details == (
        "Acme Release 2026 / Acme is on no list of Acme Code Signing / Acme",
        "Acme Code Signing / Acme is on no list of Acme Root / Acme",
    )
    keys = [read_certificate(holder.der, what="x").key_id for holder in (people.intermediate, people.root)]
    assert found.numbers == {keys[0]: 7, keys[1]: 1}


def test_rule_off_looks_at_nothing() -> None:
    """Not even at a list that says revoked."""
    people = world.family()
    found = check([world.revoke(people.intermediate, [entry(people.leaf)])], RevocationRule())
    assert found == Unrevoked(details=(), numbers={})


def test_root_that_signs_by_itself_has_no_list() -> None:
    """Nobody stands above it."""
    assert check([], chain=chain_of(world.family().root)).details == ()


@pytest.mark.parametrize("reason", [None, *(flag for flag in ReasonFlags if flag.value != "removeFromCRL")])
@pytest.mark.parametrize("rule", [REQUIRE, IF_PRESENT])
def test_revoked_certificate(rule: RevocationRule, reason: ReasonFlags | None) -> None:
    """For whatever reason; without a timestamp nothing helps."""
    people = world.family()
    with pytest.raises(RevokedError, match="Acme Release 2026") as caught:
        check(good(revoked=[entry(people.leaf, reason=reason)]), rule)
    assert caught.value.step == 5
    assert caught.value.detail["path"] == "list 0"
    assert (reason or ReasonFlags.unspecified).value in caught.value.message


def test_revoked_authority() -> None:
    """Everything below it falls."""
    people = world.family()
    lists = [world.revoke(people.intermediate), world.revoke(people.root, [entry(people.intermediate)])]
    with pytest.raises(RevokedError, match="Acme Code Signing"):
        check(lists)


def test_stale_list_still_revokes() -> None:
    """Once revoked is always revoked; a thief would gladly let it expire."""
    people = world.family()
    stale = good(revoked=[entry(people.leaf)], this_update=NOW - 60 * DAY, next_update=NOW - 50 * DAY)
    with pytest.raises(RevokedError):
        check(stale, IF_PRESENT)


def test_any_list_may_revoke() -> None:
    """A clean list beside it changes nothing, whichever comes first."""
    people = world.family()
    lists = [*good(number=9), *good(number=3, revoked=[entry(people.leaf)])]
    for order in (lists, lists[::-1]):
        with pytest.raises(RevokedError):
            check(order)


@pytest.mark.parametrize(
    ("reason", "when", "invalid_from", "signed_at", "holds"),
    [
        (ReasonFlags.superseded, -10, None, -11, True),
        (ReasonFlags.superseded, -10, None, -10, False),
        (ReasonFlags.superseded, -10, None, -9, False),
        (ReasonFlags.superseded, -10, -20, -15, False),
        (ReasonFlags.superseded, -10, -20, -21, True),
        (ReasonFlags.superseded, -10, -5, -11, True),
        (None, -10, None, -11, True),
        (None, -10, None, -9, False),
        (ReasonFlags.cessation_of_operation, -10, None, -11, True),
        (ReasonFlags.key_compromise, -10, None, -300, False),
        (ReasonFlags.key_compromise, -10, -20, -21, True),
        (ReasonFlags.key_compromise, -10, -20, -20, False),
        (ReasonFlags.key_compromise, -10, -20, -15, False),
        (ReasonFlags.ca_compromise, -10, None, -300, False),
        (ReasonFlags.aa_compromise, -10, None, -300, False),
    ],
)
def test_timestamp_before_the_trouble(
    reason: ReasonFlags | None, when: int, invalid_from: int | None, signed_at: int, holds: bool
) -> None:
    """What was signed before stays good; after a theft only an invalidity date says what before is."""
    people = world.family()
    invalid = None if invalid_from is None else NOW + invalid_from * DAY
    lists = good(revoked=[entry(people.leaf, NOW + when * DAY, reason, invalid)])
    moment = NOW + signed_at * DAY
    if holds:
        details = check(lists, signed_at=moment).details
        assert f"after it signed on {moment:%Y-%m-%d}" in details[0]
    else:
        with pytest.raises(RevokedError):
            check(lists, signed_at=moment)


@pytest.mark.parametrize("missing", [0, 1])
def test_missing_list(missing: int) -> None:
    """Whoever holds it back could hide a revocation: a failure under require, a remark otherwise."""
    lists = good()
    del lists[missing]
    with pytest.raises(UncheckableError, match="no list of this issuer") as caught:
        check(lists)
    assert "trust fetch-crl" in caught.value.detail["hint"]
    assert "cannot be told" in check(lists, IF_PRESENT).details[missing]


DELTA = (x509.DeltaCRLIndicator(1), True)


def point(**changes: Any) -> tuple[x509.ExtensionType, bool]:
    arguments: dict[str, Any] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**{**arguments, **changes}), True


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"this_update": NOW + DAY}, "from the future"),
        ({"this_update": NOW - 9 * DAY, "next_update": NOW - DAY}, "renewed on"),
        ({"key": world.private_key("ec:thief")}, "not signed by Acme Code Signing"),
        ({"extensions": [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\5\0"), True)]}, "critical"),
        ({"extensions": [point(indirect_crl=True)]}, "indirect"),
        ({"extensions": [point(only_some_reasons=frozenset({ReasonFlags.key_compromise}))]}, "some reasons"),
        ({"extensions": [point(only_contains_attribute_certs=True)]}, "indirect"),
        ({"extensions": [point(only_contains_ca_certs=True)]}, "certificates of authorities"),
        ({"extensions": [point(full_name=[URL])]}, "another distribution point"),
    ],
)
def test_lists_that_do_not_count(changes: dict[str, Any], why: str) -> None:
    """Too old, too new, by somebody else, or about something else: each says so."""
    with pytest.raises(UncheckableError, match=why):
        check(good(**changes))
    assert why.rsplit(maxsplit=1)[-1] in check(good(**changes), IF_PRESENT).details[0]


def test_list_for_signers_only_says_nothing_about_authorities() -> None:
    """And the other way round."""
    people = world.family()
    for_signers = point(only_contains_user_certs=True)
    for_authorities = point(only_contains_ca_certs=True)
    root_list = world.revoke(people.root, extensions=[for_authorities])
    check([world.revoke(people.intermediate, extensions=[for_signers]), root_list])
    with pytest.raises(UncheckableError, match="certificates of signers"):
        check([*good()[:1], world.revoke(people.root, extensions=[for_signers])])


def test_distribution_point_of_the_certificate() -> None:
    """A part of a list counts for the certificates that point to it."""
    people = world.family()
    points = x509.CRLDistributionPoints([x509.DistributionPoint([URL], None, None, None)])
    leaf = world.issue("Pointing", "ec:leaf", people.root, purposes=[world.CODE_SIGNING], extensions=[(points, False)])
    chain = chain_of(leaf, people.root)
    check([world.revoke(people.root, extensions=[point(full_name=[OTHER_URL, URL])])], chain=chain)
    with pytest.raises(UncheckableError, match="another distribution point"):
        check([world.revoke(people.root, extensions=[point(full_name=[OTHER_URL])])], chain=chain)


def test_delta_list_adds_bad_news_only() -> None:
    """It revokes, and alone it is not enough to say that somebody is not revoked."""
    people = world.family()
    clean = world.revoke(people.intermediate, number=2, extensions=[DELTA])
    bad = world.revoke(people.intermediate, [entry(people.leaf)], number=2, extensions=[DELTA])
    check([*good(), clean])
    with pytest.raises(RevokedError):
        check([*good(), bad])
    with pytest.raises(UncheckableError):
        check([clean, good()[1]])


def test_delta_list_takes_nothing_back() -> None:
    """Who was on hold stays revoked by the complete list."""
    people = world.family()
    lifted = entry(people.leaf, reason=ReasonFlags.remove_from_crl)
    delta = world.revoke(people.intermediate, [lifted], number=2, extensions=[DELTA])
    check([*good(), delta])
    with pytest.raises(RevokedError):
        check([*good(revoked=[entry(people.leaf, reason=ReasonFlags.certificate_hold)]), delta])


def test_authority_that_may_not_sign_lists() -> None:
    """Its key usage says what it may."""
    mute = world.issue("Mute", "ec:mute", world.family().root, ca=True, usage=("key_cert_sign",))
    leaf = world.issue("Leaf", "ec:leaf", mute, purposes=[world.CODE_SIGNING])
    with pytest.raises(UncheckableError, match="may not sign lists"):
        check([world.revoke(mute), *good()], chain=chain_of(leaf, mute, world.family().root))


def test_grace_lets_a_list_be_late() -> None:
    """As long as the policy says, and not a second longer."""
    late = good(this_update=NOW - 9 * DAY, next_update=NOW - 2 * DAY)
    check(late, RevocationRule(CrlRule.REQUIRE, 2 * DAY))
    with pytest.raises(UncheckableError, match="renewed"):
        check(late, RevocationRule(CrlRule.REQUIRE, 2 * DAY - dt.timedelta(seconds=1)))


def test_verdict_is_for_its_moment() -> None:
    """The same lists a month later are stale."""
    check(good())
    with pytest.raises(UncheckableError, match="renewed"):
        check(good(), now=NOW + 30 * DAY)


def test_older_list_than_one_that_was_seen() -> None:
    """Whoever offers it hides what came after."""
    issuer = read_certificate(world.family().intermediate.der, what="x").key_id
    check(good(number=5), seen={issuer: 5})
    check(good(number=6), seen={issuer: 5})
    for number in (4, None):
        with pytest.raises(UncheckableError, match="seen before"):
            check(good(number=number), seen={issuer: 5})


def test_newest_number_is_the_one_to_remember() -> None:
    """Of the lists that count; a forged number must not lock out the real ones."""
    people = world.family()
    issuer = read_certificate(people.intermediate.der, what="x").key_id
    forged = world.revoke(people.intermediate, number=10**6, key=world.private_key("ec:thief"))
    found = check([*good(number=3), *good(number=8), forged])
    assert found.numbers[issuer] == 8


def test_unknown_critical_part_of_an_entry() -> None:
    """Then nothing excuses the certificate, not even an early timestamp."""
    people = world.family()
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\5\0")
    builder = x509.RevokedCertificateBuilder().serial_number(serial(people.leaf)).revocation_date(NOW)
    revoked = builder.add_extension(odd, critical=True).build()
    key = people.intermediate.key
    data = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(people.intermediate.certificate.subject)
        .last_update(NOW - DAY)
        .next_update(NOW + DAY)
        .add_revoked_certificate(revoked)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    with pytest.raises(RevokedError):
        check([data, good()[1]], signed_at=NOW - 300 * DAY)


def test_list_in_pem_form() -> None:
    """What authorities put on their pages."""
    data = good()[0]
    pem = x509.load_der_x509_crl(data).public_bytes(serialization.Encoding.PEM)
    assert read_list(pem, what="x").number == read_list(data, what="x").number == 1


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"-----BEGIN X509 CRL-----\n", b"hello"])
def test_other_bytes_are_refused(data: bytes) -> None:
    """And the message names the place."""
    with pytest.raises(MalformedFileError) as caught:
        read_list(data, what="crls/a.crl")
    assert caught.value.detail["path"] == "crls/a.crl"


def test_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read of what is too large."""
    monkeypatch.setattr(limits, "CRL_BYTES", 100)
    with pytest.raises(LimitExceededError):
        read_list(good()[0], what="x")


def test_large_list_is_quick() -> None:
    """Looking up is one call whatever the length; this would take minutes entry by entry."""
    people = world.family()
    many = [(number, NOW - DAY, None, None) for number in range(1000, 6000)]
    found = check([world.revoke(people.intermediate, many), good()[1]])
    assert "no list" in found.details[0]


@settings(max_examples=300)
@given(st.data())
def test_any_change_gives_a_verdict_or_an_error(data: st.DataObject) -> None:
    """And never makes a revoked certificate good."""
    people = world.family()
    changed = bytearray(world.revoke(people.intermediate, [entry(people.leaf, reason=ReasonFlags.superseded)]))
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        read = read_list(bytes(changed), what="x")
        lists = [read, read_list(good()[1], what="y")]
    except InputError:
        return
    with pytest.raises(VerificationError):
        check_revocation(full_chain(), REQUIRE, Evidence(lists=lists, now=NOW))

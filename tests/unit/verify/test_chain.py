"""Chains: which certificates lead to a root, and what is said about those that do not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.errors import ExpiredError, InputError, UncheckableError, UntrustedSignerError, VerificationError
from plugintool.verify.certificate import Certificate, read_certificate
from plugintool.verify.chain import Chain, Presented, Purpose, build_chain
from tests import authority_world as world
from tests.authority_world import CODE_SIGNING, NOW, TIME_STAMPING, YEAR, Holder

ANY = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
SERVER = ExtendedKeyUsageOID.SERVER_AUTH


def read(holder: Holder) -> Certificate:
    return read_certificate(holder.der, what="x")


def build(
    leaf: Holder,
    others: Iterable[Holder] = (),
    roots: Iterable[Holder] | None = None,
    *,
    moment: dt.datetime = NOW,
    purpose: Purpose = Purpose.CODE_SIGNING,
) -> Chain:
    presented = Presented(read(leaf), tuple(read(other) for other in others))
    anchors = [world.family().root] if roots is None else roots
    return build_chain(presented, [read(root) for root in anchors], moment=moment, purpose=purpose)


def issue_leaf(issuer: Holder | None = None, **changes: Any) -> Holder:
    arguments: dict[str, Any] = {"purposes": [CODE_SIGNING], **changes}
    return world.issue(arguments.pop("name", "Leaf"), arguments.pop("key", "ec:leaf"), issuer, **arguments)


def test_chain_runs_from_the_signer_to_the_root() -> None:
    """Found whatever the order, and shown from the root down."""
    people = world.family()
    found = build(people.leaf, [people.root, people.intermediate])
    assert [item.der for item in found.certificates] == [people.leaf.der, people.intermediate.der, people.root.der]
    assert found.leaf.der == people.leaf.der
    assert str(found) == "Acme Root / Acme > Acme Code Signing / Acme > Acme Release 2026 / Acme"


def test_signer_may_stand_directly_below_the_root() -> None:
    """Small shops have no intermediate."""
    people = world.family()
    assert len(build(issue_leaf(people.root)).certificates) == 2


def test_intermediate_may_be_the_root() -> None:
    """What is trusted is what the policy names, not what signed itself."""
    people = world.family()
    assert len(build(people.leaf, [], [people.intermediate]).certificates) == 2


def test_certificate_among_the_roots_needs_no_other() -> None:
    """A self-signed certificate that was pinned."""
    alone = issue_leaf(name="Alone")
    assert len(build(alone, [], [alone]).certificates) == 1


def test_pinned_certificate_must_be_for_the_purpose_too() -> None:
    """A pin is no licence."""
    alone = issue_leaf(name="Alone", purposes=[SERVER])
    with pytest.raises(UntrustedSignerError, match="lacks code signing"):
        build(alone, [], [alone])


def test_missing_intermediate_is_named() -> None:
    """So that the publisher knows which certificate to add."""
    with pytest.raises(UntrustedSignerError) as caught:
        build(world.family().leaf)
    error = caught.value
    assert "nobody here issued Acme Release 2026 / Acme" in error.message
    assert "its issuer is Acme Code Signing / Acme" in error.message
    assert error.detail["expected"] == "a chain to Acme Root / Acme"
    assert error.step == 3


def test_no_root_at_all() -> None:
    """The store of the library refuses to be empty."""
    with pytest.raises(UntrustedSignerError, match="no root"):
        build(world.family().leaf, [], [])


def test_many_roots_are_not_all_listed() -> None:
    """Five, and how many more."""
    roots = [world.issue(f"Root {number}", f"ec:r{number}", ca=True) for number in range(7)]
    with pytest.raises(UntrustedSignerError) as caught:
        build(world.family().leaf, [], roots)
    assert caught.value.detail["expected"].endswith("Root 4 / Acme, 2 more")


def test_root_of_the_same_name_with_another_key() -> None:
    """Names prove nothing."""
    people = world.family()
    impostor = world.issue("Acme Root", "ec:impostor", ca=True)
    with pytest.raises(UntrustedSignerError):
        build(people.leaf, [people.intermediate], [impostor])


@pytest.mark.parametrize(
    ("moment", "state"),
    [(NOW - 2 * YEAR, "was not valid yet"), (NOW + 2 * YEAR, "had expired")],
)
def test_term_of_the_signer(moment: dt.datetime, state: str) -> None:
    """Both ends, with the term and the moment in the message."""
    people = world.family()
    with pytest.raises(ExpiredError, match=state) as caught:
        build(people.leaf, [people.intermediate], moment=moment)
    assert "Acme Release 2026" in caught.value.message
    assert caught.value.detail["found"] == f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("which", ["intermediate", "root"])
def test_term_of_an_authority(which: str) -> None:
    """The one that expired is the one that is named."""
    end = NOW - dt.timedelta(days=1)
    root = world.issue("Old Root", "ec:root", ca=True, end=end if which == "root" else NOW + YEAR)
    middle = world.issue("Old Middle", "ec:m", root, ca=True, end=end if which == "intermediate" else NOW + YEAR)
    leaf = issue_leaf(middle)
    with pytest.raises(ExpiredError) as caught:
        build(leaf, [middle], [root])
    assert {"intermediate": "Old Middle", "root": "Old Root"}[which] in caught.value.message


def test_moment_in_another_time_zone_is_the_same_moment() -> None:
    """Local times do not shift a term."""
    people = world.family()
    zone = dt.timezone(dt.timedelta(hours=-11))
    last = (NOW + YEAR).astimezone(zone)
    build(people.leaf, [people.intermediate], moment=last)
    with pytest.raises(ExpiredError):
        build(people.leaf, [people.intermediate], moment=last + dt.timedelta(seconds=1))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"purposes": []}, "missing required extension"),
        ({"purposes": [SERVER]}, "lacks code signing"),
        ({"purposes": [ANY]}, "lacks code signing"),
        ({"purposes": [TIME_STAMPING]}, "lacks code signing"),
        ({"usage": ("key_encipherment",)}, "lacks digitalSignature"),
        ({"ca": True, "usage": ("digital_signature", "key_cert_sign")}, "authority in the place of a signer"),
        ({"key": "rsa1024"}, "public key that cannot be used"),
    ],
)
def test_signer_must_be_made_for_signing(changes: dict[str, Any], why: str) -> None:
    """Extended key usage, key usage, no authority, a key that is strong enough."""
    with pytest.raises(UntrustedSignerError, match=why):
        build(issue_leaf(world.family().root, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"purposes": [CODE_SIGNING, SERVER]},
        {"purposes": [CODE_SIGNING], "purposes_critical": True},
        {"usage": ("content_commitment",)},
        {"usage": ()},
        {"key": "rsa2048"},
        {"key": "ed25519-a"},
    ],
)
def test_signers_that_are_accepted(changes: dict[str, Any]) -> None:
    """What real authorities issue."""
    build(issue_leaf(world.family().root, **changes))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ca": False}, "cA must be asserted"),
        ({"ca": True, "usage": ("crl_sign",)}, "lacks keyCertSign"),
        ({"ca": True, "purposes": [SERVER]}, "lacks code signing"),
        ({"ca": True, "key": "rsa1024"}, "key|algorithm"),
    ],
)
def test_authority_must_be_one(changes: dict[str, Any], why: str) -> None:
    """Basic constraints, key usage, extended key usage where there is one, strength."""
    people = world.family()
    arguments = {"key": "ec:odd", **changes}
    odd = world.issue("Odd", arguments.pop("key"), people.root, **arguments)
    with pytest.raises(UntrustedSignerError, match=why):
        build(issue_leaf(odd), [odd])


@pytest.mark.parametrize("purposes", [[CODE_SIGNING], [ANY], [CODE_SIGNING, SERVER]])
def test_authority_that_is_limited_to_the_purpose(purposes: list[Any]) -> None:
    """An extended key usage in an authority limits what it may issue."""
    people = world.family()
    limited = world.issue("Limited", "ec:limited", people.root, ca=True, purposes=purposes)
    build(issue_leaf(limited), [limited])


def test_path_length_is_kept() -> None:
    """The intermediate may not have another one below."""
    people = world.family()
    below = world.issue("Below", "ec:below", people.intermediate, ca=True)
    with pytest.raises(UntrustedSignerError, match="path length"):
        build(issue_leaf(below), [below, people.intermediate])


def test_depth_is_bounded() -> None:
    """A long staircase costs nothing."""
    holder, stairs = world.family().root, []
    for number in range(12):
        holder = world.issue(f"Step {number}", f"ec:s{number}", holder, ca=True)
        stairs.append(holder)
    with pytest.raises(UntrustedSignerError):
        build(issue_leaf(holder), stairs)


def constraint(name: x509.GeneralName) -> tuple[x509.ExtensionType, bool]:
    return x509.NameConstraints([name], None), True


def names(*hosts: str) -> list[tuple[x509.ExtensionType, bool]]:
    return [(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), False)]


def test_name_constraints_are_kept() -> None:
    """Of host names; an authority for acme.example may not speak for others."""
    people = world.family()
    limited = world.issue(
        "Limited", "ec:limited", people.root, ca=True, extensions=[constraint(x509.DNSName("acme.example"))]
    )
    build(issue_leaf(limited, extensions=names("build.acme.example")), [limited])
    with pytest.raises(UntrustedSignerError, match="name constraints"):
        build(issue_leaf(limited, extensions=names("build.other.example")), [limited])


@pytest.mark.parametrize(
    "extension",
    [
        constraint(x509.DirectoryName(world.name_of("x"))),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"), True),
        (x509.PolicyConstraints(0, None), True),
        (x509.PolicyConstraints(0, None), False),
    ],
)
def test_what_is_not_processed_cannot_be_checked(extension: tuple[x509.ExtensionType, bool]) -> None:
    """A critical extension says: refuse if you do not know me."""
    people = world.family()
    odd = world.issue("Odd", "ec:odd", people.root, ca=True, extensions=[extension])
    with pytest.raises(UncheckableError, match="not processed here"):
        build(issue_leaf(odd), [odd])


def test_unknown_extension_that_is_not_critical_is_ignored() -> None:
    """As it asks for."""
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0")
    build(issue_leaf(world.family().root, extensions=[(extension, False)]))


def test_certificates_that_do_not_belong_change_nothing() -> None:
    """Others may be presented; the path goes past them."""
    people = world.family()
    strangers = [world.issue(f"Stranger {number}", f"ec:x{number}", ca=True) for number in range(10)]
    found = build(people.leaf, [*strangers, people.intermediate, people.tsa])
    assert len(found.certificates) == 3


def stamping(**changes: Any) -> Holder:
    arguments: dict[str, Any] = {"purposes": [TIME_STAMPING], "purposes_critical": True, **changes}
    return world.issue("Stamp", "rsa2048", world.family().tsa_root, **arguments)


def build_stamping(leaf: Holder) -> Chain:
    return build(leaf, [], [world.family().tsa_root], purpose=Purpose.TIME_STAMPING)


def test_timestamp_authority() -> None:
    """RFC 3161 §2.3: one purpose, and critical."""
    build_stamping(world.family().tsa)


@pytest.mark.parametrize(
    "changes",
    [
        {"purposes_critical": False},
        {"purposes": [TIME_STAMPING, CODE_SIGNING]},
        {"purposes": [CODE_SIGNING]},
        {"purposes": []},
        {"usage": ("key_encipherment",)},
    ],
)
def test_others_may_not_stamp(changes: dict[str, Any]) -> None:
    """A signer of code cannot choose its own time."""
    with pytest.raises(UntrustedSignerError):
        build_stamping(stamping(**changes))


def test_roots_for_time_are_others_than_for_code() -> None:
    """And neither does the work of the other."""
    people = world.family()
    with pytest.raises(UntrustedSignerError):
        build(people.tsa, [], [people.tsa_root])
    with pytest.raises(UntrustedSignerError):
        build(people.leaf, [people.intermediate], purpose=Purpose.TIME_STAMPING)


SPECIMENS: tuple[Callable[[], Holder], ...] = (
    lambda: world.family().leaf,
    lambda: world.family().intermediate,
    lambda: world.family().root,
)


@settings(max_examples=200)
@given(st.data())
def test_any_change_gives_a_chain_or_a_verification_error(data: st.DataObject) -> None:
    """Whatever the certificates say."""
    ders = []
    for specimen in SPECIMENS:
        changed = bytearray(specimen().der)
        for _ in range(data.draw(st.integers(0, 2))):
            changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
        ders.append(bytes(changed))
    try:
        leaf, middle, root = (read_certificate(der, what="x") for der in ders)
    except InputError:
        return
    try:
        found = build_chain(Presented(leaf, (middle,)), [root], moment=NOW, purpose=Purpose.CODE_SIGNING)
    except VerificationError:
        return
    # A trusted root is trusted as it is; below it nothing may have changed.
    assert found.certificates[0].der == SPECIMENS[0]().der

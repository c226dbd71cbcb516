"""Vectors that are wrong in one place of a structure: DER, CMS, timestamp tokens, revocation lists.

Each is right but for that place, and would be accepted if nobody looked: most of what CMS holds is not covered by the
signature, and what is covered was signed with the fault in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from plugintool import limits
from plugintool.digest import sha256
from plugintool.envelope import cms, der, tst
from plugintool.envelope.mcpb_block import render_block
from tests import authority_world as world
from tests import vector_cases_bundles as bundles
from tests.authority_world import NOW, TIME_STAMPING, YEAR, Holder
from tests.vector_cases_bundles import ARCHIVE, Attributes, Signer, algorithm, attribute, joined, signed_data, signer
from tests.vector_cases_certificates import holders, key_id_of, leaf, rules, signature_by, stamped, tree
from tests.vector_forge import SIGNATURE, Case, b64, entry, publisher, trust

Json = Any
Change = Callable[[bytes], bytes]
DAY = dt.timedelta(days=1)
_NULL = der.encode(der.NULL)
_SHA1 = "1.3.14.3.2.26"
_CONSTRUCTED = 0x20
_Untrusted4 = partial(Case, step=4, code="trust-policy")
_Invalid4 = partial(Case, step=4, code="signature-invalid")
_Uncheckable5 = partial(Case, step=5, code="uncheckable")


def cases() -> Iterator[Case]:
    """Yield them."""
    yield from _elements()
    yield from _identifiers()
    yield from _blocks()
    yield from _tokens()
    yield from _responses()
    yield from _signature_files()
    yield from _authorities()
    yield from _parts_of_lists()
    yield from _odd_lists()
    yield from _policies()


# -- taking DER apart --------------------------------------------------------------------------------------------


def edit(data: bytes, path: Sequence[int], change: Change) -> bytes:
    """Return DER in which one element is changed.

    Args:
        data: one element.
        path: which of the elements inside, from the outermost on.
        change: gets the element and returns what comes in its place; the lengths around it are made to fit.
    """
    if not path:
        return change(data)
    whole = der.read_der(data, what="a fixture")
    parts = [item.whole for item in whole.children(whole.tag)]
    parts[path[0]] = edit(parts[path[0]], path[1:], change)
    return der.encode(whole.tag, *parts)


def more(*extra: bytes) -> Change:
    """Return a change that puts elements behind those inside."""
    return lambda data: der.encode(data[0], der.read_der(data, what="a fixture").body, *extra)


def tagged(tag: int) -> Change:
    """Return a change of the tag."""
    return lambda data: bytes([tag]) + data[1:]


def replaced(value: bytes) -> Change:
    """Return a change to another element."""
    return lambda _: value


def long_form(*, zeros: int = 0) -> Change:
    """Return a change that writes the length with more bytes than it needs."""

    def change(data: bytes) -> bytes:
        element = der.read_der(data, what="a fixture")
        size = len(element.body)
        digits = b"\0" * zeros + size.to_bytes(max((size.bit_length() + 7) // 8, 1), "big")
        return bytes([element.tag, 0x80 | len(digits)]) + digits + element.body

    return change


_SIGNED_DATA = (1, 0)
_SIGNER = (1, 0, 4, 0)


def _plain() -> bytes:
    people = world.family()
    return signed_data(signer(), certificates=[people.leaf.der, people.intermediate.der])


def _block_case(name: str, about: str, data: bytes, **members: Any) -> Case:
    return bundles.bundle_case(
        joined(render_block(data), ARCHIVE),
        name=f"{name}_fail",
        about=about,
        **{"step": 1, "code": "signature-invalid", "agrees": "ours: DER and CMS, read strictly", **members},
    )


def _elements() -> Iterator[Case]:
    """DER: one way to write a length and a number, and the tags that belong there."""
    plain = _plain()
    version = (*_SIGNED_DATA, 0)
    yield _block_case("der_length_long", "a length of one byte in two", edit(plain, version, long_form()))
    yield _block_case("der_length_zeros", "a length that begins with a zero", long_form(zeros=1)(plain))
    yield _block_case("der_outer_tag", "a SET in the place of a SEQUENCE", tagged(der.SET)(plain))
    yield _block_case("der_integer_tag", "an ENUMERATED in the place of an INTEGER", edit(plain, version, tagged(0x0A)))
    yield _block_case(
        "der_integer_long", "an INTEGER with a zero in front", edit(plain, version, replaced(b"\2\2\0\1"))
    )
    yield _block_case("der_octets_tag", "a signature in a UTF8String", edit(plain, (*_SIGNER, 5), tagged(0x0C)))
    yield _block_case("der_oid_tag", "a content type in an OCTET STRING", edit(plain, (0,), tagged(der.OCTET_STRING)))


def _identifiers() -> Iterator[Case]:
    """OBJECT IDENTIFIERs: those of signed attributes, which the signature covers as they stand."""
    odd = {
        "long": ("of 65 bytes", b"\6\x41" + b"\x2a" * 65),
        "cut": ("that does not end", b"\6\3\x2a\3\x86"),
        "padded": ("with a number that begins with zeros", b"\6\3\x2a\x80\1"),
        "empty": ("without a byte", b"\6\0"),
    }
    for name, (about, oid) in odd.items():
        extra = der.encode(der.SEQUENCE, oid, der.encode(der.SET, _NULL))
        attributes = Attributes((*Attributes.of(world.family().leaf).items, extra))
        data = signed_data(signer(attributes=attributes), certificates=[world.family().leaf.der])
        yield _block_case(f"der_oid_{name}", f"an OBJECT IDENTIFIER {about}", data)


def _blocks() -> Iterator[Case]:
    """CMS: nothing that nobody reads, nowhere."""
    plain, people = _plain(), world.family()
    token = world.stamp(signer().value, people.tsa)
    stamp = attribute(cms.TIMESTAMP_TOKEN, token)
    stamped_block = signed_data(signer(unsigned=[stamp]), certificates=[people.leaf.der, people.intermediate.der])
    changes: dict[str, tuple[str, bytes]] = {
        "type": (
            "another content type around the signature",
            edit(plain, (0,), replaced(_oid("1.2.840.113549.1.7.3"))),
        ),
        "more": ("an element behind the content", more(_NULL)(plain)),
        "digests_tag": ("the digest algorithms in a SEQUENCE", edit(plain, (*_SIGNED_DATA, 1), tagged(der.SEQUENCE))),
        "digests_other": (
            "digest algorithms that the signer does not use",
            edit(plain, (*_SIGNED_DATA, 1), more(algorithm(_SHA1))),
        ),
        "signed_data_more": ("an element behind the signers", edit(plain, _SIGNED_DATA, more(_NULL))),
        "content_more": ("an element behind the content type", edit(plain, (*_SIGNED_DATA, 2), more(_NULL))),
        "signer_more": ("an element behind the signature", edit(stamped_block, _SIGNER, more(_NULL))),
        "name_more": ("an element behind the serial number", edit(plain, (*_SIGNER, 1), more(_NULL))),
        "algorithm_more": ("an element behind the parameters", edit(plain, (*_SIGNER, 2), more(_NULL))),
        "attribute_more": ("an element behind the values", edit(stamped_block, (*_SIGNER, 6, 0), more(_NULL))),
        "attribute_empty": (
            "an attribute without a value",
            edit(stamped_block, (*_SIGNER, 6, 0, 1), replaced(der.encode(der.SET))),
        ),
        "unsigned_empty": (
            "unsigned attributes, and none of them",
            edit(stamped_block, (*_SIGNER, 6), replaced(der.encode(der.context(1)))),
        ),
        "content_small": (
            "a content of its own, with nothing in it",
            edit(plain, (*_SIGNED_DATA, 2), more(der.encode(der.context(0), der.encode(der.OCTET_STRING)))),
        ),
    }
    for name, (about, data) in changes.items():
        yield _block_case(f"cms_{name}", about, data)


def _oid(dotted: str) -> bytes:
    return der.encode_oid(dotted)


# -- timestamps --------------------------------------------------------------------------------------------------


def _info(value: bytes, *, imprint: bytes | None = None) -> bytes:
    """Return a TSTInfo over a signature value."""
    over = bytes.fromhex(sha256(value)) if imprint is None else imprint
    return tst.render_info(over, policy=world.TSA_POLICY, serial=7, gen_time=NOW, nonce=None)


def _token(
    info: bytes,
    *,
    others: Sequence[bytes] = (),
    content_type: str = tst.TST_INFO,
    by: Holder | None = None,
    **changes: Any,
) -> bytes:
    """Return a token around a TSTInfo, by the authority of the family."""
    authority = by or world.family().tsa
    usual: dict[str, Any] = {"content_type": attribute(cms.CONTENT_TYPE, _oid(content_type))}
    attributes = Attributes.of(authority, info, **{**usual, **changes})
    one = Signer(holder=authority, attributes=attributes)
    certificates = [authority.der, *others]
    return signed_data(one, certificates=certificates, content_type=content_type, content=info, version=3)


def _stamped_tree(make: Change) -> dict[str, bytes]:
    """Return a tree whose signature has a response that ``make`` returns for its value."""
    return tree(signature_by(world.family().leaf, stamps=[make]))


_ALWAYS = "a trusted timestamp is asked for"


def _tokens() -> Iterator[Case]:
    """RFC 3161: the token, and what it says."""
    always = rules(timestamp=stamped("always"))

    def wrong(name: str, about: str, make: Change, case: Any = _Invalid4) -> Case:
        files = _stamped_tree(lambda value: tst.render_response(make(value)))
        found: Case = case(name=f"token_{name}_fail", about=f"a timestamp {about}", files=files, policy=always)
        return found

    def changed(path: Sequence[int], change: Change) -> Change:
        return lambda value: _token(edit(_info(value), path, change))

    extension = partial(der.encode, der.SEQUENCE, _oid("1.2.3.4"))
    octets = der.encode(der.OCTET_STRING, b"x")
    yield wrong("version", "of version 2", changed((0,), replaced(b"\2\1\2")))
    yield wrong("more", "with an element behind the last", changed((), more(_NULL)))
    yield wrong("imprint_more", "whose digest has a third part", changed((2,), more(_NULL)))
    utc = der.encode(der.UTC_TIME, NOW.strftime("%y%m%d%H%M%SZ").encode())
    yield wrong("utc_time", "with a year of two digits", changed((4,), replaced(utc)))
    offset = der.encode(der.GENERALIZED_TIME, NOW.strftime("%Y%m%d%H%M%S+0000").encode())
    yield wrong("time_offset", "in another time zone", changed((4,), replaced(offset)))
    for name, flag, about in (("critical", b"\xff", "critical"), ("boolean", b"\1", "critical, in another way")):
        item = extension(der.encode(der.BOOLEAN, flag), octets)
        make = changed((), more(der.encode(der.context(1), item)))
        yield wrong(f"extension_{name}", f"with an extension that is {about}", make)
    item = extension(b"\x1f\1\0")
    yield wrong("long_tag", "with a tag of two bytes in it", changed((), more(der.encode(der.context(1), item))))
    yield Case(
        name="token_extension_not_critical",
        about="an extension that says that it is not critical",
        files=_stamped_tree(
            lambda value: tst.render_response(
                changed((), more(der.encode(der.context(1), extension(der.encode(der.BOOLEAN, b"\0"), octets))))(value)
            )
        ),
        policy=always,
        signers=(key_id_of(world.family().leaf),),
    )
    yield wrong("content_type", "whose content is data", lambda value: _token(_info(value), content_type=cms.DATA))
    yield wrong("no_ess", "that does not name its certificate", lambda value: _token(_info(value), ess=None))
    yield wrong("no_content", "without a content", _without_content)
    sha1 = der.encode(der.SEQUENCE, algorithm(_SHA1), der.encode(der.OCTET_STRING, b"\0" * 20))
    yield wrong("sha1", "with a digest by SHA-1", changed((2,), replaced(sha1)), _Untrusted4)
    yield Case(
        name="token_with_intermediate",
        about="an authority for time below another one, whose certificate the token brings along",
        files=_stamped_tree(lambda value: tst.render_response(_token_below(value))),
        policy=always,
        signers=(key_id_of(world.family().leaf),),
    )


def _without_content(value: bytes) -> bytes:
    return edit(_token(_info(value)), (*_SIGNED_DATA, 2), replaced(der.encode(der.SEQUENCE, _oid(tst.TST_INFO))))


def _token_below(value: bytes) -> bytes:
    middle = world.issue("Time Intermediate", "ec:tm", world.family().tsa_root, ca=True, organization="Time")
    arguments: dict[str, Any] = {"purposes": [TIME_STAMPING], "purposes_critical": True}
    authority = world.issue("Time Stamping 2", "rsa2048", middle, **arguments)
    return _token(_info(value), by=authority, others=[middle.der])


def _responses() -> Iterator[Case]:
    """What an authority answers: granted, with one token, or it is no timestamp."""
    status = partial(der.encode, der.SEQUENCE)
    odd: dict[str, tuple[str, Change]] = {
        "refused_with_token": (
            "refused, though a token is there",
            lambda value: der.encode(der.SEQUENCE, status(b"\2\1\2"), _token(_info(value))),
        ),
        "no_token": ("granted, and no token", lambda _: der.encode(der.SEQUENCE, status(b"\2\1\0"))),
        "two_tokens": (
            "two tokens",
            lambda value: der.encode(der.SEQUENCE, status(b"\2\1\0"), _token(_info(value)), _token(_info(value))),
        ),
    }
    for name, (about, make) in odd.items():
        yield _Invalid4(
            name=f"response_{name}_fail",
            about=f"a response: {about}",
            files=_stamped_tree(make),
            policy=rules(timestamp=stamped("always")),
        )


def _signature_files() -> Iterator[Case]:
    """Timestamps in a signature file: a list, and a short one."""
    people = world.family()

    def make(value: bytes) -> bytes:
        return tst.render_response(_token(_info(value)))

    wrong = partial(Case, step=1, code="signature-invalid", policy=rules(timestamp=stamped("always")))
    many = signature_by(people.leaf, stamps=[make] * (limits.TIMESTAMPS + 1))
    yield wrong(name="timestamps_many_fail", about="more timestamps than there may be", files=tree(many))
    files = tree(signature_by(people.leaf, stamps=[make]))
    text = files[SIGNATURE].replace(b'"rfc3161Timestamps":[{', b'"rfc3161Timestamps":{"0":{').replace(b'"}]', b'"}}', 1)
    yield wrong(name="timestamps_object_fail", about="timestamps in an object", files={**files, SIGNATURE: text})


# -- authorities and their lists ---------------------------------------------------------------------------------


def _authorities() -> Iterator[Case]:
    people = world.family()
    odd = world.issue("Odd", "ec:odd", people.root, ca=True, extensions=[(x509.PolicyConstraints(0, None), False)])
    yield Case(
        name="authority_policy_constraints_not_critical_fail",
        about="an authority that asks for certificate policies, and does not mark it as critical",
        files=tree(signature_by(leaf(odd))),
        policy=rules(holders(middle=[odd])),
        step=3,
        code="uncheckable",
    )
    late = world.issue("Acme Root", "ec:root", ca=True, start=NOW - 3 * YEAR, end=NOW - YEAR)
    other = entry(holders(late), name="other", scope="other-*")
    yield Case(
        name="chain_of_other_scope_is_bad",
        about="a policy for other names knows the signer by a root that has expired: it is not asked",
        files=tree(signature_by(people.leaf)),
        policy=trust(other, entry(holders())),
        signers=(key_id_of(people.leaf),),
    )
    good = signature_by(people.leaf)
    yield Case(
        name="scope_end_fail",
        about="a name that begins as the scope says and ends otherwise",
        files=tree(good),
        policy=rules(scope="acme-*-pro"),
        step=6,
        code="trust-policy",
    )
    pem = [holder.pem for holder in [people.root] * (limits.CERTIFICATES + 1)]
    yield Case(
        name="policy_many_roots_fail",
        about="more roots than a policy may have",
        files=tree(good),
        policy=rules({**holders(), "roots": pem}),
        step=6,
        code="trust-policy",
    )
    yield Case(
        name="policy_many_certificates_in_pem_fail",
        about="one text with more certificates than a policy may have",
        files=tree(good),
        policy=rules({**holders(), "roots": ["".join(pem)]}),
        step=6,
        code="trust-policy",
    )


def _point(**parts: Any) -> x509.IssuingDistributionPoint:
    usual: dict[str, Any] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**{**usual, **parts})


_PLACE, _ELSEWHERE = (
    x509.UniformResourceIdentifier(f"http://crl.acme.example/{name}.crl") for name in ("here", "elsewhere")
)


def _listed(*names: x509.GeneralName, reasons: Any = None, issuer: Any = None) -> Holder:
    """Return a signer whose certificate says where its lists are."""
    point = x509.DistributionPoint(list(names) or None, None, reasons, issuer)
    return leaf(extensions=[(x509.CRLDistributionPoints([point]), False)])


def _lists(part: x509.IssuingDistributionPoint | None = None, *, root: Any = None, **changes: Any) -> dict[str, bytes]:
    people = world.family()
    extensions = [] if part is None else [(part, True)]
    of_root = [] if root is None else [(root, True)]
    return {
        "intermediate.crl": world.revoke(people.intermediate, extensions=extensions, **changes),
        "root.crl": world.revoke(people.root, extensions=of_root),
    }


_REQUIRED: Json = {"crl": {"rule": "require", "grace_days": 0}}


def _parts_of_lists() -> Iterator[Case]:
    """Lists that are only about some certificates: whether this one is among them decides."""
    people = world.family()
    require = rules(**_REQUIRED)
    reasons = frozenset({x509.ReasonFlags.superseded})
    relative = x509.RelativeDistinguishedName([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")])
    none: dict[str, tuple[Holder, Mapping[str, bytes]]] = {
        "indirect": (people.leaf, _lists(_point(indirect_crl=True))),
        "some_reasons": (people.leaf, _lists(_point(only_some_reasons=reasons))),
        "attribute_certificates": (people.leaf, _lists(_point(only_contains_attribute_certs=True))),
        "relative_name": (people.leaf, _lists(_point(relative_name=relative))),
        "authorities": (people.leaf, _lists(_point(only_contains_ca_certs=True))),
        "signers": (people.leaf, _lists(root=_point(only_contains_user_certs=True))),
        "other_place": (_listed(_PLACE), _lists(_point(full_name=[_ELSEWHERE]))),
        "no_place": (people.leaf, _lists(_point(full_name=[_PLACE]))),
        "place_some_reasons": (_listed(_PLACE, reasons=reasons), _lists(_point(full_name=[_PLACE]))),
        "place_other_issuer": (
            _listed(_PLACE, issuer=[x509.DirectoryName(world.name_of("Else"))]),
            _lists(_point(full_name=[_PLACE])),
        ),
    }
    for name, (holder, lists) in none.items():
        files = tree(signature_by(holder))
        about = f"a list that is not about this certificate, or not about all reasons: {name}"
        yield _Uncheckable5(name=f"list_{name}_fail", about=about, files=files, policy=require, lists=lists)
    bare = _without_constraints()
    good: dict[str, tuple[Holder, Mapping[str, bytes]]] = {
        "of_signers": (people.leaf, _lists(_point(only_contains_user_certs=True))),
        "of_signers_bare": (bare, _lists(_point(only_contains_user_certs=True))),
        "of_authorities": (people.leaf, _lists(root=_point(only_contains_ca_certs=True))),
        "of_this_place": (_listed(_PLACE), _lists(_point(full_name=[_PLACE]))),
    }
    for name, (holder, lists) in good.items():
        yield Case(
            name=f"list_{name}",
            about=f"a list for some certificates, and this is one of them: {name}",
            files=tree(signature_by(holder)),
            policy=require,
            lists=lists,
            signers=(key_id_of(holder),),
        )


def _without_constraints() -> Holder:
    """Return a signer whose certificate has no basic constraints, as many have."""
    people, key = world.family(), world.private_key("ec:bare")
    builder = (
        x509.CertificateBuilder()
        .subject_name(world.name_of("Acme Bare"))
        .issuer_name(people.intermediate.certificate.subject)
        .public_key(key.public_key())
        .serial_number(77)
        .not_valid_before(NOW - YEAR)
        .not_valid_after(NOW + YEAR)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(people.intermediate.key.public_key()), critical=False
        )
    )
    return Holder(key, builder.sign(people.intermediate.key, hashes.SHA256(), ecdsa_deterministic=True))


def _odd_lists() -> Iterator[Case]:
    """Lists of the right issuer that say nothing."""
    people = world.family()
    require = rules(**_REQUIRED)
    namesake = Holder(people.intermediate.key, world.issue("Other Name", "ec:intermediate").certificate)
    mute = world.issue("Acme Mute", "ec:mute", people.root, ca=True, usage=("key_cert_sign",))
    below = leaf(mute)
    plain = _lists()
    update = _lists()["intermediate.crl"]
    odd: dict[str, tuple[str, Holder, Mapping[str, bytes], list[Holder]]] = {
        "other_name": (
            "a list by the right key under another name",
            people.leaf,
            {**plain, "intermediate.crl": world.revoke(namesake)},
            [people.intermediate],
        ),
        "no_crl_sign": (
            "a list by an authority that may not sign lists",
            below,
            {**plain, "mute.crl": world.revoke(mute)},
            [mute],
        ),
        "sha1": (
            "a list that is signed with SHA-1",
            people.leaf,
            {**plain, "intermediate.crl": _signed_again(update, lambda tbs: tbs, hashes.SHA1(), "1.2.840.10045.4.1")},
            [people.intermediate],
        ),
        "no_next_update": (
            "a list that does not say when the next one is due",
            people.leaf,
            {**plain, "intermediate.crl": _signed_again(update, _without_next_update)},
            [people.intermediate],
        ),
    }
    for name, (about, holder, lists, middle) in odd.items():
        yield _Uncheckable5(
            name=f"list_{name}_fail",
            about=about,
            files=tree(signature_by(holder)),
            policy=rules(holders(middle=middle), **_REQUIRED),
            lists=lists,
        )
    yield Case(
        name="list_without_number",
        about="a list without a number",
        files=tree(signature_by(people.leaf)),
        policy=require,
        lists=_lists(number=None),
        signers=(key_id_of(people.leaf),),
    )


def _without_next_update(tbs: bytes) -> bytes:
    parts = der.read_der(tbs, what="a list").children()
    return der.encode(der.SEQUENCE, *(item.whole for number, item in enumerate(parts) if number != 4))


def _signed_again(
    data: bytes, change: Change, digest: hashes.HashAlgorithm | None = None, oid: str = "1.2.840.10045.4.3.2"
) -> bytes:
    """Return a list of the intermediate with changes, signed by its key."""
    named = der.encode(der.SEQUENCE, _oid(oid))
    tbs = edit(change(der.read_der(data, what="a list").children()[0].whole), (1,), replaced(named))
    kind = ec.ECDSA(digest or hashes.SHA256(), deterministic_signing=True)
    value = world.family().intermediate.key.sign(tbs, kind)
    return der.encode(der.SEQUENCE, tbs, named, der.encode(der.BIT_STRING, b"\0", value))


# -- trust policies ----------------------------------------------------------------------------------------------


def _policies() -> Iterator[Case]:
    """Values of a kind that a reader could take for another."""
    files = tree(signature_by(world.family().leaf))
    odd: dict[str, tuple[str, Json]] = {
        "publisher_type": (
            "a publisher of a type that does not exist",
            rules({**publisher("ed25519-a"), "type": "pgp"}),
        ),
        "executables_text": ("a text in the place of a list", rules(inventory={"hosts": "*"})),
        "crl_text": ("a rule on lists that does not exist", rules(crl="require")),
        "timestamp_text": ("a rule on time that does not exist", rules(timestamp="always")),
        "key_of_small_order": ("a key for which anybody can make signatures", _small_order()),
        "grace_text": ("days as a text", rules(crl={"rule": "require", "grace_days": "2"})),
    }
    for name, (about, policy) in odd.items():
        yield Case(
            name=f"policy_value_{name}_fail", about=about, files=files, policy=policy, step=6, code="trust-policy"
        )


def _small_order() -> Json:
    """Return a policy that pins the neutral point."""
    data = bytes.fromhex("302a300506032b6570032100" + "01" + "00" * 31)
    pem = f"-----BEGIN PUBLIC KEY-----\n{b64(data)}\n-----END PUBLIC KEY-----\n"
    pin = {"key_id": sha256(data), "public_key": pem}
    return trust(entry({"type": "key", "threshold": 1, "keys": [pin]}))

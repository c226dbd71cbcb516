"""Vectors for certificates: steps 3 to 6 for signers that are known by a root and a subject, and step 8."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ReasonFlags
from cryptography.x509.oid import ExtendedKeyUsageOID

from plugintool.digest import Digest, sha256
from plugintool.envelope import tst
from plugintool.envelope.dsse import PAYLOAD_TYPE, pae
from plugintool.envelope.signature_file import MEDIA_TYPE
from plugintool.tree import version_file
from tests import authority_world as world
from tests.authority_world import CODE_SIGNING, NOW, TIME_STAMPING, YEAR, Holder
from tests.vector_forge import (
    FILES,
    SIGNATURE,
    Case,
    b64,
    compact,
    entry,
    further,
    payload,
    publisher,
    signature,
    signed,
    sync,
    trust,
)

Json = Any
DAY = dt.timedelta(days=1)
A = "ed25519-a"
_Invalid2 = partial(Case, step=2, code="signature-invalid")
_Untrusted3 = partial(Case, step=3, code="signer-untrusted")
_Uncheckable3 = partial(Case, step=3, code="uncheckable")
_Expired = partial(Case, step=4, code="expired")
_Policy4 = partial(Case, step=4, code="trust-policy")
_Invalid4 = partial(Case, step=4, code="signature-invalid")
_Revoked = partial(Case, step=5, code="revoked")
_Uncheckable5 = partial(Case, step=5, code="uncheckable")
_Untrusted6 = partial(Case, step=6, code="signer-untrusted")
_Policy6 = partial(Case, step=6, code="trust-policy")
_Policy8 = partial(Case, step=8, code="trust-policy")


def cases() -> Iterator[Case]:
    """Yield them."""
    yield from _good_chains()
    yield from _bad_signers()
    yield from _bad_authorities()
    yield from _subjects()
    yield from _terms()
    yield from _timestamps()
    yield from _lists()
    yield from _rules()
    yield from _inventories()


# -- what the cases are made of ----------------------------------------------------------------------------------


def key_id_of(holder: Holder) -> Digest:
    """Return the key id of a certificate."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return sha256(holder.certificate.public_key().public_bytes(serialization.Encoding.DER, form))


def sign(holder: Holder, message: bytes) -> bytes:
    """Sign as the kind of key does, always in the same way."""
    if isinstance(holder.key, rsa.RSAPrivateKey):
        return holder.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    if isinstance(holder.key, ec.EllipticCurvePrivateKey):
        return holder.key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    value = holder.key.sign(message)
    assert isinstance(value, bytes)
    return value


def signature_by(
    holder: Holder,
    *,
    stamps: Sequence[Callable[[bytes], bytes]] = (),
    data: bytes | None = None,
    by: Holder | None = None,
) -> bytes:
    """Return a signature file with the certificate of ``holder``; ``stamps`` make responses over the signature."""
    over = payload() if data is None else data
    value = sign(by or holder, pae(PAYLOAD_TYPE, over))
    material: Json = {"certificate": {"rawBytes": b64(holder.der)}}
    if stamps:
        responses = [{"signedTimestamp": b64(stamp(value))} for stamp in stamps]
        material["timestampVerificationData"] = {"rfc3161Timestamps": responses}
    return compact(
        {
            "mediaType": MEDIA_TYPE,
            "verificationMaterial": material,
            "dsseEnvelope": {"payload": b64(over), "payloadType": PAYLOAD_TYPE, "signatures": [{"sig": b64(value)}]},
        }
    )


def tree(first: bytes, *others: bytes, files: Mapping[str, bytes] = FILES) -> dict[str, bytes]:
    """Return a built tree with these signature files."""
    more = {f".claude-plugin/plugin.{number:08x}.sigstore.json": data for number, data in enumerate(others)}
    return {**files, "version.json": version_file.render(sync(files)), SIGNATURE: first, **more}


def holders(*roots: Holder, subject: Json = None, middle: Sequence[Holder] | None = None, **members: Json) -> Json:
    """Return a publisher that is known by certificates; the intermediate of the family unless others are given."""
    people = world.family()
    return {
        "type": "x509",
        "threshold": 1,
        "subject": {"O": "Acme"} if subject is None else subject,
        "roots": [root.pem for root in roots or (people.root,)],
        "intermediates": [one.pem for one in ([people.intermediate] if middle is None else middle)],
        **members,
    }


def rules(*publishers: Json, **members: Json) -> Json:
    """Return a trust policy with one policy over these publishers; the family's by default."""
    return trust(entry(*(publishers or (holders(),)), **members))


def stamped(when: str, *roots: Holder) -> Json:
    """Return the rule on time."""
    return {"when": when, "roots": [root.pem for root in roots or (world.family().tsa_root,)]}


def stamp(
    gen_time: dt.datetime = NOW, authority: Holder | None = None, message: bytes | None = None
) -> Callable[[bytes], bytes]:
    """Return what makes a response over a signature value, or over another message."""

    def make(value: bytes) -> bytes:
        over = value if message is None else message
        return tst.render_response(world.stamp(over, authority or world.family().tsa, gen_time=gen_time))

    return make


def leaf(
    issuer: Holder | None = None, *, name: str = "Acme Release 2026", key: str = "ec:leaf", **changes: Any
) -> Holder:
    """Return a signer's certificate by the intermediate of the family unless another issuer is given."""
    arguments = {"purposes": [CODE_SIGNING], **changes}
    return world.issue(name, key, issuer or world.family().intermediate, **arguments)


def good(holder: Holder, **case: Any) -> Case:
    """Return a case that ends well, with this signer."""
    return Case(signers=(key_id_of(holder),), **{"files": tree(signature_by(holder)), "policy": rules(), **case})


# -- the cases ---------------------------------------------------------------------------------------------------


def _good_chains() -> Iterator[Case]:
    people = world.family()
    yield good(people.leaf, name="chain", about="root, intermediate in the policy, signer with an RSA key")
    for key in ("ec:leaf", "rsa2048", "ed25519-b"):
        name = key.replace(":", "_")
        yield good(leaf(key=key), name=f"chain_leaf_{name}", about=f"a signer with the key {key}")
    yield good(
        leaf(people.root),
        name="chain_short",
        about="a signer directly below the root",
        policy=rules(holders(middle=[])),
    )
    yield good(
        people.leaf,
        name="chain_root_is_intermediate",
        about="the policy trusts the intermediate itself",
        policy=rules(holders(people.intermediate, middle=[])),
    )
    alone = world.issue("Acme Alone", "ec:alone", purposes=[CODE_SIGNING])
    yield good(
        alone,
        name="chain_pinned_certificate",
        about="a self-signed certificate that the policy names as its root",
        policy=rules(holders(alone, middle=[])),
    )
    stranger = world.issue("Stranger", "ec:stranger", purposes=[CODE_SIGNING])
    yield good(
        people.leaf,
        name="chain_and_stranger",
        about="a second signature by a certificate that nobody knows is reported",
        files=tree(signature_by(people.leaf), signature_by(stranger)),
    )
    yield good(
        people.leaf,
        name="chain_and_unknown_key",
        about="a second signature by a key that nobody knows is reported",
        files={**tree(signature_by(people.leaf)), further("stranger"): signature(payload(), "stranger")},
    )
    yield Case(
        name="chain_and_key",
        about="two publishers, one known by its key, one by its certificate: either is enough",
        files={**signed(), ".claude-plugin/plugin.00000000.sigstore.json": signature_by(people.leaf)},
        policy=rules(publisher(A), holders()),
        signers=(A, key_id_of(people.leaf)),
    )
    yield Case(
        name="chain_threshold_two",
        about="two holders of the same publisher",
        files=tree(signature_by(people.leaf), signature_by(leaf())),
        policy=rules(holders(threshold=2)),
        signers=(key_id_of(people.leaf), key_id_of(leaf())),
    )


def _bad_signers() -> Iterator[Case]:
    people = world.family()
    yield _Untrusted3(
        name="chain_unknown_root_fail",
        about="a chain to a root that the policy does not name",
        files=tree(signature_by(people.leaf)),
        policy=rules(holders(people.tsa_root, middle=[])),
    )
    yield _Untrusted3(
        name="chain_missing_intermediate_fail",
        about="nobody brings the intermediate",
        files=tree(signature_by(people.leaf)),
        policy=rules(holders(middle=[])),
    )
    impostor = world.issue("Acme Root", "ec:impostor", ca=True)
    yield _Untrusted3(
        name="chain_root_of_same_name_fail",
        about="a root with the right name and another key",
        files=tree(signature_by(leaf(impostor))),
        policy=rules(),
    )
    yield _Untrusted3(
        name="chain_self_signed_fail",
        about="a signer that certifies itself",
        files=tree(signature_by(world.issue("Acme Release 2026", "ec:self", purposes=[CODE_SIGNING]))),
        policy=rules(),
    )
    yield _Invalid2(
        name="certificate_of_another_key_fail",
        about="a good certificate beside a signature by another key",
        files=tree(signature_by(people.leaf, by=people.tsa)),
        policy=rules(),
    )
    yield _Invalid2(
        name="certificate_small_key_fail",
        about="an RSA key of 1,024 bits in a good certificate",
        files=tree(signature_by(leaf(key="rsa1024"))),
        policy=rules(),
    )
    wrong: dict[str, tuple[str, dict[str, Any]]] = {
        "no_purpose": ("no extended key usage", {"purposes": []}),
        "server": ("for servers only", {"purposes": [ExtendedKeyUsageOID.SERVER_AUTH]}),
        "any_purpose": (
            "for any purpose, which is not enough",
            {"purposes": [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]},
        ),
        "time_stamping": ("for time stamping", {"purposes": [TIME_STAMPING]}),
        "key_usage": ("key usage without digitalSignature", {"usage": ("key_encipherment",)}),
        "authority": ("an authority signs by itself", {"ca": True, "usage": ("digital_signature", "key_cert_sign")}),
    }
    for name, (about, changes) in wrong.items():
        files = tree(signature_by(leaf(people.root, **changes)))
        yield _Untrusted3(name=f"leaf_{name}_fail", about=f"a signer {about}", files=files, policy=rules())
    yield _Untrusted3(
        name="chain_bad_second_signer_fail",
        about="a known signer with a bad chain fails the whole, though another one is good",
        files=tree(signature_by(people.leaf), signature_by(leaf(key="ec:bad", purposes=[]))),
        policy=rules(),
    )


def _bad_authorities() -> Iterator[Case]:
    people = world.family()
    wrong: dict[str, dict[str, Any]] = {
        "no_authority": {"ca": False},
        "no_cert_sign": {"ca": True, "usage": ("crl_sign",)},
        "for_servers": {"ca": True, "purposes": [ExtendedKeyUsageOID.SERVER_AUTH]},
    }
    for name, changes in wrong.items():
        odd = world.issue("Odd", "ec:odd", people.root, **changes)
        yield _Untrusted3(
            name=f"authority_{name}_fail",
            about=f"an intermediate that may not certify signers: {name}",
            files=tree(signature_by(leaf(odd))),
            policy=rules(holders(middle=[odd])),
        )
    below = world.issue("Below", "ec:below", people.intermediate, ca=True)
    yield _Untrusted3(
        name="authority_path_length_fail",
        about="an authority below one that may not have any",
        files=tree(signature_by(leaf(below))),
        policy=rules(holders(middle=[below, people.intermediate])),
    )
    unprocessed: dict[str, x509.ExtensionType] = {
        "unknown_critical": x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"),
        "policy_constraints": x509.PolicyConstraints(0, None),
        "directory_name": x509.NameConstraints([x509.DirectoryName(world.name_of("x"))], None),
    }
    for name, extension in unprocessed.items():
        odd = world.issue("Odd", "ec:odd", people.root, ca=True, extensions=[(extension, True)])
        yield _Uncheckable3(
            name=f"authority_{name}_fail",
            about=f"a critical extension that is not processed: {name}",
            files=tree(signature_by(leaf(odd))),
            policy=rules(holders(middle=[odd])),
        )
    limited = world.issue(
        "Limited",
        "ec:limited",
        people.root,
        ca=True,
        extensions=[(x509.NameConstraints([x509.DNSName("acme.example")], None), True)],
    )
    names = (x509.SubjectAlternativeName([x509.DNSName("other.example")]), False)
    yield _Untrusted3(
        name="authority_name_constraint_fail",
        about="a name that the authority may not certify",
        files=tree(signature_by(leaf(limited, extensions=[names]))),
        policy=rules(holders(middle=[limited])),
    )


def _subjects() -> Iterator[Case]:
    people = world.family()
    yield good(
        people.leaf,
        name="subject_two_attributes",
        about="organization and common name",
        policy=rules(holders(subject={"O": "Acme", "CN": "Acme Release 2026"})),
    )
    wrong: dict[str, Json] = {
        "organization": {"O": "Other"},
        "case": {"O": "acme"},
        "common_name": {"O": "Acme", "CN": "Acme Release"},
        "attribute_missing": {"O": "Acme", "OU": "Tools"},
    }
    for name, subject in wrong.items():
        yield _Untrusted6(
            name=f"subject_{name}_fail",
            about=f"the root is right, the subject is not: {name}",
            files=tree(signature_by(people.leaf)),
            policy=rules(holders(subject=subject)),
        )
    yield _Untrusted6(
        name="subject_threshold_same_key_fail",
        about="two certificates for one key are one signer",
        files=tree(signature_by(leaf()), signature_by(leaf(name="Acme Release 2027"))),
        policy=rules(holders(threshold=2)),
    )
    other = world.issue("Other Root", "ec:other", ca=True)
    elsewhere = entry(holders(other, middle=[]), name="elsewhere", scope="*")
    yield _Untrusted6(
        name="subject_of_another_scope_fail",
        about="a signer that is trusted for other names",
        files=tree(signature_by(leaf(other))),
        policy=trust(entry(holders()), elsewhere),
    )
    yield _Policy6(
        name="kind_bundle_only_fail",
        about="the policy is about bundles",
        files=signed(),
        policy=trust(entry(publisher(A), kind=["bundle"])),
    )
    yield Case(
        name="kind_tree_only",
        about="the policy is about trees",
        files=signed(),
        policy=trust(entry(publisher(A), kind=["tree"])),
    )


def _terms() -> Iterator[Case]:
    people = world.family()
    old = leaf(end=NOW - 30 * DAY)
    young = leaf(start=NOW + 30 * DAY)
    yield _Expired(
        name="term_over_fail", about="the certificate had expired", files=tree(signature_by(old)), policy=rules()
    )
    yield _Expired(name="term_not_begun_fail", about="not valid yet", files=tree(signature_by(young)), policy=rules())
    yield good(people.leaf, name="term_last_second", about="the last moment of the term", at="2027-11-24T12:00:00Z")
    yield _Expired(
        name="term_one_second_late_fail",
        about="a second after the term",
        files=tree(signature_by(people.leaf)),
        policy=rules(),
        at="2027-11-24T12:00:01Z",
    )
    middle = world.issue("Old Middle", "ec:om", people.root, ca=True, end=NOW - DAY)
    yield _Expired(
        name="term_of_authority_over_fail",
        about="the intermediate had expired",
        files=tree(signature_by(leaf(middle))),
        policy=rules(holders(middle=[middle])),
    )
    yield good(
        old,
        name="term_over_audit",
        about="level audit reports that a certificate had expired",
        policy=rules(level="audit"),
    )


def _timestamps() -> Iterator[Case]:
    people = world.family()
    old = leaf(end=NOW - 30 * DAY)
    after_expiry = rules(timestamp=stamped("after-expiry"))
    always = rules(timestamp=stamped("always"))
    in_time = stamp(NOW - 60 * DAY)
    yield good(
        old,
        name="timestamp_before_expiry",
        about="signed while the certificate was valid, as a timestamp shows",
        files=tree(signature_by(old, stamps=[in_time])),
        policy=after_expiry,
    )
    yield _Expired(
        name="timestamp_after_expiry_fail",
        about="a timestamp that shows the opposite",
        files=tree(signature_by(old, stamps=[stamp(NOW - 10 * DAY)])),
        policy=after_expiry,
    )
    yield _Expired(
        name="timestamp_ignored_fail",
        about="a policy that reads no timestamps",
        files=tree(signature_by(old, stamps=[in_time])),
        policy=rules(),
    )
    yield good(
        people.leaf,
        name="timestamp_not_needed",
        about="after-expiry asks for none while the certificate is valid",
        policy=after_expiry,
    )
    yield good(
        people.leaf,
        name="timestamp_always",
        about="the policy asks for one, and it is there",
        files=tree(signature_by(people.leaf, stamps=[stamp()])),
        policy=always,
    )
    yield _Policy4(
        name="timestamp_always_missing_fail",
        about="the policy asks for one",
        files=tree(signature_by(people.leaf)),
        policy=always,
    )
    yield _Policy4(
        name="timestamp_always_key_missing_fail",
        about="the policy asks for one of a pinned key too",
        files=signed(),
        policy=trust(entry(publisher(A), timestamp=stamped("always"))),
    )
    unknown_root = world.issue("Unknown Time", "ec:ut", ca=True)
    unknown = world.issue("Unknown Stamp", "rsa2048", unknown_root, purposes=[TIME_STAMPING], purposes_critical=True)
    yield good(
        people.leaf,
        name="timestamp_unknown_authority_not_needed",
        about="a timestamp that proves nothing, where none is needed",
        files=tree(signature_by(people.leaf, stamps=[stamp(NOW, unknown)])),
        policy=after_expiry,
    )
    yield _Policy4(
        name="timestamp_unknown_authority_fail",
        about="a timestamp that proves nothing, where one is needed",
        files=tree(signature_by(people.leaf, stamps=[stamp(NOW, unknown)])),
        policy=always,
    )
    yield good(
        people.leaf,
        name="timestamp_second_is_good",
        about="two timestamps, one by an authority that nobody knows",
        files=tree(signature_by(people.leaf, stamps=[stamp(NOW, unknown), stamp()])),
        policy=always,
    )
    yield _Policy4(
        name="timestamp_from_the_future_fail",
        about="a moment that is yet to come",
        files=tree(signature_by(people.leaf, stamps=[stamp(NOW + DAY)])),
        policy=always,
    )
    yield _Policy4(
        name="timestamp_before_authority_fail",
        about="a moment before the authority existed",
        files=tree(signature_by(people.leaf, stamps=[stamp(NOW - 2 * YEAR)])),
        policy=always,
    )
    purposes: dict[str, dict[str, Any]] = {
        "not_critical": {"purposes": [TIME_STAMPING]},
        "two_purposes": {"purposes": [TIME_STAMPING, CODE_SIGNING], "purposes_critical": True},
        "code_signing": {"purposes": [CODE_SIGNING], "purposes_critical": True},
    }
    for name, changes in purposes.items():
        authority = world.issue("Odd Stamp", "rsa2048", people.tsa_root, **changes)
        yield _Policy4(
            name=f"timestamp_authority_{name}_fail",
            about=f"an authority that may not stamp: {name}",
            files=tree(signature_by(people.leaf, stamps=[stamp(NOW, authority)])),
            policy=always,
        )
    yield _Invalid4(
        name="timestamp_of_another_signature_fail",
        about="a timestamp that was moved from another signature",
        files=tree(signature_by(people.leaf, stamps=[stamp(message=b"another")])),
        policy=always,
    )
    broken: dict[str, bytes] = {
        "not_der": b"hello",
        "refused": bytes.fromhex("30053003020102"),
        "bare_token": world.stamp(b"x", people.tsa),
    }
    for name, data in broken.items():
        yield _Invalid4(
            name=f"timestamp_{name}_fail",
            about=f"a response that is none: {name}",
            files=tree(signature_by(people.leaf, stamps=[lambda _, data=data: data])),  # type: ignore[misc]
            policy=always,
        )

    def changed(value: bytes) -> bytes:
        return stamp()(value).replace(b"20261124120000Z", b"20251124120000Z")

    yield _Invalid4(
        name="timestamp_changed_fail",
        about="a moment that was written over",
        files=tree(signature_by(people.leaf, stamps=[changed])),
        policy=always,
    )


def _entry(
    holder: Holder, when: dt.datetime = NOW - 10 * DAY, reason: ReasonFlags | None = None, invalid: Any = None
) -> tuple[int, dt.datetime, ReasonFlags | None, dt.datetime | None]:
    return holder.certificate.serial_number, when, reason, invalid


def _both(revoked: Sequence[Any] = (), **changes: Any) -> dict[str, bytes]:
    """Return the lists of both authorities, that of the intermediate with changes."""
    people = world.family()
    return {
        "intermediate.crl": world.revoke(people.intermediate, revoked, **changes),
        "root.crl": world.revoke(people.root),
    }


def _lists() -> Iterator[Case]:
    people = world.family()
    require = rules(crl={"rule": "require"})
    if_present = rules(crl={"rule": "if-present"})
    files = tree(signature_by(people.leaf))
    yield good(people.leaf, name="lists_good", about="fresh lists of both authorities", policy=require, lists=_both())
    yield good(people.leaf, name="lists_off", about="the policy reads no lists", lists=_both([_entry(people.leaf)]))
    yield good(people.leaf, name="lists_none_if_present", about="none is at hand, none is required", policy=if_present)
    for name, policy in (("require", require), ("if_present", if_present)):
        yield _Revoked(
            name=f"lists_revoked_{name}_fail",
            about=f"the signer's certificate is revoked, rule {name}",
            files=files,
            policy=policy,
            lists=_both([_entry(people.leaf)]),
        )
    yield _Revoked(
        name="lists_stale_revokes_fail",
        about="a list that is out of date still revokes",
        files=files,
        policy=if_present,
        lists=_both([_entry(people.leaf)], this_update=NOW - 60 * DAY, next_update=NOW - 50 * DAY),
    )
    yield _Revoked(
        name="lists_authority_revoked_fail",
        about="the intermediate is revoked",
        files=files,
        policy=require,
        lists={**_both(), "root.crl": world.revoke(people.root, [_entry(people.intermediate)])},
    )
    undetermined: dict[str, tuple[str, dict[str, Any]]] = {
        "stale": ("out of date", {"this_update": NOW - 9 * DAY, "next_update": NOW - DAY}),
        "future": ("from the future", {"this_update": NOW + DAY}),
        "forged": ("signed by somebody else", {"key": world.private_key("ec:thief")}),
        "delta": ("only changes", {"extensions": [(x509.DeltaCRLIndicator(1), True)]}),
        "critical": (
            "an extension that is not processed",
            {"extensions": [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\5\0"), True)]},
        ),
    }
    for name, (about, changes) in undetermined.items():
        yield _Uncheckable5(
            name=f"lists_{name}_fail",
            about=f"the only list says nothing: {about}",
            files=files,
            policy=require,
            lists=_both(**changes),
        )
    yield _Uncheckable5(
        name="lists_missing_fail",
        about="the list of the root is missing",
        files=files,
        policy=require,
        lists={"intermediate.crl": _both()["intermediate.crl"]},
    )
    yield _Uncheckable5(
        name="lists_unreadable_fail",
        about="a file that is no list",
        files=files,
        policy=require,
        lists={**_both(), "zz.crl": b"hello"},
    )
    late: dict[str, Any] = {"this_update": NOW - 9 * DAY, "next_update": NOW - DAY}
    yield good(
        people.leaf,
        name="lists_grace",
        about="late, within the grace that the policy gives",
        policy=rules(crl={"rule": "require", "grace_days": 2}),
        lists=_both(**late),
    )
    yield good(
        people.leaf,
        name="lists_revoked_audit",
        about="level audit reports a revoked certificate",
        policy=rules(level="audit", crl={"rule": "require"}),
        lists=_both([_entry(people.leaf)]),
    )
    stamps = tree(signature_by(people.leaf, stamps=[stamp(NOW - 20 * DAY)]))
    both = rules(crl={"rule": "require"}, timestamp=stamped("after-expiry"))
    yield good(
        people.leaf,
        name="lists_revoked_after_timestamp",
        about="superseded after it had signed",
        files=stamps,
        policy=both,
        lists=_both([_entry(people.leaf, reason=ReasonFlags.superseded)]),
    )
    yield good(
        people.leaf,
        name="lists_stolen_after_timestamp",
        about="stolen later than it signed, by the invalidity date",
        files=stamps,
        policy=both,
        lists=_both([_entry(people.leaf, reason=ReasonFlags.key_compromise, invalid=NOW - 15 * DAY)]),
    )
    trouble: dict[str, tuple[Any, ...]] = {
        "before_timestamp": (NOW - 30 * DAY, ReasonFlags.superseded, None),
        "stolen": (NOW - 10 * DAY, ReasonFlags.key_compromise, None),
        "stolen_before_timestamp": (NOW - 10 * DAY, ReasonFlags.key_compromise, NOW - 25 * DAY),
        "invalid_before_timestamp": (NOW - 10 * DAY, ReasonFlags.superseded, NOW - 25 * DAY),
    }
    for name, (when, reason, invalid) in trouble.items():
        yield _Revoked(
            name=f"lists_revoked_{name}_fail",
            about=f"the timestamp does not help: {name}",
            files=stamps,
            policy=both,
            lists=_both([_entry(people.leaf, when, reason, invalid)]),
        )
    yield _Revoked(
        name="lists_time_authority_revoked_fail",
        about="the authority for time had been revoked when it stamped",
        files=stamps,
        policy=both,
        lists={**_both(), "time.crl": world.revoke(people.tsa_root, [_entry(people.tsa, NOW - 40 * DAY)])},
    )
    for name, holder in (("leaf", people.leaf), ("authority", people.intermediate)):
        policy = rules()
        policy["revoked"]["keys"] = [key_id_of(holder)]
        yield _Revoked(
            name=f"revoked_key_of_{name}_fail",
            about=f"the policy itself revokes the key of the {name}",
            files=files,
            policy=policy,
        )


def _rules() -> Iterator[Case]:
    wrong: dict[str, Json] = {
        "x509_without_subject": rules(holders(subject={})),
        "x509_unknown_attribute": rules(holders(subject={"organization": "Acme"})),
        "x509_attribute_number": rules(holders(subject={"O": 7})),
        "x509_without_roots": rules({**holders(), "roots": []}),
        "x509_root_no_pem": rules({**holders(), "roots": ["hello"]}),
        "x509_root_no_text": rules({**holders(), "roots": [7]}),
        "x509_unknown_member": rules(holders(spki="x")),
        "x509_threshold": rules(holders(threshold=0)),
        "publisher_type": rules({**holders(), "type": "sigstore"}),
        "timestamp_word": rules(timestamp="always"),
        "timestamp_when": rules(timestamp={**stamped("always"), "when": "sometimes"}),
        "timestamp_no_roots": rules(timestamp={"when": "always", "roots": []}),
        "crl_word": rules(crl="require"),
        "crl_rule": rules(crl={"rule": "maybe"}),
        "crl_grace": rules(crl={"rule": "require", "grace_days": 366}),
        "crl_grace_negative": rules(crl={"rule": "require", "grace_days": -1}),
        "kind": rules(kind=["archive"]),
        "kind_empty": rules(kind=[]),
        "inventory_aspect": rules(inventory={"network": []}),
        "inventory_no_list": rules(inventory={"hosts": "*"}),
        "inventory_number": rules(inventory={"hosts": [1]}),
    }
    for name, policy in wrong.items():
        yield _Policy6(
            name=f"policy_{name}_fail",
            about=f"a trust policy that cannot be used: {name}",
            files=signed(),
            policy=policy,
        )


HOOKS = json.dumps(
    {"hooks": {"PostToolUse": [{"hooks": [{"type": "command", "command": "${CLAUDE_PLUGIN_ROOT}/bin/run.sh"}]}]}}
).encode()
SERVERS = json.dumps({"mcpServers": {"remote": {"type": "http", "url": "https://mcp.acme.example/x"}}}).encode()
ACTIVE: Mapping[str, bytes] = {**FILES, "hooks/hooks.json": HOOKS, ".mcp.json": SERVERS}


def _inventories() -> Iterator[Case]:
    files = signed(data=payload(ACTIVE), files=ACTIVE)
    allowed: dict[str, Json] = {
        "hook_events": ["PostToolUse"],
        "hosts": ["*.acme.example"],
        "commands": ["${CLAUDE_PLUGIN_ROOT}/*"],
        "executables": ["bin/*"],
        "mcp_servers": ["remote"],
    }
    yield Case(
        name="inventory_allowed",
        about="everything that the plugin does is allowed",
        files=files,
        policy=trust(entry(publisher(A), inventory=allowed)),
    )
    yield Case(
        name="inventory_not_limited",
        about="an aspect that the policy does not name is not limited",
        files=files,
        policy=trust(entry(publisher(A), inventory={"hook_events": ["*"]})),
    )
    for aspect in allowed:
        yield _Policy8(
            name=f"inventory_{aspect}_fail",
            about=f"the policy allows nothing of {aspect}",
            files=files,
            policy=trust(entry(publisher(A), inventory={**allowed, aspect: []})),
        )
    others: dict[str, Json] = {
        "another_event": {"hook_events": ["PreToolUse", "posttooluse"]},
        "host_without_star": {"hosts": ["acme.example"]},
        "host_of_another": {"hosts": ["*.other.example"]},
    }
    for name, limits in others.items():
        yield _Policy8(
            name=f"inventory_{name}_fail",
            about=f"patterns that do not match: {name}",
            files=files,
            policy=trust(entry(publisher(A), inventory=limits)),
        )
    yield Case(
        name="inventory_audit",
        about="level audit reports what is not allowed",
        files=files,
        policy=trust(entry(publisher(A), level="audit", inventory={"hosts": []})),
    )

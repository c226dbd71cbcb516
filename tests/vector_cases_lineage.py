"""Vectors for lineages: which keys come after the pinned ones, and which do not any more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from plugintool import limits
from tests import authority_world as world
from tests import vector_forge as forge
from tests.vector_cases_certificates import holders, leaf, signature_by, tree
from tests.vector_forge import SIGNATURE, Case, entry, key_id, publisher, signature_json, signed, trust

_Lineage = partial(Case, agrees="ours: no other program here follows lineages")
_Step1 = partial(_Lineage, step=1, code="signature-invalid")
_Step2 = partial(_Lineage, step=2, code="signature-invalid")
_Unknown = partial(_Lineage, step=2, code="signer-untrusted")
_Untrusted = partial(_Lineage, step=6, code="signer-untrusted")
A, B, C, D, STRANGER = "ed25519-a", "ed25519-b", "ed25519-c", "p256", "stranger"
FIRST = 1_790_000_000
Json = Any


def lineage_json(old: str, new: str, *, keep: Json = ("sign",), sequence: Json = FIRST) -> Json:
    """Return what one key says about the next, as JSON."""
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "key", "digest": {"sha256": key_id(new)}}],
        "predicateType": "urn:plugintool:lineage:v1",
        "predicate": {
            "old_key_id": key_id(old),
            "new_key_id": key_id(new),
            "new_public_key": forge.public_pem(new),
            "keep": list(keep),
            "sequence": sequence,
        },
    }


def place(new: str) -> str:
    """Return where the lineage file for a new key stands."""
    return f".claude-plugin/lineage.{key_id(new)[:8]}.sigstore.json"


def lineage(old: str, new: str, *, by: str | None = None, **members: Json) -> dict[str, bytes]:
    """Return a lineage file below its path; ``by`` is the key that signs, the old one by default."""
    payload = forge.compact(lineage_json(old, new, **members))
    return {place(new): forge.signature(payload, by or old)}


def following(*names: str, threshold: int = 1) -> Json:
    """Return a publisher with these keys whose lineage counts."""
    return {**publisher(*names, threshold=threshold), "lineage": True}


FOLLOW_A = trust(entry(following(A)))


def cases() -> Iterator[Case]:
    """Yield them."""
    yield from _followed()
    yield from _thresholds()
    yield from _stripped()
    yield from _successors()
    yield from _revoked()
    yield from _files()
    yield from _statements()
    yield from _policies()


def _case(
    kind: Any, name: str, about: str, *lineages: Mapping[str, bytes], signers: Any = (A,), **members: Any
) -> Case:
    """Return a case: a tree that some keys signed, with lineage files."""
    files = dict(signed(*members.pop("by", signers)))
    for one in lineages:
        files.update(one)
    ending = "" if kind is _Lineage else "_fail"
    case: Case = kind(name=f"lineage_{name}{ending}", about=about, files=files, signers=signers, **members)
    return case


def _followed() -> Iterator[Case]:
    good, ab = partial(_case, _Lineage), lineage(A, B)
    yield good("successor", "the successor of a pinned key signed", ab, signers=(B,), policy=FOLLOW_A)
    yield good("chain", "the successor of a successor signed", ab, lineage(B, C), signers=(C,), policy=FOLLOW_A)
    yield good(
        "other_kinds",
        "keys of four kinds in one line",
        lineage(A, D),
        lineage(D, "rsa2048"),
        lineage("rsa2048", "p384"),
        signers=("p384",),
        policy=FOLLOW_A,
    )
    yield good(
        "middle", "a key in the middle of a line that may sign on", ab, lineage(B, C), signers=(B,), policy=FOLLOW_A
    )
    yield good("old_signs", "the old key keeps the right to sign", ab)
    yield good("by_stranger", "the lineage of a stranger is not read", lineage(STRANGER, C), signers=(A,))
    broken = {place(C): forge.compact({**signature_json(b"no statement", STRANGER)})}
    yield good("by_stranger_odd", "whatever a stranger says", broken)
    yield good(
        "new_pinned",
        "the successor is pinned itself, and needs no lineage",
        ab,
        signers=(B,),
        policy=trust(entry(publisher(B))),
    )
    unknown, untrusted = partial(_case, _Unknown), partial(_case, _Untrusted)
    yield unknown("missing", "without its lineage file a successor is a stranger", by=(B,), policy=FOLLOW_A)
    yield unknown("gap", "a line with a link missing", lineage(B, C), by=(C,), policy=FOLLOW_A)
    yield unknown(
        "from_stranger", "a line that starts at no pinned key", lineage(STRANGER, B), by=(B,), policy=FOLLOW_A
    )
    yield unknown("backwards", "a line is followed from old to new only", lineage(B, A), by=(B,), policy=FOLLOW_A)
    yield untrusted("off", "a pin means that key unless the policy says lineage", ab, by=(B,))
    elsewhere = trust(entry(publisher(A)), entry(following(A), name="other", scope="other-*"))
    yield untrusted("other_scope", "another policy follows this line", ab, by=(B,), policy=elsewhere)
    other_publisher = trust(entry(publisher(A), following(C)))
    yield untrusted("other_publisher", "another publisher follows its own lines", ab, by=(B,), policy=other_publisher)
    yield _Step2(
        name="lineage_successor_wrong_signature_fail",
        about="a successor is as well known as a pinned key: its wrong signature fails the whole",
        files={
            **signed(A),
            forge.further(B): forge.compact(signature_json(forge.payload(), B, signature=b"\0" * 64)),
            **ab,
        },
    )
    packed = forge.archive({**signed(B), **ab})
    yield _Lineage(
        name="lineage_archive", about="lineage files in an archive", archive=packed, signers=(B,), policy=FOLLOW_A
    )
    yield _Lineage(
        name="lineage_archive_changed_fail",
        about="a changed byte in a lineage file of an archive",
        archive=forge.archive({**signed(B), place(B): ab[place(B)].replace(b"==", b"A=", 1)}),
        policy=FOLLOW_A,
        step=2,
        code="signature-invalid",
    )


def _thresholds() -> Iterator[Case]:
    ab = lineage(A, B)
    two = trust(entry(following(A, C, threshold=2)))
    yield _case(_Lineage, "two_lines", "the successor of one key, and another key", ab, signers=(B, C), policy=two)
    both = partial(_case, _Untrusted, by=(A, B))
    yield both("old_and_new", "a key and its successor are one signer", ab, policy=two)
    pinned = trust(entry(publisher(A, B, threshold=2)))
    yield both("old_and_new_pinned", "also when both are pinned", ab, policy=pinned)
    yield _case(
        _Untrusted, "three_of_one_line", "a whole line is one signer", ab, lineage(B, D), by=(A, B, D), policy=two
    )
    second = leaf(key="rsa2048")
    holders_key = entry(publisher("rsa3072"), name="other", scope="other-*")
    yield _Untrusted(
        name="lineage_holders_of_one_line_fail",
        about="two certificates for keys of one line are one signer",
        files={
            **tree(signature_by(world.family().leaf), signature_by(second)),
            **lineage("rsa3072", "rsa2048"),
        },
        policy=trust(entry(holders(threshold=2)), holders_key),
    )
    yield _case(_Lineage, "old_and_new_count", "both count where one is asked for", ab, signers=(A, B), policy=FOLLOW_A)


def _stripped() -> Iterator[Case]:
    gone, follow = lineage(A, B, keep=()), FOLLOW_A
    yield _case(_Lineage, "stripped", "the successor of a key that gave up", gone, signers=(B,), policy=follow)
    yield _case(
        _Lineage,
        "stripped_both",
        "the old key signed as well, and does not count",
        gone,
        by=(A, B),
        signers=(B,),
        policy=follow,
    )
    strip = partial(_case, _Untrusted)
    yield strip("stripped_alone", "a key that gave up the right to sign", gone, by=(A,), policy=follow)
    yield strip("stripped_not_followed", "what a lineage takes away holds under every policy", gone)
    pins = trust(entry(publisher(A, C, threshold=2)))
    yield strip("stripped_threshold", "a key that gave up fills no threshold", gone, by=(A, C), policy=pins)
    yield strip(
        "stripped_middle", "a middle key that gave up", lineage(A, B), lineage(B, C, keep=()), by=(B,), policy=follow
    )
    yield _case(
        _Lineage,
        "stripped_then_on",
        "a line goes on behind a key that gave up",
        gone,
        lineage(B, C, keep=()),
        signers=(C,),
        policy=follow,
    )
    stranger = {place(B): forge.signature(forge.compact(lineage_json(A, B, keep=())), STRANGER)}
    yield _case(_Lineage, "stripped_by_stranger", "a stranger takes nothing away", stranger)
    elsewhere = entry(publisher("rsa3072"), name="other", scope="other-*")
    yield _Untrusted(
        name="lineage_stripped_holder_fail",
        about="a key that gave up does not sign with a certificate either",
        files={**tree(signature_by(world.family().leaf)), **lineage("rsa3072", B, keep=())},
        policy=trust(entry(holders()), elsewhere),
    )


def _successors() -> Iterator[Case]:
    later = FIRST + 1
    two = (lineage(A, C), lineage(A, B, sequence=later))
    yield _case(_Lineage, "superseded", "of two successors the later one", *two, signers=(B,), policy=FOLLOW_A)
    yield _case(_Unknown, "superseded_signs", "the earlier of two successors", *two, by=(C,), policy=FOLLOW_A)
    wrong = partial(_case, _Step2, policy=FOLLOW_A)
    yield wrong("fork", "two successors at once", lineage(A, B), lineage(A, C), by=(B,))
    yield wrong("fork_old_signs", "two successors at once, and the old key signed", lineage(A, B), lineage(A, C))
    gone = lineage(A, B, keep=())
    yield wrong("after_stripping", "a key without rights names another", gone, lineage(A, C, sequence=later), by=(C,))
    yield wrong(
        "before_stripping", "the order of the files says nothing", lineage(A, C, keep=()), lineage(A, B, sequence=later)
    )
    yield wrong("circle", "back to the pinned key", lineage(A, B), lineage(B, A), by=(B,))
    longer = (lineage(A, B), lineage(B, C), lineage(C, A))
    yield wrong("circle_of_three", "back to the pinned key after two others", *longer, by=(C,))
    pins = trust(entry(publisher(A, B)))
    yield _case(_Step2, "circle_of_pins", "a circle of pinned keys", lineage(A, B), lineage(B, A), policy=pins)


def _revoked() -> Iterator[Case]:
    ab, bc = lineage(A, B), lineage(B, C)
    follow = entry(following(A))
    lost = partial(_case, _Unknown)
    yield lost("revoked_old", "a revoked key leads nowhere", ab, by=(B,), policy=trust(follow, keys=(A,)))
    audit = entry(following(A), level="audit")
    yield lost("revoked_old_audit", "nor under level audit", ab, by=(B,), policy=trust(audit, keys=(A,)))
    yield lost("revoked_middle", "a revoked key in between", ab, bc, by=(C,), policy=trust(follow, keys=(B,)))
    yield _case(
        _Lineage,
        "revoked_old_new_pinned",
        "a stolen key's lineage stays beside releases by the pinned successor",
        lineage(A, B, keep=()),
        signers=(B,),
        policy=trust(entry(publisher(B)), keys=(A,)),
    )
    fork = (lineage(A, B, keep=()), lineage(A, C))
    yield _case(
        _Lineage,
        "revoked_fork",
        "what a thief adds in the name of a revoked key is not read",
        *fork,
        signers=(B,),
        policy=trust(entry(publisher(B)), keys=(A,)),
    )
    yield _case(
        partial(_Lineage, step=5, code="revoked"),
        "revoked_new",
        "a revoked successor",
        ab,
        by=(B,),
        policy=trust(follow, keys=(B,)),
    )


def _files() -> Iterator[Case]:
    good = lineage(A, B)[place(B)]
    eight = {
        f".claude-plugin/lineage.0000000{digit}.sigstore.json": lineage(STRANGER, B)[place(B)] for digit in range(8)
    }
    assert len(eight) == limits.LINEAGE_FILES
    yield _case(_Lineage, "eight_files", "the most that is allowed", eight)
    first = partial(_case, _Step1, policy=FOLLOW_A)
    yield first("nine_files", "one too many", eight, lineage(STRANGER, C))
    yield first("empty", "an empty file", {place(B): b""})
    yield first("not_json", "no JSON", {place(B): b"lineage"})
    yield first("truncated", "a file cut short", {place(B): good[:-1]})
    yield first("too_large", "a file above the limit", {place(B): good + b" " * limits.LINEAGE_FILE_BYTES})
    value = signature_json(forge.compact(lineage_json(A, B)), A)
    stamps = {"rfc3161Timestamps": [{"signedTimestamp": forge.b64(b"0")}]}
    value["verificationMaterial"]["timestampVerificationData"] = stamps
    yield first("timestamp", "a lineage with a timestamp", {place(B): forge.compact(value)})
    holder = signature_by(world.family().leaf, data=forge.compact(lineage_json("rsa3072", B)))
    yield first("certificate", "a lineage by certificate", {place(B): holder})
    yield _case(
        partial(_Lineage, step=7, code="content-mismatch"),
        "odd_name",
        "a name that is no place for a lineage file",
        {".claude-plugin/lineage.sigstore.json": good},
    )
    second = partial(_case, _Step2, policy=FOLLOW_A)
    yield second("misnamed", "the name of another key's file", {place(C): good})
    forged = forge.compact(signature_json(forge.compact(lineage_json(A, B)), A, signature=b"\1" * 64))
    yield second("wrong_signature", "a signature that is none", {place(B): forged})
    by_heir = signature_json(forge.compact(lineage_json(A, B)), B)
    by_heir["verificationMaterial"]["publicKey"]["hint"] = key_id(A)
    yield second("signed_by_new", "the new key cannot endorse itself", {place(B): forge.compact(by_heir)})
    yield second("about_other", "one key speaks for another", lineage(B, C, by=A), by=(C,))


def _statements() -> Iterator[Case]:
    def put(**members: Json) -> Json:
        value = lineage_json(A, B)
        value["predicate"].update(members)
        return value

    pem = forge.public_pem(B)
    odd: dict[str, Json] = {
        "release_type": {**lineage_json(A, B), "predicateType": "urn:plugintool:release:v1"},
        "other_type": {**lineage_json(A, B), "_type": "https://in-toto.io/Statement/v0.1"},
        "other_subject": {**lineage_json(A, B), "subject": [{"name": "key", "digest": {"sha256": key_id(A)}}]},
        "no_subject": {**lineage_json(A, B), "subject": []},
        "unknown_member": put(comment="x"),
        "unknown_top_member": {**lineage_json(A, B), "comment": "x"},
        "keep_all": put(keep=["sign", "install"]),
        "keep_text": put(keep="sign"),
        "keep_null": put(keep=None),
        "sequence_zero": put(sequence=0),
        "sequence_text": put(sequence="1"),
        "sequence_true": put(sequence=True),
        "sequence_too_large": put(sequence=2**53),
        "id_upper_case": put(old_key_id=key_id(A).upper()),
        "id_of_other": put(new_key_id=key_id(C)),
        "key_of_other": put(new_public_key=forge.public_pem(C)),
        "key_crlf": put(new_public_key=pem.replace("\n", "\r\n")),
        "key_text_after": put(new_public_key=pem + "x"),
        "key_number": put(new_public_key=7),
    }
    for name, value in odd.items():
        about = f"a malformed lineage: {name.replace('_', ' ')}"
        file = {place(B): forge.signature(forge.compact(value), A)}
        yield _case(_Step2, f"statement_{name}", about, file, policy=FOLLOW_A)
    loose = json.dumps(lineage_json(A, B), indent=1).encode()
    yield _case(_Step2, "statement_loose", "not in canonical form", {place(B): forge.signature(loose, A)})
    yield _case(_Step2, "statement_to_itself", "a key after itself", lineage(A, A))
    yield _case(_Step2, "statement_p521", "a kind of key that is not accepted", lineage(A, "p521"))
    release = {place(B): forge.signature(forge.payload(), A)}
    yield _case(_Step2, "release_as_lineage", "the statement about a release is no lineage", release)
    about_keys = forge.signature(forge.compact(lineage_json(A, B)), A)
    yield _Step2(
        name="lineage_as_release_fail",
        about="a lineage is no statement about a release",
        files={**signed(A), SIGNATURE: about_keys},
    )


def _policies() -> Iterator[Case]:
    for name, value in {"text": "true", "number": 1, "null": None}.items():
        yield _case(
            partial(_Lineage, step=6, code="trust-policy"),
            f"policy_{name}",
            f"the member lineage is no switch: {name}",
            policy=trust(entry({**publisher(A), "lineage": value})),
        )
    yield _case(
        partial(_Lineage, step=6, code="trust-policy"),
        "policy_holders",
        "holders of certificates have no lineage",
        policy=trust(entry(holders(lineage=True))),
    )
    off = trust(entry({**publisher(A), "lineage": False}))
    yield _case(_Lineage, "policy_off", "switched off by word", lineage(A, B), policy=off)

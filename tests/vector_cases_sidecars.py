"""Vectors for signatures beside bundles: alone, with a block, and whatever can be wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from plugintool import limits
from plugintool.digest import sha256
from tests import authority_world as world
from tests import vector_forge as forge
from tests.vector_cases_bundles import ARCHIVE, MANIFEST, NAME, archive_of, bundle_by, joined
from tests.vector_cases_certificates import holders, key_id_of, rules, signature_by, stamp, stamped
from tests.vector_forge import SEQUENCE, Case, compact, entry, key_id, publisher, signature_json, trust

A, B, STRANGER = "ed25519-a", "ed25519-b", "stranger"
Json = Any
_Sidecar = partial(
    Case,
    suffix=".mcpb",
    directory=NAME,
    policy=trust(entry(publisher(A))),
    agrees="ours: no other program here knows signatures beside bundles",
)
_Step1 = partial(_Sidecar, step=1, code="signature-invalid")
_Step2 = partial(_Sidecar, step=2, code="signature-invalid")
_Content = partial(_Sidecar, step=7, code="content-mismatch")
_Untrusted = partial(_Sidecar, step=6, code="signer-untrusted")


def claim(bundle: bytes = ARCHIVE, **predicate: Json) -> Json:
    """Return the statement about a bundle, as JSON, with members of the predicate replaced."""
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": f"{NAME}.mcpb", "digest": {"sha256": sha256(bundle)}}],
        "predicateType": "urn:plugintool:bundle:v1",
        "predicate": {"kind": "bundle", "name": NAME, "version": "1.2.0", "sequence": SEQUENCE, **predicate},
    }


def beside(bundle: bytes = ARCHIVE, key: str = A, **predicate: Json) -> bytes:
    """Return the signature file beside a bundle."""
    return forge.signature(compact(claim(bundle, **predicate)), key)


def cases() -> Iterator[Case]:
    """Yield them."""
    yield from _good()
    yield from _both()
    yield from _files()
    yield from _statements()
    yield from _content()
    yield from _trust()


def _case(kind: Any, name: str, about: str, data: bytes | None, bundle: bytes = ARCHIVE, **members: Any) -> Case:
    ending = "" if kind is _Sidecar else "_fail"
    case: Case = kind(name=f"sidecar_{name}{ending}", about=about, archive=bundle, beside=data, **members)
    return case


def _good() -> Iterator[Case]:
    yield _case(_Sidecar, "ed25519", "a signature beside a bundle without a block", beside())
    for key in ("p256", "p384", "rsa2048"):
        policy = trust(entry(publisher(key)))
        yield _case(_Sidecar, key, f"by a {key} key", beside(key=key), signers=(key,), policy=policy)
    other_name = claim()
    other_name["subject"][0]["name"] = "downloaded (1).mcpb"
    renamed = forge.signature(compact(other_name), A)
    yield _case(_Sidecar, "renamed", "a bundle that had another file name when it was signed", renamed)
    people = world.family()
    by_holder = signature_by(people.leaf, data=compact(claim()))
    leaf_id = key_id_of(people.leaf)
    yield _case(
        _Sidecar, "certificate", "by the holder of a certificate", by_holder, signers=(leaf_id,), policy=rules()
    )
    with_time = signature_by(people.leaf, stamps=[stamp()], data=compact(claim()))
    always = rules(timestamp=stamped("always"))
    yield _case(_Sidecar, "timestamp", "with a timestamp", with_time, signers=(leaf_id,), policy=always)
    yield _case(
        _Sidecar, "oldest", "as old as the policy allows", beside(),
        policy=trust(entry(publisher(A), min_sequence=SEQUENCE)),
    )  # fmt: skip


def _both() -> Iterator[Case]:
    bundle = bundle_by()
    leaf_id = key_id_of(world.family().leaf)
    either = trust(entry(holders(), publisher(A)))
    good = beside(bundle)
    yield _case(_Sidecar, "and_block", "both, each by a publisher", good, bundle, signers=(A, leaf_id), policy=either)
    yield _case(_Sidecar, "beside_block", "a bundle of somebody else, countersigned", good, bundle)
    unknown = beside(bundle, STRANGER)
    yield _case(
        _Sidecar, "stranger_beside_block", "a stranger beside a good block", unknown, bundle,
        signers=(leaf_id,), policy=rules(),
    )  # fmt: skip
    dialect_1 = bundle_by(comment=0)
    yield _case(
        _Sidecar, "beside_d1", "beside a bundle of the public tool", beside(dialect_1), dialect_1,
        signers=(A, leaf_id), policy=either,
    )  # fmt: skip
    yield _case(
        _Content, "of_unsigned_beside_block", "signed before the block was added: it is another file", beside(), bundle,
        policy=either,
    )  # fmt: skip
    broken = joined(bundle[len(ARCHIVE) :], archive_of(None, **{"more.js": b"x"}))
    yield _case(_Step2, "beside_wrong_block", "a good file does not excuse a block", beside(broken), broken)
    wrong = forge.compact(signature_json(compact(claim(bundle)), A, signature=b"\0" * 64))
    yield _case(_Step2, "wrong_beside_block", "a good block does not excuse a wrong file", wrong, bundle, policy=either)
    yield _case(_Step1, "broken_beside_block", "nor a malformed one", b"{}", bundle, policy=rules())
    two = trust(entry(publisher(A, "rsa3072", threshold=2)))
    yield _case(
        _Sidecar, "threshold", "block and file are two signers", good, bundle, signers=(A, "rsa3072"), policy=two
    )
    same = beside(bundle, "rsa3072")
    yield _case(_Untrusted, "threshold_same_key", "block and file by one key", same, bundle, policy=two)


def _files() -> Iterator[Case]:
    yield _case(partial(_Sidecar, step=1, code="not-signed"), "none", "neither block nor file", None)
    yield _case(_Step1, "empty", "an empty file", b"")
    yield _case(_Step1, "truncated", "a file cut short", beside()[:-1])
    yield _case(_Step1, "too_large", "a file above the limit", beside() + b" " * limits.SIDECAR_BYTES)
    wrong = forge.compact(signature_json(compact(claim()), A, signature=b"\0" * 64))
    yield _case(_Step2, "wrong_signature", "a signature that is none", wrong)
    other = signature_json(compact(claim()), B)
    other["verificationMaterial"]["publicKey"]["hint"] = key_id(A)
    yield _case(_Step2, "other_key", "signed by another key than it says", compact(other))
    unknown = partial(_Sidecar, step=2, code="signer-untrusted")
    yield _case(unknown, "stranger", "by a key that nobody knows", beside(key=STRANGER))
    yield _case(
        partial(_Sidecar, step=3, code="signer-untrusted"), "stranger_certificate", "by a holder that nobody knows",
        signature_by(world.family().leaf, data=compact(claim())),
    )  # fmt: skip


def _statements() -> Iterator[Case]:
    def put(**members: Json) -> Json:
        return {**claim(), **members}

    subject = claim()["subject"][0]
    odd: dict[str, Json] = {
        "release_type": put(predicateType="urn:plugintool:release:v1"),
        "no_subject": put(subject=[]),
        "two_subjects": put(subject=[subject, subject]),
        "subject_object": put(subject={"0": subject}),
        "subject_text": put(subject=["x"]),
        "subject_path": put(subject=[{**subject, "name": "a/b.mcpb"}]),
        "subject_empty_name": put(subject=[{**subject, "name": ""}]),
        "subject_member": put(subject=[{**subject, "uri": "x"}]),
        "digest_sha512": put(subject=[{**subject, "digest": {"sha512": "0" * 128}}]),
        "digest_two": put(subject=[{**subject, "digest": {**subject["digest"], "sha512": "0" * 128}}]),
        "digest_upper_case": put(subject=[{**subject, "digest": {"sha256": sha256(ARCHIVE).upper()}}]),
        "kind_tree": claim(kind="tree"),
        "unknown_member": claim(record=[]),
        "name_number": claim(name=7),
        "name_empty": claim(name=""),
        "version_control": claim(version="1\n2"),
        "sequence_zero": claim(sequence=0),
        "sequence_text": claim(sequence="1"),
    }
    for name, value in odd.items():
        about = f"a malformed statement: {name.replace('_', ' ')}"
        yield _case(_Step2, f"statement_{name}", about, forge.signature(compact(value), A))
    loose = json.dumps(claim(), indent=1).encode()
    yield _case(_Step2, "statement_loose", "not in canonical form", forge.signature(loose, A))
    yield _case(_Step2, "statement_of_tree", "the statement about a tree", forge.signature(forge.payload(), A))


def _content() -> Iterator[Case]:
    other = archive_of(None, **{"more.js": b"x"})
    yield _case(_Content, "other_file", "another bundle", beside(), other)
    changed = ARCHIVE.replace(b"process.stdin", b"process.stdIN")
    yield _case(_Content, "changed_bytes", "a byte was changed", beside(), changed)
    yield _case(_Content, "other_name", "the manifest has another name", beside(name="other"))
    yield _case(_Content, "other_version", "the manifest has another version", beside(version="1.2.1"))
    bad = archive_of({**MANIFEST, "name": "../x"})
    yield _case(_Content, "bad_manifest", "a signed manifest that cannot be used", beside(bad, name="../x"), bad)
    behind = ARCHIVE + b"x"
    unread = partial(_Sidecar, step=1, code="signature-invalid")
    yield _case(unread, "bytes_behind", "a container that is not strict", beside(behind), behind)


def _trust() -> Iterator[Case]:
    yield _case(_Untrusted, "key_of_other_scope", "a key that is pinned for others", beside(key=B),
                policy=trust(entry(publisher(A)), entry(publisher(B), name="b", scope="other")))  # fmt: skip
    policy = partial(_Sidecar, step=6, code="trust-policy")
    yield _case(policy, "kind_tree", "a policy that is about trees only", beside(),
                policy=trust(entry(publisher(A), kind=["tree"])))  # fmt: skip
    yield _case(policy, "min_sequence", "older than the policy allows", beside(),
                policy=trust(entry(publisher(A), min_sequence=SEQUENCE + 1)))  # fmt: skip
    yield _case(policy, "no_scope", "no policy for the name", beside(),
                policy=trust(entry(publisher(A), scope="other")))  # fmt: skip
    revoked = partial(_Sidecar, step=5, code="revoked")
    yield _case(revoked, "revoked_key", "a revoked key", beside(), policy=trust(entry(publisher(A)), keys=(A,)))
    yield _case(revoked, "revoked_digest", "a revoked file", beside(),
                policy=trust(entry(publisher(A)), digests=(sha256(ARCHIVE),)))  # fmt: skip
    bundle = bundle_by()
    yield _case(revoked, "revoked_stranger", "a revoked stranger beside a good block", beside(bundle, STRANGER), bundle,
                policy={**rules(), "revoked": {"keys": [key_id(STRANGER)], "digests": []}})  # fmt: skip
    untimed = trust(entry(publisher(A), timestamp=stamped("always")))
    yield _case(partial(_Sidecar, step=4, code="trust-policy"), "no_timestamp", "the policy wants the time", beside(),
                policy=untimed)  # fmt: skip

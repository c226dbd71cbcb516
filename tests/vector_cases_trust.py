"""Vectors for steps 5 and 6: revocation, and what a trust policy allows."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from plugintool.digest import sha256
from tests.vector_forge import (
    NAME,
    SEQUENCE,
    Case,
    claiming,
    entry,
    further,
    key_id,
    payload,
    pin,
    public_pem,
    publisher,
    signature,
    signed,
    tree_record,
    trust,
)

_Revoked = partial(Case, step=5, code="revoked")
_Policy = partial(Case, step=6, code="trust-policy")
_Untrusted = partial(Case, step=6, code="signer-untrusted")
A, B, C = "ed25519-a", "ed25519-b", "ed25519-c"
Json = Any


def cases() -> Iterator[Case]:
    """Yield them."""
    yield from _revocations()
    yield from _scopes()
    yield from _thresholds()
    yield from _claims()
    yield from _texts()
    yield from _members()
    yield from _keys()


def _revocations() -> Iterator[Case]:
    digest = tree_record().digest
    both = entry(publisher(A, B))
    yield _Revoked(name="revoked_key_fail", about="the signing key is revoked", files=signed(), policy=trust(keys=(A,)))
    yield _Revoked(
        name="revoked_one_of_two_fail",
        about="a second good signature does not excuse a revoked key",
        files=signed(A, B),
        policy=trust(both, keys=(B,)),
    )
    yield _Revoked(
        name="revoked_stranger_fail",
        about="a key that is pinned no more and revoked fails the artifact, though it would not count",
        files=signed(A, "stranger"),
        policy=trust(keys=("stranger",)),
    )
    yield _Revoked(
        name="revoked_digest_fail", about="the content is revoked", files=signed(), policy=trust(digests=(digest,))
    )
    yield Case(
        name="revoked_others",
        about="other keys and contents are revoked",
        files=signed(),
        policy=trust(keys=(B,), digests=("0" * 64,)),
    )
    yield Case(
        name="revoked_audit",
        about="level audit reports step 5 and goes on",
        files=signed(),
        policy=trust(entry(publisher(A), level="audit"), keys=(A,), digests=(digest,)),
    )
    yield _Revoked(
        name="revoked_no_scope_fail",
        about="without a policy for the name step 5 is strict, and comes first",
        files=signed(),
        policy=trust(entry(publisher(A), scope="other", level="audit"), keys=(A,)),
    )


def _scopes() -> Iterator[Case]:
    wide, narrow = entry(publisher(A), name="wide"), entry(publisher(B), name="narrow", scope="acme-t*")
    good = {"*": "all", NAME: "exact", "*-tools": "suffix", "acme*tools": "middle", "acme-tools*": "empty_star"}
    for scope, name in good.items():
        policy = trust(entry(publisher(A), scope=scope))
        yield Case(name=f"scope_{name}", about=f"the scope {scope} covers {NAME}", files=signed(), policy=policy)
    bad = {
        "other-*": "other",
        "acme": "prefix_only",
        "Acme-*": "letter_case",
        "acme-tools-*": "longer",
        "acme-tools*tools": "overlap",
    }
    for scope, name in bad.items():
        policy = trust(entry(publisher(A), scope=scope))
        about = f"the scope {scope} does not cover {NAME}"
        yield _Policy(name=f"scope_{name}_fail", about=about, files=signed(), policy=policy)
    yield Case(
        name="scope_second_of_two",
        about="one scope of several is enough",
        files=signed(),
        policy=trust(entry(publisher(A)) | {"scope": ["other", "acme-*"]}),
    )
    yield Case(
        name="scope_longest_wins",
        about="the policy with the longest scope decides",
        files=signed(B),
        policy=trust(wide, narrow),
        signers=(B,),
    )
    yield _Untrusted(
        name="scope_longest_wins_fail",
        about="a key of the policy with the shorter scope does not count",
        files=signed(A),
        policy=trust(wide, narrow),
    )
    yield _Policy(
        name="scope_tie_fail",
        about="two policies with scopes of the same length",
        files=signed(),
        policy=trust(entry(publisher(A), scope="acme-*"), entry(publisher(A), name="two", scope="*tools")),
    )
    yield _Untrusted(
        name="key_of_other_scope_fail",
        about="a key pinned for other plugins only",
        files=signed(B),
        policy=trust(entry(publisher(A)), entry(publisher(B), name="other", scope="other-*")),
    )


def _thresholds() -> Iterator[Case]:
    two = trust(entry(publisher(A, B, C, threshold=2)))
    yield Case(name="threshold_met", about="two of three keys", files=signed(A, C), policy=two, signers=(A, C))
    yield Case(name="threshold_exceeded", about="three of three", files=signed(A, B, C), policy=two, signers=(A, B, C))
    yield _Untrusted(name="threshold_one_of_two_fail", about="one of two keys", files=signed(A), policy=two)
    yield _Untrusted(
        name="threshold_same_key_twice_fail",
        about="two files with the signature of one key",
        files={**signed(A), further(A): signature(payload(), A)},
        policy=two,
    )
    yield Case(
        name="same_key_twice",
        about="two files with the signature of one key count as one, which is enough",
        files={**signed(A), further(A): signature(payload(), A)},
    )
    yield _Untrusted(
        name="threshold_with_stranger_fail",
        about="an unknown key does not fill a threshold",
        files=signed(A, "stranger"),
        policy=two,
    )
    yield _Untrusted(
        name="threshold_across_publishers_fail",
        about="keys of two publishers do not add up",
        files=signed(A, C),
        policy=trust(entry(publisher(A, B, threshold=2), publisher(C, "p256", threshold=2))),
    )
    yield Case(
        name="second_publisher",
        about="one satisfied publisher is enough",
        files=signed(C),
        policy=trust(entry(publisher(A, B, threshold=2), publisher(C))),
        signers=(C,),
    )
    yield Case(
        name="signer_of_unsatisfied_publisher",
        about="a key whose publisher is not satisfied is not counted",
        files=signed(A, C),
        policy=trust(entry(publisher(A, B, threshold=2), publisher(C))),
        signers=(C,),
    )


def _claims() -> Iterator[Case]:
    yield _Policy(name="kind_bundle_fail", about="a kind that is no plugin", files=claiming(kind="bundle"))
    yield _Policy(
        name="min_sequence_fail",
        about="older than the policy allows",
        files=signed(),
        policy=trust(entry(publisher(A), min_sequence=SEQUENCE + 1)),
    )
    yield Case(
        name="min_sequence_equal",
        about="as old as the policy allows",
        files=signed(),
        policy=trust(entry(publisher(A), min_sequence=SEQUENCE)),
    )
    yield Case(name="claim_version_empty", about="a plugin without a version", files=claiming(version=""))
    yield Case(name="sequence_one", about="the smallest sequence", files=claiming(sequence=1))
    yield Case(name="sequence_largest", about="the largest sequence", files=claiming(sequence=2**53 - 1))
    yield _Policy(
        name="name_of_other_plugin_fail", about="another plugin of the same key", files=claiming(name="other")
    )
    yield _Policy(
        name="level_audit_trust_fail",
        about="level audit does not soften step 6",
        files=signed(),
        policy=trust(entry(publisher(A), level="audit", min_sequence=SEQUENCE + 1)),
    )


def _texts() -> Iterator[Case]:
    texts = {"empty": b"", "not_json": b"policy", "not_an_object": b"[]\n", "invalid_utf8": b'{"version": "\xff"}'}
    for name, text in texts.items():
        about = f"the trust policy is no strict JSON object: {name.replace('_', ' ')}"
        yield _Policy(name=f"policy_{name}_fail", about=about, files=signed(), policy=text)
    twice = b'{"version": 1, "version": 1, "policies": []}\n'
    yield _Policy(name="policy_duplicate_member_fail", about="a member twice", files=signed(), policy=twice)


def _members() -> Iterator[Case]:
    policies: dict[str, Json] = {
        "unknown_member": {**trust(), "skip": True},
        "missing_member": {"version": 1},
        "version_2": {**trust(), "version": 2},
        "version_true": {**trust(), "version": True},
        "no_policies": {**trust(), "policies": []},
        "policies_object": {**trust(), "policies": {}},
        "entry_text": {**trust(), "policies": ["acme"]},
        "unknown_entry_member": trust(entry(publisher(A), max_age_days=7)),
        "level_skip": trust(entry(publisher(A), level="skip")),
        "level_list": trust(entry(publisher(A), level=["audit"])),
        "timestamp_always": trust(entry(publisher(A), timestamp="always")),
        "crl_require": trust(entry(publisher(A), crl="require")),
        "min_sequence_negative": trust(entry(publisher(A), min_sequence=-1)),
        "min_sequence_text": trust(entry(publisher(A), min_sequence="7")),
        "scope_empty_list": trust(entry(publisher(A)) | {"scope": []}),
        "scope_empty": trust(entry(publisher(A)) | {"scope": ["acme-*", ""]}),
        "entry_without_name": trust({key: value for key, value in entry(publisher(A)).items() if key != "name"}),
        "without_version": {key: value for key, value in trust().items() if key != "version"},
        "revoked_keys_object": {**trust(), "revoked": {"keys": {}}},
        "scope_two_stars": trust(entry(publisher(A), scope="*-*")),
        "scope_number": trust(entry(publisher(A)) | {"scope": [7]}),
        "scope_question_mark": trust(entry(publisher(A), scope="acme-?")),
        "scope_text": trust(entry(publisher(A)) | {"scope": "acme-*"}),
        "scope_twice": trust(entry(publisher(A)), *(entry(publisher(B), name=name, scope="b-*") for name in "de")),
        "name_twice": trust(entry(publisher(A)), entry(publisher(B), scope="other")),
        "name_empty": trust(entry(publisher(A), name="")),
        "no_publishers": trust(entry()),
        "publisher_x509": trust(entry({**publisher(A), "type": "x509"})),
        "publisher_text": trust(entry("acme")),
        "publisher_without_keys": trust(entry({"type": "key", "keys": []})),
        "unknown_publisher_member": trust(entry({**publisher(A), "store": "x"})),
        "threshold_zero": trust(entry(publisher(A, threshold=0))),
        "threshold_too_high": trust(entry(publisher(A, threshold=2))),
        "threshold_true": trust(entry({**publisher(A), "threshold": True})),
        "key_twice": trust(entry(publisher(A, A))),
        "revoked_list": {**trust(), "revoked": []},
        "revoked_unknown_member": {**trust(), "revoked": {"names": []}},
        "revoked_keys_text": {**trust(), "revoked": {"keys": "none"}},
        "revoked_key_short": {**trust(), "revoked": {"keys": ["00"]}},
        "revoked_digest_number": {**trust(), "revoked": {"digests": [7]}},
    }
    for name, policy in policies.items():
        about = f"the trust policy cannot be used: {name.replace('_', ' ')}"
        yield _Policy(name=f"policy_{name}_fail", about=about, files=signed(), policy=policy)
    least = {
        "version": 1,
        "policies": [{"name": "acme", "scope": ["*"], "publishers": [{"type": "key", "keys": [pin(A)]}]}],
    }
    yield Case(name="policy_least", about="everything that may be left out is", files=signed(), policy=least)


def _with_der(name: str, change: Callable[[bytes], bytes]) -> Json:
    """Return a pin whose key was changed, with the id of what it became."""
    lines = public_pem(name).splitlines()
    der = change(base64.b64decode("".join(lines[1:-1])))
    pem = "\n".join([lines[0], base64.b64encode(der).decode(), lines[-1], ""])
    return {"key_id": sha256(der), "public_key": pem}


def _lengthen_exponent(der: bytes) -> bytes:
    key = serialization.load_der_public_key(der)
    assert isinstance(key, rsa.RSAPublicKey)
    longer = rsa.RSAPublicNumbers((1 << 32) + 1, key.public_numbers().n).public_key()
    return longer.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _keys() -> Iterator[Case]:
    pem = public_pem(A)
    body = "".join(pem.splitlines()[1:-1])
    keys: dict[str, Json] = {
        "id_of_other": {**pin(A), "key_id": key_id(B)},
        "id_upper_case": {**pin(A), "key_id": key_id(A).upper()},
        "id_missing": {"public_key": pem},
        "unknown_member": {**pin(A), "comment": "x"},
        "no_pem": {**pin(A), "public_key": body},
        "private": {**pin(A), "public_key": pem.replace("PUBLIC", "PRIVATE")},
        "bad_base64": {**pin(A), "public_key": pem.replace(body, body[:-1])},
        "truncated": {**pin(A), "public_key": pem.replace(body, body[:20])},
        "text_after": {**pin(A), "public_key": pem + "x"},
        "number": {**pin(A), "public_key": 7},
        "p521": pin("p521"),
        "rsa1024": pin("rsa1024"),
        "rsa_exponent_3": pin("rsa2048-e3"),
        "rsa_long_exponent": _with_der("rsa2048", _lengthen_exponent),
        "rsa_trailing_byte": _with_der("rsa2048", lambda der: der + b"\0"),
        "point_off_curve": _with_der("p256", lambda der: der[:-1] + bytes([der[-1] ^ 1])),
    }
    for name, key in keys.items():
        policy = trust(entry({"type": "key", "threshold": 1, "keys": [key]}))
        about = f"a pin that cannot be used: {name.replace('_', ' ')}"
        yield _Policy(name=f"pin_{name}_fail", about=about, files=signed(), policy=policy)
    loose = trust(entry({"type": "key", "keys": [{**pin(A), "public_key": pem.replace("\n", "\r\n")}]}))
    yield Case(name="pin_crlf", about="a PEM with line ends of Windows", files=signed(), policy=loose)

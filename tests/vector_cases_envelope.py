"""Vectors for steps 1 and 2: signature files, signatures, statements."""

from __future__ import annotations

import base64
import operator
import string
from collections.abc import Iterator
from functools import partial
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from plugintool import limits
from plugintool.envelope.dsse import PAYLOAD_TYPE, pae
from tests.vector_forge import (
    FILES,
    SIGNATURE,
    Case,
    archive,
    b64,
    claiming,
    compact,
    edited,
    entry,
    key_id,
    payload,
    private_key,
    publisher,
    signature,
    signature_json,
    signed,
    stating,
    tree_record,
    trust,
)

_Step1 = partial(Case, step=1, code="signature-invalid")
_Step2 = partial(Case, step=2, code="signature-invalid")
_Unsupported = partial(Case, step=1, code="uncheckable")
KINDS = ("ed25519-a", "p256", "p384", "rsa2048", "rsa3072")
Json = Any


def cases() -> Iterator[Case]:
    """Yield them."""
    yield from _finding()
    yield from _texts()
    yield from _members()
    yield from _materials()
    yield from _archives()
    yield from _kinds()
    yield from _signatures()
    yield from _statements()
    yield from _records()


def _finding() -> Iterator[Case]:
    first = signature(payload())
    eight = {f".claude-plugin/plugin.0000000{digit}.sigstore.json": first for digit in range(limits.SIGNATURE_FILES)}
    yield Case(name="one_signature", about="the simplest good case", files=signed())
    yield _Step1(name="unsigned_fail", about="no signature file at all", files=FILES, code="not-signed")
    yield _Step1(
        name="unsigned_odd_name_fail",
        about="a signature under a name that is no place for one is none",
        files={**FILES, ".claude-plugin/plugin.0123456g.sigstore.json": first},
        code="not-signed",
    )
    yield Case(name="eight_signature_files", about="the most that is allowed", files={**FILES, **eight})
    yield _Step1(name="nine_signature_files_fail", about="one too many", files={**FILES, **eight, SIGNATURE: first})
    other = signature(payload(sequence=1_790_000_001), "ed25519-b")
    yield _Step1(
        name="different_statements_fail",
        about="two good signatures over different statements",
        files={**signed(), ".claude-plugin/plugin.11111111.sigstore.json": other},
        policy=trust(entry(publisher("ed25519-a", "ed25519-b"))),
    )
    yield _Step1(
        name="different_statement_of_stranger_fail",
        about="a signature of an unknown key over another statement",
        files={**signed(), ".claude-plugin/plugin.11111111.sigstore.json": signature(payload(version="2"), "stranger")},
    )
    yield _Step1(
        name="second_file_broken_fail",
        about="one good signature file does not excuse a broken one",
        files={**signed(), ".claude-plugin/plugin.11111111.sigstore.json": b"{}"},
    )


def _texts() -> Iterator[Case]:
    good = signature(payload())
    texts = {
        "empty": b"",
        "not_json": b"signature",
        "not_an_object": b"[]",
        "list_of_members": b'["mediaType","verificationMaterial","dsseEnvelope"]',
        "byte_order_mark": b"\xef\xbb\xbf" + good,
        "invalid_utf8": good.replace(b"mediaType", b"mediaTyp\xff"),
        "trailing_text": good + b"x",
        "nested_too_deep": b"[" * 5000 + b"]" * 5000,
        "duplicate_member": good.replace(b'{"dsseEnvelope"', b'{"mediaType":"x","dsseEnvelope"', 1),
        "half_surrogate": good.replace(b"mediaType", b"mediaTyp\\ud800", 1),
        "infinity": b'{"mediaType":Infinity}',
    }
    for name, text in texts.items():
        about = f"the signature file is no strict JSON text: {name.replace('_', ' ')}"
        yield _Step1(name=f"text_{name}_fail", about=about, files={**signed(), SIGNATURE: text})
    yield Case(
        name="text_with_blanks",
        about="blanks between the members change nothing that is signed",
        files={**signed(), SIGNATURE: good.replace(b'":', b'" :\n ')},
    )


def _members() -> Iterator[Case]:
    envelope = "dsseEnvelope"

    def put(value: Json, path: tuple[Any, ...], new: Json) -> None:
        for step in path[:-1]:
            value = value[step]
        value[path[-1]] = new

    good = signature_json(payload())
    sig, text = good[envelope]["signatures"][0]["sig"], good[envelope]["payload"]
    hint, only = ("verificationMaterial", "publicKey", "hint"), (envelope, "signatures", 0)
    changes: dict[str, tuple[tuple[Any, ...], Json]] = {
        "media_type_v02": (("mediaType",), "application/vnd.dev.sigstore.bundle+json;version=0.2"),
        "media_type_number": (("mediaType",), 3),
        "unknown_member": (("comment",), "hello"),
        "unknown_material": (("verificationMaterial", "rawKey"), "x"),
        "unknown_envelope_member": ((envelope, "comment"), "hello"),
        "unknown_signature_member": ((*only, "cert"), "x"),
        "material_not_an_object": (("verificationMaterial",), "x"),
        "envelope_not_an_object": ((envelope,), []),
        "hint_upper_case": (hint, key_id("ed25519-a").upper()),
        "hint_short": (hint, key_id("ed25519-a")[:12]),
        "hint_number": (hint, 7),
        "payload_type_text": ((envelope, "payloadType"), "text/plain"),
        "payload_type_list": ((envelope, "payloadType"), [PAYLOAD_TYPE]),
        "payload_empty": ((envelope, "payload"), ""),
        "payload_with_line_end": ((envelope, "payload"), text[:40] + "\n" + text[40:]),
        "payload_base64url": ((envelope, "payload"), base64.urlsafe_b64encode(b"\xfb\xff\xfe").decode()),
        "payload_not_ascii": ((envelope, "payload"), "\u0430" + text[1:]),
        "signature_loose_bits": ((*only, "sig"), _loosen(sig)),
        "signature_without_padding": ((*only, "sig"), sig.rstrip("=")),
        "signature_not_text": ((*only, "sig"), 7),
        "signature_too_long": ((*only, "sig"), b64(bytes(limits.SIGNATURE_BYTES + 1))),
        "no_signatures": ((envelope, "signatures"), []),
        "two_signatures": ((envelope, "signatures"), [{"sig": sig}, {"sig": sig}]),
        "signatures_not_a_list": ((envelope, "signatures"), {"sig": sig}),
        "signature_not_an_object": (only, sig),
        "other_keyid": ((*only, "keyid"), key_id("ed25519-b")),
        "keyid_list": ((*only, "keyid"), [key_id("ed25519-a")]),
    }
    for name, (path, new) in changes.items():
        files = edited(partial(put, path=path, new=new))
        yield _Step1(name=f"member_{name}_fail", about=f"in the signature file: {name.replace('_', ' ')}", files=files)
    for name in ("mediaType", "verificationMaterial", envelope):
        about = f"the member {name} is missing"
        yield _Step1(name=f"member_no_{name}_fail", about=about, files=edited(operator.methodcaller("pop", name)))
    yield Case(
        name="keyid_empty", about="an empty keyid says nothing", files=edited(lambda v: put(v, (*only, "keyid"), ""))
    )
    yield Case(
        name="keyid_same",
        about="a keyid that repeats the hint says nothing",
        files=edited(lambda v: put(v, (*only, "keyid"), key_id("ed25519-a"))),
    )


def _loosen(text: str) -> str:
    """Set a bit of the last digit that no byte uses: the same bytes, another text."""
    digits = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    body = text.rstrip("=")
    return body[:-1] + digits[digits.index(body[-1]) | 1] + text[len(body) :]


def _materials() -> Iterator[Case]:
    def material(value: Json, name: str, new: Json, *, drop: bool = False) -> None:
        value["verificationMaterial"][name] = new
        if drop:
            del value["verificationMaterial"]["publicKey"]

    yield Case(
        name="material_no_log_entries",
        about="an empty list of log entries says nothing",
        files=edited(partial(material, name="tlogEntries", new=[])),
    )
    unsupported: dict[str, tuple[str, Json, bool]] = {
        "certificate_chain": ("x509CertificateChain", {"certificates": []}, True),
        "log_entry": ("tlogEntries", [{"logIndex": "1"}], False),
    }
    for name, (member, new, drop) in unsupported.items():
        files = edited(partial(material, name=member, new=new, drop=drop))
        yield _Unsupported(name=f"material_{name}_fail", about=f"not supported: {name}", files=files)


def _archives() -> Iterator[Case]:
    good = archive(signed())
    yield Case(name="archive", about="the simplest good archive", archive=good)
    yield _Unsupported(name="archive_not_a_zip_fail", about="a file that is no archive", archive=b"hello\n")
    yield _Unsupported(name="archive_empty_fail", about="an empty file", archive=b"")
    yield _Unsupported(name="archive_trailing_bytes_fail", about="bytes after the end record", archive=good + b"\n")
    yield _Unsupported(name="archive_prefix_fail", about="bytes before the first entry", archive=b"MZ" + good)
    yield _Step1(name="archive_unsigned_fail", about="an unsigned archive", archive=archive(FILES), code="not-signed")
    position = good.index(b"mediaType")
    yield _Step1(
        name="archive_signature_crc_fail",
        about="the signature file does not fit its checksum",
        archive=good[:position] + b"M" + good[position + 1 :],
    )


def _kinds() -> Iterator[Case]:
    data = payload()
    for kind in KINDS:
        policy = trust(entry(publisher(kind)))
        yield Case(name=f"kind_{kind}", about=f"signed with {kind}", files=signed(kind), policy=policy, signers=(kind,))
        flipped = bytearray(base64.b64decode(signature_json(data, kind)["dsseEnvelope"]["signatures"][0]["sig"]))
        flipped[-1] ^= 1
        files = {**signed(kind), SIGNATURE: compact(signature_json(data, kind, signature=bytes(flipped)))}
        about = f"one bit of the signature flipped, {kind}"
        yield _Step2(name=f"kind_{kind}_flipped_fail", about=about, files=files, policy=policy)


def _signatures() -> Iterator[Case]:
    data, message = payload(), pae(PAYLOAD_TYPE, payload())
    other = base64.b64decode(signature_json(data, "ed25519-b")["dsseEnvelope"]["signatures"][0]["sig"])
    p256, rsa = private_key("p256"), private_key("rsa2048")
    r, s = decode_dss_signature(p256.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    sha384 = p256.sign(message, ec.ECDSA(hashes.SHA384(), deterministic_signing=True))
    wrong: dict[str, tuple[str, bytes]] = {
        "of_other_key": ("ed25519-a", other),
        "without_pae": ("ed25519-a", private_key("ed25519-a").sign(data)),
        "other_payload_type": ("ed25519-a", private_key("ed25519-a").sign(pae("text/plain", data))),
        "truncated": ("ed25519-a", private_key("ed25519-a").sign(message)[:-1]),
        "ecdsa_sha384": ("p256", sha384),
        "ecdsa_raw": ("p256", r.to_bytes(32) + s.to_bytes(32)),
        "rsa_sha512": ("rsa2048", rsa.sign(message, padding.PKCS1v15(), hashes.SHA512())),
    }
    for name, (key, value) in wrong.items():
        files = {**signed(key), SIGNATURE: compact(signature_json(data, key, signature=value))}
        about = f"a signature that is none: {name.replace('_', ' ')}"
        yield _Step2(name=f"signature_{name}_fail", about=about, files=files, policy=trust(entry(publisher(key))))
    changed = edited(lambda value: value["dsseEnvelope"].update(payload=b64(payload(version="6.6.6"))))
    yield _Step2(name="payload_changed_fail", about="the statement was changed after signing", files=changed)
    unknown = Case(
        name="unknown_key_only_fail",
        about="only a key in no pin",
        files=signed("stranger"),
        step=2,
        code="signer-untrusted",
    )
    yield unknown
    yield Case(
        name="unknown_key_and_known",
        about="an unknown key is reported, not counted",
        files=signed("stranger", "ed25519-a"),
    )
    bad = compact(signature_json(data, "ed25519-b", signature=other[::-1]))
    second = ".claude-plugin/plugin.11111111.sigstore.json"
    yield _Step2(
        name="known_good_and_known_bad_fail",
        about="a good signature does not excuse a wrong one of the same policy",
        files={**signed(), second: bad},
        policy=trust(entry(publisher("ed25519-a", "ed25519-b"))),
    )
    yield _Step2(
        name="known_bad_of_other_scope_fail",
        about="a pin of any scope makes a key known",
        files={**signed(), second: bad},
        policy=trust(entry(publisher("ed25519-a")), entry(publisher("ed25519-b"), name="other", scope="other-*")),
    )
    yield Case(
        name="unknown_bad",
        about="the signature of an unknown key cannot be checked and is not counted",
        files={**signed(), second: bad},
    )


def _statements() -> Iterator[Case]:
    texts = {
        "not_json": b"hello",
        "not_an_object": b"[]",
        "list_of_members": b'["_type","subject","predicateType","predicate"]',
        "with_blanks": payload().replace(b'":', b'": '),
        "duplicate_member": payload().replace(b'{"_type"', b'{"_type":"x","_type"', 1),
        "float_sequence": payload(sequence=1.5),
        "sequence_too_large": payload(sequence=2**53),
    }
    for name, data in texts.items():
        about = f"rightly signed, but no statement of ours: {name.replace('_', ' ')}"
        yield _Step2(name=f"statement_{name}_fail", about=about, files=signed(data=data))
    changes: dict[str, Any] = {
        "other_type": lambda value: value.update(_type="https://in-toto.io/Statement/v0.1"),
        "other_predicate_type": lambda value: value.update(predicateType="https://slsa.dev/provenance/v1"),
        "unknown_member": lambda value: value.update(comment="hello"),
        "missing_member": lambda value: value.pop("predicateType"),
        "predicate_not_an_object": lambda value: value.update(predicate="x"),
        "unknown_predicate_member": lambda value: value["predicate"].update(capabilities=[]),
        "missing_predicate_member": lambda value: value["predicate"].pop("sync_version"),
        "subject_of_other_tree": lambda value: value["subject"][0].update(digest={"sha256": "0" * 64}),
        "subject_with_other_name": lambda value: value["subject"][0].update(name="other"),
        "two_subjects": lambda value: value["subject"].append(value["subject"][0]),
        "no_subject": lambda value: value.update(subject=[]),
        "second_digest": lambda value: value["subject"][0]["digest"].update(sha512="0" * 128),
    }
    for name, change in changes.items():
        about = f"rightly signed, but no statement of ours: {name.replace('_', ' ')}"
        yield _Step2(name=f"statement_{name}_fail", about=about, files=stating(change))
    claims: dict[str, dict[str, Json]] = {
        "name_with_slash": {"name": "acme/../evil"},
        "name_hidden": {"name": ".acme"},
        "name_empty": {"name": ""},
        "name_device": {"name": "con"},
        "name_number": {"name": 7},
        "kind_upper_case": {"kind": "Tree"},
        "kind_null": {"kind": None},
        "version_null": {"version": None},
        "version_control_character": {"version": "1.0\n"},
        "sequence_zero": {"sequence": 0},
        "sequence_true": {"sequence": True},
        "sequence_text": {"sequence": "1"},
        "sync_version_empty": {"sync_version": ""},
        "sync_version_null": {"sync_version": None},
        "sync_version_quote": {"sync_version": 'a"b'},
    }
    for name, claim in claims.items():
        about = f"rightly signed, with a claim out of range: {name.replace('_', ' ')}"
        yield _Step2(name=f"claim_{name}_fail", about=about, files=claiming(**claim))


def _records() -> Iterator[Case]:
    good: list[Any] = tree_record().as_json()
    one = dict(good[0])
    records: dict[str, Json] = {
        "not_a_list": {},
        "unsorted": good[::-1],
        "twice": [good[0], *good],
        "letter_case": [{**one, "path": "A"}, {**one, "path": "a"}],
        "file_as_directory": [{**one, "path": "a"}, {**one, "path": "a/b"}],
        "unsafe_path": [{**one, "path": "../evil"}],
        "absolute_path": [{**one, "path": "/etc/passwd"}],
        "path_number": [{**one, "path": 7}],
        "our_version_file": [{**one, "path": "version.json"}],
        "our_signature_file": [{**one, "path": SIGNATURE}],
        "unknown_member": [{**one, "mode": "0755"}],
        "missing_member": [{"path": "a", "size": 0, "sha256": one["sha256"]}],
        "entry_not_an_object": ["a"],
        "negative_size": [{**one, "size": -1}],
        "size_true": [{**one, "size": True}],
        "huge_size": [{**one, "size": limits.TREE_BYTES + 1}],
        "huge_total": [{**one, "path": "a", "size": limits.TREE_BYTES}, {**one, "path": "b", "size": 1}],
        "short_digest": [{**one, "sha256": "00"}],
        "executable_number": [{**one, "executable": 1}],
    }
    for name, record in records.items():
        about = f"rightly signed, but the record is wrong: {name.replace('_', ' ')}"
        yield _Step2(name=f"record_{name}_fail", about=about, files=claiming(record=record))

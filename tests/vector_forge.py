"""Building blocks for verification vectors: test keys, trees, statements, signatures, trust policies, archives.

Everything here is deterministic. The keys are worthless on purpose: Ed25519 and ECDSA keys are derived from their
names, RSA keys are committed. What a strict writer would refuse is written by hand.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from plugintool import jsontext
from plugintool.digest import Digest, sha256
from plugintool.envelope.dsse import PAYLOAD_TYPE, pae
from plugintool.envelope.signature_file import MEDIA_TYPE
from plugintool.sign.file_signer import FileSigner, KeySource, PrivateKey, load_signer
from plugintool.sign.key_files import public_pem_of
from plugintool.tree import version_file
from plugintool.tree.copy import record_of
from plugintool.tree.memory import MemoryTree
from plugintool.tree.record import Record
from plugintool.tree.zip_writer import Packing, write_zip

ROOT = Path(__file__).resolve().parents[1]
KEYS = ROOT / "fixtures" / "keys"
ED25519_KEYS = ("ed25519-a", "ed25519-b", "ed25519-c", "stranger")
CURVE_KEYS: dict[str, ec.EllipticCurve] = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
RSA_KEYS = {"rsa2048": (2048, 65537), "rsa3072": (3072, 65537), "rsa1024": (1024, 65537), "rsa2048-e3": (2048, 3)}
"""Bits and public exponent."""
NAME = "acme-tools"
SEQUENCE = 1_790_000_000
SIGNATURE = ".claude-plugin/plugin.sigstore.json"
FILES: Mapping[str, bytes] = {
    ".claude-plugin/plugin.json": b'{\n  "name": "acme-tools",\n  "version": "1.2.0"\n}\n',
    "bin/run.sh": b"#!/bin/sh\necho hello\n",
    "skills/greet/SKILL.md": b"---\nname: greet\ndescription: Say hello.\n---\nSay hello.\n",
}
EXECUTABLES = frozenset({"bin/run.sh"})
Json = Any


@dataclass(frozen=True, kw_only=True)
class Case:
    """One vector: its files below ``<directory>/``, or one archive, and what must come of it.

    ``step`` and ``code`` are those of the error, 0 and ``ok`` when there is none; ``signers`` are names of keys or key
    ids; ``lists`` are the revocation lists beside the trust policy; ``at`` is the moment of the verdict; ``suffix`` is
    that of an archive; ``beside`` is the signature file beside a bundle; ``agrees`` is what else says the same, see
    ``tests/vector_agreement.py``.
    """

    name: str
    about: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    archive: bytes | None = None
    policy: Json = None
    step: int = 0
    code: str = "ok"
    directory: str = NAME
    signers: tuple[str, ...] = ("ed25519-a",)
    lists: Mapping[str, bytes] = field(default_factory=dict)
    at: str = "2026-11-24T12:00:00Z"
    suffix: str = ".zip"
    agrees: str = ""
    beside: bytes | None = None


def derive(name: str) -> PrivateKey:
    """Return the Ed25519 or ECDSA key of this name; anybody can, that is the point."""
    seed = hashlib.sha512(f"INSECURE-TEST {name}".encode()).digest()
    if name in ED25519_KEYS:
        return ed25519.Ed25519PrivateKey.from_private_bytes(seed[:32])
    return ec.derive_private_key(int.from_bytes(seed[:31]) + 1, CURVE_KEYS[name])


def key_file(name: str) -> Path:
    """Return where a private key is committed."""
    return KEYS / f"INSECURE-TEST-{name}.key.pem"


@cache
def signer(name: str) -> FileSigner:
    """Return the signer of a committed key."""
    return load_signer(KeySource(key_file(name)))


@cache
def private_key(name: str) -> Any:
    """Return a committed private key as it is, also one that we do not accept."""
    return serialization.load_pem_private_key(key_file(name).read_bytes(), None)


@cache
def public_pem(name: str) -> str:
    """Return the public half of a committed key."""
    return public_pem_of(private_key(name))


def key_id(name: str) -> Digest:
    """Return the key id of a committed key."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return sha256(private_key(name).public_key().public_bytes(serialization.Encoding.DER, form))


def tree_record(files: Mapping[str, bytes] = FILES) -> Record:
    """Return the record of some files."""
    return record_of(MemoryTree(NAME, files))


def sync(files: Mapping[str, bytes] = FILES) -> str:
    """Return the derived sync version."""
    return version_file.sync_version("1.2.0", tree_record(files).digest)


def statement_json(files: Mapping[str, bytes] = FILES, **predicate: Json) -> Json:
    """Return the statement about some files, as JSON, with members of the predicate replaced."""
    record = predicate.get("record", tree_record(files).as_json())
    content = {
        "kind": "tree",
        "name": NAME,
        "version": "1.2.0",
        "sequence": SEQUENCE,
        "sync_version": sync(files),
        **predicate,
        "record": record,
    }
    digest = sha256(json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": content["name"], "digest": {"sha256": digest}}],
        "predicateType": "urn:plugintool:release:v1",
        "predicate": content,
    }


def payload(files: Mapping[str, bytes] = FILES, **predicate: Json) -> bytes:
    """Return the bytes of ``statement_json``."""
    return compact(statement_json(files, **predicate))


def compact(value: Json) -> bytes:
    """Return sorted JSON without blanks; our canonical form for everything the vectors use, and never refuses."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def compact_any(value: Json) -> bytes:
    """As ``compact``, also for texts that are no Unicode."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def b64(data: bytes) -> str:
    """Return standard base64."""
    return base64.b64encode(data).decode()


def signature_json(data: bytes, key: str = "ed25519-a", *, signature: bytes | None = None) -> Json:
    """Return a signature file over a payload, as JSON."""
    value = signer(key).sign(pae(PAYLOAD_TYPE, data)) if signature is None else signature
    return {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {"publicKey": {"hint": key_id(key)}},
        "dsseEnvelope": {"payload": b64(data), "payloadType": PAYLOAD_TYPE, "signatures": [{"sig": b64(value)}]},
    }


def signature(data: bytes, key: str = "ed25519-a") -> bytes:
    """Return a signature file over a payload."""
    return jsontext.canonical(signature_json(data, key))


def further(key: str) -> str:
    """Return the name of a further signature file."""
    return f".claude-plugin/plugin.{key_id(key)[:8]}.sigstore.json"


def signed(*keys: str, data: bytes | None = None, files: Mapping[str, bytes] = FILES) -> dict[str, bytes]:
    """Return a built tree with the signatures of these keys (default: the first) over ``data`` (default: its own)."""
    over = payload(files) if data is None else data
    first, *others = keys or ("ed25519-a",)
    return {
        **files,
        "version.json": version_file.render(sync(files)),
        SIGNATURE: signature(over, first),
        **{further(key): signature(over, key) for key in others},
    }


def edited(change: Callable[[Json], object], key: str = "ed25519-a") -> dict[str, bytes]:
    """Return a signed tree whose signature file was changed as JSON."""
    value = signature_json(payload(), key)
    change(value)
    return {**signed(key), SIGNATURE: compact(value)}


def claiming(**predicate: Json) -> dict[str, bytes]:
    """Return a signed tree whose statement has other members in its predicate."""
    return signed(data=payload(**predicate))


def stating(change: Callable[[Json], object]) -> dict[str, bytes]:
    """Return a signed tree whose statement was changed as JSON before it was signed."""
    value = statement_json()
    change(value)
    return signed(data=compact(value))


def pin(name: str) -> Json:
    """Return the pin of a key."""
    return {"key_id": key_id(name), "public_key": public_pem(name)}


def publisher(*names: str, threshold: int = 1) -> Json:
    """Return a publisher with these keys."""
    return {"type": "key", "threshold": threshold, "keys": [pin(name) for name in names]}


def entry(*publishers: Json, name: str = "acme", scope: str = "acme-*", **members: Json) -> Json:
    """Return one policy."""
    return {
        "name": name,
        "scope": [scope],
        "level": "enforce",
        "publishers": list(publishers),
        "timestamp": "none",
        "crl": "off",
        "min_sequence": 0,
        **members,
    }


def trust(*entries: Json, keys: tuple[str, ...] = (), digests: tuple[str, ...] = ()) -> Json:
    """Return a trust policy; without entries one that trusts ``ed25519-a`` for ``acme-*``."""
    return {
        "version": 1,
        "policies": list(entries) or [entry(publisher("ed25519-a"))],
        "revoked": {"keys": [key_id(key) for key in keys], "digests": list(digests)},
    }


def archive(files: Mapping[str, bytes], executables: frozenset[str] = EXECUTABLES) -> bytes:
    """Return an archive of some files, stored, so that its bytes depend on nothing."""
    target = io.BytesIO()
    write_zip(MemoryTree("", files, executables), target, packing=Packing.STORE)
    return target.getvalue()

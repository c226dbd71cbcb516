"""What ``scripts.fuzz_signing`` throws mutants at, with seeds, and with what an accepted input means.

====================  ==========================================  ======================================================
target                a mutant of                                 what it means when it is accepted
====================  ==========================================  ======================================================
der                   any DER below                               nothing: it must only be read without falling
block                 the CMS in the block of a bundle            name, version, digest, signers
bundle                a whole signed bundle                       the same
cms                   SignedData                                  the signer's certificate, the digest, over what
timestamp             a response of an authority for time         when, by whom
signature_file        the signature file of a tree                the statement, who signed it
statement             a statement                                 nothing: it is not signed here
trust_policy          a trust policy                              nothing: it is another policy
list                  a revocation list                           that nobody is revoked; never from one that revokes
certificate           the signer's certificate                    whose it is, and with which key
====================  ==========================================  ======================================================
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from plugintool.envelope import cms, der, tst
from plugintool.envelope.mcpb_block import find_block, render_block
from plugintool.envelope.statement import parse_statement
from plugintool.errors import InputError, LimitExceededError
from plugintool.formats.bundle_text import require_identity
from plugintool.tree.memory import MemoryTree
from plugintool.verify.bundle import verify_bundle
from plugintool.verify.certificate import Certificate, read_certificate
from plugintool.verify.chain import Presented, Purpose, build_chain
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.cms import check_signer
from plugintool.verify.judge import Judge
from plugintool.verify.policy import CrlRule, RevocationRule
from plugintool.verify.policy_reader import parse_trust_policy
from plugintool.verify.revocation import Evidence, check_revocation, read_list
from plugintool.verify.timestamp import check_timestamp
from scripts.signing_mutations import mutate_bytes, mutate_der, mutate_json
from tests import authority_world as world
from tests import vector_forge as forge
from tests.authority_world import NOW
from tests.vector_cases_bundles import ARCHIVE, bundle_by, joined, signer, stamped_signer
from tests.vector_cases_certificates import holders, leaf, rules, signature_by, stamp, stamped, tree

VECTORS = Path(__file__).resolve().parent.parent / "fixtures" / "vectors" / "verify"
Mutate = Callable[[random.Random, bytes], bytes]
TARGETS: Final = (
    "der",
    "block",
    "bundle",
    "cms",
    "timestamp",
    "signature_file",
    "statement",
    "trust_policy",
    "list",
    "certificate",
)
_SIGNED = b"the signature value that is stamped"
_WHAT = "an input"


@dataclass(frozen=True)
class Target:
    """One reader.

    Attributes:
        name: of ``TARGETS``.
        seeds: good inputs, each with what it means; None where any meaning will do.
        mutate: makes a mutant of a seed.
        read: the reader; returns what an input means.
    """

    name: str
    seeds: Sequence[tuple[bytes, object]]
    mutate: Mutate
    read: Callable[[bytes], object]

    def mutant(self, chance: random.Random) -> tuple[bytes, object]:
        """Return a mutant, and what its seed means."""
        data, meaning = chance.choice(self.seeds)
        return self.mutate(chance, data), meaning


@cache
def targets() -> tuple[Target, ...]:
    """Return all of them, in the order of ``TARGETS``."""
    pieces = _pieces()
    by_der = _der_mutator(pieces)
    seen = {
        "der": (pieces, by_der, _walk),
        "block": (_blocks(), by_der, _read_block),
        "bundle": ([joined(render_block(data), ARCHIVE) for data in _blocks()], mutate_bytes, _read_bundle),
        "cms": (_blocks(), by_der, _read_cms),
        "timestamp": (_responses(), by_der, _read_timestamp),
        "signature_file": (_signature_files(), mutate_json, _read_signature_file),
        "statement": ([forge.payload()], mutate_json, _read_statement),
        "trust_policy": (_policies(), mutate_json, _read_trust_policy),
        "list": (_lists(), by_der, _read_list),
        "certificate": ([world.family().leaf.der, leaf(key="ec:leaf").der], by_der, _read_certificate),
    }
    assert tuple(seen) == TARGETS
    return tuple(Target(name, _with_meaning(seeds, read), mutate, read) for name, (seeds, mutate, read) in seen.items())


def _with_meaning(seeds: Sequence[bytes], read: Callable[[bytes], object]) -> list[tuple[bytes, object]]:
    """Return seeds with what they mean; a seed that is refused must stay refused, whatever is changed."""
    found: list[tuple[bytes, object]] = []
    for seed in seeds:
        try:
            found.append((seed, read(seed)))
        except Exception:  # noqa: BLE001 - a list that revokes is refused, and so must its mutants be
            found.append((seed, "refused"))
    return found


def _der_mutator(pieces: Sequence[bytes]) -> Mutate:
    return lambda chance, data: mutate_der(chance, data, pieces)


# -- seeds -------------------------------------------------------------------------------------------------------


def _blocks() -> list[bytes]:
    people = world.family()
    bundles = [
        bundle_by(),
        bundle_by(others=[people.intermediate, people.root]),
        bundle_by(stamped_signer(people.leaf)),
        bundle_by(signer(ess=None)),
    ]
    found = [find_block(io.BytesIO(data)) for data in bundles]
    return [block.der for block in found if block is not None]


def _responses() -> list[bytes]:
    people = world.family()
    return [
        tst.render_response(world.stamp(_SIGNED, people.tsa)),
        tst.render_response(world.stamp(_SIGNED, people.tsa, people.tsa_root, nonce=7)),
    ]


def _signature_files() -> list[bytes]:
    people = world.family()
    by_certificate = signature_by(people.leaf, stamps=[stamp()])
    return [forge.signature(forge.payload()), by_certificate, signature_by(leaf(key="ec:leaf"))]


def _policies() -> list[bytes]:
    names = sorted(path.name for path in VECTORS.iterdir() if not path.name.endswith("_fail"))[::15]
    found = [(VECTORS / name / "trust-policy.json").read_bytes() for name in names]
    return [*found, json.dumps(_policy(), indent=1).encode()]


def _lists() -> list[bytes]:
    people = world.family()
    serial = people.leaf.certificate.serial_number
    return [
        world.revoke(people.intermediate),
        world.revoke(people.intermediate, [(serial + 1, NOW, None, None)]),
        world.revoke(people.intermediate, [(serial, NOW, None, None)]),
    ]


def _pieces() -> list[bytes]:
    people = world.family()
    certificates = [people.leaf.der, people.intermediate.der, people.tsa.der]
    return [*_blocks(), *_responses(), *_lists(), *certificates]


def _policy() -> forge.Json:
    """Return a policy that has everything; lists are read where they are there."""
    return rules(
        holders(),
        forge.publisher("ed25519-a"),
        timestamp=stamped("after-expiry"),
        crl={"rule": "if-present", "grace_days": 1},
        inventory={"hosts": ["*.acme.example"], "commands": []},
    )


# -- readers -----------------------------------------------------------------------------------------------------


@cache
def _judge() -> Judge:
    return Judge(parse_trust_policy(json.dumps(_policy()).encode(), path="trust-policy.json"), Circumstances(NOW))


@cache
def _certificate(name: str) -> Certificate:
    return read_certificate(getattr(world.family(), name).der, what=name)


def _walk(data: bytes) -> None:
    """Read every element of every kind, as deep as it goes."""
    waiting = [der.read_der(data, what=_WHAT)]
    while waiting:
        element = waiting.pop()
        for read in (element.integer, element.oid, element.time, element.boolean, element.octets):
            _try(read)
        _try(lambda element=element: waiting.extend(element.children(element.tag)))  # type: ignore[misc]


def _try(read: Callable[[], object]) -> None:
    try:
        read()
    except InputError:
        return


def _read_block(data: bytes) -> object:
    try:
        block = render_block(data)
    except ValueError as error:  # only a writer would try
        raise LimitExceededError(str(error)) from error
    return _read_bundle(joined(block, ARCHIVE))


def _read_bundle(data: bytes) -> object:
    found = verify_bundle(io.BytesIO(data), _judge(), require_identity)
    return found.name, found.version, found.digest, found.signers


def _read_cms(data: bytes) -> object:
    signed = cms.parse_signed_data(data, what=_WHAT)
    checked = check_signer(signed, what=_WHAT)
    return checked.key.key_id, checked.digest, checked.message_digest


def _read_timestamp(data: bytes) -> object:
    token = tst.parse_response(data, what=_WHAT)
    found = check_timestamp(token, _SIGNED, roots=[_certificate("tsa_root")], now=NOW, what=_WHAT)
    return found.moment, found.chain.leaf.der


def _read_signature_file(data: bytes) -> object:
    files = {**tree(data), forge.SIGNATURE: data}
    trusted = _judge().authenticate(MemoryTree(forge.NAME, files))
    return trusted.statement.payload, trusted.signers


def _read_statement(data: bytes) -> None:
    parse_statement(data, path=_WHAT)


def _read_trust_policy(data: bytes) -> None:
    parse_trust_policy(data, path=_WHAT)


def _read_list(data: bytes) -> object:
    people = ("leaf", "intermediate")
    chain = build_chain(
        Presented(_certificate(people[0]), (_certificate(people[1]),)),
        [_certificate(people[1])],
        moment=NOW,
        purpose=Purpose.CODE_SIGNING,
    )
    rule = RevocationRule(CrlRule.REQUIRE)
    found = check_revocation(chain, rule, Evidence(lists=[read_list(data, what="list")], now=NOW))
    return found.details


def _read_certificate(data: bytes) -> object:
    leaf_read = read_certificate(data, what=_WHAT)
    presented = Presented(leaf_read, (_certificate("intermediate"),))
    chain = build_chain(presented, [_certificate("root")], moment=NOW, purpose=Purpose.CODE_SIGNING)
    return chain.leaf.name, chain.leaf.spki

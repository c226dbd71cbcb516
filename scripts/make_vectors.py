"""Write fixtures/keys and fixtures/vectors/verify.

    python -m scripts.make_vectors                    # write both in place
    python -m scripts.make_vectors --out DIR          # write only the vectors, to DIR
    python -m scripts.make_vectors --list             # print the cases

Running it again changes nothing: a test compares what it writes with what is committed. A new RSA key is made only when
its file is missing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections import Counter
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from plugintool import jsontext
from plugintool.digest import parse_digest
from plugintool.jsontext import JsonObject
from plugintool.sign.file_signer import PrivateKey
from tests import (
    vector_cases_bundles,
    vector_cases_certificates,
    vector_cases_content,
    vector_cases_envelope,
    vector_cases_lineage,
    vector_cases_sidecars,
    vector_cases_structures,
    vector_cases_trust,
    vector_forge,
)
from tests.vector_agreement import agreement
from tests.vector_forge import CURVE_KEYS, ED25519_KEYS, KEYS, ROOT, RSA_KEYS, Case

VECTORS = ROOT / "fixtures" / "vectors" / "verify"
WARNING = "INSECURE-TEST: these private keys are public. Never pin one in a trust policy outside tests.\n"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="write test keys and verification vectors")
    parser.add_argument("--out", type=Path, help="directory for the vectors; keys are left alone then")
    parser.add_argument("--list", action="store_true", help="print the cases")
    options = parser.parse_args(arguments)
    if options.list:
        for case in all_cases():
            print(f"{case.step} {case.code:20} {case.name:40} {case.about}")
        return 0
    if options.out is None:
        write_keys()
    elif options.out.exists():
        parser.error(f"{options.out} exists")
    target = options.out or VECTORS
    if target.exists():
        shutil.rmtree(target)
    for case in all_cases():
        write_case(target / case.name, case)
    print(f"{len(all_cases())} vectors")
    return 0


def all_cases() -> list[Case]:
    modules = (
        vector_cases_envelope,
        vector_cases_certificates,
        vector_cases_trust,
        vector_cases_content,
        vector_cases_bundles,
        vector_cases_lineage,
        vector_cases_sidecars,
        vector_cases_structures,
    )
    cases = [case for module in modules for case in module.cases()]
    twice = [name for name, count in Counter(case.name for case in cases).items() if count > 1]
    wrong = [case.name for case in cases if case.name.endswith("_fail") != (case.step > 0)]
    assert not twice, twice
    assert not wrong, wrong
    return cases


def write_keys() -> None:
    KEYS.mkdir(parents=True, exist_ok=True)
    (KEYS / "README.md").write_text(WARNING)
    for name in (*ED25519_KEYS, *CURVE_KEYS):
        write_key(name, vector_forge.derive(name))
    for name, (bits, exponent) in RSA_KEYS.items():
        if not vector_forge.key_file(name).exists():
            write_key(name, rsa.generate_private_key(exponent, bits))


def write_key(name: str, key: PrivateKey) -> None:
    encoding, no_encryption = serialization.Encoding.PEM, serialization.NoEncryption()
    vector_forge.key_file(name).write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, no_encryption)
    )


def write_case(target: Path, case: Case) -> None:
    artifact = f"{case.directory}{case.suffix}" if case.archive is not None else case.directory
    expect: JsonObject = {
        "about": case.about,
        "artifact": artifact,
        "step": case.step,
        "code": case.code,
        "at": case.at,
        "signers": [*sorted(_signer_id(name) for name in case.signers)] if case.step == 0 else [],
        "agrees": agreement(case),
    }
    policy = vector_forge.trust() if case.policy is None else case.policy
    write(target / "expect.json", jsontext.pretty(expect))
    write(
        target / "trust-policy.json",
        policy if isinstance(policy, bytes) else (json.dumps(policy, indent=1) + "\n").encode(),
    )
    for name, data in case.lists.items():
        write(target / "crls" / name, data)
    if case.archive is not None:
        write(target / artifact, case.archive)
    if case.beside is not None:
        write(target / f"{artifact}.sigstore.json", case.beside)
    for path, data in case.files.items():
        write(target / artifact / path, data)


def _signer_id(name: str) -> str:
    """Return the key id of a signer: of a committed key, or the id itself."""
    return name if parse_digest(name) else vector_forge.key_id(name)


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

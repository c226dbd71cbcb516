"""What else comes to the verdict of a vector: a program that is not ours, or a rule that only we have.

Every vector says so in the member ``agrees`` of its expect.json:

* the name of one of ``PROGRAMS``: asked as below, it accepts what must be verified and refuses what must not. A test
  asks them all;
* ``ours: `` and a rule: no program here has it. Most of them accept such a vector, which is why it is there.

A case may state it itself. The programs that agree were asked once (``python -m tests.vector_agreement`` asks again and
writes ``vector_agreement.json``); what no program decides in the same way gets the rule of its step.
"""

from __future__ import annotations

import base64
import json
import os
import struct
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from plugintool import clock
from plugintool.envelope.mcpb_block import FOOTER, HEADER
from plugintool.errors import InputError, TrustPolicyError
from plugintool.tree.zip_reader import open_archive
from plugintool.verify.policy_reader import parse_trust_policy
from tests.vector_forge import ROOT, Case

Json = Any
SIGSTORE: Final = "@sigstore/verify"
OPENSSL_CHAIN: Final = "openssl verify"
OPENSSL_CMS: Final = "openssl cms -verify"
SHA256SUM: Final = "sha256sum --check"
PROGRAMS: Final = (SIGSTORE, OPENSSL_CHAIN, OPENSSL_CMS, SHA256SUM)
TABLE: Final = Path(__file__).with_suffix(".json")
_RULES: Final = (
    "what the trust policy allows is verified",
    "one form of a signature, found in one way (docs/reference/signature-file.md, docs/reference/archives.md)",
    "one form of a statement or block, which the signature covers whole (docs/reference/statement.md)",
    "what a chain must be (docs/reference/verification-steps.md, step 3)",
    "which time is believed (docs/reference/verification-steps.md, step 4)",
    "what the trust policy and the lists beside it revoke (docs/reference/trust-policy.md)",
    "whom the trust policy lets sign what (docs/reference/trust-policy.md)",
    "the files are exactly those of the record, in every respect that it tells (docs/reference/statement.md)",
    "what the trust policy lets a plugin do (docs/reference/trust-policy.md)",
)
"""By step; 0 for what is verified."""


# -- what a vector says ------------------------------------------------------------------------------------------


def agreement(case: Case) -> str:
    """Return the member ``agrees`` of a case: its own word, a program that agrees, or the rule of its step."""
    return case.agrees or _programs().get(case.name) or f"ours: {_RULES[case.step]}"


@cache
def _programs() -> Mapping[str, str]:
    """Return the program that agrees on a vector, by its name."""
    table: dict[str, list[str]] = json.loads(TABLE.read_text("utf-8"))
    return {name: program for program, names in table.items() for name in names}


# -- programs ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Vector:
    """A committed vector."""

    path: Path

    @property
    def expect(self) -> Json:
        """Its expect.json."""
        return json.loads((self.path / "expect.json").read_text())

    @property
    def policy(self) -> Json:
        """Its trust policy, empty when we cannot use it."""
        data = (self.path / "trust-policy.json").read_bytes()
        try:
            parse_trust_policy(data, path="trust-policy.json")
        except TrustPolicyError:
            return {}
        return json.loads(data)

    @property
    def publishers(self) -> list[Json]:
        """All publishers of the policy."""
        return [one for entry in self.policy.get("policies", []) for one in entry["publishers"]]

    @property
    def artifact(self) -> Path:
        """What is verified."""
        return self.path / str(self.expect["artifact"])

    @property
    def moment(self) -> int:
        """The moment of the verdict, in seconds."""
        return int(clock.parse_utc(self.expect["at"]).timestamp())

    def certificates(self, member: str) -> list[str]:
        """Return certificates of publishers: ``roots`` or ``intermediates``."""
        return [pem for one in self.publishers if one["type"] == "x509" for pem in one.get(member, [])]

    def keys(self) -> dict[str, str]:
        """Return the pinned keys."""
        pins = [pin for one in self.publishers if one["type"] == "key" for pin in one["keys"]]
        return {pin["key_id"]: pin["public_key"] for pin in pins}

    def files(self) -> dict[str, bytes]:
        """Return the files of a tree or archive, none when it cannot be read."""
        if self.artifact.is_dir():
            found = [path for path in self.artifact.rglob("*") if path.is_file()]
            return {path.relative_to(self.artifact).as_posix(): path.read_bytes() for path in found}
        try:
            with open_archive(self.artifact) as tree:
                return {str(file.path): tree.open(file.path).read() for file in tree.files()}
        except InputError:
            return {}

    def signature_files(self) -> list[bytes]:
        """Return them in order, the usual name last in the alphabet first; lineage files are none."""
        files = sorted(self.files().items())
        return [data for path, data in files if path.endswith(".sigstore.json") and "/lineage." not in path]


def ask_sigstore(vectors: Sequence[Vector], node: Callable[[str], str]) -> dict[str, bool]:
    """Return which vectors it accepts: at least one signature file, and each that is by a pinned key.

    Args:
        vectors: what to ask about.
        node: runs tests/foreign/verify_many.mjs with this input and returns what it prints.
    """
    questions, owners = [], []
    for vector in vectors:
        keys = vector.keys()
        for file in vector.signature_files():
            if any(key_id.encode() in file for key_id in keys):
                questions.append(
                    {"file": file.decode(errors="replace"), "keys": keys, "authorities": [], "clocks": [], "stamps": 0}
                )
                owners.append(vector.path.name)
    answers = json.loads(node(json.dumps(questions)))
    verdicts: dict[str, bool] = {vector.path.name: False for vector in vectors}
    for name in dict.fromkeys(owners):
        verdicts[name] = all(
            answer == "verified" for owner, answer in zip(owners, answers, strict=True) if owner == name
        )
    return verdicts


def ask_openssl_about_chain(vector: Vector, openssl: str, work: Path) -> bool:
    """Return whether ``openssl verify`` finds a chain for the certificate in each signature file."""
    files = vector.signature_files()
    roots, middle = vector.certificates("roots"), vector.certificates("intermediates")
    lists = [path.read_bytes() for path in sorted((vector.path / "crls").glob("*.crl"))]
    if not roots or not files:
        return False
    (work / "roots.pem").write_text("".join(roots))
    (work / "middle.pem").write_text("".join(middle))
    command = [openssl, "verify", "-x509_strict", "-attime", str(vector.moment)]
    command += ["-CAfile", str(work / "roots.pem"), "-partial_chain"]
    command += ["-untrusted", str(work / "middle.pem")] if middle else []
    if lists:
        (work / "lists.pem").write_bytes(b"".join(_pem(data, "X509 CRL") for data in lists))
        command += ["-crl_check_all", "-CRLfile", str(work / "lists.pem")]
    for number, file in enumerate(files):
        try:
            raw = base64.b64decode(json.loads(file)["verificationMaterial"]["certificate"]["rawBytes"])
        except (ValueError, KeyError, TypeError):
            return False
        (work / f"{number}.pem").write_bytes(_pem(raw, "CERTIFICATE"))
        command.append(str(work / f"{number}.pem"))
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def ask_openssl_about_block(vector: Vector, openssl: str, work: Path) -> bool:
    """Return whether ``openssl cms -verify`` accepts the block over the archive, by the roots of the policy."""
    archive, block = split_like_others(vector.artifact.read_bytes())
    return bool(block) and openssl_accepts(vector, block, archive, openssl, work)


def split_like_others(data: bytes) -> tuple[bytes, bytes]:
    """Return archive and DER as npm ``mcpb`` 2.1.2 takes a bundle apart: by the last marks, wherever they are."""
    footer = data.rfind(FOOTER)
    header = data.rfind(HEADER, 0, max(footer, 0))
    if header < 0:
        return data, b""
    start = header + len(HEADER) + 4
    (length,) = struct.unpack_from("<I", data, header + len(HEADER))
    return data[:header], data[start : start + length]


def openssl_accepts(vector: Vector, block: bytes, archive: bytes, openssl: str, work: Path) -> bool:
    """Ask about a block over an archive: with a comment length of 0, and as it stands."""
    (work / "block.der").write_bytes(block)
    (work / "roots.pem").write_text("".join(vector.certificates("roots")))
    (work / "middle.pem").write_text("".join(vector.certificates("intermediates")))
    command = [openssl, "cms", "-verify", "-inform", "DER", "-binary", "-in", "block.der", "-content", "archive"]
    command += ["-CAfile", "roots.pem", "-certfile", "middle.pem", "-partial_chain", "-purpose", "any"]
    command += ["-attime", str(vector.moment), "-out", "content"]
    for content in (archive[:-2] + struct.pack("<H", 0), archive):
        (work / "archive").write_bytes(content)
        if subprocess.run(command, cwd=work, capture_output=True, check=False).returncode == 0:
            return True
    return False


def ask_sha256sum(vector: Vector, program: str, work: Path) -> bool:
    """Return whether ``sha256sum --check`` finds every file of the signed record as it was."""
    files = vector.files()
    for path, data in files.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_bytes(data)
    record = _record(vector)
    listing = "".join(f"{entry['sha256']}  {entry['path']}\n" for entry in record)
    command = [program, "--check", "--strict", "--quiet", "-"]
    return subprocess.run(command, cwd=work, input=listing.encode(), capture_output=True, check=False).returncode == 0


def _record(vector: Vector) -> list[Mapping[str, str]]:
    files = vector.signature_files()
    if not files:
        return []
    payload = json.loads(files[0])["dsseEnvelope"]["payload"]
    found: list[Mapping[str, str]] = json.loads(base64.b64decode(payload))["predicate"]["record"]
    return found


def _pem(data: bytes, label: str) -> bytes:
    if data.lstrip().startswith(b"-----"):
        return data
    return f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(data) + f"-----END {label}-----\n".encode()


def ask_all(vectors: Sequence[Vector], node: Callable[[str], str], find: Callable[[str], str]) -> dict[str, list[str]]:
    """Return the names of the vectors on which each program agrees."""
    trees = [vector for vector in vectors if vector.artifact.suffix != ".mcpb"]
    found: dict[str, list[str]] = {program: [] for program in PROGRAMS}
    by_key = ask_sigstore([vector for vector in trees if vector.keys()], node)
    for vector in vectors:
        is_good, name = vector.expect["step"] == 0, vector.path.name
        with tempfile.TemporaryDirectory() as work:
            if vector.artifact.suffix == ".mcpb":
                program, accepted = OPENSSL_CMS, ask_openssl_about_block(vector, find("openssl"), Path(work))
            elif vector.expect["step"] == 7:
                program, accepted = SHA256SUM, ask_sha256sum(vector, find("sha256sum"), Path(work))
            elif vector.certificates("roots"):
                program, accepted = OPENSSL_CHAIN, ask_openssl_about_chain(vector, find("openssl"), Path(work))
            else:
                program, accepted = SIGSTORE, by_key.get(name, False)
                if name not in by_key:
                    continue
        if accepted == is_good:
            found[program].append(name)
    return found


def main() -> None:
    """Ask all programs, and write down who agrees."""
    env = {**os.environ, "NODE_PATH": str(ROOT / ".tools" / "foreign" / "node_modules")}
    command = [ROOT / ".tools" / "node" / "bin" / "node", ROOT / "tests" / "foreign" / "verify_many.mjs"]

    def node(text: str) -> str:
        return subprocess.run(command, input=text, text=True, capture_output=True, check=True, env=env).stdout

    vectors = [Vector(path) for path in sorted((ROOT / "fixtures" / "vectors" / "verify").iterdir())]
    TABLE.write_text(json.dumps(ask_all(vectors, node, lambda name: name), indent=1) + "\n")


if __name__ == "__main__":
    main()

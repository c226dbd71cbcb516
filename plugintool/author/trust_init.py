"""Make a trust policy from what is signed already, after somebody has compared who signed it."""

from __future__ import annotations

import base64
import os
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from plugintool import jsontext, limits
from plugintool.author.signers import Signer, find_signers
from plugintool.errors import ConfigError, OutputError, TrustPolicyError
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.report import Report, collect
from plugintool.tree.directory import read_bounded
from plugintool.tree.place import replacing
from plugintool.verify import keys
from plugintool.verify.policy_reader import SUBJECT, parse_trust_policy

COMMAND = "trust init"
_PEM_WIDTH = 64
PEM_BYTES = 256 * limits.KIB
"""Bytes of a file with keys or certificates."""
HasCompared = Callable[[Signer], bool]
"""Asks whether the key id of a signer is the one that the publisher told on another way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """How signers get into a trust policy.

    Attributes:
        out: the file; an existing one is only touched with ``adds``.
        adds: whether ``out`` is a trust policy that gets one more policy.
        scope: a pattern over plugin names; empty for the name of the artifact.
        roots: files with certificates: then holders are trusted by root and subject, else each key by itself.
        public_keys: files with the public keys of signers that have no certificate.
        dry_run: write nothing.
    """

    out: Path
    adds: bool = False
    scope: str = ""
    roots: Sequence[Path] = ()
    public_keys: Sequence[Path] = ()
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """What was written, or would be."""

    file: Path
    scope: str
    signers: tuple[Signer, ...]
    dry_run: bool

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "file": str(self.file),
            "scope": self.scope,
            "dry_run": self.dry_run,
            "signers": [
                {"key_id": signer.key.key_id, "kind": signer.key.kind.value, "subject": signer.subject}
                for signer in self.signers
            ],
        }


def init_trust(artifact: Path, introduction: Introduction, has_compared: HasCompared) -> Report[Trusted]:
    """Write a trust policy that trusts the signers of an artifact, or add one policy to a file.

    Args:
        artifact: a signed built tree, archive or bundle.
        introduction: how.
        has_compared: is asked about each signer; one refusal and nothing is written.
    """

    def make(subject: str) -> Trusted:
        known = {key.key_id: key for key in map(_public_key, introduction.public_keys)}
        signers = find_signers(Path(subject), known)
        _refuse_existing(introduction)
        for signer in signers:
            if not has_compared(signer):
                raise _not_compared(signer, subject)
        scope = introduction.scope or signers[0].name
        data = _render(signers, scope, introduction)
        if not introduction.dry_run:
            with replacing(introduction.out) as (target, _):
                target.write(data)
        return Trusted(file=introduction.out, scope=scope, signers=signers, dry_run=introduction.dry_run)

    return collect(COMMAND, [str(artifact)], make)


def _public_key(path: Path) -> keys.PublicKey:
    return keys.parse_pem(_text(path), path=str(path))


def _text(path: Path) -> str:
    return read_bounded(path, max_bytes=PEM_BYTES).decode("utf-8", "replace")


def _refuse_existing(introduction: Introduction) -> None:
    if not introduction.adds and os.path.lexists(introduction.out):
        raise OutputError(
            "a file of this name is already there",
            path=str(introduction.out),
            hint="choose another name with --out, or add to it with --add-to",
        )


def _not_compared(signer: Signer, subject: str) -> ConfigError:
    return ConfigError(
        "nobody has compared the key id with the publisher, so nothing is trusted",
        path=subject,
        field="--compared",
        expected=f"--compared {signer.key.key_id}",
        found=signer.subject or "a plain key",
        hint="ask the publisher for the key id on another way than the artifact came, compare all 64 digits, then "
        "name it",
    )


def _render(signers: Sequence[Signer], scope: str, introduction: Introduction) -> bytes:
    document: JsonObject = {"version": 1, "policies": []}
    path = str(introduction.out)
    if introduction.adds:
        old = read_bounded(introduction.out, max_bytes=limits.TRUST_POLICY_BYTES)
        parse_trust_policy(old, path=path)
        read = jsontext.read_strict(old, path=path)
        assert isinstance(read, dict)
        document = read
    policies = document["policies"]
    assert isinstance(policies, list)
    names = {policy["name"] for policy in policies if isinstance(policy, dict)}
    policies.append(
        {
            "name": _free_name(signers[0].name, names),
            "scope": [scope],
            "level": "enforce",
            "publishers": _publishers(signers, introduction),
            "timestamp": "none",
            "crl": "off",
            "min_sequence": 0,
        }
    )
    data = jsontext.pretty(document)
    try:
        parse_trust_policy(data, path=path)
    except TrustPolicyError as error:
        raise ConfigError(f"no trust policy can be made of this: {error.message}", field="--scope",
                          found=scope) from error  # fmt: skip
    return data


def _free_name(name: str, taken: set[JsonValue]) -> str:
    return next(one for one in (name, *(f"{name} {number}" for number in range(2, len(taken) + 3))) if one not in taken)


def _publishers(signers: Sequence[Signer], introduction: Introduction) -> list[JsonValue]:
    """Each holder by root and subject where there are roots; the keys of all others together, all of them needed."""
    if not introduction.roots:
        return [_key_publisher(signers)]
    plain = [signer for signer in signers if signer.certificate is None]
    found = [_holder(signer, introduction.roots) for signer in signers if signer.certificate is not None]
    return [*found, *([_key_publisher(plain)] if plain else [])]


def _key_publisher(signers: Sequence[Signer]) -> JsonValue:
    pins: list[JsonValue] = [
        {"key_id": one.key.key_id, "public_key": _pem(one.key.der, "PUBLIC KEY")} for one in signers
    ]
    return {"type": "key", "threshold": len(pins), "keys": pins}


def _holder(signer: Signer, files: Sequence[Path]) -> JsonValue:
    """Trust whoever has such a subject below these roots.

    Raises:
        ConfigError: the signer is not below them.
    """
    from plugintool.verify import certificate, chain  # noqa: PLC0415 - X.509 is slow to import

    assert signer.certificate is not None
    given = [
        certificate.read_certificate(der, what=str(path))
        for path in files
        for der in certificate.split_pem(_text(path), what=str(path))
    ]
    roots = [one for one in given if one.x509.issuer == one.x509.subject]
    between = [one for one in given if one not in roots]
    others = (*certificate.read_certificates(signer.others, what="the artifact"), *between)
    if not chain.leads_to(chain.Presented(signer.certificate, others), roots):
        raise ConfigError(
            "the signer's certificate does not lead to these roots",
            field="--root",
            expected=f"a root above {certificate.name_text(signer.certificate.x509.issuer)}",
            found=", ".join(one.name for one in roots) or "no certificate that issued itself",
            hint="the file may also hold the certificates in between",
        )
    wanted = {name: value for name, value in _subject(signer).items() if name in SUBJECT}
    middle: list[JsonValue] = [_pem(one.der) for one in others]
    return {
        "type": "x509",
        "threshold": 1,
        "subject": wanted,
        "roots": [_pem(one.der) for one in roots],
        "intermediates": middle,
    }


def _subject(signer: Signer) -> dict[str, JsonValue]:
    """Return the attributes that stand once: a policy cannot ask for others."""
    assert signer.certificate is not None
    names = [(part.rfc4514_attribute_name, str(part.value)) for part in signer.certificate.x509.subject]
    return {name: value for name, value in names if sum(one == name for one, _ in names) == 1}


def _pem(der: bytes, label: str = "CERTIFICATE") -> str:
    lines = textwrap.wrap(base64.b64encode(der).decode(), _PEM_WIDTH)
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])

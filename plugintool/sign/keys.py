"""Make a key pair and the trust policy that trusts it: three files, all of them or none, nothing overwritten."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from plugintool import jsontext
from plugintool.errors import ConfigError, OutputError, TrustPolicyError
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.sign.file_signer import PrivateKey, signer_of
from plugintool.tree.sink import output_errors
from plugintool.verify.keys import PublicKey
from plugintool.verify.policy_reader import parse_trust_policy

RSA_BITS = 3072
"""Bits of new RSA keys: the strength of P-256 (NIST SP 800-57)."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
PRIVATE_MODE, PUBLIC_MODE = 0o600, 0o644


class NewKeyKind(StrEnum):
    """Kinds of key that can be made."""

    ED25519 = "ed25519"
    P256 = "p256"
    RSA3072 = "rsa3072"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key pair that was made: its public half and its three files."""

    public_key: PublicKey
    key_file: Path
    public_file: Path
    policy_file: Path

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "key_id": self.public_key.key_id,
            "kind": self.public_key.kind.value,
            "key_file": str(self.key_file),
            "public_file": str(self.public_file),
            "policy_file": str(self.policy_file),
        }


def make_key(
    name: str, kind: NewKeyKind, *, directory: Path, scope: str = "*", passphrase: bytes | None = None
) -> NewKey:
    """Make ``NAME.key.pem`` (mode 0600), ``NAME.pub.pem`` and ``NAME.trust-policy.json`` in ``directory``.

    Args:
        name: of the files and of the policy.
        kind: of the key.
        directory: is created if need be.
        scope: the pattern of plugin names that the policy trusts the key for.
        passphrase: encrypts the private key; None leaves it in the clear.

    Raises:
        ConfigError: a name or scope that cannot be used.
        OutputError: one of the files exists, or cannot be written; then none was written.
    """
    if not _NAME.match(name):
        raise ConfigError("a key name of another form", field="NAME", expected="letters, digits and . _ -", found=name)
    private = _generate(kind)
    public_key = signer_of(private, path=name).public_key
    public_pem = public_pem_of(private)
    made = NewKey(
        public_key=public_key,
        key_file=directory / f"{name}.key.pem",
        public_file=directory / f"{name}.pub.pem",
        policy_file=directory / f"{name}.trust-policy.json",
    )
    policy = trust_policy_for(name, public_key, public_pem, scope=scope)
    contents = {
        made.key_file: _private_pem(private, passphrase),
        made.public_file: public_pem.encode(),
        made.policy_file: policy,
    }
    _write_all(directory, contents, made.key_file)
    return made


def public_pem_of(private: PrivateKey) -> str:
    """Return the public half in PEM form."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def trust_policy_for(name: str, key: PublicKey, public_pem: str, *, scope: str) -> bytes:
    """Return a trust policy that trusts one key for the plugins in ``scope``.

    Raises:
        ConfigError: a scope that cannot be used.
    """
    pin: JsonValue = {"key_id": key.key_id, "public_key": public_pem}
    policy: JsonValue = {
        "name": name,
        "scope": [scope],
        "level": "enforce",
        "publishers": [{"type": "key", "threshold": 1, "keys": [pin]}],
        "timestamp": "none",
        "crl": "off",
        "min_sequence": 0,
    }
    try:
        data = jsontext.pretty({"version": 1, "policies": [policy], "revoked": {"keys": [], "digests": []}})
        parse_trust_policy(data, path=f"{name}.trust-policy.json")
    except (TrustPolicyError, ValueError) as error:  # ValueError: an argument that is not valid UTF-8
        raise ConfigError("a scope that cannot be used", field="--for", found=scope, expected="as acme-*") from error
    return data


def _generate(kind: NewKeyKind) -> PrivateKey:
    if kind is NewKeyKind.ED25519:
        return ed25519.Ed25519PrivateKey.generate()
    if kind is NewKeyKind.P256:
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def _private_pem(private: PrivateKey, passphrase: bytes | None) -> bytes:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        encryption = serialization.BestAvailableEncryption(passphrase)
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def _write_all(directory: Path, contents: Mapping[Path, bytes], private: Path) -> None:
    """Create all files or none; an existing one is never touched."""
    taken = [path.name for path in contents if os.path.lexists(path)]
    if taken:
        raise OutputError(
            "a key of this name is already there, and keys are never overwritten",
            path=str(directory),
            found=", ".join(taken),
            hint="choose another name, or move the old files away",
        )
    written: list[Path] = []
    try:
        with output_errors(directory):
            os.makedirs(directory, exist_ok=True)
        for path, data in contents.items():
            with output_errors(path):
                _create(path, data, PRIVATE_MODE if path == private else PUBLIC_MODE, written)
    except BaseException:
        for path in written:
            with contextlib.suppress(OSError):
                path.unlink()
        raise


def _create(path: Path, data: bytes, mode: int, written: list[Path]) -> None:
    """Create one file; the mode holds from its first moment on."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, PRIVATE_MODE)
    written.append(path)
    with os.fdopen(handle, "wb") as target:
        target.write(data)
        target.flush()
        if hasattr(os, "fchmod"):
            os.fchmod(handle, mode)
        os.fsync(handle)

"""Make a key pair and the trust policy that trusts it: its files, all of them or none, nothing overwritten."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from plugintool import jsontext
from plugintool.errors import ConfigError, TrustPolicyError
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.sign.file_signer import PrivateKey, signer_of
from plugintool.sign.key_files import KeyFile, private_file, public_pem_of, write_all
from plugintool.verify.keys import PublicKey
from plugintool.verify.policy_reader import parse_trust_policy

if TYPE_CHECKING:
    import datetime as dt

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


class NewKeyKind(StrEnum):
    """Kinds of key that can be made; RSA from the strength of P-256 on (NIST SP 800-57)."""

    ED25519 = "ed25519"
    P256 = "p256"
    P384 = "p384"
    RSA3072 = "rsa3072"
    RSA4096 = "rsa4096"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key pair that was made: its public half and its files; a certificate only where one was asked for."""

    public_key: PublicKey
    key_file: Path
    public_file: Path
    policy_file: Path
    certificate_file: Path | None = None

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "key_id": self.public_key.key_id,
            "kind": self.public_key.kind.value,
            "key_file": str(self.key_file),
            "public_file": str(self.public_file),
            "policy_file": str(self.policy_file),
            "certificate_file": None if self.certificate_file is None else str(self.certificate_file),
        }


def make_key(  # noqa: PLR0913 - one for each thing to choose
    name: str,
    kind: NewKeyKind,
    *,
    directory: Path,
    scope: str = "*",
    passphrase: bytes | None = None,
    certified_at: dt.datetime | None = None,
) -> NewKey:
    """Make ``NAME.key.pem`` (mode 0600), ``NAME.pub.pem`` and ``NAME.trust-policy.json`` in ``directory``.

    Args:
        name: of the files and of the policy.
        kind: of the key.
        directory: is created if need be.
        scope: the pattern of plugin names that the policy trusts the key for.
        passphrase: encrypts the private key; None leaves it in the clear.
        certified_at: also make ``NAME.cert.pem``, a certificate that the key issues for itself at that moment: the
            signature of a bundle needs one, and a policy that pins the key does not look at who issued it.

    Raises:
        ConfigError: a name or scope that cannot be used.
        OutputError: one of the files exists, or cannot be written; then none was written.
    """
    if not _NAME.match(name):
        raise ConfigError("a key name of another form", field="NAME", expected="letters, digits and . _ -", found=name)
    private = generate(kind)
    public_key, public_pem = signer_of(private, path=name).public_key, public_pem_of(private)
    made = NewKey(
        public_key=public_key,
        key_file=directory / f"{name}.key.pem",
        public_file=directory / f"{name}.pub.pem",
        policy_file=directory / f"{name}.trust-policy.json",
        certificate_file=None if certified_at is None else directory / f"{name}.cert.pem",
    )
    contents = {
        made.key_file: private_file(private, passphrase),
        made.public_file: KeyFile(public_pem.encode()),
        made.policy_file: KeyFile(trust_policy_for(name, public_key, public_pem, scope=scope)),
    }
    if made.certificate_file is not None and certified_at is not None:
        contents[made.certificate_file] = KeyFile(_certify(name, private, certified_at))
    write_all(contents)
    return made


def trust_policy_for(name: str, key: PublicKey, public_pem: str, *, scope: str) -> bytes:
    """Return a trust policy that trusts one key for the plugins in ``scope``.

    Raises:
        ConfigError: a scope that cannot be used.
    """
    pin: JsonValue = {"key_id": key.key_id, "public_key": public_pem}
    rules: JsonObject = {
        "publishers": [{"type": "key", "threshold": 1, "keys": [pin]}],
        "timestamp": "none",
        "crl": "off",
        "min_sequence": 0,
    }
    return render_policy(name, scope, rules)


def render_policy(name: str, scope: str, rules: JsonObject) -> bytes:
    """Return a trust policy of one entry that is enforced.

    Raises:
        ConfigError: a scope that cannot be used.
    """
    policy: JsonValue = {"name": name, "scope": [scope], "level": "enforce", **rules}
    try:
        data = jsontext.pretty({"version": 1, "policies": [policy], "revoked": {"keys": [], "digests": []}})
        parse_trust_policy(data, path=f"{name}.trust-policy.json")
    except (TrustPolicyError, ValueError) as error:  # ValueError: an argument that is not valid UTF-8
        raise ConfigError("a scope that cannot be used", field="--for", found=scope, expected="as acme-*") from error
    return data


def _certify(name: str, private: PrivateKey, now: dt.datetime) -> bytes:
    from plugintool.sign import issue  # noqa: PLC0415 - X.509 is slow to import; most keys need none of it

    return issue.pem_of(
        [issue.self_issue(issue.name_of(name, name), private, profile=issue.SIGNER, now=now).certificate]
    )


def _rsa(bits: int) -> Callable[[], PrivateKey]:
    return lambda: rsa.generate_private_key(public_exponent=65537, key_size=bits)


_GENERATORS: Mapping[NewKeyKind, Callable[[], PrivateKey]] = {
    NewKeyKind.ED25519: ed25519.Ed25519PrivateKey.generate,
    NewKeyKind.P256: lambda: ec.generate_private_key(ec.SECP256R1()),
    NewKeyKind.P384: lambda: ec.generate_private_key(ec.SECP384R1()),
    NewKeyKind.RSA3072: _rsa(3072),
    NewKeyKind.RSA4096: _rsa(4096),
}


def generate(kind: NewKeyKind) -> PrivateKey:
    """Return a new private key."""
    return _GENERATORS[kind]()

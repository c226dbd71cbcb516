"""A small authority in a directory: enough for a shop of a few signers, and to walk the whole way without a network.

::

    DIR/root.key.pem           root.cert.pem            issues for the intermediate authority; keep its key offline
    DIR/intermediate.key.pem   intermediate.cert.pem    issues for signers
    DIR/signer.key.pem         signer.chain.pem         signs: its certificate and that of the intermediate authority
    DIR/time-root.key.pem      time-root.cert.pem       issues for the timestamp authority
    DIR/time.key.pem           time.chain.pem           stamps (``sign --timestamp-key DIR``)
    DIR/crls/root.crl          crls/intermediate.crl    who was revoked
    DIR/trust-policy.json                               trusts signers of this organization, by all of the above

There is no database: what was revoked stands in the lists, and the next list is made from the one before.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from plugintool.errors import OutputError
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.sign import issue
from plugintool.sign.issue import Holder, Profile, Wanted
from plugintool.sign.key_files import KeyFile, private_file, write_all
from plugintool.sign.keys import NewKeyKind, generate, render_policy
from plugintool.tree.place import aside
from plugintool.tree.sink import output_errors, sync_directory
from plugintool.verify.policy import CrlRule, TimestampWhen

POLICY_FILE: Final = "trust-policy.json"
LISTS: Final = "crls"
LIST_DAYS: Final = 90
"""How long a list counts as fresh; the policy gives some days more, so that a forgotten one does not stop all."""
GRACE_DAYS: Final = 14
_DIRECTORY_MODE = 0o700
_ROLES: Sequence[tuple[str, Profile, str | None]] = (
    ("root", issue.ROOT, None),
    ("intermediate", issue.INTERMEDIATE, "root"),
    ("signer", issue.SIGNER, "intermediate"),
    ("time-root", issue.TIME_ROOT, None),
    ("time", issue.TIME, "time-root"),
)
_SUFFIXES = {
    "root": "Root",
    "intermediate": "Code Signing",
    "signer": "Release",
    "time-root": "Time Root",
    "time": "Time Stamping",
}
_KINDS = {
    "root": NewKeyKind.RSA3072,
    "intermediate": NewKeyKind.RSA3072,
    "signer": NewKeyKind.RSA3072,
    "time-root": NewKeyKind.P256,
    "time": NewKeyKind.RSA3072,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAuthority:
    """An authority that was made.

    Attributes:
        directory: with all its files.
        organization: in all its names, and what the trust policy asks of signers.
        files: paths below the directory.
        private: those of them that must stay secret.
    """

    directory: Path
    organization: str
    files: tuple[str, ...]
    private: tuple[str, ...]

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "directory": str(self.directory),
            "organization": self.organization,
            "trust_policy": str(self.directory / POLICY_FILE),
            "files": list(self.files),
            "private": list(self.private),
        }


def make_authority(
    directory: Path, organization: str, *, now: dt.datetime, scope: str = "*", passphrase: bytes | None = None
) -> NewAuthority:
    """Make an authority in a new directory, all of it or nothing.

    Args:
        directory: must not be there, or be empty.
        organization: the ``O`` of all names.
        now: when all terms begin.
        scope: the pattern of plugin names that the trust policy trusts the signers for.
        passphrase: encrypts every private key; None leaves them in the clear.

    Raises:
        ConfigError: an organization or scope that cannot be used.
        OutputError: the directory is not empty, or cannot be written.
    """
    _check_free(directory)
    names = {role: issue.name_of(organization, f"{organization} {suffix}") for role, suffix in _SUFFIXES.items()}
    holders = _issue_all(names, now)
    contents = {
        **_files(holders, passphrase, now),
        POLICY_FILE: KeyFile(_policy(organization, scope, holders)),
    }
    _write_directory(directory, contents)
    return NewAuthority(
        directory=directory,
        organization=organization,
        files=tuple(contents),
        private=tuple(name for name, file in contents.items() if file.is_private),
    )


def _check_free(directory: Path) -> None:
    if os.path.lexists(directory) and not (os.path.isdir(directory) and not os.listdir(directory)):
        raise OutputError(
            "something is already there, and keys are never overwritten",
            path=str(directory),
            hint="choose another directory, or move the old one away",
        )


def _issue_all(names: Mapping[str, x509.Name], now: dt.datetime) -> dict[str, Holder]:
    keys = {role: generate(kind) for role, kind in _KINDS.items()}
    holders: dict[str, Holder] = {}
    for role, profile, above in _ROLES:
        if above is None:
            holders[role] = issue.self_issue(names[role], keys[role], profile=profile, now=now)
        else:
            wanted = Wanted(names[role], keys[role].public_key(), profile)
            holders[role] = Holder(keys[role], issue.make_certificate(wanted, holders[above].as_issuer, now=now))
    return holders


def _files(holders: Mapping[str, Holder], passphrase: bytes | None, now: dt.datetime) -> dict[str, KeyFile]:
    certificates = {role: holder.certificate for role, holder in holders.items()}
    found = {f"{role}.key.pem": private_file(holder.key, passphrase) for role, holder in holders.items()}
    for role in ("root", "intermediate", "time-root"):
        found[f"{role}.cert.pem"] = KeyFile(issue.pem_of([certificates[role]]))
    for role, above in (("signer", "intermediate"), ("time", "time-root")):
        found[f"{role}.chain.pem"] = KeyFile(issue.pem_of([certificates[role], certificates[above]]))
    for role in ("root", "intermediate"):
        empty = issue.make_list(holders[role], (), number=1, now=now, days=LIST_DAYS)
        found[f"{LISTS}/{role}.crl"] = KeyFile(empty.public_bytes(serialization.Encoding.DER))
    return found


def _policy(organization: str, scope: str, holders: Mapping[str, Holder]) -> bytes:
    pems: dict[str, list[JsonValue]] = {
        role: [issue.pem_of([holder.certificate]).decode()] for role, holder in holders.items()
    }
    publisher: JsonObject = {
        "type": "x509",
        "roots": pems["root"],
        "intermediates": pems["intermediate"],
        "subject": {"O": organization},
        "threshold": 1,
    }
    rules: JsonObject = {
        "publishers": [publisher],
        "timestamp": {"when": TimestampWhen.AFTER_EXPIRY.value, "roots": pems["time-root"]},
        "crl": {"rule": CrlRule.REQUIRE.value, "grace_days": GRACE_DAYS},
        "min_sequence": 0,
    }
    return render_policy("authority", scope, rules)


def _write_directory(directory: Path, contents: Mapping[str, KeyFile]) -> None:
    """Write aside and move, so that the directory is there with everything or not at all."""
    with output_errors(directory):
        os.makedirs(directory.parent, exist_ok=True)
        with aside(directory) as work:
            write_all({work.new / name: file for name, file in contents.items()})
            os.chmod(work.new, _DIRECTORY_MODE)
            if os.path.isdir(directory):
                os.rmdir(directory)
            os.rename(work.new, directory)
        sync_directory(directory.parent)

"""Make signing keys, and requests for their certificates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plugintool.author.credentials import SigningSource, check_sequence, open_signer, public_half
from plugintool.envelope.lineage import Lineage
from plugintool.jsontext import JsonObject
from plugintool.report import Report, collect
from plugintool.sign.keys import NewKey, NewKeyKind, make_key
from plugintool.verify.keys import PublicKey


def new_key(  # noqa: PLR0913 - one for each thing to choose
    name: str,
    *,
    kind: str,
    directory: Path,
    scope: str = "*",
    get_passphrase: Callable[[], bytes | None] | None = None,
    certified_at: dt.datetime | None = None,
) -> Report[NewKey]:
    """Make a key pair and the trust policy that trusts it.

    Args:
        name: of the files.
        kind: a value of ``NewKeyKind``.
        directory: where the files go.
        scope: the plugins that the trust policy trusts the key for.
        get_passphrase: returns what encrypts the private key, None for nothing.
        certified_at: when a certificate that the key issues for itself begins; None for no certificate.
    """

    def make(subject: str) -> NewKey:
        passphrase = get_passphrase() if get_passphrase else None
        return make_key(
            subject,
            NewKeyKind(kind),
            directory=directory,
            scope=scope,
            passphrase=passphrase,
            certified_at=certified_at,
        )

    return collect("keys new", [name], make)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """A request for a certificate that was written: its file, whom it names, and for which key."""

    file: Path
    subject: str
    public_key: PublicKey

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "file": str(self.file),
            "subject": self.subject,
            "key_id": self.public_key.key_id,
            "kind": self.public_key.kind.value,
        }


def new_request(source: SigningSource, *, subject: str, target: Path) -> Report[NewRequest]:
    """Write a request for a code-signing certificate, signed by the key that it is for.

    Args:
        source: whose key.
        subject: as ``O=Acme,CN=Acme Release``.
        target: the file; must not be there.
    """
    from plugintool.sign.key_files import KeyFile, write_all  # noqa: PLC0415 - X.509 is slow to import
    from plugintool.sign.request import make_request, parse_subject  # noqa: PLC0415

    def make(name: str) -> NewRequest:
        shown = parse_subject(subject).rfc4514_string()
        with open_signer(source) as signer:
            write_all({Path(name): KeyFile(make_request(signer, subject))})
            return NewRequest(file=Path(name), subject=shown, public_key=signer.public_key)

    return collect("keys csr", [str(target)], make)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A lineage file that was written: what it says, and where it is."""

    file: Path
    lineage: Lineage

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "file": str(self.file),
            "old_key_id": self.lineage.old,
            "new_key_id": self.lineage.new,
            "keeps_signing": self.lineage.keeps_signing,
            "sequence": self.lineage.sequence,
        }


def rotate_key(
    source: SigningSource, *, new_public_key: Path, keeps_signing: bool, sequence: int, target: Path | None = None
) -> Report[Rotation]:
    """Let a key name its successor, and write that into a lineage file.

    Args:
        source: the old key.
        new_public_key: PEM of the successor.
        keeps_signing: whether the old key may still sign.
        sequence: orders what the old key says, 1 to 2^53 - 1.
        target: the file; by default named as in an artifact, in the current directory. Must not be there.

    Raises:
        ConfigError: a sequence out of range.
    """
    from plugintool.sign.key_files import KeyFile, write_all  # noqa: PLC0415 - imports cryptography
    from plugintool.sign.lineage import sign_lineage  # noqa: PLC0415

    check_sequence(sequence)

    def make(_: str) -> Rotation:
        new_key = public_half(SigningSource(public_key=new_public_key))
        with open_signer(source) as signer:
            made = sign_lineage(signer, new_key, keeps_signing=keeps_signing, sequence=sequence)
        file = target or Path(made.path.name)
        write_all({file: KeyFile(made.data)})
        return Rotation(file=file, lineage=made.lineage)

    return collect("keys rotate", [str(new_public_key)], make)

"""Make signing keys, and requests for their certificates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plugintool.author.credentials import SigningSource, open_signer
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

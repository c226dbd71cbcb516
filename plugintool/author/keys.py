"""Make signing keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from plugintool.report import Report, collect
from plugintool.sign.keys import NewKey, NewKeyKind, make_key


def new_key(
    name: str, *, kind: str, directory: Path, scope: str = "*", get_passphrase: Callable[[], bytes | None] | None = None
) -> Report[NewKey]:
    """Make a key pair and the trust policy that trusts it.

    Args:
        name: of the files.
        kind: ``ed25519``, ``p256`` or ``rsa3072``.
        directory: where the files go.
        scope: the plugins that the trust policy trusts the key for.
        get_passphrase: returns what encrypts the private key, None for nothing.
    """

    def make(subject: str) -> NewKey:
        passphrase = get_passphrase() if get_passphrase else None
        return make_key(subject, NewKeyKind(kind), directory=directory, scope=scope, passphrase=passphrase)

    return collect("keys new", [name], make)

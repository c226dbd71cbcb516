"""Where the command line gets a passphrase from: a file, or a person at a terminal; never arguments or environment."""

from __future__ import annotations

import sys
from pathlib import Path

import click


def ask_from(passphrase_file: Path | None, *, path: Path | None = None, confirm: bool = False) -> bytes | None:
    """Return the passphrase in ``passphrase_file``, else what a person types; None without a terminal.

    Args:
        passphrase_file: a file, a pipe or ``/dev/fd/N``.
        path: the key that is asked for.
        confirm: ask twice.

    Raises:
        KeyUnavailableError: the file holds no passphrase.
    """
    if passphrase_file is not None:
        from plugintool.sign.file_signer import read_passphrase  # noqa: PLC0415 - start-up is a feature

        return read_passphrase(passphrase_file)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    shown = f"passphrase of {path}" if path else "passphrase"
    return str(click.prompt(shown, hide_input=True, confirmation_prompt=confirm, err=True)).encode()

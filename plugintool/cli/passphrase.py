"""Where the command line gets a passphrase from: a file, a descriptor, or a person at a terminal.

Never from arguments or the environment, where other processes and logs see it. A PIN of a token is one too.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")


class PassphraseSource:
    """What ``--passphrase-file`` and ``--passphrase-fd`` said; a descriptor is read once for all keys of a call."""

    def __init__(self, source: Path | int | None) -> None:
        self._source = source
        self._read: bytes | None = None

    @property
    def given(self) -> bytes | None:
        """The passphrase that encrypts a new key; None when neither option was given: then nobody is asked.

        Raises:
            KeyUnavailableError: there is none in the file.
        """
        if self._read is None and self._source is not None:
            self._read = ask_from(self._source)
        return self._read

    def ask(self, what: str) -> bytes | None:
        """Return the passphrase of ``what``, of a person if need be; None without a terminal.

        Raises:
            KeyUnavailableError: there is none in the file.
        """
        return ask_from(None, path=what) if self._source is None else self.given


def passphrase_options(function: Callable[P, R]) -> Callable[P, R]:
    """Give a command ``--passphrase-file`` and ``--passphrase-fd``, and the parameter ``passphrase``."""

    @click.option(
        "--passphrase-file",
        type=click.Path(path_type=Path, readable=False),
        help="The first line of FILE is the passphrase of the key, or the PIN of the token.",
    )
    @click.option("--passphrase-fd", type=click.IntRange(min=0), metavar="N", help="The same, from a descriptor.")
    @functools.wraps(function)
    def with_passphrase(*args: P.args, **kwargs: P.kwargs) -> R:
        file, descriptor = kwargs.pop("passphrase_file"), kwargs.pop("passphrase_fd")
        if file is not None and descriptor is not None:
            raise click.UsageError("--passphrase-file and --passphrase-fd exclude each other")
        assert isinstance(file, Path | None)
        assert isinstance(descriptor, int | None)
        kwargs["passphrase"] = PassphraseSource(descriptor if file is None else file)
        return function(*args, **kwargs)

    return with_passphrase


def ask_from(source: Path | int | None, *, path: Path | str | None = None, confirm: bool = False) -> bytes | None:
    """Return the passphrase in a file or descriptor, else what a person types; None without a terminal.

    Args:
        source: a file, a pipe, or the number of a descriptor.
        path: the key that is asked for.
        confirm: ask twice.

    Raises:
        KeyUnavailableError: the file holds no passphrase.
    """
    if source is not None:
        from plugintool.sign.file_signer import read_passphrase  # noqa: PLC0415 - start-up is a feature

        return read_passphrase(source)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    shown = f"passphrase of {path}" if path else "passphrase"
    return str(click.prompt(shown, hide_input=True, confirmation_prompt=confirm, err=True)).encode()

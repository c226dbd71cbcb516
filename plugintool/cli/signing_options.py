"""The options of every command that signs: where the key is, its certificates, who stamps, and the passphrase."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from plugintool.cli.passphrase import PassphraseSource, passphrase_options

if TYPE_CHECKING:
    from plugintool.author.credentials import SigningSource

P = ParamSpec("P")
R = TypeVar("R")
FILE = click.Path(path_type=Path, readable=False)


def key_options(function: Callable[P, R]) -> Callable[P, R]:
    """Give a command ``--key``, ``--signer-command``, ``--public-key``, those of passphrases, and ``source``."""

    @click.option(
        "--key", metavar="FILE|pkcs11:URI", help="The private key: a PEM file, or a key in a token (RFC 7512)."
    )
    @click.option(
        "--signer-command", metavar="CMD", help="A program that signs; {message}, {digest}, {signature} are files."
    )
    @click.option("--public-key", type=FILE, help="The public key of who signs elsewhere, a PEM file.")
    @passphrase_options
    @functools.wraps(function)
    def with_key(*args: P.args, **kwargs: P.kwargs) -> R:
        from plugintool.author.credentials import SigningSource  # noqa: PLC0415 - start-up is a feature

        passphrase = kwargs.pop("passphrase")
        assert isinstance(passphrase, PassphraseSource)
        said = {name: kwargs.pop(name) for name in ("key", "signer_command", "public_key")}
        kwargs["source"] = SigningSource(ask=passphrase.ask, **said)  # type: ignore[arg-type]
        return function(*args, **kwargs)

    return with_key


def signing_options(function: Callable[P, R]) -> Callable[P, R]:
    """The same, with ``--certificate-chain``, ``--timestamp-url``, ``--timestamp-key`` and ``--lineage``."""

    @key_options
    @click.option("--certificate-chain", type=FILE, help="The certificates of the key, PEM, in any order.")
    @click.option(
        "--timestamp-url", metavar="URL", help="Uses the network: an authority there stamps the signature (RFC 3161)."
    )
    @click.option("--timestamp-key", type=FILE, metavar="DIR", help="Stamp with the key that keys new-ca made in DIR.")
    @click.option("--lineage", multiple=True, type=FILE, help="A file of keys rotate, to travel with trees.")
    @functools.wraps(function)
    def with_all(*args: P.args, **kwargs: P.kwargs) -> R:
        from dataclasses import replace  # noqa: PLC0415 - start-up is a feature

        source: SigningSource = kwargs["source"]  # type: ignore[assignment]
        said = {name: kwargs.pop(name) for name in ("certificate_chain", "timestamp_url", "timestamp_key")}
        kwargs["source"] = replace(source, **said, lineages=kwargs.pop("lineage"))  # type: ignore[arg-type]
        return function(*args, **kwargs)

    return with_all

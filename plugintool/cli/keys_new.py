"""``plugintool keys new``: make a key pair and the trust policy that trusts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.sign.keys import NewKey

KINDS = ("ed25519", "p256", "rsa3072")


@click.command(
    short_help="make a key pair and the trust policy that trusts it",
    epilog="""\b
Examples:
  plugintool keys new release
  plugintool keys new release --for 'acme-*' --passphrase-file pass.txt --out ~/keys
  plugintool keys new release --kind rsa3072 --format json

The private key is written in the clear unless a passphrase is given; keep it where only the release can read it.

Exit codes: 0 done, 1 a file is already there or cannot be written, 2 usage.""",
)
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), default="ed25519", show_default=True, help="Kind of key.")
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, readable=False),
    help="Encrypt the private key with the first line of FILE.",
)
@click.option(
    "--out",
    "directory",
    type=click.Path(path_type=Path, readable=False),
    default=Path(),
    help="Directory for the files; default here.",
)
@click.option("--for", "scope", default="*", show_default=True, metavar="PATTERN", help="Plugins to trust the key for.")
@output_options
def command(*, name: str, kind: str, passphrase_file: Path | None, directory: Path, scope: str, output: Output) -> None:
    """Make NAME.key.pem, NAME.pub.pem and NAME.trust-policy.json; nothing is overwritten."""
    from plugintool.author.keys import new_key  # noqa: PLC0415 - start-up is a feature
    from plugintool.cli.passphrase import ask_from  # noqa: PLC0415

    get_passphrase = (lambda: ask_from(passphrase_file)) if passphrase_file else None
    report = new_key(name, kind=kind, directory=directory, scope=scope, get_passphrase=get_passphrase)
    output.emit(report, _lines)


def _lines(made: NewKey) -> Iterator[str]:
    yield f"key id {made.public_key.key_id} ({made.public_key.kind.value})"
    yield f"  {escape(str(made.key_file))}: the private key; keep it secret"
    yield f"  {escape(str(made.public_file))}: the public key"
    yield f"  {escape(str(made.policy_file))}: the trust policy that trusts it"
    yield f"next: plugintool sign TREE --key {escape(str(made.key_file))}"

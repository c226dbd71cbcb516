"""``plugintool keys new``: make a key pair and the trust policy that trusts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.passphrase import PassphraseSource, passphrase_options
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.sign.keys import NewKey

KINDS = ("ed25519", "p256", "p384", "rsa3072", "rsa4096")


@click.command(
    short_help="make a key pair and the trust policy that trusts it",
    epilog="""\b
Examples:
  plugintool keys new release
  plugintool keys new release --for 'acme-*' --passphrase-file pass.txt --out ~/keys
  plugintool keys new bundles --kind rsa3072 --certificate --format json

The private key is written in the clear unless a passphrase is given; keep it where only the release can read it.

Exit codes: 0 done, 1 a file is already there or cannot be written, 2 usage.""",
)
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), default="ed25519", show_default=True, help="Kind of key.")
@click.option("--certificate", is_flag=True, help="Also a certificate, which the signature of a bundle needs.")
@passphrase_options
@click.option(
    "--out",
    "directory",
    type=click.Path(path_type=Path, readable=False),
    default=Path(),
    help="Directory for the files; default here.",
)
@click.option("--for", "scope", default="*", show_default=True, metavar="PATTERN", help="Plugins to trust the key for.")
@output_options
def command(
    *,
    name: str,
    kind: str,
    certificate: bool,
    passphrase: PassphraseSource,
    directory: Path,
    scope: str,
    output: Output,
) -> None:
    """Make NAME.key.pem, NAME.pub.pem and NAME.trust-policy.json; nothing is overwritten."""
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.author.keys import new_key  # noqa: PLC0415

    certified_at = clock.utc_now() if certificate else None
    report = new_key(
        name,
        kind=kind,
        directory=directory,
        scope=scope,
        get_passphrase=lambda: passphrase.given,
        certified_at=certified_at,
    )
    output.emit(report, _lines)


def _lines(made: NewKey) -> Iterator[str]:
    yield f"key id {made.public_key.key_id} ({made.public_key.kind.value})"
    yield f"  {escape(str(made.key_file))}: the private key; keep it secret"
    yield f"  {escape(str(made.public_file))}: the public key"
    yield f"  {escape(str(made.policy_file))}: the trust policy that trusts it"
    if made.certificate_file is None:
        yield f"next: plugintool sign TREE --key {escape(str(made.key_file))}"
        return
    chain = escape(str(made.certificate_file))
    yield f"  {chain}: its certificate, issued by itself"
    yield f"next: plugintool sign BUNDLE --key {escape(str(made.key_file))} --certificate-chain {chain}"

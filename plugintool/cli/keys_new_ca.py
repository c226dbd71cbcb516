"""``plugintool keys new-ca``: make a small authority with everything that signing needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.passphrase import PassphraseSource, passphrase_options
from plugintool.cli.render.text import escape
from plugintool.cli.signing_options import FILE

if TYPE_CHECKING:
    from plugintool.sign.authority import NewAuthority


@click.command(
    short_help="make a small authority with everything that signing needs",
    epilog="""\b
Examples:
  plugintool keys new-ca authority --organization Acme
  plugintool keys new-ca authority --organization Acme --for 'acme-*' --passphrase-file pass.txt

For a shop of a few signers, and for tests. In DIR are afterwards: a root, an authority below it, a
signer (RSA, so that it can sign bundles too), a timestamp authority with a root of its own, empty
revocation lists, and the trust policy that trusts all this. One passphrase encrypts all private
keys. Take root.key.pem and time-root.key.pem offline.

Exit codes: 0 done, 1 DIR is not empty or cannot be written, 2 usage.""",
)
@click.argument("directory", type=FILE, metavar="DIR")
@click.option("--organization", required=True, help="Stands in every name, and the trust policy asks for it.")
@click.option("--for", "scope", default="*", show_default=True, metavar="PATTERN", help="Plugins to trust signers for.")
@passphrase_options
@output_options
def command(*, directory: Path, organization: str, scope: str, passphrase: PassphraseSource, output: Output) -> None:
    """Make an authority in DIR, all of it or nothing."""
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.author.authority import new_authority  # noqa: PLC0415

    report = new_authority(
        directory, organization, now=clock.utc_now(), scope=scope, get_passphrase=lambda: passphrase.given
    )
    output.emit(report, _lines)


def _lines(made: NewAuthority) -> Iterator[str]:
    where = escape(str(made.directory))
    yield f"an authority for {escape(made.organization)}"
    for name in made.files:
        note = ": private; keep it secret" if name in made.private else ""
        yield f"  {escape(str(made.directory / name))}{note}"
    yield (
        f"next: plugintool sign ARTIFACT --key {where}/signer.key.pem --certificate-chain {where}/signer.chain.pem"
        f" --timestamp-key {where}"
    )

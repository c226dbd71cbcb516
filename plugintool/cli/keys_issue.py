"""``plugintool keys issue``: grant a request for a certificate by a small authority."""

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
    from plugintool.sign.certify import IssuedCertificate


@click.command(
    short_help="grant a request for a certificate by a small authority",
    epilog="""\b
Examples:
  plugintool keys issue release.csr --ca authority --out release.chain.pem
  plugintool keys issue release.csr --ca authority --days 90 --out chain.pem

Whatever else the request asks for, the certificate is for signing code. Look at the request
first, and be sure of whom it is from: openssl req -in release.csr -noout -text

Exit codes: 0 done, 1 not granted, or a file is already there, 2 usage.""",
)
@click.argument("request", type=FILE, metavar="REQUEST")
@click.option("--ca", required=True, type=FILE, metavar="DIR", help="The directory of the authority (keys new-ca).")
@click.option("--out", "target", required=True, type=FILE, help="The file for the certificates; never overwritten.")
@click.option("--days", type=int, help="For how long; 365 when left out.")
@passphrase_options
@output_options
def command(
    *, request: Path, ca: Path, target: Path, days: int | None, passphrase: PassphraseSource, output: Output
) -> None:
    """Issue a code-signing certificate for the key and name in REQUEST."""
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.author.authority import grant  # noqa: PLC0415

    output.emit(grant(request, ca, target, now=clock.utc_now(), days=days, ask=passphrase.ask), _lines)


def _lines(made: IssuedCertificate) -> Iterator[str]:
    yield f"{escape(str(made.file))}: {escape(made.subject)}, until {made.not_after:%Y-%m-%d}"
    yield f"  key id  {made.key_id}"
    yield f"  serial  {made.serial}"

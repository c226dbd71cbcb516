"""``plugintool keys csr``: request a code-signing certificate for a key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape
from plugintool.cli.signing_options import FILE, key_options

if TYPE_CHECKING:
    from plugintool.author.credentials import SigningSource
    from plugintool.author.keys import NewRequest


@click.command(
    short_help="request a code-signing certificate for a key",
    epilog="""\b
Examples:
  plugintool keys csr --key release.key.pem --subject "O=Acme,CN=Acme Release" --out release.csr
  plugintool keys csr --key 'pkcs11:object=k?module-path=hsm.so' --subject O=Acme --out k.csr

The authority that gets the request answers with certificates: sign --certificate-chain takes them.

Exit codes: 0 done, 1 no key, or a file is already there, 2 usage.""",
)
@key_options
@click.option("--subject", required=True, help="Whom the certificate names, as O=Acme,CN=Acme Release.")
@click.option("--out", "target", required=True, type=FILE, help="The file for the request (PEM); never overwritten.")
@output_options
def command(*, source: SigningSource, subject: str, target: Path, output: Output) -> None:
    """Write a request (PKCS #10) for a certificate that may sign code, signed by the key."""
    from plugintool.author.keys import new_request  # noqa: PLC0415 - start-up is a feature

    output.emit(new_request(source, subject=subject, target=target), _lines)


def _lines(made: NewRequest) -> Iterator[str]:
    yield f"{escape(str(made.file))}: a request for {escape(made.subject)}"
    yield f"  key id  {made.public_key.key_id} ({made.public_key.kind.value})"

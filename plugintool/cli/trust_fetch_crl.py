"""``plugintool trust fetch-crl``: fetch the revocation lists that a trust policy needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.author.trust_lists import FetchedList

_PATH = click.Path(path_type=Path, readable=False)


@click.command(
    short_help="fetch the revocation lists that a trust policy needs",
    epilog="""\b
Examples:
  plugintool trust fetch-crl trust-policy.json
  plugintool trust fetch-crl trust-policy.json --from acme-tools-1.2.0.zip --out crls

This command uses the network: it asks the http addresses in the certificates, directly (no proxy,
no redirects). Lists are signed, so nothing depends on the way that they came.

Exit codes: 0 all are there, 1 one cannot be had (the others are written), 2 usage,
3 the trust policy cannot be used.""",
)
@click.argument("policy", type=_PATH)
@click.option(
    "--from", "artifacts", multiple=True, type=_PATH, metavar="ARTIFACT", help="Also ask for the signers of ARTIFACT."
)
@click.option("--out", type=_PATH, metavar="DIR", help="Where to put them; default crls beside POLICY.")
@click.option("--dry-run", is_flag=True, help="Fetch and check, but write nothing.")
@output_options
def command(*, policy: Path, artifacts: tuple[Path, ...], out: Path | None, dry_run: bool, output: Output) -> None:
    """Fetch the list at each CRL distribution point of the certificates in POLICY, check and keep it."""
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.author.trust_lists import fetch_lists  # noqa: PLC0415

    report = fetch_lists(policy, now=clock.utc_now(), artifacts=artifacts, out=out, dry_run=dry_run)
    output.emit(report, _lines)


def _lines(got: FetchedList) -> Iterator[str]:
    would = "would be " if got.dry_run and got.action != "unchanged" else ""
    number = "without a number" if got.number is None else f"number {got.number}"
    due = "no next update" if got.next_update is None else f"next update {got.next_update:%Y-%m-%d}"
    late = "" if got.is_fresh else click.style(" (not fresh)", fg="red")
    yield f"{escape(str(got.file))}  {would}{got.action}  {escape(got.issuer)}"
    yield f"  {number}, {got.revoked} revoked, {due}{late}"

"""``plugintool keys revoke``: revoke certificates of a small authority and renew its lists."""

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
    from plugintool.sign.revoke import IssuedList

REASONS = (
    "key-compromise",
    "superseded",
    "cessation-of-operation",
    "affiliation-changed",
    "privilege-withdrawn",
    "ca-compromise",
)


@click.command(
    short_help="revoke certificates of a small authority and renew its lists",
    epilog="""\b
Examples:
  plugintool keys revoke authority/signer.chain.pem --ca authority --since 2026-11-20
  plugintool keys revoke old.pem --ca authority --reason superseded
  plugintool keys revoke --ca authority   # only renew the lists, before they are no longer fresh

With the reason key-compromise nothing counts that the key has signed, but for what was stamped
before --since. Without CERTIFICATE each list whose key is there gets the next number and a new
term. Give the lists in DIR/crls to the devices, beside their trust policy.

Exit codes: 0 done, 1 not revoked, 2 usage.""",
)
@click.argument("certificates", nargs=-1, type=FILE, metavar="[CERTIFICATE]...")
@click.option("--ca", required=True, type=FILE, metavar="DIR", help="The directory of the authority (keys new-ca).")
@click.option(
    "--reason",
    type=click.Choice(REASONS),
    default=REASONS[0],
    show_default=True,
    metavar="REASON",
    help=f"Why: {', '.join(REASONS)}.",
)
@click.option("--since", metavar="TIME", help="When the trouble began (RFC 3339), as far as that is known.")
@passphrase_options
@output_options
def command(
    *,
    certificates: tuple[Path, ...],
    ca: Path,
    reason: str,
    since: str | None,
    passphrase: PassphraseSource,
    output: Output,
) -> None:
    """Put each CERTIFICATE on the revocation list of the authority that issued it."""
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.author.authority import revoke  # noqa: PLC0415
    from plugintool.sign.revoke import Revocation  # noqa: PLC0415

    try:
        moment = clock.parse_utc(since) if since else None
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(f"no RFC 3339 time: {error}", param_hint="--since") from error
    report = revoke(certificates, ca, Revocation(reason, moment), now=clock.utc_now(), ask=passphrase.ask)
    output.emit(report, _lines)


def _lines(made: IssuedList) -> Iterator[str]:
    what = f"revoked {escape(made.certificate)}, serial {made.serial}" if made.certificate else "renewed"
    yield f"{escape(str(made.file))}: {what}"
    yield f"  number {made.number}, {made.revoked} revoked, fresh until {made.next_update:%Y-%m-%d}"

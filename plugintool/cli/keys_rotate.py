"""``plugintool keys rotate``: let a key name its successor."""

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
    from plugintool.author.keys import Rotation


@click.command(
    short_help="let a key name its successor",
    epilog="""\b
Examples:
  plugintool keys rotate --key old.key.pem --new-public-key new.pub.pem   # old signs no more
  plugintool keys rotate --key old.key.pem --new-public-key new.pub.pem --keep sign
  plugintool sign dist/org-plugins --key new.key.pem --lineage lineage.5d33cae6.sigstore.json

Once a device has installed a release with a lineage that keeps nothing, it never trusts the old key again.

Exit codes: 0 done, 1 no key, or a file is already there, 2 usage.""",
)
@key_options
@click.option("--new-public-key", required=True, type=FILE, help="The successor, a PEM file.")
@click.option("--keep", type=click.Choice(["sign"]), help="A right that the old key keeps; none when left out.")
@click.option("--sequence", type=int, help="Orders what the old key says; the Unix time when left out.")
@click.option("--out", "target", type=FILE, help="The file; default lineage.<8 digits>.sigstore.json here.")
@output_options
def command(
    *,
    source: SigningSource,
    new_public_key: Path,
    keep: str | None,
    sequence: int | None,
    target: Path | None,
    output: Output,
) -> None:
    """Write a lineage file: the old key says which key comes after it. It travels with signed trees."""
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.author.keys import rotate_key  # noqa: PLC0415

    report = rotate_key(
        source,
        new_public_key=new_public_key,
        keeps_signing=keep is not None,
        sequence=int(clock.utc_now().timestamp()) if sequence is None else sequence,
        target=target,
    )
    output.emit(report, _lines)


def _lines(made: Rotation) -> Iterator[str]:
    lineage = made.lineage
    yield f"{escape(str(made.file))}: the successor of a key, sequence {lineage.sequence}"
    yield f"  old key id  {lineage.old} ({'still signs' if lineage.keeps_signing else 'signs no more'})"
    yield f"  new key id  {lineage.new}"
    yield f"next: plugintool sign TREE --key NEW --lineage {escape(str(made.file))}"

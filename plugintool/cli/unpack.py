"""``plugintool unpack``: take a bundle or an archive apart, strictly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.author.unpack import Unpacked


@click.command(
    short_help="unpack a bundle or an archive, strictly",
    epilog="""\b
Examples:
  plugintool unpack clock-2.0.0.mcpb clock          a bundle, signed or not
  plugintool unpack dist/acme-tools-1.2.0.zip out   an archive of ours
  plugintool unpack download.zip out --format json  with digests

DIR must not exist. What two zip readers could understand differently, what
leaves DIR, and links in any spelling are refused with the number of a rule
(plugintool explain C06); then nothing is written. Nothing is verified:
plugintool verify does that.

Exit codes: 0 done, 1 refused or not written, 2 usage.""",
)
@click.argument("file", type=click.Path(path_type=Path, readable=False), metavar="FILE")
@click.argument("target", type=click.Path(path_type=Path, readable=False), metavar="DIR")
@output_options
def command(*, file: Path, target: Path, output: Output) -> None:
    """Unpack the bundle, archive or zip FILE into the new directory DIR: all of it or nothing."""
    from plugintool.author.unpack import unpack  # noqa: PLC0415 - start-up is a feature

    output.emit(unpack(file, target), _lines)


def _lines(unpacked: Unpacked) -> Iterator[str]:
    title = " ".join(filter(None, (unpacked.kind, escape(unpacked.name), escape(unpacked.version))))
    count = len(unpacked.files)
    files = f"{count} file{'s' if count != 1 else ''} ({unpacked.size} bytes)"
    yield f"unpacked {title}, {files}, into {escape(str(unpacked.root))}"
    if unpacked.is_signed:
        yield "  a signature block is there and was not verified"
    for file in unpacked.files:
        yield f"  {escape(file.path)}{'  (executable)' if file.executable else ''}"

"""``plugintool pack``: pack built trees into archives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.release_options import out_option
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.build.archive import Packed


@click.command(
    short_help="pack built trees into archives",
    epilog="""\b
Examples:
  plugintool pack dist/org-plugins/acme-tools      into dist/
  plugintool pack dist/org-plugins                 every tree in it
  plugintool pack dist/org-plugins/acme-tools --store --out release

The same tree gives the same bytes. With --store that holds whatever libraries are installed.

Exit codes: 0 done, 1 not packed, 2 usage.""",
)
@click.argument("trees", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False), metavar="TREE...")
@out_option()
@click.option("--store", is_flag=True, help="Compress nothing.")
@output_options
def command(*, trees: tuple[Path, ...], out: Path, store: bool, output: Output) -> None:
    """Pack each TREE that plugintool build wrote, signed or not."""
    from plugintool.author.pack import pack_trees  # noqa: PLC0415 - start-up is a feature

    output.emit(pack_trees(trees, out=out, store=store), _lines)


def _lines(packed: Packed) -> Iterator[str]:
    signed = f"{packed.signatures} signature file{'s' if packed.signatures != 1 else ''}"
    yield (
        f"packed {escape(packed.name)} {escape(packed.version)}".rstrip()
        + f", {signed if packed.signatures else 'unsigned'}"
    )
    yield f"  archive  {escape(str(packed.path))} ({packed.size} bytes)"
    yield f"  sha256   {packed.sha256}"
    yield f"  record   {packed.record.digest}"

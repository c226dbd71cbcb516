"""``plugintool sign``: sign built trees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.sign.sign import SignedTree


@click.command(
    short_help="sign built trees",
    epilog="""\b
Examples:
  plugintool sign dist/org-plugins/acme-tools --key release.key.pem
  plugintool sign dist/org-plugins --key release.key.pem --passphrase-file pass.txt --sequence 12
  plugintool sign dist/org-plugins/acme-tools --key second.key.pem   # a further signature

A further key signs the same statement. A tree that was changed is refused: build it again first.

Exit codes: 0 done (also when the key had signed this content before), 1 not signed, 2 usage.""",
)
@click.argument("trees", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False), metavar="TREE...")
@click.option(
    "--key", required=True, type=click.Path(path_type=Path, readable=False), help="The private key, a PEM file."
)
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, readable=False),
    help="The first line of FILE decrypts the key; /dev/fd/N works.",
)
@click.option(
    "--sequence", type=int, help="Orders the releases of a plugin and must grow; the Unix time when left out."
)
@click.option("--dry-run", is_flag=True, help="Do everything but write.")
@output_options
def command(
    *,
    trees: tuple[Path, ...],
    key: Path,
    passphrase_file: Path | None,
    sequence: int | None,
    dry_run: bool,
    output: Output,
) -> None:
    """Sign each TREE that plugintool build wrote and verify the result."""
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.author.sign import sign_trees  # noqa: PLC0415
    from plugintool.cli.passphrase import ask_from  # noqa: PLC0415
    from plugintool.sign.file_signer import KeySource  # noqa: PLC0415

    report = sign_trees(
        trees,
        key=KeySource(key, lambda path: ask_from(passphrase_file, path=path)),
        now=clock.utc_now(),
        sequence=sequence,
        dry_run=dry_run,
    )
    output.emit(report, lambda signed: _lines(signed, dry_run=dry_run))


def _lines(signed: SignedTree, *, dry_run: bool) -> Iterator[str]:
    statement = signed.statement
    verb = "already signed" if not signed.is_new else "would sign" if dry_run else "signed"
    yield f"{verb} {escape(statement.name)} {escape(statement.version)}".rstrip() + f", sequence {statement.sequence}"
    yield f"  file    {escape(str(signed.tree / signed.file))} ({signed.signatures} in all)"
    yield f"  key id  {signed.key_id}"
    yield f"  record  {statement.digest}"

"""``plugintool bump``: the next version, in all places at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.author.bump import Bumped


@click.command(
    short_help="set the next version in all places at once",
    epilog="""\b
Examples:
  plugintool bump                        1.2.3 becomes 1.2.4
  plugintool bump minor acme-tools       1.2.3 becomes 1.3.0
  plugintool bump minor --pre rc         1.2.3 becomes 1.3.0-rc.1
  plugintool bump pre                    1.3.0-rc.1 becomes 1.3.0-rc.2
  plugintool bump 2.0.0 --dry-run        show the changes only

The version stands in the plugin manifest, the entry of the marketplace.json above it, the manifests of its
bundles, and their package.json, pyproject.toml and lock files. Nothing else in them is touched.

Exit codes: 0 done, 1 the places disagree or a file cannot be written, 2 usage.""",
)
@click.argument("to", default="patch", metavar="[major|minor|patch|pre|VERSION]")
@click.argument("path", default=".", type=click.Path(path_type=Path, readable=False), metavar="[PATH]")
@click.option("--pre", "label", default="", metavar="LABEL", help="Make it a pre-release, as rc.")
@click.option("--force", is_flag=True, help="Set all places although they disagree; also an older version.")
@click.option("--dry-run", is_flag=True, help="Show the changes as a patch; write nothing.")
@output_options
def command(*, to: str, path: Path, label: str, force: bool, dry_run: bool, output: Output) -> None:
    """Raise a part of the version of the plugin or the bundle at PATH, or set VERSION."""
    from plugintool.author.bump import BumpRequest, bump  # noqa: PLC0415 - start-up is a feature

    part = "" if to == "pre" else to
    output.emit(bump(path, BumpRequest(to=part, label=label, force=force, dry_run=dry_run)), _lines)


def _lines(bumped: Bumped) -> Iterator[str]:
    if bumped.dry_run and bumped.diff:
        yield from map(escape, bumped.diff.removesuffix("\n").split("\n"))
        return
    verb = "would set" if bumped.dry_run else "set"
    yield f"{verb} {escape(bumped.new)}" + (f", after {escape(bumped.old)}" if bumped.old else "")
    for path, field, old in bumped.places:
        note = "" if old == bumped.old else f"  (was {escape(old or 'missing')})"
        yield f"  {escape(path)} {escape(field)}{note}"

"""``plugintool new command``."""

from __future__ import annotations

from pathlib import Path

import click

from plugintool.cli.new_options import EXIT_CODES, add_component, component_options
from plugintool.cli.output import Output


@click.command(
    name="command",
    short_help="add a slash command to a plugin",
    epilog=f"""\b
Examples:
  plugintool new command find-dead-code
  plugintool new command changelog --description 'Write the changelog' --plugin acme-review

{EXIT_CODES}""",
)
@click.option("--description", default="", metavar="TEXT", help="What it does, in one line.")
@component_options
def command(*, name: str, plugin: Path, description: str, dry_run: bool, output: Output) -> None:
    """Add the slash command NAME: commands/NAME.md."""
    from plugintool.author.new import ComponentRequest  # noqa: PLC0415 - start-up is a feature

    add_component(
        output, ComponentRequest(kind="command", name=name, plugin=plugin, description=description, dry_run=dry_run)
    )

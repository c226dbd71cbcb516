"""``plugintool new agent``."""

from __future__ import annotations

from pathlib import Path

import click

from plugintool.cli.new_options import EXIT_CODES, add_component, component_options
from plugintool.cli.output import Output


@click.command(
    name="agent",
    short_help="add an agent to a plugin",
    epilog=f"""\b
Examples:
  plugintool new agent release-checker
  plugintool new agent test-writer --description 'Writes tests for a change' --plugin acme-review

{EXIT_CODES}""",
)
@click.option("--description", default="", metavar="TEXT", help="When Claude should call it, in one line.")
@component_options
def command(*, name: str, plugin: Path, description: str, dry_run: bool, output: Output) -> None:
    """Add the agent NAME: agents/NAME.md."""
    from plugintool.author.new import ComponentRequest  # noqa: PLC0415 - start-up is a feature

    add_component(
        output, ComponentRequest(kind="agent", name=name, plugin=plugin, description=description, dry_run=dry_run)
    )

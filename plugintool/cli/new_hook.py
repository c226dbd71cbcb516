"""``plugintool new hook``."""

from __future__ import annotations

from pathlib import Path

import click

from plugintool.cli.new_options import EXIT_CODES, add_component, component_options
from plugintool.cli.output import Output


@click.command(
    name="hook",
    short_help="add a hook with its script to a plugin",
    epilog=f"""\b
Examples:
  plugintool new hook check-edits
  plugintool new hook session-context --event SessionStart --plugin acme-review

{EXIT_CODES}""",
)
@click.option(
    "--event",
    type=click.Choice(["PostToolUse", "SessionStart"]),
    default="PostToolUse",
    show_default=True,
    help="When it runs: after each edit, or when a session starts.",
)
@component_options
def command(*, name: str, plugin: Path, event: str, dry_run: bool, output: Output) -> None:
    """Add the hook NAME: scripts/NAME.sh, and an entry in hooks/hooks.json that runs it.

    PostToolUse runs after each edit and reports conflict markers that were left behind; SessionStart describes the
    repository at the start of a session. Both read only.
    """
    from plugintool.author.new import ComponentRequest  # noqa: PLC0415 - start-up is a feature

    add_component(output, ComponentRequest(kind="hook", name=name, plugin=plugin, event=event, dry_run=dry_run))

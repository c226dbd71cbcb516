"""``plugintool new skill``."""

from __future__ import annotations

from pathlib import Path

import click

from plugintool.cli.new_options import EXIT_CODES, add_component, component_options
from plugintool.cli.output import Output


@click.command(
    name="skill",
    short_help="add a skill to a plugin",
    epilog=f"""\b
Examples:
  plugintool new skill release-notes
  plugintool new skill triage --description 'Sorts new issues by urgency' --plugin acme-review

{EXIT_CODES}""",
)
@click.option("--description", default="", metavar="TEXT", help="What it does and when to use it, in one line.")
@component_options
def command(*, name: str, plugin: Path, description: str, dry_run: bool, output: Output) -> None:
    """Add the skill NAME: skills/NAME/SKILL.md."""
    from plugintool.author.new import ComponentRequest  # noqa: PLC0415 - start-up is a feature

    add_component(
        output, ComponentRequest(kind="skill", name=name, plugin=plugin, description=description, dry_run=dry_run)
    )

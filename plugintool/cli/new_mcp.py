"""``plugintool new mcp``."""

from __future__ import annotations

from pathlib import Path

import click

from plugintool.cli.new_options import EXIT_CODES, add_component, component_options
from plugintool.cli.output import Output


@click.command(
    name="mcp",
    short_help="add a remote MCP server to a plugin",
    epilog=f"""\b
Examples:
  plugintool new mcp search --url https://mcp.acme.test/search
  plugintool new mcp search --url '${{ACME_SEARCH_URL}}' --plugin acme-review

{EXIT_CODES}""",
)
@click.option("--url", required=True, metavar="URL", help="Address of the server; https, or a variable.")
@component_options
def command(*, name: str, plugin: Path, url: str, dry_run: bool, output: Output) -> None:
    """Add the remote MCP server NAME to .mcp.json."""
    from plugintool.author.new import ComponentRequest  # noqa: PLC0415 - start-up is a feature

    add_component(output, ComponentRequest(kind="mcp", name=name, plugin=plugin, url=url, dry_run=dry_run))

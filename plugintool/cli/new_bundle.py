"""``plugintool new bundle``."""

from __future__ import annotations

from pathlib import Path

import click

from plugintool.cli.new_options import EXIT_CODES, finish
from plugintool.cli.output import Output, output_options

SERVERS = ("node", "python", "binary", "uv")
"""As in ``scaffold.compose``, kept here so that ``--help`` imports nothing; a test compares them."""


@click.command(
    name="bundle",
    short_help="scaffold a bundle with a local MCP server, by itself or in a plugin",
    epilog=f"""\b
Examples:
  plugintool new bundle word-tools
  plugintool new bundle word-tools --server python --author "Acme <plugins@acme.test>"
  plugintool new bundle word-tools --server uv --into code-reviewer

{EXIT_CODES}""",
)
@click.argument("name")
@click.option(
    "--server",
    type=click.Choice(SERVERS),
    default="node",
    show_default=True,
    help="What runs: Node.js, the user's Python, a program of its own, or Python brought by uv.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path, readable=False),
    default=".",
    metavar="DIR",
    help="A plugin to add it to, or where to put it [default: .]",
)
@click.option("--author", default="", metavar="'N <MAIL>'", help="Author; in a plugin, by default that of the plugin.")
@click.option("--description", default="", metavar="TEXT", help="What the server does, in one line.")
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
@output_options
def command(
    *, name: str, server: str, into: Path, author: str, description: str, dry_run: bool, output: Output
) -> None:
    """Scaffold the bundle NAME with an MCP server that answers and needs no package.

    By itself it is the directory NAME. In a plugin it is bundles/NAME, and mcpServers of the plugin manifest names it;
    build makes bundles/NAME.mcpb of it.
    """
    from plugintool.author.new import BundleRequest, new_bundle  # noqa: PLC0415 - start-up is a feature

    request = BundleRequest(
        name=name, server=server, directory=into, author=author, description=description, dry_run=dry_run
    )
    finish(output, new_bundle(request))

"""``plugintool device uninstall``: take plugins away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from plugintool.cli.device_options import EXIT_CODES, change_lines, change_options
from plugintool.cli.output import Output

if TYPE_CHECKING:
    from plugintool.device.session import DeviceOptions


@click.command(
    short_help="take plugins away",
    epilog=f"""\b
Examples:
  plugintool device uninstall acme-review
  plugintool device uninstall --dry-run acme-review acme-tools

{EXIT_CODES}""",
)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@change_options
def command(names: tuple[str, ...], options: DeviceOptions, output: Output) -> None:
    """Take each NAME away. The highest sequence seen stays remembered."""
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.device.uninstall import uninstall  # noqa: PLC0415

    output.emit(uninstall(names, options=options, now=clock.utc_now()), change_lines)

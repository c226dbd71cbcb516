"""``plugintool device repair``: put changed plugins back to what was signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from plugintool.cli.device_options import EXIT_CODES, change_lines, change_options
from plugintool.cli.output import Output

if TYPE_CHECKING:
    from plugintool.device.session import DeviceOptions


@click.command(
    short_help="put changed plugins back to what was signed",
    epilog=f"""\b
Examples:
  plugintool device repair
  plugintool device repair acme-review

{EXIT_CODES}""",
)
@click.argument("names", nargs=-1, metavar="[NAME...]")
@change_options
def command(names: tuple[str, ...], options: DeviceOptions, output: Output) -> None:
    """Put each NAME, or everything that is installed, back to what was signed, from the store."""
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.device.repair import repair  # noqa: PLC0415

    output.emit(repair(names, options=options, now=clock.utc_now()), change_lines)

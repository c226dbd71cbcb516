"""``plugintool device unhold``: let reverted plugins be updated again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from plugintool.cli.device_options import EXIT_CODES, change_lines, change_options
from plugintool.cli.output import Output

if TYPE_CHECKING:
    from plugintool.device.session import DeviceOptions


@click.command(
    short_help="let reverted plugins be updated again",
    epilog=f"""\b
Examples:
  plugintool device unhold acme-review
  plugintool device unhold acme-review acme-tools

{EXIT_CODES}""",
)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@change_options
def command(names: tuple[str, ...], options: DeviceOptions, output: Output) -> None:
    """Let each NAME that was reverted be updated again."""
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.device.unhold import unhold  # noqa: PLC0415

    output.emit(unhold(names, options=options, now=clock.utc_now()), change_lines)

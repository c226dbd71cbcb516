"""``plugintool device revert``: go back to a stored version and hold it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from plugintool.cli.device_options import EXIT_CODES, change_lines, change_options
from plugintool.cli.output import Output

if TYPE_CHECKING:
    from plugintool.device.session import DeviceOptions


@click.command(
    short_help="go back to a stored version and hold it there",
    epilog=f"""\b
Examples:
  plugintool device revert acme-review
  plugintool device revert acme-review --to 0.1.0

{EXIT_CODES}""",
)
@click.argument("name")
@click.option("--to", metavar="VERSION|DIGEST", help="Which stored version.  [default: the one before]")
@change_options
def command(name: str, to: str | None, options: DeviceOptions, output: Output) -> None:
    """Make a stored version of NAME current again, and refuse updates until it is let go (unhold).

    The stored version is verified again, against the trust policy of today.
    """
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.device.revert import revert  # noqa: PLC0415

    output.emit(revert(name, to=to, options=options, now=clock.utc_now()), change_lines)

"""``plugintool device install``: install or update plugins from signed artifacts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.device_options import EXIT_CODES, change_lines, change_options
from plugintool.cli.output import Output

if TYPE_CHECKING:
    from plugintool.device.session import DeviceOptions


@click.command(
    short_help="install or update plugins from signed artifacts",
    epilog=f"""\b
Examples:
  plugintool device install acme-review-0.2.0.zip
  plugintool device install --root image --dry-run dist/*.zip

{EXIT_CODES}""",
)
@click.argument(
    "artifacts", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False), metavar="ARTIFACT..."
)
@change_options
def command(artifacts: tuple[Path, ...], options: DeviceOptions, output: Output) -> None:
    """Install each ARTIFACT, a signed archive or built tree, or update the plugin to it.

    A directory of artifacts means all of them. Older releases than the device has seen are refused.
    """
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.device.install import install  # noqa: PLC0415

    output.emit(install(artifacts, options=options, now=clock.utc_now()), change_lines)

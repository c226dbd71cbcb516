"""``plugintool device status``: show what is installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from plugintool.cli.device_options import look_options, version_text
from plugintool.cli.output import Output
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.device.status import PluginStatus
    from plugintool.install.layout import Layout

_COLORS = {"intact": "green", "modified": "red", "missing": "red", "changing": "yellow"}


@click.command(
    short_help="show what is installed",
    epilog="""\b
Examples:
  plugintool device status
  plugintool device status acme-review --format json

Exit codes: 0 shown, 2 usage, 4 not installed, or the device cannot be used.""",
)
@click.argument("names", nargs=-1, metavar="[NAME...]")
@look_options
def command(names: tuple[str, ...], layout: Layout, output: Output) -> None:
    """Show each NAME, or everything that is installed: version, state, and what revert can go back to."""
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.device.status import show_status  # noqa: PLC0415

    report = show_status(names, layout=layout, now=clock.utc_now())
    if not report.outcomes:
        output.say("no plugin is installed")
    output.emit(report, _lines)


def _lines(status: PluginStatus) -> Iterator[str]:
    state = click.style(status.state.value, fg=_COLORS[status.state.value])
    held = "  held" if status.held else ""
    yield f"{click.style(escape(status.name), bold=True)}  {version_text(status.current)}  {state}{held}"
    if status.previous:
        yield f"  stored: {', '.join(version_text(version) for version in status.previous)}"

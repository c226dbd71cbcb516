"""``plugintool device paths``: show where everything is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from plugintool.cli.device_options import look_options
from plugintool.cli.output import Output
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.device.paths import Places
    from plugintool.install.layout import Layout


@click.command(
    short_help="show where everything is",
    epilog="""\b
Examples:
  plugintool device paths --root image
  plugintool device paths --root image --platform windows --format json

Exit codes: 0 shown, 2 usage (also: no such directories on this system).""",
)
@look_options
def command(layout: Layout, output: Output) -> None:
    """Show where plugins, state and trust policy are on this device, and which of them exist."""
    from plugintool.device.paths import show_paths  # noqa: PLC0415 - start-up is a feature

    output.emit(show_paths(layout), _lines)


def _lines(places: Places) -> Iterator[str]:
    yield f"{places.platform}, switched by {places.mode}"
    for place in places.places:
        missing = "" if place.exists else "  (not there)"
        yield f"{place.purpose:<16}  {escape(str(place.path))}{missing}"

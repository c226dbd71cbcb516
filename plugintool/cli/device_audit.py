"""``plugintool device audit``: compare installed files with what was signed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from plugintool.cli.device_options import look_options, version_text
from plugintool.cli.output import Output
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.device.audit import AuditedPlugin
    from plugintool.install.layout import Layout


@click.command(
    short_help="compare installed files with what was signed",
    epilog="""\b
Examples:
  plugintool device audit
  plugintool device audit acme-review --format json

Exit codes: 0 clean, 1 findings, 2 usage, 4 not installed, or the device cannot be used.""",
)
@click.argument("names", nargs=-1, metavar="[NAME...]")
@look_options
def command(names: tuple[str, ...], layout: Layout, output: Output) -> None:
    """Compare the files of each NAME, or of everything in org-plugins, with the signed record."""
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.device.audit import audit  # noqa: PLC0415

    report = audit(names, layout=layout, now=clock.utc_now())
    if not report.outcomes:
        output.say("no plugin is installed")
    output.emit(report, _lines)


def _lines(plugin: AuditedPlugin) -> Iterator[str]:
    if plugin.current is not None and plugin.is_clean:
        clean = click.style("clean", fg="green")
        yield f"{click.style(escape(plugin.name), bold=True)}  {version_text(plugin.current)}  {clean}"

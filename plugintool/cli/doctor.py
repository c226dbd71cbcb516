"""``plugintool doctor``: look at the machine and the project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.author.doctor import Checkup

_COLORS = {"ok": "green", "warn": "yellow", "error": "red"}


@click.command(
    short_help="check this machine and project, and say how to repair them",
    epilog="""\b
Examples:
  plugintool doctor
  plugintool doctor my-plugin
  plugintool doctor --format json ./marketplace

Nothing is run, written or fetched. It does not replace plugintool lint, which looks at the plugin itself.

Exit codes: 0 nothing that stops the work, 1 an error, 2 usage.""",
)
@click.argument("path", type=click.Path(path_type=Path, readable=False), default=Path(), metavar="[PATH]")
@output_options
def command(*, path: Path, output: Output) -> None:
    """Check the libraries of this machine, and the plugin or plugins at PATH or in the current directory."""
    from plugintool.author.doctor import examine  # noqa: PLC0415 - start-up is a feature

    output.emit(examine(path), _lines)


def _lines(checkup: Checkup) -> Iterator[str]:
    for check in checkup.checks:
        word = click.style(f"{check.health.value:5}", fg=_COLORS[check.health.value])
        yield f"{word} {escape(check.subject)}: {escape(check.found)}"
        if check.fix:
            yield f"      fix: {escape(check.fix)}"

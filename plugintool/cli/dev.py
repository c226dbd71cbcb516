"""``plugintool dev``: watch a plugin and keep a directory for ``claude --plugin-dir`` up to date."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.author.dev import Reload

_SHOWN = 5
"""So many changed files are named."""


@click.command(
    short_help="watch, build and reload a plugin while you edit it",
    epilog="""\b
Examples:
  plugintool dev                        the plugin here
  plugintool dev my-plugin --into /tmp/dev
  plugintool dev my-plugin --once       build once and end: does it load?

Start the client with the line that is printed, and reload its plugins after each change. Errors keep the last state
that could be built. Ctrl-C ends it and removes everything that was made.

Exit codes: 130 ended by Ctrl-C, 1 not a plugin, 2 usage; with --once 0 built, 1 not built.""",
)
@click.argument("path", type=click.Path(path_type=Path, readable=False), default=Path(), metavar="[PATH]")
@click.option(
    "--into",
    type=click.Path(path_type=Path, readable=False),
    help="Directory that holds the link.  [default: a new one]",
)
@click.option("--once", is_flag=True, help="Build once, then end.")
def command(*, path: Path, into: Path | None, once: bool) -> None:
    """Watch the plugin at PATH, or the one in the current directory, and build it after each change."""
    from plugintool.author.dev import develop, plugin_at, stage  # noqa: PLC0415 - start-up is a feature
    from plugintool.author.lint import lint_tree  # noqa: PLC0415 - as above

    output = Output()
    plugin = plugin_at(path)
    with stage(plugin.resolve().name, into) as link, closing(develop(plugin, link, lint=lint_tree)) as reports:
        output.tell(f"watching {escape(str(plugin))}; load it with:")
        output.tell(f"  claude --plugin-dir {escape(shlex.quote(str(link)))}")
        for report in reports:
            code = output.show(report, _lines)
            if once:
                raise click.exceptions.Exit(code)


def _lines(reload: Reload) -> Iterator[str]:
    if reload.changed:
        more = len(reload.changed) - _SHOWN
        names = ", ".join(map(escape, reload.changed[:_SHOWN])) + (f" and {more} more" if more > 0 else "")
        yield f"changed {names}"
    if reload.switched:
        verb = "reloaded" if reload.changed else "loaded"
        yield click.style(f"{verb} in {reload.milliseconds} ms", fg="green")
    else:
        yield click.style("not reloaded: the last good state stays", fg="red")

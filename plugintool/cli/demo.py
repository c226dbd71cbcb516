"""``plugintool demo [PLUGIN]``: tutorial and smoke test in one, offline."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from plugintool.cli.output import Output, output_options

EXAMPLE = "code-reviewer"


@click.command(
    name="demo",
    short_help="play all journeys and the attacks, offline",
    epilog="""\b
Examples:
  plugintool demo
  plugintool demo my-plugin
  plugintool demo my-plugin --keep /tmp/demo

Exit codes: 0 everything went as it must, 1 a step ended in another way, 2 usage.""",
)
@click.argument("plugin", required=False, type=click.Path(path_type=Path, readable=False))
@click.option(
    "--keep",
    type=click.Path(path_type=Path, readable=False),
    metavar="DIR",
    help="Play in DIR and keep it; must not exist.",
)
@output_options
def command(plugin: Path | None, keep: Path | None, output: Output) -> None:
    """Play the journeys of author, release engineer and administrator, and the attacks, in a directory of its own.

    PLUGIN is a plugin directory of yours; it is copied. Without it an example is made. The bundle that is started is
    always an example.
    """
    from plugintool.cli.stage import play, prepare  # noqa: PLC0415 - start-up is a feature

    with _place(keep) as here:
        play(here, prepare(plugin, here, example=EXAMPLE), output)


@contextlib.contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    """Give the directory of the story; without ``--keep`` it is removed at the end."""
    from plugintool.tree.sink import output_errors  # noqa: PLC0415 - as above

    if keep is not None:
        with output_errors(keep):
            keep.mkdir(mode=0o755, parents=True)
        try:
            yield keep.absolute()
        finally:
            with contextlib.suppress(OSError):
                keep.rmdir()  # only an empty one goes: the plugin could not be read, and nothing was played
        return
    with tempfile.TemporaryDirectory(prefix="plugintool-demo-") as place:
        yield Path(place)

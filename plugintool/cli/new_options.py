"""What all ``new`` commands share: options, how a scaffold is shown, and how a command ends."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, ParamSpec, TypeVar

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape
from plugintool.report import Report

if TYPE_CHECKING:  # the use case is imported when it is called, not for --help
    from plugintool.author.new import ComponentRequest, Scaffold

P = ParamSpec("P")
R = TypeVar("R")
EXIT_CODES = "Exit codes: 0 done, 1 a name is taken or a file cannot be read or written, 2 usage."


def component_options(function: Callable[P, R]) -> Callable[P, R]:
    """Give a command the NAME of a component, ``--plugin``, ``--dry-run`` and the output options."""

    @click.argument("name")
    @click.option(
        "--plugin",
        type=click.Path(path_type=Path, readable=False),
        default=".",
        show_default=True,
        metavar="DIR",
        help="Directory of the plugin.",
    )
    @click.option("--dry-run", is_flag=True, help="Only say what would be written.")
    @output_options
    @functools.wraps(function)
    def with_options(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    return with_options


def add_component(output: Output, request: ComponentRequest) -> NoReturn:
    """Add one component and end the command."""
    from plugintool.author.new import new_component  # noqa: PLC0415 - start-up is a feature

    finish(output, new_component(request))


def finish(output: Output, report: Report[Scaffold]) -> NoReturn:
    """Print the report, then the next commands as talk, and end the command."""
    code = output.show(report, _lines)
    for outcome in report.outcomes:
        if outcome.value is not None and not outcome.value.dry_run:
            output.say("next:")
            for line in outcome.value.next_commands:
                output.say(f"  {escape(line)}")
    raise click.exceptions.Exit(code)


def _lines(scaffold: Scaffold) -> Iterator[str]:
    verb = "would write" if scaffold.dry_run else "wrote"
    count = len(scaffold.created) + len(scaffold.merged)
    files = "1 file" if count == 1 else f"{count} files" if count else "nothing"
    yield f"{verb} {files} of {escape(scaffold.plugin)} in {escape(scaffold.directory)}"
    for label, paths in (("new", scaffold.created), ("merged", scaffold.merged), ("kept", scaffold.kept)):
        for path in paths:
            yield f"  {label:<6}  {escape(path)}"

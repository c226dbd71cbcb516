"""``plugintool explain``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options

if TYPE_CHECKING:
    from plugintool.author.explain import Explanation

_EPILOG = """\b
Examples:
  plugintool explain HK018
  plugintool explain step-3 not-signed C19
  plugintool explain

Exit codes: 0 explained, 2 unknown code.
"""


@click.command(short_help="explain a rule, step, error or omit reason", epilog=_EPILOG)
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@output_options
def command(codes: tuple[str, ...], output: Output) -> None:
    """Explain every CODE that plugintool prints; without one, list them all."""
    from plugintool.author.explain import explain  # noqa: PLC0415 - start-up is a feature

    output.emit(explain(codes), _lines if codes else _titles)


def _titles(explanation: Explanation) -> Iterator[str]:
    yield f"{explanation.code}  {explanation.title}"


def _lines(explanation: Explanation) -> Iterator[str]:
    yield f"{click.style(explanation.code, bold=True)} ({explanation.kind})  {explanation.title}"
    for heading, text in explanation.sections.items():
        first, *rest = text.split("\n")
        yield f"  {heading}: {first}"
        yield from (f"    {line}" for line in rest)

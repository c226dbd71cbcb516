"""The port to the terminal: the only module that prints and that reads the environment for how to print.

Data goes to stdout, talk to stderr. With another format than text, stdout is exactly one document, on failure too.
Text that comes from a plugin goes through ``render.text.escape`` before it gets here.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn, ParamSpec, TextIO, TypeVar

import click

from plugintool.cli.render import text
from plugintool.frozen import dataclass
from plugintool.report import Presentable, Report

_LINES_AT_ONCE = 500
"""Lines of a report that are printed in one go: each go empties the buffer of the stream."""
P = ParamSpec("P")
R = TypeVar("R")
V = TypeVar("V", bound=Presentable)
COLORS = ("auto", "always", "never")
FORMATS = ("text", "json")
"""The formats of every command."""
LINT_FORMATS = (*FORMATS, "sarif", "github", "junit")
"""The formats of ``lint``; all but text have a module in ``cli.render`` with ``render(report) -> str``."""


@dataclass(frozen=True, slots=True)
class Output:
    """How one call prints: ``format``, ``quiet`` without talk and values, ``color``."""

    format: str = "text"
    quiet: bool = False
    color: str = "auto"

    def emit(self, report: Report[V], lines: Callable[[V], Iterable[str]]) -> NoReturn:
        """Print ``report`` and end the command with its exit code.

        Args:
            report: what happened.
            lines: makes the text of one value; already escaped, may hold styles of ``click.style``.
        """
        raise click.exceptions.Exit(self.show(report, lines))

    def show(self, report: Report[V], lines: Callable[[V], Iterable[str]]) -> int:
        """Print ``report`` and return its exit code."""
        if self.format != "text":
            self._print_document(importlib.import_module(f"plugintool.cli.render.{self.format}").render(report))
        else:
            shown = text.outcome_lines(report, lines, quiet=self.quiet)
            while block := list(itertools.islice(shown, _LINES_AT_ONCE)):
                self._print("\n".join(block))
            for line in text.error_lines(report):
                self.say(line, always=True)
        return report.exit_code

    def tell(self, line: str) -> None:
        """Print one line of data as it comes, before the report; with other formats there is only the report."""
        if self.format == "text":
            self._print(line)

    def say(self, message: str, *, always: bool = False) -> None:
        """Print talk to stderr, unless asked to be quiet."""
        if always or not self.quiet:
            click.echo(_encodable(message, sys.stderr), err=True, color=self._colored())

    def _print_document(self, document: str) -> None:
        if document:
            self._print(document)

    def _print(self, line: str) -> None:
        click.echo(_encodable(line, sys.stdout), color=self._colored())

    def _colored(self) -> bool | None:
        """None leaves the decision to click, which looks whether the stream is a terminal."""
        if self.color != "auto":
            return self.color == "always"
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return False
        return True if os.environ.get("FORCE_COLOR") else None


def output_options(function: Callable[P, R]) -> Callable[P, R]:
    """Give a command ``--format``, ``--quiet`` and ``--color``, and the parameter ``output``."""
    return output_options_for(FORMATS)(function)


def output_options_for(formats: Sequence[str]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return ``output_options`` for a command that speaks ``formats``."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @click.option(
            "--format",
            "output_format",
            type=click.Choice(formats),
            default="text",
            show_default=True,
            help="Text for people, or one document for programs.",
        )
        @click.option("-q", "--quiet", is_flag=True, help="Print only findings and errors.")
        @click.option(
            "--color",
            type=click.Choice(COLORS),
            default="auto",
            show_default=True,
            help="auto: on a terminal only.",
        )
        @functools.wraps(function)
        def with_output(*args: P.args, **kwargs: P.kwargs) -> R:
            chosen = {name: str(kwargs.pop(name)) for name in ("output_format", "color")}
            kwargs["output"] = Output(chosen["output_format"], bool(kwargs.pop("quiet")), chosen["color"])
            return function(*args, **kwargs)

        return with_output

    return decorate


def output_of(args: Sequence[str]) -> Output:
    """Guess the options from raw arguments, for errors met before or outside of parsing."""
    asked = dict(itertools.pairwise(args)) | dict(arg.split("=", 1) for arg in args if "=" in arg)
    chosen, color = asked.get("--format", ""), asked.get("--color", "")
    known = LINT_FORMATS if "lint" in args else FORMATS
    return Output(chosen if chosen in known else "text", color=color if color in COLORS else "auto")


def _encodable(line: str, stream: TextIO | None) -> str:
    """Replace what the stream cannot show, so that printing never fails (``LC_ALL=C``, code page 1252).

    A stream that the caller has closed is None.
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return line.encode(encoding, "backslashreplace").decode(encoding)

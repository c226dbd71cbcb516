"""``plugintool lint``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.author.lint import LintSummary

_TARGETS = ("claude-code", "cowork", "mcpb", "marketplace", "directory")
_EPILOG = """\b
Examples:
  plugintool lint
  plugintool lint --strict my-plugin other-plugin
  plugintool lint --select HK,MC --ignore HK018 my-plugin
  plugintool lint --profile client --client 2.1.197 my-plugin
  plugintool lint --format json ./marketplace

Exit codes: 0 no error (with --strict: no warning either), 1 findings or an unreadable path, 2 wrong usage.
"""


@click.command(short_help="check plugins against the rules", epilog=_EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@click.option("--strict", is_flag=True, help="Warnings fail too.")
@click.option("--select", multiple=True, metavar="RULES", help="Run only these rules or prefixes (comma-separated).")
@click.option("--ignore", multiple=True, metavar="RULES", help="Do not run these rules or prefixes.")
@click.option("--target", "targets", multiple=True, type=click.Choice(_TARGETS), help="Where the plugin runs.")
@click.option(
    "--profile",
    type=click.Choice(["default", "client"]),
    default="default",
    show_default=True,
    help="client: only what the genuine client reports, with its severity.",
)
@click.option("--client", default="", metavar="VERSION", help="The client version that counts.  [default: newest]")
@output_options
def command(  # noqa: PLR0917 - click passes options by name
    paths: tuple[str, ...],
    strict: bool,  # noqa: FBT001 - as above
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    targets: tuple[str, ...],
    profile: str,
    client: str,
    output: Output,
) -> None:
    """Check plugins against the rules.

    PATH is a plugin, a marketplace or an org-plugins directory; without one the current directory is checked.
    """
    from plugintool.author.lint import LintRequest, lint_paths  # noqa: PLC0415 - start-up is a feature

    request = LintRequest(
        select=_split(select),
        ignore=_split(ignore),
        targets=targets,
        profile=profile,
        client=client,
        strict=strict,
    )
    output.emit(lint_paths(paths or (".",), request), _lines)


def _split(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _lines(summary: LintSummary) -> Iterator[str]:
    found = ", ".join(f"{number} {name}" for name, number in summary.checked.items() if number)
    counts = f"{summary.errors} errors, {summary.warnings} warnings"
    yield f"{escape(summary.name)}: {counts}; checked {found or 'nothing'} with {summary.rules} rules"

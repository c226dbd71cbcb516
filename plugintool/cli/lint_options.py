"""The options of ``plugintool lint``, and the request that they make."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.request import request_options

if TYPE_CHECKING:
    from plugintool.author.lint import LintRequest

FILE = click.Path(dir_okay=False, path_type=Path, readable=False)
_SEVERITIES = ("error", "warning", "info")
_JOBS_MAX = 256

_OPTIONS = (
    click.option("--strict", is_flag=True, help="Warnings fail too; the same as --fail-on warning."),
    click.option(
        "--fail-on",
        type=click.Choice(_SEVERITIES),
        default="error",
        show_default=True,
        help="The least severity that makes it end with 1.",
    ),
    click.option(
        "--select", multiple=True, metavar="RULES", help="Run only these rules or prefixes (comma-separated)."
    ),
    click.option("--ignore", multiple=True, metavar="RULES", help="Do not run these rules or prefixes."),
    click.option(
        "--target",
        "targets",
        multiple=True,
        metavar="NAME[@VERSION]",
        help="Where the plugin runs: claude-code, cowork, mcpb, marketplace, directory; cowork@1.46388.",
    ),
    click.option(
        "--profile",
        type=click.Choice(["default", "client"]),
        default="default",
        show_default=True,
        help="client: only what the genuine client reports, with its severity.",
    ),
    click.option("--client", default="", metavar="VERSION", help="The client version that counts.  [default: newest]"),
    click.option("--baseline", type=FILE, metavar="FILE", help="Known findings: they are counted and do not fail."),
    click.option("--write-baseline", type=FILE, metavar="FILE", help="Write all findings there as known."),
    click.option("--statistics", is_flag=True, help="Add the number of findings of each rule."),
    click.option(
        "--jobs",
        type=click.IntRange(0, _JOBS_MAX),
        default=1,
        show_default=True,
        help="Processes that work at the same time; 0: one for each processor.",
    ),
    click.option(
        "--cache",
        type=click.Path(file_okay=False, path_type=Path, readable=False),
        metavar="DIR",
        help="Keep results there, outside of all plugins, and use them while nothing has changed.",
    ),
    click.option("--no-cache", is_flag=True, help="Use no cache, also where --cache names one."),
)


def _request(said: dict[str, object]) -> LintRequest:
    """Take the options out of ``said`` and make a request of them."""
    from plugintool.author.lint import LintRequest  # noqa: PLC0415 - start-up is a feature
    from plugintool.author.lint_workers import Effort  # noqa: PLC0415 - as above

    no_cache, cache, jobs = said.pop("no_cache"), said.pop("cache"), said.pop("jobs")
    assert isinstance(jobs, int)
    assert cache is None or isinstance(cache, Path)
    effort = Effort(jobs=jobs, cache=None if no_cache else cache)
    lists = {name: _split(said.pop(name)) for name in ("select", "ignore", "targets")}
    others = {name: said.pop(name) for name in _PLAIN}
    return LintRequest(effort=effort, **lists, **others)  # type: ignore[arg-type]


_PLAIN = ("strict", "fail_on", "profile", "client", "baseline", "write_baseline", "statistics")


def _split(values: object) -> tuple[str, ...]:
    """Make one list of options that may be repeated and may hold commas."""
    assert isinstance(values, tuple)
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


lint_options = request_options(_OPTIONS, _request)
"""Gives a command the options of lint, and the parameter ``request``."""

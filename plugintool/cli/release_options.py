"""Options of the commands that make a release: where the output goes, and how it is built."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")
R = TypeVar("R")


class Choices(NamedTuple):
    """How ``build`` builds, as fields of ``author.build.BuildOptions``."""

    sync_version: str | None
    allowed_secrets: tuple[str, ...]
    jobs: int
    check_reproducible: bool


def out_option(default: str = "dist") -> Callable[[F], F]:
    """Give a command ``--out DIRECTORY``: its output, which is replaced as a whole or not at all."""
    return click.option(
        "--out",
        type=click.Path(path_type=Path, readable=False),
        default=Path(default),
        show_default=True,
        help="Output directory.",
    )


def build_choices(function: Callable[P, R]) -> Callable[P, R]:
    """Give a command the options of ``Choices``, and the parameter ``choices``."""

    @click.option("--sync-version", metavar="TEXT", help="Write TEXT into version.json instead of the derived version.")
    @click.option(
        "--allow-secret",
        "allowed_secrets",
        metavar="FILE",
        multiple=True,
        help="Ship FILE although it looks like a secret, such as a key made for tests.",
    )
    @click.option(
        "--jobs",
        type=click.IntRange(0, 256),
        default=1,
        show_default=True,
        help="Processes for several plugins; 0 means one for each processor.",
    )
    @click.option("--check-reproducible", is_flag=True, help="Build twice, under other circumstances, and compare.")
    @functools.wraps(function)
    def with_choices(*args: P.args, **kwargs: P.kwargs) -> R:
        kwargs["choices"] = Choices(*(kwargs.pop(name) for name in Choices._fields))  # type: ignore[arg-type]
        return function(*args, **kwargs)

    return with_choices

"""Options of the commands that make a release: where the output goes, and how it is built."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

import click

if TYPE_CHECKING:
    from plugintool.author.vendor import VendorRequest

F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")
R = TypeVar("R")


class Choices(NamedTuple):
    """How ``build`` builds, as fields of ``author.build.BuildOptions``."""

    sync_version: str | None
    allowed_secrets: tuple[str, ...]
    jobs: int
    check_reproducible: bool
    vendor: VendorRequest


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
    @click.option("--vendor", is_flag=True, help="Fetch what bundles depend on, as locked: uses the network.")
    @click.option(
        "--wheels",
        type=click.Path(path_type=Path, readable=False),
        metavar="DIRECTORY",
        help="Take wheels that bundles depend on from DIRECTORY, without the network.",
    )
    @functools.wraps(function)
    def with_choices(*args: P.args, **kwargs: P.kwargs) -> R:
        kwargs["vendor"] = vendor_request(bool(kwargs["vendor"]), kwargs.pop("wheels"))  # type: ignore[arg-type]
        kwargs["choices"] = Choices(*(kwargs.pop(name) for name in Choices._fields))  # type: ignore[arg-type]
        return function(*args, **kwargs)

    return with_choices


def vendor_request(from_network: bool, wheels: Path | None) -> VendorRequest:  # noqa: FBT001 - as it comes from click
    """Return what is to be brought in; programs that do it get a part of our environment (``build.program``)."""
    from plugintool.author.vendor import VendorRequest  # noqa: PLC0415 - start-up is a feature

    return VendorRequest(from_network=from_network, wheels=wheels, environment=dict(os.environ))

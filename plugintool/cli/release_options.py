"""What ``build``, ``pack`` and ``marketplace`` have in common: where the output goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def out_option(default: str = "dist") -> Callable[[F], F]:
    """Give a command ``--out DIRECTORY``: its output, which is replaced as a whole or not at all."""
    return click.option(
        "--out",
        type=click.Path(path_type=Path, readable=False),
        default=Path(default),
        show_default=True,
        help="Output directory.",
    )

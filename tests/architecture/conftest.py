"""What the gates look at: every module of the package, parsed once, and every command."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import click
import pytest

from plugintool.cli.lazy import LazyGroup
from plugintool.cli.main import command as top

PACKAGE = Path(__file__).resolve().parents[2] / "plugintool"


@dataclass(frozen=True)
class Module:
    """A module of the package."""

    path: Path

    @property
    def name(self) -> str:
        """Path below the package, as ``cli/main.py``; unknown files below ``_templates`` are no modules."""
        return self.path.relative_to(PACKAGE).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)


@dataclass(frozen=True)
class Named:
    """A command and how it is called."""

    path: tuple[str, ...]
    command: click.Command

    def __str__(self) -> str:
        return " ".join(self.path)


@pytest.fixture(scope="session")
def modules() -> list[Module]:
    """All modules of the package, sorted."""
    return [Module(path) for path in sorted(PACKAGE.rglob("*.py")) if "_templates" not in path.parts]


def walk_commands(group: click.Command = top, path: tuple[str, ...] = ("plugintool",)) -> Iterator[Named]:
    """Yield a command and all below it; each is imported."""
    yield Named(path, group)
    if isinstance(group, click.Group):
        context = click.Context(group, info_name=path[-1])
        for name in group.list_commands(context):
            found = group.get_command(context, name)
            assert found is not None, name
            yield from walk_commands(found, (*path, name))


@pytest.fixture(scope="session")
def commands() -> list[Named]:
    """All commands and groups; needs every command of every table to be there."""
    return list(walk_commands())


@pytest.fixture(scope="session")
def groups(commands: list[Named]) -> list[tuple[str, LazyGroup]]:
    """The groups only."""
    return [(str(named), named.command) for named in commands if isinstance(named.command, LazyGroup)]

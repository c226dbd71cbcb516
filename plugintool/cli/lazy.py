"""Groups whose commands are imported only when used, listed from a table so that ``--help`` imports nothing."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Listed(NamedTuple):
    """How a command stands in ``--help``: the section it belongs to and one line."""

    section: str
    short_help: str


class LazyGroup(click.Group):
    """A group whose command ``x-y`` is ``command`` in the module ``plugintool.cli.<prefix>x_y``.

    Args:
        table: names in the order of ``--help``; a test compares the short helps with those of the commands.
        prefix: what stands before the name in the module's name, as ``device_``.
        attrs: what ``click.Group`` takes.
    """

    def __init__(self, *, table: dict[str, Listed], prefix: str = "", **attrs: Any) -> None:
        super().__init__(**attrs)
        self.table = table
        self.prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names in the order of the table."""
        del ctx
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in self.table:
            return None
        module = f"{self.prefix}{cmd_name}".replace("-", "_")
        found = importlib.import_module(f"plugintool.cli.{module}").command
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; a typo gets a suggestion, which plain click cannot give for commands not loaded."""
        if args and args[0] not in self.table and not args[0].startswith("-"):
            raise click.exceptions.NoSuchCommand(args[0], possibilities=self._similar(args[0]), ctx=ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete names from the table, so that a key press imports no command."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only while completing

        names = [
            CompletionItem(name, help=listed.short_help)
            for name, listed in self.table.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands in their sections."""
        del ctx
        for section in dict.fromkeys(listed.section for listed in self.table.values()):
            rows = [(name, listed.short_help) for name, listed in self.table.items() if listed.section == section]
            with formatter.section(section):
                formatter.write_dl(rows)

    def _similar(self, name: str) -> list[str]:
        import difflib  # noqa: PLC0415 - only for a typo

        return difflib.get_close_matches(name, self.table, n=3)

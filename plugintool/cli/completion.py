"""``plugintool completion SHELL``."""

from __future__ import annotations

import click

SHELLS = ("bash", "fish", "powershell", "zsh")


@click.command(
    name="completion",
    epilog="Example: plugintool completion bash > /etc/bash_completion.d/plugintool",
)
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the completion script of a SHELL."""
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - only here

    from plugintool.cli.main import command as root  # noqa: PLC0415 - main imports this module on demand

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(root, {}, "plugintool", "_PLUGINTOOL_COMPLETE").source())

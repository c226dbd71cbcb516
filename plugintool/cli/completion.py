"""``plugintool completion SHELL``."""

from __future__ import annotations

import click

SHELLS = ("bash", "fish", "powershell", "zsh")
EPILOG = """\b
Examples:
  plugintool completion bash > ~/.local/share/bash-completion/completions/plugintool
  plugintool completion zsh > ~/.zfunc/_plugintool
  plugintool completion powershell >> $PROFILE

Exit codes: 0 done, 2 usage."""


@click.command(name="completion", short_help="print a shell completion script", epilog=EPILOG)
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the completion script of a SHELL."""
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - only here

    from plugintool.cli.main import command as root  # noqa: PLC0415 - main imports this module on demand

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(root, {}, "plugintool", "_PLUGINTOOL_COMPLETE").source())

"""``plugintool keys``: make signing keys."""

from __future__ import annotations

import click

from plugintool.cli.lazy import LazyGroup, Listed

COMMANDS: dict[str, Listed] = {
    "new": Listed("Commands", "make a key pair and the trust policy that trusts it"),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    prefix="keys_",
    short_help="make signing keys",
    epilog="""\b
Examples:
  plugintool keys new release
  plugintool keys new --help

Exit codes: 0 done, 1 failed, 2 usage.""",
)
def command() -> None:
    """Make signing keys."""

"""``plugintool device``: install, update, audit and revert on a device."""

from __future__ import annotations

import click

from plugintool.cli.lazy import LazyGroup, Listed

COMMANDS: dict[str, Listed] = {
    "init": Listed("Set up", "create the directories and put the trust policy in place"),
    "paths": Listed("Set up", "show where everything is"),
    "install": Listed("Change", "install or update plugins from signed artifacts"),
    "revert": Listed("Change", "go back to a stored version and hold it there"),
    "unhold": Listed("Change", "let reverted plugins be updated again"),
    "uninstall": Listed("Change", "take plugins away"),
    "repair": Listed("Change", "put changed plugins back to what was signed"),
    "status": Listed("Look", "show what is installed"),
    "audit": Listed("Look", "compare installed files with what was signed"),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    prefix="device_",
    short_help="install, update, audit and revert on a device",
    epilog="""\b
Examples:
  plugintool device init --trust-policy acme.trust-policy.json
  plugintool device install acme-review-0.2.0.zip
  plugintool device audit

Exit codes: 0 done, 1 findings or failed, 2 usage, 3 not verified, 4 not installed.""",
)
def command() -> None:
    """Install, update, audit and revert on a device.

    Everything lies in fixed places that only root can write; --root DIR puts all of it below DIR, for tests and images.
    """

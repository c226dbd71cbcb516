"""``plugintool keys``: make signing keys and certificates."""

from __future__ import annotations

import click

from plugintool.cli.lazy import LazyGroup, Listed

COMMANDS: dict[str, Listed] = {
    "new": Listed("Commands", "make a key pair and the trust policy that trusts it"),
    "csr": Listed("Commands", "request a code-signing certificate for a key"),
    "new-ca": Listed("Commands", "make a small authority with everything that signing needs"),
    "issue": Listed("Commands", "grant a request for a certificate by a small authority"),
    "rotate": Listed("Commands", "let a key name its successor"),
    "revoke": Listed("Commands", "revoke certificates of a small authority and renew its lists"),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    prefix="keys_",
    short_help="make signing keys and certificates",
    epilog="""\b
Examples:
  plugintool keys new release
  plugintool keys new-ca authority --organization Acme

Exit codes: 0 done, 1 failed, 2 usage.""",
)
def command() -> None:
    """Make signing keys and certificates."""

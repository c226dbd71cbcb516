"""``plugintool trust``: make, test and feed trust policies."""

from __future__ import annotations

import click

from plugintool.cli.lazy import LazyGroup, Listed

COMMANDS: dict[str, Listed] = {
    "init": Listed("Commands", "trust the signers of an artifact, after comparing them"),
    "test": Listed("Commands", "say whether a trust policy is right, and what it allows"),
    "fetch-crl": Listed("Commands", "fetch the revocation lists that a trust policy needs"),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    prefix="trust_",
    short_help="make, test and feed trust policies",
    epilog="""\b
Examples:
  plugintool trust init --from acme-tools-1.2.0.zip --public-key acme.pub.pem
  plugintool trust test trust-policy.json dist/*.zip

Exit codes: 0 done, 1 failed or findings, 2 usage, 3 not verified.""",
)
def command() -> None:
    """Make, test and feed trust policies."""

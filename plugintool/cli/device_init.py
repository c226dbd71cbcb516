"""``plugintool device init``: create the directories and put the trust policy in place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.device_options import EXIT_CODES, change_options
from plugintool.cli.output import Output
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.device.init import Setup
    from plugintool.device.session import DeviceOptions

_VERBS = {"create": "created", "repair": "repaired", "replace": "replaced"}


@click.command(
    short_help="create the directories and put the trust policy in place",
    epilog=f"""\b
Examples:
  plugintool device init --trust-policy acme.trust-policy.json
  plugintool device init --root image --trust-policy acme.trust-policy.json

{EXIT_CODES}""",
)
@click.option(
    "--trust-policy",
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE",
    help="Which keys may sign which plugins.",
)
@change_options
def command(trust_policy: Path | None, options: DeviceOptions, output: Output) -> None:
    """Create the directories with the right owner and mode, or repair them, and put the trust policy in place."""
    from plugintool.device.init import init  # noqa: PLC0415 - start-up is a feature

    output.emit(init(trust_policy, options=options), _lines)


def _lines(setup: Setup) -> Iterator[str]:
    for action, path in setup.steps:
        yield f"{f'would {action}' if setup.dry_run else _VERBS[action]} {escape(path)}"
    if not setup.steps:
        yield "nothing to do"

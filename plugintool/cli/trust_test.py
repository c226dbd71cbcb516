"""``plugintool trust test``: say whether a trust policy is right, and what it allows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.author.trust_test import Standing

_PATH = click.Path(path_type=Path, readable=False)


@click.command(
    short_help="say whether a trust policy is right, and what it allows",
    epilog="""\b
Examples:
  plugintool trust test trust-policy.json
  plugintool trust test trust-policy.json dist/*.zip --at 2027-01-01
  plugintool trust test trust-policy.json org-plugins --format json

Errors and warnings have codes: plugintool explain TP001.

Exit codes: 0 good and all allowed, 1 findings or a missing file, 2 usage, 3 refused.""",
)
@click.argument("policy", type=_PATH)
@click.argument("artifacts", nargs=-1, type=_PATH, metavar="[ARTIFACT]...")
@click.option("--crl", multiple=True, type=_PATH, help="A revocation list, besides crls/*.crl beside POLICY.")
@click.option("--at", metavar="TIME", help="Decide as at this time (RFC 3339) instead of now.")
@output_options
def command(policy: Path, artifacts: tuple[Path, ...], crl: tuple[Path, ...], at: str | None, output: Output) -> None:
    """Look for what is wrong, dead or dangerous in POLICY, and try each ARTIFACT against it."""
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.author.trust_test import check_trust  # noqa: PLC0415

    try:
        now = clock.parse_utc(at) if at else clock.utc_now()
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(f"no RFC 3339 time: {error}", param_hint="--at") from error
    output.emit(check_trust(policy, artifacts, now=now, lists=crl), _lines)


def _lines(standing: Standing) -> Iterator[str]:
    if standing.kind == "trust policy":
        yield f"{escape(standing.subject)}: {escape(standing.why)}"
        return
    word = click.style("allowed", fg="green") if standing.allowed else click.style("refused", fg="red")
    step = f" at step {standing.step}" if standing.step else ""
    yield f"  {escape(standing.subject)}  {word}{step}  {escape(standing.why)}"

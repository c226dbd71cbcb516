"""``plugintool verify``: verify artifacts step by step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.device.forecast import Forecast
    from plugintool.device.verify import Verdict
    from plugintool.verify.steps import StepResult

_COLORS = {"ok": "green", "failed": "red"}


@click.command(
    short_help="verify artifacts step by step",
    epilog="""\b
Examples:
  plugintool verify dist/org-plugins --trust-policy trust-policy.json
  plugintool verify acme-tools-1.2.0.zip --trust-policy trust-policy.json
  plugintool verify clock-1.2.0.mcpb --trust-policy policy.json --crl acme.crl
  plugintool verify acme.zip --trust-policy policy.json --at 2026-11-24T12:00:00Z
  plugintool verify acme-tools-1.2.0.zip --trust-policy trust-policy.json --forecast

Exit codes: 0 verified, 1 an artifact or the trust policy is missing, 2 usage, 3 not verified.""",
)
@click.argument(
    "artifacts", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False), metavar="ARTIFACT..."
)
@click.option(
    "--trust-policy",
    required=True,
    type=click.Path(path_type=Path, readable=False),
    help="Which keys may sign which plugins.",
)
@click.option(
    "--crl",
    multiple=True,
    type=click.Path(path_type=Path, readable=False),
    help="A revocation list, besides crls/*.crl beside the trust policy; several times.",
)
@click.option("--at", metavar="TIME", help="Decide as at this time (RFC 3339) instead of now.")
@click.option("--forecast", is_flag=True, help="Say on which day what will end, and what will fail then.")
@output_options
def command(
    *,
    artifacts: tuple[Path, ...],
    trust_policy: Path,
    crl: tuple[Path, ...],
    at: str | None,
    forecast: bool,
    output: Output,
) -> None:
    """Verify each ARTIFACT, a built tree, an archive or a bundle, in eight numbered steps."""
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.device.verify import verify_artifacts  # noqa: PLC0415

    try:
        now = clock.parse_utc(at) if at else clock.utc_now()
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(f"no RFC 3339 time: {error}", param_hint="--at") from error
    if forecast:
        from plugintool.device.forecast import forecast as look_ahead  # noqa: PLC0415

        output.emit(look_ahead(artifacts, trust_policy=trust_policy, now=now, lists=crl), _endings)
    report = verify_artifacts(artifacts, trust_policy=trust_policy, now=now, lists=crl)
    output.emit(report, _lines)


def _endings(found: Forecast) -> Iterator[str]:
    yield f"{escape(found.artifact)}: verified; {'this will end:' if found.endings else 'nothing about it ends'}"
    for ending in found.endings:
        yield f"  {ending.moment:%Y-%m-%d %H:%M:%SZ}  {escape(ending.what)}: {escape(ending.consequence)}"


def _lines(verdict: Verdict) -> Iterator[str]:
    word = click.style("verified", fg="green") if verdict.is_verified else click.style("not verified", fg="red")
    yield f"{escape(verdict.artifact)}: {word}{_how(verdict)}"
    width = max(len(result.name) for result in verdict.results)
    for result in verdict.results:
        if result.status != "not reached":
            yield _rung(result, width)
        if result.number == verdict.failed_step:
            break
    missed = [f"{result.number} {result.name}" for result in verdict.results if result.status == "not reached"]
    if missed:
        yield f"  not reached: {', '.join(missed)}"
    for ending in verdict.ends_soon:
        yield f"  note: {escape(ending.what)} on {ending.moment:%Y-%m-%d}; then {escape(ending.consequence)}"
    if not verdict.is_verified:
        yield f"  to repair: {verdict.repair}"


def _how(verdict: Verdict) -> str:
    if verdict.bundle is None:
        return ""
    dialect = verdict.bundle.dialect
    return f", bundle signed in dialect {dialect}" if dialect else ", bundle signed by a file beside it"


def _rung(result: StepResult, width: int) -> str:
    status = click.style(result.status.value, fg=_COLORS.get(result.status.value))
    return f"  {result.number} {result.name:<{width}}  {status}  {escape(result.detail)}".rstrip()

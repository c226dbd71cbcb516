"""``plugintool marketplace``: publish archives as a marketplace of static files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.release_options import out_option
from plugintool.cli.render.text import escape
from plugintool.publish.preference import Preference

if TYPE_CHECKING:
    from plugintool.author.marketplace import Published
    from plugintool.publish.offer import Offer


@click.command(
    short_help="publish archives as a marketplace",
    epilog="""\b
Examples:
  plugintool marketplace dist --name a --owner Acme --base-url https://a.test/r7
  plugintool marketplace a.zip b.zip --name acme --owner Acme --out site
  plugintool marketplace dist --name acme --owner Acme      a directory

Serve the output directory at the base URL. The client checks the SHA-256 of each archive; the desktop app also that of
marketplace.json, against the pin that is printed. A change of the marketplace needs the new pin in the configuration.

Exit codes: 0 done, 1 not published, 2 usage.""",
)
@click.argument(
    "archives", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False), metavar="ARCHIVE..."
)
@click.option("--name", required=True, help="Name of the marketplace: users write PLUGIN@NAME.")
@click.option("--owner", required=True, help="Who answers for it.")
@click.option("--email", default="", help="Address of the owner.")
@click.option("--description", default="", help="One line; by default it names the owner.")
@click.option(
    "--base-url",
    default="",
    metavar="URL",
    help="The https address at which the output is served; without it the output is a directory with all files.",
)
@click.option(
    "--preference",
    type=click.Choice([one.value for one in Preference]),
    default=Preference.AVAILABLE.value,
    show_default=True,
    help="What the printed configuration asks devices to do with the plugins.",
)
@out_option("dist/marketplace")
@output_options
def command(
    *,
    archives: tuple[Path, ...],
    name: str,
    owner: str,
    email: str,
    description: str,
    base_url: str,
    preference: str,
    out: Path,
    output: Output,
) -> None:
    """Copy each ARCHIVE that plugintool pack wrote, and write the marketplace.json that lists it with its SHA-256."""
    from plugintool.author.marketplace import publish  # noqa: PLC0415 - start-up is a feature
    from plugintool.publish.marketplace import Storefront  # noqa: PLC0415 - as above

    front = Storefront(name=name, owner=owner, email=email, description=description, base_url=base_url)
    output.emit(publish(archives, front, out=out, preference=Preference(preference)), _lines)


def _lines(value: Published | Offer) -> Iterator[str]:
    from plugintool.author.marketplace import Published  # noqa: PLC0415 - loaded already
    from plugintool.jsontext import pretty  # noqa: PLC0415 - as above

    if not isinstance(value, Published):  # an archive that can be published beside one that cannot
        yield f"{escape(value.name)} {escape(value.version)}".rstrip()
        return
    market = value.marketplace
    yield f"published {escape(market.front.name)}"
    yield f"  directory       {escape(str(value.root))}"
    yield f"  address         {escape(market.url) or 'none'}"
    yield f"  manifestSha256  {market.pin}"
    for offer in market.offers:
        signed = f"{offer.signatures} signed" if offer.signatures else "unsigned"
        yield f"  plugin          {escape(offer.name)} {escape(offer.version)} {offer.sha256} ({signed})"
    if not market.url:
        place = value.root if value.root.is_absolute() else f"./{value.root}"  # without ./ it would be a repository
        yield f"try it: claude plugin marketplace add {escape(str(place))}"
        yield "no digest is checked in a directory: give --base-url to publish archives with theirs"
        return
    for label, policy in (
        ("managed configuration of the desktop app:", market.app_policy(value.preference)),
        ("managed settings of the client (no pin there):", market.client_policy()),
    ):
        yield label
        yield from (f"  {escape(line)}" for line in pretty(policy).decode().splitlines())

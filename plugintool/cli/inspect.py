"""``plugintool inspect``: what is it, what can it do, who made it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.author.inspect import Inspection
    from plugintool.plugin.inventory import Inventory

_COLUMN = 13


@click.command(
    short_help="show what something is and what it can do",
    epilog="""\b
Examples:
  plugintool inspect plugins/acme-tools          a source tree
  plugintool inspect dist/acme-tools-1.2.0.zip   as a device reads it
  plugintool inspect clock-2.0.0.mcpb            what it runs, what it breaks
  plugintool inspect release.pub.pem             a key and its id
  plugintool inspect trust-policy.json           whom a device trusts

Nothing is verified: plugintool verify does that.

Exit codes: 0 done, 1 something cannot be read or breaks a rule of archives, 2 usage.""",
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False), metavar="ANY...")
@output_options
def command(*, paths: tuple[Path, ...], output: Output) -> None:
    """Say of ANY tree, archive, bundle, zip file, key, trust policy or signature file what it is."""
    from plugintool.author.inspect import inspect_paths  # noqa: PLC0415 - start-up is a feature

    output.emit(inspect_paths(paths), _lines)


def _lines(found: Inspection) -> Iterator[str]:
    yield click.style(" ".join(filter(None, (found.kind, escape(found.name), escape(found.version)))), bold=True)
    for label, text in found.facts:
        yield _row(label, text)
    if found.inventory is not None:
        yield from _inventory_lines(found.inventory)
    for claim in found.claims:
        yield _row("signed by", f"{claim.key_id} (unverified), sequence {claim.sequence}, {claim.file}")
    if found.kind in {"built tree", "archive"} and not found.claims:
        yield _row("signed by", "nobody")
    for breach in found.breaches:
        yield _row(f"breaks {breach.rule}", f"{breach.entry}: {breach.message}" if breach.entry else breach.message)
        yield _row("", breach.repair)


def _inventory_lines(inventory: Inventory) -> Iterator[str]:
    for kind, names in inventory.components.items():
        yield from _rows(f"{kind}s", names)
    yield from _rows("hooks", (f"{hook.event} {hook.matcher or '*'} runs {hook.runs}" for hook in inventory.hooks))
    for label, servers in (("MCP servers", inventory.mcp_servers), ("LSP servers", inventory.lsp_servers)):
        yield from _rows(label, (f"{server.name} ({server.transport}) {server.runs}" for server in servers))
    yield from _rows("monitors", (f"{monitor.name} {monitor.runs}" for monitor in inventory.monitors))
    yield from _rows("bundles", inventory.bundles)
    yield from _rows("hosts", inventory.hosts)
    yield from _rows("executables", inventory.executables)


def _rows(label: str, texts: Iterable[str]) -> Iterator[str]:
    for number, text in enumerate(texts):
        yield _row("" if number else label, text)


def _row(label: str, text: str) -> str:
    return f"  {escape(label):<{_COLUMN}} {escape(text)}"

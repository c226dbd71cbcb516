"""``plugintool trust init``: trust the signers of an artifact, after comparing them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.author.signers import Signer
    from plugintool.author.trust_init import Trusted

_PATH = click.Path(path_type=Path, readable=False)


@click.command(
    short_help="trust the signers of an artifact, after comparing them",
    epilog="""\b
Examples:
  plugintool trust init --from acme-tools-1.2.0.zip --public-key acme.pub.pem
  plugintool trust init --from acme-tools-1.2.0.zip --root acme-root.pem --scope 'acme-*'
  plugintool trust init --from server.mcpb --compared 4cfa…80be6d6 --add-to trust-policy.json

An artifact says who signed it, not whether that is who you think. So ask the publisher for the
key id on another way, and compare all digits. Without a terminal --compared is the answer.

Exit codes: 0 written, 1 not written, 2 usage or not compared, 3 a signature is missing or wrong.""",
)
@click.option(
    "--from", "artifact", required=True, type=_PATH, metavar="ARTIFACT", help="A signed tree, archive, bundle."
)
@click.option("--out", type=_PATH, default=Path("trust-policy.json"), show_default=True, help="The new trust policy.")
@click.option("--add-to", type=_PATH, metavar="POLICY", help="Add to this trust policy instead.")
@click.option("--scope", default="", metavar="PATTERN", help="Plugins to trust them for; default the one in ARTIFACT.")
@click.option("--root", "roots", multiple=True, type=_PATH, metavar="FILE", help="Trust holders below these roots.")
@click.option("--public-key", "public_keys", multiple=True, type=_PATH, metavar="FILE", help="Public key of a signer.")
@click.option("--compared", multiple=True, metavar="KEYID", help="A key id that was compared with the publisher.")
@click.option("--dry-run", is_flag=True, help="Check everything, but write nothing.")
@output_options
def command(
    *,
    artifact: Path,
    out: Path,
    add_to: Path | None,
    scope: str,
    roots: tuple[Path, ...],
    public_keys: tuple[Path, ...],
    compared: tuple[str, ...],
    dry_run: bool,
    output: Output,
) -> None:
    """Show who signed ARTIFACT, ask whether that was compared, and write a policy that trusts them."""
    from plugintool.author.trust_init import Introduction, init_trust  # noqa: PLC0415 - start-up is a feature

    introduction = Introduction(
        out=add_to or out, adds=add_to is not None, scope=scope, roots=roots, public_keys=public_keys, dry_run=dry_run
    )
    told = {"".join(one.split()).lower() for one in compared}
    output.emit(init_trust(artifact, introduction, lambda signer: has_compared(signer, told, output)), _lines)


def has_compared(signer: Signer, told: set[str], output: Output) -> bool:
    """Show a signer and return whether its key id was compared: named before, or answered at a terminal."""
    for line in _signer_lines(signer):
        output.say(line)
    if told or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return signer.key.key_id in told
    return click.confirm("Is this the key id that the publisher told you on another way?", default=False, err=True)


def _signer_lines(signer: Signer) -> Iterator[str]:
    yield f"{escape(signer.name)} is signed by {escape(signer.subject or 'a key without a certificate')}"
    yield f"  key id {signer.spoken} ({signer.key.kind.value})"


def _lines(made: Trusted) -> Iterator[str]:
    word = "would trust" if made.dry_run else "trusts"
    yield f"{escape(str(made.file))}: {word} {len(made.signers)} signer(s) for {escape(made.scope)}"
    yield f"next: plugintool trust test {escape(str(made.file))}"

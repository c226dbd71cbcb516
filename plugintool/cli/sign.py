"""``plugintool sign``: sign built trees and bundles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape
from plugintool.cli.signing_options import FILE, signing_options

if TYPE_CHECKING:
    from plugintool.author.credentials import SigningSource
    from plugintool.author.sign import Signed
    from plugintool.sign.prepared import Prepared


@click.command(
    short_help="sign built trees and bundles",
    epilog="""\b
Examples:
  plugintool sign dist/org-plugins --key release.key.pem --passphrase-file pass.txt --sequence 12
  plugintool sign acme-1.0.0.mcpb --key ca/signer.key.pem --certificate-chain ca/signer.chain.pem
  plugintool sign acme-1.0.0.mcpb --key release.key.pem   # Ed25519: acme-1.0.0.mcpb.sigstore.json
  plugintool sign dist/org-plugins --key 'pkcs11:token=t;object=k?module-path=/usr/lib/hsm.so'
  plugintool sign dist/org-plugins --public-key k.pub --signer-command 'kms {digest} {signature}'
  plugintool sign dist/org-plugins --public-key cold.pub.pem --prepare to-sign
  plugintool sign dist/org-plugins --public-key cold.pub.pem --attach to-sign
  plugintool sign dist/org-plugins --key new.key.pem --lineage lineage.5d33cae6.sigstore.json
  plugintool sign downloaded.mcpb --repair-container

A further key signs the same statement of a tree. A tree that was changed is refused: build it again first.

Exit codes: 0 done (also when the key had signed this tree before), 1 not signed, 2 usage.""",
)
@click.argument("artifacts", nargs=-1, required=True, type=FILE, metavar="ARTIFACT...")
@signing_options
@click.option(
    "--sequence", type=int, help="Orders the releases of a plugin and must grow; the Unix time when left out."
)
@click.option("--beside", is_flag=True, help="Sign bundles in a file beside them, as keys that are not RSA do anyway.")
@click.option("--prepare", type=FILE, metavar="DIR", help="Only write what is to be signed into DIR.")
@click.option("--attach", type=FILE, metavar="DIR", help="Finish with the signature values that were put into DIR.")
@click.option("--repair-container", is_flag=True, help="Make other readers open what mcpb sign signed; needs no key.")
@click.option("--dry-run", is_flag=True, help="Do everything but write.")
@output_options
def command(
    *,
    artifacts: tuple[Path, ...],
    source: SigningSource,
    sequence: int | None,
    beside: bool,
    prepare: Path | None,
    attach: Path | None,
    repair_container: bool,
    dry_run: bool,
    output: Output,
) -> None:
    """Sign each ARTIFACT, a tree that plugintool build wrote or a bundle (.mcpb), and verify the result."""
    from plugintool import clock  # noqa: PLC0415 - start-up is a feature
    from plugintool.author.sign import SignRequest, sign_artifacts  # noqa: PLC0415

    request = SignRequest(
        source=source,
        sequence=sequence,
        beside=beside,
        prepare=prepare,
        attach=attach,
        repair=repair_container,
        dry_run=dry_run,
    )
    output.emit(sign_artifacts(artifacts, request, now=clock.utc_now()), lambda signed: _lines(signed, dry_run=dry_run))


def _lines(signed: Signed | Prepared, *, dry_run: bool) -> Iterator[str]:
    from plugintool.sign.bundle import SignedBundle  # noqa: PLC0415 - start-up is a feature
    from plugintool.sign.prepared import Prepared  # noqa: PLC0415
    from plugintool.sign.sidecar import SignedBeside  # noqa: PLC0415
    from plugintool.sign.sign import SignedTree  # noqa: PLC0415

    if isinstance(signed, Prepared):
        verb = "would prepare" if dry_run else "prepared"
        yield f"{verb} {escape(signed.wanted.artifact.name)} for the {signed.key.kind.value} key {signed.key.key_id}"
        yield f"  sign    {escape(str(signed.directory / 'message'))} (its SHA-256: digest)"
        yield f"  put it  {escape(str(signed.directory / 'signature'))}, then run the same with --attach"
        return
    verb = "already signed" if not signed.is_new else "would sign" if dry_run else "signed"
    if isinstance(signed, SignedTree):
        statement = signed.statement
        shown = f"{verb} {escape(statement.name)} {escape(statement.version)}".rstrip()
        yield f"{shown}, sequence {statement.sequence}"
        yield f"  file    {escape(str(signed.tree / signed.file))} ({signed.signatures} in all)"
    elif isinstance(signed, SignedBeside):
        yield f"{verb} {escape(str(signed.bundle))}, sequence {signed.statement.sequence}"
        yield f"  file    {escape(str(signed.file))}"
    else:
        yield f"{verb} {escape(str(signed.bundle))}, dialect {signed.dialect.value}"
        yield f"  block   {signed.block_bytes} bytes"
    yield f"  key id  {signed.key_id}"
    if isinstance(signed, SignedBundle):
        yield f"  archive {signed.digest}"
    else:
        yield f"  {'record ' if isinstance(signed, SignedTree) else 'sha256 '} {signed.statement.digest}"
    if signed.timestamp is not None:
        yield f"  stamped {signed.timestamp.moment:%Y-%m-%dT%H:%M:%SZ} by {escape(signed.timestamp.authority)}"

"""``plugintool diff``: what another release can do, and which files differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.plugin.diff import Diff, FileChange

_MARKS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow"), "renamed": ("~", "yellow")}
_MODE = ("x", "yellow")


@click.command(
    short_help="compare two releases: behaviour first, files second",
    epilog="""\b
Examples:
  plugintool diff released/acme-tools-1.1.0.zip dist/acme-tools-1.2.0.zip
  plugintool diff dist/org-plugins/acme-tools plugins/acme-tools
  plugintool diff old.zip new.zip --fail-on new-hook,new-host,new-executable
  plugintool diff old.zip new.zip --fail-on any-change     the same content?

A source tree counts as what a build would make of it. plugintool explain says what each gate stops.

Exit codes: 0 compared, 1 a gate was hit or something cannot be read, 2 usage.""",
)
@click.argument("old", type=click.Path(path_type=Path, readable=False), metavar="OLD")
@click.argument("new", type=click.Path(path_type=Path, readable=False), metavar="NEW")
@click.option(
    "--fail-on",
    metavar="GATES",
    multiple=True,
    help="Exit with 1 when it happens: new-hook, new-host, new-executable, any-removal …, separated by commas.",
)
@output_options
def command(*, old: Path, new: Path, fail_on: tuple[str, ...], output: Output) -> None:
    """Compare the releases OLD and NEW: trees, archives or bundles."""
    from plugintool.author.diff import diff_releases  # noqa: PLC0415 - start-up is a feature

    gates = {gate.strip() for text in fail_on for gate in text.split(",") if gate.strip()}
    output.emit(diff_releases(old, new, gates=gates), _lines)


def _lines(found: Diff) -> Iterator[str]:
    sides = [" ".join(filter(None, (escape(side.name), escape(side.version)))) for side in (found.old, found.new)]
    yield click.style(f"{sides[0] or '(no name)'} -> {sides[1] or '(no name)'}", bold=True)
    if found.is_empty:
        yield "no difference"
        return
    yield "behaviour" if found.behaviour else "behaviour  no difference"
    for change in found.behaviour:
        yield f"  {_mark(change.what)} {escape(change.as_text())}"
    numbers = Counter(change.what for change in found.files)
    yield "files  " + (", ".join(f"{number} {what}" for what, number in sorted(numbers.items())) or "no difference")
    for file in found.files:
        yield f"  {_mark(file.what)} {escape(file.path)}  {_file_text(file)}"
    old, new = found.old.record.total_bytes, found.new.record.total_bytes
    yield f"size  {old} -> {new} bytes ({new - old:+d})"


def _mark(what: str) -> str:
    sign, color = _MARKS.get(what, _MODE)
    return click.style(sign, fg=color)


def _file_text(change: FileChange) -> str:
    before, after = change.before, change.after
    entry = after or before
    assert entry is not None
    if before is None or after is None:
        return f"{entry.size} bytes" + (", executable" if entry.executable else "")
    sizes = f"{before.size} -> {after.size} bytes" if before.sha256 != after.sha256 else ""
    mode = "executable" if after.executable else "no longer executable"
    return ", ".join(filter(None, (sizes, mode if before.executable != after.executable else "")))

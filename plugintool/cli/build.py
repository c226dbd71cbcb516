"""``plugintool build``: write the built tree of a plugin, or a bundle."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.output import Output, output_options
from plugintool.cli.release_options import Choices, build_choices, out_option
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.author.build import Listing
    from plugintool.build.bundle_file import BuiltBundle
    from plugintool.build.fate import Fate
    from plugintool.build.write import Built

_MARKS = {"included": ("+", "green"), "omitted": ("-", "yellow"), "invalid": ("!", "red")}


@click.command(
    short_help="write the built tree of a plugin, or a bundle",
    epilog="""\b
Examples:
  plugintool build                          the plugin here
  plugintool build plugins/*                several plugins
  plugintool build word-tools               a bundle by itself
  plugintool build . --list                 the fate of every file
  plugintool build . --why docs/notes.md    the same for one file
  plugintool build . --sync-version 2.0.1   what devices compare
  plugintool build marketplace --jobs 0     all plugins of it
  plugintool build . --check-reproducible   twice, and compare
  plugintool build clock --vendor           fetch dependencies of a bundle

A plugin that only a marketplace.json describes gets the plugin.json that its entry stands for.

Errors of lint stop a build. What was built before stays in place until the new tree is complete.

Exit codes: 0 done, 1 not built, 2 usage.""",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, readable=False), metavar="[PATH]...")
@out_option()
@click.option("--list", "is_list", is_flag=True, help="Tell the fate of every file; write nothing.")
@click.option("--why", metavar="FILE", multiple=True, help="Tell the fate of a file or directory; write nothing.")
@build_choices
@output_options
def command(
    *, paths: tuple[Path, ...], out: Path, is_list: bool, why: tuple[str, ...], choices: Choices, output: Output
) -> None:
    """Build each plugin at PATH, or the one in the current directory; a marketplace means all its plugins.

    A directory with a bundle manifest (manifest.json) that is no plugin becomes a bundle.
    """
    from plugintool.author import build  # noqa: PLC0415 - start-up is a feature
    from plugintool.build.write import Built  # noqa: PLC0415 - as above

    paths = paths or (Path(),)
    if is_list or why:
        secrets, vendor = choices.allowed_secrets, choices.vendor
        listed = build.list_fates(paths, out=out, why=why, allowed_secrets=secrets, vendor=vendor)
        output.emit(listed, _listing_lines)
    from plugintool.author.lint_bundle import lint_with_bundles  # noqa: PLC0415 - listing needs no rules

    options = build.BuildOptions(out=out, lint=lint_with_bundles, **choices._asdict())
    report = build.build_plugins(paths, options)
    code = output.show(report, _built_lines)
    if code == 0 and choices.check_reproducible:
        output.say("reproducible: a second build gave the same bytes")
    trees = [outcome.value.root for outcome in report.outcomes if isinstance(outcome.value, Built)]
    if code == 0 and trees:
        place = escape(shlex.quote(str(trees[0] if len(trees) == 1 else trees[0].parent)))
        output.say(f"next: plugintool sign {place} --key KEY.pem, then plugintool pack {place}")
    raise click.exceptions.Exit(code)


def _built_lines(built: Built | BuiltBundle) -> Iterator[str]:
    from plugintool.build.bundle_file import BuiltBundle  # noqa: PLC0415 - imported already where something was built

    yield f"built {escape(built.name)} {escape(built.version)}".rstrip()
    place = (
        ("bundle", f"{built.path} ({built.size} bytes)")
        if isinstance(built, BuiltBundle)
        else ("tree", str(built.root))
    )
    files = ("files", f"{len(built.record.entries)} ({built.record.total_bytes} bytes)")
    last = (
        [("sha256", built.sha256)]
        if isinstance(built, BuiltBundle)
        else [("record", built.record.digest), ("version", built.sync_version)]
    )
    bills = [("bill", str(path)) for path in built.bills]
    for label, text in (place, files, ("omitted", str(len(built.plan.omitted))), *last, *bills):
        yield f"  {label:<8} {escape(text)}"


def _listing_lines(listing: Listing) -> Iterator[str]:
    for fate in listing.fates:
        yield _fate_line(fate)


def _fate_line(fate: Fate) -> str:
    mark, color = _MARKS[fate.fate]
    why = f"  [{fate.reason}] {escape(fate.why)}" if fate.why else ""
    return f"{click.style(mark, fg=color)} {escape(fate.path)}{why}"

"""``plugintool lint``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from plugintool.cli import lint_text
from plugintool.cli.lint_options import lint_options
from plugintool.cli.output import LINT_FORMATS, Output, output_options_for
from plugintool.frozen import replace

if TYPE_CHECKING:
    from plugintool.author.lint import LintRequest

_EPILOG = """\b
Examples:
  plugintool lint
  plugintool lint --strict my-plugin other-plugin
  plugintool lint --select HK,MC --ignore HK018 my-plugin
  plugintool lint --profile client --client 2.1.197 my-plugin
  plugintool lint --format sarif --jobs 0 ./marketplace > lint.sarif
  plugintool lint --baseline lint-baseline.json --fail-on warning my-plugin
  plugintool lint --diff my-plugin | git apply
  plugintool lint --matrix --target cowork --target claude-code my-plugin

Exit codes: 0 nothing that fails, 1 findings that fail or an unreadable path, 2 wrong usage; alike in every format.
"""


@click.command(short_help="check plugins against the rules", epilog=_EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(readable=False), metavar="[PATH]...")
@click.option("--fix", is_flag=True, help="Make the safe repairs, then check again.")
@click.option("--diff", is_flag=True, help="Show the repairs as a patch for git apply and write nothing.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: also repairs that may change what is meant.")
@click.option("--matrix", is_flag=True, help="Show for each target and version whether the plugin works.")
@lint_options
@output_options_for(LINT_FORMATS)
def command(
    paths: tuple[str, ...],
    request: LintRequest,
    output: Output,
    *,
    fix: bool,
    diff: bool,
    unsafe_fixes: bool,
    matrix: bool,
) -> None:
    """Check plugins against the rules.

    PATH is a plugin, a marketplace (or its file), an org-plugins directory, a bundle or a .mcpb file; without one the
    current directory is checked.
    """
    _refuse_together(repairs=fix or diff, unsafe=unsafe_fixes, matrix=matrix)
    paths = paths or (".",)
    if matrix:
        from plugintool.author.lint_matrix import lint_matrix  # noqa: PLC0415 - start-up is a feature

        output.emit(lint_matrix(paths, request), lint_text.matrix_lines)
    if fix or diff:
        from plugintool.author.fix import fix_paths  # noqa: PLC0415 - as above

        shown = replace(output, quiet=output.quiet and not diff)
        shown.emit(fix_paths(paths, request, unsafe=unsafe_fixes, diff=diff), lint_text.fix_lines)
    from plugintool.author.lint import lint_paths  # noqa: PLC0415 - as above

    output.emit(lint_paths(paths, request), lint_text.value_lines)


def _refuse_together(*, repairs: bool, unsafe: bool, matrix: bool) -> None:
    if unsafe and not repairs:
        raise click.UsageError("--unsafe-fixes needs --fix or --diff")
    if matrix and repairs:
        raise click.UsageError("--matrix repairs nothing: leave --fix and --diff away")

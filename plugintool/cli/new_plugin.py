"""``plugintool new plugin``."""

from __future__ import annotations

import difflib
from pathlib import Path

import click

from plugintool.cli.new_options import EXIT_CODES, finish
from plugintool.cli.output import Output, output_options

KINDS = ("agent", "command", "skill", "hook", "mcp", "bundle")
"""As in ``scaffold.compose``, kept here so that ``--help`` imports nothing; a test compares them."""
CI = ("github", "gitlab")
"""As in ``scaffold.compose``, as above."""
_ALL = "all"


class _Kinds(click.ParamType[tuple[str, ...]]):
    """A list of kinds, separated by commas; plurals and ``all`` are understood, typos get a suggestion."""

    name = "kinds"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the kinds that ``value`` names."""
        found: list[str] = []
        for word in filter(None, (part.strip() for part in value.split(","))):
            kind = word.removesuffix("s")
            if kind not in (*KINDS, _ALL):
                similar = difflib.get_close_matches(word, (*KINDS, _ALL), n=1)
                hint = f" Did you mean {similar[0]!r}?" if similar else ""
                self.fail(f"{word!r} is not one of {', '.join((*KINDS, _ALL))}.{hint}", param, ctx)
            found += KINDS if kind == _ALL else [kind]
        if not found:
            self.fail("it names no component", param, ctx)
        return tuple(dict.fromkeys(found))


@click.command(
    name="plugin",
    short_help="scaffold a plugin, or complete a directory that exists",
    epilog=f"""\b
Examples:
  plugintool new plugin code-reviewer
  plugintool new plugin acme-review --with agent,hook --author "Acme <plugins@acme.test>"
  plugintool new plugin acme-review --ci github
  cd my-skills && plugintool new plugin my-skills --here

{EXIT_CODES}""",
)
@click.argument("name")
@click.option(
    "--with",
    "kinds",
    type=_Kinds(),
    multiple=True,
    metavar="KINDS",
    help=f"Components, separated by commas: {', '.join(KINDS)}, all. Default: agent,command,skill,mcp.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path, readable=False),
    default=".",
    metavar="DIR",
    help="Where to put it [default: .]",
)
@click.option("--here", is_flag=True, help="The directory (. or DIR) is the plugin: add only what is missing.")
@click.option("--author", default="", metavar="'N <MAIL>'", help="Name and, if you like, mail address of the author.")
@click.option("--description", default="", metavar="TEXT", help="What the plugin does, in one line.")
@click.option("--mcp-url", default="", metavar="URL", help="Address of the remote MCP server.")
@click.option("--ci", type=click.Choice(CI), default=None, help="Add a workflow: lint, build; on a tag sign, pack.")
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
@output_options
def command(
    *,
    name: str,
    kinds: tuple[tuple[str, ...], ...],
    into: Path,
    here: bool,
    author: str,
    description: str,
    mcp_url: str,
    ci: str | None,
    dry_run: bool,
    output: Output,
) -> None:
    """Scaffold the plugin NAME: manifest, README, license and components that work as they are.

    Without --with it is a plugin that reviews code: an agent, a command, a skill and a remote MCP server. With --here,
    a directory that holds files already gets the manifest, README and license that it lacks, and components only when
    --with asks for them.
    """
    from plugintool.author.new import PluginRequest, new_plugin  # noqa: PLC0415 - start-up is a feature

    wanted = tuple(dict.fromkeys(kind for group in kinds for kind in group)) if kinds else None
    request = PluginRequest(
        name=name,
        directory=into,
        here=here,
        kinds=wanted,
        author=author,
        description=description,
        mcp_url=mcp_url,
        ci=ci or "",
        dry_run=dry_run,
    )
    finish(output, new_plugin(request))

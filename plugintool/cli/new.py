"""``plugintool new``: the group of what can be scaffolded."""

from __future__ import annotations

import click

from plugintool.cli.lazy import LazyGroup, Listed

COMMANDS: dict[str, Listed] = {
    "plugin": Listed("Plugin", "scaffold a plugin, or complete a directory that exists"),
    "bundle": Listed("Bundle", "scaffold a bundle with a local MCP server, by itself or in a plugin"),
    "agent": Listed("Component", "add an agent to a plugin"),
    "command": Listed("Component", "add a slash command to a plugin"),
    "skill": Listed("Component", "add a skill to a plugin"),
    "hook": Listed("Component", "add a hook with its script to a plugin"),
    "mcp": Listed("Component", "add a remote MCP server to a plugin"),
}


@click.group(
    name="new",
    cls=LazyGroup,
    table=COMMANDS,
    prefix="new_",
    short_help="scaffold a plugin, a bundle or a component",
    epilog="""\b
Examples:
  plugintool new plugin code-reviewer
  plugintool new skill release-notes --plugin code-reviewer
  plugintool new bundle word-tools --server python

Exit codes: 0 done, 1 a name is taken or a file cannot be written, 2 usage.""",
)
def command() -> None:
    """Scaffold a plugin or a bundle, or add a component to a plugin; what exists is never overwritten."""

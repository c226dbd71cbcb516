"""``plugintool check``: start servers and hooks, and see whether they answer."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool.cli.check_options import check_options
from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape

if TYPE_CHECKING:
    from plugintool.author.check_request import CheckRequest
    from plugintool.author.checked import Checked, CheckedHook, CheckedServer

_EPILOG = """\b
Examples:
  plugintool check dist/clock-1.0.0.mcpb             as it is installed
  plugintool check bundles/clock --config zone=UTC   with a setting
  plugintool check --hooks my-plugin                 servers and hooks
  plugintool check --online ./marketplace            remote servers too

Exit codes: 0 everything answers, 1 findings that fail or an unreadable path, 2 usage.
"""
_NAMES_SHOWN = 8
_COMMAND_SHOWN = 80


@click.command(short_help="start servers and hooks and see whether they answer", epilog=_EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, readable=False), metavar="[PATH]...")
@check_options
@output_options
def command(paths: tuple[Path, ...], request: CheckRequest, output: Output) -> None:
    """Start MCP servers and hooks, and see whether they answer.

    This EXECUTES the code of what you name, with your rights and without a sandbox: never run it on a stranger's code.
    No other command executes plugin code, apart from the build of a Python server by build --vendor or --wheels.

    PATH is a bundle (.mcpb), the source directory of one, a plugin, an archive of one, a marketplace or an org-plugins
    directory; without one the current directory is checked. Everything runs in a private copy, with a clean environment
    and an empty home directory, speaks the real protocol in both of its eras, and is ended afterwards with all of its
    children.
    """
    from plugintool.author.check import check_paths  # noqa: PLC0415 - start-up is a feature

    _end_with_the_terminal()
    output.emit(check_paths(paths or (Path(),), request), _lines)


def _end_with_the_terminal() -> None:
    """When the terminal goes away, end what was started as after SIGTERM; nohup keeps its meaning."""
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is not None and signal.getsignal(hangup) is signal.SIG_DFL:
        signal.signal(hangup, signal.getsignal(signal.SIGTERM))


def _lines(checked: Checked) -> Iterator[str]:
    yield click.style(f"{checked.kind} {escape(checked.name)}", bold=True)
    for server in checked.servers:
        yield from _server(server)
    for hook in checked.hooks:
        yield from _hook(hook)
    total = len(checked.servers) + len(checked.hooks)
    yield f"  {checked.started} checked, {total - checked.started} not checked"


def _server(server: CheckedServer) -> Iterator[str]:
    spoken = f"{server.era} {server.version}".strip()
    calls_itself = f"{server.server_name} {server.server_version}".strip()
    waited = "" if server.first_answer is None else f"first answer after {server.first_answer:.2f} s"
    facts = [text for text in (server.transport, spoken, calls_itself, waited) if text]
    yield f"  server {escape(server.name)}  {server.state}  {escape(' · '.join(facts))}"
    for kind, names in (("tools", server.tools), ("prompts", server.prompts)):
        if names:
            more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
            yield f"    {kind}  {escape(', '.join(names[:_NAMES_SHOWN]))}{more}"
    yield from (f"    stderr | {escape(line)}" for line in server.stderr)


def _hook(hook: CheckedHook) -> Iterator[str]:
    code = "not ended" if hook.exit_code is None else f"exit code {hook.exit_code}"
    how = f"{code} after {hook.seconds:.2f} s · output: {hook.output}" if hook.ran else "not run"
    matcher = f" {escape(hook.matcher)}" if hook.matcher else ""
    yield f"  hook {escape(hook.event)}{matcher}  {how}  {escape(hook.command[:_COMMAND_SHOWN])}".rstrip()
    yield from (f"    stderr | {escape(line)}" for line in hook.stderr)

"""The group of all commands, loaded on demand, and the only place that turns an error into an exit code.

Exit codes: 0 done · 1 findings or a failure · 2 usage · 3 not verified · 4 not installed · 70 our own bug ·
130/143 interrupted · 141 closed pipe. They do not depend on the format or on how much is printed.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import click

from plugintool import __version__
from plugintool.cli.lazy import LazyGroup, Listed
from plugintool.errors import ConfigError, PlugintoolError

EXIT_BUG, EXIT_INTERRUPTED, EXIT_TERMINATED, EXIT_CLOSED_PIPE = 70, 130, 143, 141
COMPLETION_VARIABLE = "_PLUGINTOOL_COMPLETE"
"""Set by the scripts of ``plugintool completion``: click answers them before it parses."""

COMMANDS: dict[str, Listed] = {
    "new": Listed("Author", "scaffold a plugin, a bundle or a component"),
    "dev": Listed("Author", "watch, build and reload a plugin while you edit it"),
    "lint": Listed("Author", "check plugins against the rules"),
    "explain": Listed("Author", "explain a rule, step, error or omit reason"),
    "check": Listed("Author", "start servers and hooks and see whether they answer"),
    "build": Listed("Author", "write the built tree of a plugin, or a bundle"),
    "inspect": Listed("Author", "show what something is and what it can do"),
    "bump": Listed("Author", "set the next version in all places at once"),
    "diff": Listed("Author", "compare two releases: behaviour first, files second"),
    "keys": Listed("Release", "make signing keys and certificates"),
    "sign": Listed("Release", "sign built trees and bundles"),
    "pack": Listed("Release", "pack built trees into archives"),
    "verify": Listed("Release", "verify artifacts step by step"),
    "unpack": Listed("Release", "unpack a bundle or an archive, strictly"),
    "marketplace": Listed("Release", "publish archives as a marketplace"),
    "trust": Listed("Administrator", "make, test and feed trust policies"),
    "device": Listed("Administrator", "install, update, audit and revert on a device"),
    "demo": Listed("Everybody", "play all journeys and the attacks, offline"),
    "doctor": Listed("Everybody", "check this machine and project, and say how to repair them"),
    "completion": Listed("Everybody", "print a shell completion script"),
}
"""Names and short helps, kept here so that listing them imports nothing; a test compares them with the commands."""


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="plugintool %(version)s")
def command() -> None:
    """Build, sign, verify and install Claude plugins."""


def run(args: Sequence[str]) -> int:
    """Run one command line and return its exit code; nothing escapes."""
    signal.signal(signal.SIGTERM, _terminate)
    _make_printing_safe()
    try:
        return _run(args)
    except BrokenPipeError:
        _drop_stdout()
        return EXIT_CLOSED_PIPE
    except (KeyboardInterrupt, click.exceptions.Abort):
        return EXIT_INTERRUPTED
    except _TerminatedError:
        return EXIT_TERMINATED
    except OSError:
        # Even the report of an error could not be written: the exit code is all that is left.
        _drop_stdout()
        return PlugintoolError.exit_code


def _run(args: Sequence[str]) -> int:
    """Run one command line; errors are reported here, so that a failing report is met by ``run``."""
    try:
        code = command.main(list(args), prog_name="plugintool", standalone_mode=False)
        _flush()
    except SystemExit as request:
        # click itself exits in two cases only: it has answered a shell's completion, or the pipe was closed.
        if COMPLETION_VARIABLE not in os.environ:
            raise BrokenPipeError from request
        return int(request.code or 0)
    except (BrokenPipeError, click.exceptions.Abort):
        raise
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ConfigError.exit_code
    except click.ClickException as error:
        return _report_usage(error, args)
    except PlugintoolError as error:
        return _report_error(error, args)
    except OSError as error:
        return _report_error(_refused(error), args)
    except Exception as bug:  # noqa: BLE001 - the last line of defence: a bug is reported, never shown as a traceback
        if isinstance(bug.__cause__, KeyboardInterrupt | _TerminatedError):
            raise bug.__cause__ from None  # before 3.12, Python wraps what arrives inside ``__set_name__``
        return _report_bug(bug, args)
    return code if isinstance(code, int) else 0


class _TerminatedError(BaseException):
    """SIGTERM arrived; a BaseException, so that only clean-up code sees it."""


def _terminate(signum: int, frame: FrameType | None) -> NoReturn:
    del signum, frame
    raise _TerminatedError


def _make_printing_safe() -> None:
    """Let no stream refuse a character (``LC_ALL=C``, code page 1252): help texts are printed by click itself."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _flush() -> None:
    """Write what is buffered while an error can still be reported; a closed stdout is None."""
    if sys.stdout is not None:
        sys.stdout.flush()


def _drop_stdout() -> None:
    """Send what is still buffered to nowhere, so that the interpreter does not complain at exit."""
    with contextlib.suppress(OSError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _refused(error: OSError) -> PlugintoolError:
    """An error of the system that no use case has turned into one of ours: a full disk, or a closed stdout."""
    reason = (error.strerror or type(error).__name__).lower()
    return PlugintoolError(f"the system refused: {reason}", path=str(error.filename or ""))


def _report_usage(error: click.ClickException, args: Sequence[str]) -> int:
    """Show an error of click in the form of ours: lower case, no final period, and where to read on."""
    message = error.format_message().removesuffix(".")
    hint = "see plugintool --help"
    if isinstance(error, click.UsageError) and error.ctx is not None:
        hint = f"see {error.ctx.command_path} --help"
    return _report_error(ConfigError(message[:1].lower() + message[1:], hint=hint), args)


def _report_error(error: PlugintoolError, args: Sequence[str]) -> int:
    """Show an error that belongs to no subject, in the format that was asked for."""
    from plugintool.cli.output import output_of  # noqa: PLC0415 - --help needs neither it nor what it imports
    from plugintool.report import Outcome, Report  # noqa: PLC0415 - as above

    name = next((arg for arg in args if arg in COMMANDS), "")
    return output_of(args).show(Report(name, (Outcome(subject="", error=error),)), lambda _: ())


def _report_bug(bug: Exception, args: Sequence[str]) -> int:
    from plugintool.cli import bugreport  # noqa: PLC0415 - only when needed
    from plugintool.cli.output import output_of  # noqa: PLC0415 - as above

    return bugreport.show(bug, args, output_of(args), EXIT_BUG)

"""What is shown when we crash: one sentence, and with PLUGINTOOL_DEBUG=1 a report file."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Sequence

from plugintool import __version__
from plugintool.cli.output import Output
from plugintool.errors import PlugintoolError
from plugintool.report import Outcome, Report


class _BugError(PlugintoolError):
    code = "bug"
    exit_code = 70


def show(bug: Exception, args: Sequence[str], output: Output, exit_code: int) -> int:
    """Report ``bug`` as an outcome and return ``exit_code``."""
    hint = "run again with PLUGINTOOL_DEBUG=1 to write a report file"
    if os.environ.get("PLUGINTOOL_DEBUG"):
        hint = _write(bug, args)
    error = _BugError(f"this is a bug in plugintool {__version__} ({type(bug).__name__})", hint=hint)
    output.show(Report("", (Outcome(subject="", error=error),)), lambda _: ())
    return exit_code


def _write(bug: Exception, args: Sequence[str]) -> str:
    """Write the report and say where it is; that this fails too must not hide the bug."""
    lines = [f"plugintool {__version__}\n", f"arguments: {list(args)!r}\n\n", *traceback.format_exception(bug)]
    try:
        with tempfile.NamedTemporaryFile(prefix="plugintool-bug-", suffix=".txt", delete=False) as target:
            target.write("".join(lines).encode(errors="backslashreplace"))
    except OSError as error:
        return f"the report could not be written: {error.strerror}"
    return f"the report is in {target.name}"

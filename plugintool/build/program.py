"""Programs that are run to their end: npm, pip, a build backend.

Each gets an environment of its own: what it needs to find its files, the network and its certificates, and fixed
values for everything that could make two runs differ. It has no terminal, a time limit, and its output is bounded.
When it has to be stopped, its children are stopped with it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from plugintool import limits
from plugintool.errors import BuildError

_PLACES = "PATH PATHEXT HOME USERPROFILE APPDATA LOCALAPPDATA PROGRAMDATA SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC TMPDIR"
_NETWORK = (
    "TEMP TMP HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE"
    " CURL_CA_BUNDLE NODE_EXTRA_CA_CERTS"
)
_PIP = (
    "PIP_CONFIG_FILE PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST PIP_CERT PIP_CLIENT_CERT PIP_PROXY"
    " PIP_CACHE_DIR PIP_FIND_LINKS PIP_NO_INDEX"
)
_NPM = (
    "NPM_CONFIG_REGISTRY NPM_CONFIG_USERCONFIG NPM_CONFIG_GLOBALCONFIG NPM_CONFIG_CACHE NPM_CONFIG_CAFILE"
    " NPM_CONFIG_PROXY NPM_CONFIG_HTTPS_PROXY NPM_CONFIG_STRICT_SSL NPM_CONFIG_OFFLINE"
)
_KEPT = frozenset(f"{_PLACES} {_NETWORK} {_PIP} {_NPM}".split())
"""Variables that reach a program, in any letter case; nothing else does, tokens of build services least of all."""
_FIXED = {
    "CI": "true",
    "LC_ALL": "C.UTF-8",
    "NO_COLOR": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "SOURCE_DATE_EPOCH": "315532800",
    "TZ": "UTC",
}
"""The epoch is 1980-01-01, the first day that a zip archive can name."""
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)")
_LINES_SHOWN = 20


def environment_for(inherited: Mapping[str, str], **more: str) -> dict[str, str]:
    """Return the environment of a program: what is kept of ``inherited``, the fixed values, and ``more``."""
    kept = {name: value for name, value in inherited.items() if name.upper() in _KEPT}
    return {**kept, **_FIXED, **more}


def find_program(name: str, environment: Mapping[str, str], *, hint: str) -> str:
    """Return the path of a program.

    Raises:
        BuildError: there is none of that name on ``PATH``.
    """
    found = shutil.which(name, path=environment.get("PATH", os.defpath))
    if found is None:
        raise BuildError(f"the program {name} is not on PATH", hint=hint)
    return found


def run_program(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], seconds: float = limits.VENDOR_SECONDS
) -> None:
    """Run a program and wait for its end.

    Args:
        command: the program and its arguments.
        cwd: the directory it works in.
        environment: exactly what it gets (``environment_for``).
        seconds: how long it may take.

    Raises:
        BuildError: it cannot be started, takes too long, or ends with another code than 0; ``problems`` are the last
            lines that it printed.
    """
    with tempfile.TemporaryFile(dir=cwd.parent) as output:
        try:
            process = subprocess.Popen(  # noqa: S603 - a list of arguments, no shell
                command,
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            reason = (error.strerror or "error").lower()
            raise BuildError(f"{_called(command)} cannot be started: {reason}", path=command[0]) from error
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            message = f"{_called(command)} did not end within {seconds:g} seconds"
            _stop(process)
            raise BuildError(message, problems=_last_lines(output)) from error
        finally:
            _stop(process)
        if code != 0:
            ended = f"was stopped by signal {-code}" if code < 0 else f"ended with code {code}"
            raise BuildError(f"{_called(command)} {ended}", problems=_last_lines(output))


def _called(command: Sequence[str]) -> str:
    """Return how a command is named in errors: the program and what it was to do, without paths."""
    words = [Path(command[0]).name, *(word for word in command[1:4] if os.sep not in word)]
    return " ".join(words)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a program and its children; harmless when they have ended."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_lines(output: IO[bytes]) -> tuple[str, ...]:
    """Return the end of what was printed, without escape sequences and empty lines."""
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - limits.VENDOR_OUTPUT_BYTES))
    text = _ESCAPES.sub("", output.read().decode(errors="replace"))
    return tuple(line.rstrip() for line in text.splitlines() if line.strip())[-_LINES_SHOWN:]

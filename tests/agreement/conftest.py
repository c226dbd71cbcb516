"""The genuine client as it is: own home, own configuration, no telemetry, and no network where we can take it away.

``make agreement`` installs it below ``.tools/claude``; ``PLUGINTOOL_CLAUDE`` names another copy.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parents[1] / ".tools" / "claude" / "node_modules" / "@anthropic-ai"
MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
    "NO_COLOR": "1",
    "TERM": "dumb",
}

Client: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]


def find_client() -> Path | None:
    """Return the program, None where it is not installed."""
    machine = MACHINES.get(platform.machine().lower(), "")
    installed = TOOLS / f"claude-code-{platform.system().lower()}-{machine}" / "claude"
    chosen = Path(os.environ.get("PLUGINTOOL_CLAUDE") or installed)
    return chosen if chosen.is_file() else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this directory carries the marker ``agreement``."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("agreement")


@pytest.fixture(scope="session")
def claude(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """Run the client with the given arguments; ``cwd``, ``env`` and ``timeout`` are those of ``subprocess.run``.

    With ``loopback`` it may reach servers on this machine: such a test names a proxy of its own for everything else.
    """
    program = find_client()
    if program is None:
        pytest.skip("the genuine client is not installed: make agreement")
    home = tmp_path_factory.mktemp("home")
    base = {"PATH": os.defpath, "HOME": str(home), "CLAUDE_CONFIG_DIR": str(home / ".claude"), **QUIET}
    prefix = _without_network()

    def run(
        *args: str,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        timeout: float = 120,
        loopback: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*([] if loopback else prefix), str(program), *args],
            cwd=cwd or home,
            env=base | (env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run


def _without_network() -> list[str]:
    """An empty network name space, where the system lets us make one."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode:
        return []
    return [unshare, "-rn"]

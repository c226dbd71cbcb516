"""What all tests share: a quiet environment, no network, programs that are not ours, and an honest account of skips.

A test that needs a foreign program says so with ``@pytest.mark.foreign("zip")``. The name is that of a program, or of
an npm package of ``tests/foreign/package.json``. Where it is missing the test is skipped and named at the end under
"not run"; with ``CI=true`` every skip is a failure, so that nothing goes unnoticed there.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
NODE_BIN = ROOT / ".tools" / "node" / "bin"
NODE_PACKAGES = ROOT / ".tools" / "foreign" / "node_modules"
IN_CI = os.environ.get("CI") == "true"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
LOUD_VARIABLES = ("FORCE_COLOR", "NO_COLOR", "PLUGINTOOL_DEBUG", "PYTHONWARNINGS", "SOURCE_DATE_EPOCH")

Completed: TypeAlias = subprocess.CompletedProcess[str]
RunNode: TypeAlias = Callable[..., Completed]

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=IN_CI)
settings.load_profile("house")


def find_program(name: str) -> str | None:
    """Return the path of a foreign program or npm package, None where it is not installed."""
    if name in _npm_packages():
        package = NODE_PACKAGES / name
        return str(package) if find_program("node") and package.is_dir() else None
    return shutil.which(name, path=f"{NODE_BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}")


@functools.cache
def _npm_packages() -> frozenset[str]:
    wanted = json.loads((ROOT / "tests" / "foreign" / "package.json").read_text("utf-8"))
    return frozenset(wanted["dependencies"])


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def foreign() -> Callable[[str], str]:
    """Give the path of a foreign program; the test must carry the marker ``foreign`` for it."""

    def find(name: str) -> str:
        found = find_program(name)
        assert found is not None, f"{name} is missing: mark the test with @pytest.mark.foreign({name!r})"
        return found

    return find


@pytest.fixture(scope="session")
def run_node(foreign: Callable[[str], str]) -> RunNode:
    """Run a JavaScript text in node with the npm packages of tests/foreign; more arguments are those of the script."""

    def run(script: str, *args: str, **options: Any) -> Completed:
        env = {**os.environ, "NODE_PATH": str(NODE_PACKAGES), "NODE_NO_WARNINGS": "1"}
        command = [foreign("node"), "-e", script, "--", *args]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False, **options)

    return run


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that opens a connection to another machine fails: everything here works offline."""
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family != getattr(socket, "AF_UNIX", None) and address[0] not in LOOPBACK:
            _forbid(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


def _forbid(address: object) -> NoReturn:
    raise AssertionError(f"a test tried to reach {address}")


@pytest.fixture(autouse=True, scope="session")
def _quiet_environment() -> Iterator[None]:
    """The caller's wishes about colours and debugging do not reach the tests."""
    saved = {name: os.environ.pop(name) for name in LOUD_VARIABLES if name in os.environ}
    yield
    os.environ.update(saved)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose foreign program is missing."""
    for marker in item.iter_markers("foreign"):
        missing = [name for name in marker.args if find_program(name) is None]
        if missing:
            pytest.skip(f"{', '.join(missing)} not installed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Turn a skip into a failure on a build machine."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which is a failure with CI=true: {_reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """The same for a whole file that skips itself."""
    report = yield
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, which is a failure with CI=true: {_reason(report.longrepr)}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what did not run, and why."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = _reason(report.longrepr)
        reasons[reason] = reasons.get(reason, 0) + 1
    if reasons:
        terminalreporter.section("not run")
        for reason, count in sorted(reasons.items()):
            terminalreporter.line(f"not run: {count} test{'s' if count > 1 else ''}: {reason}")


def _reason(longrepr: object) -> str:
    text = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return text.removeprefix("Skipped: ")

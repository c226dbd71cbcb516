"""The command-line core with one more command, in this process and in another."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TypeAlias

import pytest

from plugintool.cli.lazy import Listed
from plugintool.cli.main import COMMANDS, run

PROGRAM = Path(__file__).with_name("fake_command.py")


class Ended(NamedTuple):
    """How a command line ended."""

    code: int
    out: str
    err: str


RunFake: TypeAlias = Callable[..., Ended]
Spawn: TypeAlias = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture(scope="session")
def fake_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("plugintool.cli.fake", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["plugintool.cli.fake"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def fake(fake_module: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunFake:
    """Run a command line in this process; ``fake OUTCOME`` is one of its commands."""
    monkeypatch.setitem(sys.modules, "plugintool.cli.fake", fake_module)
    monkeypatch.setitem(COMMANDS, "fake", Listed("Everybody", "end as asked"))
    monkeypatch.setattr("signal.signal", lambda *_: None)

    def call(*args: str) -> Ended:
        capsys.readouterr()
        code = run(args)
        return Ended(code, *capsys.readouterr())

    return call


@pytest.fixture
def spawn() -> Spawn:
    """Start the same in another process, where signals, pipes, encodings and exit codes are real."""

    def start(*args: str, env: dict[str, str] | None = None, **options: Any) -> subprocess.Popen[bytes]:
        streams: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        } | options
        command: list[str] = [sys.executable, str(PROGRAM), *args]
        return subprocess.Popen(command, env=os.environ | (env or {}), text=False, **streams)

    return start


@pytest.fixture
def finish(spawn: Spawn) -> RunFake:
    """Run the same in another process to its end."""

    def call(*args: str, **options: Any) -> Ended:
        with spawn(*args, **options) as process:
            out, err = process.communicate(timeout=30)
        return Ended(process.returncode, (out or b"").decode(), (err or b"").decode())

    return call

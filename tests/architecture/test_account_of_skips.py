"""The account of what did not run: a skip is told at the end, and is a failure on a build machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

@pytest.mark.foreign("no-such-program-anywhere")
def test_needs_a_program(): raise AssertionError("must not run")

@pytest.mark.foreign("python3", "no-such-program-anywhere")
def test_needs_two(): raise AssertionError("must not run")

@pytest.mark.skip(reason="not on a Tuesday")
def test_skips_itself(): pass

def test_runs(): pass
"""
WHOLE_FILE = 'import pytest\npytest.skip("nothing for this system", allow_module_level=True)\n'
NETWORK = """
import socket

def test_reaches_out():
    socket.create_connection(("0.0.0.0", 9), timeout=1)
"""


@pytest.fixture
def project(root: Path, tmp_path: Path) -> Path:
    """A project of its own with our conftest."""
    (tmp_path / "tests/foreign").mkdir(parents=True)
    shutil.copy(root / "tests/conftest.py", tmp_path / "tests/conftest.py")
    (tmp_path / "tests/foreign/package.json").write_text('{"dependencies": {}}')
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\nmarkers = ["foreign: needs a program"]\n')
    return tmp_path


def _pytest(project: Path, *args: str, ci: str | None) -> tuple[int, str]:
    env = {name: value for name, value in os.environ.items() if name not in {"CI", "PYTEST_ADDOPTS"}}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *args]
    env |= {} if ci is None else {"CI": ci}
    done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("ci", [None, "false"])
@pytest.mark.parametrize("parallel", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_skip_is_named_at_the_end(project: Path, ci: str | None, parallel: tuple[str, ...]) -> None:
    """On a person's machine: with its reason, and how many tests it took away."""
    (project / "tests/test_some.py").write_text(TESTS)
    code, out = _pytest(project, *parallel, ci=ci)
    assert code == 0, out
    assert "not run: 2 tests: no-such-program-anywhere not installed" in out
    assert "not run: 1 test: not on a Tuesday" in out
    assert "1 passed, 3 skipped" in out


@pytest.mark.parametrize("parallel", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_skip_is_a_failure_on_a_build_machine(project: Path, parallel: tuple[str, ...]) -> None:
    """With CI=true, whatever way it skips."""
    (project / "tests/test_some.py").write_text(TESTS)
    code, out = _pytest(project, *parallel, ci="true")
    assert code == 1, out
    assert "1 passed" in out
    assert "skipped, which is a failure with CI=true: not on a Tuesday" in out
    assert " skipped in" not in out


def test_a_file_that_skips_itself_is_no_way_around(project: Path) -> None:
    """Skipped while it is collected."""
    (project / "tests/test_some.py").write_text(WHOLE_FILE)
    (project / "tests/test_other.py").write_text("def test_runs(): pass\n")
    assert _pytest(project, ci=None)[0] == 0
    code, out = _pytest(project, ci="true")
    assert code != 0
    assert "nothing for this system" in out


def test_a_connection_is_refused(project: Path) -> None:
    """Not the peer refuses: we do, before anything is sent."""
    (project / "tests/test_some.py").write_text(NETWORK)
    code, out = _pytest(project, ci=None)
    assert code == 1
    assert "a test tried to reach ('0.0.0.0', 9)" in out

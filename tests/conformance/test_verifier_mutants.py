"""No check of the verifier is without a vector: whichever is removed, some vector ends differently."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def mutate(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.mutate_verifier", *args]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_removed_check_fails_a_vector() -> None:
    """But for those that the script excuses, each with a reason."""
    done = mutate()
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("0 of them unexplained")


def test_there_are_checks_to_remove() -> None:
    """The script finds them by their shape; a new shape must not slip through."""
    lines = mutate("--list").stdout.splitlines()
    modules = {line.split(":")[0] for line in lines}
    assert len(lines) >= 80
    assert {"envelope/statement.py", "verify/policy.py", "verify/verifier.py", "verify/content.py"} <= modules


def test_an_intact_verifier_survives() -> None:
    """The run itself is sound: without a mutation every vector ends as it should."""
    done = mutate("--one", "nothing:0")
    assert done.returncode == 0, done.stdout + done.stderr

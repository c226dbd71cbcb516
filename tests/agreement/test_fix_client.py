"""Repairs judged by the genuine client: what it takes it takes afterwards, and much of what it refused too."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugintool.author.fix import fix_paths
from plugintool.author.lint import LintRequest
from plugintool.lint.rule import ALL_TARGETS
from tests.oracle_cases import cases, write_case

Client = Callable[..., "subprocess.CompletedProcess[str]"]
VERSION = "2.1.330"
REQUEST = LintRequest(targets=ALL_TARGETS)
HEALED = 20
"""So many refused cases at least are valid after safe repairs; 28 in November 2026."""


def repaired_cases(where: Path, *, unsafe: bool) -> list[tuple[Any, Path]]:
    """Write each plugin that is a case, repair it, and return those that changed; twice must be once."""
    found = []
    for number, case in enumerate(cases()):
        if case["target"]:
            continue
        root = write_case(case, where / str(number))
        report = fix_paths([str(root)], REQUEST, unsafe=unsafe)
        if any(outcome.value and outcome.value.files for outcome in report.outcomes):
            again = fix_paths([str(root)], REQUEST, unsafe=unsafe)
            assert not any(outcome.value and outcome.value.files for outcome in again.outcomes), case["id"]
            found.append((case, root))
    return found


@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
def test_what_the_client_takes_it_takes_afterwards(claude: Client, tmp_path: Path, unsafe: bool) -> None:
    """Also by repairs that are not safe: they may change the meaning, not make the plugin worse."""
    broken, healed = [], 0
    for case, root in repaired_cases(tmp_path, unsafe=unsafe):
        valid_now = claude("plugin", "validate", str(root)).returncode == 0
        valid_before = case["verdicts"][VERSION]["exit"] == 0
        healed += valid_now and not valid_before
        if valid_before and not valid_now:
            broken.append(case["id"])
    assert broken == []
    assert healed >= HEALED

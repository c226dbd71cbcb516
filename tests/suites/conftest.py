"""Suites of others, which ``make conformance`` fetches from the package indexes; nothing of them is kept here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

SUITES = Path(__file__).resolve().parents[2] / ".tools" / "suites"


@pytest.fixture(scope="session")
def suite() -> Callable[[str], Path]:
    """Give the directory of a suite."""

    def find(name: str) -> Path:
        found = SUITES / name
        assert found.is_dir(), f"{name} is missing: run make conformance, which fetches it"
        return found

    return find

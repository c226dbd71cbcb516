"""The threat model is no wish list: what it names as holding a threat exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

VECTORS = "fixtures/vectors/verify"


@pytest.fixture(scope="module")
def rows(root: Path) -> dict[str, str]:
    """The last column of the table, by number."""
    text = (root / "docs/explanation/threat-model.md").read_text("utf-8")
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| T")]
    assert all(len(cells) == 4 for cells in lines)
    return {cells[0]: cells[3] for cells in lines}


def test_the_threats_are_numbered_without_a_gap(rows: dict[str, str]) -> None:
    """Numbers are cited elsewhere: they stay."""
    assert list(rows) == [f"T{number}" for number in range(1, len(rows) + 1)]


def test_every_threat_names_a_test(rows: dict[str, str]) -> None:
    """At least one path or vector."""
    assert [number for number, holders in rows.items() if "`" not in holders] == []


def test_what_holds_a_threat_exists(rows: dict[str, str], root: Path) -> None:
    """Paths below ``tests``, and names of vectors, which may hold a star."""
    missing = [
        f"{number}: {name}"
        for number, holders in rows.items()
        for name in re.findall(r"`([^`]+)`", holders)
        if not name.startswith(("plugintool ", "nobody")) and not _is_there(root, name)
    ]
    assert missing == []


def _is_there(root: Path, name: str) -> bool:
    below = "" if "/" in name else f"{VECTORS}/"
    found = list(root.glob(f"{below}{name}"))
    return any(path.is_file() or any(path.rglob("*.*")) for path in found)

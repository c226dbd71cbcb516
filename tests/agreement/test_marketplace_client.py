"""Marketplaces: the recorded verdicts are still the genuine client's, and ours are the same on all of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.market_world import CLIENTS, judged, verdicts, write_market

CASES = verdicts()
PLACE_OF_DIFFERENCES = "tests/unit/lint/test_marketplace_verdicts.py"
DIFFERENT_ON_PURPOSE = {"src './a\\x00b'", "pj dir", "link cp", "mk deep", "pj deep"}
"""Explained in ``PLACE_OF_DIFFERENCES``."""


@pytest.mark.parametrize("case", CASES[7::60], ids=lambda case: case["id"])
def test_the_client_still_says_so(
    case: dict[str, object], claude: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    """The exit code of the client that is installed is the recorded one."""
    write_market(tmp_path, case["marketplace"], case["files"])  # type: ignore[arg-type]
    done = claude("plugin", "validate", "--json", str(tmp_path))
    assert json.loads(done.stdout)
    assert done.returncode == case["exits"]["2.1.330"][0]  # type: ignore[index]


@pytest.mark.parametrize("client", CLIENTS)
def test_all_verdicts_agree(client: str, tmp_path: Path) -> None:
    """The plain exit code agrees on every recorded case."""
    differing = [
        case["id"]
        for number, case in enumerate(CASES)
        if judged(case, client, tmp_path / str(number))[0] != case["exits"][client][0]
    ]
    assert set(differing) <= DIFFERENT_ON_PURPOSE

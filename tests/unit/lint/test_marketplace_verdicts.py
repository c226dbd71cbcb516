"""The profile ``client`` against what the genuine client said of marketplaces (fixtures/marketplaces/README.md).

Every third of 955; ``make agreement`` runs them all.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.market_world import CLIENTS, judged, verdicts

CASES = verdicts()
ODD = {
    ("src './a\\x00b'", "2.1.197"): "a path with NUL is an error of the client's file system calls, not of its rules",
    ("src './a\\x00b'", "2.1.330"): "as above, a warning here",
    ("pj dir", "2.1.330"): "a directory in the place of plugin.json is a warning here",
    **dict.fromkeys(
        [(name, client) for name in ("mk deep", "pj deep") for client in CLIENTS],
        "nested deeper than our reader goes: PM002 says so, outside of the profile client",
    ),
    ("link cp", "2.1.330"): "a linked .claude-plugin of a listed plugin is a warning; PT rules say it of the plugin",
}
"""Where we are known to differ, and why that does not matter."""


@pytest.mark.parametrize("client", CLIENTS)
def test_the_exit_codes_agree(client: str, tmp_path: Path) -> None:
    """Every exit code, plain and strict, is the client's, but for the odd cases that are named."""
    differing = {}
    for number, case in enumerate(CASES[::3]):
        found = judged(case, client, tmp_path / str(number))
        wanted = [ours if theirs is None else theirs for ours, theirs in zip(found, case["exits"][client], strict=True)]
        if found != wanted and (case["id"], client) not in ODD:
            differing[case["id"]] = (found, wanted)
    assert differing == {}


@pytest.mark.parametrize(("name", "client"), ODD)
def test_an_odd_case_still_differs(name: str, client: str, tmp_path: Path) -> None:
    """A reason that no longer holds must go."""
    case = next(item for item in CASES if item["id"] == name)
    assert judged(case, client, tmp_path) != case["exits"][client]


def test_the_cases_are_worth_something() -> None:
    """Both verdicts are there in numbers, and the clients differ."""
    exits = [tuple(case["exits"][client][0] for client in CLIENTS) for case in CASES]
    assert min(exits.count((0, 0)), exits.count((1, 1))) > 300
    assert exits.count((0, 1)) > 20
    assert exits.count((1, 0)) > 20

"""Many items, one process or several: the same results in the same order."""

from __future__ import annotations

import os

import pytest

from plugintool.author.processes import run_all
from plugintool.errors import PlugintoolError, UnsafePathError


def describe(number: int) -> str | PlugintoolError:
    """Return something of each kind that travels."""
    return UnsafePathError("odd", rule="C17", path=str(number)) if number % 3 else f"item {number}"


def give_up(_: int) -> int:
    """As when memory runs out."""
    os._exit(9)


@pytest.mark.parametrize("jobs", [1, 2, 0, 64])
@pytest.mark.parametrize("number", [0, 1, 7])
def test_the_number_of_processes_changes_nothing(jobs: int, number: int) -> None:
    """Values and errors, in the order of the items."""
    found = run_all(range(number), describe, jobs=jobs)
    assert [str(item) for item in found] == [str(describe(index)) for index in range(number)]
    rules = [item.rule for item in found if isinstance(item, UnsafePathError)]
    assert rules == ["C17"] * len([index for index in range(number) if index % 3])


def test_one_item_needs_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting one would cost more than the work."""
    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", None)
    assert run_all([3], describe, jobs=8) == ["item 3"]


def test_a_process_that_is_ended_by_the_system_is_an_error() -> None:
    """Named after what it was working for, with what to do, and no hang."""
    with pytest.raises(PlugintoolError, match="a process of build was ended") as caught:
        run_all([1, 2, 3], give_up, jobs=2, what="build")
    assert "--jobs 1" in caught.value.detail["hint"]

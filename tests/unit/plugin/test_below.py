"""The files below one directory: exactly those, in order, and without a look at all others."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Plugin
from plugintool.relpath import RelPath
from plugintool.tree.memory import MemoryTree

SEGMENTS = st.sampled_from(["a", "a-b", "a.b", "a0", "a1", "aa", "b", "é", "🙂"])
PATHS = st.lists(st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join), max_size=12)


def plugin_of(*paths: str) -> Plugin:
    return load_plugin(MemoryTree("p", dict.fromkeys(paths, b"")))


@settings(deadline=None)
@given(PATHS, st.lists(SEGMENTS, max_size=2).map("/".join))
def test_they_are_those_whose_path_begins_with_it(paths: list[str], directory: str) -> None:
    """``a-b`` and ``a0`` stand beside ``a``, not below, though they sort on both sides of ``a/``."""
    found = plugin_of(*paths)
    expected = sorted(path for path in set(paths) if not directory or path.startswith(f"{directory}/"))
    assert list(found.below(directory)) == expected
    assert all(isinstance(path, RelPath) for path in found.below(directory))


@pytest.mark.parametrize("directory", ["gone", "a.md", "a.md/"])
def test_there_are_none_below_what_is_no_directory(directory: str) -> None:
    assert list(plugin_of("a.md", "b/c.md").below(directory)) == []


def test_ten_thousand_questions_cost_less_than_one_look_each() -> None:
    """One skill in each of many directories: twice as many must not cost four times as much."""
    costs = []
    for number in (1000, 8000):
        found = plugin_of(*(f"skills/s{index}/SKILL.md" for index in range(number)))
        list(found.below("skills"))
        started = time.process_time()
        for index in range(number):
            assert list(found.below(f"skills/s{index}")) == [f"skills/s{index}/SKILL.md"]
        costs.append(time.process_time() - started)
    assert costs[1] < 30 * max(costs[0], 0.001)

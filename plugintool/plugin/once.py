"""What follows from a plugin alone is worked out once for each plugin, however many rules ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TypeVar

from plugintool.plugin.model import Plugin

T = TypeVar("T")


def once(work: Callable[[Plugin], Iterable[T]]) -> Callable[[Plugin], tuple[T, ...]]:
    """Make a function keep its items with the plugin; ``work`` may depend on nothing else.

    Whatever ``work`` raises is raised, and it is asked again the next time.
    """

    @wraps(work)
    def kept(plugin: Plugin) -> tuple[T, ...]:
        items = plugin.derived.get(work)
        if items is None:
            items = plugin.derived[work] = tuple(work(plugin))
        return items

    return kept

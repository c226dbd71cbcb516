"""Give a command many options and one parameter: the request that its use case takes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def request_options(
    options: Sequence[Callable[[Any], Any]], make: Callable[[dict[str, object]], object]
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return what gives a command ``options`` and the parameter ``request``.

    Args:
        options: decorators of click, in the order in which ``--help`` shows them.
        make: takes the values of its options out of all parameters, and makes the request of them.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def with_request(*args: P.args, **kwargs: P.kwargs) -> R:
            kwargs["request"] = make(kwargs)
            return function(*args, **kwargs)

        decorated = with_request
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate

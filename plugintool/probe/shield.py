"""Tidy up without being interrupted: what arrives meanwhile is kept and comes afterwards."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

_INTERRUPTIONS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back signals that would interrupt the block; only short work belongs into it.

    A second Ctrl-C, while the first one is being obeyed, would leave processes and files behind. Signals that the
    caller ignores, or that nobody handles, stay as they are; outside of the main thread there is nothing to hold back.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    handled = {number: signal.getsignal(number) for number in _INTERRUPTIONS}
    handled = {number: handler for number, handler in handled.items() if callable(handler)}
    for number in handled:
        signal.signal(number, lambda number, _: arrived.append(number))
    try:
        yield
    finally:
        for number, handler in handled.items():
            signal.signal(number, handler)
        if arrived:
            signal.raise_signal(arrived[0])

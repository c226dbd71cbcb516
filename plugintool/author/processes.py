"""Do many independent things in several processes; the results do not depend on how many."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

from plugintool.errors import PlugintoolError

T = TypeVar("T")
R = TypeVar("R")
_BATCHES = 4
"""Batches for each process: fewer cost less talk, more even out large items."""


def run_all(items: Sequence[T], work: Callable[[T], R], *, jobs: int = 1, what: str = "plugintool") -> list[R]:
    """Return the result for each item, in their order.

    Args:
        items: what is worked on; they and the results are sent from one process to the other.
        work: a function of a module, or a ``partial`` of one; it raises nothing.
        jobs: processes; 0 = one for each processor.
        what: whose processes they are, for the error.

    Raises:
        PlugintoolError: a process was ended by the system.
    """
    jobs = min(jobs or os.cpu_count() or 1, len(items))
    if jobs <= 1:
        return [work(item) for item in items]
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - only where there are several processes
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - as above

    pool = ProcessPoolExecutor(jobs, initializer=_leave_signals_to_the_parent)
    try:
        return list(pool.map(work, items, chunksize=max(1, len(items) // (jobs * _BATCHES))))
    except BrokenProcessPool as error:
        raise PlugintoolError(f"a process of {what} was ended by the system", hint="try --jobs 1") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_signals_to_the_parent() -> None:
    import signal  # noqa: PLC0415 - as above

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

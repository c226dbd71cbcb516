"""Judge many subjects, in one process or in several; the results do not depend on how many."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from plugintool.author.lint_subjects import Judgement, LintSubject, judge
from plugintool.errors import PlugintoolError
from plugintool.lint.result import LintResult

if TYPE_CHECKING:
    from plugintool.lint.cache import LintCache

Judged: TypeAlias = "LintResult | PlugintoolError"
_BATCHES = 4
"""Batches for each process: fewer cost less talk, more even out large plugins."""


class Effort(NamedTuple):
    """How the work is done: ``jobs`` processes (0 = one for each processor), ``cache`` a directory or None."""

    jobs: int = 1
    cache: Path | None = None


def judge_all(subjects: Sequence[LintSubject], judgement: Judgement, effort: Effort) -> list[Judged]:
    """Return a result or an error for each subject, in their order.

    Raises:
        OutputError: the cache cannot be made.
        PlugintoolError: a process was ended by the system.
    """
    cache = _cache_in(effort.cache) if effort.cache else None
    jobs = min(effort.jobs or os.cpu_count() or 1, len(subjects))
    if jobs <= 1:
        return [_attempt(subject, judgement, cache) for subject in subjects]
    found = _in_processes(subjects, partial(_result_or_none, judgement=judgement, cache=cache), jobs)
    return [
        _attempt(subject, judgement, cache) if result is None else result
        for subject, result in zip(subjects, found, strict=True)
    ]


def _cache_in(directory: Path) -> LintCache:
    from plugintool.lint.cache import LintCache  # noqa: PLC0415 - only where one is asked for

    return LintCache(directory)


def _attempt(subject: LintSubject, judgement: Judgement, cache: LintCache | None) -> Judged:
    try:
        return judge(subject, judgement, cache)
    except PlugintoolError as error:
        return error


def _result_or_none(subject: LintSubject, judgement: Judgement, cache: LintCache | None) -> LintResult | None:
    """Judge in another process; errors do not travel, so a subject that ends in one is judged again at home."""
    found = _attempt(subject, judgement, cache)
    return found if isinstance(found, LintResult) else None


def _in_processes(
    subjects: Sequence[LintSubject], work: partial[LintResult | None], jobs: int
) -> list[LintResult | None]:
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - only where there are several processes
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - as above

    pool = ProcessPoolExecutor(jobs, initializer=_leave_signals_to_the_parent)
    try:
        return list(pool.map(work, subjects, chunksize=max(1, len(subjects) // (jobs * _BATCHES))))
    except BrokenProcessPool as error:
        raise PlugintoolError("a process of lint was ended by the system", hint="try --jobs 1") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_signals_to_the_parent() -> None:
    import signal  # noqa: PLC0415 - as above

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

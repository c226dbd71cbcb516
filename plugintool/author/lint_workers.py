"""Judge many subjects, in one process or in several; the results do not depend on how many."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from plugintool.author.lint_subjects import Judgement, LintSubject, judge
from plugintool.author.processes import run_all
from plugintool.errors import PlugintoolError
from plugintool.lint.result import LintResult

if TYPE_CHECKING:
    from plugintool.lint.cache import LintCache

Judged: TypeAlias = "LintResult | PlugintoolError"


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
    return run_all(subjects, partial(_attempt, judgement=judgement, cache=cache), jobs=effort.jobs, what="lint")


def _cache_in(directory: Path) -> LintCache:
    from plugintool.lint.cache import LintCache  # noqa: PLC0415 - only where one is asked for

    return LintCache(directory)


def _attempt(subject: LintSubject, judgement: Judgement, cache: LintCache | None) -> Judged:
    try:
        return judge(subject, judgement, cache)
    except PlugintoolError as error:
        return error

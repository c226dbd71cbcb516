"""Judge many subjects, in one process or in several; the results do not depend on how many."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeAlias

from plugintool.author.lint_subjects import Judgement, LintSubject, Loaded, judge
from plugintool.author.processes import run_all
from plugintool.errors import PlugintoolError
from plugintool.lint.result import LintResult

Judged: TypeAlias = "LintResult | PlugintoolError"


class Effort(NamedTuple):
    """How the work is done: ``jobs`` processes (0 = one for each processor), ``cache`` a directory or None."""

    jobs: int = 1
    cache: Path | None = None


def judge_all(
    subjects: Sequence[LintSubject], judgement: Judgement, effort: Effort, loaded: Loaded | None = None
) -> list[Judged]:
    """Return a result or an error for each subject, in their order.

    Raises:
        OutputError: the cache cannot be made.
        PlugintoolError: a process was ended by the system.
    """
    loaded = loaded or Loaded()
    work = partial(_attempt, judgement=judgement, loaded=loaded)
    if effort.cache is None:
        return run_all(subjects, work, jobs=effort.jobs, what="lint")
    from plugintool.author.lint_recall import Recall, cache_in  # noqa: PLC0415 - only where a cache is asked for

    recall = Recall(cache_in(effort.cache, judgement), loaded)
    known = list(recall.find(subjects))
    unknown = [subject for subject, result in zip(subjects, known, strict=True) if result is None]
    judged = dict(zip(unknown, run_all(unknown, work, jobs=effort.jobs, what="lint"), strict=True))
    for subject, result in judged.items():
        if isinstance(result, LintResult):
            recall.keep(subject, result)
    recall.save()
    return [judged[subject] if result is None else result for subject, result in zip(subjects, known, strict=True)]


def _attempt(subject: LintSubject, judgement: Judgement, loaded: Loaded) -> Judged:
    try:
        return judge(subject, judgement, loaded)
    except PlugintoolError as error:
        return error

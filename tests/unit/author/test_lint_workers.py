"""Many subjects, one process or several: the same results in the same order, errors too."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from plugintool.author import lint_workers
from plugintool.author.lint_subjects import Judgement, LintSubject, What
from plugintool.author.lint_workers import Effort, Judged, judge_all
from plugintool.errors import ConfigError, MissingPathError, OutputError, PlugintoolError
from plugintool.lint.result import LintResult
from plugintool.lint.run import LintOptions
from tests.rule_fixtures import clean_plugin

JUDGEMENT = Judgement(options=LintOptions())


@pytest.fixture
def subjects(tmp_path: Path) -> list[LintSubject]:
    """Clean plugins, plugins with findings, one with a broken project file, one that is gone."""
    places = [
        clean_plugin(tmp_path, {"commands/a.md": "Check.\n"} if index % 2 else {}, name=f"p{index}")
        for index in range(9)
    ]
    places[4] = clean_plugin(tmp_path, {"plugintool.toml": "lint = 5\n"}, name="broken")
    places[6] = tmp_path / "gone"
    return [LintSubject(place.name, What.PLUGIN, place) for place in places]


def plain(judged: Sequence[Judged]) -> list[object]:
    return [(type(item), item.message, item.detail) if isinstance(item, PlugintoolError) else item for item in judged]


@pytest.mark.parametrize("jobs", [2, 3, 0, 256])
def test_the_number_of_processes_changes_nothing(subjects: list[LintSubject], jobs: int) -> None:
    """Values, order and errors with everything that they say."""
    alone = judge_all(subjects, JUDGEMENT, Effort())
    assert plain(judge_all(subjects, JUDGEMENT, Effort(jobs=jobs))) == plain(alone)
    kinds = [type(item) for item in alone]
    assert kinds == [LintResult] * 4 + [ConfigError, LintResult, MissingPathError] + [LintResult] * 2


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_cache_changes_nothing(subjects: list[LintSubject], tmp_path: Path, jobs: int) -> None:
    """Cold and warm, with any number of processes."""
    alone = plain(judge_all(subjects, JUDGEMENT, Effort()))
    effort = Effort(jobs=jobs, cache=tmp_path / "cache")
    assert plain(judge_all(subjects, JUDGEMENT, effort)) == alone
    assert len(list((tmp_path / "cache").rglob("*.json"))) == 1
    assert plain(judge_all(subjects, JUDGEMENT, effort)) == alone
    for entry in (tmp_path / "cache").rglob("*.json"):
        entry.write_bytes(entry.read_bytes()[:-2])
    assert plain(judge_all(subjects, JUDGEMENT, effort)) == alone


def test_one_subject_needs_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting one would cost more than the work; nor does nothing."""
    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", None)
    subject = LintSubject("p", What.PLUGIN, clean_plugin(tmp_path))
    assert len(judge_all([subject], JUDGEMENT, Effort(jobs=8))) == 1
    assert judge_all([], JUDGEMENT, Effort(jobs=8)) == []


def test_a_cache_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        judge_all([], JUDGEMENT, Effort(cache=tmp_path / "file"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes must see what the test changed")
def test_a_process_that_is_ended_by_the_system_is_an_error(
    subjects: list[LintSubject], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when memory runs out: named, with what to do, and no hang."""
    monkeypatch.setattr(lint_workers, "judge", lambda *_: os._exit(9))
    with pytest.raises(PlugintoolError) as caught:
        judge_all(subjects, JUDGEMENT, Effort(jobs=2))
    assert "--jobs 1" in caught.value.detail["hint"]

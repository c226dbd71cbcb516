"""The table of steps, and the ladder that shows what became of them."""

from __future__ import annotations

import pytest

from plugintool.errors import RevokedError
from plugintool.verify.steps import STEPS, Ladder, StepResult, StepStatus


def test_steps_are_numbered_from_one_to_eight() -> None:
    """Code, messages, documentation and vectors use these numbers."""
    assert [step.number for step in STEPS] == list(range(1, 9))
    assert len({step.name for step in STEPS}) == len(STEPS)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_step_asks_and_says_what_to_do(step: object) -> None:
    """A question, and an answer for who is told no."""
    assert step.asks.endswith("?")  # type: ignore[attr-defined]
    assert step.repair  # type: ignore[attr-defined]
    assert not step.repair.endswith(".")  # type: ignore[attr-defined]


def test_new_ladder_has_reached_nothing() -> None:
    """Eight lines all the same."""
    results = Ladder().results
    assert [result.number for result in results] == list(range(1, 9))
    assert {result.status for result in results} == {StepStatus.NOT_REACHED}


def test_noted_step_is_shown_with_its_name() -> None:
    """The later note of a step replaces the earlier one."""
    ladder = Ladder()
    ladder.note(2, StepStatus.FAILED, "x")
    ladder.note(2, StepStatus.OK, "one key")
    assert ladder.results[1] == StepResult(2, STEPS[1].name, StepStatus.OK, "one key")
    assert ladder.results[1].as_json() == {"number": 2, "name": "signature", "status": "ok", "detail": "one key"}


def test_watch_notes_the_step_of_an_error_and_lets_it_pass() -> None:
    """The ladder is complete also when verification ends early."""
    ladder = Ladder()
    with pytest.raises(RevokedError), ladder.watch():
        raise RevokedError("the key x has been revoked", step=5)
    assert ladder.results[4] == StepResult(5, "revocation", StepStatus.FAILED, "the key x has been revoked")
    assert ladder.results[5].status is StepStatus.NOT_REACHED


def test_watch_leaves_other_errors_alone() -> None:
    """A bug is no verdict."""
    ladder = Ladder()
    with pytest.raises(KeyError), ladder.watch():
        raise KeyError("x")
    assert {result.status for result in ladder.results} == {StepStatus.NOT_REACHED}

"""The rollback rule, line by line."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugintool.digest import sha256
from plugintool.envelope.statement import Statement, make_statement
from plugintool.errors import HeldError, RollbackError
from plugintool.install.memory import installed_version
from plugintool.install.plan import Action, plan_install
from plugintool.install.receipt import Receipt, after_removal, after_switch
from plugintool.relpath import RelPath
from plugintool.tree import version_file
from plugintool.tree.record import Record, RecordEntry

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


def _offer(sequence: int, content: str = "") -> Statement:
    text = (content or str(sequence)).encode()
    record = Record((RecordEntry(RelPath("a.txt"), len(text), sha256(text), executable=False),))
    sync = version_file.sync_version("1.0.0", record.digest)
    return make_statement(name="acme", version="1.0.0", sequence=sequence, sync_version=sync, record=record)


def _receipt(*sequences: int) -> Receipt:
    """A device on which these were installed one after the other."""
    first = _offer(sequences[0])
    receipt = Receipt(name="acme", mode="link", highest_sequence=first.sequence, highest_digest=first.digest)
    for sequence in sequences:
        installed = installed_version(_offer(sequence), "directory", now=NOW)
        receipt = after_switch(receipt, installed, held=sequence < receipt.highest_sequence, now=NOW)
    return receipt


def _action(offered: Statement, receipt: Receipt | None, *, is_intact: bool = True) -> Action:
    return plan_install(offered, receipt, is_intact=is_intact).action


def test_a_plugin_never_seen_is_installed() -> None:
    assert _action(_offer(1), None) is Action.INSTALL


def test_a_higher_sequence_is_an_update() -> None:
    plan = plan_install(_offer(2), _receipt(1), is_intact=True)
    assert plan.action is Action.UPDATE
    assert plan.installed is not None
    assert plan.installed.sequence == 1


def test_the_same_is_nothing_or_a_repair() -> None:
    assert _action(_offer(1), _receipt(1)) is Action.NOTHING
    assert _action(_offer(1), _receipt(1), is_intact=False) is Action.REPAIR


def test_a_lower_sequence_is_refused_and_says_both() -> None:
    with pytest.raises(RollbackError, match="older") as caught:
        plan_install(_offer(1), _receipt(2), is_intact=True)
    assert "at least 2" in caught.value.detail["expected"]
    assert "sequence 1" in caught.value.detail["found"]
    assert caught.value.exit_code == 4


def test_other_content_under_the_same_sequence_is_refused() -> None:
    with pytest.raises(RollbackError, match="other content"):
        plan_install(_offer(2, "other"), _receipt(2), is_intact=True)


def test_a_held_plugin_takes_no_update_but_stays_repairable() -> None:
    held = _receipt(2, 3, 2)
    assert held.held
    with pytest.raises(HeldError, match="held") as caught:
        plan_install(_offer(4), held, is_intact=True)
    assert "unhold acme" in caught.value.detail["hint"]
    assert not isinstance(caught.value, RollbackError)
    assert _action(_offer(2), held) is Action.NOTHING
    assert _action(_offer(2), held, is_intact=False) is Action.REPAIR


def test_after_unhold_the_highest_release_comes_back_and_nothing_between() -> None:
    free = replace(_receipt(1, 5, 1), held=False)
    assert _action(_offer(5), free) is Action.UPDATE
    with pytest.raises(RollbackError):
        plan_install(_offer(3), free, is_intact=True)


def test_after_uninstall_the_floor_stays() -> None:
    gone = after_removal(_receipt(5), now=NOW)
    assert _action(_offer(5), gone) is Action.INSTALL
    assert _action(_offer(6), gone) is Action.INSTALL
    for refused in (_offer(4), _offer(5, "other")):
        with pytest.raises(RollbackError):
            plan_install(refused, gone, is_intact=True)


def test_uninstalling_lets_go_of_a_held_plugin() -> None:
    gone = after_removal(_receipt(1, 2, 1), now=NOW)
    assert _action(_offer(3), gone) is Action.INSTALL


@given(history=st.lists(st.integers(1, 9), min_size=1, max_size=6), offered=st.integers(1, 9))
def test_nothing_below_the_highest_is_ever_an_update(history: list[int], offered: int) -> None:
    """Whatever was installed and reverted before."""
    receipt = replace(_receipt(*history), held=False)
    try:
        plan = plan_install(_offer(offered), receipt, is_intact=True)
    except RollbackError:
        assert offered < max(history)
    else:
        assert plan.action is Action.NOTHING or offered >= max(history)

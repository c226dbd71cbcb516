"""Receipts: what is remembered, for how long, and what happens when the file is damaged."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugintool.digest import Digest, sha256
from plugintool.errors import DamagedStateError
from plugintool.install import receipt as receipts
from plugintool.install.layout import Layout, layout_for
from plugintool.install.receipt import (
    Installed,
    Receipt,
    Retired,
    after_removal,
    after_switch,
    parse_receipt,
    read_receipt,
    receipt_names,
)

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
HERE = Path("receipt.json")


def _installed(number: int, *, directory: str | None = None, until: dt.datetime | None = None) -> Installed:
    digest = sha256(str(number).encode())
    return Installed(
        version=f"{number}.0.0",
        sequence=number,
        digest=digest,
        sync_version=f"{number}.0.0+{digest[:12]}",
        directory=directory or digest[:12],
        signers=("a" * 64,),
        policy="acme",
        installed_at=NOW,
        until=until,
    )


def _first(number: int = 1) -> Receipt:
    installed = _installed(number)
    empty = Receipt(name="acme", mode="link", highest_sequence=number, highest_digest=installed.digest)
    return after_switch(empty, installed, held=False, now=NOW)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = layout_for(root=tmp_path)
    layout.receipts.mkdir(parents=True)
    return layout


def test_a_switch_counts_up_and_keeps_what_was(layout: Layout) -> None:
    second = after_switch(_first(), _installed(2), held=False, now=NOW + DAY)
    assert (second.settle, second.highest_sequence) == (2, 2)
    assert second.previous == (_installed(1, until=NOW + DAY),)


def test_going_back_keeps_the_highest_sequence() -> None:
    back = after_switch(after_switch(_first(2), _installed(3), held=False, now=NOW), _installed(2), held=True, now=NOW)
    assert (back.highest_sequence, back.highest_digest, back.held) == (3, _installed(3).digest, True)
    assert [version.sequence for version in back.previous] == [3]


def test_a_removal_keeps_sequence_and_settle_count() -> None:
    gone = after_removal(_first(5), now=NOW)
    assert (gone.current, gone.highest_sequence, gone.settle, gone.held) == (None, 5, 1, False)
    assert [version.sequence for version in gone.previous] == [5]


def test_the_latest_previous_version_stays_and_older_ones_only_for_a_day() -> None:
    receipt = _first(1)
    for number in (2, 3, 4):
        receipt = after_switch(receipt, _installed(number), held=False, now=NOW)
    assert [version.sequence for version in receipt.previous] == [3, 2, 1]
    later = after_switch(receipt, _installed(5), held=False, now=NOW + DAY)
    assert [version.sequence for version in later.previous] == [4]
    assert later.directories == {_installed(4).directory, _installed(5).directory}


def test_a_clock_that_went_back_lets_nothing_go() -> None:
    receipt = after_switch(_first(1), _installed(2), held=False, now=NOW)
    back = after_switch(receipt, _installed(3), held=False, now=NOW - 30 * DAY)
    assert [version.sequence for version in back.previous] == [2, 1]


def test_a_directory_replaced_by_a_repair_is_kept_for_a_day() -> None:
    repaired = after_switch(_first(1), _installed(1, directory="fresh"), held=False, now=NOW)
    assert repaired.previous == ()
    assert repaired.retired == (Retired(_installed(1).directory, NOW),)
    assert repaired.directories == {"fresh", _installed(1).directory}
    later = after_switch(repaired, _installed(2), held=False, now=NOW + DAY)
    assert later.retired == ()


def test_a_retired_directory_that_is_used_again_is_not_retired() -> None:
    repaired = after_switch(_first(1), _installed(1, directory="fresh"), held=False, now=NOW)
    back = after_switch(repaired, _installed(1), held=False, now=NOW)
    assert back.retired == (Retired("fresh", NOW),)


@given(
    settle=st.integers(0, 10**6),
    held=st.booleans(),
    mode=st.sampled_from(["link", "per_file"]),
    numbers=st.lists(st.integers(1, 50), max_size=5, unique=True),
)
def test_a_receipt_is_read_as_it_was_written(settle: int, held: bool, mode: str, numbers: list[int]) -> None:
    versions = tuple(_installed(number, until=NOW) for number in numbers)
    receipt = Receipt(
        name="acme",
        mode=mode,
        highest_sequence=7,
        highest_digest=Digest("0" * 64),
        settle=settle,
        held=held,
        current=_installed(7) if held else None,
        previous=versions,
        retired=tuple(Retired(version.directory, NOW) for version in versions),
    )
    value = json.loads(receipts.render(receipt))
    assert parse_receipt(value, path=HERE) == receipt


def test_a_receipt_that_was_never_written_is_none(layout: Layout) -> None:
    assert read_receipt(layout, "acme") is None
    assert receipt_names(layout) == []


def test_names_come_from_the_files(layout: Layout) -> None:
    for name in ("b", "a"):
        layout.receipt(name).write_bytes(receipts.render(_first()))
    (layout.receipts / "notes.txt").touch()
    assert receipt_names(layout) == ["a", "b"]


def _change(**members: Any) -> bytes:
    return json.dumps({**_first().as_json(), **members}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"{" * 100,
        b"\xff",
        _change(receipt_version=2),
        _change(mode="copy"),
        _change(highest_digest="short"),
        _change(highest_sequence="1"),
        _change(highest_sequence=True),
        _change(settle=-1),
        _change(held="yes"),
        _change(current=[]),
        _change(previous={}),
        _change(name="other"),
        _change(unknown=1),
        _change(current={**_installed(1).as_json(), "directory": "../../etc"}),
        _change(current={**_installed(1).as_json(), "directory": ""}),
        _change(current={**_installed(1).as_json(), "installed_at": "yesterday"}),
        _change(current={**_installed(1).as_json(), "digest": 5}),
        _change(retired=[{"directory": "x"}]),
    ],
)
def test_a_damaged_receipt_is_an_error_and_never_a_guess(layout: Layout, data: bytes) -> None:
    layout.receipt("acme").write_bytes(data)
    with pytest.raises(DamagedStateError) as caught:
        read_receipt(layout, "acme")
    assert caught.value.detail["path"] == str(layout.receipt("acme"))
    assert caught.value.exit_code == 4

"""What is written aside takes its place whole, or leaves everything as it was."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugintool.errors import OutputError
from plugintool.tree.place import ASIDE, Aside, aside, left_behind, replacing


class _StopError(BaseException):
    """Stands for an interrupt."""


def never(_: Path, __: Path) -> bool:
    """A system that cannot swap two names."""
    return False


def swap(one: Path, other: Path) -> bool:
    """A system that can; here by three renames."""
    between = one.with_name("between")
    for source, target in ((one, between), (other, one), (between, other)):
        os.rename(source, target)
    return True


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "place"


@pytest.fixture
def filled(place: Path) -> Path:
    place.mkdir()
    (place / "text").write_text("before")
    return place


def make(making: Aside, text: str = "after") -> None:
    making.new.mkdir()
    (making.new / "text").write_text(text)


def renew(place: Path, exchange: Callable[[Path, Path], bool] = never, *, error: BaseException | None = None) -> None:
    """Make a new directory and put it in place, unless ``error`` comes first."""
    with aside(place) as making:
        make(making)
        if error:
            raise error
        making.put_in_place(exchange)


def rewrite(target: Path, *, error: BaseException) -> None:
    """Begin to replace a file; ``error`` comes before the end."""
    with replacing(target) as (file, _):
        file.write(b"half")
        raise error


def names(directory: Path) -> list[str]:
    return sorted(os.listdir(directory))


def test_it_is_private_and_hidden_while_it_is_there(place: Path) -> None:
    with aside(place) as making:
        assert making.root.name.startswith(f"{ASIDE}place-")
        assert stat.S_IMODE(making.root.stat().st_mode) == 0o700
        assert names(making.root) == []
    assert names(place.parent) == []


def test_two_at_once_have_names_of_their_own(place: Path) -> None:
    with aside(place) as one, aside(place) as other:
        assert one.root != other.root


def test_an_empty_place_is_taken(place: Path) -> None:
    """Nothing is exchanged where there is nothing."""
    with aside(place) as making:
        make(making)
        making.put_in_place(lambda *_: pytest.fail("exchanged"))
    assert (place / "text").read_text() == "after"
    assert names(place.parent) == ["place"]


@pytest.mark.parametrize("exchange", [swap, never])
def test_what_was_there_is_gone_afterwards(filled: Path, exchange: Callable[[Path, Path], bool]) -> None:
    (filled / "more").write_text("x")
    renew(filled, exchange)
    assert (filled / "text").read_text() == "after"
    assert names(filled) == ["text"]
    assert names(filled.parent) == ["place"]


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), _StopError()], ids=["refused", "stopped"])
def test_the_first_rename_is_taken_back_when_the_second_fails(
    filled: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    rename = os.rename

    def refuse(source: Path, target: Path) -> None:
        if source.name == "new":
            raise error
        rename(source, target)

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises((OutputError, _StopError)):
        renew(filled)
    assert (filled / "text").read_text() == "before"
    assert names(filled.parent) == ["place"]


def test_a_refusal_names_the_place(filled: Path) -> None:
    def refuse(_: Path, __: Path) -> bool:
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="no space left") as caught:
        renew(filled, refuse)
    assert caught.value.detail["path"] == str(filled)


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_nothing_is_left_when_the_work_fails(filled: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        renew(filled, error=error)
    assert (filled / "text").read_text() == "before"
    assert names(filled.parent) == ["place"]


def test_an_interrupt_while_it_is_removed_waits_until_it_is_gone(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remove, calls = shutil.rmtree, []

    def stopped(path: Path, **options: Any) -> None:
        calls.append(path)
        if len(calls) == 1:
            raise _StopError
        remove(path, **options)

    monkeypatch.setattr(shutil, "rmtree", stopped)
    with pytest.raises(_StopError), aside(place) as making:
        make(making)
    assert names(place.parent) == []


def test_a_directory_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no such file"), aside(tmp_path / "missing" / "place"):
        pytest.fail("made")


def test_what_a_killed_process_left_is_found_and_put_back(place: Path) -> None:
    leftover = place.parent / f"{ASIDE}place-01234567"
    (leftover / "old").mkdir(parents=True)
    (place.parent / "other").mkdir()
    (found,) = left_behind(place.parent)
    assert found == Aside(place, leftover)
    found.rescue()
    found.remove()
    assert names(place.parent) == ["other", "place"]


def test_what_has_come_back_meanwhile_is_not_replaced(filled: Path) -> None:
    leftover = filled.parent / f"{ASIDE}place-01234567"
    (leftover / "old").mkdir(parents=True)
    for found in left_behind(filled.parent):
        found.rescue()
    assert (filled / "text").read_text() == "before"


def test_a_file_takes_its_place(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("before")
    with replacing(target, mode=0o640) as (file, _):
        file.write(b"after")
        assert target.read_text() == "before"
    assert target.read_text() == "after"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert names(tmp_path) == ["a.txt"]


def test_a_replacement_has_the_suffix_of_what_it_replaces(tmp_path: Path) -> None:
    """Other programs that look into the directory meanwhile see no file of an unknown kind."""
    with replacing(tmp_path / "a.mcpb") as (file, sibling):
        assert (sibling.suffix, sibling.name[0]) == (".mcpb", ".")
        file.write(b"x")
    assert names(tmp_path) == ["a.mcpb"]


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_a_file_stays_when_its_successor_fails(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "a.txt"
    target.write_text("before")
    with pytest.raises(type(error)):
        rewrite(target, error=error)
    assert target.read_text() == "before"
    assert names(tmp_path) == ["a.txt"]


def test_a_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "link").symlink_to("mine")
    with replacing(tmp_path / "link") as (file, _):
        file.write(b"x")
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_directory_in_the_way_of_a_file_stays(filled: Path) -> None:
    with pytest.raises(OutputError, match="a directory is in the way of place"), replacing(filled):
        pytest.fail("opened")
    assert (filled / "text").read_text() == "before"

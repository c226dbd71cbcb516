"""Writing: each file as a whole, only where it is still what was read, and nothing left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from plugintool.errors import OutputError
from plugintool.jsonedit import Splice
from plugintool.lint.fix import Create, Edit, Mode, Rename, Replace, Step, unchanged
from plugintool.lint.fix_write import Change, changes, write
from plugintool.relpath import RelPath
from plugintool.tree.directory import survey
from tests.rule_fixtures import write_plugin

A, DEEP = RelPath("a.md"), RelPath("old/deep/c.md")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    found = write_plugin(tmp_path, {"a.md": "abc", "old/deep/c.md": "c", "other.md": "o"})
    (found / "a.md").chmod(0o640)
    return found


def planned(root: Path, *edits: Edit) -> tuple[Change, ...]:
    step = Step(unchanged(survey(root)))
    assert step.add(edits)
    return changes(step.tree, step.make())


def names(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*")}


EDIT = Replace(A, Splice(0, 1, b"X"))


def test_without_edits_there_are_no_changes(root: Path) -> None:
    tree = unchanged(survey(root))
    assert changes(tree, tree) == ()


def test_a_change_that_changes_nothing_is_none(root: Path) -> None:
    assert planned(root, Replace(A, Splice(0, 1, b"a"))) == ()


def test_a_change_says_what_was_and_what_will_be(root: Path) -> None:
    assert planned(root, EDIT) == (Change(A, A, b"abc", b"Xbc", 0o640, 0o640),)


def test_content_is_written_and_the_mode_stays(root: Path) -> None:
    before = names(root)
    write(root, planned(root, EDIT))
    assert (root / "a.md").read_bytes() == b"Xbc"
    assert (root / "a.md").stat().st_mode & 0o777 == 0o640
    assert names(root) == before


def test_other_files_are_not_touched(root: Path) -> None:
    before = (root / "other.md").stat()
    write(root, planned(root, EDIT))
    assert (root / "other.md").stat() == before


def test_a_mode_is_set(root: Path) -> None:
    write(root, planned(root, Mode(A, 0o750)))
    assert (root / "a.md").stat().st_mode & 0o777 == 0o750


def test_a_file_moves_and_its_empty_directories_go(root: Path) -> None:
    write(root, planned(root, Rename(DEEP, RelPath("new/c.md"))))
    assert names(root) == {"a.md", "other.md", "new", "new/c.md"}


def test_a_directory_with_something_in_it_stays(root: Path) -> None:
    (root / "old/kept").mkdir()
    write(root, planned(root, Rename(DEEP, RelPath("c.md"))))
    assert names(root) == {"a.md", "other.md", "c.md", "old", "old/kept"}


def test_a_new_file_is_written(root: Path) -> None:
    write(root, planned(root, Create(RelPath("x/y.md"), b"y")))
    assert (root / "x/y.md").read_bytes() == b"y"


def test_a_file_that_somebody_changed_meanwhile_is_left(root: Path) -> None:
    wanted = planned(root, EDIT)
    (root / "a.md").write_bytes(b"abd")
    with pytest.raises(OutputError, match="changed while"):
        write(root, wanted)
    assert (root / "a.md").read_bytes() == b"abd"


def test_a_link_that_somebody_put_there_meanwhile_is_left(root: Path) -> None:
    wanted = planned(root, EDIT)
    (root / "a.md").unlink()
    (root / "b").write_bytes(b"abc")
    (root / "a.md").symlink_to("b")
    with pytest.raises(OutputError):
        write(root, wanted)
    assert (root / "b").read_bytes() == b"abc"


@pytest.mark.parametrize("edit", [Rename(A, RelPath("z.md")), Create(RelPath("z.md"), b"new")])
def test_what_somebody_put_in_the_way_meanwhile_is_left(root: Path, edit: Edit) -> None:
    wanted = planned(root, edit)
    (root / "z.md").write_bytes(b"theirs")
    with pytest.raises(OutputError, match="there by now"):
        write(root, wanted)
    assert (root / "z.md").read_bytes() == b"theirs"
    assert (root / "a.md").read_bytes() == b"abc"


def test_a_file_that_is_gone_is_an_error_that_names_it(root: Path) -> None:
    wanted = planned(root, EDIT)
    (root / "a.md").unlink()
    with pytest.raises(OutputError) as caught:
        write(root, wanted)
    assert caught.value.detail["path"] == "a.md"


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_is_left_when_it_cannot_be_finished(
    root: Path, failure: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk or an interruption: the old file is there, and no other."""

    def fail(*_: object) -> None:
        raise failure

    wanted, before = planned(root, EDIT), names(root)
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(KeyboardInterrupt if isinstance(failure, KeyboardInterrupt) else OutputError):
        write(root, wanted)
    assert names(root) == before
    assert (root / "a.md").read_bytes() == b"abc"


def test_files_before_one_that_fails_are_whole(root: Path) -> None:
    """All or nothing holds for each file."""
    wanted = [*planned(root, EDIT), *planned(root, Replace(RelPath("other.md"), Splice(0, 1, b"O")))]
    (root / "other.md").write_bytes(b"changed")
    with pytest.raises(OutputError):
        write(root, wanted)
    assert (root / "a.md").read_bytes() == b"Xbc"
    assert (root / "other.md").read_bytes() == b"changed"


def test_directories_that_differ_in_case_only_are_two_here(root: Path) -> None:
    """On a file system that minds letter case the file moves over; the old directory keeps what else it holds."""
    (root / "Old").mkdir()
    (root / "Old/x.md").write_bytes(b"x")
    write(root, planned(root, Rename(RelPath("Old/x.md"), RelPath("old/x.md"))))
    assert names(root) == {"a.md", "other.md", "old", "old/deep", "old/deep/c.md", "old/x.md"}

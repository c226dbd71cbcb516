"""Edits and the tree as it will be: nothing is written, nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugintool.jsonedit import Splice
from plugintool.lint.fix import Create, Edit, Mended, Mode, Rename, Replace, Step, unchanged
from plugintool.relpath import RelPath
from plugintool.tree.directory import survey
from tests.rule_fixtures import write_plugin

A, B, DEEP = RelPath("a.md"), RelPath("B.md"), RelPath("old/deep/c.md")


@pytest.fixture
def tree(tmp_path: Path) -> Mended:
    """A small tree, without changes."""
    return unchanged(survey(write_plugin(tmp_path, {"a.md": "abcdef", "B.md": "b", "old/deep/c.md": "c"})))


def edited(tree: Mended, *edits: Edit) -> Mended:
    step = Step(tree)
    assert step.add(edits)
    return step.make()


def replace(start: int, end: int, data: bytes, path: RelPath = A) -> Replace:
    return Replace(path, Splice(start, end, data))


class TestMended:
    def test_without_edits_it_is_the_tree(self, tree: Mended) -> None:
        assert [file.path for file in tree.files()] == [B, A, DEEP]
        assert tree.read(A) == b"abcdef"
        assert tree.name == tree.root.name

    def test_a_replaced_span_is_read_and_counted(self, tree: Mended) -> None:
        after = edited(tree, replace(1, 2, b"XYZ"), replace(4, 6, b""))
        assert after.read(A) == b"aXYZcd"
        assert {file.path: file.size for file in after.files()}[A] == 6
        assert after.before == {A: b"abcdef"}

    def test_nothing_is_written(self, tree: Mended) -> None:
        edited(tree, replace(0, 6, b""), Rename(DEEP, RelPath("c.md")), Create(RelPath("d"), b"d"))
        assert (tree.root / "a.md").read_bytes() == b"abcdef"
        assert (tree.root / "old/deep/c.md").exists()
        assert not (tree.root / "d").exists()

    def test_a_renamed_file_is_read_from_where_it_is(self, tree: Mended) -> None:
        after = edited(tree, Rename(DEEP, RelPath("new/c.md")))
        assert after.read(RelPath("new/c.md")) == b"c"
        assert after.directories == {"new"}, "directories without files have gone"
        assert list(after.sources) == sorted(after.sources)

    def test_a_file_can_be_renamed_and_changed_in_turn(self, tree: Mended) -> None:
        first = edited(tree, Rename(A, RelPath("z.md")))
        second = edited(first, replace(0, 1, b"A", RelPath("z.md")))
        third = edited(second, Rename(RelPath("z.md"), RelPath("y.md")))
        assert third.read(RelPath("y.md")) == b"Abcdef"
        assert third.origin(RelPath("y.md")) == A
        assert third.before == {A: b"abcdef"}

    def test_a_new_file_is_a_file(self, tree: Mended) -> None:
        after = edited(tree, Create(RelPath("new/d.md"), b"dd"))
        assert after.read(RelPath("new/d.md")) == b"dd"
        assert "new" in after.directories
        assert not after.sources[RelPath("new/d.md")].mode & 0o111

    def test_a_file_gets_other_bits(self, tree: Mended) -> None:
        (tree.root / "a.md").chmod(0o640)
        after = edited(unchanged(survey(tree.root)), Mode(A, 0o750))
        assert after.sources[A].mode == 0o750

    def test_directories_that_were_empty_before_stay(self, tree: Mended) -> None:
        (tree.root / "hollow").mkdir()
        after = edited(unchanged(survey(tree.root)), Rename(DEEP, RelPath("c.md")))
        assert after.directories == {"hollow"}


class TestStep:
    def test_a_set_is_taken_as_a_whole_or_not(self, tree: Mended) -> None:
        step = Step(tree)
        assert not step.add([replace(0, 1, b"x"), Rename(RelPath("missing"), RelPath("m"))])
        assert step.edits == []
        assert step.add([replace(0, 1, b"x")])

    def test_no_edits_are_no_repair(self, tree: Mended) -> None:
        assert not Step(tree).add([])

    @pytest.mark.parametrize("span", [(0, 2), (1, 1), (1, 2), (2, 3), (0, 6), (3, 4)])
    def test_spans_that_touch_are_for_another_round(self, tree: Mended, span: tuple[int, int]) -> None:
        step = Step(tree)
        assert step.add([replace(1, 3, b"x")])
        assert not step.add([replace(*span, b"y")])

    def test_spans_apart_are_made_in_one_go(self, tree: Mended) -> None:
        step = Step(tree)
        assert step.add([replace(0, 1, b"x")])
        assert step.add([replace(2, 3, b"y")])
        assert step.add([replace(0, 1, b"z", B)])
        assert step.make().read(A) == b"xbydef"

    @pytest.mark.parametrize("first", [replace(0, 1, b"x"), Mode(A, 0o755)])
    def test_a_file_is_not_changed_and_moved_in_one_go(self, tree: Mended, first: Edit) -> None:
        step = Step(tree)
        assert step.add([first])
        assert not step.add([Rename(A, RelPath("z.md"))])

    def test_a_file_that_moves_is_not_changed(self, tree: Mended) -> None:
        step = Step(tree)
        assert step.add([Rename(A, RelPath("z.md"))])
        assert not step.add([replace(0, 1, b"x")])
        assert not step.add([Mode(A, 0o755)])
        assert not step.add([Create(RelPath("Z.md"), b"")])

    @pytest.mark.parametrize("there", ["B.md", "b.md", "old", "b.md/x.md", "old/deep/c.md"])
    def test_nothing_is_put_where_something_is(self, tree: Mended, there: str) -> None:
        """Also nothing that some systems could not tell apart from it, and no directory in place of a file."""
        assert not Step(tree).add([Rename(A, RelPath(there))])
        assert not Step(tree).add([Create(RelPath(there), b"")])

    def test_a_file_may_change_its_letter_case(self, tree: Mended) -> None:
        assert Step(tree).add([Rename(B, RelPath("b.md"))])

    def test_two_files_do_not_move_to_one_place(self, tree: Mended) -> None:
        step = Step(tree)
        assert step.add([Rename(A, RelPath("x.md"))])
        assert not step.add([Rename(B, RelPath("X.md"))])

    def test_what_is_seen_through_a_link_is_left_alone(self, tree: Mended) -> None:
        """The file is another one, and putting a file in the place of a link would end the link."""
        (tree.root / "link.md").symlink_to("a.md")
        (tree.root / "linked").symlink_to("old/deep")
        linked = unchanged(survey(tree.root))
        for edit in (
            replace(0, 1, b"x", RelPath("link.md")),
            Rename(RelPath("link.md"), RelPath("x.md")),
            Mode(RelPath("linked/c.md"), 0o755),
            Rename(A, RelPath("link.md")),
            Create(RelPath("linked/new.md"), b""),
        ):
            assert not Step(linked).add([edit]), edit

"""Paths: what is accepted is the same everywhere, and sorts as its bytes."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugintool import limits, relpath
from plugintool.errors import UnsafePathError
from plugintool.relpath import RelPath, fold

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
PIECES = st.sampled_from(
    [*"/\\.~ :", "..", ".git", "con", "nul", "~1", "a", "B", "\u00e9", "e\u0301", "\u2100", "\u200b", "\0", "\ud800"]
)
RAW = st.text(max_size=12) | st.lists(PIECES, max_size=8).map("".join) | st.lists(NAMES, max_size=5).map("/".join)


def accepted(raw: str) -> RelPath | None:
    try:
        return RelPath(raw)
    except UnsafePathError:
        return None


SAFE = (st.lists(NAMES, min_size=1, max_size=5).map("/".join)).map(accepted).filter(lambda path: path is not None)


@given(RAW)
def test_any_text_is_a_path_or_an_unsafe_path(raw: str) -> None:
    """No other exception, and every refusal names its rule."""
    try:
        path = RelPath(raw)
    except UnsafePathError as error:
        assert error.rule in {f"C{number}" for number in range(16, 22)}  # noqa: PT017 - both outcomes are judged
    else:
        assert path == raw


@given(SAFE | RAW)
def test_what_is_accepted_keeps_the_rules(raw: str) -> None:
    """An independent statement of C16 to C21, as plain as can be."""
    path = accepted(raw)
    if path is None:
        return
    assert unicodedata.normalize("NFC", path) == path
    assert len(path.encode()) <= limits.PATH_BYTES
    assert not set(path) & set('<>:"|?*\\\0\u200b\u202e\ufeff')
    assert not path.startswith(("/", "~"))
    for name in path.segments:
        assert name not in {"", ".", ".."}
        assert len(name.encode()) <= limits.SEGMENT_BYTES
        assert name[-1] not in ". "
        assert name.lower() != ".git"
        assert name.split(".")[0].strip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT1"}
        assert not set(unicodedata.normalize("NFKC", name)) & set("/\\")
        assert all(unicodedata.category(char) not in {"Cc", "Cs"} for char in name)


@given(st.lists(SAFE, max_size=12))
def test_order_is_that_of_the_utf8_bytes(paths: list[RelPath]) -> None:
    """A record is sorted alike by every program that compares bytes."""
    assert [path.encode() for path in sorted(paths)] == sorted(path.encode() for path in paths)


@given(SAFE)
def test_every_parent_and_every_name_is_safe_too(path: RelPath) -> None:
    """So that directories can be made on the way; segments join to the path."""
    for depth in range(1, len(path.segments) + 1):
        assert accepted("/".join(path.segments[:depth])) is not None
    assert "/".join(path.segments) == path
    assert path.name == path.segments[-1]


@given(st.text(max_size=8) | NAMES)
def test_fold_is_stable(text: str) -> None:
    """Folding twice changes nothing; case and normal form of the input do not matter."""
    once = fold(text)
    assert fold(once) == once
    assert fold(unicodedata.normalize("NFC", text)) == once
    assert fold(unicodedata.normalize("NFKC", text)) == once
    assert once == once.casefold()


@given(SAFE)
def test_fold_works_name_by_name(path: RelPath) -> None:
    """Folding a path folds its names: no fold makes or removes a separator."""
    assert path.folded == "/".join(fold(name) for name in path.segments)


EVERYDAY = st.lists(
    st.sampled_from(
        ["a", "Z", "0", ".", "-", "_", "/", "con", "COM1", "lpt9", ".git", "nul", "~1", " ", "\n", "a" * 60]
    ),
    max_size=8,
).map("".join)


@settings(deadline=None, max_examples=3000)
@given(EVERYDAY)
@example("a.git/b")
@example("con.txt")
@example("a/.git")
@example("a./b")
@example("a/b/")
@example("a\n")
@example("/".join("a" * 33))
@example("a" * 201)
def test_the_short_way_lets_nothing_through_that_the_rules_refuse(raw: str) -> None:
    """A path that is taken without a look at each rule breaks none."""
    if relpath._EVERYDAY.match(raw):
        relpath._check_characters(raw)
        relpath._check_shape(raw)
        relpath._check_segments(raw)


def test_the_short_way_is_the_usual_one() -> None:
    usual = [".claude-plugin/plugin.json", "skills/code-review/SKILL.md", ".mcp.json", "a/config.d/contents.txt"]
    assert [raw for raw in usual if not relpath._EVERYDAY.match(raw)] == []

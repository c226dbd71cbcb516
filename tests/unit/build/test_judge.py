"""The questions that plugins and bundles share."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import BinaryIO

import pytest

from plugintool.build.fate import Fate
from plugintool.build.ignore import Verdict
from plugintool.build.judge import Judge, colliding, holds_secret, is_reserved
from plugintool.errors import ConfigError, MissingPathError
from plugintool.formats.patterns import Pattern, PatternList
from plugintool.relpath import RelPath
from plugintool.tree.entry import TreeFile
from plugintool.tree.memory import MemoryTree


def patterns(*texts: str) -> PatternList:
    return PatternList(tuple(Pattern(text, "list", number) for number, text in enumerate(texts, 1)))


def test_without_patterns_the_built_in_list_decides() -> None:
    assert Judge().verdict("src/x.py") is None
    assert Judge().verdict(".DS_Store") == Verdict("system-file", ".DS_Store (built-in)")


def test_patterns_come_before_the_built_in_list() -> None:
    judge = Judge((patterns("!.DS_Store", "x"),))
    assert judge.verdict(".DS_Store") == Verdict("", "!.DS_Store (list:1)")
    assert judge.omission(".DS_Store") is None
    assert judge.omission("x", 7) == Fate("x", "omitted", "pattern", "x (list:2)", 7)


def test_inner_patterns_see_paths_below_their_directory() -> None:
    judge = Judge((patterns("bundles/a/one"),), "bundles/a", (patterns("/two"), patterns("/two", "/three")))
    found = {name: judge.verdict(f"bundles/a/{name}") for name in ("one", "two", "three", "four")}
    assert [verdict is not None for verdict in found.values()] == [True, True, True, False]


def test_the_built_in_list_of_a_bundle_does_not_see_its_own_directory() -> None:
    """A bundle in ``bundles/.cache`` is odd, but its files are judged by their own names."""
    assert Judge((), "bundles/.cache").verdict("bundles/.cache/x.js") is None


def test_a_pattern_that_cannot_be_read_is_a_usage_error() -> None:
    with pytest.raises(ConfigError):
        Judge((patterns("!"),)).verdict("x")


class _Unreadable(MemoryTree):
    def files(self) -> Sequence[TreeFile]:
        return [TreeFile(RelPath("a.key"), 1)]

    def open(self, path: RelPath) -> BinaryIO:
        if path == "a.key":
            raise MissingPathError("cannot be read", path=path)
        return io.BytesIO()


def test_secrets_are_found_by_name_or_content() -> None:
    key = b"-----BEGIN PRIVATE KEY-----\n"
    tree = MemoryTree("x", {".env": b"", "a.key": key, "b.key": b"x", "c.md": key, "Makefile": b"all:"})
    assert [path for path in tree.contents if holds_secret(tree, RelPath(path))] == [".env", "a.key"]


def test_a_file_that_cannot_be_read_is_left_to_whoever_writes_it() -> None:
    assert not holds_secret(_Unreadable("x", {}), RelPath("a.key"))


def test_collisions_name_the_other_path() -> None:
    assert list(colliding(["a/b", "A/c", "d"])) == [Fate("a/b", "invalid", "collision", "with A (C22)")]
    assert list(colliding(["a", "b"])) == []


@pytest.mark.parametrize(
    "path", ["version.json.md", "a/version.json", "plugin.sigstore.json", ".claude-plugin/plugin.x.sigstore.json"]
)
def test_other_names_are_not_reserved(path: str) -> None:
    assert not is_reserved(RelPath(path))

"""Patterns decide as git does, and say which of them decided."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from plugintool.errors import ConfigError
from plugintool.formats.patterns import Match, Pattern, PatternList, parse_lines


def patterns(*texts: str, ignore_case: bool = False) -> PatternList:
    found = tuple(Pattern(text, "list", number) for number, text in enumerate(texts, 1))
    return PatternList(found, ignore_case=ignore_case)


def is_excluded(path: str, *texts: str) -> bool:
    found = patterns(*texts).find(path)
    return found is not None and found.is_included


@pytest.mark.parametrize(
    ("path", "texts", "expected"),
    [
        ("a.log", ["*.log"], True),
        ("x/y/a.log", ["*.log"], True),
        ("a.log", ["*.log", "!a.log"], False),
        ("x/a.log", ["/*.log"], False),
        ("docs/x/y.md", ["docs/"], True),
        ("a/docs/y.md", ["docs/"], True),
        ("a/docs/y.md", ["/docs/"], False),
        ("docs", ["docs/"], False),
        ("dir/keep.js", ["dir/", "!dir/keep.js"], True),
        ("dir/keep.js", ["dir/*", "!dir/keep.js"], False),
        ("dir/drop.js", ["dir/*", "!dir/keep.js"], True),
        ("a/b/c/d", ["a/**/d"], True),
        ("A.log", ["*.LOG"], False),
        ("#x", ["\\#x"], True),
        ("!x", ["\\!x"], True),
        ("x", [], False),
    ],
)
def test_find_decides_like_git(path: str, texts: list[str], expected: bool) -> None:
    assert is_excluded(path, *texts) is expected


def test_the_pattern_that_decided_is_named() -> None:
    assert patterns("*.md", "*.log", "x/").find("x/a.log") == Match(Pattern("x/", "list", 3), is_included=True)
    assert patterns("*.md", "!a.md").find("a.md") == Match(Pattern("!a.md", "list", 2), is_included=False)
    assert patterns("*.md").find("a.txt") is None


def test_nothing_below_an_excluded_directory_is_taken_back() -> None:
    """Also not the second time, when the answer about the directory is remembered."""
    found = patterns("node_modules/", "!node_modules/a/b.js")
    for _ in range(2):
        match = found.find("node_modules/a/b.js")
        assert match is not None
        assert match.pattern.text == "node_modules/"


def test_find_exact_has_no_rule_about_parents() -> None:
    match = patterns("bin/*", "!bin/README").find_exact("bin/README")
    assert match is not None
    assert not match.is_included


def test_case_is_ignored_where_asked() -> None:
    assert patterns("*.LOG", ignore_case=True).find("A.log") is not None
    assert patterns("*.log", ignore_case=True).find("A.LOG") is not None


@pytest.mark.parametrize("text", ["!", "a\\"])
def test_a_pattern_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        patterns("ok", text).find("x")
    assert caught.value.detail["path"] == "list"
    assert caught.value.detail["line"] == 2


def test_a_pattern_describes_itself_with_its_origin() -> None:
    assert Pattern("*.log", "plugintool.toml", 4).describe() == "*.log (plugintool.toml:4)"
    assert Pattern("*.log", "list").describe() == "*.log (list)"


def test_lines_are_trimmed_and_comments_dropped() -> None:
    found = parse_lines("# comment\n\n  *.log  \r\n!x\n", origin="f")
    assert found == (Pattern("*.log", "f", 3), Pattern("!x", "f", 4))


def test_pathspec_is_imported_for_patterns_only(root: Path) -> None:
    """A project without patterns does not pay for the import."""
    script = (
        "import sys\nfrom plugintool.formats.patterns import Pattern, PatternList\n"
        "PatternList(()).find('x'); assert 'pathspec' not in sys.modules\n"
        "PatternList((Pattern('x', ''),)).find('x'); assert 'pathspec' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=root)

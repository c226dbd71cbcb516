"""Patterns decide as git does, and say which of them decided."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool.errors import ConfigError
from plugintool.formats.patterns import Match, Pattern, PatternList, parse_mcpbignore


def patterns(*texts: str) -> PatternList:
    found = tuple(Pattern(text, "list", number) for number, text in enumerate(texts, 1))
    return PatternList(found)


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


def mcpbignore(*lines: str) -> PatternList:
    return parse_mcpbignore("\n".join(lines).encode(), origin="f")


def excludes(found: PatternList, path: str) -> bool:
    match = found.find(path)
    return match is not None and match.is_included


def test_a_file_for_bundles_is_read_without_letter_case() -> None:
    assert excludes(mcpbignore("*.LOG"), "A.log")
    assert excludes(mcpbignore("*.log"), "A.LOG")
    assert not excludes(patterns("*.LOG"), "A.log")


@pytest.mark.parametrize("text", ["!", "a\\", "\\/", "!\\"])
def test_in_a_file_for_bundles_a_pattern_that_cannot_be_read_matches_nothing(text: str) -> None:
    assert not excludes(mcpbignore(text), "a")
    assert excludes(mcpbignore(text, "a"), "a")


def test_in_a_file_for_bundles_no_slash_at_the_end_takes_a_directory_back() -> None:
    """``mcpb pack`` asks about a directory by its name alone; git knows that it is one."""
    assert excludes(mcpbignore("*", "!*/", "!*.js"), "src/a.js")
    assert not excludes(patterns("*", "!*/", "!*.js"), "src/a.js")
    assert not excludes(mcpbignore("docs/", "!docs"), "docs/a")
    assert not excludes(mcpbignore("docs/*", "!docs/keep.js"), "docs/keep.js")
    assert excludes(mcpbignore("docs/", "!docs/keep.js"), "docs/keep.js")


@pytest.mark.parametrize("make", [mcpbignore, patterns])
def test_a_negated_class_matches_no_slash(make: Callable[..., PatternList]) -> None:
    assert not excludes(make("/a[!b]*"), "a/c")
    assert excludes(make("/a[!b]*"), "acd")
    assert excludes(make("\\[^x"), "[^x")


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
    found = parse_mcpbignore(b"# comment\n\n  *.log  \r\n!x\n", origin="f")
    assert found.patterns == (Pattern("*.log", "f", 3), Pattern("!x", "f", 4))


def test_a_line_ends_at_a_line_feed_only_and_blanks_are_those_of_javascript() -> None:
    found = parse_mcpbignore("\ufeffa\u3000\n\u00a0b\x1cc\u2028d\x85e\rf\n".encode(), origin="f")
    assert [pattern.text for pattern in found.patterns] == ["a", "b\x1cc\u2028d\x85e\rf"]


def test_bytes_that_are_no_text_stop_nothing() -> None:
    assert [pattern.text for pattern in parse_mcpbignore(b"\xffa\nb", origin="f").patterns] == ["\ufffda", "b"]


def test_pathspec_is_imported_for_patterns_only(root: Path) -> None:
    """A project without patterns does not pay for the import."""
    script = (
        "import sys\nfrom plugintool.formats.patterns import Pattern, PatternList\n"
        "PatternList(()).find('x'); assert 'pathspec' not in sys.modules\n"
        "PatternList((Pattern('x', ''),)).find('x'); assert 'pathspec' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=root)

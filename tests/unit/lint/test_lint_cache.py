"""The cache: keyed by all that matters, useless when damaged, harmless when deleted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.errors import OutputError
from plugintool.lint.cache import LintCache, rules_digest, tree_digest
from plugintool.lint.result import LintResult
from plugintool.lint.run import LintOptions
from plugintool.report import Finding, Location, Severity
from plugintool.tree.directory import survey
from tests.rule_fixtures import clean_plugin

OPTIONS = LintOptions()
RESULT = LintResult(
    "p",
    {"skills": 2},
    ("FM004",),
    (Finding("FM004", Severity.ERROR, "m \u202e", Location("a.md", 1, 2, ("k", 0)), "h"),),
)
KEY = "ab" * 32


@pytest.fixture
def cache(tmp_path: Path) -> LintCache:
    return LintCache(tmp_path / "cache")


def entry_of(tmp_path: Path) -> Path:
    (found,) = (tmp_path / "cache").rglob("*.json")
    return found


def test_what_was_stored_comes_back(cache: LintCache) -> None:
    assert cache.load(KEY) is None
    cache.store(KEY, RESULT)
    assert cache.load(KEY) == RESULT


def test_another_process_finds_it(cache: LintCache, tmp_path: Path) -> None:
    cache.store(KEY, RESULT)
    assert LintCache(tmp_path / "cache").load(KEY) == RESULT


def test_the_directory_says_what_it_is(cache: LintCache, tmp_path: Path) -> None:
    """Backup programs and git leave it out without being told."""
    assert (tmp_path / "cache/CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
    assert (tmp_path / "cache/.gitignore").read_text() == "*\n"


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_a_damaged_entry_is_no_entry(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Any byte changed, and any length: never a wrong result, never a crash."""
    where = tmp_path_factory.mktemp("c")
    cache = LintCache(where / "cache")
    cache.store(KEY, RESULT)
    entry = entry_of(where)
    content = bytearray(entry.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= data.draw(st.integers(1, 255))
    else:
        del content[place:]
    entry.write_bytes(content)
    assert cache.load(KEY) is None


def test_the_entry_of_another_key_is_no_entry(cache: LintCache, tmp_path: Path) -> None:
    """A copied or renamed file does not speak for another tree."""
    cache.store(KEY, RESULT)
    other = "ab" + "cd" * 31
    shutil.copy(entry_of(tmp_path), entry_of(tmp_path).with_name(f"{other}.json"))
    assert cache.load(other) is None


def test_it_may_be_deleted_at_any_time(cache: LintCache, tmp_path: Path) -> None:
    cache.store(KEY, RESULT)
    shutil.rmtree(tmp_path / "cache")
    assert cache.load(KEY) is None
    cache.store(KEY, RESULT)
    assert cache.load(KEY) is None


def test_something_else_in_the_place_of_an_entry(cache: LintCache, tmp_path: Path) -> None:
    (tmp_path / f"cache/{KEY[:2]}/{KEY}.json").mkdir(parents=True)
    assert cache.load(KEY) is None
    cache.store(KEY, RESULT)
    assert cache.load(KEY) is None
    assert [path.name for path in (tmp_path / "cache" / KEY[:2]).iterdir()] == [f"{KEY}.json"]


def test_a_result_that_is_no_text_is_not_kept(cache: LintCache, tmp_path: Path) -> None:
    """Half a surrogate pair has no bytes; the next run judges again."""
    cache.store(KEY, RESULT._replace(name="\ud800"))
    assert list((tmp_path / "cache").rglob("*.json")) == []


def test_a_place_that_cannot_be_one_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError) as caught:
        LintCache(tmp_path / "file")
    assert caught.value.detail["path"] == str(tmp_path / "file")


class TestKey:
    """Everything that a result depends on."""

    def key(self, cache: LintCache, root: Path, options: LintOptions = OPTIONS, *, given: bool = False) -> str:
        return cache.key(survey(root), options, targets_given=given)

    def test_the_same_content_has_the_same_key(self, cache: LintCache, tmp_path: Path) -> None:
        """Wherever it stands and whenever it was written."""
        one, two = clean_plugin(tmp_path / "1"), clean_plugin(tmp_path / "2")
        os.utime(two / "skills/review/SKILL.md", (1, 1))
        assert self.key(cache, one) == self.key(cache, two)

    @pytest.mark.parametrize(
        "change",
        [
            lambda root: (root / "skills/review/SKILL.md").write_bytes(b"x" * 5),
            lambda root: (root / "new.md").write_text(""),
            lambda root: (root / "skills/review/SKILL.md").rename(root / "skills/review/skill.md"),
            lambda root: (root / "skills/review/SKILL.md").chmod(0o755),
            lambda root: (root / "skills/empty").mkdir(),
            lambda root: (root / "link").symlink_to("skills"),
            lambda root: (root / ".git").mkdir(),
            lambda root: os.mkfifo(root / "pipe"),
        ],
    )
    def test_every_change_of_the_tree_counts(
        self, cache: LintCache, tmp_path: Path, change: Callable[[Path], object]
    ) -> None:
        root = clean_plugin(tmp_path)
        before = self.key(cache, root)
        change(root)
        assert self.key(cache, root) != before

    def test_a_change_of_one_byte_counts(self, cache: LintCache, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path)
        before = self.key(cache, root)
        file = root / "skills/review/SKILL.md"
        info = file.stat()
        file.write_bytes(file.read_bytes().replace(b"code", b"Code"))
        os.utime(file, ns=(info.st_atime_ns, info.st_mtime_ns))
        assert self.key(cache, root) != before

    def test_the_name_of_the_directory_counts(self, cache: LintCache, tmp_path: Path) -> None:
        """A rule compares it with the manifest."""
        root = clean_plugin(tmp_path)
        before = self.key(cache, root)
        assert self.key(cache, root.rename(tmp_path / "other")) != before

    @pytest.mark.parametrize(
        "options",
        [
            replace(OPTIONS, select=("FM",)),
            replace(OPTIONS, ignore=("FM",)),
            replace(OPTIONS, targets=("cowork",)),
            replace(OPTIONS, profile="client"),
            replace(OPTIONS, client=(2, 1, 197)),
        ],
    )
    def test_every_option_counts(self, cache: LintCache, tmp_path: Path, options: LintOptions) -> None:
        root = clean_plugin(tmp_path)
        assert self.key(cache, root, options) != self.key(cache, root)

    def test_who_named_the_targets_counts(self, cache: LintCache, tmp_path: Path) -> None:
        """The project file may change them only when the command line does not."""
        root = clean_plugin(tmp_path)
        assert self.key(cache, root, given=True) != self.key(cache, root)

    def test_a_file_that_cannot_be_read_differs_from_an_empty_one(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"a.md": ""})
        tree = survey(root)
        before = tree_digest(tree)
        (root / "a.md").unlink()
        assert tree_digest(tree) != before


def test_the_rules_count(tmp_path: Path) -> None:
    """Their source files, whatever the version says: a rule that was changed today judges anew today."""
    (tmp_path / "lint/rules").mkdir(parents=True)
    (tmp_path / "cli").mkdir()
    rule = tmp_path / "lint/rules/hooks.py"
    rule.write_text("x = 1\n")
    first = rules_digest(tmp_path)
    (tmp_path / "cli/lint.py").write_text("")
    (tmp_path / "lint/notes.txt").write_text("")
    assert rules_digest(tmp_path) == first
    os.utime(rule, (1, 1))
    second = rules_digest(tmp_path)
    (tmp_path / "lint/rules/mcp.py").write_text("")
    assert len({first, second, rules_digest(tmp_path)}) == 3

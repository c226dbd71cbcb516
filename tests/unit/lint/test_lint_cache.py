"""The cache: keyed by all that matters, useless when damaged, harmless when deleted, bounded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool import jsontext, limits
from plugintool.errors import OutputError
from plugintool.lint import cache as subject
from plugintool.lint.cache import Basis, LintCache, rules_digest, tree_digest
from plugintool.lint.result import LintResult
from plugintool.report import Finding, Location, Severity
from plugintool.tree.directory import survey
from tests.rule_fixtures import clean_plugin

RESULT = LintResult(
    "p",
    {"skills": 2},
    ("FM004",),
    (Finding("FM004", Severity.ERROR, "m \u202e", Location("a.md", 1, 2, ("k", 0)), "h"),),
    (("a.md", 1, "the line"),),
)
SKILL = "skills/review/SKILL.md"


class World:
    """A plugin and the directory of a cache; every ``cache`` is that of a new process."""

    def __init__(self, root: Path) -> None:
        self.directory = root / "cache"
        self.plugin = clean_plugin(root)
        self.basis = Basis("plugin", str(self.plugin), trees=(str(self.plugin),))

    def cache(self, configuration: str = "") -> LintCache:
        return LintCache(self.directory, configuration)

    def keep(self, result: LintResult = RESULT) -> None:
        cache = self.cache()
        cache.keep(self.basis, result)
        cache.save()

    def shelves(self) -> list[Path]:
        return sorted(self.directory.glob("*.json"))

    def age(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let what was written be old enough for its state to be kept."""
        monkeypatch.setattr(subject, "QUIET_NS", -(10**12))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_what_was_kept_comes_back(world: World) -> None:
    """In the same process and in the next one."""
    cache = world.cache()
    assert cache.find(world.basis) is None
    cache.keep(world.basis, RESULT)
    assert cache.find(world.basis) == RESULT
    cache.save()
    assert world.cache().find(world.basis) == RESULT


def test_subjects_of_one_directory_share_a_shelf(world: World, tmp_path: Path) -> None:
    """What is added later stands beside what is there."""
    world.keep()
    other = clean_plugin(tmp_path, name="other")
    basis = Basis("plugin", str(other), trees=(str(other),))
    cache = world.cache()
    cache.keep(basis, RESULT._replace(name="o"))
    cache.save()
    assert len(world.shelves()) == 1
    assert world.cache().find(world.basis) == RESULT
    assert world.cache().find(basis) == RESULT._replace(name="o")


def test_a_directory_may_be_two_subjects(world: World) -> None:
    as_bundle = world.basis._replace(what="bundle")
    cache = world.cache()
    cache.keep(world.basis, RESULT)
    cache.keep(as_bundle, RESULT._replace(name="b"))
    assert [cache.find(world.basis), cache.find(as_bundle)] == [RESULT, RESULT._replace(name="b")]


def test_the_directory_says_what_it_is(world: World) -> None:
    """Backup programs and git leave it out without being told."""
    world.cache()
    assert (world.directory / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
    assert (world.directory / ".gitignore").read_text() == "*\n"


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_a_damaged_shelf_is_an_empty_one(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Any byte changed, and any length: never a wrong result, never a crash."""
    world = World(tmp_path_factory.mktemp("c"))
    world.keep()
    (shelf,) = world.shelves()
    content = bytearray(shelf.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= data.draw(st.integers(1, 255))
    else:
        del content[place:]
    shelf.write_bytes(content)
    assert world.cache().find(world.basis) is None
    world.keep()
    assert world.cache().find(world.basis) == RESULT


@pytest.mark.parametrize(
    "value",
    [None, 5, [], [1, 2], [[], {}, 1], [{}, []], [[], {"plugin acme-review": 1}], [[], {"plugin acme-review": []}]],
)
def test_a_whole_shelf_of_another_form_is_an_empty_one(world: World, value: jsontext.JsonValue) -> None:
    """Somebody sealed something else."""
    world.keep()
    (shelf,) = world.shelves()
    shelf.write_bytes(jsontext.sealed(value))
    assert world.cache().find(world.basis) is None


def test_the_shelf_of_other_rules_options_or_directories_is_not_looked_at(world: World, tmp_path: Path) -> None:
    world.keep()
    assert world.cache("other").find(world.basis) is None
    moved = shutil.copytree(world.plugin, tmp_path / "elsewhere" / world.plugin.name)
    assert world.cache().find(Basis("plugin", str(moved), trees=(str(moved),))) is None


def test_it_may_be_deleted_at_any_time(world: World) -> None:
    """Also while it is in use."""
    cache = world.cache()
    cache.keep(world.basis, RESULT)
    shutil.rmtree(world.directory)
    cache.save()
    assert world.cache().find(world.basis) is None
    world.keep()
    assert world.cache().find(world.basis) == RESULT


def test_something_else_in_the_place_of_a_shelf(world: World) -> None:
    world.keep()
    (shelf,) = world.shelves()
    shelf.unlink()
    shelf.mkdir()
    assert world.cache().find(world.basis) is None
    world.keep()
    assert world.cache().find(world.basis) is None
    assert world.shelves() == [shelf]


def test_a_result_that_is_no_text_is_not_kept(world: World) -> None:
    """Half a surrogate pair has no bytes; the next run judges again."""
    world.keep(RESULT._replace(name="\ud800"))
    assert world.shelves() == []


def test_a_place_that_cannot_be_one_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError) as caught:
        LintCache(tmp_path / "file")
    assert caught.value.detail["path"] == str(tmp_path / "file")


class TestSize:
    """The directory stays below a bound, whatever is judged."""

    def test_the_shelves_that_were_written_longest_ago_go_first(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.cache()
        for number in range(4):
            old = world.directory / f"{number}.json"
            old.write_bytes(b"x" * 1000)
            os.utime(old, (number, number))
        monkeypatch.setattr(limits, "CACHE_BYTES", 2900)
        world.keep()
        left = {path.name for path in world.shelves()}
        assert {"2.json", "3.json"} < left
        assert not {"0.json", "1.json"} & left
        assert sum(path.stat().st_size for path in world.shelves()) <= 2900
        assert world.cache().find(world.basis) == RESULT

    def test_a_shelf_keeps_what_was_added_last(
        self, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        for number in range(8):
            cache = world.cache()
            place = clean_plugin(tmp_path, name=f"p{number}")
            cache.keep(Basis("plugin", str(place), trees=(str(place),)), RESULT)
            cache.save()
        monkeypatch.setattr(limits, "CACHE_SHELF_BYTES", 1500)
        world.keep()
        assert world.shelves()[0].stat().st_size <= 1500
        assert world.cache().find(world.basis) == RESULT


class TestBasis:
    """Everything that a result depends on."""

    def test_the_same_content_is_known_whenever_it_was_written(self, world: World) -> None:
        """As after a new checkout."""
        world.keep()
        os.utime(world.plugin / SKILL, (1, 1))
        assert world.cache().find(world.basis) == RESULT

    @pytest.mark.parametrize(
        "change",
        [
            lambda root: (root / SKILL).write_bytes(b"x" * 5),
            lambda root: (root / "new.md").write_text(""),
            lambda root: (root / SKILL).rename(root / "skills/review/skill.md"),
            lambda root: (root / SKILL).chmod(0o755),
            lambda root: (root / "skills/empty").mkdir(),
            lambda root: (root / "link").symlink_to("skills"),
            lambda root: (root / ".git").mkdir(),
            lambda root: os.mkfifo(root / "pipe"),
            shutil.rmtree,
        ],
    )
    def test_every_change_of_the_tree_counts(
        self, world: World, change: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.age(monkeypatch)
        world.keep()
        change(world.plugin)
        assert world.cache().find(world.basis) is None

    def test_a_change_of_one_byte_counts(self, world: World) -> None:
        """Although size and time of writing are those of before."""
        world.keep()
        file = world.plugin / SKILL
        info = file.stat()
        file.write_bytes(file.read_bytes().replace(b"code", b"Code"))
        os.utime(file, ns=(info.st_atime_ns, info.st_mtime_ns))
        assert world.cache().find(world.basis) is None

    def test_single_files_and_what_was_said_count(self, world: World, tmp_path: Path) -> None:
        file = tmp_path / "file"
        basis = world.basis._replace(said="a", files=(str(file),))
        cache = world.cache()
        cache.keep(basis, RESULT)
        assert cache.find(basis) == RESULT
        assert cache.find(basis._replace(said="b")) is None
        file.write_text("")
        assert world.cache().find(basis) is None
        assert cache.find(basis) is None

    def test_a_file_of_any_size_is_read_to_its_end(self, world: World, tmp_path: Path) -> None:
        """A bundle may be larger than any text."""
        file = tmp_path / "x.mcpb"
        size = 2 * limits.COPY_CHUNK + 5
        file.write_bytes(bytes(size))
        cache = world.cache()
        basis = Basis("bundle", str(file), files=(str(file),))
        cache.keep(basis, RESULT)
        file.write_bytes(bytes(size - 1) + b"1")
        assert cache.find(basis) is None

    def test_what_has_changed_while_it_was_judged_is_not_kept(self, world: World) -> None:
        """Else the new result would be kept for the old content, and come back with it."""
        cache = world.cache()
        assert cache.find(world.basis) is None
        (world.plugin / SKILL).write_text("other")
        cache.keep(world.basis, RESULT)
        assert cache.find(world.basis) is None

    def test_what_cannot_be_read_is_not_kept(self, world: World) -> None:
        shutil.rmtree(world.plugin)
        world.keep()
        assert world.shelves() == []

    def test_a_file_that_cannot_be_read_differs_from_an_empty_one(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"a.md": ""})
        tree = survey(root)
        before = tree_digest(tree)
        (root / "a.md").unlink()
        assert tree_digest(tree) != before


class TestState:
    """What the disk says saves the reading, and only that."""

    @pytest.fixture
    def no_reading(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
        return lambda: monkeypatch.setattr(subject, "tree_digest", None)

    def test_nothing_is_read_while_nothing_has_changed(
        self, world: World, no_reading: Callable[[], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.age(monkeypatch)
        world.keep()
        no_reading()
        assert world.cache().find(world.basis) == RESULT

    def test_what_was_just_written_is_read(self, world: World, no_reading: Callable[[], None]) -> None:
        """It may be written again within the same tick of the clock."""
        world.keep()
        no_reading()
        with pytest.raises(TypeError):
            world.cache().find(world.basis)

    def test_after_one_reading_the_state_is_known(
        self, world: World, no_reading: Callable[[], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.keep()
        world.age(monkeypatch)
        cache = world.cache()
        assert cache.find(world.basis) == RESULT
        cache.save()
        no_reading()
        assert world.cache().find(world.basis) == RESULT

    def test_a_tree_with_links_is_always_read(
        self, world: World, no_reading: Callable[[], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (world.plugin / "link").symlink_to("skills")
        world.age(monkeypatch)
        world.keep()
        assert world.cache().find(world.basis) == RESULT
        no_reading()
        with pytest.raises(TypeError):
            world.cache().find(world.basis)


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

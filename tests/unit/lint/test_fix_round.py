"""Rounds: repairs that build on each other, that do not go together, that do no good, and that break a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugintool.jsonedit import Splice
from plugintool.lint import fix_round, registry
from plugintool.lint.fix import Edit, Rename, Replace
from plugintool.lint.fix_round import Mending, mend
from plugintool.lint.rule import Rule
from plugintool.lint.rules import engine
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Plugin
from plugintool.relpath import RelPath
from plugintool.report import Finding, Location, Severity
from plugintool.tree.directory import Survey, survey
from tests.rule_fixtures import clean_plugin, manifest

NOTE = RelPath("note.txt")
COMMAND = RelPath("commands/check.md")
Check = Callable[[Plugin], Iterator[tuple[str, str, int]]]


class World:
    """Rules that are made for one test; each finds something in the text of one file."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
        self.root = root
        self.rules: dict[str, Rule] = {}
        self.checks: dict[str, Check] = {}
        self.severities: dict[str, Severity] = {}
        self.lints = 0
        monkeypatch.setattr(registry, "all_rules", lambda: self.rules)
        monkeypatch.setattr(registry, "rules_about", lambda _subject, _targets: self.rules)

    def rule(self, rule_id: str, check: Check, fix: Any = None, unsafe_fix: Any = None) -> None:
        self.rules[rule_id] = replace(engine.rule_failed, id=rule_id, fix=fix, unsafe_fix=unsafe_fix)
        self.checks[rule_id] = check

    def lint(self, tree: Survey) -> tuple[Plugin, list[Finding]]:
        self.lints += 1
        plugin = load_plugin(tree)
        found = [
            Finding(rule_id, self.severities.get(rule_id, Severity.WARNING), message, Location(path, line))
            for rule_id, check in self.checks.items()
            for path, message, line in check(plugin)
        ]
        return plugin, found

    def mend(self, *, unsafe: bool = False) -> Mending:
        return mend(survey(self.root), self.lint, unsafe=unsafe)

    def text(self, mending: Mending, path: RelPath = NOTE) -> str:
        return mending.tree.read(path).decode()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    return World(monkeypatch, clean_plugin(tmp_path, {NOTE: "abc", COMMAND: "---\ndescription: d\nmodel: m\n---\n"}))


def holds(word: str, path: RelPath = NOTE) -> Check:
    """A check that finds a word, once."""

    def check(plugin: Plugin) -> Iterator[tuple[str, str, int]]:
        if word.encode() in (plugin.read(path) or b""):
            yield str(path), f"holds {word}", 1

    return check


def instead(word: str, new: str, path: RelPath = NOTE) -> Callable[[Plugin, Finding], Iterator[Edit]]:
    """A repair that puts one word in the place of another."""

    def fix(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
        start = (plugin.read(path) or b"").index(word.encode())
        yield Replace(path, Splice(start, start + len(word), new.encode()))

    return fix


def test_without_findings_nothing_is_done(world: World) -> None:
    mending = world.mend()
    assert (mending.repaired, mending.left, mending.tree.written) == ((), (), {})
    assert world.lints == 1


def test_repairs_build_on_each_other(world: World) -> None:
    """What one brings, the next takes away; all are told."""
    world.rule("AA001", holds("a"), instead("a", "x"))
    world.rule("AA002", holds("x"), instead("x", "y"))
    world.rule("AA003", holds("y"), instead("y", "z"))
    mending = world.mend()
    assert world.text(mending) == "zbc"
    assert [finding.code for finding in mending.repaired] == ["AA001", "AA002", "AA003"]
    assert mending.left == ()


def test_repairs_apart_are_one_round(world: World) -> None:
    world.rule("AA001", holds("a"), instead("a", "1"))
    world.rule("AA002", holds("c"), instead("c", "2"))
    assert world.text(world.mend()) == "1b2"
    assert world.lints == 2


def test_repairs_that_touch_come_one_after_the_other(world: World) -> None:
    world.rule("AA001", holds("ab"), instead("ab", "1"))
    world.rule("AA002", holds("c"), instead("c", "2"))
    assert world.text(world.mend()) == "12"
    assert world.lints == 3


def test_a_repair_that_does_no_good_is_undone(world: World) -> None:
    """Its finding is left, and the others are repaired."""
    world.rule("AA001", holds("abc"), lambda *_: iter([Replace(NOTE, Splice(3, 3, b"!"))]))
    world.rule("AA002", holds("name", COMMAND))
    world.rule("AA003", holds("model", COMMAND), instead("model", "MODEL", COMMAND))
    mending = world.mend()
    assert world.text(mending) == "abc"
    assert [finding.code for finding in mending.left] == ["AA001", "AA003"], "a key that was read would be lost"


def test_a_repair_that_breaks_front_matter_is_undone(world: World) -> None:
    """The file was read before; now all of its fields would be lost."""
    world.rule("AA001", holds("description: d", COMMAND), instead("description: d", "description: [", COMMAND))
    mending = world.mend()
    assert mending.repaired == ()
    assert b"description: d\n" in mending.tree.read(COMMAND)


@pytest.mark.parametrize("broken", ['{"name": ', '\ufeff{"name":', '{"name": 1, "name":'])
def test_a_repair_that_breaks_json_is_undone(world: World, broken: str) -> None:
    path = RelPath(".claude-plugin/plugin.json")
    world.rule("AA001", holds('{"name":', path), instead('{"name":', broken.replace('{"name": ', '{"nam: '), path))
    mending = world.mend()
    assert mending.repaired == ()
    assert mending.tree.read(path) == manifest().encode()


def test_a_repair_that_moves_a_file_out_of_sight_is_undone(world: World) -> None:
    def gone(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
        yield Rename(COMMAND, RelPath("elsewhere/check.txt"))

    world.rule("AA001", holds("model", COMMAND), gone)
    assert COMMAND in world.mend().tree.sources


@pytest.mark.parametrize(("first", "wanted"), [(Severity.WARNING, "abc"), (Severity.ERROR, "xbc")])
def test_a_warning_is_not_turned_into_an_error(world: World, first: Severity, wanted: str) -> None:
    """What was ignored would then be refused; an error may show the next one."""
    world.rule("AA001", holds("a"), instead("a", "x"))
    world.rule("AA002", holds("x"))
    world.severities = {"AA001": first, "AA002": Severity.ERROR}
    assert world.text(world.mend()) == wanted


def test_an_error_that_was_there_before_is_in_nobodys_way(world: World) -> None:
    world.rule("AA001", holds("a"), instead("a", "x"))
    world.rule("AA002", holds("c"))
    world.severities = {"AA002": Severity.ERROR}
    assert world.text(world.mend()) == "xbc"


def test_repairs_that_do_not_go_together_are_made_in_turn(world: World) -> None:
    """Both add the same key: by itself each would be fine, and after the first the second has nothing to do."""
    path = RelPath(".claude-plugin/plugin.json")

    def lacks(plugin: Plugin) -> Iterator[tuple[str, str, int]]:
        if "license" not in plugin.value:
            yield str(path), "no licence", 1

    world.rule("AA001", lacks, lambda *_: iter([Replace(path, Splice(1, 1, b'"license": "MIT", '))]))
    end = len(manifest()) - 2
    world.rule("AA002", lacks, lambda *_: iter([Replace(path, Splice(end, end, b', "license": "MIT"'))]))
    mending = world.mend()
    assert world.text(mending, path).count("license") == 1
    assert mending.left == ()


def test_a_repair_and_its_opposite_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither does no good by itself, so only the number of rounds ends it."""
    monkeypatch.setattr(fix_round, "_ROUNDS", 7)
    world.rule("AA001", holds("a"), instead("a", "A"))
    world.rule("AA002", holds("A"), instead("A", "a"))
    assert world.text(world.mend()) in {"abc", "Abc"}
    assert world.lints == 8


def test_what_is_not_safe_is_asked_for(world: World) -> None:
    world.rule("AA001", holds("a"), unsafe_fix=instead("a", "1"))
    assert world.text(world.mend()) == "abc"
    assert world.text(world.mend(unsafe=True)) == "1bc"


def test_a_safe_repair_comes_before_one_that_is_not(world: World) -> None:
    world.rule("AA001", holds("a"), fix=instead("a", "1"), unsafe_fix=instead("a", "2"))
    assert world.text(world.mend(unsafe=True)) == "1bc"


def test_a_finding_of_an_unknown_rule_is_left(world: World) -> None:
    """A cache or another engine may know rules that this one does not."""
    world.checks["ZZ999"] = holds("a")
    assert [finding.code for finding in world.mend().left] == ["ZZ999"]

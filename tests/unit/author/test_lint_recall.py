"""A stored result is used exactly while nothing has changed, for every kind of subject."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool.author import lint_recall, lint_subjects
from plugintool.author.lint import LintRequest, lint_paths
from plugintool.author.lint_subjects import Judgement, LintSubject, Loaded, What, judge, subjects_of
from plugintool.author.lint_workers import Effort, judge_all
from plugintool.errors import ConfigError
from plugintool.lint.result import LintResult
from plugintool.lint.run import LintOptions
from tests.rule_fixtures import clean_plugin, manifest

JUDGEMENT = Judgement(options=LintOptions())
BAD: dict[str, str | bytes] = {"commands/a.md": "Check.\n"}


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., list[LintResult]]:
    """Judge what a path means with a cache, as a new process each time."""

    def judged(root: Path, judgement: Judgement = JUDGEMENT, jobs: int = 1) -> list[LintResult]:
        effort = Effort(jobs=jobs, cache=tmp_path / "cache")
        loaded = Loaded()
        subjects = list(subjects_of(str(root), as_client=False, loaded=loaded))
        found = judge_all(subjects, judgement, effort, loaded)
        assert all(isinstance(item, LintResult) for item in found)
        return [item for item in found if isinstance(item, LintResult)]

    return judged


@pytest.fixture
def no_judging(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on, whoever judges fails."""

    def forbid() -> None:
        for name in ("lint_plugin", "lint_marketplace", "lint_org_plugins", "load_plugin", "rule_ids_for"):
            monkeypatch.setattr(lint_subjects, name, None)

    return forbid


def a_plugin(root: Path) -> Path:
    return clean_plugin(root, BAD)


def a_marketplace(root: Path) -> Path:
    """Two plugins, one of them listed with another version than it has."""
    for name in ("one", "two"):
        clean_plugin(root / "plugins", BAD, name=name)
    entries = [
        {"name": name, "source": f"./plugins/{name}", "description": "d", "version": "9.9.9"} for name in ("one", "two")
    ]
    document = {"name": "acme", "owner": {"name": "Acme"}, "plugins": entries}
    (root / ".claude-plugin").mkdir()
    (root / ".claude-plugin/marketplace.json").write_text(json.dumps(document))
    return root


def an_org_directory(root: Path) -> Path:
    for name in ("one", "two"):
        clean_plugin(root / "org-plugins", BAD, name=name)
    (root / "org-plugins/stray").mkdir()
    return root / "org-plugins"


KINDS = [a_plugin, a_marketplace, an_org_directory]


def plain(results: list[LintResult]) -> list[LintResult]:
    """Without the lines that only a cache brings."""
    return [item._replace(lines=()) for item in results]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("make", KINDS)
def test_a_second_look_is_the_same_and_judges_nothing(
    tmp_path: Path,
    look: Callable[..., list[LintResult]],
    no_judging: Callable[[], None],
    make: Callable[[Path], Path],
    jobs: int,
) -> None:
    root = make(tmp_path / "w")
    alone = judge_all(list(subjects_of(str(root), as_client=False)), JUDGEMENT, Effort())
    assert any(isinstance(item, LintResult) and item.findings for item in alone)
    assert plain(look(root, jobs=jobs)) == alone
    no_judging()
    assert plain(look(root)) == alone


CHANGES: dict[str, Callable[[Path], object]] = {
    "a plugin gets a file": lambda root: (root / "plugins/one/new.md").write_text(""),
    "a plugin gets another version": lambda root: (root / "plugins/one/.claude-plugin/plugin.json").write_text(
        manifest(name="one", version="9.9.9")
    ),
    "a plugin is gone": lambda root: (root / "plugins/one").rename(root / "plugins/three"),
    "a plugin is a link": lambda root: _as_link(root / "plugins/one"),
    "an entry changes": lambda root: _edit(root, "9.9.9", "1.0.0"),
    "there is a project file": lambda root: (root / "plugintool.toml").write_text('[lint]\nignore = ["MP"]\n'),
    "the root is a plugin": lambda root: (root / ".claude-plugin/plugin.json").write_text("{"),
}


def _as_link(place: Path) -> None:
    place.rename(place.with_name("real"))
    place.symlink_to("real")


def _edit(root: Path, old: str, new: str) -> None:
    file = root / ".claude-plugin/marketplace.json"
    file.write_text(file.read_text().replace(old, new))


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_every_change_of_a_marketplace_is_seen(
    tmp_path: Path, look: Callable[..., list[LintResult]], change: Callable[[Path], object]
) -> None:
    """With a warm cache lint says what it says without one."""
    root = a_marketplace(tmp_path / "w")
    before = look(root)
    change(root)
    alone = judge_all(list(subjects_of(str(root), as_client=False)), JUDGEMENT, Effort())
    assert plain(look(root)) == alone
    assert alone != plain(before)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "other").mkdir(),
        lambda root: (root / "stray").rmdir(),
        lambda root: (root / "one/.claude-plugin/plugin.json").unlink(),
        lambda root: (root / "one/.claude-plugin/plugin.json").write_text(manifest(name="two")),
    ],
)
def test_every_change_of_an_org_directory_is_seen(
    tmp_path: Path, look: Callable[..., list[LintResult]], change: Callable[[Path], object]
) -> None:
    root = an_org_directory(tmp_path / "w")
    before = look(root)
    change(root)
    alone = judge_all(list(subjects_of(str(root), as_client=False)), JUDGEMENT, Effort())
    assert plain(look(root)) == alone
    assert alone != plain(before)


def test_the_project_file_of_a_plugin_is_seen(tmp_path: Path, look: Callable[..., list[LintResult]]) -> None:
    root = a_plugin(tmp_path / "w")
    assert look(root)[0].findings
    (root / "plugintool.toml").write_text('[lint]\nignore = ["FM"]\n')
    assert look(root)[0].findings == ()


@pytest.mark.parametrize(
    "judgement",
    [
        Judgement(LintOptions(select=("PM",))),
        Judgement(LintOptions(ignore=("FM",))),
        Judgement(LintOptions(targets=("directory",))),
        Judgement(LintOptions(profile="client")),
        Judgement(LintOptions(client=(2, 1, 197))),
    ],
)
def test_every_option_counts(tmp_path: Path, look: Callable[..., list[LintResult]], judgement: Judgement) -> None:
    root = a_plugin(tmp_path / "w")
    look(root)
    alone = judge_all(list(subjects_of(str(root), as_client=False)), judgement, Effort())
    assert plain(look(root, judgement)) == alone


def test_who_named_the_targets_counts(tmp_path: Path, look: Callable[..., list[LintResult]]) -> None:
    """The project file may change them only when the command line does not."""
    root = clean_plugin(tmp_path / "w", {"plugintool.toml": 'targets = ["directory"]\n'})
    rules = look(root)[0].rules
    assert look(root, JUDGEMENT._replace(targets_given=True))[0].rules != rules


def test_the_directory_it_stands_in_counts(tmp_path: Path, look: Callable[..., list[LintResult]]) -> None:
    """A plugin in org-plugins is a built tree."""
    one = clean_plugin(tmp_path / "org-plugins", name="acme")
    two = clean_plugin(tmp_path / "source", name="acme")
    alone = [judge(LintSubject(str(root), What.PLUGIN, root), JUDGEMENT) for root in (one, two)]
    assert [plain(look(root))[0] for root in (one, two)] == alone


def test_an_error_is_not_kept(tmp_path: Path) -> None:
    root = clean_plugin(tmp_path, {"plugintool.toml": "lint = 5\n"})
    subject = LintSubject("p", What.PLUGIN, root)
    for _ in range(2):
        (found,) = judge_all([subject], JUDGEMENT, Effort(cache=tmp_path / "cache"))
        assert isinstance(found, ConfigError)


def test_equal_plugins_of_other_names_are_two(tmp_path: Path, look: Callable[..., list[LintResult]]) -> None:
    """A rule compares the name of the directory with the manifest."""
    one = clean_plugin(tmp_path / "w", name="acme-review")
    two = clean_plugin(tmp_path / "w", {".claude-plugin/plugin.json": manifest()}, name="acme-other")
    found = [look(root)[0] for root in (one, two)]
    assert [[finding.code for finding in result.findings] for result in found] == [[], ["PM018"]]


def test_lines_are_shown_without_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The excerpt of a finding comes from the cache; a very long line is read when it is shown."""
    root = clean_plugin(tmp_path / "w", {"commands/a.md": "---\ntools: " + "x" * 600 + "\nmodle: a\n---\n\nCheck.\n"})
    request = LintRequest(effort=Effort(cache=tmp_path / "cache"))
    monkeypatch.setattr("plugintool.lint.cache.QUIET_NS", -(10**12))

    def shown() -> list[str | None]:
        (outcome,) = lint_paths([str(root)], request).outcomes
        assert outcome.source is not None
        return [outcome.source.line(item.location.path, item.location.line) for item in outcome.findings]

    cold = shown()
    assert any(cold)
    assert shown() == cold
    short = [line for line in cold if line is not None and len(line) < lint_recall._LINE_MAX]
    assert short
    monkeypatch.setattr("plugintool.tree.source_lines.read_bounded", None)
    (outcome,) = lint_paths([str(root)], request).outcomes
    assert outcome.source is not None
    places = [(item.location.path, item.location.line) for item in outcome.findings]
    known = [outcome.source.line(*place) for place, line in zip(places, cold, strict=True) if line in short]
    assert known == short


def test_a_marketplace_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its file nor its plugins are read again for what each of them is judged by."""
    root = a_marketplace(tmp_path / "w")
    read: list[str] = []
    real = os.open

    def count(path: str, flags: int, mode: int = 0o777) -> int:
        read.append(os.path.relpath(path, root))
        return real(path, flags, mode)

    monkeypatch.setattr("plugintool.tree.directory.os.open", count)
    lint_paths([str(root)])
    assert sorted(read) == sorted(set(read))
    assert ".claude-plugin/marketplace.json" in read


@pytest.mark.parametrize("name", ["gone", "file"])
def test_a_subject_that_cannot_be_read_is_left_to_who_judges_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    subject = LintSubject("p", What.PLUGIN, tmp_path / name)
    alone = judge_all([subject], JUDGEMENT, Effort())
    found = judge_all([subject], JUDGEMENT, Effort(cache=tmp_path / "cache"))
    assert [str(item) for item in found] == [str(item) for item in alone]

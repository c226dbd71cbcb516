"""The loop of ``dev``, without waiting: what happens while it sleeps is what the test does."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plugintool import limits
from plugintool.author.dev import INTERVAL, DevPorts, Reload, Stamps, develop, plugin_at, stage, stamps_of
from plugintool.author.lint import lint_tree
from plugintool.errors import LimitExceededError, MissingPathError, OutputError
from plugintool.report import Report
from tests.rule_fixtures import PLUGIN_NAME, SKILL, clean_plugin, manifest

Action = Callable[[], object]
SKILL_FILE = "skills/review/SKILL.md"


class Play:
    """Actions that are done one after another whenever the loop waits for a change; then it is interrupted."""

    def __init__(self, *actions: Action) -> None:
        self.actions = list(actions)
        self.slept: list[float] = []
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        if seconds < INTERVAL:
            return
        if not self.actions:
            raise KeyboardInterrupt
        self.actions.pop(0)()

    def clock(self) -> float:
        self.now += 0.0015
        return self.now

    @property
    def ports(self) -> DevPorts:
        return DevPorts(sleep=self.sleep, clock=self.clock)


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    return clean_plugin(tmp_path / "source")


@pytest.fixture
def link(tmp_path: Path) -> Iterator[Path]:
    with stage(PLUGIN_NAME, tmp_path / "dev") as found:
        yield found


def played(plugin: Path, link: Path, *actions: Action) -> list[Report[Reload]]:
    """Let the loop run through the actions and return what it told."""
    reports: list[Report[Reload]] = []
    loop = develop(plugin, link, lint=lint_tree, ports=Play(*actions).ports)
    with pytest.raises(KeyboardInterrupt):
        _collect(loop, reports)
    return reports


def _collect(loop: Iterator[Report[Reload]], reports: list[Report[Reload]]) -> None:
    for report in loop:
        reports.append(report)  # noqa: PERF402 - what came before the interruption counts


def value_of(report: Report[Reload]) -> Reload:
    value = report.outcomes[0].value
    assert value is not None
    return value


def writes(path: Path, text: str) -> Action:
    """An action that saves a file as an editor does: a new file in the place of the old one."""

    def write() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".tmp")
        beside.write_text(text)
        os.replace(beside, path)

    return write


def test_the_first_state_is_built_at_once(plugin: Path, link: Path) -> None:
    (report,) = played(plugin, link)
    assert (value_of(report).switched, value_of(report).changed) == (True, ())
    assert (link / SKILL_FILE).read_text() == SKILL
    assert (link / "version.json").exists()


def test_without_a_change_nothing_is_built(plugin: Path, link: Path) -> None:
    assert len(played(plugin, link, lambda: None, lambda: None)) == 1


def test_a_change_is_named_and_there(plugin: Path, link: Path) -> None:
    edited = SKILL + "More.\n"
    first, second = played(plugin, link, writes(plugin / SKILL_FILE, edited))
    assert value_of(second).changed == (SKILL_FILE,)
    assert (link / SKILL_FILE).read_text() == edited
    assert value_of(first).directory == value_of(second).directory == link
    assert value_of(second).milliseconds >= 1


def test_new_and_removed_files_are_changes(plugin: Path, link: Path) -> None:
    reports = played(
        plugin, link, writes(plugin / "README.md", "# Read\n"), (plugin / "README.md").unlink, lambda: None
    )
    assert [value_of(report).changed for report in reports] == [(), ("README.md",), ("README.md",)]
    assert not (link / "README.md").exists()


def test_the_last_good_state_stays_on_an_error(plugin: Path, link: Path) -> None:
    """And comes with the findings; the repair is loaded."""
    file = plugin / ".claude-plugin/plugin.json"
    good, bad, repaired = played(plugin, link, writes(file, "{"), writes(file, manifest(license="MIT")))
    assert [value_of(report).switched for report in (good, bad, repaired)] == [True, False, True]
    assert bad.exit_code == 1
    assert "PM002" in {finding.code for finding in bad.outcomes[0].findings}
    assert bad.outcomes[0].error is not None
    assert '"MIT"' in (link / ".claude-plugin/plugin.json").read_text()


def test_while_there_is_an_error_the_last_good_state_is_whole(plugin: Path, link: Path) -> None:
    seen = []
    file = plugin / ".claude-plugin/plugin.json"
    played(plugin, link, writes(file, "{"), lambda: seen.append((link / ".claude-plugin/plugin.json").read_text()))
    assert seen == [manifest()]


def test_a_beginning_with_an_error_has_no_directory_until_it_is_repaired(plugin: Path, link: Path) -> None:
    (plugin / ".claude-plugin/plugin.json").write_text("{")
    seen = []
    reports = played(
        plugin,
        link,
        lambda: seen.append(link.exists()),
        writes(plugin / ".claude-plugin/plugin.json", manifest()),
        lambda: seen.append(link.exists()),
    )
    assert seen == [False, True]
    assert [value_of(report).switched for report in reports] == [False, True]


def test_warnings_are_told_and_do_not_stop(plugin: Path, link: Path) -> None:
    _, report = played(plugin, link, writes(plugin / "CLAUDE.md", "# Notes\n"))
    assert value_of(report).switched
    assert "PT008" in {finding.code for finding in report.outcomes[0].findings}
    assert report.exit_code == 0


def test_several_files_are_one_change(plugin: Path, link: Path) -> None:
    def checkout() -> None:
        for number in range(5):
            writes(plugin / f"docs/{number}.md", "text\n")()

    _, report = played(plugin, link, checkout)
    assert len(value_of(report).changed) == 5


def test_work_in_progress_is_waited_for(plugin: Path, link: Path) -> None:
    """Two looks must agree before anything is built."""
    play = Play(writes(plugin / "a.md", "a\n"))
    extra = iter([writes(plugin / "b.md", "b\n"), writes(plugin / "c.md", "c\n")])

    def sleep(seconds: float) -> None:
        play.sleep(seconds)
        if seconds < INTERVAL:
            next(extra, lambda: None)()

    ports = DevPorts(sleep=sleep, clock=play.clock)
    loop = develop(plugin, link, lint=lint_tree, ports=ports)
    assert [value_of(next(loop)).changed, value_of(next(loop)).changed] == [(), ("a.md", "b.md", "c.md")]
    loop.close()


def test_old_trees_do_not_pile_up(plugin: Path, link: Path) -> None:
    """The last but one stays: a client may be reading it."""
    played(plugin, link, *(writes(plugin / "a.md", f"{number}\n") for number in range(6)))
    assert sorted(path.name for path in (link.parent / ".plugintool").iterdir()) == ["5", "6"]


def test_a_reader_never_meets_half_a_plugin(plugin: Path, link: Path) -> None:
    """The link is replaced, never removed: at each step of a switch it leads to a whole tree."""
    seen: list[str] = []
    replaced = os.replace

    def watched(source: Path | str, target: Path | str) -> None:
        if Path(target) == link and link.exists():
            seen.append((link / "a.md").read_text())
        replaced(source, target)
        if Path(target) == link and (link / "a.md").exists():
            seen.append((link / "a.md").read_text())

    (plugin / "a.md").write_text("one\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", watched)
        played(plugin, link, writes(plugin / "a.md", "two\n"))
    assert seen[-2:] == ["one\n", "two\n"]


def test_a_plugin_that_goes_away_keeps_the_last_state(plugin: Path, link: Path) -> None:
    _, gone = played(plugin, link, lambda: plugin.rename(plugin.with_name("elsewhere")))
    assert not value_of(gone).switched
    assert (link / SKILL_FILE).exists()


def test_a_switch_that_the_system_refuses_is_told(plugin: Path, link: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows without the right to make links, for one."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "symlink", refuse)
    (report,) = played(plugin, link)
    error = report.outcomes[0].error
    assert isinstance(error, OutputError)
    assert "cannot be switched" in error.message
    assert not value_of(report).switched


class TestStage:
    def test_everything_that_was_made_goes(self, tmp_path: Path, plugin: Path) -> None:
        with stage(PLUGIN_NAME, tmp_path / "new/deep") as link:
            played(plugin, link)
            assert link.is_symlink()
        assert not (tmp_path / "new/deep").exists()

    def test_a_directory_that_was_there_stays_with_what_it_held(self, tmp_path: Path, plugin: Path) -> None:
        (tmp_path / "kept").mkdir()
        (tmp_path / "kept/mine").write_text("x")
        with stage(PLUGIN_NAME, tmp_path / "kept") as link:
            played(plugin, link)
        assert [path.name for path in (tmp_path / "kept").iterdir()] == ["mine"]

    def test_a_new_temporary_directory_goes_too(self, plugin: Path) -> None:
        with stage(PLUGIN_NAME) as link:
            played(plugin, link)
            assert (link / SKILL_FILE).exists()
        assert not link.parent.exists()

    def test_an_interruption_leaves_nothing(self, plugin: Path) -> None:
        def work() -> None:
            with stage(PLUGIN_NAME) as link:
                made.append(link.parent)
                next(develop(plugin, link, lint=lint_tree, ports=DevPorts(look=interrupt)))

        def interrupt(_: Path) -> Stamps:
            raise KeyboardInterrupt

        made: list[Path] = []
        with pytest.raises(KeyboardInterrupt):
            work()
        assert [path.exists() for path in made] == [False]

    @pytest.mark.parametrize("taken", [PLUGIN_NAME, ".plugintool"])
    def test_what_is_not_ours_is_left_alone(self, tmp_path: Path, taken: str) -> None:
        (tmp_path / "dev" / taken).mkdir(parents=True)
        with pytest.raises(OutputError, match="here already"), stage(PLUGIN_NAME, tmp_path / "dev"):
            pass
        assert (tmp_path / "dev" / taken).is_dir()


class TestPluginAt:
    def test_one_plugin(self, plugin: Path) -> None:
        assert plugin_at(plugin) == plugin

    def test_several_are_too_many(self, tmp_path: Path) -> None:
        for name in ("one", "two"):
            clean_plugin(tmp_path / "org-plugins", name=name)
        with pytest.raises(MissingPathError, match="2 plugins"):
            plugin_at(tmp_path / "org-plugins")

    def test_none(self, tmp_path: Path) -> None:
        with pytest.raises(MissingPathError):
            plugin_at(tmp_path / "missing")


class TestStamps:
    def test_a_look_sees_files_and_not_version_control(self, tmp_path: Path) -> None:
        (tmp_path / "a/b").mkdir(parents=True)
        (tmp_path / "a/b/c").write_text("c")
        (tmp_path / ".git").mkdir()
        (tmp_path / ".git/index").write_text("i")
        (tmp_path / "link").symlink_to("a")
        assert set(stamps_of(tmp_path)) == {"a/b/c", "link"}

    def test_a_file_of_the_same_size_and_time_is_another_when_it_was_replaced(self, tmp_path: Path) -> None:
        file = tmp_path / "a"
        file.write_text("one")
        os.utime(file, ns=(1, 1))
        before = stamps_of(tmp_path)
        (tmp_path / "b").write_text("two")
        os.utime(tmp_path / "b", ns=(1, 1))
        os.replace(tmp_path / "b", file)
        assert stamps_of(tmp_path) != before

    def test_a_mode_is_a_change(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_text("a")
        before = stamps_of(tmp_path)
        (tmp_path / "a").chmod(0o755)
        assert stamps_of(tmp_path) != before

    def test_a_directory_that_is_not_there_has_no_files(self, tmp_path: Path) -> None:
        assert stamps_of(tmp_path / "missing") == {}

    def test_a_home_directory_by_mistake_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "SCAN_ENTRIES", 2)
        for name in "abc":
            (tmp_path / name).write_text("")
        with pytest.raises(LimitExceededError):
            stamps_of(tmp_path)


def test_a_bundle_by_itself_is_refused(tmp_path: Path) -> None:
    """The client loads plugins; it would look as if the bundle had been loaded."""
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(MissingPathError, match="bundle"):
        plugin_at(tmp_path)

"""The engine: selection, targets, profiles, suppressions, and a rule that fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from plugintool.errors import ConfigError
from plugintool.lint import registry
from plugintool.lint.rule import Ask, Context, Rule, Source, rule
from plugintool.lint.run import LintOptions, lint_plugin, selected_rules
from plugintool.lint.suppress import Suppression
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Location, Severity
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import clean_plugin, codes, lint_directory, manifest, write_plugin

SOURCE = Source("a document", "a section", "2026")
NO_FRONT = "Check the code.\n"
OLD, NEW = (2, 1, 197), (2, 1, 330)


def selected(**options: Any) -> set[str]:
    return {found.id for found in selected_rules(LintOptions(**options))}


def with_rule(monkeypatch: pytest.MonkeyPatch, found: Rule) -> None:
    """Put one more rule into the registry."""
    rules = {**registry.all_rules(), found.id: found}
    monkeypatch.setattr(registry, "all_rules", lambda: MappingProxyType(rules))
    monkeypatch.setattr(registry, "rules_about", lambda _subject, _targets: MappingProxyType(rules))


def test_a_clean_plugin_has_no_finding(tmp_path: Path) -> None:
    assert lint_directory(clean_plugin(tmp_path)) == ()


def test_a_plugin_without_options_is_checked_for_the_default_targets(tmp_path: Path) -> None:
    root = clean_plugin(tmp_path, {".claude-plugin/plugin.json": manifest(name="mcp-for-claude")})
    found = codes(lint_directory(root, targets=("claude-code", "cowork")))
    assert "PM015" not in found
    assert "PM018" in found


class TestSelection:
    """``select`` and ``ignore`` take prefixes; the longer one wins."""

    def test_all_rules_run_by_default(self) -> None:
        assert {"PM001", "FM004", "HK018", "PT001", "LN001"} <= selected()

    def test_a_prefix_selects_a_family(self) -> None:
        found = selected(select=("FM",))
        assert found
        assert all(rule_id.startswith("FM") for rule_id in found)

    def test_an_id_selects_one_rule(self) -> None:
        assert selected(select=("FM004",)) == {"FM004"}

    def test_ignore_takes_away(self) -> None:
        assert "FM004" not in selected(ignore=("FM004",))
        assert not any(rule_id.startswith("FM") for rule_id in selected(ignore=("FM",)))

    def test_the_longer_prefix_wins(self) -> None:
        assert selected(select=("FM004",), ignore=("FM",)) == {"FM004"}
        assert "FM004" not in selected(select=("FM",), ignore=("FM004",))

    def test_of_equal_prefixes_ignore_wins(self) -> None:
        assert selected(select=("FM",), ignore=("FM",)) == set()

    @pytest.mark.parametrize("options", [{"select": ("ZZ",)}, {"ignore": ("FM999",)}, {"select": ("",)}])
    def test_a_prefix_of_no_rule_is_refused(self, options: dict[str, Any]) -> None:
        with pytest.raises(ConfigError, match="no rule begins with"):
            selected(**options)

    def test_a_near_id_is_suggested(self) -> None:
        with pytest.raises(ConfigError) as caught:
            selected(select=("fm004",))
        assert caught.value.detail["hint"] == "did you mean FM004?"

    def test_an_unknown_rule_of_a_path_is_refused(self) -> None:
        with pytest.raises(ConfigError) as caught:
            selected(per_path=(("skills/*", ("ZZ",)),))
        assert caught.value.detail["field"] == "per-path"

    def test_a_rule_that_is_off_runs_when_selected(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with_rule(monkeypatch, make_rule("ZZ001", default=False))
        assert "ZZ001" not in selected()
        assert "ZZ001" in selected(select=("ZZ",))

    def test_a_rule_runs_for_its_targets_only(self) -> None:
        assert "PM018" not in selected(targets=("claude-code",))
        assert "PM018" in selected(targets=("cowork",))
        assert "SK019" not in selected(targets=("cowork",))

    def test_a_path_can_be_exempt_from_some_rules(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"commands/old/a.md": NO_FRONT, "commands/b.md": NO_FRONT})
        found = lint_directory(root, per_path=(("commands/old*", ("FM", "CM")),))
        assert [item.location.path for item in found] == ["commands/b.md"]


class TestProfileClient:
    """Only what the genuine client reports, with its severity, for the version asked for."""

    def test_rules_without_the_client_behind_them_are_silent(self) -> None:
        found = selected(profile="client")
        assert {"PM018", "PT001", "SE001", "OP006", "LN002"}.isdisjoint(found)
        assert {"PM001", "FM001", "HK003"} <= found

    def test_targets_do_not_matter(self) -> None:
        assert "PM015" in selected(profile="client", targets=("cowork",))

    def test_rules_that_the_client_learned_later_are_silent(self) -> None:
        assert "HK018" in selected(profile="client", client=NEW)
        assert "HK018" not in selected(profile="client", client=OLD)

    def test_what_was_an_error_before_counts_for_older_clients(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"commands/a.md": "---\ndescription: Use this: now\n---\n"})
        assert lint_directory(root, profile="client") == ()
        (found,) = lint_directory(root, profile="client", client=OLD)
        assert (found.code, found.severity) == ("FM002", Severity.ERROR)

    def test_the_default_profile_follows_the_client_too(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"commands/a.md": "---\ndescription: Use this: now\n---\n"})
        assert [found.severity for found in lint_directory(root)] == [Severity.WARNING]
        assert [found.severity for found in lint_directory(root, client=OLD)] == [Severity.ERROR]

    def test_a_file_that_the_client_does_not_open_is_silent(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"settings.json": "{"})
        assert codes(lint_directory(root)) == {"PM002"}
        assert lint_directory(root, profile="client") == ()

    def test_a_finding_may_have_another_severity_there(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        found = make_rule("ZZ001", yields=[(Ask.WARNING, "a"), (Ask.ERROR, "b"), (Ask.SILENT, "c"), (Ask.AS_RULE, "d")])
        with_rule(monkeypatch, found)
        result = lint_directory(clean_plugin(tmp_path), profile="client", select=("ZZ",))
        assert [(item.message, item.severity.value) for item in result] == [
            ("a", "warning"),
            ("b", "error"),
            ("d", "error"),
        ]

    def test_suppressions_do_not_count(self, tmp_path: Path) -> None:
        """The client knows none."""
        text = NO_FRONT + "<!-- plugintool: ignore FM004 wanted so -->\n"
        root = clean_plugin(tmp_path, {"commands/a.md": text})
        assert codes(lint_directory(root, profile="client")) == {"FM004"}


class TestSuppressions:
    """A finding goes only with a reason; what suppresses nothing is a finding."""

    def lint(self, tmp_path: Path, comment: str, **options: Any) -> tuple[Finding, ...]:
        return lint_directory(clean_plugin(tmp_path, {"commands/a.md": NO_FRONT + comment}), **options)

    def test_a_comment_with_a_reason_takes_the_finding_away(self, tmp_path: Path) -> None:
        assert self.lint(tmp_path, "<!-- plugintool: ignore FM004 the text speaks for itself -->") == ()

    def test_several_ids_share_a_reason(self, tmp_path: Path) -> None:
        found = self.lint(tmp_path, "<!-- plugintool: ignore FM004, FM009 both wanted -->")
        assert [(item.code, item.message) for item in found] == [
            ("LN004", "the suppression of FM009 suppresses nothing")
        ]

    @pytest.mark.parametrize("comment", ["<!-- plugintool: ignore FM004 -->", "<!-- plugintool: ignore FM004 : -->"])
    def test_without_a_reason_nothing_is_suppressed(self, tmp_path: Path, comment: str) -> None:
        found = self.lint(tmp_path, comment)
        assert [(item.code, item.location.line) for item in found] == [("FM004", 1), ("LN003", 2)]
        assert "without a reason" in found[1].message

    @pytest.mark.parametrize("comment", ["<!-- plugintool: ignore -->", "<!-- plugintool: ignore everything here -->"])
    def test_without_an_id_nothing_is_suppressed(self, tmp_path: Path, comment: str) -> None:
        found = self.lint(tmp_path, comment)
        assert [item.code for item in found] == ["FM004", "LN003"]
        assert "without a rule id" in found[1].message

    def test_a_comment_speaks_for_its_own_file_only(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {
            "commands/a.md": NO_FRONT + "<!-- plugintool: ignore FM004 wanted -->",
            "commands/b.md": NO_FRONT,
        }
        found = lint_directory(clean_plugin(tmp_path, files))
        assert [(item.code, item.location.path) for item in found] == [("FM004", "commands/b.md")]

    def test_an_unknown_id_is_said(self, tmp_path: Path) -> None:
        found = self.lint(tmp_path, "<!-- plugintool: ignore FM999 gone -->")
        assert [item.message for item in found if item.code == "LN004"] == ["the suppression of FM999 names no rule"]

    def test_a_rule_that_does_not_run_is_not_called_unused(self, tmp_path: Path) -> None:
        assert codes(self.lint(tmp_path, "<!-- plugintool: ignore FM009 later -->", ignore=("FM",))) == set()

    def test_the_place_of_a_comment_is_found(self, tmp_path: Path) -> None:
        found = self.lint(tmp_path, "\ntext <!-- plugintool: ignore HK001 not here -->")
        place = next(item.location for item in found if item.code == "LN004")
        assert (place.path, place.line, place.column) == ("commands/a.md", 3, 6)

    def test_the_project_file_suppresses_in_json(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {".claude-plugin/plugin.json": manifest(category="tools")})
        item = Suppression("PM031", ".claude-plugin/plugin.json", "read by our catalogue")
        assert lint_directory(root, suppressions=(item,)) == ()

    def test_a_pattern_covers_several_files(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"commands/a.md": NO_FRONT, "commands/b.md": NO_FRONT})
        assert lint_directory(root, suppressions=(Suppression("FM004", "commands/*", "plain on purpose"),)) == ()

    def test_an_unused_one_of_the_project_file_names_its_line(self, tmp_path: Path) -> None:
        item = Suppression("PM031", "x.json", "why", Location("plugintool.toml", 4, 1))
        (found,) = lint_directory(clean_plugin(tmp_path), suppressions=(item,))
        assert (found.code, found.location) == ("LN004", Location("plugintool.toml", 4, 1))

    @pytest.mark.parametrize("rule_id", ["LN003", "LN004"])
    def test_the_engine_cannot_be_suppressed(self, tmp_path: Path, rule_id: str) -> None:
        text = f"<!-- plugintool: ignore {rule_id} quiet -->\n<!-- plugintool: ignore FM009 -->"
        assert "LN003" in codes(self.lint(tmp_path, text))


def make_rule(
    rule_id: str,
    *,
    error: Exception | None = None,
    yields: list[tuple[Ask, str]] | None = None,
    default: bool = True,
) -> Rule:
    """Make a rule that raises or yields what it is told."""

    def probe_rule(plugin: Plugin, context: Context) -> Iterator[Finding]:
        """Whatever a test needs is found."""
        del plugin, context
        for view, message in yields or []:
            yield made.finding(message, Location("x"), client=view)
        if error is not None:
            raise error

    decorate = rule(
        rule_id, Severity.ERROR, "x", source=SOURCE, backed_by="C", why="W.", bad="b", good="g", default=default
    )
    made = decorate(probe_rule)
    return made


class TestRuleThatFails:
    """A rule that raises is a finding that fails the run, never silence."""

    @pytest.mark.parametrize("error", [ValueError("odd"), KeyError("x"), RecursionError(), AssertionError("never")])
    def test_it_is_an_error(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception) -> None:
        with_rule(monkeypatch, make_rule("ZZ001", error=error))
        (found,) = lint_directory(clean_plugin(tmp_path))
        assert (found.code, found.severity) == ("LN001", Severity.ERROR)
        assert f"rule ZZ001 failed with {type(error).__name__}" in found.message
        assert "bug" in found.hint

    def test_what_it_found_before_does_not_count(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Half a verdict would look like a whole one."""
        with_rule(monkeypatch, make_rule("ZZ001", yields=[(Ask.AS_RULE, "a")], error=ValueError("odd")))
        assert codes(lint_directory(clean_plugin(tmp_path))) == {"LN001"}

    def test_the_other_rules_still_run(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        with_rule(monkeypatch, make_rule("AA001", error=ValueError("odd")))
        root = clean_plugin(tmp_path, {"commands/a.md": NO_FRONT})
        assert codes(lint_directory(root)) == {"LN001", "FM004"}

    def test_it_is_an_error_in_the_profile_client_too(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        with_rule(monkeypatch, make_rule("ZZ001", error=ValueError("odd")))
        assert codes(lint_directory(clean_plugin(tmp_path), profile="client")) == {"LN001"}

    def test_a_signal_is_not_swallowed(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        def stop(plugin: Plugin, context: Context) -> Iterator[Finding]:
            raise KeyboardInterrupt

        decorate = rule("ZZ001", Severity.ERROR, "x", source=SOURCE, backed_by="C", why="W.", bad="b", good="g")
        with_rule(monkeypatch, decorate(stop))
        with pytest.raises(KeyboardInterrupt):
            lint_directory(clean_plugin(tmp_path))


class TestOrder:
    """Findings are sorted by path, line, column and id, so that two runs give the same text."""

    def test_by_path_then_line(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {
            ".claude-plugin/plugin.json": '{"name": "acme-review",\n"version": "",\n"description": ""}\n',
            "commands/b.md": NO_FRONT,
            "commands/a.md": NO_FRONT,
        }
        found = lint_directory(clean_plugin(tmp_path, files))
        places = [(item.location.path, item.location.line) for item in found]
        assert places == sorted(places)
        assert [item.code for item in found] == ["PM026", "PM020", "PM024", "FM004", "FM004"]

    def test_findings_are_plain_values(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"commands/a.md": NO_FRONT})
        assert [type(item) for item in lint_directory(root)] == [Finding]


class TestNothingLookedAt:
    """Green without looking is the worst verdict."""

    def test_only_a_manifest(self, tmp_path: Path) -> None:
        root = write_plugin(tmp_path, {".claude-plugin/plugin.json": manifest()})
        (found,) = lint_directory(root)
        assert (found.code, found.severity, found.location.path) == (
            "LN002",
            Severity.WARNING,
            ".claude-plugin/plugin.json",
        )

    def test_an_empty_directory(self, tmp_path: Path) -> None:
        root = write_plugin(tmp_path, {})
        assert codes(lint_directory(root)) == {"LN002", "PM001"}

    @pytest.mark.parametrize(
        "files",
        [
            {"commands/a.md": "---\ndescription: d\n---\n"},
            {"hooks/hooks.json": '{"hooks": {}}'},
            {".mcp.json": '{"mcpServers": {}}'},
            {"settings.json": "{}"},
            {"themes/x.json": "{}"},
            {"bin/tool": "#!/bin/sh\n"},
        ],
    )
    def test_anything_else_is_something(self, tmp_path: Path, files: dict[str, str | bytes]) -> None:
        root = write_plugin(tmp_path, {".claude-plugin/plugin.json": manifest(), **files})
        assert "LN002" not in codes(lint_directory(root))


def test_a_tree_that_is_no_directory_is_linted_too() -> None:
    """An archive or a built tree has no links, modes or bad entries, and no rule fails for it."""
    tree = MemoryTree("acme-review", {".claude-plugin/plugin.json": manifest().encode(), "commands/a.md": b"x"})
    assert codes(lint_plugin(load_plugin(tree))) == {"FM004"}

"""The use case behind ``plugintool lint``: several paths, the project file, what was found and checked."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from plugintool.author.lint import LintRequest, LintSummary, lint_paths, lint_tree, looks_built, parse_client
from plugintool.errors import ConfigError, MissingPathError
from plugintool.plugin.load import load_plugin
from plugintool.report import Report, Severity
from plugintool.tree.directory import survey
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import clean_plugin, manifest, write_plugin

NO_FRONT = "Check the code.\n"


def found(report: Report[LintSummary]) -> list[tuple[str, list[str]]]:
    return [(Path(outcome.subject).name, [finding.code for finding in outcome.findings]) for outcome in report.outcomes]


def test_a_clean_plugin_passes(tmp_path: Path) -> None:
    report = lint_paths([str(clean_plugin(tmp_path))])
    assert report.exit_code == 0
    assert found(report) == [("acme-review", [])]


def test_the_summary_says_what_was_checked(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "commands/a.md": NO_FRONT,
        "hooks/hooks.json": '{"hooks": {}}',
        ".mcp.json": '{"mcpServers": {}}',
        ".lsp.json": "{}",
    }
    (outcome,) = lint_paths([str(clean_plugin(tmp_path, files))]).outcomes
    assert outcome.value is not None
    assert outcome.value.checked == {
        "agents": 0,
        "commands": 1,
        "skills": 1,
        "hook sets": 1,
        "server sets": 2,
        "files": 6,
    }
    assert (outcome.value.errors, outcome.value.warnings, outcome.value.infos) == (0, 1, 0)
    assert outcome.value.rules > 70
    assert json.loads(json.dumps(outcome.value.as_json()))["name"] == "acme-review"


def test_warnings_fail_only_when_strict(tmp_path: Path) -> None:
    root = str(clean_plugin(tmp_path, {"commands/a.md": NO_FRONT}))
    assert lint_paths([root]).exit_code == 0
    assert lint_paths([root], LintRequest(strict=True)).exit_code == 1


def test_errors_fail_always(tmp_path: Path) -> None:
    root = str(clean_plugin(tmp_path, {".claude-plugin/plugin.json": "{"}))
    assert lint_paths([root]).exit_code == 1


def test_several_paths_are_all_reported(tmp_path: Path) -> None:
    one = clean_plugin(tmp_path, name="one")
    two = clean_plugin(tmp_path, {"commands/a.md": NO_FRONT}, name="two")
    report = lint_paths([str(two), str(tmp_path / "gone"), str(one)])
    assert found(report) == [("two", ["FM004"]), ("gone", []), ("one", [])]
    assert isinstance(report.outcomes[1].error, MissingPathError)
    assert report.exit_code == 1


def test_org_plugins_means_all_plugins(tmp_path: Path) -> None:
    for name in ("b", "a"):
        clean_plugin(tmp_path, name=name)
    assert found(lint_paths([str(tmp_path)])) == [("a", []), ("b", [])]


def test_a_directory_without_plugin_is_a_finding(tmp_path: Path) -> None:
    report = lint_paths([str(tmp_path)])
    assert found(report)[0][1] == ["LN002", "PM001"]
    assert report.exit_code == 1


def test_the_subject_is_what_the_user_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = clean_plugin(tmp_path)
    monkeypatch.chdir(root)
    assert [outcome.subject for outcome in lint_paths(["."]).outcomes] == ["."]
    assert [outcome.subject for outcome in lint_paths([f"{root}/"]).outcomes] == [f"{root}/"]


class TestRequests:
    """What cannot be asked for is refused before anything is read."""

    @pytest.mark.parametrize(
        ("request_", "field"),
        [
            (LintRequest(select=("ZZ",)), "--select"),
            (LintRequest(ignore=("FM999",)), "--ignore"),
            (LintRequest(targets=("nowhere",)), "--target"),
            (LintRequest(profile="strict"), "--profile"),
            (LintRequest(client="latest"), "--client"),
            (LintRequest(client="2.1"), "--client"),
            (LintRequest(client="2.1.x"), "--client"),
            (LintRequest(client="2.1.1234567"), "--client"),
        ],
    )
    def test_it_is_refused(self, request_: LintRequest, field: str) -> None:
        with pytest.raises(ConfigError) as caught:
            lint_paths(["/nothing"], request_)
        assert caught.value.detail["field"] == field

    def test_a_client_version_is_three_numbers(self) -> None:
        assert parse_client("2.1.330") == (2, 1, 330)

    def test_a_client_version_counts(self, tmp_path: Path) -> None:
        root = str(clean_plugin(tmp_path, {"commands/a.md": "---\ndescription: Use this: now\n---\n"}))
        assert lint_paths([root]).exit_code == 0
        assert lint_paths([root], LintRequest(client="2.1.197")).exit_code == 1

    def test_targets_count(self, tmp_path: Path) -> None:
        root = str(clean_plugin(tmp_path, {".claude-plugin/plugin.json": manifest(name="other")}))
        assert found(lint_paths([root])) == [("acme-review", ["PM018"])]
        assert found(lint_paths([root], LintRequest(targets=("claude-code",)))) == [("acme-review", [])]

    def test_the_profile_counts(self, tmp_path: Path) -> None:
        root = str(clean_plugin(tmp_path, {".claude-plugin/plugin.json": manifest(name="other")}))
        assert found(lint_paths([root], LintRequest(profile="client"))) == [("acme-review", [])]


class TestProjectFile:
    """``plugintool.toml`` adds to what the command line says; the command line wins."""

    def lint(self, tmp_path: Path, toml: str, request: LintRequest | None = None) -> Report[LintSummary]:
        files: dict[str, str | bytes] = {
            "plugintool.toml": toml,
            "commands/a.md": NO_FRONT,
            ".claude-plugin/plugin.json": manifest(name="other"),
        }
        return lint_paths([str(clean_plugin(tmp_path, files))], request)

    def test_ignore(self, tmp_path: Path) -> None:
        assert found(self.lint(tmp_path, '[lint]\nignore = ["PM018"]\n'))[0][1] == ["FM004"]

    def test_select(self, tmp_path: Path) -> None:
        assert found(self.lint(tmp_path, '[lint]\nselect = ["FM"]\n'))[0][1] == ["FM004"]
        request = LintRequest(select=("PM",))
        assert found(self.lint(tmp_path / "2", '[lint]\nselect = ["FM"]\n', request))[0][1] == ["PM018"]

    def test_per_path(self, tmp_path: Path) -> None:
        assert found(self.lint(tmp_path, '[lint.per-path]\n"commands/*" = ["FM"]\n'))[0][1] == ["PM018"]

    def test_targets(self, tmp_path: Path) -> None:
        assert found(self.lint(tmp_path, 'targets = ["claude-code"]\n'))[0][1] == ["FM004"]
        request = LintRequest(targets=("cowork",))
        assert "PM018" in found(self.lint(tmp_path / "2", 'targets = ["claude-code"]\n', request))[0][1]

    def test_an_unknown_rule_is_an_error_of_its_plugin(self, tmp_path: Path) -> None:
        (outcome,) = self.lint(tmp_path, '[lint]\nignore = ["ZZ"]\n').outcomes
        assert isinstance(outcome.error, ConfigError)

    def test_a_broken_project_file_is_an_error_of_its_plugin(self, tmp_path: Path) -> None:
        (outcome,) = self.lint(tmp_path, "targets = [").outcomes
        assert isinstance(outcome.error, ConfigError)
        assert outcome.error.exit_code == 2

    def test_the_client_knows_no_project_file(self, tmp_path: Path) -> None:
        report = self.lint(tmp_path, '[lint]\nignore = ["FM"]\n', LintRequest(profile="client"))
        assert found(report)[0][1] == ["FM004"]

    def test_the_gate_of_build_uses_it(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {"plugintool.toml": '[lint]\nignore = ["FM"]\n', "commands/a.md": NO_FRONT}
        plugin, findings = lint_tree(survey(clean_plugin(tmp_path, files)))
        assert plugin.name == "acme-review"
        assert findings == ()


class TestBuilt:
    """A built tree is told by its version.json, and then some files belong there."""

    @pytest.mark.parametrize(
        ("version", "expected"),
        [
            ({"version": "1.0.0+0123456789ab"}, True),
            ({"version": "1.0.0+0123456789ab.3"}, True),
            ({"version": "1.0.0+x.0123456789ab"}, True),
            ({"version": "1.0.0"}, False),
            ({"version": "1.0.0+0123456789AB"}, False),
            ({"version": "1.0.0+0123456789ab", "x": 1}, False),
            ({"version": 5}, False),
            ([], False),
        ],
    )
    def test_it_is_told_by_the_digest(self, version: object, expected: bool) -> None:
        tree = MemoryTree("x", {"version.json": json.dumps(version).encode()})
        assert looks_built(load_plugin(tree)) is expected

    def test_our_files_belong_there(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {
            "version.json": '{"version": "1.0.0+0123456789ab"}',
            ".claude-plugin/plugin.sigstore.json": "{}",
        }
        assert found(lint_paths([str(clean_plugin(tmp_path, files))]))[0][1] == []

    def test_they_do_not_belong_into_a_source_tree(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {
            "version.json": '{"version": "1.0.0"}',
            ".claude-plugin/plugin.sigstore.json": "{}",
            ".org-plugin-version": "1",
            ".plugintool/state": "",
        }
        (outcome,) = lint_paths([str(clean_plugin(tmp_path, files))]).outcomes
        assert [(item.location.path, item.severity) for item in outcome.findings] == [
            (".claude-plugin/plugin.sigstore.json", Severity.ERROR),
            (".org-plugin-version", Severity.ERROR),
            (".plugintool/state", Severity.ERROR),
            ("version.json", Severity.WARNING),
        ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
def test_a_fifo_in_the_place_of_a_manifest_does_not_block(tmp_path: Path) -> None:
    root = write_plugin(tmp_path, {"skills/a/notes.txt": "x"})
    (root / ".claude-plugin").mkdir()
    os.mkfifo(root / ".claude-plugin/plugin.json")
    assert "PT009" in found(lint_paths([str(root)]))[0][1]

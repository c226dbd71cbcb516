"""The use case behind ``plugintool lint``: several paths, the project file, what was found and checked."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path

import pytest

from plugintool.author.lint import (
    LintRequest,
    LintSummary,
    LintValue,
    Statistics,
    failing_of,
    judgement_of,
    lint_paths,
    lint_tree,
    parse_client,
)
from plugintool.author.lint_matrix import lint_matrix
from plugintool.author.lint_subjects import looks_built
from plugintool.author.lint_workers import Effort
from plugintool.errors import ConfigError, MissingPathError
from plugintool.lint.baseline import BaselineUse
from plugintool.lint.result import bound
from plugintool.plugin.load import load_plugin
from plugintool.report import Report, Severity
from plugintool.tree.directory import survey
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import clean_plugin, manifest, write_plugin

NO_FRONT = "Check the code.\n"


def found(report: Report[LintValue]) -> list[tuple[str, list[str]]]:
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
    assert isinstance(outcome.value, LintSummary)
    assert outcome.value.checked == {
        "agents": 0,
        "commands": 1,
        "skills": 1,
        "hook sets": 1,
        "server sets": 2,
        "monitor sets": 0,
        "bundles": 0,
        "files": 6,
    }
    assert (outcome.value.errors, outcome.value.warnings) == (0, 1)
    assert outcome.value.infos == sum(item.severity is Severity.INFO for item in outcome.findings)
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

    def lint(self, tmp_path: Path, toml: str, request: LintRequest | None = None) -> Report[LintValue]:
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
        codes = found(lint_paths([str(clean_plugin(tmp_path, files))]))[0][1]
        assert [code for code in codes if not code.startswith("OP")] == []  # wishes of the app

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


class TestFailOn:
    """One place decides what fails, for every format."""

    @pytest.mark.parametrize(
        ("request_", "failing"),
        [
            (LintRequest(), {Severity.ERROR}),
            (LintRequest(strict=True), {Severity.ERROR, Severity.WARNING}),
            (LintRequest(fail_on="warning"), {Severity.ERROR, Severity.WARNING}),
            (LintRequest(fail_on="info"), set(Severity)),
            (LintRequest(fail_on="info", strict=True), set(Severity)),
            (LintRequest(fail_on="error", strict=True), {Severity.ERROR, Severity.WARNING}),
        ],
    )
    def test_the_stricter_one_wins(self, request_: LintRequest, failing: set[Severity]) -> None:
        assert failing_of(request_) == failing

    def test_an_unknown_severity_is_refused(self) -> None:
        with pytest.raises(ConfigError) as caught:
            lint_paths([], LintRequest(fail_on="fatal"))
        assert caught.value.detail["expected"] == "error, warning, info"


class TestTargetsWithVersions:
    """``--target claude-code@VERSION`` is the version of the client."""

    def test_it_counts(self, tmp_path: Path) -> None:
        root = str(clean_plugin(tmp_path, {"commands/a.md": "---\ndescription: Use this: now\n---\n"}))
        assert lint_paths([root], LintRequest(targets=("claude-code",))).exit_code == 0
        assert lint_paths([root], LintRequest(targets=("claude-code@2.1.197",))).exit_code == 1

    @pytest.mark.parametrize(
        "request_",
        [
            LintRequest(targets=("claude-code@2.1.197", "claude-code@2.1.330")),
            LintRequest(targets=("claude-code@2.1.197",), client="2.1.330"),
            LintRequest(targets=("directory@1.0.0",)),
        ],
    )
    def test_two_versions_are_refused(self, request_: LintRequest) -> None:
        with pytest.raises(ConfigError):
            lint_paths([], request_)

    def test_the_same_version_twice_is_one(self) -> None:
        request = LintRequest(targets=("claude-code@2.1.197",), client="2.1.197")
        assert judgement_of(request)[0].options.client == (2, 1, 197)


class TestBaseline:
    """Known findings do not fail, new ones do, stale entries are told."""

    def plugin(self, tmp_path: Path) -> Path:
        return clean_plugin(tmp_path, {".claude-plugin/plugin.json": manifest(version=5), "commands/a.md": NO_FRONT})

    def values(self, report: Report[LintValue]) -> tuple[LintSummary, BaselineUse]:
        summary, use = (outcome.value for outcome in report.outcomes)
        assert isinstance(summary, LintSummary)
        assert isinstance(use, BaselineUse)
        return summary, use

    def test_writing_one_makes_the_run_pass(self, tmp_path: Path) -> None:
        root, file = str(self.plugin(tmp_path)), tmp_path / "baseline.json"
        assert lint_paths([root]).exit_code == 1
        report = lint_paths([root], LintRequest(write_baseline=file, strict=True))
        summary, use = self.values(report)
        assert (report.exit_code, summary.known, summary.errors) == (0, 2, 0)
        assert use == BaselineUse(2, (), written=True)
        assert report.outcomes[-1].subject == str(file)

    def test_using_it(self, tmp_path: Path) -> None:
        root, file = self.plugin(tmp_path), tmp_path / "baseline.json"
        lint_paths([str(root)], LintRequest(write_baseline=file))
        known = LintRequest(baseline=file, strict=True)
        assert lint_paths([str(root)], known).exit_code == 0
        (root / "commands/b.md").write_text(NO_FRONT)
        report = lint_paths([str(root)], known)
        assert report.exit_code == 1
        assert [item.location.path for item in report.outcomes[0].findings] == ["commands/b.md"]

    def test_what_was_repaired_is_stale_and_does_not_fail(self, tmp_path: Path) -> None:
        root, file = self.plugin(tmp_path), tmp_path / "baseline.json"
        lint_paths([str(root)], LintRequest(write_baseline=file))
        (root / "commands/a.md").unlink()
        report = lint_paths([str(root)], LintRequest(baseline=file, strict=True))
        summary, use = self.values(report)
        assert (report.exit_code, summary.known) == (0, 1)
        assert [item.rule for item in use.stale] == ["FM004"]
        selected = lint_paths([str(root)], LintRequest(baseline=file, select=("PM",)))
        assert self.values(selected)[1].stale == ()

    def test_both_at_once_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError):
            lint_paths([], LintRequest(baseline=tmp_path / "a", write_baseline=tmp_path / "b"))

    def test_a_missing_one_is_refused_before_the_verdict(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError):
            lint_paths([str(self.plugin(tmp_path))], LintRequest(baseline=tmp_path / "gone.json"))


def test_statistics_count_every_rule(tmp_path: Path) -> None:
    """The most frequent first, over all subjects, also what is not shown."""
    one = clean_plugin(tmp_path, {"commands/a.md": NO_FRONT, "commands/b.md": NO_FRONT}, name="one")
    two = clean_plugin(tmp_path, {".claude-plugin/plugin.json": manifest(name="two", version=5)}, name="two")
    report = lint_paths([str(one), str(two)], LintRequest(statistics=True))
    value = report.outcomes[-1].value
    assert isinstance(value, Statistics)
    assert value.counts == (("FM004", Severity.WARNING, 2), ("PM030", Severity.ERROR, 1))
    assert value.as_json() == {
        "statistics": [
            {"code": "FM004", "severity": "warning", "count": 2},
            {"code": "PM030", "severity": "error", "count": 1},
        ]
    }


def test_many_findings_of_one_rule_are_counted_and_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report stays small; the verdict and the numbers stay true."""
    monkeypatch.setattr("plugintool.author.lint.bound", partial(bound, limit=3))
    root = str(clean_plugin(tmp_path, {f"commands/{index}.md": NO_FRONT for index in range(8)}))
    report = lint_paths([root], LintRequest(strict=True))
    (outcome,) = report.outcomes
    assert isinstance(outcome.value, LintSummary)
    assert (len(outcome.findings), outcome.value.warnings, dict(outcome.value.omitted)) == (3, 8, {"FM004": 5})
    assert report.exit_code == 1


def test_one_subject_named_twice_is_judged_once(tmp_path: Path) -> None:
    root = str(clean_plugin(tmp_path))
    assert len(lint_paths([root, root]).outcomes) == 1


@pytest.mark.parametrize("cache", [".cache", "skills/cache", ""])
def test_a_cache_inside_a_plugin_is_refused(tmp_path: Path, cache: str) -> None:
    """It would be part of what it is keyed by, and of what is built."""
    root = clean_plugin(tmp_path)
    with pytest.raises(ConfigError) as caught:
        lint_paths([str(root)], LintRequest(effort=Effort(cache=root / cache)))
    assert caught.value.detail["field"] == "--cache"
    assert not (root / ".cache").exists()
    beside = tmp_path / f"{root.name}-cache"
    assert lint_paths([str(root)], LintRequest(effort=Effort(cache=beside))).exit_code == 0
    assert beside.is_dir()


def test_an_excerpt_can_be_had_for_every_finding(tmp_path: Path) -> None:
    """The port reads below the subject as the user named it."""
    text = '{\n  "name": "acme-review",\n  "version": 5,\n  "description": "d",\n  "author": {"name": "x"}\n}\n'
    (outcome,) = lint_paths([str(clean_plugin(tmp_path, {".claude-plugin/plugin.json": text}))]).outcomes
    (found,) = outcome.findings
    assert outcome.source is not None
    assert outcome.source.line(found.location.path, found.location.line) == '  "version": 5,'


class TestMatrix:
    """The other view."""

    def test_all_plugins_of_a_path(self, tmp_path: Path) -> None:
        for name in ("b", "a"):
            clean_plugin(tmp_path, name=name)
        report = lint_matrix([str(tmp_path)])
        assert [outcome.value.name for outcome in report.outcomes if outcome.value] == ["a", "b"]
        assert report.exit_code == 0

    def test_a_refusal_fails(self, tmp_path: Path) -> None:
        root = str(clean_plugin(tmp_path, {".claude-plugin/plugin.json": "{"}))
        assert lint_matrix([root]).exit_code == 1

    def test_targets_come_from_the_project_file(self, tmp_path: Path) -> None:
        root = str(clean_plugin(tmp_path, {"plugintool.toml": 'targets = ["cowork"]\n'}))
        (outcome,) = lint_matrix([root]).outcomes
        assert outcome.value is not None
        assert {row.target for row in outcome.value.rows} == {"cowork"}
        (outcome,) = lint_matrix([root], LintRequest(targets=("claude-code@2.1.197",))).outcomes
        assert outcome.value is not None
        assert [(row.target, row.versions) for row in outcome.value.rows] == [("claude-code", "2.1.197")]

    def test_errors_belong_to_their_subject(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"plugintool.toml": "lint = 5\n"})
        report = lint_matrix([str(tmp_path / "gone"), str(root)])
        assert [type(outcome.error) for outcome in report.outcomes] == [MissingPathError, ConfigError]

    @pytest.mark.parametrize(
        "request_",
        [
            LintRequest(profile="client"),
            LintRequest(statistics=True),
            LintRequest(baseline=Path("x")),
            LintRequest(write_baseline=Path("x")),
        ],
    )
    def test_what_has_no_meaning_there_is_refused(self, request_: LintRequest) -> None:
        with pytest.raises(ConfigError):
            lint_matrix([], request_)

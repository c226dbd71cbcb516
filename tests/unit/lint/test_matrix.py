"""The matrix: ranges of versions in which a plugin works, loses something, or is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugintool.lint import registry
from plugintool.lint.matrix import Fit, Matrix, Row, matrix_of
from plugintool.lint.rule import ALL_TARGETS, Context, Rule, Source, Version, rule
from plugintool.lint.run import LintOptions
from plugintool.lint.targets import Target
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Location, Severity
from plugintool.tree.directory import survey
from tests.rule_fixtures import clean_plugin, manifest

HOOKS = json.dumps({"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "true"}]}]}})
CODE, APP = Target("claude-code"), Target("cowork")


def matrix(where: Path, *targets: Target, files: dict[str, str | bytes] | None = None) -> Matrix:
    return matrix_of(load_plugin(survey(clean_plugin(where, files))), targets, LintOptions())


def rows(found: Matrix) -> list[tuple[str, str, str]]:
    return [(row.target, row.versions, row.fit.value) for row in found.rows]


def made(
    severity: Severity,
    backed_by: str,
    *,
    since: Version = (0, 0, 0),
    error_until: Version = (0, 0, 0),
    targets: tuple[str, ...] = ALL_TARGETS,
) -> Rule:
    """A rule that always finds something."""

    @rule(
        "ZZ001", severity, "found", source=Source("d", "s", "2026"), backed_by=backed_by, why="w", bad="b", good="g",
        since=since, error_until=error_until, targets=targets,
    )  # fmt: skip
    def always(plugin: Plugin, context: Context) -> Iterator[Finding]:
        """It is there."""
        del plugin, context
        yield always.finding("it is there", Location("a.md"))

    return always


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> object:
    """Make one rule the only one."""

    def use(found: Rule) -> None:
        monkeypatch.setattr(registry, "all_rules", lambda: {found.id: found})
        monkeypatch.setattr(registry, "rules_about", lambda _subject, _targets: {found.id: found})

    return use


def test_a_clean_plugin_works_everywhere(tmp_path: Path) -> None:
    found = matrix(tmp_path, *map(Target, ALL_TARGETS))
    assert rows(found) == [(target, "all versions", "works") for target in ALL_TARGETS]
    assert found.refusals == 0


@pytest.mark.parametrize(
    ("severity", "backed_by", "fit"),
    [
        (Severity.ERROR, "C", Fit.REFUSED),
        (Severity.ERROR, "LR", Fit.REFUSED),
        (Severity.ERROR, "P", Fit.REFUSED),
        (Severity.ERROR, "B", Fit.WORKS),
        (Severity.ERROR, "BR", Fit.WORKS),
        (Severity.WARNING, "L", Fit.PARTLY),
        (Severity.WARNING, "CL", Fit.PARTLY),
        (Severity.WARNING, "C", Fit.WORKS),
        (Severity.WARNING, "D", Fit.WORKS),
        (Severity.INFO, "L", Fit.WORKS),
    ],
)
def test_a_witness_decides(tmp_path: Path, only: object, severity: Severity, backed_by: str, fit: Fit) -> None:
    """Our own judgement refuses nothing; what is only ugly loses nothing."""
    only(made(severity, backed_by))  # type: ignore[operator]
    (row,) = matrix(tmp_path, CODE).rows
    assert row.fit is fit
    assert [reason.code for reason in row.reasons] == ([] if fit is Fit.WORKS else ["ZZ001"])


class TestVersionsOfTheClient:
    """What rules say about versions divides them."""

    def test_since(self, tmp_path: Path, only: object) -> None:
        only(made(Severity.ERROR, "C", since=(2, 1, 330)))  # type: ignore[operator]
        assert rows(matrix(tmp_path, CODE)) == [
            ("claude-code", "before 2.1.330", "works"),
            ("claude-code", "2.1.330 and newer", "refused"),
        ]

    def test_until(self, tmp_path: Path, only: object) -> None:
        only(made(Severity.WARNING, "CL", error_until=(2, 1, 300)))  # type: ignore[operator]
        assert rows(matrix(tmp_path, CODE)) == [
            ("claude-code", "before 2.1.300", "refused"),
            ("claude-code", "2.1.300 and newer", "works partly"),
        ]

    def test_ranges_in_which_nothing_differs_are_one(self, tmp_path: Path, only: object) -> None:
        only(made(Severity.ERROR, "C", error_until=(2, 1, 300)))  # type: ignore[operator]
        assert rows(matrix(tmp_path, CODE)) == [("claude-code", "all versions", "refused")]

    @pytest.mark.parametrize(("version", "fit"), [((2, 1, 329), "works"), ((2, 1, 330), "refused")])
    def test_one_version(self, tmp_path: Path, only: object, version: Version, fit: str) -> None:
        only(made(Severity.ERROR, "C", since=(2, 1, 330)))  # type: ignore[operator]
        found = matrix(tmp_path, Target("claude-code", version))
        assert rows(found) == [("claude-code", ".".join(map(str, version)), fit)]

    def test_a_rule_of_another_target_says_nothing(self, tmp_path: Path, only: object) -> None:
        only(made(Severity.ERROR, "P", targets=("cowork",)))  # type: ignore[operator]
        found = matrix(tmp_path, CODE, APP)
        assert {(row.target, row.fit) for row in found.rows} == {("claude-code", Fit.WORKS), ("cowork", Fit.REFUSED)}


class TestVersionsOfTheApp:
    """What the app changed for plugins."""

    def test_hooks(self, tmp_path: Path) -> None:
        found = matrix(tmp_path, APP, files={"hooks/hooks.json": HOOKS})
        assert rows(found) == [
            ("cowork", "before 1.24012.9", "works partly"),
            ("cowork", "1.24012.9 and newer", "works"),
        ]
        assert [reason.code for reason in found.rows[0].reasons] == ["OC009"]

    def test_bundles(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {
            ".claude-plugin/plugin.json": manifest(mcpServers="./clock.mcpb"),
            "clock.mcpb": b"PK\x05\x06" + b"\0" * 18,
        }
        found = matrix(tmp_path, APP, files=files)
        parts = {
            row.versions: [reason.code for reason in row.reasons if reason.code.startswith("OC01")]
            for row in found.rows
        }
        assert parts == {"before 1.19367.0": [], "1.19367.0 and newer": ["OC010"]}

    @pytest.mark.parametrize(("version", "fit"), [((1, 20000, 0), Fit.PARTLY), ((1, 46388, 0), Fit.WORKS)])
    def test_one_version(self, tmp_path: Path, version: Version, fit: Fit) -> None:
        (row,) = matrix(tmp_path, Target("cowork", version), files={"hooks/hooks.json": HOOKS}).rows
        assert row.fit is fit

    def test_the_client_does_not_mind(self, tmp_path: Path) -> None:
        assert rows(matrix(tmp_path, CODE, files={"hooks/hooks.json": HOOKS})) == [
            ("claude-code", "all versions", "works")
        ]


def test_a_broken_manifest_is_refused_with_its_reason(tmp_path: Path) -> None:
    found = matrix(tmp_path, CODE, files={".claude-plugin/plugin.json": "{"})
    assert {row.fit for row in found.rows} == {Fit.REFUSED}
    assert found.refusals == len(found.rows)
    assert found.rows[0].reasons[0].path == ".claude-plugin/plugin.json"


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ((0, 0, 0), (0, 0, 0), "all versions"),
        ((0, 0, 0), (2, 1, 330), "before 2.1.330"),
        ((2, 1, 330), (0, 0, 0), "2.1.330 and newer"),
        ((2, 1, 1), (2, 1, 330), "2.1.1 to before 2.1.330"),
        ((2, 1, 1), (2, 1, 1), "2.1.1"),
    ],
)
def test_a_range_in_words(since: Version, until: Version, words: str) -> None:
    assert Row("claude-code", since, until, Fit.WORKS).versions == words


def test_the_published_form(tmp_path: Path) -> None:
    document = json.loads(json.dumps(matrix(tmp_path, APP, files={"hooks/hooks.json": HOOKS}).as_json()))
    assert document["name"] == "acme-review"
    first, last = document["matrix"]
    assert (first["since"], first["until"], first["fit"]) == (None, "1.24012.9", "works partly")
    message = "hooks do not run on Windows before version 1.24012.9"
    assert first["reasons"][0] == {"code": "OC009", "path": "hooks/hooks.json", "message": message}
    assert (last["since"], last["until"], last["reasons"]) == ("1.24012.9", None, [])

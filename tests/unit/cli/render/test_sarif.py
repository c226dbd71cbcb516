"""Reports as SARIF 2.1.0: valid by the published schema, places that services find, nothing lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool import __version__
from plugintool.cli.render import sarif
from plugintool.errors import MissingPathError, PlugintoolError
from plugintool.jsontext import JsonObject
from plugintool.lint.registry import all_rules
from plugintool.report import Finding, Location, Outcome, Report, Severity

SCHEMA = Path(__file__).parents[4] / "fixtures/schemas/sarif-2.1.0-rtm.5.json"
VALIDATOR = jsonschema.Draft4Validator(json.loads(SCHEMA.read_text("utf-8")))


class Value:
    """A value without content."""

    def as_json(self) -> JsonObject:
        return {}


def finding(code: str = "FM004", severity: Severity = Severity.WARNING, **place: Any) -> Finding:
    at = {"path": "commands/a.md", "line": 3, "column": 9, **place}
    return Finding(code, severity, "no front matter", Location(**at), "write one")


def log(*outcomes: Outcome[Value]) -> dict[str, Any]:
    """Render, validate, and return the one run."""
    document: dict[str, Any] = json.loads(sarif.render(Report("lint", outcomes)))
    VALIDATOR.validate(document)
    (run,) = document["runs"]
    assert isinstance(run, dict)
    return run


def test_the_schema_can_refuse() -> None:
    """The counter-test: a level that does not exist, and a line zero."""
    document = sarif.as_json(Report("lint", (Outcome[Value](subject="p", findings=(finding(),)),)))
    broken = json.loads(json.dumps(document).replace('"warning"', '"mild"'))
    assert list(VALIDATOR.iter_errors(broken))
    broken = json.loads(json.dumps(document).replace('"startLine": 3', '"startLine": 0'))
    assert list(VALIDATOR.iter_errors(broken))


def test_an_empty_report_is_a_log() -> None:
    run = log(Outcome(subject="p", value=Value()))
    assert run["results"] == []
    assert run["tool"]["driver"] == {"name": "plugintool", "version": __version__, "rules": []}
    assert run["invocations"] == [{"executionSuccessful": True, "exitCode": 0, "toolExecutionNotifications": []}]


def test_a_finding_is_a_result() -> None:
    (result,) = log(Outcome(subject="plugins/a", findings=(finding(pointer=("a", 1)),)))["results"]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("FM004", 0, "warning")
    assert result["message"]["text"] == "no front matter; fix: write one"
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "plugins/a/commands/a.md"},
        "region": {"startLine": 3, "startColumn": 9},
    }
    assert location["logicalLocations"] == [{"fullyQualifiedName": "/a/1"}]


@pytest.mark.parametrize(
    ("severity", "level"), [(Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "note")]
)
def test_every_severity_has_a_level(severity: Severity, level: str) -> None:
    (result,) = log(Outcome(subject="p", findings=(finding(severity=severity),)))["results"]
    assert result["level"] == level


def test_a_whole_file_has_no_region() -> None:
    (result,) = log(Outcome(subject="p", findings=(finding(line=0, column=0),)))["results"]
    assert "region" not in result["locations"][0]["physicalLocation"]


def test_rules_are_described_once_and_in_order() -> None:
    """A service shows this beside the finding: it must not need our documentation."""
    run = log(Outcome(subject="p", findings=(finding("PM030"), finding(), finding("FM004", line=7))))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["FM004", "PM030"]
    assert [result["ruleIndex"] for result in run["results"]] == [1, 0, 0]
    rule = all_rules()["FM004"]
    assert rules[0]["shortDescription"]["text"] == rule.summary
    assert rule.docs.why in rules[0]["help"]["text"]
    assert " " not in rules[0]["name"]


def test_a_rule_that_is_not_ours_has_its_id() -> None:
    """The gate of build and tests may have findings of their own."""
    assert log(Outcome(subject="p", findings=(finding("X001"),)))["tool"]["driver"]["rules"] == [{"id": "X001"}]


def test_the_fingerprint_survives_a_move() -> None:
    """The same message on another line is the same finding; another message is another one."""
    here, there = finding(), finding(line=70)
    other = Finding("FM004", Severity.WARNING, "else", Location("commands/a.md"))
    results = log(Outcome(subject="p", findings=(here, there, other)))["results"]
    prints = [result["partialFingerprints"]["plugintool/v1"] for result in results]
    assert prints[0] == prints[1] != prints[2]


def test_errors_are_notifications() -> None:
    """A subject that could not be read must not look like one without findings."""
    run = log(
        Outcome(subject="p", findings=(finding(severity=Severity.ERROR),)),
        Outcome(subject="gone", error=MissingPathError("no such file or directory", path="gone")),
        Outcome(subject="", error=PlugintoolError("no", path="x y")),
    )
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 1)
    notes = invocation["toolExecutionNotifications"]
    assert [note["descriptor"]["id"] for note in notes] == ["path-missing", "failure"]
    places = [note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for note in notes]
    assert places == ["gone", "x%20y"]


@pytest.mark.parametrize(
    ("path", "uri"),
    [("a b.md", "p/a%20b.md"), ("ü.md", "p/%C3%BC.md"), ("a#b?.md", "p/a%23b%3F.md"), ("100%.md", "p/100%25.md")],
)
def test_paths_become_addresses(path: str, uri: str) -> None:
    (result,) = log(Outcome(subject="p", findings=(finding(path=path),)))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_paths_are_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies elsewhere is an address of a file."""
    monkeypatch.chdir(tmp_path)
    run = log(
        Outcome(subject=str(tmp_path / "p"), findings=(finding(),)),
        Outcome(subject="/somewhere/q", findings=(finding(),)),
    )
    uris = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]]
    assert uris == ["p/commands/a.md", "file:///somewhere/q/commands/a.md"]


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_any_text_gives_a_valid_log(subject: str, path: str, message: str) -> None:
    """Whatever a stranger calls his files, halves of surrogates among it."""
    strange = Finding("PM001", Severity.ERROR, message, Location(path, 1, 1, (path,)), message)
    run = log(Outcome(subject=subject.replace("\0", ""), findings=(strange,)))
    assert run["results"][0]["message"]["text"].startswith(message)

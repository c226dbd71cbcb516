"""Reports as SARIF 2.1.0, for services that show findings beside a change.

OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", 2020-03-27. Columns count code points from
1, as ours do. Rules are described as far as they have findings; errors are notifications of the invocation.
"""

from __future__ import annotations

import json
from typing import TypeVar
from urllib.parse import quote

from plugintool import __version__
from plugintool.cli.render.place import relative_path
from plugintool.jsontext import JsonObject, pointer_text
from plugintool.lint.baseline import fingerprint
from plugintool.lint.registry import all_rules
from plugintool.report import Finding, Outcome, Presentable, Report, Severity

V = TypeVar("V", bound=Presentable)
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(report: Report[V]) -> str:
    """Return the log as one JSON document."""
    return json.dumps(as_json(report), indent=2, ensure_ascii=True)


def as_json(report: Report[V]) -> JsonObject:
    """Return the log as a value."""
    ids = sorted({finding.code for outcome in report.outcomes for finding in outcome.findings})
    indexes = {rule_id: index for index, rule_id in enumerate(ids)}
    run: JsonObject = {
        "tool": {"driver": {"name": "plugintool", "version": __version__, "rules": [_rule(code) for code in ids]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [
            _result(finding, outcome.subject, indexes[finding.code])
            for outcome in report.outcomes
            for finding in outcome.findings
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule_id: str) -> JsonObject:
    rule = all_rules().get(rule_id)
    if rule is None:
        return {"id": rule_id}
    help_text = f"{rule.docs.why}\n\nBad:\n{rule.docs.bad}\n\nGood:\n{rule.docs.good}"
    return {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.docs.what},
        "help": {"text": help_text},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, subject: str, index: int) -> JsonObject:
    hint = f"; fix: {finding.hint}" if finding.hint else ""
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message + hint},
        "locations": [_location(finding, subject)],
        "partialFingerprints": {"plugintool/v1": fingerprint(finding)},
    }


def _location(finding: Finding, subject: str) -> JsonObject:
    place = finding.location
    physical: JsonObject = {"artifactLocation": {"uri": _uri(relative_path(subject, place.path))}}
    if place.line:
        physical["region"] = {"startLine": place.line, "startColumn": place.column or 1}
    location: JsonObject = {"physicalLocation": physical}
    if place.pointer:
        location["logicalLocations"] = [{"fullyQualifiedName": pointer_text(place.pointer)}]
    return location


def _uri(path: str) -> str:
    encoded = quote(path, errors="replace")
    return f"file://{encoded}" if path.startswith("/") else encoded


def _invocation(report: Report[V]) -> JsonObject:
    errors = [outcome for outcome in report.outcomes if outcome.error is not None]
    return {
        "executionSuccessful": not errors,
        "exitCode": report.exit_code,
        "toolExecutionNotifications": [_notification(outcome) for outcome in errors],
    }


def _notification(outcome: Outcome[V]) -> JsonObject:
    assert outcome.error is not None
    path = relative_path(outcome.subject, outcome.error.detail.get("path", "") if not outcome.subject else "")
    notification: JsonObject = {
        "level": "error",
        "message": {"text": outcome.error.message},
        "descriptor": {"id": outcome.error.code},
    }
    if path:
        notification["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": _uri(path)}}}]
    return notification

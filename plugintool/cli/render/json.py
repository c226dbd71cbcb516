"""Reports as one JSON document; its schema is docs/reference/schemas/report.schema.json."""

from __future__ import annotations

import json
from typing import TypeVar

from plugintool.errors import ArchiveError, PlugintoolError, UnsafePathError, VerificationError
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.report import Finding, Outcome, Presentable, Report

V = TypeVar("V", bound=Presentable)
SCHEMA_VERSION = 2
"""Grows when a member changes its meaning or goes; a new member is no change."""


def render(report: Report[V]) -> str:
    """Return the document."""
    return json.dumps(as_json(report), indent=2, ensure_ascii=True)


def as_json(report: Report[V]) -> JsonObject:
    """Return the document as a value."""
    exit_code = report.exit_code
    errors = [outcome.error for outcome in report.outcomes if outcome.error is not None]
    worst = max(errors, key=lambda error: error.exit_code, default=None)
    code = "ok" if exit_code == 0 else "findings" if worst is None else worst.code
    return {
        "schema_version": SCHEMA_VERSION,
        "command": report.command,
        "code": code,
        "exit_code": exit_code,
        "findings": [_finding(outcome, finding) for outcome in report.outcomes for finding in outcome.findings],
        "subjects": [_outcome(outcome) for outcome in report.outcomes],
    }


def _finding(outcome: Outcome[V], finding: Finding) -> JsonObject:
    return {"subject": outcome.subject, **finding.as_json()}


def _outcome(outcome: Outcome[V]) -> JsonObject:
    return {
        "subject": outcome.subject,
        "value": None if outcome.value is None else outcome.value.as_json(),
        "error": None if outcome.error is None else _error(outcome.error),
    }


def _error(error: PlugintoolError) -> JsonObject:
    detail: dict[str, JsonValue] = {}
    for key, value in error.detail.items():
        detail[key] = list(value) if isinstance(value, tuple) else value  # type: ignore[assignment]
    if isinstance(error, VerificationError):
        detail["step"] = error.step
    if isinstance(error, (UnsafePathError, ArchiveError)):
        detail["rule"] = error.rule
    return {"code": error.code, "message": error.message, **detail}

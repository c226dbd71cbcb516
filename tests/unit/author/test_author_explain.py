"""Every code that plugintool prints can be explained, offline."""

from __future__ import annotations

import json
import socket

import pytest

from plugintool import errors
from plugintool.author.explain import Explanation, explain, explanations
from plugintool.author.trust_codes import TRUST_CODES
from plugintool.build.ignore import INVALID_REASONS, OMIT_REASONS
from plugintool.device.audit import AUDIT_CODES
from plugintool.errors import ConfigError, PlugintoolError
from plugintool.lint.registry import all_rules
from plugintool.plugin.diff import GATES
from plugintool.probe.codes import CHECK_CODES
from plugintool.report import Report
from plugintool.tree.zip_profile import ARCHIVE_RULES
from plugintool.verify.steps import STEPS


def one(code: str) -> Explanation:
    (outcome,) = explain([code]).outcomes
    assert outcome.value is not None, outcome.error
    return outcome.value


def failure(report: Report[Explanation]) -> PlugintoolError:
    (outcome,) = report.outcomes
    assert outcome.error is not None
    return outcome.error


@pytest.mark.parametrize("rule_id", list(all_rules()))
def test_every_rule(rule_id: str) -> None:
    found = one(rule_id)
    assert (found.code, found.kind) == (rule_id, "rule")
    assert {"severity", "checks", "why", "bad", "good", "source", "backed by", "targets"} <= found.sections.keys()
    assert all(found.sections.values())


@pytest.mark.parametrize("number", [step.number for step in STEPS])
@pytest.mark.parametrize("form", ["{}", "step-{}", "step {}", "STEP{}"])
def test_every_step(number: int, form: str) -> None:
    found = one(form.format(number))
    assert (found.code, found.kind) == (f"step-{number}", "step")
    assert found.sections["asks"].endswith("?")
    assert found.sections["repair"]


ERRORS = {item.code for item in vars(errors).values() if isinstance(item, type) and issubclass(item, PlugintoolError)}


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_every_error(code: str) -> None:
    found = one(code)
    assert found.kind == "error"
    assert found.title.endswith(".")
    assert found.sections["exit code"] in {"1", "2", "3", "4"}


@pytest.mark.parametrize("code", [f"C{number}" for number in range(16, 24)])
def test_every_path_rule(code: str) -> None:
    found = one(code)
    assert found.kind == "path rule"
    assert "\n" not in found.title
    assert len(found.title) > 10


@pytest.mark.parametrize("code", sorted(OMIT_REASONS))
def test_every_omit_reason(code: str) -> None:
    assert one(code).kind == "omit reason"


@pytest.mark.parametrize("code", sorted(INVALID_REASONS))
def test_every_invalid_reason(code: str) -> None:
    found = one(code)
    assert found.kind == "invalid reason"
    assert found.sections["repair"]


def test_letter_case_does_not_matter() -> None:
    assert one("hk018").code == "HK018"
    assert one("NOT-SIGNED").code == "not-signed"


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("not-sined", "did you mean not-signed"),
        ("HK19", "did you mean"),
        ("stepp-4", "did you mean step-4"),
        ("nothing like it at all", "plugintool explain lists all"),
        ("", "plugintool explain lists all"),
    ],
)
def test_an_unknown_code_gets_a_suggestion(code: str, hint: str) -> None:
    error = failure(explain([code]))
    assert isinstance(error, ConfigError)
    assert error.exit_code == 2
    assert hint in error.detail["hint"]


def test_an_unknown_code_does_not_hide_a_known_one() -> None:
    report = explain(["HK018", "nothing"])
    assert [outcome.value is None for outcome in report.outcomes] == [False, True]
    assert report.exit_code == 2


def test_without_codes_all_are_listed() -> None:
    listed = [outcome.subject for outcome in explain([]).outcomes]
    assert listed == list(explanations())
    assert listed[: len(all_rules())] == list(all_rules())


def test_no_code_has_two_meanings() -> None:
    """A later kind must not take a code of an earlier one."""
    reasons = (OMIT_REASONS, INVALID_REASONS)
    tables = (all_rules(), STEPS, ERRORS, ARCHIVE_RULES, *reasons, AUDIT_CODES, TRUST_CODES, CHECK_CODES, GATES)
    path_rules = 8
    assert len(explanations()) == path_rules + sum(map(len, tables))


def test_an_audit_finding_is_explained() -> None:
    """The administrator reads AU codes on a device; here is what to do about them."""
    found = one("au001")
    assert found.kind == "audit finding"
    assert "signed" in found.title
    assert found.sections["repair"]


def test_the_published_form_is_json() -> None:
    found = json.loads(json.dumps(one("FM004").as_json()))
    assert found["code"] == "FM004"
    assert found["sections"]["severity"] == "warning"


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    assert explain([]).exit_code == 0

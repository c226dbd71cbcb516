"""What hooks print, compared with what the client documents for each event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugintool import limits
from plugintool.probe.hook_output import BLOCKING, SPECIFIC, judge_output
from plugintool.probe.samples import events


def judged(event: str, value: Any) -> list[str]:
    return [flaw.message for flaw in judge_output(event, json.dumps(value).encode())]


def specific(event: str, **members: Any) -> dict[str, Any]:
    return {"hookSpecificOutput": {"hookEventName": event, **members}}


@pytest.mark.parametrize("stdout", [b"", b"  \n", b"all good", b"[1]", b"7", b'"x"', b"\xff\xfe", b"x {"])
def test_text_is_text(stdout: bytes) -> None:
    assert list(judge_output("Stop", stdout)) == []


@pytest.mark.parametrize(
    "stdout", [b"{", b'{"a": 1', b"{} trailing", b"{}\n{}", b"{'a': 1}", b"{" * 500, b'{"a": NaN}', b"{x"]
)
def test_what_begins_like_json_must_be_json(stdout: bytes) -> None:
    (flaw,) = judge_output("Stop", b" \n" + stdout)
    assert flaw.code == "CH033"
    assert '"{' in flaw.message


def test_an_output_above_the_limit_is_no_json() -> None:
    (flaw,) = judge_output("Stop", b'{"a": "' + b"x" * limits.CHECK_HOOK_BYTES + b'"}')
    assert flaw.code == "CH033"


@pytest.mark.parametrize("event", events())
def test_an_empty_object_is_right_for_every_event(event: str) -> None:
    assert judged(event, {}) == []


@pytest.mark.parametrize("event", events())
def test_common_members(event: str) -> None:
    good = {"continue": False, "stopReason": "x", "suppressOutput": True, "systemMessage": "y"}
    assert judged(event, good) == []
    bad = {"continue": "no", "stopReason": 7, "suppressOutput": "yes", "systemMessage": None}
    assert len(judged(event, bad)) == 4


@pytest.mark.parametrize("event", events())
def test_the_event_must_be_named_and_right(event: str) -> None:
    assert judged(event, specific(event)) == []
    assert judged(event, specific("Other")) == [f"hookSpecificOutput.hookEventName is 'Other', expected {event!r}"]
    assert len(judged(event, {"hookSpecificOutput": {}})) == 1


@pytest.mark.parametrize("event", events())
def test_decisions(event: str) -> None:
    found = judged(event, {"decision": "block", "reason": "why"})
    assert found == ([] if event in BLOCKING else [f"decision on {event}"])
    for wrong in (["block"], "deny", None, True):
        assert "expected" in judged(event, {"decision": wrong})[0]


@pytest.mark.parametrize("decision", ["allow", "deny", "ask", "defer"])
def test_a_permission_before_a_tool(decision: str) -> None:
    members = {"permissionDecision": decision, "permissionDecisionReason": "r", "updatedInput": {}}
    assert judged("PreToolUse", specific("PreToolUse", **members)) == []


@pytest.mark.parametrize("decision", ["block", "Deny", "", None, True, ["deny"], {}])
def test_a_permission_that_is_none(decision: Any) -> None:
    """The guard would not guard."""
    (message,) = judged("PreToolUse", specific("PreToolUse", permissionDecision=decision))
    assert message.startswith("hookSpecificOutput.permissionDecision is")
    assert '"allow" or "deny" or "ask" or "defer"' in message


def test_members_of_another_event_have_no_effect() -> None:
    value = specific("PostToolUse", permissionDecision="deny", additionalContext="x")
    (flaw,) = judge_output("PostToolUse", json.dumps(value).encode())
    assert (flaw.code, flaw.message) == ("CH037", "hookSpecificOutput.permissionDecision on PostToolUse")


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        ({"behavior": "allow", "updatedInput": {}}, None),
        ({"behavior": "deny", "message": "m", "interrupt": True}, None),
        ({}, "behavior is missing"),
        ({"behavior": "block"}, "decision.behavior is 'block'"),
        ("deny", "decision is 'deny', expected an object"),
        ({"behavior": "deny", "interrupt": "yes"}, "decision.interrupt"),
    ],
)
def test_the_answer_to_a_permission_request(decision: Any, said: str | None) -> None:
    found = judged("PermissionRequest", specific("PermissionRequest", decision=decision))
    assert found == [] if said is None else said in "; ".join(found)


@pytest.mark.parametrize("value", ["text", [], 7, None])
def test_the_specific_part_must_be_an_object(value: Any) -> None:
    assert len(judged("Stop", {"hookSpecificOutput": value})) == 1


def test_unknown_members_at_the_top_pass() -> None:
    assert judged("Stop", {"somethingNew": 1}) == []


def test_all_is_told_not_the_first() -> None:
    value = {"continue": 1, "decision": "no", **specific("Stop", a=1, b=2)}
    assert len(judged("Stop", value)) == 4


def test_the_tables_speak_of_events_that_exist() -> None:
    assert set(events()) >= BLOCKING | set(SPECIFIC)


def test_long_values_are_cut() -> None:
    (message,) = judged("Stop", {"continue": "x" * 5000})
    assert len(message) < 300

"""Sample events: one for each event of the client, whole, and let through by the matcher of the hook."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from plugintool.lint.known import EVENTS, EVENTS_WITHOUT_MATCHER, MATCHER_VALUES
from plugintool.probe import samples
from plugintool.probe.samples import events, sample_of


def sample(event: str, matcher: str = "") -> dict[str, Any]:
    found = sample_of(event, matcher, cwd="/work dir", transcript='/t"x.jsonl')
    assert found is not None
    return found


def test_there_is_one_for_every_event_that_the_linter_knows() -> None:
    assert set(events()) == EVENTS
    assert len(events()) == 33


@pytest.mark.parametrize("event", events())
def test_every_sample_is_whole(event: str) -> None:
    found = sample(event)
    assert found["hook_event_name"] == event
    assert found["cwd"] == "/work dir"
    assert found["transcript_path"] == '/t"x.jsonl'
    assert {"session_id", "permission_mode"} <= found.keys()
    assert "${" not in json.dumps(found)


@pytest.mark.parametrize("event", events())
def test_the_member_that_matchers_look_at_exists(event: str) -> None:
    described: Any = samples._part("events")[event]
    assert described["matched"] == "" or described["matched"] in described["fields"]
    if event in EVENTS_WITHOUT_MATCHER:
        assert described["matched"] == ""


@pytest.mark.parametrize("event", sorted(MATCHER_VALUES))
def test_every_value_of_a_matcher_can_be_had(event: str) -> None:
    matched: Any = samples._part("events")[event]
    default = sample(event)[matched["matched"]]
    assert default in MATCHER_VALUES[event]
    for value in MATCHER_VALUES[event]:
        assert sample(event, value)[matched["matched"]] == value


@pytest.mark.parametrize(
    ("matcher", "tool"),
    [
        ("", "Bash"),
        ("*", "Bash"),
        ("Write", "Write"),
        ("Edit|Write", "Write"),
        ("Edit, Write", "Write"),
        ("Unknown|Edit", "Edit"),
        ("Unknown", "Unknown"),
        ("mcp__memory__store", "mcp__memory__store"),
        ("Web.*", "WebFetch"),
        ("^Read$", "Read"),
        (".*", "Bash"),
        ("mcp__.*__write", "mcp__sample__write"),
        ("(?<broken", "Bash"),
        ("[", "Bash"),
        ("^nothing$matches^", "Bash"),
    ],
)
def test_the_tool_fits_the_matcher(matcher: str, tool: str) -> None:
    assert sample("PreToolUse", matcher)["tool_name"] == tool


@pytest.mark.parametrize("matcher", ["Bash", "Write|Edit", "Web.*", "Notebook.*", "mcp__.*", ".*"])
def test_the_client_would_let_it_through(matcher: str) -> None:
    """Exact names or an unanchored regular expression (page hooks)."""
    name = sample("PostToolUse", matcher)["tool_name"]
    exact = re.fullmatch(r"[\w\-, |]*", matcher) is not None
    assert name in re.split(r"[|,] ?", matcher) if exact else re.search(matcher, name)


def test_a_tool_brings_its_input_and_its_response() -> None:
    found = sample("PostToolUse", "Write")
    assert found["tool_input"] == {"file_path": "/work dir/notes.txt", "content": "one line\n"}
    assert found["tool_response"]["filePath"] == "/work dir/notes.txt"
    assert "tool_response" not in sample("PreToolUse", "Write")
    assert sample("PreToolUse", "mcp__a__b")["tool_input"] == {}


def test_an_unknown_event_has_none() -> None:
    assert sample_of("PreTool", "", cwd="", transcript="") is None
    assert sample_of("", "", cwd="", transcript="") is None

"""Whatever a server or hook sends, there is a verdict: no line, list or output makes ``check`` itself fail."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from plugintool.probe import jsonrpc
from plugintool.probe.bundle import missing_settings, settings_of, start_of
from plugintool.probe.codes import CHECK_CODES
from plugintool.probe.era import OPENINGS, Era
from plugintool.probe.hook_output import judge_output
from plugintool.probe.jsonrpc import BadMessageError, ForeignLineError, Request, Response
from plugintool.probe.launch import Place
from plugintool.probe.lists import compare, declared_in, judge_list, judge_tools
from plugintool.probe.plugin import server_start, variables_of
from plugintool.probe.process import Child
from plugintool.probe.samples import events, sample_of
from plugintool.probe.session import Session, StoppedError
from tests.unit.probe.test_session import Played

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(["jsonrpc", "id", "method", "params", "result", "error", "code", "message", "x"])
VALUES = JSON | st.sampled_from(["2.0", 1, "ping", {}, {"code": 1, "message": "m"}])
MESSAGES = st.dictionaries(KEYS, VALUES, max_size=6)


@given(st.binary(max_size=200) | MESSAGES.map(lambda value: json.dumps(value).encode()))
def test_any_line_is_a_message_or_refused(line: bytes) -> None:
    try:
        message = jsonrpc.parse(line)
    except (ForeignLineError, BadMessageError):
        return
    assert isinstance(message, Request | Response)


@given(st.lists(st.binary(max_size=60) | MESSAGES.map(lambda value: json.dumps(value).encode() + b"\n"), max_size=8))
def test_any_stdout_ends_in_an_answer_or_a_flaw(chunks: list[bytes]) -> None:
    session = Session(cast("Child", Played(*filter(None, chunks), b"", code=0)))
    with contextlib.suppress(StoppedError):
        assert session.request("ping", {}, time.monotonic() + 60).id == 1
    assert {flaw.code for flaw in session.flaws} <= CHECK_CODES.keys()


@given(st.sampled_from(list(Era)), JSON, JSON, JSON)
def test_any_answer_opens_or_is_a_flaw(era: Era, version: Any, capabilities: Any, info: Any) -> None:
    """Without an agreement there is always a flaw that fails."""
    result = {
        "protocolVersion": version,
        "supportedVersions": version,
        "capabilities": capabilities,
        "serverInfo": info,
        "_meta": {"io.modelcontextprotocol/serverInfo": info},
    }
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode() + b"\n"
    session = Session(cast("Child", Played(line)))
    agreement = OPENINGS[era](session, time.monotonic() + 60)
    assert agreement is not None
    assert isinstance(agreement.capabilities, dict)


@given(st.sampled_from(list(Era)), JSON | st.just({"code": -32022, "message": "m", "data": None}))
def test_an_opening_that_fails_is_a_flaw(era: Era, error: Any) -> None:
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode() + b"\n"
    session = Session(cast("Child", Played(line, b"", code=0)))
    try:
        assert OPENINGS[era](session, time.monotonic() + 60) is None
    except StoppedError:
        return
    assert session.flaws


@given(st.lists(JSON | st.fixed_dictionaries({"name": JSON}, optional={"inputSchema": JSON, "annotations": JSON})))
def test_any_list_is_judged(items: list[Any]) -> None:
    for flaw in (*judge_list(items, "tools"), *judge_tools(items)):
        assert flaw.code in CHECK_CODES


@given(JSON, st.none() | st.lists(JSON))
def test_any_manifest_is_compared(declared: Any, items: list[Any] | None) -> None:
    for kind in ("tools", "prompts"):
        list(compare(declared_in({kind: declared}, kind), items, kind))


@given(st.sampled_from(events()), st.binary(max_size=100) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_output_of_a_hook_is_judged(event: str, stdout: bytes) -> None:
    for flaw in judge_output(event, stdout):
        assert flaw.code in {"CH033", "CH034", "CH037"}


@given(st.sampled_from(events()), JSON, st.sampled_from(["decision", "hookSpecificOutput", "continue", "reason"]))
def test_any_member_of_an_output_is_judged(event: str, value: Any, key: str) -> None:
    specific = {"hookEventName": event, "permissionDecision": value, "decision": value, "additionalContext": value}
    list(judge_output(event, json.dumps({key: value, "hookSpecificOutput": specific}).encode()))


@given(st.sampled_from(events()), st.text(max_size=20))
def test_any_matcher_has_a_sample(event: str, matcher: str) -> None:
    sample = sample_of(event, matcher, cwd='/a "b"', transcript="/t")
    assert sample is not None
    assert sample["hook_event_name"] == event


@given(JSON, JSON, st.dictionaries(st.text(max_size=4), st.lists(st.text(max_size=8)).map(tuple)))
def test_any_manifest_gives_a_start_or_none(
    config: Any, options: Any, given_settings: dict[str, tuple[str, ...]]
) -> None:
    usable = {key: values for key, values in given_settings.items() if values}
    missing_settings(options, given_settings)
    settings = settings_of(options, usable)
    start = start_of({"server": {"mcp_config": config}}, Path("/b"), Path("/h"), settings)
    assert start is None or all(isinstance(word, str) for word in start.argv)


@given(JSON | st.fixed_dictionaries({"command": st.text()}, optional={"args": JSON, "env": JSON}))
def test_any_entry_gives_a_start_or_none(entry: Any) -> None:
    place = Place(Path("/p"), {})
    start = server_start(entry if isinstance(entry, dict) else {}, variables_of(Path("/r"), place, {}))
    assert start is None or all(isinstance(word, str) for word in (*start.argv, *start.env.values()))

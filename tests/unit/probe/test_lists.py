"""Tools and prompts: their shapes, and the comparison with the bundle manifest."""

from __future__ import annotations

from typing import Any

import pytest

from plugintool.probe.codes import Flaw
from plugintool.probe.lists import Declared, compare, declared_in, judge_list, judge_tools, names_of
from tests.tiny_server import TOOL


def tool(**members: Any) -> dict[str, Any]:
    return {**TOOL, **members}


def codes(flaws: Any) -> list[str]:
    return [flaw.code for flaw in flaws]


def test_a_good_list() -> None:
    assert list(judge_list([TOOL, tool(name="other")], "tools")) == []
    assert list(judge_tools([TOOL])) == []
    assert list(judge_list([], "prompts")) == []


@pytest.mark.parametrize("item", [None, 7, "name", [], {}, {"name": ""}, {"name": 7}, {"title": "x"}])
def test_an_entry_without_a_name(item: Any) -> None:
    (flaw,) = judge_list([TOOL, item], "tools")
    assert flaw.code == "CH005"
    assert "entry 1" in flaw.message
    list(judge_tools([item]))


def test_names_that_stand_twice() -> None:
    items: list[Any] = [{"name": name} for name in "abcabb"]
    assert list(judge_list(items, "tools")) == [Flaw("CH014", "tools/list: a, b")]


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (None, "inputSchema is None"),
        ("object", "inputSchema is 'object'"),
        ([], "inputSchema is []"),
        (True, "inputSchema is True"),
        ({}, '"type" of inputSchema is None'),
        ({"type": "string"}, "'string'"),
        ({"type": ["object"]}, "['object']"),
        ({"type": "object", "properties": []}, "properties: [] is not of type 'object'"),
        ({"type": "object", "required": "text"}, "required"),
        ({"type": "object", "properties": {"a": {"type": "text"}}}, "properties/a/type"),
        ({"type": "object", "$schema": 7}, '"$schema" is 7'),
        ({"type": "object", "$schema": ["x"]}, '"$schema"'),
        (
            {"type": "object", "$schema": "http://json-schema.org/draft-04/schema#", "minProperties": "x"},
            "minProperties",
        ),
    ],
)
def test_a_schema_that_is_none(schema: Any, said: str) -> None:
    (flaw,) = judge_tools([tool(inputSchema=schema)])
    assert flaw.code == "CH015"
    assert flaw.message.startswith("tool count: ")
    assert said in flaw.message


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {"type": "object", "$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {}}},
        {"type": "object", "$schema": "urn:unknown:draft"},
        {"type": "object", "properties": {"a": True}, "additionalProperties": False},
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"type": "string"}}},
    ],
)
def test_a_schema_that_is_one(schema: Any) -> None:
    assert list(judge_tools([tool(inputSchema=schema)])) == []


def test_a_tool_without_schema() -> None:
    (flaw,) = judge_tools([{key: value for key, value in TOOL.items() if key != "inputSchema"}])
    assert flaw == Flaw("CH015", "tool count: inputSchema is missing")


@pytest.mark.parametrize(
    ("members", "silent"),
    [
        ({}, False),
        ({"title": "", "annotations": {"readOnlyHint": True}}, True),
        ({"title": None, "annotations": {"title": "T", "destructiveHint": False}}, False),
        ({"annotations": {}}, True),
        ({"annotations": None}, True),
        ({"annotations": {"readOnlyHint": "yes"}}, True),
    ],
)
def test_what_a_tool_says_of_itself(members: dict[str, Any], silent: bool) -> None:
    assert codes(judge_tools([tool(**members)])) == (["CH016"] if silent else [])


def test_many_silent_tools_make_one_flaw() -> None:
    (flaw,) = judge_tools([tool(name=f"t{at}", title="") for at in range(30)])
    assert flaw.message.endswith("t9 and 20 more")


@pytest.mark.parametrize(
    ("manifest", "declared"),
    [
        ({}, Declared(None, more=False)),
        ({"tools": None}, Declared(None, more=False)),
        ({"tools": []}, Declared((), more=False)),
        ({"tools": [{"name": "a"}, {"name": 7}, "b"]}, Declared(("a",), more=False)),
        ({"tools": [{"name": "a"}], "tools_generated": True}, Declared(("a",), more=True)),
        ({"tools_generated": "yes"}, Declared(None, more=False)),
    ],
)
def test_what_a_manifest_declares(manifest: dict[str, Any], declared: Declared) -> None:
    assert declared_in(manifest, "tools") == declared


NAMED: list[Any] = [{"name": "a"}, {"name": "b"}]


@pytest.mark.parametrize(
    ("names", "more", "offered", "expected"),
    [
        (("a", "b"), False, NAMED, []),
        (("b", "a"), False, NAMED, []),
        (("a", "b"), True, NAMED, []),
        (("a",), True, NAMED, []),
        ((), True, NAMED, []),
        (("a",), False, NAMED, ["CH012"]),
        ((), False, NAMED, ["CH012"]),
        (("a", "b", "c"), False, NAMED, ["CH012"]),
        (("a", "b", "c"), True, NAMED, ["CH012"]),
        (("a", "c"), False, NAMED, ["CH012", "CH012"]),
        (("A", "b"), False, NAMED, ["CH012", "CH012"]),
        (("a",), False, None, ["CH012"]),
        ((), False, None, []),
        (None, False, NAMED, ["CH019"]),
        (None, True, NAMED, []),
        (None, False, None, []),
    ],
)
def test_equal_or_more_at_run_time(names: Any, more: bool, offered: Any, expected: list[str]) -> None:
    assert codes(compare(Declared(names, more), offered, "tools")) == expected


def test_prompts_have_a_code_of_their_own_and_need_not_be_named() -> None:
    assert codes(compare(Declared(("p",), more=False), NAMED, "prompts")) == ["CH013", "CH013"]
    assert codes(compare(Declared(None, more=False), NAMED, "prompts")) == []


def test_the_texts_name_both_sides() -> None:
    missing, extra = compare(Declared(("c",), more=False), NAMED, "tools")
    assert missing.message == "the manifest lists c; tools/list has no such tools"
    assert extra.message == "tools/list has a, b; the manifest does not list them"
    (none,) = compare(Declared(("c",), more=False), None, "tools")
    assert none.message == "the manifest lists c; the server offers no tools"


def test_names_of_nothing() -> None:
    assert names_of(None) == ()

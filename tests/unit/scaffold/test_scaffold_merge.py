"""Adding to JSON files: what is added follows the style of the file, and everything else keeps every byte."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugintool.errors import InputError, MalformedFileError
from plugintool.scaffold.merge import add_hooks, add_item, add_member, add_server_reference, add_servers

GROUP = {"matcher": "Edit", "hooks": [{"type": "command", "command": "run"}]}
HOOKS: Any = {"hooks": {"PostToolUse": [GROUP]}}
SERVER: Any = {"mcpServers": {"new": {"type": "http", "url": "https://x.test"}}}


def test_a_member_is_added_in_the_indent_of_the_file() -> None:
    before = b'{\n    "a": 1,\n    "b": {\n        "c": 2\n    }\n}\n'
    assert add_member(before, ("b",), "d", [3], path="f") == (
        b'{\n    "a": 1,\n    "b": {\n        "c": 2,\n        "d": [\n            3\n        ]\n    }\n}\n'
    )


def test_tabs_and_windows_line_ends_are_kept() -> None:
    before = b'{\r\n\t"a": 1\r\n}\r\n'
    assert (
        add_member(before, (), "b", {"c": 2}, path="f") == b'{\r\n\t"a": 1,\r\n\t"b": {\r\n\t\t"c": 2\r\n\t}\r\n}\r\n'
    )


def test_a_file_on_one_line_stays_on_one_line() -> None:
    assert add_member(b'{"a": 1}', (), "b", {"c": [2]}, path="f") == b'{"a": 1, "b": {"c": [2]}}'


def test_an_empty_object_is_opened() -> None:
    assert add_member(b"{}", (), "a", 1, path="f") == b'{\n  "a": 1\n}'
    assert add_member(b"{ \n }\n", (), "a", 1, path="f") == b'{\n  "a": 1\n}\n'


def test_odd_formatting_elsewhere_survives() -> None:
    """No writer would make this text, so only an edit in place can keep it."""
    before = b'\n {"a" :[1 ,2],\n"k":{"x"  : 1.50, "y":"\\u00e9" }\n ,"z":1e3}  \n'
    after = add_member(before, ("k",), "n", True, path="f")
    assert after == before.replace(b'"\\u00e9" }', b'"\\u00e9", "n": true }')


def test_items_are_added_at_the_end() -> None:
    assert add_item(b'{"a": {"b": [1, 2]}}', ("a", "b"), "three", path="f") == b'{"a": {"b": [1, 2, "three"]}}'
    assert add_item(b'{\n "a": [\n  1\n ]\n}', ("a",), 2, path="f") == b'{\n "a": [\n  1,\n  2\n ]\n}'


def test_letters_that_are_not_ascii_stay_readable() -> None:
    assert add_member('{"ä": 1}'.encode(), (), "ö", "ü", path="f") == '{"ä": 1, "ö": "ü"}'.encode()


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b'{"a": 1, "a": 2}', b"\xef\xbb\xbf{}", b'{"a": NaN}', b"// c\n{}", b'{"a": "\xff"}'],
    ids=["empty", "cut", "duplicate", "bom", "nan", "comment", "encoding"],
)
def test_a_flawed_file_is_refused_and_named(data: bytes) -> None:
    with pytest.raises(MalformedFileError) as caught:
        add_servers(data, SERVER, path=".mcp.json")
    assert caught.value.detail["path"] == ".mcp.json"


def test_hooks_join_the_groups_of_their_event() -> None:
    other = {"hooks": [{"type": "command", "command": "other"}]}
    before = json.dumps({"description": "x", "hooks": {"PostToolUse": [other], "Stop": []}}, indent=2).encode()
    after = json.loads(add_hooks(before, HOOKS, path="f"))
    assert after == {"description": "x", "hooks": {"PostToolUse": [other, GROUP], "Stop": []}}


@pytest.mark.parametrize("before", [{}, {"description": "x"}, {"hooks": {}}, {"hooks": {"Stop": []}}])
def test_a_missing_event_or_map_is_added(before: dict[str, Any]) -> None:
    after = json.loads(add_hooks(json.dumps(before).encode(), HOOKS, path="f"))
    assert after == before | {"hooks": before.get("hooks", {}) | HOOKS["hooks"]}


def test_a_hook_that_runs_already_is_not_added_twice() -> None:
    once = add_hooks(b"{}", HOOKS, path="f")
    assert add_hooks(once, HOOKS, path="f") == once


def test_the_same_command_of_another_event_is_another_hook() -> None:
    once = add_hooks(b"{}", HOOKS, path="f")
    other: Any = {"hooks": {"Stop": [GROUP]}}
    twice = json.loads(add_hooks(once, other, path="f"))
    assert set(twice["hooks"]) == {"PostToolUse", "Stop"}


@pytest.mark.parametrize(
    ("before", "field"),
    [
        ("[]", ""),
        ('{"hooks": []}', "/hooks"),
        ('{"hooks": {"PostToolUse": {}}}', "/hooks/PostToolUse"),
    ],
)
def test_hooks_of_another_shape_are_refused(before: str, field: str) -> None:
    with pytest.raises(InputError) as caught:
        add_hooks(before.encode(), HOOKS, path="hooks/hooks.json")
    assert caught.value.detail["path"] == "hooks/hooks.json"
    assert caught.value.detail.get("field", "") == field


def test_hooks_from_a_module_are_left_alone() -> None:
    with pytest.raises(InputError, match="module"):
        add_hooks(b'{"modules": ["./hooks.js"]}', HOOKS, path="f")


def test_groups_of_an_odd_shape_do_not_hinder() -> None:
    before = b'{"hooks": {"PostToolUse": [1, {"hooks": 2}, {"hooks": [3]}]}}'
    assert json.loads(add_hooks(before, HOOKS, path="f"))["hooks"]["PostToolUse"][-1] == GROUP


def test_a_server_joins_the_others() -> None:
    after = json.loads(add_servers(b'{"mcpServers": {"old": {"command": "x"}}}', SERVER, path="f"))
    assert after == {"mcpServers": {"old": {"command": "x"}} | SERVER["mcpServers"]}


def test_a_bare_map_of_servers_stays_bare() -> None:
    assert json.loads(add_servers(b'{"old": {"command": "x"}}', SERVER, path="f")) == {
        "old": {"command": "x"},
        **SERVER["mcpServers"],
    }


def test_an_empty_file_gets_the_documented_form() -> None:
    assert json.loads(add_servers(b"{}", SERVER, path="f")) == SERVER
    assert json.loads(add_servers(b'{"mcpServers": {}}', SERVER, path="f")) == SERVER


@pytest.mark.parametrize("before", [b'{"mcpServers": {"new": {"command": "x"}}}', b'{"new": 1}'])
def test_a_server_of_the_same_name_is_never_touched(before: bytes) -> None:
    assert add_servers(before, SERVER, path="f") == before


@pytest.mark.parametrize("before", [b"[]", b'{"mcpServers": []}'])
def test_servers_of_another_shape_are_refused(before: bytes) -> None:
    with pytest.raises(InputError, match="not a JSON object"):
        add_servers(before, SERVER, path="f")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, "./b.mcpb"),
        ({"mcpServers": "./x.json"}, ["./x.json", "./b.mcpb"]),
        ({"mcpServers": ["./x.json"]}, ["./x.json", "./b.mcpb"]),
        ({"mcpServers": []}, ["./b.mcpb"]),
        ({"mcpServers": {"s": {"command": "x"}}}, [{"s": {"command": "x"}}, "./b.mcpb"]),
        ({"mcpServers": "./b.mcpb"}, "./b.mcpb"),
        ({"mcpServers": ["./b.mcpb", "./x.json"]}, ["./b.mcpb", "./x.json"]),
    ],
)
def test_a_bundle_is_named_beside_what_is_named(before: dict[str, Any], after: Any) -> None:
    data = json.dumps({"name": "n", **before}, indent=2).encode()
    assert json.loads(add_server_reference(data, "./b.mcpb", path="f")) == {"name": "n", "mcpServers": after}


def test_a_manifest_that_is_no_object_is_refused() -> None:
    with pytest.raises(InputError, match="not a JSON object"):
        add_server_reference(b"[]", "./b.mcpb", path="f")

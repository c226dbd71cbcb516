"""Guards in a place from which no hook is loaded: what the client takes for one (measured with 2.1.330), and HK029."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugintool.lint.guards import holds_guard, is_group, strays
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.report import Finding, Severity
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import ELSEWHERE, manifest

GROUP: dict[str, Any] = {"hooks": [{"type": "command", "command": "guard"}]}
LISTED: dict[str, Any] = {"hooks": ["bin/guard.sh"]}
OLD = (2, 1, 197)


def nested(depth: int, leaf: Any) -> Any:
    """Put ``leaf`` below ``depth`` objects."""
    for _ in range(depth):
        leaf = {"x": leaf}
    return leaf


class TestGroup:
    """A group of handlers where a map of events is expected."""

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (GROUP, True),
            (LISTED, True),
            ({"hooks": [None]}, True),
            ({"hooks": ["x"], "other": 1}, True),
            ({"hooks": ["x"], "Stop": []}, False),
            ({"hooks": ["x"], "Stop": [], "matcher": ""}, True),
            ({"hooks": ["x"], "stop": []}, True),
            ({"hooks": []}, False),
            ({"hooks": {"Stop": []}}, False),
            ({"hooks": "x"}, False),
            ({"matcher": "x"}, False),
            ({}, False),
        ],
    )
    def test_what_is_one(self, value: dict[str, Any], expected: bool) -> None:
        assert is_group(value) is expected


class TestHolds:
    @pytest.mark.parametrize("name", ["PreToolUse", "PermissionRequest"])
    @pytest.mark.parametrize("value", ["", "x", 0, False, {}, [None], [[]], {"a": 1}, [GROUP]])
    def test_a_guard_with_any_value(self, name: str, value: Any) -> None:
        assert holds_guard({name: value}, groups=False)

    @pytest.mark.parametrize("value", [None, []])
    def test_a_guard_that_promises_nothing(self, value: Any) -> None:
        assert not holds_guard({"PreToolUse": value}, groups=True)

    @pytest.mark.parametrize(
        "name", ["preToolUse", "pre_tool_use", "PreToolUses", "PreToolUse ", "Stop", "PermissionDenied", "hook"]
    )
    def test_a_name_that_is_like_that_of_a_guard(self, name: str) -> None:
        assert not holds_guard({name: ["x"]}, groups=True)

    @pytest.mark.parametrize(("depth", "found"), [(0, True), (3, True), (4, False), (9, False)])
    @pytest.mark.parametrize("leaf", [{"PreToolUse": "x"}, LISTED])
    def test_four_levels_deep_and_no_deeper(self, depth: int, found: bool, leaf: Any) -> None:
        assert holds_guard(nested(depth, leaf), groups=True) is found

    def test_lists_are_levels_too(self) -> None:
        assert holds_guard([[[{"PreToolUse": 1}]]], groups=True)
        assert not holds_guard([[[[{"PreToolUse": 1}]]]], groups=True)

    def test_a_group_below_the_name_of_an_event_is_where_it_belongs(self) -> None:
        assert not holds_guard({"Stop": [LISTED]}, groups=True)
        assert not holds_guard({"Stop": nested(2, LISTED)}, groups=True)
        assert holds_guard({"stop": [LISTED]}, groups=True)
        assert holds_guard({"Stop": {"PreToolUse": 1}}, groups=True)

    @pytest.mark.parametrize("value", [None, 5, "PreToolUse", True, [], {}, ["PreToolUse"]])
    def test_other_values(self, value: Any) -> None:
        assert not holds_guard(value, groups=True)

    def test_the_keys_that_stray(self) -> None:
        value: dict[str, Any] = {
            "PreToolUse": 1,
            "foo": LISTED,
            "hooks": LISTED,
            "Stop": [GROUP],
            "PermissionRequest": None,
            "a": {},
        }
        assert list(strays(value, frozenset({"hooks"}))) == ["PreToolUse", "foo"]

    def test_a_very_deep_value(self) -> None:
        assert not holds_guard(nested(50_000, {"PreToolUse": 1}), groups=True)


def lint(files: dict[str, Any], fields: dict[str, Any] | None = None, **options: Any) -> list[Finding]:
    """Lint a plugin; files that are no text are written as JSON."""
    held = {".claude-plugin/plugin.json": manifest(**(fields or {}))}
    held |= {path: what if isinstance(what, str) else json.dumps(what) for path, what in files.items()}
    tree = MemoryTree("acme-review", {path: text.encode() for path, text in held.items()})
    chosen = {"ignore": (*ELSEWHERE, "PM031", "LN002"), **options}
    return list(lint_plugin(load_plugin(tree), LintOptions(**chosen)))


def in_file(value: Any, **options: Any) -> list[str]:
    return [found.code for found in lint({"hooks/hooks.json": value}, **options)]


def as_client(files: dict[str, Any], fields: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    """Return code and top field of every error of the client."""
    found = lint(files, fields, profile="client")
    errors = [item for item in found if item.severity is Severity.ERROR]
    return [(item.code, str(item.location.pointer[0]) if item.location.pointer else "") for item in errors]


class TestMisplacedGuard:
    """HK029."""

    @pytest.mark.parametrize(
        "fields",
        [
            {"PreToolUse": [GROUP]},
            {"PermissionRequest": "x"},
            {"components": {"hooks": ["hooks/check.sh"]}},
            {"Hooks": {"PreToolUse": [GROUP]}},
            {"settings": {"hooks": {"PreToolUse": [GROUP]}}},
            {"experimental": {"PreToolUse": [GROUP]}},
            {"author": {"name": "Acme", "hooks": ["x"]}},
            {"dependencies": [{"name": "other", "hooks": ["x"]}]},
            {"userConfig": {"PreToolUse": {"type": "string", "title": "t", "description": "d"}}},
            {"hooks": {"foo": {"PreToolUse": [GROUP]}}},
            {"hooks": {"hooks": {"PreToolUse": [GROUP]}}},
            {"hooks": {"foo": LISTED}},
            {"hooks": {"Stop": [{"PreToolUse": [GROUP]}]}},
            {"hooks": [{"foo": {"PermissionRequest": 1}}]},
        ],
    )
    def test_in_the_manifest(self, fields: dict[str, Any]) -> None:
        assert ("HK029", "hooks") in as_client({}, fields)

    @pytest.mark.parametrize(
        "fields",
        [
            {"PreToolUse": []},
            {"PostToolUse": [GROUP]},
            {"components": {"hooks": {}}},
            {"components": {"hooks": "x"}},
            {"metadata": {"PreToolUse": [GROUP]}},
            {"mcpServers": {"PreToolUse": {"command": "x", "hooks": ["x"]}}},
            {"lspServers": {"go": {"command": "go", "extensionToLanguage": {".go": "go"}, "settings": LISTED}}},
            {"hooks": {"PreToolUse": [GROUP]}},
            {"hooks": {"foo": [GROUP]}},
            {"hooks": {"Stop": [{"hooks": [], "foo": LISTED}]}},
        ],
    )
    def test_what_is_no_guard(self, fields: dict[str, Any]) -> None:
        assert as_client({}, fields) == []

    @pytest.mark.parametrize(
        "value",
        [
            {"hooks": {}, "PreToolUse": [GROUP]},
            {"hooks": {}, "foo": {"x": LISTED}},
            {"PreToolUse": [GROUP]},
            {"preToolUse": [GROUP]},
            {"hooks": {"foo": {"PreToolUse": ""}}},
            {"hooks": {"Stop": {"PreToolUse": ""}}},
            {"hooks": {"Stop": [[{"PermissionRequest": ""}]]}},
            {"hooks": {"PreToolUse": [{**GROUP, "foo": {"PreToolUse": 1}}]}},
        ],
    )
    def test_in_a_hooks_file(self, value: Any) -> None:
        assert as_client({"hooks/hooks.json": value}) == [("HK029", "hooks")]

    def test_in_a_named_file(self) -> None:
        found = as_client({"cfg/h.json": {"hooks": {}, "foo": LISTED}}, {"hooks": "./cfg/h.json"})
        assert found == [("HK029", "hooks")]

    def test_a_group_instead_of_a_map_is_said_once(self) -> None:
        assert as_client({"hooks/hooks.json": {"hooks": {**GROUP, "foo": LISTED}}}) == [("HK001", "hooks")]
        assert as_client({}, {"hooks": {**GROUP, "foo": LISTED}}) == [("HK006", "hooks")]

    @pytest.mark.parametrize("value", [{"hooks": []}, {"hooks": ["x"], "Stop": []}, {"matcher": "x", "hooks": []}])
    def test_a_map_that_only_looks_like_a_group(self, value: Any) -> None:
        assert as_client({"hooks/hooks.json": {"hooks": value}}) == []
        assert as_client({}, {"hooks": value}) == []

    def test_the_finding_stands_where_the_guard_does(self) -> None:
        (found,) = lint({"hooks/hooks.json": '{"hooks": {},\n "foo": {"PreToolUse": 1}}'}, select=("HK029",))
        assert (found.location.line, found.location.column, found.location.pointer) == (2, 2, ("foo",))
        assert found.message.startswith("`foo` holds")

    def test_the_event_is_named_where_the_guard_stands_in_a_list(self) -> None:
        (found,) = lint({"hooks/hooks.json": {"hooks": {"Stop": [{"PreToolUse": 1}]}}}, select=("HK029",))
        assert found.location.pointer == ("hooks", "Stop", 0)
        assert found.message.startswith("`Stop` holds")

    def test_a_file_without_hooks_gets_one_finding(self) -> None:
        """HK001 says how to repair it; the client speaks of the guard instead."""
        assert in_file({"PreToolUse": [GROUP]}) == ["HK001"]
        assert in_file({"PreToolUse": [GROUP]}, profile="client") == ["HK029"]
        assert in_file({"PreToolUse": [GROUP]}, profile="client", client=OLD) == ["HK001"]

    def test_a_second_wrapper_gets_one_finding(self) -> None:
        found = lint({}, {"hooks": {"hooks": {"PreToolUse": [GROUP]}}})
        assert [item.code for item in found] == ["HK006"]

    def test_older_clients_do_not_look(self) -> None:
        assert lint({}, {"PreToolUse": [GROUP]}, profile="client", client=OLD) == []

    def test_a_guard_that_is_null_is_no_guard(self) -> None:
        assert as_client({"hooks/hooks.json": {"hooks": {"PreToolUse": None}}}) == []
        assert in_file({"hooks": {"PreToolUse": None}}) == ["HK003"]
        assert in_file({"hooks": {"PreToolUse": {}}}) == ["HK004"]

"""How the server of a bundle is started: overrides, settings and variables, as the published library does it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugintool.probe import bundle
from plugintool.probe.bundle import (
    Setting,
    Start,
    missing_settings,
    platform_of,
    secrets_of,
    settings_of,
    start_of,
)
from tests.conftest import RunNode

ROOT, HOME = Path("/b"), Path("/home/u")


def manifest(config: Any, **options: Any) -> dict[str, Any]:
    return {"server": {"type": "node", "mcp_config": config}, "user_config": options}


def start(config: Any, settings: dict[str, Setting] | None = None) -> Start | None:
    return start_of(manifest(config), ROOT, HOME, settings or {})


def argv(*args: str, settings: dict[str, Setting] | None = None) -> tuple[str, ...]:
    found = start({"command": "run", "args": list(args)}, settings)
    assert found is not None
    return found.argv[1:]


def test_a_plain_command() -> None:
    found = start({"command": "node", "args": ["${__dirname}/index.js"], "env": {"A": "${HOME}/x"}})
    assert found == Start(("node", "/b/index.js"), {"A": "/home/u/x"})
    assert list(found.flaws()) == []


def test_a_command_alone() -> None:
    assert start({"command": "${__dirname}/run"}) == Start(("/b/run",), {})


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${__dirname}", "/b"),
        ("${HOME}", "/home/u"),
        ("${DESKTOP}", "/home/u/Desktop"),
        ("${DOCUMENTS}", "/home/u/Documents"),
        ("${DOWNLOADS}", "/home/u/Downloads"),
        ("a${pathSeparator}b${/}c", "a/b/c"),
        ("${__dirname}${__dirname}", "/b/b"),
        ("${UNKNOWN} $HOME ${home}", "${UNKNOWN} $HOME ${home}"),
        ("--k=${user_config.k}", "--k=v"),
        ("${user_config.k}", "v"),
        ("${user_config.empty}", "${user_config.empty}"),
        ("x${user_config.empty}", "x"),
        ("${user_config.nope}", "${user_config.nope}"),
        ("in ${user_config.many}", "in ${user_config.many}"),
        ("${user_config.nested}", "${user_config.k}"),
        ("-${user_config.early}", "-v"),
    ],
)
def test_variables(text: str, filled: str) -> None:
    settings: dict[str, Setting] = {
        "early": "${user_config.k}",
        "k": "v",
        "empty": "",
        "many": ("a", "b"),
        "nested": "${user_config.k}",
    }
    assert argv(text, settings=settings) == (filled,)


def test_a_whole_argument_may_become_several_or_none() -> None:
    settings: dict[str, Setting] = {"many": ("a", "b"), "none": ()}
    assert argv("x", "${user_config.many}", "${user_config.none}", "y", settings=settings) == ("x", "a", "b", "y")


def test_a_list_stays_literal_in_the_environment() -> None:
    found = start({"command": "x", "env": {"A": "${user_config.many}"}}, {"many": ("a",)})
    assert found is not None
    assert found.env == {"A": "${user_config.many}"}
    (flaw,) = found.flaws()
    assert (flaw.code, flaw.message) == ("CH018", "${user_config.many}")


def test_everything_that_stays_literal_is_named_once() -> None:
    found = start({"command": "${A}", "args": ["${B}", "${A}", "$C"], "env": {"D": "${}"}})
    assert found is not None
    assert [flaw.message for flaw in found.flaws()] == ["${A}, ${B}, ${}"]


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ({}, Start(("base", "a", "b"), {"A": "1", "B": "2"})),
        ({"args": ["c"]}, Start(("base", "c"), {"A": "1", "B": "2"})),
        ({"args": []}, Start(("base",), {"A": "1", "B": "2"})),
        ({"args": None}, Start(("base", "a", "b"), {"A": "1", "B": "2"})),
        ({"env": {"C": "3"}}, Start(("base", "a", "b"), {"C": "3"})),
        ({"env": {}}, Start(("base", "a", "b"), {})),
        ({"command": "other"}, Start(("other", "a", "b"), {"A": "1", "B": "2"})),
        ({"command": ""}, Start(("base", "a", "b"), {"A": "1", "B": "2"})),
    ],
)
def test_an_override_replaces_whole_members(override: Any, expected: Start) -> None:
    base = {"command": "base", "args": ["a", "b"], "env": {"A": "1", "B": "2"}}
    assert start({**base, "platform_overrides": {platform_of(): override, "other": {"command": "no"}}}) == expected


@pytest.mark.parametrize("overrides", [None, [], {"other": {"command": "no"}}, {"linux-x64": {"command": "no"}}])
def test_overrides_of_others_do_not_matter(overrides: Any) -> None:
    assert start({"command": "base", "platform_overrides": overrides}) == Start(("base",), {})


@pytest.mark.parametrize(
    "config",
    [
        *(None, [], "node", {}, {"command": ""}, {"command": 7}, {"command": "x", "args": "y"}),
        *({"command": "x", "args": [1]}, {"command": "x", "env": []}, {"command": "x", "env": {"A": 1}}),
    ],
)
def test_what_cannot_be_started(config: Any) -> None:
    assert start(config) is None


@pytest.mark.parametrize("value", [{}, {"server": None}, {"server": []}, {"server": {}}])
def test_a_manifest_without_a_server(value: Any) -> None:
    assert start_of(value, ROOT, HOME, {}) is None


OPTIONS: dict[str, Any] = {
    "text": {"type": "string"},
    "number": {"type": "number", "default": 5},
    "half": {"type": "number", "default": 0.5},
    "flag": {"type": "boolean", "default": False},
    "on": {"type": "boolean", "default": True},
    "list": {"type": "directory", "multiple": True, "default": ["/a", 7]},
    "nothing": {"type": "string", "default": None},
    "key": {"type": "string", "sensitive": True, "required": True},
    "odd": "no object",
}


def test_defaults() -> None:
    assert settings_of(OPTIONS, {}) == {
        "number": "5",
        "half": "0.5",
        "flag": "false",
        "on": "true",
        "list": ("/a", "7"),
    }


def test_what_the_user_gives_wins() -> None:
    given = {"number": ("6",), "list": ("/x", "/y"), "text": ("first", "last"), "unknown": ("z",)}
    found = settings_of(OPTIONS, given)
    assert (found["number"], found["list"], found["text"]) == ("6", ("/x", "/y"), "last")
    assert "unknown" not in found


def test_only_sensitive_values_are_secrets() -> None:
    assert secrets_of(OPTIONS, {"key": ("a", "b"), "text": ("c",)}) == ("a", "b")


@pytest.mark.parametrize(
    ("option", "given", "missing"),
    [
        ({"required": True}, {}, True),
        ({"required": True, "default": "x"}, {}, True),
        ({"required": True}, {"k": ("",)}, True),
        ({"required": True, "multiple": True}, {"k": ("a", "")}, True),
        ({"required": True}, {"k": ()}, True),
        ({"required": True}, {"k": ("a",)}, False),
        ({"required": "yes"}, {}, False),
        ({}, {}, False),
    ],
)
def test_required_settings(option: Any, given: Any, missing: bool) -> None:
    assert missing_settings({"k": option}, given) == (("k",) if missing else ())


@pytest.mark.parametrize("options", [None, [], "x", {"k": None}, {"k": []}])
def test_settings_of_the_wrong_shape_are_none(options: Any) -> None:
    assert settings_of(options, {"k": ("v",)}) == {}
    assert missing_settings(options, {}) == ()


LIBRARY = """
const { getMcpConfigForManifest } = await import(process.argv[1]);
const cases = JSON.parse(process.argv[2]);
const directories = {HOME: "/home/u", DESKTOP: "/home/u/Desktop", DOCUMENTS: "/home/u/Documents",
                     DOWNLOADS: "/home/u/Downloads"};
const results = [];
console.warn = () => {};
for (const [manifest, userConfig] of cases) {
  const config = await getMcpConfigForManifest({manifest, extensionPath: "/b", systemDirs: directories, userConfig,
                                                pathSeparator: "/", logger: undefined});
  results.push(config === undefined ? null : {command: config.command, args: config.args, env: config.env});
}
console.log(JSON.stringify(results));
"""

PLATFORM = bundle.platform_of()
BASE = {"command": "x", "args": ["1"], "env": {"A": "1", "B": "2"}}
MANY = {"k": {"multiple": True}}
CASES: list[tuple[Any, dict[str, Any], dict[str, Any]]] = [
    ({"command": "${__dirname}/x", "args": ["${HOME}", "${/}", "${nope}"], "env": {"A": "${DESKTOP}"}}, {}, {}),
    ({"command": "x", "args": ["${user_config.k}", "-${user_config.k}"]}, {"k": {}}, {}),
    ({"command": "x", "args": ["${user_config.k}"], "env": {"A": "${user_config.k}"}}, {"k": {}}, {"k": ""}),
    ({"command": "x", "args": ["${user_config.k}"], "env": {"A": "${user_config.k}"}}, {"k": {"default": "d"}}, {}),
    ({"command": "x", "args": ["${user_config.k}"]}, {"k": {"default": 5}}, {}),
    ({"command": "x", "args": ["${user_config.k}"]}, {"k": {"default": True}}, {}),
    ({"command": "x", "args": ["${user_config.k}"]}, {"k": {"default": False}}, {}),
    ({"command": "x", "args": ["a", "${user_config.k}", "b"]}, {"k": {"multiple": True, "default": ["p", "q"]}}, {}),
    ({"command": "x", "args": ["a", "${user_config.k}"]}, {"k": {"multiple": True}}, {"k": []}),
    ({"command": "x", "args": ["a ${user_config.k}"], "env": {"A": "${user_config.k}"}}, MANY, {"k": ["p"]}),
    ({"command": "x"}, {"k": {"required": True, "default": "d"}}, {}),
    ({"command": "x"}, {"k": {"required": True}}, {"k": ""}),
    ({"command": "x"}, {"k": {"required": True, "multiple": True}}, {"k": ["a", ""]}),
    ({"command": "x"}, {"k": {"required": True}}, {"k": "v"}),
    ({"command": "x", "args": ["-${user_config.a}"]}, {"a": {}, "b": {}}, {"a": "${user_config.b}", "b": "v"}),
    ({"command": "x", "args": ["${user_config.a}"]}, {"a": {}, "b": {}}, {"a": "${user_config.b}", "b": "v"}),
    ({**BASE, "platform_overrides": {PLATFORM: {"env": {"C": "3"}}}}, {}, {}),
    ({"command": "x", "args": ["1"], "platform_overrides": {PLATFORM: {"args": [], "command": ""}}}, {}, {}),
    ({"command": "x", "args": ["1"], "platform_overrides": {PLATFORM: {"command": "${__dirname}/y"}}}, {}, {}),
    ({"command": "x", "platform_overrides": {"none": {"command": "y"}}}, {}, {}),
]  # fmt: skip


@pytest.mark.foreign("@anthropic-ai/mcpb")
def test_the_published_library_says_the_same(run_node: RunNode, foreign: Callable[[str], str]) -> None:
    """Command, arguments and environment of every case; null where a required setting is missing."""
    cases = [[{**manifest(config, **options), "name": "x"}, given] for config, options, given in CASES]
    script = f"(async () => {{ {LIBRARY} }})()"
    done = run_node(script, f"{foreign('@anthropic-ai/mcpb')}/dist/node.js", json.dumps(cases))
    assert done.returncode == 0, done.stderr
    for (config, options, given), theirs in zip(CASES, json.loads(done.stdout), strict=True):
        assert _ours(config, options, given) == theirs, (config, given)


def _ours(config: Any, options: dict[str, Any], given: dict[str, Any]) -> Any:
    values = {key: tuple(value) if isinstance(value, list) else (value,) for key, value in given.items()}
    if missing_settings(options, values):
        return None
    found = start_of(manifest(config, **options), ROOT, HOME, settings_of(options, values))
    assert found is not None
    told: dict[str, Any] = {"command": found.argv[0]}
    if "args" in config:
        told["args"] = list(found.argv[1:])
    return told | ({"env": dict(found.env)} if found.env else {})

"""The published schema of plugintool.toml takes exactly what the reader takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from plugintool.errors import ConfigError
from plugintool.formats.project import _KEYS, TARGETS, parse_project

ROOT = Path(__file__).resolve().parents[3]
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs/reference/schemas/project.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def toml(value: Any) -> str:
    """A value as TOML, tables inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def reads(value: dict[str, Any]) -> bool:
    """Whether the reader takes it."""
    text = "".join(f"{json.dumps(key)} = {toml(item)}\n" for key, item in value.items())
    try:
        parse_project(text.encode())
    except ConfigError:
        return False
    return True


GOOD: list[dict[str, Any]] = [
    {},
    {"targets": []},
    {"targets": list(TARGETS)},
    {"lint": {"select": ["PM", "HK004"], "ignore": ["SK"], "per-path": {"skills/*": ["SK"], "": []}}},
    {"lint": {"suppress": [{"id": "HK012", "reason": "why"}, {"id": "HK012", "path": "a", "reason": "why"}]}},
    {"build": {"ignore": ["*.psd", "!logo.psd"], "executables": ["bin/*"]}},
    {"bundles": {"clock": {"ignore": ["src/"]}, "other": {}}},
]
BAD: list[dict[str, Any]] = [
    {"target": ["cowork"]},
    {"targets": "cowork"},
    {"targets": ["desktop"]},
    {"targets": [1]},
    {"lint": []},
    {"lint": {"selected": []}},
    {"lint": {"select": ["PM", ""]}},
    {"lint": {"select": [" "]}},
    {"lint": {"per-path": ["a"]}},
    {"lint": {"per-path": {"a": "SK"}}},
    {"lint": {"suppress": {"id": "HK012", "reason": "why"}}},
    {"lint": {"suppress": [{"id": "HK012"}]}},
    {"lint": {"suppress": [{"id": "HK012", "reason": " "}]}},
    {"lint": {"suppress": [{"id": "HK012", "reason": "why", "path": ""}]}},
    {"lint": {"suppress": [{"id": "HK012", "reason": "why", "because": "x"}]}},
    {"lint": {"suppress": ["HK012"]}},
    {"build": {"ignore": "*.psd"}},
    {"build": {"exclude": []}},
    {"bundles": []},
    {"bundles": {"clock": []}},
    {"bundles": {"clock": {"executables": []}}},
    {"bundles": {"clock": {"ignore": [True]}}},
]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("value", GOOD, ids=json.dumps)
def test_both_take(value: dict[str, Any]) -> None:
    assert (reads(value), VALIDATOR.is_valid(value)) == (True, True)


@pytest.mark.parametrize("value", BAD, ids=json.dumps)
def test_both_refuse(value: dict[str, Any]) -> None:
    assert (reads(value), VALIDATOR.is_valid(value)) == (False, False)


def test_both_know_the_same_keys() -> None:
    """A key that is added to the reader is added to the schema."""
    tables = SCHEMA["properties"]
    inner = tables["lint"]["properties"], SCHEMA["$defs"]["suppression"]["properties"]
    known = {
        (): tables,
        ("lint",): inner[0],
        ("lint", "suppress"): inner[1],
        ("build",): tables["build"]["properties"],
        ("bundles", "*"): tables["bundles"]["additionalProperties"]["properties"],
    }
    assert {keys: set(found) for keys, found in known.items()} == {keys: set(found) for keys, found in _KEYS.items()}


def test_the_example_of_the_documentation_fits() -> None:
    import tomllib  # noqa: PLC0415 - beside its only use

    page = (ROOT / "docs/reference/project-file.md").read_text("utf-8")
    value = tomllib.loads(page.partition("```toml\n")[2].partition("```")[0])
    assert value
    assert list(VALIDATOR.iter_errors(value)) == []


WORDS = [*sorted({key for keys, names in _KEYS.items() for key in (*keys, *names)} - {"*"}), "clock", "extra"]
TEXTS = st.sampled_from([*TARGETS, "PM", "", " ", "\t", "*.psd", "why"])
VALUES = st.recursive(
    TEXTS | st.booleans() | st.integers(-9, 9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=12,
)
TEXT_LISTS = st.lists(TEXTS, max_size=2)
NEAR = st.fixed_dictionaries(
    {},
    optional={
        "targets": TEXT_LISTS,
        "lint": st.fixed_dictionaries(
            {},
            optional={
                "select": TEXT_LISTS,
                "per-path": st.dictionaries(TEXTS, TEXT_LISTS | VALUES, max_size=2),
                "suppress": st.lists(st.dictionaries(st.sampled_from(["id", "path", "reason"]), TEXTS), max_size=2),
            },
        ),
        "build": st.dictionaries(st.sampled_from(["ignore", "executables", "extra"]), TEXT_LISTS, max_size=2),
        "bundles": st.dictionaries(TEXTS, st.dictionaries(st.sampled_from(WORDS), TEXT_LISTS, max_size=1), max_size=2),
    },
)


@settings(deadline=None, max_examples=300)
@given(NEAR | st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=3))
@example({"lint": {"suppress": []}})
def test_both_agree_on_anything(value: dict[str, Any]) -> None:
    assert reads(value) == VALIDATOR.is_valid(value)

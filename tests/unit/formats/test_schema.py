"""The small checker of schemas answers as the package jsonschema does, text for text."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from plugintool.formats.bundle_manifest import VERSIONS, _schema, read_bundle_manifest
from plugintool.formats.schema import _CHECKS, ANNOTATIONS, Violation, is_valid, violations

WHOLE: dict[str, Any] = {
    "manifest_version": "0.3",
    "name": "clock",
    "display_name": "Clock",
    "version": "1.0.0",
    "description": "tells the time",
    "author": {"name": "Acme", "email": "a@acme.test", "url": "https://acme.test"},
    "repository": {"type": "git", "url": "https://acme.test/x.git"},
    "icons": [{"src": "a.png", "size": "16x16"}],
    "localization": {"resources": "x/${locale}.json", "default_locale": "en"},
    "server": {
        "type": "node",
        "entry_point": "x.js",
        "mcp_config": {
            "command": "node",
            "args": ["x"],
            "env": {"A": "b"},
            "platform_overrides": {"win32": {"args": []}},
        },
    },
    "tools": [{"name": "now", "description": "x"}],
    "prompts": [{"name": "p", "text": "x", "arguments": ["a"]}],
    "keywords": ["x"],
    "privacy_policies": ["https://acme.test"],
    "compatibility": {"claude_desktop": ">=1", "platforms": ["darwin"], "runtimes": {"node": ">=18"}},
    "user_config": {"k": {"type": "string", "title": "t", "description": "d", "default": ["a"], "min": 1}},
    "_meta": {"com.acme": {}},
}
VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    1.5,
    "",
    "x",
    "0.1",
    "https://a",
    [],
    ["x"],
    [1],
    {},
    {"x": 1},
    "uv",
    "win32",
]


def keywords_of(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            yield key
            if key == "properties":
                for inner in value.values():
                    yield from keywords_of(inner)
            elif key == "anyOf":
                for inner in value:
                    yield from keywords_of(inner)
            elif key in {"items", "additionalProperties", "if", "then", "else"}:
                yield from keywords_of(value)


def places_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places_in(value[key], (*path, key))


def changed(value: Any, chance: random.Random) -> Any:
    """Return a copy in which one value is another, gone, or has a further member."""
    value = copy.deepcopy(value)
    place = chance.choice([place for place in places_in(value) if place])
    holder = value
    for key in place[:-1]:
        holder = holder[key]
    how = chance.randrange(3)
    if how == 0 and isinstance(holder, dict):
        del holder[place[-1]]
    elif how == 1 and isinstance(holder[place[-1]], dict):
        holder[place[-1]][chance.choice(["x", "zz", "name", "type"])] = chance.choice(VALUES)
    else:
        holder[place[-1]] = chance.choice(VALUES)
    return value


def theirs(value: Any, schema: Any) -> list[tuple[tuple[Any, ...], str, str]]:
    errors = jsonschema.Draft202012Validator(schema).iter_errors(value)
    return [(tuple(error.absolute_path), str(error.validator), error.message) for error in errors]


def ours(value: Any, schema: Any) -> list[tuple[tuple[Any, ...], str, str]]:
    return [(one.pointer, one.keyword, one.message) for one in violations(value, schema)]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_keyword_of_our_schemas_is_known(version: str) -> None:
    assert set(keywords_of(_schema(version))) <= _CHECKS.keys() | ANNOTATIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_the_answers_are_those_of_jsonschema(version: str) -> None:
    """1,200 manifests of which up to four values are wrong."""
    chance, schema = random.Random(version), _schema(version)
    assert isinstance(schema, dict)
    validator = jsonschema.Draft202012Validator(schema)
    broken = 0
    for _ in range(300):
        value = {**WHOLE, "manifest_version": version}
        for _ in range(chance.randint(1, 4)):
            value = changed(value, chance)
        expected = [(tuple(one.absolute_path), str(one.validator), one.message) for one in validator.iter_errors(value)]
        assert sorted(ours(value, schema), key=repr) == sorted(expected, key=repr), json.dumps(value)
        broken += bool(expected)
    assert broken > 150


@pytest.mark.parametrize("value", VALUES)
def test_a_root_of_any_kind_is_judged(value: Any) -> None:
    assert ours(value, _schema("0.3")) == theirs(value, _schema("0.3"))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["string", "null"]},
        {"type": "number"},
        {"const": 1},
        {"const": True},
        {"enum": [0, "x"]},
        {"enum": [False]},
        {"pattern": "x$"},
        {"required": ["x", "y"]},
        {"additionalProperties": {"type": "string"}},
        {"if": {"type": "string"}, "then": {"const": "x"}},
        {"if": {"type": "string"}, "then": {"const": "x"}, "else": {"type": "number"}},
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    ],
)
def test_each_keyword_means_what_the_draft_says(schema: Any) -> None:
    for value in VALUES:
        assert ours(value, schema) == theirs(value, schema), value
        assert is_valid(value, schema) is not bool(theirs(value, schema))


def test_a_boolean_is_a_schema() -> None:
    assert list(violations(1, True)) == []
    assert list(violations(1, False, ("a",))) == [Violation(("a",), "", False, 1, "False schema does not allow 1")]


def test_a_keyword_that_is_not_known_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        list(violations(1, {"minimum": 2}))


def test_values_of_a_file_are_cut_in_messages() -> None:
    manifest = read_bundle_manifest(json.dumps({**WHOLE, "homepage": "x" * 5000}).encode())
    assert max(len(line) for line in manifest.describe()) < 400


def test_reading_a_manifest_imports_no_other_validator(root: Path) -> None:
    code = (
        "import sys\nfrom plugintool.formats.bundle_manifest import read_bundle_manifest\n"
        'assert read_bundle_manifest(b\'{"manifest_version": "0.3"}\').problems\n'
        "print([name for name in sys.modules if name.split('.')[0] in {'jsonschema', 'pydantic'}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "[]\n"

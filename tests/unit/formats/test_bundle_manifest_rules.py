"""Each rule of the four schemas of the bundle manifest is broken once: the problem names the version's own rule.

The cases are read out of the schemas, so that a rule that is added is tried, too.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest

from plugintool.formats.bundle_manifest import VERSIONS, read_bundle_manifest
from plugintool.jsontext import Pointer, pointer_text

Json = Any
WRONG: dict[str, Json] = {
    "string": 7,
    "object": "x",
    "array": "x",
    "boolean": "x",
    "number": "x",
    "integer": "x",
}
"""A value of another type for each type."""


def schema_of(version: str) -> Json:
    path = resources.files("plugintool.formats").joinpath("schemas", f"bundle-manifest-{version}.json")
    return json.loads(path.read_text("utf-8"))


def resolved(schema: Json, node: Json) -> Json:
    """Follow references inside the schema."""
    while isinstance(node, dict) and "$ref" in node:
        node = _at(schema, node["$ref"])
    return node


def _at(schema: Json, reference: str) -> Json:
    found = schema
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def sample(schema: Json, node: Json) -> Json:
    """The smallest value that a part of a schema takes, with every known member of every object."""
    node = resolved(schema, node)
    if "const" in node or "enum" in node:
        return node.get("const", node.get("enum", [None])[0])
    if "anyOf" in node or "oneOf" in node:
        return sample(schema, node.get("anyOf", node.get("oneOf"))[0])
    kind = node.get("type", "object" if "properties" in node else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        members = {name: sample(schema, part) for name, part in node.get("properties", {}).items()}
        extra = node.get("additionalProperties")
        return {**members, **({"any": sample(schema, extra)} if isinstance(extra, dict) and extra else {})}
    if kind == "array":
        return [sample(schema, node.get("items", {"type": "string"}))]
    return _scalar(kind, node)


def _scalar(kind: str, node: Json) -> Json:
    if kind == "string":
        pattern = node.get("pattern", "")
        texts = [
            "16x16",
            "en-US",
            "x",
            "1.0.0",
            "a@b.test",
            "https://acme.test/x",
            "./x.png",
            "_m",
            "image/png",
            "${locale}",
        ]
        import re  # noqa: PLC0415 - beside its only use

        fitting = [text for text in texts if not pattern or re.search(pattern, text)]
        assert fitting, pattern
        return "https://acme.test/x" if node.get("format") == "uri" else fitting[0]
    return {"boolean": True, "number": 1, "integer": 1, "null": None}[kind]


def parts(schema: Json, node: Json, value: Json, pointer: Pointer = ()) -> Iterator[tuple[Pointer, Json]]:
    """Every place of the sample with the part of the schema that is about it."""
    node = resolved(schema, node)
    if "anyOf" in node or "oneOf" in node:
        return
    yield pointer, node
    for name, part in node.get("properties", {}).items():
        if isinstance(value, dict) and name in value:
            yield from parts(schema, part, value[name], (*pointer, name))
    if isinstance(value, list) and value and "items" in node:
        yield from parts(schema, node["items"], value[0], (*pointer, 0))


def full_sample(version: str) -> Json:
    schema = schema_of(version)
    value = sample(schema, schema)
    value.pop("dxt_version", None)
    value["manifest_version"] = version
    return value


def with_value(value: Json, pointer: Pointer, new: Json) -> Json:
    value = copy.deepcopy(value)
    holder = value
    for step in pointer[:-1]:
        holder = holder[step]
    holder[pointer[-1]] = new
    return value


def without(value: Json, pointer: Pointer) -> Json:
    value = copy.deepcopy(value)
    holder = value
    for step in pointer[:-1]:
        holder = holder[step]
    del holder[pointer[-1]]
    return value


def cases(version: str) -> Iterator[tuple[str, str, Pointer, Json]]:
    """Version, what is broken, where, and the manifest with it."""
    schema, value = schema_of(version), full_sample(version)
    for pointer, node in parts(schema, schema, value):
        held = set(node.get("required", ())) - {"manifest_version", "dxt_version"}
        for name in sorted(held):
            yield version, "required", (*pointer, name), without(value, (*pointer, name))
        if pointer and pointer[0] not in {"manifest_version", "dxt_version"}:
            if isinstance(node.get("type"), str) and node["type"] in WRONG:
                yield version, "type", pointer, with_value(value, pointer, WRONG[node["type"]])
            if "enum" in node:
                yield version, "enum", pointer, with_value(value, pointer, "no-such-value")
            if "pattern" in node:
                yield version, "pattern", pointer, with_value(value, pointer, "\n!")
        if node.get("additionalProperties") is False:
            yield version, "additional", (*pointer, "frobnicate"), with_value(value, (*pointer, "frobnicate"), 1)


CASES = [case for version in VERSIONS for case in cases(version)]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_full_sample_is_good(version: str) -> None:
    """Every member that the version knows, at once: without this, a broken case would prove nothing."""
    found = read_bundle_manifest(json.dumps(full_sample(version)).encode())
    assert (found.version, found.problems) == (version, ())


def test_there_are_cases_of_every_kind_in_every_version() -> None:
    kinds = {(version, kind) for version, kind, _, _ in CASES}
    assert {(version, kind) for version in VERSIONS for kind in ("required", "type", "enum")} <= kinds
    assert len(CASES) > 150


@pytest.mark.parametrize(
    ("version", "kind", "pointer", "value"),
    CASES,
    ids=[f"{version} {kind} {pointer_text(pointer)}" for version, kind, pointer, _ in CASES],
)
def test_each_rule_of_the_schema_is_kept(version: str, kind: str, pointer: Pointer, value: Json) -> None:
    """One broken rule, at least one problem, at the place or at the object around it; its line leads there."""
    data = json.dumps(value, indent=1).encode()
    found = read_bundle_manifest(data)
    assert found.version == version
    around = pointer if kind in {"type", "enum", "pattern"} else pointer[:-1]
    places = [problem.pointer for problem in found.problems]
    assert places, (kind, pointer)
    assert any(place[: len(around)] == around or around[: len(place)] == place for place in places)
    lines = [line for line in found.describe() if line.startswith("line ")]
    assert len(lines) == len([place for place in places if place])
    assert all(len(problem.message) < 500 for problem in found.problems)

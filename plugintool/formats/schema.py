"""Check a JSON value against a JSON Schema, for the few keywords that our own schemas use.

Known: ``type``, ``properties``, ``additionalProperties``, ``required``, ``items``, ``const``, ``enum``, ``pattern``,
``anyOf``, ``if`` with ``then`` and ``else``. They mean what draft 2020-12 says, and the messages are those of the
package jsonschema, with which a test compares every answer; importing that package costs more than a whole build.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TypeAlias

from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue, Pointer


@dataclass(frozen=True, slots=True)
class Violation:
    """What a value breaks: where, the keyword with its value in the schema, the value itself, and a message."""

    pointer: Pointer
    keyword: str
    asked: JsonValue
    value: JsonValue
    message: str


_Check: TypeAlias = Callable[[JsonValue, JsonValue, JsonObject, Pointer], Iterator[Violation]]
ANNOTATIONS = frozenset({"$schema", "$id", "$comment", "title", "description", "then", "else"})
"""Members of a schema that check nothing by themselves."""
_TYPES: dict[str, Callable[[JsonValue], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}


def violations(value: JsonValue, schema: JsonValue, pointer: Pointer = ()) -> Iterator[Violation]:
    """Yield everything that ``value`` breaks, in the order of the members of ``schema``.

    Args:
        value: any JSON value.
        schema: an object of known keywords, or a boolean.
        pointer: where the value stands; those of the violations begin with it.

    Raises:
        KeyError: the schema has a keyword that is not known here.
    """
    if not isinstance(schema, dict):
        if schema is False:
            yield Violation(pointer, "", schema, value, f"False schema does not allow {value!r}")
        return
    for keyword, asked in schema.items():
        if keyword not in ANNOTATIONS:
            yield from _CHECKS[keyword](value, asked, schema, pointer)


def is_valid(value: JsonValue, schema: JsonValue) -> bool:
    """Whether a value breaks nothing."""
    return next(violations(value, schema), None) is None


def _type(value: JsonValue, asked: JsonValue, _: JsonObject, pointer: Pointer) -> Iterator[Violation]:
    names = asked if isinstance(asked, list) else [asked]
    if not any(_TYPES[str(name)](value) for name in names):
        shown = ", ".join(repr(name) for name in names)
        yield Violation(pointer, "type", asked, value, f"{value!r} is not of type {shown}")


def _properties(value: JsonValue, asked: JsonValue, _: JsonObject, pointer: Pointer) -> Iterator[Violation]:
    assert isinstance(asked, dict)
    if isinstance(value, dict):
        for key, schema in asked.items():
            if key in value:
                yield from violations(value[key], schema, (*pointer, key))


def _additional(value: JsonValue, asked: JsonValue, schema: JsonObject, pointer: Pointer) -> Iterator[Violation]:
    known = schema.get("properties", {})
    assert isinstance(known, dict)
    further = [key for key in value if key not in known] if isinstance(value, dict) else []
    if asked is False and further:
        shown = f"{', '.join(map(repr, sorted(further)))} {'was' if len(further) == 1 else 'were'} unexpected"
        message = f"Additional properties are not allowed ({shown})"
        yield Violation(pointer, "additionalProperties", asked, value, message)
    elif isinstance(asked, dict) and isinstance(value, dict):
        for key in further:
            yield from violations(value[key], asked, (*pointer, key))


def _required(value: JsonValue, asked: JsonValue, _: JsonObject, pointer: Pointer) -> Iterator[Violation]:
    assert isinstance(asked, list)
    if isinstance(value, dict):
        for key in asked:
            if key not in value:
                yield Violation(pointer, "required", asked, value, f"{key!r} is a required property")


def _items(value: JsonValue, asked: JsonValue, _: JsonObject, pointer: Pointer) -> Iterator[Violation]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from violations(item, asked, (*pointer, index))


def _const(value: JsonValue, asked: JsonValue, _: JsonObject, pointer: Pointer) -> Iterator[Violation]:
    if not _is_same(value, asked):
        yield Violation(pointer, "const", asked, value, f"{asked!r} was expected")


def _enum(value: JsonValue, asked: JsonValue, _: JsonObject, pointer: Pointer) -> Iterator[Violation]:
    assert isinstance(asked, list)
    if not any(_is_same(value, item) for item in asked):
        yield Violation(pointer, "enum", asked, value, f"{value!r} is not one of {asked!r}")


def _pattern(value: JsonValue, asked: JsonValue, _: JsonObject, pointer: Pointer) -> Iterator[Violation]:
    if isinstance(value, str) and not _compiled(str(asked)).search(value):
        yield Violation(pointer, "pattern", asked, value, f"{value!r} does not match {asked!r}")


def _any_of(value: JsonValue, asked: JsonValue, _: JsonObject, pointer: Pointer) -> Iterator[Violation]:
    assert isinstance(asked, list)
    if not any(is_valid(value, schema) for schema in asked):
        message = f"{value!r} is not valid under any of the given schemas"
        yield Violation(pointer, "anyOf", asked, value, message)


def _if(value: JsonValue, asked: JsonValue, schema: JsonObject, pointer: Pointer) -> Iterator[Violation]:
    branch = "then" if is_valid(value, asked) else "else"
    yield from violations(value, schema.get(branch, True), pointer)


_CHECKS: dict[str, _Check] = {
    "type": _type,
    "properties": _properties,
    "additionalProperties": _additional,
    "required": _required,
    "items": _items,
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "anyOf": _any_of,
    "if": _if,
}


def _is_same(value: JsonValue, other: JsonValue) -> bool:
    """Python takes True for 1; JSON does not. Our schemas compare with texts only, so depth is no matter."""
    return value == other and isinstance(value, bool) is isinstance(other, bool)


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)

"""Shapes of foreign objects: which members are required, what each must be, whether others are allowed.

One table a format, read by the rules that judge it; a table is data with its source, so that it can follow the client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from plugintool.frozen import dataclass, field
from plugintool.jsontext import JsonValue, Pointer
from plugintool.lint import values
from plugintool.lint.values import Test, kind_of


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object: its test, and what the test wants in words."""

    test: Test
    wanted: str


TEXT = Member(values.is_text, "a text")
FILLED = Member(values.is_filled, "a text that is not empty")
FLAG = Member(values.is_flag, "true or false")
NUMBER = Member(values.is_number, "a number")
POSITIVE = Member(values.is_positive, "a number above 0")
POSITIVE_WHOLE = Member(lambda value: values.is_whole(value) and values.is_positive(value), "a whole number above 0")
TEXTS = Member(values.is_text_list, "a list of texts")
TEXT_MAP = Member(values.is_text_map, "an object of texts")
OBJECT = Member(values.is_object, "an object")


def choice(*allowed: str) -> Member:
    """Return a member that is one of some texts."""
    return Member(values.one_of(*allowed), " or ".join(allowed))


@dataclass(frozen=True, slots=True)
class Shape:
    """An object: required and optional members; ``strict`` allows no others."""

    required: Mapping[str, Member]
    optional: Mapping[str, Member] = field(default_factory=dict)
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Misfit:
    """One way in which a value does not fit: where, and what is wrong in words."""

    pointer: Pointer
    message: str


def misfits(value: JsonValue, shape: Shape, pointer: Pointer = ()) -> Iterator[Misfit]:
    """Yield everything in which ``value`` does not fit ``shape``."""
    if not isinstance(value, dict):
        yield Misfit(pointer, f"is {kind_of(value)}, expected an object")
        return
    for key in shape.required:
        if key not in value:
            yield Misfit(pointer, f"has no `{key}`")
    for key, member in {**shape.required, **shape.optional}.items():
        if key in value and not member.test(value[key]):
            place = _deeper(value[key], member)
            yield Misfit((*pointer, key, *place), f"`{key}` is {_shown(value[key], member)}, expected {member.wanted}")
    if shape.strict:
        for key in value.keys() - shape.required.keys() - shape.optional.keys():
            near = values.nearest(key, {**shape.required, **shape.optional})
            yield Misfit((*pointer, key), f"has the unknown key `{key}`" + (f"; did you mean {near}?" if near else ""))


def _deeper(value: JsonValue, member: Member) -> Pointer:
    """The place of the first wrong value inside a list or map of texts."""
    if member is TEXTS and isinstance(value, list):
        return (next(index for index, item in enumerate(value) if not isinstance(item, str)),)
    if member is TEXT_MAP and isinstance(value, dict):
        return (next(key for key, item in value.items() if not isinstance(item, str)),)
    return ()


def _shown(value: JsonValue, member: Member) -> str:
    if member in {TEXTS, TEXT_MAP} or isinstance(value, (dict, list)) or value is None:
        return kind_of(value)
    return repr(value) if len(repr(value)) <= 60 else kind_of(value)  # noqa: PLR2004 - what fits a line

"""Look into a foreign JSON value: what is of the wanted kind counts, anything else is as if it were not there.

For readers that must not stop at a wrong kind, because something else speaks of that: rules of lint, a schema.
"""

from __future__ import annotations

from typing import Final

from plugintool.jsontext import JsonObject, JsonValue

_SHOWN_CHARACTERS: Final = 200


def text_of(value: JsonValue) -> str:
    """Return a text; empty for everything else."""
    return value if isinstance(value, str) else ""


def object_of(value: JsonValue) -> JsonObject:
    """Return an object; an empty one for everything else."""
    return value if isinstance(value, dict) else {}


def items_of(value: JsonValue) -> list[JsonValue]:
    """Return a list; an empty one for everything else."""
    return value if isinstance(value, list) else []


def texts_of(value: JsonValue) -> tuple[str, ...]:
    """Return the texts of a list, in order; what else is in it is left out."""
    return tuple(item for item in items_of(value) if isinstance(item, str))


def shown(value: JsonValue) -> str:
    """Return a value for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."

"""JSON that looks like a hook of PreToolUse or PermissionRequest in a place from which no hook is loaded.

Such a hook may be what guards the permissions declared beside it. Since 2.1.330 the genuine client therefore refuses
the plugin, wherever in the file it stands (measured, November 2026).
"""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.jsontext import JsonObject, JsonValue
from plugintool.lint.known import EVENTS, GUARDS

HOOKS_ALONE = frozenset({"hooks"})
"""The member of a hooks file that is meant to hold guards."""
_DEPTH = 4
"""How many lists and objects deep the client looks."""


def is_group(value: JsonObject) -> bool:
    """Whether an object is a group of handlers rather than a map of events."""
    return bool(isinstance(value.get("hooks"), list) and value["hooks"]) and (
        "matcher" in value or EVENTS.isdisjoint(value)
    )


def holds_guard(value: JsonValue, *, groups: bool, depth: int = 1) -> bool:
    """Whether a value holds a guard.

    Args:
        value: what is searched.
        groups: a group of handlers counts as one, too; it does not below the name of an event.
        depth: how deep the value itself stands.
    """
    if depth > _DEPTH or not isinstance(value, (dict, list)):
        return False
    if isinstance(value, list):
        return any(holds_guard(item, groups=groups, depth=depth + 1) for item in value)
    if any(key in value and is_filled(value[key]) for key in GUARDS) or (groups and is_group(value)):
        return True
    return any(holds_guard(item, groups=groups and key not in EVENTS, depth=depth + 1) for key, item in value.items())


def is_filled(value: JsonValue) -> bool:
    """Whether the value of a guard promises anything: null and an empty list do not."""
    return value is not None and value != []


def strays(value: JsonObject, known: frozenset[str]) -> Iterator[str]:
    """Yield the keys of an object that are guards, or hold some, but those that are ``known`` to hold other things."""
    for key, item in value.items():
        if key not in known and holds_guard({key: item}, groups=True, depth=0):
            yield key

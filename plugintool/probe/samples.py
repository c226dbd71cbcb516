"""Sample events of hooks: what the client writes to the stdin of a hook, one for each event, kept as data.

``hook_samples.json`` holds the members of each event, of each tool, and its source. ``${cwd}`` and ``${transcript}``
stand for paths of the place in which the hook runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib import resources

from plugintool import jsontext
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.jsonvalue import object_of

_NAME = "hook_samples.json"
_EXACT = re.compile(r"[A-Za-z0-9_\-,| ]*")
_SEPARATORS = re.compile(r"[|,]")


def events() -> tuple[str, ...]:
    """Return the events of which there is a sample."""
    return tuple(_part("events"))


def sample_of(event: str, matcher: str, *, cwd: str, transcript: str) -> JsonObject | None:
    """Return a sample event that ``matcher`` lets through.

    Args:
        event: its name.
        matcher: of the hook; the sample is made so that it matches, as far as a name can be found for it.
        cwd: the working directory of the imagined session.
        transcript: its transcript file.

    Returns:
        The event, or None when it is not known.
    """
    described = _part("events").get(event)
    if not isinstance(described, dict):
        return None
    fields, matched = described["fields"], described["matched"]
    assert isinstance(fields, dict)
    assert isinstance(matched, str)
    sample: JsonObject = {**_part("common"), "hook_event_name": event, **fields}
    if matched == "tool_name":
        name = _matching(matcher, _part("tools")) or str(fields[matched])
        parts = object_of(_part("tools").get(name))
        sample |= {key: parts.get(key, {}) for key in ("tool_input", "tool_response") if key in fields}
        sample[matched] = name
    elif matched:
        sample[matched] = _matching(matcher, (str(fields[matched]),)) or fields[matched]
    return _filled(sample, {"${cwd}": cwd, "${transcript}": transcript})


def _matching(matcher: str, known: Iterable[str]) -> str:
    """Return a name that a matcher lets through: one of ``known``, else the first that it spells out; empty if none.

    Only letters, digits and ``_ - , |`` are a list of names, everything else is a regular expression without anchors.
    """
    if matcher in {"", "*"}:
        return ""
    if _EXACT.fullmatch(matcher):
        names = [name.strip() for name in _SEPARATORS.split(matcher) if name.strip()]
        return next((name for name in known if name in names), names[0] if names else "")
    try:
        pattern = re.compile(matcher)
    except re.error:  # one of JavaScript's own; lint speaks of broken ones
        return ""
    candidates = (*known, matcher.replace(".*", "sample"))
    return next((name for name in candidates if pattern.search(name)), "")


def _filled(value: JsonValue, paths: dict[str, str]) -> JsonObject:
    """Replace the placeholders inside the texts of an object."""
    text = json.dumps(value)
    for name, path in paths.items():
        text = text.replace(name, json.dumps(path)[1:-1])
    filled = jsontext.read(text.encode()).value  # a matcher may hold what the strict reader refuses
    assert isinstance(filled, dict)
    return filled


def _part(key: str) -> JsonObject:
    part = _document()[key]
    assert isinstance(part, dict)
    return part


@cache
def _document() -> JsonObject:
    data = resources.files("plugintool.probe").joinpath(_NAME).read_bytes()
    document = jsontext.read_strict(data, path=_NAME)
    assert isinstance(document, dict)
    return document

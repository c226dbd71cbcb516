"""For any JSON text: an addition is exactly one addition, and no other byte changes."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.scaffold.merge import add_hooks, add_item, add_member, add_servers

VISIBLE = st.characters(exclude_categories=["C"])
KEYS = st.text(VISIBLE, max_size=6)
SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(VISIBLE)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=4)
BLANKS = st.text(" \n\t", max_size=3)


class Style(NamedTuple):
    """How a file is laid out: indent as ``json.dumps`` takes it, line end, blanks before and after."""

    indent: int | str | None
    end: str
    around: str


STYLES = st.builds(Style, st.sampled_from([None, 1, 2, 4, "\t"]), st.sampled_from(["\n", "\r\n"]), BLANKS)


def write(value: Any, style: Style) -> bytes:
    text = json.dumps(value, indent=style.indent, ensure_ascii=False)
    return (style.around + text.replace("\n", style.end) + style.around).encode()


def kept_around(before: bytes, after: bytes) -> bool:
    """Whether ``after`` is ``before`` with something put in at one place, blanks at that place aside."""
    start = 0
    while start < len(before) and before[start] == after[start]:
        start += 1
    end = 0
    while end < len(before) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return not before[start : len(before) - end].strip()


@settings(deadline=None)
@given(OBJECTS, KEYS, VALUES, STYLES)
def test_a_member_is_added_and_nothing_else_changes(before: dict[str, Any], key: str, value: Any, style: Style) -> None:
    before.pop(key, None)
    data = write(before, style)
    after = add_member(data, (), key, value, path="f")
    assert json.loads(after) == before | {key: value}
    assert list(json.loads(after)) == [*before, key]
    assert kept_around(data, after)


@settings(deadline=None)
@given(OBJECTS, KEYS, st.lists(VALUES, max_size=3), VALUES, STYLES)
def test_an_item_is_added_at_any_depth(
    around: dict[str, Any], key: str, items: list[Any], value: Any, style: Style
) -> None:
    before = {"outer": around | {key: items}}
    data = write(before, style)
    after = add_item(data, ("outer", key), value, path="f")
    assert json.loads(after) == {"outer": around | {key: [*items, value]}}
    assert kept_around(data, after)


@settings(deadline=None)
@given(st.dictionaries(KEYS, st.lists(OBJECTS, max_size=2), max_size=3), STYLES)
def test_adding_hooks_twice_is_adding_them_once(events: dict[str, Any], style: Style) -> None:
    addition: Any = {"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "our own command"}]}]}}
    once = add_hooks(write({"hooks": events}, style), addition, path="f")
    assert json.loads(once)["hooks"]["Stop"][:-1] == events.get("Stop", [])
    assert add_hooks(once, addition, path="f") == once


@settings(deadline=None)
@given(OBJECTS, STYLES)
def test_every_server_that_was_there_stays(servers: dict[str, Any], style: Style) -> None:
    addition: Any = {"mcpServers": {"our-server": {"type": "http", "url": "https://x.test"}}}
    after = add_servers(write({"mcpServers": servers}, style), addition, path="f")
    assert json.loads(after) == {"mcpServers": addition["mcpServers"] | servers}

"""Add to JSON files that exist, without touching anything else in them.

The text is edited, not the value written anew: order, indents, line ends and every other byte stay as the author has
them. What is added follows the indent of the file. Each function takes and returns the bytes of a whole file and
returns them unchanged when there was nothing to add. A file with any flaw (syntax, duplicate keys, a byte order mark)
is refused, because its meaning is not the same for all readers.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from plugintool import jsontext
from plugintool.errors import InputError
from plugintool.jsontext import JsonObject, JsonValue, Pointer

_INDENT = re.compile(r"\n([ \t]+)[^\s\]}]")
_DECODER = json.JSONDecoder()


def add_member(data: bytes, pointer: Pointer, key: str, value: JsonValue, *, path: str) -> bytes:
    """Add ``key`` as last member of the object at ``pointer``, which must not have it yet.

    Raises:
        MalformedFileError: the file is no flawless JSON text.
    """
    document = _Document.parse(data, path)
    return document.insert(pointer, f"{json.dumps(key, ensure_ascii=False)}: ", value)


def add_item(data: bytes, pointer: Pointer, value: JsonValue, *, path: str) -> bytes:
    """Add ``value`` as last item of the list at ``pointer``."""
    return _Document.parse(data, path).insert(pointer, "", value)


def add_hooks(data: bytes, addition: JsonObject, *, path: str) -> bytes:
    """Add the hook groups of ``addition``, a whole ``hooks.json``, to the file ``data``.

    A group whose commands all run for that event already is not added.

    Raises:
        InputError: the file has another shape than an object of events that are lists.
    """
    events = addition["hooks"]
    assert isinstance(events, dict)
    for event, groups in events.items():
        assert isinstance(groups, list)
        for group in groups:
            data = _add_group(data, event, group, path=path)
    return data


def add_servers(data: bytes, addition: JsonObject, *, path: str) -> bytes:
    """Add the servers of ``addition``, a whole ``.mcp.json``, to the file ``data``.

    A server whose name is there stays as it is. A file without ``mcpServers`` member is a bare map of servers.

    Raises:
        InputError: the file is no object of servers.
    """
    servers = addition["mcpServers"]
    assert isinstance(servers, dict)
    for name, server in servers.items():
        root = _object(_Document.parse(data, path).value, (), path)
        if not root:
            data = add_member(data, (), "mcpServers", {}, path=path)
        place: Pointer = ("mcpServers",) if not root or "mcpServers" in root else ()
        known = _object(root.get("mcpServers", {}), place, path) if place else root
        if name not in known:
            data = add_member(data, place, name, server, path=path)
    return data


def add_server_reference(data: bytes, reference: str, *, path: str) -> bytes:
    """Make ``mcpServers`` of the plugin manifest ``data`` name a bundle, beside what it names already."""
    document = _Document.parse(data, path)
    root = _object(document.value, (), path)
    if "mcpServers" not in root:
        return add_member(data, (), "mcpServers", reference, path=path)
    named = root["mcpServers"]
    if named == reference or (isinstance(named, list) and reference in named):
        return data
    if isinstance(named, list):
        return add_item(data, ("mcpServers",), reference, path=path)
    return document.enclose(("mcpServers",), reference)


def _add_group(data: bytes, event: str, group: JsonValue, *, path: str) -> bytes:
    root = _object(_Document.parse(data, path).value, (), path)
    if "hooks" not in root:
        if "modules" in root:
            raise InputError("the hooks of this file come from a module, so events cannot be added", path=path)
        return add_member(data, (), "hooks", {event: [group]}, path=path)
    events = _object(root["hooks"], ("hooks",), path)
    if event not in events:
        return add_member(data, ("hooks",), event, [group], path=path)
    groups = events[event]
    if not isinstance(groups, list):
        raise InputError("not a list", path=path, field=jsontext.pointer_text(("hooks", event)))
    if _commands(group) <= {command for known in groups for command in _commands(known)}:
        return data
    return add_item(data, ("hooks", event), group, path=path)


def _commands(group: JsonValue) -> set[str]:
    handlers = group.get("hooks") if isinstance(group, dict) else None
    if not isinstance(handlers, list):
        return set()
    return {str(handler.get("command", "")) for handler in handlers if isinstance(handler, dict)}


def _object(value: JsonValue, pointer: Pointer, path: str) -> JsonObject:
    if not isinstance(value, dict):
        raise InputError("not a JSON object", path=path, field=jsontext.pointer_text(pointer))
    return value


@dataclass(frozen=True, slots=True)
class _Document:
    """A flawless JSON text that can be edited; ``newline`` and ``indent`` are those the file uses."""

    text: str
    value: JsonValue
    newline: str
    indent: str

    @classmethod
    def parse(cls, data: bytes, path: str) -> _Document:
        value = jsontext.read_strict(data, path=path)
        text = data.decode()
        found = _INDENT.search(text)
        return cls(text, value, "\r\n" if "\r\n" in text else "\n", found[1] if found else "  ")

    def insert(self, pointer: Pointer, label: str, value: JsonValue) -> bytes:
        """Put ``label`` and ``value`` before the closing bracket of the container at ``pointer``."""
        start, end = self._span(pointer)
        closing = end - 1
        content_end = start + len(self.text[start:closing].rstrip())
        is_empty = content_end == start + 1
        comma = "" if is_empty else ","
        if not is_empty and "\n" not in self.text[start:closing]:
            added = f"{comma} {label}{json.dumps(value, ensure_ascii=False)}"
            return (self.text[:content_end] + added + self.text[content_end:]).encode()
        outer = self.newline + self.indent * len(pointer)
        added = f"{comma}{outer}{self.indent}{label}{self._pretty(value, len(pointer) + 1)}{outer}"
        return (self.text[:content_end] + added + self.text[closing:]).encode()

    def enclose(self, pointer: Pointer, further: JsonValue) -> bytes:
        """Make the value at ``pointer`` a list of itself and ``further``."""
        start, end = self._span(pointer)
        added = json.dumps(further, ensure_ascii=False)
        return f"{self.text[:start]}[{self.text[start:end]}, {added}]{self.text[end:]}".encode()

    def _span(self, pointer: Pointer) -> tuple[int, int]:
        """Return the offsets of the first character of the value at ``pointer`` and of what follows the value."""
        line, column = jsontext.locate(self.text, pointer)
        start = sum(len(before) for before in self.text.split("\n")[: line - 1]) + line - 1 + column - 1
        if pointer and isinstance(pointer[-1], str):
            after_key = _DECODER.raw_decode(self.text, start)[1]
            start = re.compile(r"\s*:\s*").match(self.text, after_key).end()  # type: ignore[union-attr]
        return start, _DECODER.raw_decode(self.text, start)[1]

    def _pretty(self, value: JsonValue, depth: int) -> str:
        lines = json.dumps(value, indent=self.indent, ensure_ascii=False).split("\n")
        return (self.newline + self.indent * depth).join(lines)

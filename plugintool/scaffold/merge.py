"""Add to JSON files that exist, without touching anything else in them.

The text is edited by ``jsonedit``, not written anew. Each function takes and returns the bytes of a whole file and
returns them unchanged when there was nothing to add. A file with any flaw (syntax, duplicate keys, a byte order mark)
is refused.
"""

from __future__ import annotations

from plugintool import jsontext
from plugintool.errors import InputError
from plugintool.jsonedit import Document, splice
from plugintool.jsontext import JsonObject, JsonValue, Pointer


def add_member(data: bytes, pointer: Pointer, key: str, value: JsonValue, *, path: str) -> bytes:
    """Add ``key`` as last member of the object at ``pointer``, which must not have it yet.

    Raises:
        MalformedFileError: the file is no flawless JSON text.
    """
    return splice(data, [Document.parse(data, path=path).add_member(pointer, key, value)])


def add_item(data: bytes, pointer: Pointer, value: JsonValue, *, path: str) -> bytes:
    """Add ``value`` as last item of the list at ``pointer``."""
    return splice(data, [Document.parse(data, path=path).add_item(pointer, value)])


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
        root = _object(Document.parse(data, path=path).value, (), path)
        if not root:
            data = add_member(data, (), "mcpServers", {}, path=path)
        place: Pointer = ("mcpServers",) if not root or "mcpServers" in root else ()
        known = _object(root.get("mcpServers", {}), place, path) if place else root
        if name not in known:
            data = add_member(data, place, name, server, path=path)
    return data


def add_server_reference(data: bytes, reference: str, *, path: str) -> bytes:
    """Make ``mcpServers`` of the plugin manifest ``data`` name a bundle, beside what it names already."""
    document = Document.parse(data, path=path)
    root = _object(document.value, (), path)
    if "mcpServers" not in root:
        return add_member(data, (), "mcpServers", reference, path=path)
    named = root["mcpServers"]
    if named == reference or (isinstance(named, list) and reference in named):
        return data
    if isinstance(named, list):
        return add_item(data, ("mcpServers",), reference, path=path)
    return splice(data, [document.enclose(("mcpServers",), reference)])


def _add_group(data: bytes, event: str, group: JsonValue, *, path: str) -> bytes:
    root = _object(Document.parse(data, path=path).value, (), path)
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

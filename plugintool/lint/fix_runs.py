"""Repairs of what runs: hooks, MCP servers, and the programs that they start."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from plugintool.jsonedit import Splice
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.lint import values
from plugintool.lint.fix import Edit, Execute, Fix, Replace
from plugintool.lint.fix_json import document_of, edited, renamed, replaced, value_at
from plugintool.plugin.model import Plugin
from plugintool.relpath import RelPath
from plugintool.report import Finding

_ROOT = "${CLAUDE_PLUGIN_ROOT}"
_STREAMABLE = re.compile(r"streamable", re.IGNORECASE)
_INTERPRETERS = {
    "": "/bin/sh",
    ".sh": "/bin/sh",
    ".bash": "/usr/bin/env bash",
    ".zsh": "/usr/bin/env zsh",
    ".py": "/usr/bin/env python3",
    ".js": "/usr/bin/env node",
    ".mjs": "/usr/bin/env node",
    ".cjs": "/usr/bin/env node",
    ".rb": "/usr/bin/env ruby",
    ".pl": "/usr/bin/env perl",
}


def events_wrapped(known: Collection[str]) -> Fix:
    """Make the repair that puts ``hooks`` around a file that is a map of ``known`` events and nothing else."""

    def fix(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
        place = finding.location
        document = document_of(plugin, place.path)
        value = document.value if document else None
        if document and place.pointer == () and isinstance(value, dict) and value and value.keys() <= set(known):
            yield from edited(place.path, document.wrap((), ["{", '"hooks": '], closing="}"))

    return fix


def handler_grouped(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Put a handler that stands in the place of a group into one, and a group that stands alone into a list."""
    place = finding.location
    document = document_of(plugin, place.path)
    value = value_at(document.value, place.pointer) if document else None
    if document is None or not isinstance(value, dict) or not place.pointer:
        return
    is_group, is_handler = isinstance(value.get("hooks"), list), "type" in value and "hooks" not in value
    if isinstance(place.pointer[-1], str):  # the place of the list of groups
        if is_group or is_handler:
            yield from edited(place.path, document.replace(place.pointer, [value if is_group else _group(value)]))
    elif is_handler and place.pointer[-2:-1] != ("hooks",):
        yield from edited(place.path, document.replace(place.pointer, _group(value)))


def _group(handler: JsonObject) -> JsonObject:
    inner: JsonValue = {key: value for key, value in handler.items() if key != "matcher"}
    return {**({"matcher": handler["matcher"]} if "matcher" in handler else {}), "hooks": [inner]}


def unwrapped(key: str) -> Fix:
    """Make the repair that takes one of two ``key`` around inline values away, where nothing else stands beside it."""

    def fix(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
        place = finding.location
        document = document_of(plugin, place.path)
        outer = place.pointer[:-1] if len(place.pointer) > 1 and place.pointer[-1] == key else place.pointer
        value = value_at(document.value, outer) if document else None
        if document and outer and isinstance(value, dict) and list(value) == [key]:
            yield from edited(place.path, document.unwrap(outer, (*outer, key)))

    return fix


def root_quoted(command: JsonValue) -> JsonValue:
    """Return a shell command with every plugin root that stands outside of quotes in double quotes."""
    if not isinstance(command, str):
        return None
    parts, quote, index = [], "", 0
    while index < len(command):
        char = command[index]
        step = 1
        if char == "\\" and quote != "'":
            step = 2
        elif char == quote:
            quote = ""
        elif not quote and char in "\"'":
            quote = char
        elif not quote and command.startswith(_ROOT, index):
            step = len(_ROOT)
        text = command[index : index + step]
        parts.append(f'"{text}"' if text == _ROOT else text)
        index += step
    return "".join(parts)


def type_added(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Give a server the ``type`` that its address means."""
    place = finding.location
    document = document_of(plugin, place.path)
    server = value_at(document.value, place.pointer) if document else None
    url = server.get("url") if isinstance(server, dict) and "type" not in server else None
    if document and isinstance(url, str):
        scheme, path = url.partition(":")[0].lower(), url.partition("?")[0].rstrip("/")
        kind = "ws" if scheme in {"ws", "wss"} else "sse" if path.endswith("/sse") else "http"
        yield from edited(place.path, document.add_first_member(place.pointer, "type", kind))


def type_corrected(known: Collection[str]) -> Fix:
    """Make the repair that calls ``transport`` ``type``, and an unknown type the one of ``known`` that it means."""

    def change(kind: JsonValue) -> JsonValue:
        if not isinstance(kind, str):
            return None
        return "http" if _STREAMABLE.match(kind) else values.sole_near(kind.replace("_", "-"), known) or None

    def fix(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
        is_key = finding.location.pointer[-1:] == ("transport",)
        yield from (renamed(lambda _: "type") if is_key else replaced(change))(plugin, finding)

    return fix


def encrypted(url: JsonValue) -> JsonValue:
    """Return an address with https for http, wss for ws."""
    found = re.match(r"(http|ws)(:.*)\Z", url, re.IGNORECASE | re.DOTALL) if isinstance(url, str) else None
    return f"{found[1].lower()}s{found[2]}" if found else None


def servers_wrapped(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Put ``mcpServers`` around a file that is a map of servers, or take one of two away in the manifest."""
    place = finding.location
    document = document_of(plugin, place.path)
    value = document.value if document else None
    if place.pointer:
        yield from unwrapped("mcpServers")(plugin, finding)
    elif document and isinstance(value, dict) and all(isinstance(server, dict) for server in value.values()):
        yield from edited(place.path, document.wrap((), ["{", '"mcpServers": '], closing="}"))


def servers_mapped(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Make an object of a list of servers that each have a name of their own."""
    place = finding.location
    document = document_of(plugin, place.path)
    found = value_at(document.value, place.pointer) if document else None
    servers: JsonObject = {}
    for item in found if isinstance(found, list) else ():
        name = item.get("name") if isinstance(item, dict) else None
        if isinstance(item, dict) and isinstance(name, str) and name and name not in servers:
            servers[name] = {key: value for key, value in item.items() if key != "name"}
    if document and isinstance(found, list) and found and len(servers) == len(found):
        value: JsonObject = servers if place.pointer else {"mcpServers": servers}
        yield from edited(place.path, document.replace(place.pointer, value))


def made_executable(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Set the execute bits of a program."""
    del plugin
    yield Execute(RelPath(finding.location.path))


def line_ends_converted(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Save a script with LF line ends."""
    data = plugin.read(finding.location.path) or b""
    if data.startswith(b"#!") and b"\r\n" in data and b"\0" not in data:
        whole = Splice(0, len(data), data.replace(b"\r\n", b"\n"))
        yield Replace(RelPath(finding.location.path), whole)


def shebang_added(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Name the interpreter that the ending of a script's name means; a script without one is for the shell."""
    path = RelPath(finding.location.path)
    data = plugin.read(path)
    name = path.rpartition("/")[2]
    interpreter = _INTERPRETERS.get(f".{name.rpartition('.')[2]}".lower() if "." in name else "")
    if data and interpreter and b"\0" not in data and not data.startswith((b"#!", b"\xef\xbb\xbf")):
        yield Replace(path, Splice(0, 0, f"#!{interpreter}\n".encode()))

"""Repairs of what runs: hooks, MCP servers, and the programs that they start."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from plugintool.jsonedit import Splice
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.lint import values
from plugintool.lint.fix import Edit, Fix, Mode, Replace
from plugintool.lint.fix_json import Spot, on_json, renamed, replaced, value_at
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.relpath import RelPath
from plugintool.report import Finding
from plugintool.tree.copy import looks_executable

_DIRECTORY = pattern(
    r"\$\{CLAUDE_(?:PLUGIN_ROOT|PLUGIN_DATA|PROJECT_DIR)\}|\$CLAUDE_(?:PLUGIN_ROOT|PLUGIN_DATA|PROJECT_DIR)\b"
)
"""The directories that the client puts into a hook's command, in both spellings of the shell."""
_STREAMABLE = pattern(r"streamable", re.IGNORECASE)
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

    def splices(spot: Spot) -> Iterator[Splice]:
        """Put ``hooks`` around a file that is a map of events and nothing else."""
        value = spot.value
        if spot.pointer == () and isinstance(value, dict) and value and value.keys() <= set(known):
            yield spot.document.wrap((), ["{", '"hooks": '], closing="}")

    return on_json(splices)


@on_json
def handler_grouped(spot: Spot) -> Iterator[Splice]:
    """Put a handler that stands in the place of a group into one, and a group that stands alone into a list."""
    value = spot.value
    if not isinstance(value, dict) or not spot.pointer:
        return
    is_group, is_handler = isinstance(value.get("hooks"), list), "type" in value and "hooks" not in value
    if spot.key:  # the place of the list of groups
        if is_group or is_handler:
            yield spot.document.replace(spot.pointer, [value if is_group else _group(value)])
    elif is_handler and spot.pointer[-2:-1] != ("hooks",):
        yield spot.document.replace(spot.pointer, _group(value))


def _group(handler: JsonObject) -> JsonObject:
    inner: JsonValue = {key: value for key, value in handler.items() if key != "matcher"}
    return {**({"matcher": handler["matcher"]} if "matcher" in handler else {}), "hooks": [inner]}


def unwrapped(key: str) -> Fix:
    """Make the repair that takes one of two ``key`` around inline values away, where nothing else stands beside it."""

    def splices(spot: Spot) -> Iterator[Splice]:
        yield from _unwrapped(spot, key)

    splices.__doc__ = f"Take one of two ``{key}`` around inline values away, where nothing else stands beside it."
    return on_json(splices)


def _unwrapped(spot: Spot, key: str) -> Iterator[Splice]:
    outer = spot.pointer[:-1] if len(spot.pointer) > 1 and spot.key == key else spot.pointer
    value = value_at(spot.document.value, outer)
    if outer and isinstance(value, dict) and list(value) == [key]:
        yield spot.document.unwrap(outer, (*outer, key))


def unquoted(command: str) -> Iterator[re.Match[str]]:
    """Yield every directory that stands outside of quotes in a shell command, one after the other."""
    quote, index = "", 0
    while index < len(command):
        char = command[index]
        found = _DIRECTORY.match(command, index) if char == "$" and not quote else None
        if char == "\\" and quote != "'":
            index += 1
        elif char == quote:
            quote = ""
        elif not quote and char in "\"'":
            quote = char
        elif found:
            yield found
        index = found.end() if found else index + 1


def directories_quoted(command: JsonValue) -> JsonValue:
    """Return a shell command with every directory that stands outside of quotes in double quotes."""
    if not isinstance(command, str):
        return None
    parts, done = [], 0
    for found in unquoted(command):
        parts += [command[done : found.start()], f'"{found[0]}"']
        done = found.end()
    return "".join([*parts, command[done:]])


@on_json
def type_added(spot: Spot) -> Iterator[Splice]:
    """Give a server the ``type`` that its address means."""
    server = spot.value
    url = server.get("url") if isinstance(server, dict) and "type" not in server else None
    if isinstance(url, str):
        scheme, path = url.partition(":")[0].lower(), url.partition("?")[0].rstrip("/")
        kind = "ws" if scheme in {"ws", "wss"} else "sse" if path.endswith("/sse") else "http"
        yield spot.document.add_first_member(spot.pointer, "type", kind)


def type_corrected(known: Collection[str]) -> Fix:
    """Make the repair that calls ``transport`` ``type``, and an unknown type the one of ``known`` that it means."""

    def change(kind: JsonValue) -> JsonValue:
        if not isinstance(kind, str):
            return None
        return "http" if _STREAMABLE.match(kind) else values.sole_near(kind.replace("_", "-"), known) or None

    def fix(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
        """Call ``transport`` ``type``, and an unknown type the one that it can only mean."""
        is_key = finding.location.pointer[-1:] == ("transport",)
        yield from (renamed(lambda _: "type") if is_key else replaced(change))(plugin, finding)

    return fix


def encrypted(url: JsonValue) -> JsonValue:
    """Return an address with https for http, wss for ws."""
    found = re.match(r"(http|ws)(:.*)\Z", url, re.IGNORECASE | re.DOTALL) if isinstance(url, str) else None
    return f"{found[1].lower()}s{found[2]}" if found else None


@on_json
def servers_wrapped(spot: Spot) -> Iterator[Splice]:
    """Put ``mcpServers`` around a file that is a map of servers, or take one of two away in the manifest."""
    if spot.pointer:
        yield from _unwrapped(spot, "mcpServers")
    elif isinstance(spot.value, dict) and all(isinstance(server, dict) for server in spot.value.values()):
        yield spot.document.wrap((), ["{", '"mcpServers": '], closing="}")


@on_json
def servers_mapped(spot: Spot) -> Iterator[Splice]:
    """Make an object of a list of servers that each have a name of their own."""
    servers: JsonObject = {}
    for item in spot.value if isinstance(spot.value, list) else ():
        name = item.get("name") if isinstance(item, dict) else None
        if isinstance(item, dict) and isinstance(name, str) and name and name not in servers:
            servers[name] = {key: value for key, value in item.items() if key != "name"}
    if isinstance(spot.value, list) and servers and len(servers) == len(spot.value):
        yield spot.document.replace(spot.pointer, servers if spot.pointer else {"mcpServers": servers})


def made_executable(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Let everybody who may read a program run it."""
    source = plugin.source_file(finding.location.path)
    if source is not None and not source.mode & 0o111:
        yield Mode(source.path, source.mode | (source.mode & 0o444) >> 2)


def program_made_executable(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Let everybody who may read a program run it; another name is for a person to choose."""
    if looks_executable(plugin.head(finding.location.path)):
        yield from made_executable(plugin, finding)


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

"""``Inventory``: what a plugin can do, recomputed from its content, never taken from a signature.

It answers what an administrator asks before installing: which components, which events run which commands, which
servers start, which hosts are contacted, which files are programs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.jsonvalue import items_of, object_of, text_of, texts_of
from plugintool.plugin.model import Declaration, Kind, Plugin
from plugintool.tree.copy import looks_executable


class HookRun(NamedTuple):
    """One hook: event, matcher (empty = always), handler type, and what it runs, asks or contacts."""

    event: str
    matcher: str
    type: str
    runs: str

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {"event": self.event, "matcher": self.matcher, "type": self.type, "runs": self.runs}


class Server(NamedTuple):
    """An MCP or LSP server: name, transport (``stdio``, ``http`` …), and the command line or address."""

    name: str
    transport: str
    runs: str

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {"name": self.name, "transport": self.transport, "runs": self.runs}


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a plugin can do; every member is sorted and without repetition.

    Attributes:
        components: kind (``agent`` …) to names.
        hooks: the hooks by event.
        mcp_servers, lsp_servers: the servers.
        monitors: name and command of each background monitor.
        bundles: MCP bundles named by the manifest.
        commands: every command line that hooks, servers and monitors run.
        hosts: every host that servers and hooks contact, lower case, with port where one is named.
        executables: files that are programs, by their content.
    """

    components: dict[str, tuple[str, ...]]
    hooks: tuple[HookRun, ...] = ()
    mcp_servers: tuple[Server, ...] = ()
    lsp_servers: tuple[Server, ...] = ()
    monitors: tuple[Server, ...] = ()
    bundles: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    executables: tuple[str, ...] = ()

    @property
    def hook_events(self) -> tuple[str, ...]:
        """The events that run something."""
        return tuple(dict.fromkeys(hook.event for hook in self.hooks))

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "components": {kind: list(names) for kind, names in self.components.items()},
            "hooks": [hook.as_json() for hook in self.hooks],
            "mcp_servers": [server.as_json() for server in self.mcp_servers],
            "lsp_servers": [server.as_json() for server in self.lsp_servers],
            "monitors": [server.as_json() for server in self.monitors],
            "bundles": list(self.bundles),
            "commands": list(self.commands),
            "hosts": list(self.hosts),
            "executables": list(self.executables),
        }


def inventory_of(plugin: Plugin) -> Inventory:
    """Sum up a plugin; total: entries of the wrong shape are left out, as the client leaves them out."""
    hooks = sorted(set(_hooks(plugin)))
    mcp, lsp = sorted(set(_servers(plugin.mcp, "mcpServers"))), sorted(set(_servers(plugin.lsp, "lspServers")))
    monitors = sorted(set(_monitors(plugin.monitors)))
    runs = [server.runs for server in (*mcp, *lsp, *monitors) if server.transport == "stdio"]
    runs.extend(hook.runs for hook in hooks if hook.type == "command")
    contacts = [server.runs for server in mcp if server.transport != "stdio"]
    contacts.extend([hook.runs for hook in hooks if hook.type == "http"])
    contacts.extend(bundle for bundle in plugin.bundles if "://" in bundle)
    return Inventory(
        components={kind.value: _names(plugin, kind) for kind in Kind},
        hooks=tuple(hooks),
        mcp_servers=tuple(mcp),
        lsp_servers=tuple(lsp),
        monitors=tuple(monitors),
        bundles=tuple(sorted(set(plugin.bundles))),
        commands=tuple(sorted({line for line in runs if line})),
        hosts=tuple(sorted({host for host in map(host_of, contacts) if host})),
        executables=tuple(path for path in plugin.files if looks_executable(plugin.head(path))),
    )


def host_of(url: str) -> str:
    """Return host and port of an address in lower case; empty when it names none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def event_map(declaration: Declaration) -> JsonObject:
    """Return the events of one hook declaration; empty when there is no such map, or a file has no ``hooks``."""
    pointer, value = declaration.unwrapped("hooks")
    is_read = declaration.inline or pointer != declaration.pointer
    return value if isinstance(value, dict) and is_read else {}


def server_map(declaration: Declaration, key: str) -> JsonObject:
    """Return the servers of one declaration by name; a list counts as a map by index, as the client reads it."""
    value = declaration.unwrapped(key)[1]
    if isinstance(value, list):
        return {str(index): item for index, item in enumerate(value)}
    return object_of(value)


def command_line(entry: JsonObject) -> str:
    """Return command and arguments of a hook, server or monitor as one line."""
    return " ".join(texts_of([entry.get("command"), *items_of(entry.get("args"))]))


def _names(plugin: Plugin, kind: Kind) -> tuple[str, ...]:
    return tuple(sorted({component.name for component in plugin.of_kind(kind)}))


def _objects(value: JsonValue) -> Iterator[JsonObject]:
    yield from (item for item in items_of(value) if isinstance(item, dict))


def _hooks(plugin: Plugin) -> Iterator[HookRun]:
    for declaration in plugin.hooks:
        for event, groups in event_map(declaration).items():
            for group in _objects(groups):
                matcher = text_of(group.get("matcher"))
                for handler in _objects(group.get("hooks")):
                    yield HookRun(event, matcher, text_of(handler.get("type")), _handler_runs(handler))


def _handler_runs(handler: JsonObject) -> str:
    if handler.get("type") == "command":
        return command_line(handler)
    named = [text_of(handler.get(key)) for key in ("url", "server", "tool", "prompt")]
    return " ".join(text for text in named if text)


def _servers(declarations: Iterable[Declaration], key: str) -> Iterator[Server]:
    for declaration in declarations:
        for name, entry in server_map(declaration, key).items():
            if isinstance(entry, dict):
                transport = text_of(entry.get("type")) or (
                    "http" if "url" in entry and "command" not in entry else "stdio"
                )
                runs = command_line(entry) if transport == "stdio" else text_of(entry.get("url"))
                yield Server(name, transport, runs)


def _monitors(declarations: Iterable[Declaration]) -> Iterator[Server]:
    for declaration in declarations:
        for entry in _objects(declaration.value):
            yield Server(text_of(entry.get("name")), "stdio", command_line(entry))

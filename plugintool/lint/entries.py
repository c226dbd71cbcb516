"""Hook groups, hook handlers and MCP servers one by one, each with its place, and every text inside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue, Pointer
from plugintool.pattern import pattern
from plugintool.plugin.inventory import event_map
from plugintool.plugin.model import Declaration, Plugin
from plugintool.plugin.once import once
from plugintool.report import Location

_VARIABLE = pattern(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]{0,100})\}|([A-Za-z_][A-Za-z0-9_]{0,100}))")
_FILLED_IN = frozenset({"CLAUDE_PLUGIN_ROOT", "CLAUDE_PLUGIN_DATA", "CLAUDE_PROJECT_DIR"})
_TEXT_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of a set of hooks, servers or monitors.

    Attributes:
        declaration: the set it stands in.
        pointer: its place there.
        name: the event of a hook, the name of a server; empty for a monitor.
        fields: the object; empty when something else stands there.
        matcher: of the group of a hook; empty when there is none.
        is_object: it is one.
        other: what stands there instead.
    """

    declaration: Declaration
    pointer: Pointer
    name: str
    fields: JsonObject
    matcher: str = ""
    is_object: bool = True
    other: JsonValue = None

    @property
    def value(self) -> JsonValue:
        """What stands there, whatever it is."""
        return self.fields if self.is_object else self.other

    def named(self, *keys: str | int) -> tuple[str, Pointer]:
        """Return path and pointer of the object, or of a value inside it."""
        return self.declaration.path, (*self.pointer, *keys)

    def place(self, plugin: Plugin, *keys: str | int) -> Location:
        """Return the place of the object or of a value inside it; this reads the file again, so only for findings."""
        return plugin.locate(*self.named(*keys))

    def text(self, key: str) -> str:
        """Return a member when it is a text, else an empty text."""
        value = self.fields.get(key)
        return value if isinstance(value, str) else ""

    def texts(self) -> Iterator[tuple[Pointer, str]]:
        """Yield every text inside the object with its pointer from the object."""
        waiting: list[tuple[Pointer, JsonValue]] = [((), self.fields)]
        while waiting:
            pointer, value = waiting.pop()
            if isinstance(value, str):
                yield pointer, value
            elif isinstance(value, dict):
                waiting.extend(((*pointer, key), item) for key, item in value.items())
            elif isinstance(value, list):
                waiting.extend(((*pointer, index), item) for index, item in enumerate(value))


@once
def groups_of(plugin: Plugin) -> Iterator[Entry]:
    """Yield every group of hook handlers that is an object."""
    for declaration in plugin.hooks:
        base = declaration.unwrapped("hooks")[0]
        for event, groups in event_map(declaration).items():
            for index, group in enumerate(groups if isinstance(groups, list) else ()):
                if isinstance(group, dict):
                    matcher = group.get("matcher")
                    shown = matcher if isinstance(matcher, str) else ""
                    yield Entry(declaration, (*base, event, index), event, group, shown)


@once
def hooks_of(plugin: Plugin) -> Iterator[Entry]:
    """Yield every hook handler that is an object."""
    for group in groups_of(plugin):
        handlers = group.fields.get("hooks")
        for index, handler in enumerate(handlers if isinstance(handlers, list) else ()):
            if isinstance(handler, dict):
                pointer = (*group.pointer, "hooks", index)
                yield Entry(group.declaration, pointer, group.name, handler, group.matcher)


@once
def servers_of(plugin: Plugin) -> Iterator[Entry]:
    """Yield every MCP server that is an object."""
    return (server for server in declared_servers(plugin) if server.is_object)


@once
def declared_servers(plugin: Plugin) -> Iterator[Entry]:
    """Yield every MCP server, also what is no object; a second wrapper around inline servers is none."""
    return _named(plugin.mcp, "mcpServers")


@once
def language_servers_of(plugin: Plugin) -> Iterator[Entry]:
    """Yield every language server that is an object."""
    return (server for server in _named(plugin.lsp, "lspServers") if server.is_object)


@once
def monitors_of(plugin: Plugin) -> Iterator[Entry]:
    """Yield every monitor that is an object."""
    for declaration in plugin.monitors:
        for index, entry in enumerate(declaration.value if isinstance(declaration.value, list) else ()):
            if isinstance(entry, dict):
                yield Entry(declaration, (*declaration.pointer, index), "", entry)


@once
def runs_of(plugin: Plugin) -> Iterator[tuple[Entry, bool]]:
    """Yield hooks, servers of both kinds and monitors, each with whether a shell reads its ``command``."""
    for hook in hooks_of(plugin):
        yield hook, hook.text("type") == "command" and "args" not in hook.fields
    yield from ((server, False) for server in chain(servers_of(plugin), language_servers_of(plugin)))
    yield from ((monitor, True) for monitor in monitors_of(plugin))


def variables_not_allowed(handler: JsonObject, header: str) -> list[str]:
    """Return the variables of a header of an ``http`` handler that its ``allowedEnvVars`` does not name."""
    allowed = handler.get("allowedEnvVars")
    names = {item for item in allowed if isinstance(item, str)} if isinstance(allowed, list) else set()
    found = dict.fromkeys(braced or bare for braced, bare in _VARIABLE.findall(header[:_TEXT_MAX]))
    return [name for name in found if name not in names | _FILLED_IN]


def is_remote(server: Entry) -> bool:
    """Whether a server is reached by an address."""
    return "url" in server.fields and "command" not in server.fields


def _named(declarations: Iterable[Declaration], key: str) -> Iterator[Entry]:
    for declaration in declarations:
        pointer, value = declaration.unwrapped(key)
        items: Iterable[tuple[str | int, JsonValue]] = ()
        if isinstance(value, dict):
            items = value.items()
        elif isinstance(value, list):
            items = enumerate(value)
        for name, entry in items:
            if declaration.inline and name == key:
                continue
            if isinstance(entry, dict):
                yield Entry(declaration, (*pointer, name), str(name), entry)
            else:
                yield Entry(declaration, (*pointer, name), str(name), {}, is_object=False, other=entry)

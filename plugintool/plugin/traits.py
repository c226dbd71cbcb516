"""``Trait``: one thing that a plugin or a bundle can do, asks for, or offers; two releases are compared by them.

Where ``Inventory`` sums a plugin up for people, traits are a flat set: whatever an administrator would want to hear of
when it appears is one trait, so that comparing, printing and gating a release need one loop each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plugintool.formats.bundle_manifest import BundleManifest
from plugintool.frozen import dataclass, field
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.jsonvalue import items_of, object_of
from plugintool.pattern import pattern
from plugintool.plugin.inventory import command_line, inventory_of, server_map
from plugintool.plugin.model import Component, Declaration, Kind, Plugin
from plugintool.relpath import RelPath

TRAIT_KINDS = {
    "hook": "something that runs, is asked or is contacted at an event",
    "server": "an MCP server, an LSP server or a monitor: its command or address, and its environment",
    "command": "a command line that hooks, servers or monitors run",
    "host": "a host that servers or hooks contact",
    "executable": "a file that is a program",
    "tool": "a tool that a component may use, or that a bundle offers",
    "permission": "what settings.json or the plugin manifest asks the app to allow or to switch on",
    "option": "a value that users are asked for",
    "dependency": "another plugin that is needed",
    "bundle": "an MCP bundle that is named, as a file or an address",
    "skill": "a skill",
    "agent": "a sub-agent",
    "slash-command": "a slash command, or a prompt of a bundle",
}
"""Each kind, in the order in which people read them, and what it is."""
COMPONENT_KINDS = {Kind.SKILL: "skill", Kind.AGENT: "agent", Kind.COMMAND: "slash-command"}
_TOOL_KEYS = {Kind.SKILL: "allowed-tools", Kind.COMMAND: "allowed-tools", Kind.AGENT: "tools"}
_TOOL = pattern(r"(?:[^,(]|\([^)]*\)?)+")
"""One tool of a list: commas in parentheses are part of it, as in ``Bash(git add:*, git status)``."""
_SWITCHES = ("installationPreference", "defaultEnabled")
_SETTINGS = RelPath("settings.json")


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing.

    Attributes:
        kind: a key of ``TRAIT_KINDS``.
        name: what it is called; with the kind, what is compared from one release to the next.
        detail: what may change while it is still the same thing: the command of a server.
        likeness: what a component keeps when it gets another name: its description; says nothing about equality.
    """

    kind: str
    name: str
    detail: str = ""
    likeness: str = field(default="", compare=False)

    def as_text(self) -> str:
        """Return it in one line."""
        return " ".join(part for part in (self.kind, self.name, self.detail) if part)


def plugin_traits(plugin: Plugin) -> frozenset[Trait]:
    """Return the traits of a plugin, but its programs, which the record tells; total, as ``inventory_of``."""
    return frozenset(_plugin_traits(plugin))


def bundle_traits(manifest: BundleManifest) -> frozenset[Trait]:
    """Return the traits that a bundle manifest declares; total."""
    return frozenset(_bundle_traits(manifest.value))


def _plugin_traits(plugin: Plugin) -> Iterator[Trait]:
    found = inventory_of(plugin)
    for hook in found.hooks:
        yield Trait("hook", f"{hook.event} {hook.matcher or '*'}", f"{_verb(hook.type)} {hook.runs}".strip())
    for declarations, key in ((plugin.mcp, "mcpServers"), (plugin.lsp, "lspServers")):
        for declaration in declarations:
            yield from _servers(declaration, key)
    yield from (Trait("server", f"{monitor.name} (monitor)", f"runs {monitor.runs}") for monitor in found.monitors)
    yield from (Trait("command", line) for line in found.commands)
    yield from (Trait("host", host) for host in found.hosts)
    yield from (Trait("bundle", text) for text in found.bundles)
    for component in plugin.components:
        yield Trait(COMPONENT_KINDS[component.kind], component.name, "", component.front_matter.text("description"))
        yield from (Trait("tool", tool, f"for {component.kind} {component.name}") for tool in tools_of(component))
    yield from _permissions(plugin)
    yield from _options(plugin.value.get("userConfig"))
    yield from _dependencies(plugin.value.get("dependencies"))


def _verb(kind: str) -> str:
    return {"command": "runs", "http": "contacts", "prompt": "asks", "agent": "asks"}.get(kind, kind)


def _servers(declaration: Declaration, key: str) -> Iterator[Trait]:
    for name, entry in server_map(declaration, key).items():
        if isinstance(entry, dict):
            address = entry.get("url")
            runs = f"contacts {address}" if isinstance(address, str) else f"runs {command_line(entry)}"
            yield Trait("server", name, " ".join((runs, *_environment(entry))))


def _environment(entry: JsonObject) -> Iterator[str]:
    """Yield variables with their values, since some of them load code, and headers without, since some are secrets."""
    env, headers = entry.get("env"), entry.get("headers")
    if isinstance(env, dict):
        yield from (f"{name}={_shown(value)}" for name, value in sorted(env.items()))
    if isinstance(headers, dict):
        yield from (f"{name}:…" for name in sorted(headers))


def tools_of(component: Component) -> list[str]:
    """Return the tools that a component may use; an agent that names none has all that the session has."""
    value: Any = component.front_matter.values.get(_TOOL_KEYS[component.kind])
    texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    found = [tool.strip() for text in texts if isinstance(text, str) for tool in _TOOL.findall(text)]
    if value is None and component.kind is Kind.AGENT:
        return ["all tools"]
    return [tool for tool in found if tool]


def _permissions(plugin: Plugin) -> Iterator[Trait]:
    for key in _SWITCHES:
        if key in plugin.value:
            yield Trait("permission", key, _shown(plugin.value[key]))
    text = plugin.json_files.get(_SETTINGS)
    if text is not None:
        for place, value in _leaves(text.value, ""):
            yield Trait("permission", f"{_SETTINGS} {place}".strip(), value)


def _leaves(value: JsonValue, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, f"{place}[]")
    else:
        yield place, _shown(value)


def _options(value: JsonValue) -> Iterator[Trait]:
    for name, item in sorted(object_of(value).items()):
        option = object_of(item)
        words = (_shown(option.get("type", "")), "sensitive" if option.get("sensitive") is True else "")
        yield Trait("option", name, " ".join(filter(None, words)))


def _dependencies(value: JsonValue) -> Iterator[Trait]:
    for item in items_of(value):
        if isinstance(item, dict):
            yield Trait("dependency", _shown(item.get("name", "")), _shown(item.get("version", "")))
        else:
            yield Trait("dependency", _shown(item))


def _bundle_traits(value: JsonObject) -> Iterator[Trait]:
    server = object_of(value.get("server"))
    name, kind = _shown(value.get("name", "")), _shown(server.get("type", ""))
    base = object_of(server.get("mcp_config"))
    configs = {"": base, **object_of(base.get("platform_overrides"))}
    for platform, config in configs.items():
        if isinstance(config, dict):
            line = command_line({**base, **config})
            label = f"{name} on {platform}" if platform else name
            yield Trait("server", label, " ".join((f"({kind}) runs {line}", *_environment({**base, **config}))))
            if line:
                yield Trait("command", line)
    for key, trait in (("tools", "tool"), ("prompts", "slash-command")):
        for item in items_of(value.get(key)):
            if isinstance(item, dict):
                yield Trait(trait, _shown(item.get("name", "")), f"of {name}")
    yield from _options(value.get("user_config"))


def _shown(value: JsonValue) -> str:
    """Return a value of JSON in few signs: texts as they are, lists and objects as what they are."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, dict)):
        return "[…]" if isinstance(value, list) else "{…}"
    return (
        {True: "true", False: "false", None: "null"}[value] if value is None or isinstance(value, bool) else str(value)
    )

"""The paths by which a plugin manifest names components, for rules that ask what they mean."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.frozen import dataclass
from plugintool.jsontext import JsonValue, Pointer
from plugintool.plugin.model import Plugin
from plugintool.plugin.once import once
from plugintool.plugin.paths import resolve

DEFAULTS = {
    "commands": "commands",
    "agents": "agents",
    "skills": "skills",
    "hooks": "hooks/hooks.json",
    "mcpServers": ".mcp.json",
    "lspServers": ".lsp.json",
    "outputStyles": "output-styles",
    "workflows": "workflows",
    "themes": "themes",
    "monitors": "monitors/monitors.json",
}
"""Key of the manifest, and the file or directory that is read without being named."""
REPLACING = frozenset({"commands", "agents", "outputStyles", "workflows", "themes", "monitors"})
"""Keys whose value takes the place of the default; the others add to it."""
_EXPERIMENTAL = frozenset({"themes", "monitors"})


@dataclass(frozen=True, slots=True)
class ManifestPath:
    """One path of the manifest: its key, its place, its text, and what it means below the plugin (None: nothing)."""

    key: str
    pointer: Pointer
    text: str

    @property
    def target(self) -> str | None:
        """The path below the plugin, without final slash; None when it has not the form ``./…``."""
        return resolve(self.text)


@once
def paths_of(plugin: Plugin) -> Iterator[ManifestPath]:
    """Yield every path that the manifest names, in its order."""
    for key in DEFAULTS:
        for base, holder in _holders(plugin, key):
            for place, text in _texts(key, holder):
                yield ManifestPath(key, (*base, *place), text)


def _holders(plugin: Plugin, key: str) -> Iterator[tuple[Pointer, JsonValue]]:
    if key in plugin.value:
        yield (key,), plugin.value[key]
    experimental = plugin.value.get("experimental")
    if key in _EXPERIMENTAL and isinstance(experimental, dict) and key in experimental:
        yield ("experimental", key), experimental[key]


def _texts(key: str, value: JsonValue) -> Iterator[tuple[Pointer, str]]:
    if isinstance(value, str):
        yield (), value
    elif isinstance(value, list):
        yield from (((index,), item) for index, item in enumerate(value) if isinstance(item, str))
    elif key == "commands" and isinstance(value, dict):
        for name, entry in value.items():
            source = entry.get("source") if isinstance(entry, dict) else None
            if isinstance(source, str):
                yield (name, "source"), source

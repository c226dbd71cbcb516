"""``load_plugin``: from a tree to a ``Plugin``; total, since a broken plugin is the normal case of lint."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool import jsontext, limits
from plugintool.errors import InputError
from plugintool.frozen import replace
from plugintool.jsontext import JsonText, JsonValue, Pointer
from plugintool.plugin.components import find_components
from plugintool.plugin.contents import Contents
from plugintool.plugin.model import MANIFEST, Declaration, Manifest, Plugin, Unread
from plugintool.plugin.paths import resolve
from plugintool.relpath import RelPath, fold
from plugintool.tree.entry import Tree

_BUNDLES = (".mcpb", ".dxt")
_OTHER_FILES = ("settings.json", "version.json")
_DEFAULTS = {
    "hooks": "hooks/hooks.json",
    "mcpServers": ".mcp.json",
    "lspServers": ".lsp.json",
    "monitors": "monitors/monitors.json",
}
"""Key of the manifest, and the file that is read without being named."""


def load_plugin(tree: Tree, *, room: int = limits.KEPT_BYTES) -> Plugin:
    """Read what a tree holds.

    Args:
        tree: a ``Survey`` of a source tree, or any other tree; only a survey knows links, modes and bad entries.
        room: bytes of files that the plugin may keep in memory, so that they are read once.

    Returns:
        The plugin; what is missing, unreadable or malformed is part of the value. Never raises for what files hold.
    """
    return _Loader(tree, room).load()


class _Loader:
    """The state of one load: files already read, and those that could not be."""

    def __init__(self, tree: Tree, room: int) -> None:
        self.plugin = Plugin(tree.name, tree, None, json_files={}, contents=Contents(tree, room))
        self.texts: dict[RelPath, JsonText] = {}
        self.unread: dict[RelPath, Unread] = {}
        self.bundles: list[str] = []

    def load(self) -> Plugin:
        """Read everything, the manifest first since it names the rest."""
        self.plugin = replace(self.plugin, manifest=self._manifest())
        sets = {key: tuple(self._declarations(key)) for key in _DEFAULTS}
        components = tuple(sorted(find_components(self.plugin, self._read), key=lambda component: component.path))
        for path in self._other_json():
            self._json(path)
        return replace(
            self.plugin,
            components=components,
            hooks=sets["hooks"],
            mcp=sets["mcpServers"],
            lsp=sets["lspServers"],
            monitors=sets["monitors"],
            bundles=tuple(self.bundles),
            json_files=self.texts,
            unread=tuple(self.unread.values()),
        )

    def _manifest(self) -> Manifest | None:
        found = MANIFEST if MANIFEST in self.plugin.files else self._misspelt()
        text = None if found is None else self._json(found)
        return None if found is None or text is None else Manifest(found, text)

    def _misspelt(self) -> RelPath | None:
        return next((path for path in self.plugin.files if fold(path) == MANIFEST), None)

    def _other_json(self) -> Iterator[RelPath]:
        yield from (RelPath(name) for name in _OTHER_FILES if name in self.plugin.files)
        yield from (path for path in self.plugin.below("themes") if path.endswith(".json"))

    def _declarations(self, key: str) -> Iterator[Declaration]:
        default = RelPath(_DEFAULTS[key])
        if default in self.plugin.files:
            yield from self._from_file(default, default=True)
        for pointer, value in _values(self.plugin, key):
            if isinstance(value, str):
                yield from self._named(value, default)
            elif isinstance(value, (dict, list)):
                yield Declaration(self.plugin.manifest_path, pointer, value, inline=True)

    def _named(self, text: str, default: RelPath) -> Iterator[Declaration]:
        target = resolve(text)
        if text.lower().endswith(_BUNDLES):
            self.bundles.append(text)
        elif target is not None and target != default and self._is_json(target):
            yield from self._from_file(RelPath(target), default=False)

    def _is_json(self, path: str) -> bool:
        return path in self.plugin.files and path.lower().endswith(".json")

    def _from_file(self, path: RelPath, *, default: bool) -> Iterator[Declaration]:
        text = self._json(path)
        if text is not None:
            yield Declaration(path, (), text.value, default=default)

    def _json(self, path: RelPath) -> JsonText | None:
        if path not in self.texts:
            data = self._read(path)
            if data is None:
                return None
            self.texts[path] = jsontext.read(data)
        return self.texts[path]

    def _read(self, path: RelPath) -> bytes | None:
        """Read one file; a file that cannot be read is remembered."""
        if self.plugin.files[path].size > limits.TEXT_BYTES:
            self.unread[path] = Unread(path, f"larger than {limits.TEXT_BYTES} bytes")
            return None
        try:
            return self.plugin.contents.read(path, limits.TEXT_BYTES)[: limits.TEXT_BYTES]
        except (InputError, OSError) as error:
            self.unread[path] = Unread(path, error.message if isinstance(error, InputError) else "cannot be read")
            return None


def _values(plugin: Plugin, key: str) -> Iterator[tuple[Pointer, JsonValue]]:
    """Yield the paths and inline sets of one key of the manifest; monitors also stand in ``experimental``."""
    for base, holder in (((), plugin.value), (("experimental",), plugin.value.get("experimental"))):
        if not isinstance(holder, dict) or (base and key != "monitors"):
            continue
        value = holder.get(key)
        if isinstance(value, list) and key != "monitors":
            yield from (((*base, key, index), item) for index, item in enumerate(value))
        elif value is not None:
            yield (*base, key), value

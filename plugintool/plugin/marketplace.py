"""A marketplace: its ``marketplace.json`` and what stands on disk for the entries that name local plugins.

Total: a broken marketplace is the normal case of lint. A local plugin is read when a rule asks for it. The genuine
client that is given a marketplace judges the entries, the plugin manifest of local entries and of the root, and since
2.1.330 their hooks (measured with 2.1.330 and 2.1.197).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from plugintool import jsontext, limits
from plugintool.errors import InputError
from plugintool.frozen import dataclass, replace
from plugintool.jsontext import JsonObject, JsonText, JsonValue, Pointer
from plugintool.jsonvalue import items_of, object_of, text_of
from plugintool.pattern import pattern
from plugintool.plugin.discover import DEFAULT_HOOKS, MARKETPLACE, is_plugin
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import MANIFEST, Manifest, Plugin, Unread
from plugintool.plugin.paths import resolve
from plugintool.relpath import RelPath, fold
from plugintool.report import Location
from plugintool.tree.directory import read_bounded, survey
from plugintool.tree.memory import MemoryTree

BARE_NAME = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
"""A source that is looked for below ``metadata.pluginRoot`` (since 2.1.239)."""
_EMPTY = JsonText(None, "", ())
_NOTHING: Mapping[RelPath, bytes] = {}


@dataclass(frozen=True)
class LocalPlugin:
    """What stands where an entry looks for its plugin.

    Attributes:
        directory: the path below the root of the marketplace; empty for the root itself.
        place: the same on disk.
        is_there: there is such a directory.
        is_file: a file stands there, or on the way there.
        linked: one of the names on the way to it is a symbolic link.
        manifest: a plugin manifest that is about to be written there.
        room: bytes of its files that may be kept in memory.
    """

    directory: str
    place: Path
    is_there: bool
    is_file: bool
    linked: bool
    manifest: bytes | None = None
    room: int = limits.KEPT_BYTES

    @property
    def loaded(self) -> Plugin | None:
        """The plugin, when somebody has asked for it."""
        return self.__dict__.get("plugin")

    @cached_property
    def plugin(self) -> Plugin:
        """The plugin, read when it is first asked for; without manifest and files when it cannot be read."""
        if self.manifest is not None:
            return load_plugin(MemoryTree(self.place.name, {MANIFEST: self.manifest}))
        try:
            return load_plugin(survey(self.place), room=self.room)
        except InputError as error:
            unread = (Unread(MANIFEST, error.message),) if self.is_there else ()
            return Plugin(self.place.name, MemoryTree(self.place.name, {}), None, unread=unread)


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of ``plugins``.

    Attributes:
        index: its place in the list.
        value: the object; empty when the item is something else.
        is_object: the item is an object.
        local: its plugin when ``source`` is a path that stays inside the marketplace, else None.
    """

    index: int
    value: JsonObject
    is_object: bool = True
    local: LocalPlugin | None = None

    @property
    def pointer(self) -> Pointer:
        """Where it stands in the file."""
        return ("plugins", self.index)

    @property
    def name(self) -> str:
        """Its ``name`` when it is a text, else an empty text."""
        return text_of(self.value.get("name"))

    @property
    def label(self) -> str:
        """How messages call it."""
        return repr(self.name) if self.name else f"number {self.index + 1}"

    @property
    def kind(self) -> str:
        """The kind of its source: ``path``, a word such as ``github``, or an empty text when it has none."""
        source = self.value.get("source")
        if isinstance(source, str):
            return "path"
        return text_of(source.get("source")) if isinstance(source, dict) else ""

    @property
    def source(self) -> JsonObject:
        """Its source when it is an object, else an empty one."""
        source = self.value.get("source")
        return source if isinstance(source, dict) else {}


@dataclass(frozen=True)
class Marketplace:
    """A marketplace.

    Attributes:
        root: its directory: the one above ``.claude-plugin``, or that of a file that stands elsewhere.
        path: its file below the root.
        document: its file as the only file of a plugin, for the rules about JSON files.
        entries: the items of ``plugins``.
    """

    root: Path
    path: RelPath
    document: Plugin
    entries: tuple[Entry, ...] = ()

    @property
    def name(self) -> str:
        """The name of its directory."""
        return self.document.name

    @property
    def json(self) -> JsonText:
        """The text of the file; without a value when it could not be read."""
        return self.document.manifest.json if self.document.manifest else _EMPTY

    @property
    def value(self) -> JsonObject:
        """The object in the file; empty when there is none."""
        return self.document.value

    @property
    def declared_name(self) -> str:
        """Its ``name`` when it is a text, else an empty text."""
        return text_of(self.value.get("name"))

    @property
    def is_object(self) -> bool:
        """Whether the file was read and holds an object."""
        return isinstance(self.json.value, dict)

    def locate(self, *pointer: str | int) -> Location:
        """Return the place of a value in the file."""
        return self.document.locate(self.path, pointer)

    def local_plugins(self) -> list[Path]:
        """Return the directories of the plugins that are there, listed or at the root, each once, in order of path."""
        listed = {item.local.place for item in self.entries if item.local and item.local.is_there}
        return sorted(listed | ({self.root} if is_plugin(self.root) else set()))

    @cached_property
    def root_plugin(self) -> LocalPlugin | None:
        """What the root holds of a plugin: a manifest or hooks, or the like in another spelling; None without."""
        held = any((self.root / name).is_file() for name in (MANIFEST, DEFAULT_HOOKS)) or _has_respelt(self.root)
        return _look_at(self.root, "") if held and self.path == MARKETPLACE else None


def _has_respelt(root: Path) -> bool:
    """Whether a name that belongs to a plugin stands in a directory in another letter case."""
    places = {
        "": (MARKETPLACE.segments[0], DEFAULT_HOOKS.segments[0]),
        MARKETPLACE.segments[0]: (MARKETPLACE.name, MANIFEST.name),
    }
    for place, names in places.items():
        with contextlib.suppress(OSError):
            if any(fold(name) in names and name not in names for name in os.listdir(root / place)):
                return True
    return False


def load_marketplace(file: Path, new: Mapping[RelPath, bytes] = _NOTHING) -> Marketplace:
    """Read one marketplace.json and the plugin manifests of its local entries; never raises for what files hold.

    Args:
        file: the marketplace.json.
        new: contents that are about to be written, by their path below the root of the marketplace: that of the file
            itself, and of plugin manifests that are not there yet.
    """
    file = Path(os.path.abspath(file))
    inside = file.parent.name == MARKETPLACE.segments[0]
    root = file.parent.parent if inside else file.parent
    path = RelPath(f"{MARKETPLACE.segments[0]}/{file.name}" if inside else file.name)
    document = _only_file(root.name, path, file, new.get(path))
    return Marketplace(root, path, document, tuple(_entries(document.value, root, new)))


def _only_file(name: str, path: RelPath, file: Path, data: bytes | None) -> Plugin:
    """Read one file as the manifest, and the only file, of a plugin."""
    try:
        data = read_bounded(file) if data is None else data
    except InputError as error:
        return Plugin(name, MemoryTree(name, {}), None, unread=(Unread(path, error.message),))
    text = jsontext.read(data)
    return Plugin(name, MemoryTree(name, {path: data}), Manifest(path, text), json_files={path: text})


def _entries(value: JsonObject, root: Path, new: Mapping[RelPath, bytes]) -> Iterator[Entry]:
    items, base = items_of(value.get("plugins")), object_of(value.get("metadata")).get("pluginRoot")
    for index, item in enumerate(items):
        entry = object_of(item)
        directory = local_directory(entry.get("source"), base)
        local = None if directory is None else _look_at(root, directory, room=limits.KEPT_BYTES // len(items))
        below = f"{directory}/{MANIFEST}" if directory else MANIFEST
        written = None if local is None else new.get(below)  # type: ignore[call-overload]
        local = local if local is None or written is None else replace(local, manifest=written)
        yield Entry(index, entry, isinstance(item, dict), local)


def local_directory(source: JsonValue, plugin_root: JsonValue = None) -> str | None:
    """Return the path below the root of the marketplace that a source means; None when it means none.

    Args:
        source: of an entry, as it stands.
        plugin_root: ``metadata.pluginRoot``; bare names, and only they, are looked for there.
    """
    if not isinstance(source, str):
        return None
    if not BARE_NAME.match(source):
        return resolve(source)
    base = plugin_root_directory(plugin_root)
    return None if base is None else "/".join(filter(None, (base, source)))


def plugin_root_directory(plugin_root: JsonValue) -> str | None:
    """Return the path that ``metadata.pluginRoot`` means, with or without ``./``; None when it means none."""
    if not isinstance(plugin_root, str) or not plugin_root or plugin_root.startswith("/"):
        return None
    inside = plugin_root.removeprefix("./").rstrip("/")
    if inside in {"", "."}:
        return ""
    is_plain = ":" not in inside and not {"", "."} & set(inside.split("/"))
    return resolve(f"./{inside}") if is_plain else None


def _look_at(root: Path, directory: str, *, room: int = limits.KEPT_BYTES) -> LocalPlugin:
    step, steps = os.fspath(root), []
    for name in filter(None, directory.split("/")):
        step = os.path.join(step, name)
        steps.append(step)
    return LocalPlugin(
        directory,
        Path(step),
        is_there=os.path.isdir(step),  # a name that is too long is none
        is_file=any(map(os.path.isfile, steps)),
        linked=any(map(os.path.islink, steps)),
        room=room,
    )

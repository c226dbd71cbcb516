"""Plugins that only a marketplace describes: there is no plugin.json, its content stands in the entry.

In a sample of 99 public marketplaces 167 of 2,594 entries were such (autumn 2026). The client reads them through the
marketplace; below ``org-plugins`` nobody does, so a build writes the plugin.json that the entry stands for. Several
entries may share one directory and take different skills of it; the client gives each entry the skills that it lists
(measured with 2.1.330).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from plugintool import jsontext
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.jsonvalue import text_of
from plugintool.plugin.discover import MARKETPLACE, is_plugin
from plugintool.plugin.marketplace import Entry, Marketplace, load_marketplace
from plugintool.plugin.model import MANIFEST
from plugintool.plugin.paths import resolve
from plugintool.tree.directory import Survey
from plugintool.tree.overlay import with_file

_OF_THE_MARKETPLACE = frozenset({"source", "category", "tags", "strict", "relevance", "icon"})
"""Keys of an entry that a plugin manifest does not have."""
_LEVELS = 6
"""So many directories above a plugin are looked into for its marketplace; the deepest real one is 3 below."""


@dataclass(frozen=True, slots=True)
class Described:
    """A plugin without manifest.

    Attributes:
        place: its directory.
        manifest: what its plugin.json is to hold.
        others: directories of skills that another entry with the same directory takes and this one does not.
        shared: whether other entries have the same directory.
    """

    place: Path
    manifest: JsonObject
    others: tuple[str, ...] = ()
    shared: bool = False

    @property
    def name(self) -> str:
        """The name in the entry when it is a text, else an empty text."""
        return text_of(self.manifest.get("name"))

    def over(self, found: Survey) -> Survey:
        """Return the files of the plugin with the manifest that is written for it."""
        if MANIFEST in found.sources:
            return found
        return with_file(found, MANIFEST, jsontext.pretty(self.manifest))


def described_plugins(path: Path) -> list[Described]:
    """Return the plugins without manifest that ``path`` means, in the order of their entries.

    Args:
        path: a marketplace, or the directory of a plugin that a marketplace above it lists.

    Returns:
        Nothing when there is no such entry, or when the directory has a manifest of its own.
    """
    if is_plugin(path):
        return []
    file = path / MARKETPLACE
    if os.path.lexists(file):
        return list(_of(load_marketplace(file), path))
    wanted = os.path.realpath(path)
    for above in _above(path):
        if os.path.lexists(above / MARKETPLACE):
            found = _of(load_marketplace(above / MARKETPLACE), above)
            return [one for one in found if os.path.realpath(one.place) == wanted]
    return []


def _above(path: Path) -> list[Path]:
    return list(Path(os.path.abspath(path)).parents)[:_LEVELS]


def _of(marketplace: Marketplace, root: Path) -> Iterator[Described]:
    """Yield the entries whose directory is there and is no plugin by itself; places are below ``root`` as named."""
    entries = [entry for entry in marketplace.entries if entry.local is not None and entry.local.is_there]
    for entry in entries:
        local = entry.local
        assert local is not None
        if is_plugin(local.place):
            continue
        siblings = [one for one in entries if one is not entry and one.local and one.local.directory == local.directory]
        manifest = {key: value for key, value in entry.value.items() if key not in _OF_THE_MARKETPLACE}
        own = set(_skills(entry))
        others = {skill for one in siblings for skill in _skills(one)} - own if own else set()
        place = root.joinpath(*filter(None, local.directory.split("/")))
        yield Described(place, manifest, tuple(sorted(others)), bool(siblings))


def _skills(entry: Entry) -> list[str]:
    """The directories of skills that an entry lists; the root itself is none that could be left out."""
    value: JsonValue = entry.value.get("skills")
    texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [found for text in texts if isinstance(text, str) and (found := resolve(text))]

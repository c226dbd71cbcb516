"""Repairs of values in JSON files: of the plugin manifest's fields and paths, and of its dependencies.

A finding's pointer says which value; a file with any flaw is left alone until the flaw is gone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from plugintool import jsontext
from plugintool.frozen import dataclass
from plugintool.jsonedit import Document, Splice
from plugintool.jsontext import JsonObject, JsonValue, Pointer
from plugintool.lint import values
from plugintool.lint.fix import Edit, Fix, Replace
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.plugin.paths import resolve
from plugintool.relpath import RelPath, fold
from plugintool.report import Finding

BOM = b"\xef\xbb\xbf"
_AUTHOR = pattern(r"([^<>()]+?)\s*(?:<([^<>\s]+@[^<>\s]+)>)?\s*(?:\((https?://[^()\s]+)\))?\Z")
_KEBAB = pattern(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_NUMBER = pattern(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?\Z")
_MISSING = object()
_LISTED = 200
"""So many files are listed in the place of a directory, no more."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A value of a JSON file that a finding is about.

    Attributes:
        plugin: which holds the file; for a marketplace its file as the only one of a plugin.
        path: the file.
        document: its text, without any flaw.
        pointer: where in it.
        value: what stands there.
    """

    plugin: Plugin
    path: str
    document: Document
    pointer: Pointer
    value: JsonValue

    @property
    def key(self) -> str:
        """The key of the member; empty for an item of a list and for the whole text."""
        return self.pointer[-1] if self.pointer and isinstance(self.pointer[-1], str) else ""

    @property
    def parent(self) -> JsonValue:
        """The object or list that it stands in; None for the whole text."""
        return value_at(self.document.value, self.pointer[:-1]) if self.pointer else None


Change: TypeAlias = Callable[[Spot], Iterable[Splice]]
"""Yields what changes in the text of a file to repair one value; nothing when that needs a person."""


def spot_of(plugin: Plugin, finding: Finding) -> Spot | None:
    """Return what a finding is about; None when there is no such value, or its file has any flaw."""
    place = finding.location
    document = document_of(plugin, place.path)
    value = _MISSING if document is None else value_at(document.value, place.pointer, missing=_MISSING)
    if document is None or value is _MISSING:
        return None
    return Spot(plugin, place.path, document, place.pointer, value)  # type: ignore[arg-type]


def on_json(change: Change) -> Fix:
    """Make a repair of what is to change in a JSON file at the place of a finding."""

    def fix(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
        spot = spot_of(plugin, finding)
        if spot is not None:
            yield from (Replace(RelPath(spot.path), span) for span in change(spot))

    fix.__doc__ = change.__doc__
    return fix


def document_of(plugin: Plugin, path: str) -> Document | None:
    """Return a JSON file of the plugin for editing; None when it has any flaw."""
    if not path:
        return None
    found = plugin.json_files.get(RelPath(path))
    if found is None:  # a bundle manifest, which only its own rules read
        data = plugin.read(path)
        found = None if data is None else jsontext.read(data)
    return None if found is None else Document.of(found)


def value_at(value: JsonValue, pointer: Pointer, *, missing: object = None) -> JsonValue:
    """Return the value at ``pointer``; ``missing`` when there is none."""
    for step in pointer:
        is_member = isinstance(value, dict) and isinstance(step, str) and step in value
        if not is_member and not (isinstance(value, list) and isinstance(step, int) and step < len(value)):
            return missing  # type: ignore[return-value]
        value = value[step]  # type: ignore[index]
    return value


def rewritten(change: Callable[[Spot], JsonValue]) -> Fix:
    """Make a repair that puts another value in the place of one; none where ``change`` returns None."""

    def splices(spot: Spot) -> Iterator[Splice]:
        new = None if spot.value is None else change(spot)
        if new is not None and (new != spot.value or type(new) is not type(spot.value)):
            yield spot.document.replace(spot.pointer, new)

    splices.__doc__ = change.__doc__
    return on_json(splices)


def replaced(change: Callable[[JsonValue], JsonValue]) -> Fix:
    """Make the repair of ``rewritten`` where nothing but the old value counts."""

    def change_value(spot: Spot) -> JsonValue:
        return change(spot.value)

    told = (change.__doc__ or "the value that it can only mean").partition(";")[0].strip().removeprefix("Return ")
    change_value.__doc__ = f"Put in its place {told}"
    return rewritten(change_value)


def renamed(key_for: Callable[[Spot], str]) -> Fix:
    """Make a repair that gives a member another key; none where ``key_for`` returns no text or the key is there."""

    def splices(spot: Spot) -> Iterator[Splice]:
        """Spell the key as the one that it can only mean."""
        new = key_for(spot) if spot.key else ""
        if new and isinstance(spot.parent, dict) and new not in spot.parent:
            yield spot.document.rename(spot.pointer, new)

    return on_json(splices)


def member_added(key: str, value: JsonValue) -> Fix:
    """Make a repair that gives an object one more member; none where it has one of that key."""

    def splices(spot: Spot) -> Iterator[Splice]:
        if isinstance(spot.value, dict) and key not in spot.value:
            yield spot.document.add_member(spot.pointer, key, value)

    splices.__doc__ = f'Add ``"{key}": {json.dumps(value)}``.'
    return on_json(splices)


@on_json
def removed(spot: Spot) -> Iterator[Splice]:
    """Take the member or item away."""
    if spot.pointer:
        yield spot.document.remove(spot.pointer)


def mark_removed(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Take a byte order mark away."""
    path = finding.location.path
    data = plugin.read(path) or b""
    if data.startswith(BOM) and (finding.location.line, finding.location.column) == (1, 1):
        yield Replace(RelPath(path), Splice(0, len(BOM), b""))


def number_or_flag(value: JsonValue) -> JsonValue:
    """Return the number or boolean that a text is; None when it is neither."""
    if not isinstance(value, str) or not _NUMBER.match(value):
        return _flag(value)
    found = float(value)
    return int(found) if found.is_integer() and "." not in value else found


@rewritten
def default_fitted(spot: Spot) -> JsonValue:
    """Put the number or boolean that a default means in its place, for an option of that type."""
    new = number_or_flag(spot.value) if spot.key == "default" else None
    kind = spot.parent.get("type") if isinstance(spot.parent, dict) else None
    fits = (values.is_number(new) and kind == "number") or (isinstance(new, bool) and kind == "boolean")
    return new if fits else None


def as_text(value: JsonValue) -> JsonValue:
    """Return a number or boolean as a text, written as JSON writes it; None for what has parts."""
    return None if value is None or isinstance(value, (str, list, dict)) else json.dumps(value)


def kebab(name: JsonValue) -> str | None:
    """Return a name as lower-case words joined by hyphens; None when nothing of it is left."""
    if not isinstance(name, str):
        return None
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-") or None


@rewritten
def named_as_directory(spot: Spot) -> JsonValue:
    """Give the manifest the name of the plugin's directory, where that is a good name."""
    return spot.plugin.name if _KEBAB.match(spot.plugin.name) else None


def author_object(author: JsonValue) -> JsonValue:
    """Return the object that npm's ``Name <address> (page)`` means; None when it is something else."""
    found = _AUTHOR.match(author.strip()) if isinstance(author, str) else None
    if found is None:
        return None
    parts: JsonObject = {"name": found[1], "email": found[2], "url": found[3]}
    return {key: part for key, part in parts.items() if part is not None}


@rewritten
def npm_form(spot: Spot) -> JsonValue:
    """Put what a field of npm's form means in its place: keywords in one text, repository and license as objects."""
    read = _NPM_FORMS.get(spot.key) if len(spot.pointer) == 1 else None
    return read(spot.value) if read else None


def _keywords(value: JsonValue) -> JsonValue:
    words = [word.strip() for word in value.split(",")] if isinstance(value, str) else []
    return [word for word in words if word] or None


def _member(key: str) -> Callable[[JsonValue], JsonValue]:
    def read(value: JsonValue) -> JsonValue:
        found = value.get(key) if isinstance(value, dict) else None
        return found if isinstance(found, str) else None

    return read


def _flag(value: JsonValue) -> JsonValue:
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else None


_NPM_FORMS: dict[str, Callable[[JsonValue], JsonValue]] = {
    "keywords": _keywords,
    "repository": _member("url"),
    "license": _member("type"),
    "defaultEnabled": _flag,
}


def dependency_list(value: JsonValue) -> JsonValue:
    """Return the list that npm's map of names and ranges means; None when it is something else."""
    if not isinstance(value, dict) or not values.is_text_map(value):
        return None
    return [{"name": name, "version": wanted} for name, wanted in value.items()]


@on_json
def moved_to_experimental(spot: Spot) -> Iterator[Splice]:
    """Move a member of the manifest into ``experimental``."""
    root, document, key = spot.parent, spot.document, spot.key
    if not isinstance(root, dict) or len(spot.pointer) != 1:
        return
    there = root.get("experimental")
    if "experimental" not in root:
        yield document.rename(spot.pointer, "experimental")
        yield document.wrap(spot.pointer, ["{", f'"{key}": '], closing="}")
    elif isinstance(there, dict) and key not in there:
        yield document.remove(spot.pointer)
        yield document.add_member(("experimental",), key, root[key])


@rewritten
def dot_slash_added(spot: Spot) -> JsonValue:
    """Write ``./`` before a path that names something of the plugin, and slashes for backslashes."""
    bare = str(spot.value).replace("\\", "/").removeprefix("./")
    clean = bare and not bare.startswith(("/", "~")) and ".." not in bare.split("/")
    return f"./{bare}" if clean and spot.plugin.has(bare.rstrip("/")) else None


@rewritten
def case_corrected(spot: Spot) -> JsonValue:
    """Write a path in the letter case of the one thing in the tree that it can mean."""
    text, plugin = spot.value, spot.plugin
    target = resolve(text) if isinstance(text, str) else None
    found = [path for path in (*plugin.files, *plugin.directories) if fold(path) == fold(target)] if target else []
    slash = "/" if str(text).endswith("/") else ""
    return f"./{found[0]}{slash}" if len(found) == 1 else None


@on_json
def agents_listed(spot: Spot) -> Iterator[Splice]:
    """Name the Markdown files of a directory in its place."""
    plugin = spot.plugin
    target = resolve(spot.value) if isinstance(spot.value, str) else None
    if not target or target not in plugin.directories:
        return
    found: list[JsonValue] = [f"./{path}" for path in plugin.below(target) if path.lower().endswith(".md")]
    if 0 < len(found) <= _LISTED:
        change = spot.document.replace if spot.key else spot.document.spread
        yield change(spot.pointer, found)


@rewritten
def skill_folder(spot: Spot) -> JsonValue:
    """Name the folder of a SKILL.md in its place."""
    target = resolve(spot.value) if isinstance(spot.value, str) else None
    folder, _, name = (target or "").rpartition("/")
    return f"./{folder}/" if folder and name.lower() == "skill.md" and target in spot.plugin.files else None

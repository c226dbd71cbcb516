"""Repairs of values in JSON files: of the plugin manifest's fields and paths, and of its dependencies.

A finding's pointer says which value; a file with any flaw is left alone until the flaw is gone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from plugintool.jsonedit import Document, Splice
from plugintool.jsontext import JsonObject, JsonValue, Pointer
from plugintool.lint import values
from plugintool.lint.fix import Edit, Fix, Replace
from plugintool.plugin.model import Plugin
from plugintool.plugin.paths import resolve
from plugintool.relpath import RelPath, fold
from plugintool.report import Finding

BOM = b"\xef\xbb\xbf"
_AUTHOR = re.compile(r"([^<>()]+?)\s*(?:<([^<>\s]+@[^<>\s]+)>)?\s*(?:\((https?://[^()\s]+)\))?\Z")
_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_LISTED = 200
"""So many files are listed in the place of a directory, no more."""


def document_of(plugin: Plugin, path: str) -> Document | None:
    """Return a JSON file of the plugin for editing; None when it has any flaw."""
    found = plugin.json_files.get(RelPath(path)) if path else None
    return None if found is None else Document.of(found)


def value_at(value: JsonValue, pointer: Pointer) -> JsonValue:
    """Return the value at ``pointer``; None when there is none."""
    for step in pointer:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def edited(path: str, *spans: Splice) -> Iterator[Edit]:
    """Yield spans as edits of one file."""
    yield from (Replace(RelPath(path), span) for span in spans)


def replaced(change: Callable[[JsonValue], JsonValue]) -> Fix:
    """Make a repair that puts another value in the place of one; none where ``change`` returns None."""

    def fix(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
        place = finding.location
        document = document_of(plugin, place.path)
        old = value_at(document.value, place.pointer) if document else None
        new = None if old is None else change(old)
        if document and new is not None and new != old:
            yield from edited(place.path, document.replace(place.pointer, new))

    return fix


def renamed(key_for: Callable[[str], str]) -> Fix:
    """Make a repair that gives a member another key; none where ``key_for`` returns no text or the key is there."""

    def fix(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
        place = finding.location
        document = document_of(plugin, place.path)
        parent = value_at(document.value, place.pointer[:-1]) if document else None
        old = place.pointer[-1] if place.pointer else None
        if document and isinstance(parent, dict) and isinstance(old, str) and old in parent:
            new = key_for(old)
            if new and new not in parent:
                yield from edited(place.path, document.rename(place.pointer, new))

    return fix


def removed(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Take the member or item away."""
    place = finding.location
    document = document_of(plugin, place.path)
    if document and place.pointer and value_at(document.value, place.pointer) is not None:
        yield from edited(place.path, document.remove(place.pointer))


def mark_removed(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Take a byte order mark away."""
    path = finding.location.path
    data = plugin.read(path) or b""
    if data.startswith(BOM) and (finding.location.line, finding.location.column) == (1, 1):
        yield from edited(path, Splice(0, len(BOM), b""))


def kebab(name: JsonValue) -> str | None:
    """Return a name as lower-case words joined by hyphens; None when nothing of it is left."""
    if not isinstance(name, str):
        return None
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-") or None


def named_as_directory(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Give the manifest the name of the plugin's directory, where that is a good name."""
    if _KEBAB.match(plugin.name):
        yield from replaced(lambda _: plugin.name)(plugin, finding)


def author_object(author: JsonValue) -> JsonValue:
    """Return the object that npm's ``Name <address> (page)`` means; None when it is something else."""
    found = _AUTHOR.match(author.strip()) if isinstance(author, str) else None
    if found is None:
        return None
    parts: JsonObject = {"name": found[1], "email": found[2], "url": found[3]}
    return {key: part for key, part in parts.items() if part is not None}


def npm_form(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Put what a field of npm's form means in its place: keywords in one text, repository and license as objects."""
    field = finding.location.pointer[:1]
    reader = _NPM_FORMS.get(str(*field)) if len(finding.location.pointer) == 1 else None
    if reader:
        yield from replaced(reader)(plugin, finding)


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


def moved_to_experimental(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Move a member of the manifest into ``experimental``."""
    place = finding.location
    document = document_of(plugin, place.path)
    root = document.value if document else None
    if document is None or not isinstance(root, dict) or len(place.pointer) != 1:
        return
    key = str(place.pointer[0])
    there = root.get("experimental")
    if "experimental" not in root:
        wrapped = document.wrap(place.pointer, ["{", f'"{key}": '], closing="}")
        yield from edited(place.path, document.rename(place.pointer, "experimental"), wrapped)
    elif isinstance(there, dict) and key not in there:
        added = document.add_member(("experimental",), key, root[key])
        yield from edited(place.path, document.remove(place.pointer), added)


def dot_slash_added(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Write ``./`` before a path that names something of the plugin, and slashes for backslashes."""

    def change(text: JsonValue) -> JsonValue:
        bare = str(text).replace("\\", "/").removeprefix("./")
        clean = bare and not bare.startswith(("/", "~")) and ".." not in bare.split("/")
        return f"./{bare}" if clean and plugin.has(bare.rstrip("/")) else None

    yield from replaced(change)(plugin, finding)


def case_corrected(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Write a path in the letter case of the one thing in the tree that it can mean."""

    def change(text: JsonValue) -> JsonValue:
        target = resolve(text) if isinstance(text, str) else None
        found = [path for path in (*plugin.files, *plugin.directories) if fold(path) == fold(target)] if target else []
        slash = "/" if str(text).endswith("/") else ""
        return f"./{found[0]}{slash}" if len(found) == 1 else None

    yield from replaced(change)(plugin, finding)


def agents_listed(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Name the Markdown files of a directory in its place."""
    place = finding.location
    document = document_of(plugin, place.path)
    text = value_at(document.value, place.pointer) if document else None
    target = resolve(text) if isinstance(text, str) else None
    if document is None or not target or target not in plugin.directories:
        return
    found: list[JsonValue] = [f"./{path}" for path in plugin.below(target) if path.lower().endswith(".md")]
    if 0 < len(found) <= _LISTED:
        in_list = isinstance(place.pointer[-1], int)
        change = document.spread(place.pointer, found) if in_list else document.replace(place.pointer, found)
        yield from edited(place.path, change)


def skill_folder(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Name the folder of a SKILL.md in its place."""

    def change(text: JsonValue) -> JsonValue:
        target = resolve(text) if isinstance(text, str) else None
        folder, _, name = (target or "").rpartition("/")
        return f"./{folder}/" if folder and name.lower() == "skill.md" and target in plugin.files else None

    yield from replaced(change)(plugin, finding)

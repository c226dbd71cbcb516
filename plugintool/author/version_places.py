"""Where the version of a plugin or a bundle stands: manifests, the marketplace entry, and the files of its packages.

A place knows its text and how to write another one with every other byte as it was: JSON files through ``jsonedit``,
TOML files by the one line, which is read again afterwards.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

from plugintool import jsontext
from plugintool.build.bundle import bundle_directories
from plugintool.errors import InputError, MalformedFileError, MissingPathError
from plugintool.formats.bundle_manifest import BUNDLE_MANIFEST
from plugintool.frozen import dataclass
from plugintool.jsonedit import Document, splice
from plugintool.jsontext import JsonValue, Pointer, pointer_text
from plugintool.jsonvalue import items_of
from plugintool.plugin.discover import MARKETPLACE, is_bundle, is_plugin
from plugintool.plugin.marketplace import load_marketplace
from plugintool.plugin.model import MANIFEST
from plugintool.relpath import RelPath
from plugintool.tree.directory import read_bounded

_LEVELS: Final = 6
"""Directories above a plugin in which its marketplace is looked for; the top of a repository ends the search."""
Write: TypeAlias = Callable[[bytes, str], bytes]
_LINE: Final = re.compile(r"""(?P<before>version[ \t]*=[ \t]*)(?P<quote>["'])(?P<version>[^"'\\\n]*)(?P=quote)""")


@dataclass(frozen=True, slots=True)
class Place:
    """One version.

    Attributes:
        path: the file.
        field: where in it, as a JSON pointer or the name of a key.
        version: the text that stands there; empty when the member is missing, which only the first place may be.
        write: takes the content of the file and a version, and returns the content with that.
        follows: a lock file or another derived one: it is set, but its disagreement is no mistake of the author.
    """

    path: Path
    field: str
    version: str
    write: Write
    follows: bool = False


def places_of(root: Path) -> list[Place]:
    """Return all places of the plugin or the bundle in ``root``; the first is that of its manifest.

    Raises:
        MissingPathError: there is no plugin and no bundle.
        InputError: a file cannot be read; MalformedFileError: it is no flawless JSON or TOML text.
    """
    if is_bundle(root):
        return list(_of_bundle(root))
    if not is_plugin(root) or not (root / MANIFEST).is_file():
        hint = "name a directory that holds .claude-plugin/plugin.json or a bundle's manifest.json"
        raise MissingPathError("no plugin and no bundle", path=str(root), hint=hint)
    places = [_json_place(root / MANIFEST, ("version",), must=True), *_entries(root)]
    names = sorted(os.listdir(root / "bundles")) if (root / "bundles").is_dir() else []
    for directory in bundle_directories([f"bundles/{name}/{BUNDLE_MANIFEST}" for name in names]):
        if (root / directory / BUNDLE_MANIFEST).is_file():
            places += _of_bundle(root / directory)
    return [place for place in places if place is not None]


def _of_bundle(root: Path) -> Iterator[Place]:
    yield from filter(None, [_json_place(root / BUNDLE_MANIFEST, ("version",), must=True)])
    package = _json_place(root / "package.json", ("version",))
    if package is not None:
        yield package
        for pointer in (("version",), ("packages", "", "version")):
            yield from filter(None, [_json_place(root / "package-lock.json", pointer, follows=True)])
    project = _toml_place(root / "pyproject.toml", r"[ \t]*\[project\][ \t]*(?:#.*)?", ("project",))
    if project is not None:
        yield project
        yield from _of_uv_lock(root)


def _entries(plugin: Path) -> Iterator[Place | None]:
    """Yield the version of each entry of the nearest marketplace that means this plugin."""
    real = os.path.realpath(plugin)
    for level in [Path(real), *Path(real).parents][:_LEVELS]:
        file = level / MARKETPLACE
        if file.is_file():
            for entry in load_marketplace(file).entries:
                is_meant = entry.local is not None and os.path.realpath(entry.local.place) == real
                if is_meant and "version" in entry.value:
                    yield _json_place(file, (*entry.pointer, "version"))
            return
        if (level / ".git").exists():
            return


def _json_place(file: Path, pointer: Pointer, *, must: bool = False, follows: bool = False) -> Place | None:
    """Return a place in a JSON file; None when there is no such file or text, unless it ``must`` be there."""
    if not must and not file.is_file():
        return None
    data = read_bounded(file)
    value: JsonValue = jsontext.read_strict(data, path=str(file))
    for step in pointer:
        value = value.get(str(step)) if isinstance(value, dict) else _item(value, step)
    if value is not None and not isinstance(value, str):
        raise MalformedFileError("the version is no text", path=str(file), field=pointer_text(pointer))
    if value is None and not must:
        return None
    return Place(
        file, pointer_text(pointer), value or "", _json_writer(file, pointer, is_there=value is not None), follows
    )


def _item(value: JsonValue, step: str | int) -> JsonValue:
    return value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else None


def _json_writer(file: Path, pointer: Pointer, *, is_there: bool) -> Write:
    def write(data: bytes, version: str) -> bytes:
        document = Document.parse(data, path=str(file))
        change = document.replace(pointer, version) if is_there else document.add_member((), str(pointer[-1]), version)
        return splice(data, [change])

    return write


def _toml_place(file: Path, header: str, keys: tuple[str, ...], *, follows: bool = False) -> Place | None:
    """Return the version in the table that begins with a line ``header``; None when there is none, or it is dynamic."""
    if not file.is_file():
        return None
    value: Any = _read_toml(read_bounded(file), file)
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    version = value.get("version") if isinstance(value, dict) else None
    if not isinstance(version, str):
        return None
    return Place(file, ".".join((*keys, "version")), version, _toml_writer(file, re.compile(header), version), follows)


def _of_uv_lock(root: Path) -> Iterator[Place]:
    """Yield the version that a lock file gives the project itself."""
    file = root / "uv.lock"
    if not file.is_file():
        return
    packages = items_of(_read_toml(read_bounded(file), file).get("package"))
    for package in (item for item in packages if isinstance(item, dict)):
        source, version, name = package.get("source", {}), package.get("version"), package.get("name")
        own = isinstance(source, dict) and "." in {
            source.get("virtual"),
            source.get("editable"),
            source.get("directory"),
        }
        if own and isinstance(version, str) and isinstance(name, str):
            header = re.compile(rf'[ \t]*name[ \t]*=[ \t]*"{re.escape(name)}"[ \t]*')
            yield Place(file, f"package {name}", version, _toml_writer(file, header, version), follows=True)


def _toml_writer(file: Path, header: re.Pattern[str], old: str) -> Write:
    def write(data: bytes, version: str) -> bytes:
        before = _read_toml(data, file)
        lines, is_inside = data.decode().split("\n"), False
        for index, line in enumerate(lines):
            is_inside = bool(header.fullmatch(line.rstrip("\r"))) or (is_inside and not line.lstrip().startswith("["))
            found = _LINE.match(line.lstrip(" \t")) if is_inside else None
            if found and found["version"] == old:
                place = len(line) - len(line.lstrip(" \t")) + found.start("version")
                lines[index] = line[:place] + version + line[place + len(old) :]
                break
        written = "\n".join(lines).encode()
        if _but_versions(before) != _but_versions(_read_toml(written, file)) or (written == data and version != old):
            raise InputError("the version cannot be set here", path=str(file), hint='write it as version = "…"')
        return written

    return write


def _read_toml(data: bytes, file: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - only where there is such a file

    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise MalformedFileError("not valid TOML", path=str(file)) from error


def _but_versions(value: Any) -> Any:
    """The same value without what the editing may have changed."""
    if isinstance(value, dict):
        return {key: _but_versions(item) for key, item in value.items() if key != "version"}
    return [_but_versions(item) for item in value] if isinstance(value, list) else value


def relative_to(root: Path, file: Path) -> RelPath:
    """Return the path of a file below ``root``.

    Raises:
        UnsafePathError: its name is none that every system can store.
    """
    return RelPath(os.path.relpath(file, root).replace(os.sep, "/"))

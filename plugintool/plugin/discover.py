"""Which plugins a path means: a plugin itself, or all plugins of a marketplace or an ``org-plugins`` directory."""

from __future__ import annotations

import os
from pathlib import Path

from plugintool import jsontext
from plugintool.errors import InputError, MissingPathError
from plugintool.jsontext import JsonValue
from plugintool.plugin.paths import resolve
from plugintool.relpath import RelPath, fold
from plugintool.tree.directory import read_bounded

MARKETPLACE = RelPath(".claude-plugin/marketplace.json")
"""Where the file stands in the directory of a marketplace."""
DEFAULT_HOOKS = RelPath("hooks/hooks.json")
"""The file of hooks that a plugin has without naming it."""
_MANIFEST_DIRECTORY, _MANIFEST = ".claude-plugin", "plugin.json"


def find_marketplace(path: Path) -> Path | None:
    """Return the marketplace.json that ``path`` means: itself, or the one of a directory; None when it means none.

    A file of another name is one when it ends in ``.json`` and holds an object with ``plugins`` and ``owner``.
    """
    if path.is_dir():
        file = path / MARKETPLACE
        return file if os.path.lexists(file) else None
    is_one = path.is_file() and (path.name == MARKETPLACE.name or _reads_as_marketplace(path))
    return path if is_one else None


def _reads_as_marketplace(path: Path) -> bool:
    if path.suffix.lower() != ".json" or path.name == _MANIFEST:
        return False
    try:
        value = jsontext.read(read_bounded(path)).value
    except InputError:
        return False
    return isinstance(value, dict) and isinstance(value.get("plugins"), list) and "owner" in value


def find_plugins(path: Path) -> list[Path]:
    """Return the directories of the plugins that ``path`` means, in order of name.

    A file inside ``.claude-plugin`` means the directory above it. A directory without a plugin of its own stands for
    the local plugins of its marketplace.json, else for its sub-directories that are plugins (an ``org-plugins``
    directory). Hidden directories are not looked at. A directory that holds no plugin at all is returned itself, so
    that what is wrong with it can be said.

    Raises:
        MissingPathError: there is nothing, or it is neither a directory nor a manifest.
    """
    path = _directory_of(path)
    if is_plugin(path):
        return [path]
    listed = _marketplace(path)
    if listed is not None:
        return listed or [path]
    return [child for child in _children(path) if is_plugin(child)] or [path]


def is_plugin(path: Path) -> bool:
    """Whether a directory is meant as a plugin: it holds a manifest, whatever its letter case, or a root SKILL.md."""
    if os.path.lexists(os.path.join(path, _MANIFEST_DIRECTORY, _MANIFEST)):  # mostly: no need to look for spellings
        return True
    return any(fold(name) == _MANIFEST for name in _names(path / _spelt(path))) or (path / "SKILL.md").is_file()


def is_bundle(path: Path) -> bool:
    """Whether a directory is the source of a bundle by itself: it holds a bundle manifest and is no plugin."""
    return (path / "manifest.json").is_file() and not is_plugin(path)


def _spelt(path: Path) -> str:
    """The name of the manifest directory as it stands on disk."""
    return next((name for name in _names(path) if fold(name) == _MANIFEST_DIRECTORY), _MANIFEST_DIRECTORY)


def _directory_of(path: Path) -> Path:
    if path.is_dir():
        return path
    parent = Path(os.path.abspath(path)).parent
    if path.exists() and parent.name == _MANIFEST_DIRECTORY:
        return parent.parent
    found = "no directory and no plugin manifest" if path.exists() or path.is_symlink() else "no such file or directory"
    hint = "name a directory that holds .claude-plugin/plugin.json"
    if path.suffix.lower() == ".json" and path.exists():
        hint += ", or a marketplace file: a JSON object with name, owner and plugins"
    raise MissingPathError(found, path=str(path), hint=hint)


def _names(path: Path) -> list[str]:
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []


def _children(path: Path) -> list[Path]:
    return [path / name for name in _names(path) if not name.startswith(".") and (path / name).is_dir()]


def _marketplace(path: Path) -> list[Path] | None:
    """Return the local plugins that a marketplace lists and that are there; None when there is no marketplace."""
    try:
        data = read_bounded(path / _MANIFEST_DIRECTORY / "marketplace.json")
    except InputError:
        return None
    value = jsontext.read(data).value
    entries = value.get("plugins") if isinstance(value, dict) else None
    found = [_local(path, entry) for entry in entries] if isinstance(entries, list) else []
    return sorted({child for child in found if child is not None})


def _local(path: Path, entry: JsonValue) -> Path | None:
    source = entry.get("source") if isinstance(entry, dict) else None
    inside = resolve(source) if isinstance(source, str) else None
    if not inside:
        return None
    return path / inside if (path / inside).is_dir() else None

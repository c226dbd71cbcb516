"""Repairs of bundle manifests."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.jsonedit import Splice
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.lint import values
from plugintool.lint.fix import Fix
from plugintool.lint.fix_json import Spot, on_json, rewritten
from plugintool.pattern import pattern
from plugintool.relpath import fold

_DIRNAME = "${__dirname}"
_VARIABLE = pattern(r"\$\{([A-Za-z_]{1,60})\}")
_SPELLINGS = {
    "windows": "win32", "win": "win32", "win64": "win32", "macos": "darwin", "mac": "darwin", "osx": "darwin",
}  # fmt: skip
"""Other names of platforms, in lower case."""
_CONTROLS = pattern("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")


@on_json
def version_key_renamed(spot: Spot) -> Iterator[Splice]:
    """Call ``dxt_version`` ``manifest_version``; take it out where both say the same."""
    if spot.key != "dxt_version" or not isinstance(spot.parent, dict):
        return
    if "manifest_version" not in spot.parent:
        yield spot.document.rename(spot.pointer, "manifest_version")
    elif spot.parent["manifest_version"] == spot.value:
        yield spot.document.remove(spot.pointer)


@rewritten
def version_as_text(spot: Spot) -> JsonValue:
    """Put a version that is a number in quotes."""
    return str(spot.value) if spot.value in (0.1, 0.2, 0.3, 0.4) else None


def version_raised(first: dict[str, str]) -> Fix:
    """Make the repair that raises the version to the one whose schema knows a field; ``first`` says from which on."""

    def splices(spot: Spot) -> Iterator[Splice]:
        """Raise the version to the first whose schema knows the field."""
        root = spot.document.value
        wanted = first.get(spot.key, "")
        if wanted and isinstance(root, dict) and isinstance(root.get("manifest_version"), str):
            needed = max(version for key, version in first.items() if key in root)
            yield spot.document.replace(("manifest_version",), needed)

    return on_json(splices)


@rewritten
def path_exact(spot: Spot) -> JsonValue:
    """Write a path as the file in the bundle is called."""
    bare = str(spot.value).removeprefix("./")
    folder = spot.path.rpartition("/")[0]
    plugin = spot.plugin
    if plugin.has(f"{folder}/{bare}"):
        return bare
    found = [path[len(folder) + 1 :] for path in plugin.below(folder) if fold(path) == fold(f"{folder}/{bare}")]
    return found[0] if len(found) == 1 else None


@rewritten
def directory_named(spot: Spot) -> JsonValue:
    """Put the directory of the bundle before a relative path in it."""
    return f"{_DIRNAME}/{str(spot.value).removeprefix('./')}"


def variables_spelt(known: frozenset[str]) -> Fix:
    """Make the repair that spells variables as the ones of ``known`` that they can only mean."""

    def change(spot: Spot) -> JsonValue:
        """Spell the variable as the one that it can only mean."""
        text = spot.value
        if not isinstance(text, str):
            return None
        return _VARIABLE.sub(lambda found: f"${{{_spelt(found[1], known)}}}", text)

    return rewritten(change)


def _spelt(name: str, known: frozenset[str]) -> str:
    return name if name in known else values.sole_near(name, known) or name


@on_json
def platform_spelt(spot: Spot) -> Iterator[Splice]:
    """Call a platform as bundles call it."""
    new = _SPELLINGS.get(spot.key.lower(), "")
    if new and isinstance(spot.parent, dict) and new not in spot.parent:
        yield spot.document.rename(spot.pointer, new)


@rewritten
def invisible_removed(spot: Spot) -> JsonValue:
    """Take control and invisible characters out of a text."""
    return _CONTROLS.sub("", spot.value) if isinstance(spot.value, str) else None


@on_json
def config_added(spot: Spot) -> Iterator[Splice]:
    """Start a uv server as the specification says."""
    server = spot.value
    entry = server.get("entry_point") if isinstance(server, dict) else None
    if isinstance(server, dict) and isinstance(entry, str) and "mcp_config" not in server:
        config: JsonObject = {"command": "uv", "args": ["run", "--directory", _DIRNAME, entry.removeprefix("./")]}
        yield spot.document.add_member(spot.pointer, "mcp_config", config)

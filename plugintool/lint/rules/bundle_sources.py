"""The sources of MCP bundles in a plugin, as the bundle rules see them: ``bundles/<name>/manifest.json`` and its files.

Numbers MB001 to MB058 are those of one list of rules for bundles. Not judged here: what needs the running server
(MB053, MB055), which is what ``plugintool check`` starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from plugintool import jsontext
from plugintool.formats.bundle_manifest import BUNDLE_MANIFEST, BundleManifest, read_bundle_manifest
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue, Pointer
from plugintool.lint.rule import Source
from plugintool.plugin.model import Plugin
from plugintool.relpath import RelPath
from plugintool.report import Location

BUNDLES = "bundles"
TARGETS = ("mcpb",)
SPECIFICATION = Source("https://github.com/modelcontextprotocol/mcpb", "MANIFEST.md", "December 2025")
MEASURED = Source("mcpb validate, mcpb pack", "bundle manifest", "@anthropic-ai/mcpb 2.1.2, November 2026")


@dataclass(frozen=True, slots=True)
class BundleSource:
    """The source of one bundle.

    Attributes:
        plugin: which holds it.
        directory: as ``bundles/clock``.
        manifest: its bundle manifest.
    """

    plugin: Plugin
    directory: RelPath
    manifest: BundleManifest

    @property
    def value(self) -> JsonObject:
        """The object of the bundle manifest; empty when there is none."""
        return self.manifest.value

    @property
    def server(self) -> JsonObject:
        """The member ``server``; empty when it is no object."""
        return _object(self.value.get("server"))

    @property
    def config(self) -> JsonObject:
        """The member ``server.mcp_config``; empty when it is no object."""
        return _object(self.server.get("mcp_config"))

    @property
    def options(self) -> dict[str, JsonObject]:
        """The options of ``user_config`` that are objects, by key."""
        found = _object(self.value.get("user_config"))
        return {key: option for key, option in found.items() if isinstance(option, dict)}

    @property
    def kind(self) -> str:
        """The member ``server.type`` when it is a text."""
        return self.manifest.text("server", "type")

    def has(self, path: str) -> bool:
        """Whether the bundle holds a file or directory ``path``, in exactly this letter case."""
        return self.plugin.has(f"{self.directory}/{path}")

    def place(self, *pointer: str | int) -> Location:
        """Return the place of a value in the bundle manifest."""
        line, column = jsontext.locate(self.manifest.json.text, pointer) if self.manifest.json.is_readable else (0, 0)
        return Location(f"{self.directory}/{BUNDLE_MANIFEST}", line, column, pointer)

    def files(self) -> list[str]:
        """The paths of its files below its directory."""
        return [path.removeprefix(f"{self.directory}/") for path in self.plugin.below(self.directory)]

    def texts(self) -> Iterator[tuple[Pointer, str]]:
        """Yield every text of ``server.mcp_config`` with its pointer."""
        yield from texts_in(self.config, ("server", "mcp_config"))


def texts_in(value: JsonValue, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    """Yield every text inside a value with its pointer; depth is bounded by the reader of JSON."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts_in(item, (*pointer, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts_in(item, (*pointer, index))


def sources_of(plugin: Plugin) -> Iterator[BundleSource]:
    """Yield the bundle sources of a plugin that have a bundle manifest of readable size, in order of path."""
    for directory in directories_of(plugin):
        data = plugin.read(f"{directory}/{BUNDLE_MANIFEST}")
        if data is not None:
            yield BundleSource(plugin, directory, _manifest(data))


def directories_of(plugin: Plugin) -> list[RelPath]:
    """Return the directories directly below ``bundles``, in order."""
    if BUNDLES not in plugin.directories:
        return []
    return sorted(RelPath(path) for path in plugin.directories if path.rpartition("/")[0] == BUNDLES)


@lru_cache(maxsize=16)
def _manifest(data: bytes) -> BundleManifest:
    """Read a manifest once for all rules: the schema is the expensive part."""
    return read_bundle_manifest(data)


def package_json_of(source: BundleSource) -> JsonObject:
    """Return the package.json beside a bundle manifest; empty when there is none that can be read."""
    data = source.plugin.read(f"{source.directory}/package.json")
    return _object(jsontext.read(data).value if data else None)


def pyproject_of(source: BundleSource) -> JsonObject:
    """Return the pyproject.toml beside a bundle manifest; empty when there is none that can be read."""
    data = source.plugin.read(f"{source.directory}/pyproject.toml")
    if not data:
        return {}
    import tomllib  # noqa: PLC0415 - only where there is one

    try:
        return tomllib.loads(data.decode(errors="replace"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}

"""``Plugin`` and its parts: frozen values that say what a tree holds, with the place of everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any

from plugintool import jsontext, limits
from plugintool.errors import InputError
from plugintool.frozen import dataclass, field
from plugintool.jsontext import JsonObject, JsonText, JsonValue, Pointer
from plugintool.plugin.contents import Contents
from plugintool.plugin.frontmatter import FrontMatter
from plugintool.relpath import RelPath
from plugintool.report import Location
from plugintool.tree.directory import Link, SourceFile, Survey
from plugintool.tree.entry import BadEntry, Tree, TreeFile
from plugintool.tree.memory import MemoryTree

MANIFEST = RelPath(".claude-plugin/plugin.json")
"""Where the plugin manifest stands."""
_OF_THE_TREE = Contents(MemoryTree("", {}))
"""Stands for contents that were not given."""


class Kind(StrEnum):
    """The kinds of component that are Markdown files."""

    AGENT = "agent"
    COMMAND = "command"
    SKILL = "skill"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The plugin manifest that was found; ``path`` may differ from ``MANIFEST`` in letter case (``is_misspelt``)."""

    path: RelPath
    json: JsonText

    @property
    def is_misspelt(self) -> bool:
        """Whether a system that minds letter case does not find it."""
        return self.path != MANIFEST

    @property
    def value(self) -> JsonObject:
        """The object; empty when there is none."""
        return self.json.value if isinstance(self.json.value, dict) else {}


@dataclass(frozen=True, slots=True)
class Component:
    """An agent, a command or a skill.

    Attributes:
        kind: which.
        path: its file; for a skill that of the ``SKILL.md``.
        name: as the client names it: an agent by its front matter, a command by its file, a skill by its folder.
        front_matter: what its front matter says.
        declared: the manifest names it outside the default directories.
        linked: it is seen through a symbolic link.
    """

    kind: Kind
    path: RelPath
    name: str
    front_matter: FrontMatter
    declared: bool = False
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Declaration:
    """One set of hooks, servers or monitors: in a file of its own, or inline in the plugin manifest.

    Attributes:
        path: the file in which it stands.
        pointer: where in that file; empty for a whole file.
        value: the set as it stands, of whatever type; None when the file is not readable JSON.
        inline: it stands in the plugin manifest.
        default: the file is one that is read without being named.
    """

    path: RelPath
    pointer: Pointer
    value: JsonValue
    inline: bool = False
    default: bool = False

    def unwrapped(self, key: str) -> tuple[Pointer, JsonValue]:
        """Return the member ``key`` when the set is wrapped in it, else the set, each with its pointer."""
        if not self.inline and isinstance(self.value, dict) and key in self.value:
            return (*self.pointer, key), self.value[key]
        return self.pointer, self.value


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that should have been read and was not, and why."""

    path: RelPath
    reason: str


@dataclass(frozen=True)
class Plugin:
    """Everything found in one tree.

    Attributes:
        name: the name of the directory: the canonical name of the plugin.
        tree: the files; a ``Survey`` when a source tree was read.
        manifest: the plugin manifest, or None.
        components: agents, commands and skills, sorted by path.
        hooks, mcp, lsp, monitors: where each of these is declared.
        bundles: paths and addresses of MCP bundles that ``mcpServers`` names, as they stand.
        json_files: every JSON file that was read, by path.
        unread: files that should have been read and were not.
        contents: the files of ``tree``, made from it when it is not given.
    """

    name: str
    tree: Tree
    manifest: Manifest | None
    components: tuple[Component, ...] = ()
    hooks: tuple[Declaration, ...] = ()
    mcp: tuple[Declaration, ...] = ()
    lsp: tuple[Declaration, ...] = ()
    monitors: tuple[Declaration, ...] = ()
    bundles: tuple[str, ...] = ()
    json_files: Mapping[RelPath, JsonText] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()
    contents: Contents = field(default=_OF_THE_TREE, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.contents is _OF_THE_TREE:
            object.__setattr__(self, "contents", Contents(self.tree))

    @property
    def survey(self) -> Survey | None:
        """The survey of a source tree: links, bad entries, modes; None for a built tree or an archive."""
        return self.tree if isinstance(self.tree, Survey) else None

    @property
    def links(self) -> tuple[Link, ...]:
        """The symbolic links of a source tree."""
        return self.survey.links if self.survey else ()

    @property
    def bad_entries(self) -> tuple[BadEntry, ...]:
        """What can be no file of a plugin."""
        return self.survey.bad if self.survey else ()

    @cached_property
    def value(self) -> JsonObject:
        """The manifest's object; empty when there is none."""
        return self.manifest.value if self.manifest else {}

    @cached_property
    def derived(self) -> dict[object, tuple[Any, ...]]:
        """What follows from it and was asked for: filled by ``once``, by the function that works it out."""
        return {}

    @property
    def declared_name(self) -> str:
        """The manifest's ``name`` when it is a text, else an empty text."""
        return _text(self.value.get("name"))

    @property
    def version(self) -> str:
        """The manifest's ``version`` when it is a text, else an empty text."""
        return _text(self.value.get("version"))

    @property
    def manifest_path(self) -> RelPath:
        """Where the manifest stands, or should."""
        return self.manifest.path if self.manifest else MANIFEST

    @property
    def files(self) -> Mapping[RelPath, TreeFile]:
        """All files by path, in order of path."""
        return self.contents.files

    @property
    def directories(self) -> frozenset[str]:
        """All directories, those that files imply among them; an empty text is the root."""
        return self.contents.directories

    def source_file(self, path: str) -> SourceFile | None:
        """The file on disk with its mode, when a source tree was read."""
        return self.survey.sources.get(path) if self.survey else None  # type: ignore[call-overload]

    def has(self, path: str) -> bool:
        """Whether there is a file or a directory ``path``, in exactly this letter case."""
        return path in self.files or path in self.directories

    def below(self, directory: str) -> Iterator[RelPath]:
        """All files below one directory, in order of path."""
        return self.contents.below(directory)

    def of_kind(self, kind: Kind) -> list[Component]:
        """The components of one kind."""
        return [component for component in self.components if component.kind is kind]

    def read(self, path: str, *, max_bytes: int = limits.TEXT_BYTES) -> bytes | None:
        """Return the content of one file; None when there is none, it is larger, or it cannot be read."""
        file = self.files.get(path)  # type: ignore[call-overload]
        if file is None or file.size > max_bytes:
            return None
        try:
            data = self.contents.read(file.path, max_bytes)
        except (InputError, OSError):
            return None
        return data if len(data) <= max_bytes else None

    def head(self, path: str) -> bytes:
        """Return the first bytes of one file: enough to tell a program by; empty when it cannot be read."""
        try:
            return self.contents.head(RelPath(path))
        except (InputError, OSError):
            return b""

    def locate(self, path: str, pointer: Pointer = ()) -> Location:
        """Return the place of a value in a JSON file, with line and column."""
        found = self.json_files.get(RelPath(path)) if path else None
        if found is None or not found.is_readable:
            return Location(path, pointer=pointer)
        line, column = jsontext.locate(found.text, pointer)
        return Location(path, line, column, pointer, "" if pointer else "root")


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""

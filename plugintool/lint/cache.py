"""A cache of lint results, keyed by everything that a result depends on.

Results are kept on *shelves*: one file for all subjects that stand in one directory, since opening a thousand files
costs more than judging a hundred plugins. A shelf belongs to the rules (their version and their source files), the
options and its directory; a result on it belongs to a digest of the content of its ``Basis``. What the disk says of the
files of a basis without reading them (``lint.state``) only saves the reading. A damaged or foreign shelf is an empty
one. The directory may be deleted at any time and stays below ``limits.CACHE_BYTES``; nothing in it decides about trust.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
from pathlib import Path
from typing import NamedTuple

import plugintool
from plugintool import clock, digest, jsontext, limits
from plugintool.errors import InputError, OutputError
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.lint.result import Kind, LintResult, from_row, kinds_from, to_row
from plugintool.lint.state import QUIET_NS, State, joined, state_of_file, state_of_tree
from plugintool.relpath import RelPath
from plugintool.tree.directory import Survey, open_regular, read_bounded, survey

_FORM = 2
"""Grows when the form of a shelf changes."""
_NO_RULES = frozenset({"__pycache__", "_templates", "cli", "device", "install", "scaffold", "sign", "verify"})
"""Directories of the package on which no finding depends."""
_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# A cache of plugintool lint; safe to delete.\n"
"""https://bford.info/cachedir/: backup programs leave such a directory out."""


class Basis(NamedTuple):
    """What the result on one subject depends on, besides the rules and the options.

    Attributes:
        what: the kind of subject: a directory may be of two.
        place: the subject itself; its name and that of the directory it stands in count.
        said: what is known already, such as what stands beside it.
        files: single files that are read, whether they are there or not.
        trees: directories that are read whole.
    """

    what: str
    place: str
    said: str = ""
    files: tuple[str, ...] = ()
    trees: tuple[str, ...] = ()


class _Kept(NamedTuple):
    """One result on a shelf, with the state and the content that it belongs to; an empty state is none."""

    state: str
    content: str
    result: LintResult


class _Shelf:
    """The results on the subjects of one directory, by name."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.kinds, self.rows = _read_shelf(place)
        self.added: dict[str, _Kept] = {}

    def get(self, name: str) -> _Kept | None:
        """Return what is kept under a name; None when there is nothing, or something of another form."""
        if name in self.added:
            return self.added[name]
        row = self.rows.get(name)
        if isinstance(row, list):
            with contextlib.suppress(ValueError, TypeError, IndexError):
                state, content, *rest = row
                return _Kept(str(state), str(content), from_row(rest, self.kinds))
        return None

    def content(self) -> bytes:
        """Return the bytes to write: what was added, and of the rest what has room."""
        added: JsonObject = {name: [kept.state, kept.content, *self._row(kept)] for name, kept in self.added.items()}
        rows = added | {name: row for name, row in self.rows.items() if name not in added}
        body = jsontext.sealed([self._kinds(), rows])
        while len(body) > limits.CACHE_SHELF_BYTES and rows:
            rows = dict(itertools.islice(rows.items(), len(rows) // 2))
            body = jsontext.sealed([self._kinds(), rows])
        return body

    def _kinds(self) -> JsonValue:
        return [[[*rules], [*words]] for rules, words in self.kinds]

    def _row(self, kept: _Kept) -> list[JsonValue]:
        return to_row(kept.result, self.kinds)


class LintCache:
    """Results below one directory.

    Args:
        directory: is made when it is not there.
        configuration: everything that a result depends on besides the rules and its basis, as a text.

    Raises:
        OutputError: the directory cannot be made.
    """

    def __init__(self, directory: Path, configuration: str = "") -> None:
        self._directory = directory
        self._head = f"{_FORM}\n{rules_digest(Path(plugintool.__file__).parent)}\n{configuration}"
        self._started = int(clock.utc_now().timestamp()) * 10**9
        self._shelves: dict[str, _Shelf] = {}
        self._states: dict[str, State | None] = {}
        self._contents: dict[str, str] = {}
        try:
            directory.mkdir(parents=True, exist_ok=True)
            for name, content in (("CACHEDIR.TAG", _TAG), (".gitignore", b"*\n")):
                if not (directory / name).exists():
                    (directory / name).write_bytes(content)
        except OSError as error:
            raise OutputError("the cache cannot be written", path=str(directory), found=error.strerror or "") from error

    def find(self, basis: Basis) -> LintResult | None:
        """Return the result that belongs to a basis; None when none is kept, or the basis cannot be read."""
        shelf, name = self._shelf_of(basis)
        kept, state = shelf.get(name), self._state_of(basis)
        if kept is None:
            return None
        if kept.state and kept.state == state.digest:
            return kept.result
        if kept.content != self.content_of(basis):
            return None
        shelf.added[name] = kept._replace(state=self._lasting(state))
        return kept.result

    def keep(self, basis: Basis, result: LintResult) -> None:
        """Keep the result that belongs to a basis, unless something has changed since it was looked for."""
        shelf, name = self._shelf_of(basis)
        content, before = self.content_of(basis), self._state_of(basis)
        for place in basis.trees:
            self._states.pop(place, None)
        if content and before == self._state_of(basis):
            shelf.added[name] = _Kept(self._lasting(before), content, result)

    def save(self) -> None:
        """Write what was added; a cache that is full or has become unwritable keeps nothing, which is no failure."""
        changed = [shelf for shelf in self._shelves.values() if shelf.added]
        for shelf in changed:
            with contextlib.suppress(OSError, ValueError):  # ValueError: half a surrogate pair in a message
                _write(shelf.place, shelf.content())
        if changed:
            _make_room(self._directory)

    def content_of(self, basis: Basis) -> str:
        """Return a digest of what a basis holds; empty when a part of it cannot be read."""
        try:
            trees = [self._content_of_tree(place) for place in basis.trees]
        except InputError:
            return ""
        said = [basis.said, *map(_content_of_file, basis.files), *trees]
        return digest.sha256(repr(said).encode("utf-8", "surrogatepass"))

    def _content_of_tree(self, place: str) -> str:
        if place not in self._contents:
            self._contents[place] = tree_digest(survey(Path(place)))
        return self._contents[place]

    def _state_of(self, basis: Basis) -> State:
        for place in basis.trees:
            if place not in self._states:
                self._states[place] = state_of_tree(place)
        return joined(basis.said, [*map(state_of_file, basis.files), *map(self._states.get, basis.trees)])

    def _lasting(self, state: State) -> str:
        """Return a state when it speaks for the content from now on, else an empty text."""
        return state.digest if state.newest + QUIET_NS < self._started else ""

    def _shelf_of(self, basis: Basis) -> tuple[_Shelf, str]:
        parent, name = os.path.split(basis.place)
        if parent not in self._shelves:
            key = digest.sha256(f"{self._head}\n{parent}".encode("utf-8", "surrogatepass"))
            self._shelves[parent] = _Shelf(self._directory / f"{key}.json")
        return self._shelves[parent], f"{basis.what} {name}"


def _read_shelf(place: Path) -> tuple[list[Kind], JsonObject]:
    """Return the kinds and the rows of a shelf; of one that is missing, damaged or foreign none."""
    with contextlib.suppress(InputError, ValueError, TypeError):
        match jsontext.unsealed(read_bounded(place, max_bytes=limits.CACHE_SHELF_BYTES)):
            case [list(kinds), dict(rows)]:
                return kinds_from(kinds), rows
    return [], {}


def _write(place: Path, content: bytes) -> None:
    temporary = place.with_name(f"{place.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, place)
    finally:
        temporary.unlink(missing_ok=True)


def _make_room(directory: Path) -> None:
    """Remove the shelves that were written longest ago, until all together are small enough."""
    with contextlib.suppress(OSError):
        shelves = [(entry.stat().st_mtime_ns, entry) for entry in os.scandir(directory) if entry.name.endswith(".json")]
        room = limits.CACHE_BYTES
        for _, entry in sorted(shelves, key=lambda pair: pair[0], reverse=True):
            room -= entry.stat().st_size
            if room < 0:
                os.unlink(entry.path)


def rules_digest(package: Path) -> str:
    """Return a digest of the version of plugintool and of the source of everything that judges plugins."""
    state = hashlib.sha256(plugintool.__version__.encode())
    for directory, inner, names in os.walk(package):
        inner[:] = sorted(name for name in inner if name not in _NO_RULES)
        for name in sorted(name for name in names if name.endswith(".py")):
            info = os.stat(os.path.join(directory, name))
            state.update(f"{directory}/{name} {info.st_size} {info.st_mtime_ns}\n".encode("utf-8", "surrogatepass"))
    return state.hexdigest()


def tree_digest(tree: Survey) -> str:
    """Return a digest of everything that rules can see of a source tree: names, modes, links, oddities, content."""
    state = hashlib.sha256()
    for file in tree.sources.values():
        said: list[JsonValue] = [file.path, file.size, file.mode, file.via]
        state.update(repr(said).encode("utf-8", "surrogatepass") + _content(tree, file.path))
    others = (tree.links, tree.bad, tree.empty_directories, sorted(tree.directories), tree.version_control)
    state.update(repr(others).encode("utf-8", "surrogatepass"))
    return state.hexdigest()


def _content(tree: Survey, path: RelPath) -> bytes:
    return _content_of_file(os.path.join(tree.root, path))


def _content_of_file(path: str) -> bytes:
    """Return a digest of one file of any size, or why it cannot be read."""
    state = hashlib.sha256()
    try:
        with open_regular(path, shown="", follow=True) as source:
            while chunk := source.read(limits.COPY_CHUNK):
                state.update(chunk)
    except (InputError, OSError) as error:
        return repr(error).encode("utf-8", "surrogatepass")
    return state.digest()

"""A cache of lint results, keyed by everything that a result depends on.

The key is a digest of the content of the tree, the rules (their version and their source files) and the options. A
damaged or foreign entry is no entry. The directory may be deleted at any time; nothing in it decides about trust.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

import plugintool
from plugintool import digest, jsontext, limits
from plugintool.errors import InputError, OutputError
from plugintool.jsontext import JsonValue
from plugintool.lint.result import LintResult, from_json
from plugintool.lint.run import LintOptions
from plugintool.relpath import RelPath
from plugintool.tree.directory import Survey, read_bounded

_FORM = 1
"""Grows when the form of an entry changes."""
_NO_RULES = frozenset({"__pycache__", "_templates", "cli", "device", "install", "scaffold", "sign", "verify"})
"""Directories of the package on which no finding depends."""
_ENTRY_BYTES = 64 * limits.MIB
_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# A cache of plugintool lint; safe to delete.\n"
"""https://bford.info/cachedir/: backup programs leave such a directory out."""


class LintCache:
    """Results below one directory.

    Raises:
        OutputError: the directory cannot be made.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._rules = rules_digest(Path(plugintool.__file__).parent)
        try:
            directory.mkdir(parents=True, exist_ok=True)
            for name, content in (("CACHEDIR.TAG", _TAG), (".gitignore", b"*\n")):
                if not (directory / name).exists():
                    (directory / name).write_bytes(content)
        except OSError as error:
            raise OutputError("the cache cannot be written", path=str(directory), found=error.strerror or "") from error

    def key(self, tree: Survey, options: LintOptions, *, targets_given: bool) -> str:
        """Return the name of the entry for one tree and the options before its project file is read."""
        said = [_FORM, self._rules, tree.name, tree_digest(tree), repr(options), targets_given]
        return digest.sha256("\n".join(map(str, said)).encode("utf-8", "surrogatepass"))

    def load(self, key: str) -> LintResult | None:
        """Return a result that was stored; None when there is none or it is damaged."""
        try:
            data = read_bounded(self._place(key), max_bytes=_ENTRY_BYTES)
        except InputError:
            return None
        said, _, body = data.partition(b"\n")
        if said.decode(errors="replace") != _sealed(key, body):
            return None
        try:
            return from_json(jsontext.read(body, max_bytes=_ENTRY_BYTES).value)
        except (ValueError, KeyError, TypeError):
            return None

    def store(self, key: str, result: LintResult) -> None:
        """Keep a result; a cache that is full or has become unwritable keeps nothing, which is no failure."""
        try:
            body = jsontext.pretty(result.as_json())
        except ValueError:  # half a surrogate pair in a message
            return
        place = self._place(key)
        temporary = place.with_name(f"{key}.{os.getpid()}.tmp")
        with contextlib.suppress(OSError):
            place.parent.mkdir(exist_ok=True)
            try:
                temporary.write_bytes(_sealed(key, body).encode() + b"\n" + body)
                os.replace(temporary, place)
            finally:
                temporary.unlink(missing_ok=True)

    def _place(self, key: str) -> Path:
        return self._directory / key[:2] / f"{key}.json"


def _sealed(key: str, body: bytes) -> str:
    """The first line of an entry: it belongs to this key and is whole."""
    return digest.sha256(key.encode() + b"\n" + body)


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
    state = hashlib.sha256()
    try:
        with tree.open(path) as source:
            while chunk := source.read(limits.COPY_CHUNK):
                state.update(chunk)
    except (InputError, OSError) as error:
        return repr(error).encode("utf-8", "surrogatepass")
    return state.digest()

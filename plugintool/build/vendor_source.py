"""The source of a bundle as programs see it: a private copy, so that nothing they do reaches the author's files."""

from __future__ import annotations

from pathlib import Path

from plugintool import limits
from plugintool.formats.npm_lock import NODE_MODULES
from plugintool.relpath import RelPath
from plugintool.tree.copy import HEAD_BYTES, copy_stream, looks_executable
from plugintool.tree.entry import Tree
from plugintool.tree.sink import DirectorySink

_NOT_COPIED = frozenset({NODE_MODULES, "__pycache__", ".venv", "venv", ".tox", ".nox"})
"""What is made again, wherever it lies."""


def copy_source(tree: Tree, target: Path, *, without: str = "") -> None:
    """Copy the source of a bundle into a new directory.

    Args:
        tree: the source, paths relative to the bundle manifest.
        target: is created.
        without: a directory that is left out, as ``server/lib``.

    Raises:
        InputError: a file cannot be read; OutputError: the copy cannot be written.
    """
    sink = DirectorySink(target)
    for file in tree.files():
        if _NOT_COPIED.isdisjoint(file.path.split("/")) and not (without and file.path.startswith(f"{without}/")):
            _copy(tree, file.path, sink)


def _copy(tree: Tree, path: RelPath, sink: DirectorySink) -> None:
    with tree.open(path) as source:
        executable = looks_executable(source.read(HEAD_BYTES))
        source.seek(0)
        with sink.create(path, executable=executable) as target:
            copy_stream(source, target, max_bytes=limits.TREE_BYTES)


def read_source(tree: Tree, path: str, *, max_bytes: int = limits.TEXT_BYTES) -> bytes | None:
    """Return a file of the source of a bundle, at most one byte more than ``max_bytes``; None when it is not there.

    Raises:
        InputError: it cannot be read.
    """
    name = next((file.path for file in tree.files() if file.path == path), None)
    if name is None:
        return None
    with tree.open(name) as source:
        return source.read(max_bytes + 1)

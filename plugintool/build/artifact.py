"""Files that a build leaves in the output directory: how they are called, and how one takes the place of another."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from plugintool.errors import OutputError
from plugintool.tree.sink import FILE_MODE, output_errors

_UNSAFE = re.compile(r"[^0-9A-Za-z.-]+")
_VERSION_CHARS = 80
_WRITING = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def artifact_name(name: str, version: str, suffix: str) -> str:
    """Return ``<name>-<version><suffix>``; signs of a version that URLs or shells change become ``_``."""
    safe = _UNSAFE.sub("_", version)[:_VERSION_CHARS].strip("._-")
    return f"{name}-{safe}{suffix}" if safe else f"{name}{suffix}"


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Open a temporary sibling of ``target`` that takes its place when all went well, and is removed if not.

    Yields:
        The file, open for writing and reading, and its path.

    Raises:
        OutputError: a directory is in the way, or the system refused.
    """
    if target.is_dir() and not target.is_symlink():
        raise OutputError(f"a directory is in the way of {target.name}", path=str(target), hint="move it away")
    aside = target.with_name(f".plugintool-{os.urandom(4).hex()}{target.suffix}")
    try:
        with output_errors(target):
            handle = os.open(aside, _WRITING, 0o600)
        with output_errors(target), os.fdopen(handle, "w+b") as archive:  # closing it writes what is buffered
            yield archive, aside
        with output_errors(target):
            os.chmod(aside, FILE_MODE)
            os.replace(aside, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(aside)

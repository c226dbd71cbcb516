"""From a path to the artifacts it names: a built tree, an archive, or a directory full of them."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from plugintool.errors import ArchiveError, InputError, InstallError, MissingPathError, UncheckableError
from plugintool.tree.directory import open_built
from plugintool.tree.entry import Tree
from plugintool.tree.zip_reader import open_archive

ARCHIVE_SUFFIX, BUNDLE_SUFFIX = ".zip", ".mcpb"
_MARK = ".claude-plugin"


@contextlib.contextmanager
def open_artifact(path: Path) -> Iterator[Tree]:
    """Open a built tree (a directory) or an archive (a file).

    Raises:
        MissingPathError: nothing is there, or it cannot be read.
        UncheckableError: step 1; it is there and is neither.
        InstallError: it is a bundle.
    """
    if is_bundle(path):
        raise InstallError(
            "a bundle is not installed by itself",
            path=str(path),
            expected="a built tree or an archive of a plugin",
            hint="put it into a plugin (plugintool new bundle NAME --into PLUGIN), then build, sign and install that",
        )
    if stat.S_ISDIR(_stat(path).st_mode):
        with _as_step_1(path):
            tree = open_built(path)
        yield tree
        return
    with contextlib.ExitStack() as stack:
        with _as_step_1(path):
            archive = stack.enter_context(open_archive(path))
        yield archive


def is_bundle(path: Path) -> bool:
    """Return whether a path names a bundle, by its suffix."""
    return path.suffix.lower() == BUNDLE_SUFFIX and not os.path.isdir(path)


def find_artifacts(path: Path) -> list[Path]:
    """Return what ``path`` names: itself, or every plugin, archive and bundle in a directory that is no plugin.

    A directory without any is returned as it is, so that what is wrong with it is said by whoever opens it.
    """
    if not os.path.isdir(path) or os.path.isdir(path / _MARK):
        return [path]
    try:
        entries = sorted(path.iterdir())
    except OSError:
        return [path]
    found = [
        entry for entry in entries if entry.suffix in {ARCHIVE_SUFFIX, BUNDLE_SUFFIX} or os.path.isdir(entry / _MARK)
    ]
    return found or [path]


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MissingPathError(f"no such artifact: {reason.lower()}", path=str(path)) from error


@contextlib.contextmanager
def _as_step_1(path: Path) -> Iterator[None]:
    """Turn a malformed artifact into a failure of step 1; a missing one stays missing."""
    try:
        yield
    except MissingPathError:
        raise
    except InputError as error:
        detail = error.detail
        detail.setdefault("path", str(path))
        if isinstance(error, ArchiveError):  # its own hint is for who packs it
            detail["hint"] = "fetch the artifact again from its publisher"
        detail.setdefault("hint", "name a built tree (plugintool build) or an archive (plugintool pack)")
        message = f"neither a built tree nor an archive of one: {error.message}"
        raise UncheckableError(message, step=1, **detail) from error

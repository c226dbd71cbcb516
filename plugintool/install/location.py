"""Whom we trust to write: protection is ownership of the whole chain of directories, not the mode of one file.

Whoever may write to any directory above a file can replace the file. So every directory from ``/`` down to the place
(with ``root``: from that directory down) must be a real directory, no link; must not be writable by its group or by
others; and must belong to root (with ``root``: to root or to the caller). What lies above ``root`` is the caller's
own choice and is not looked at, so that an image can be made below a world-writable ``/tmp``.

On Windows owners and access lists are not modes; reading them is not written yet, so there nothing is trusted and
nothing is installed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from plugintool.errors import UntrustedLocationError
from plugintool.install.layout import Layout

_WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH
_INIT: Final = "plugintool device init --trust-policy FILE"


def trusted_owners(layout: Layout) -> frozenset[int]:
    """Return the user ids that may own the directories: root, below ``root`` also the caller."""
    caller = set() if layout.root is None or not hasattr(os, "geteuid") else {os.geteuid()}
    return frozenset({0} | caller)


def check_directories(layout: Layout) -> None:
    """Check the chains of both places and our own directories.

    Raises:
        UntrustedLocationError: one of them is missing or not to be trusted; names it and the repair.
    """
    for directory in layout.directories():
        for level in chain_of(layout, directory):
            check_directory(layout, level)


def check_trust_policy(layout: Layout) -> None:
    """Check the trust policy's file; its directories are checked by ``check_directories``.

    Raises:
        UntrustedLocationError: it is missing, no regular file, or somebody else can write it.
    """
    path = layout.trust_policy
    problem = _problem(layout, path, want=stat.S_ISREG, kind="regular file")
    if problem:
        message = "there is no trust policy, so nothing can be installed" if problem == "missing" else problem
        raise UntrustedLocationError(message, path=str(path), hint=_INIT)


def check_revocation_lists(layout: Layout) -> None:
    """Check the directory of revocation lists and what is in it; a device that was set up before may have none.

    Raises:
        UntrustedLocationError: a link, no regular file, or somebody else can write it.
    """
    directory = layout.revocation_lists
    if not os.path.lexists(directory):
        return
    check_directory(layout, directory)
    try:
        paths = sorted(directory.iterdir())
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise UntrustedLocationError(f"it cannot be looked into: {reason}", path=str(directory)) from error
    for path in paths:
        problem = _problem(layout, path, want=stat.S_ISREG, kind="regular file")
        if problem:
            raise UntrustedLocationError(problem, path=str(path), hint="remove it, and put the list there as root")


def check_directory(layout: Layout, directory: Path) -> None:
    """Check one directory of a chain.

    Raises:
        UntrustedLocationError: it is missing or not to be trusted.
    """
    problem = directory_problem(layout, directory)
    if problem:
        ours = directory in (*layout.directories(), layout.revocation_lists)
        hint = _INIT if ours or problem == "missing" else "make it a directory of root that only root can write"
        message = "the device is not set up: directory missing" if problem == "missing" else problem
        raise UntrustedLocationError(message, path=str(directory), hint=hint)


def directory_problem(layout: Layout, directory: Path) -> str:
    """Return why a directory is not to be trusted, ``missing``, or an empty text."""
    return _problem(layout, directory, want=stat.S_ISDIR, kind="directory")


def chain_of(layout: Layout, directory: Path) -> Iterator[Path]:
    """Yield the directories from the anchor (``/`` or ``root``) down to ``directory``."""
    chain = [directory, *directory.parents]
    if layout.root is not None and layout.root in chain:
        chain = chain[: chain.index(layout.root) + 1]
    yield from reversed(chain)


def owner_problem(layout: Layout, info: os.stat_result) -> str:
    """Return why owner and mode of a file or directory are not to be trusted, or an empty text."""
    owners = trusted_owners(layout)
    if info.st_uid not in owners:
        return f"it belongs to user {info.st_uid}, not to {' or '.join(map(str, sorted(owners)))}"
    if info.st_mode & _WRITABLE_BY_OTHERS and not stat.S_ISLNK(info.st_mode):
        return f"others than the owner can write to it (mode {stat.S_IMODE(info.st_mode):04o})"
    return ""


def _problem(layout: Layout, path: Path, *, want: object, kind: str) -> str:
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"it cannot be looked at: {(error.strerror or 'error').lower()}"
    if os.name == "nt":
        return "owners and access lists cannot be checked on Windows by this version"
    if stat.S_ISLNK(info.st_mode):
        return f"it is a link, not a {kind}"
    assert callable(want)
    if not want(info.st_mode):
        return f"it is no {kind}"
    return owner_problem(layout, info)

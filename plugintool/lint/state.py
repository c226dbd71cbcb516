"""What the disk says of files without reading them: names, kinds, sizes, modes, times and numbers.

Equal states mean equal contents, with one exception: a file that was written within the same tick of the clock as the
state was taken. So a state is only good to be kept when everything in it is older than ``QUIET_NS``, as git holds it
with its index (https://git-scm.com/docs/racy-git). Where there are links there is no state: what they lead to may
change elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from typing import NamedTuple

from plugintool import limits

QUIET_NS = 2_000_000_000
"""Nanoseconds: the coarsest clock of a file system in use is that of FAT, with two seconds."""


class State(NamedTuple):
    """A digest of what the disk says, and the youngest time in it, in nanoseconds."""

    digest: str
    newest: int


def state_of_tree(root: str) -> State | None:
    """Return the state of everything below a directory; None when it has links or cannot be looked at."""
    said: list[object] = []
    try:
        newest = _look_below(root, said)
    except (_NoStateError, OSError):
        return None
    return State(_digest(said), newest)


def state_of_file(path: str) -> State | None:
    """Return the state of one file, which may be missing; None when it is a link or cannot be looked at."""
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        return State(_digest(["missing"]), 0)
    except OSError:
        return None
    if stat.S_ISLNK(info.st_mode):
        return None
    return State(_digest([_facts(info)]), max(info.st_mtime_ns, info.st_ctime_ns))


def joined(said: str, states: Iterable[State | None]) -> State:
    """Return one state of several and of what is known besides; when one is missing, it has no digest."""
    parts = list(states)
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return State("", 0)
    return State(_digest([said, *(part.digest for part in found)]), max((part.newest for part in found), default=0))


class _NoStateError(Exception):
    """There is something whose content the disk does not tell by its state."""


def _look_below(path: str, said: list[object]) -> int:
    """Add all names and facts below one directory, in order of name; return the youngest time."""
    newest = 0
    with os.scandir(path) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        said.append(entry.name)
        if entry.is_symlink() or len(said) > 2 * limits.SCAN_ENTRIES:
            raise _NoStateError
        if entry.is_dir(follow_symlinks=False):
            newest = max(newest, 0 if entry.name == ".git" else _look_below(entry.path, said))
        else:
            info = entry.stat(follow_symlinks=False)
            said.append(_facts(info))
            newest = max(newest, info.st_mtime_ns, info.st_ctime_ns)
    said.append(0)
    return newest


def _facts(info: os.stat_result) -> tuple[int, ...]:
    return info.st_mode, info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino


def _digest(said: list[object]) -> str:
    return hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()

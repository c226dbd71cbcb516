"""See whether a program has written into a directory: what stands there before and after."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from plugintool import limits
from plugintool.probe.codes import Flaw

Sight: TypeAlias = Mapping[str, "tuple[int, int, int]"]
"""Kind and mode, size, and time of the last change in nanoseconds of everything below a directory, by path."""
_CACHE = "__pycache__"
"""Python writes its cache where it may and does well where it may not: no finding."""
_SHOWN = 5


def look_at(root: Path, *, apart: frozenset[str] = frozenset()) -> Sight:
    """Look at everything below ``root``; links are not followed, what cannot be read is left out.

    Args:
        root: the directory.
        apart: names directly below it that do not matter.
    """
    found: dict[str, tuple[int, int, int]] = {}
    waiting = [""]
    while waiting and len(found) <= limits.SCAN_ENTRIES:
        below = waiting.pop()
        try:
            entries = list(os.scandir(root / below))
        except OSError:
            continue
        for entry in entries:
            path = f"{below}{entry.name}"
            info = entry.stat(follow_symlinks=False)
            if entry.name == _CACHE or path in apart:
                continue
            if stat.S_ISDIR(info.st_mode):
                waiting.append(f"{path}/")
                found[f"{path}/"] = info.st_mode, 0, 0  # its times change with its entries, and these are told
            else:
                found[path] = info.st_mode, info.st_size, info.st_ctime_ns
    return found


def changes(before: Sight, after: Sight) -> tuple[Flaw, ...]:
    """Return one flaw that names what was written, changed or removed; none when all is as it was."""
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    if not changed:
        return ()
    more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
    return (Flaw("CH011", ", ".join(changed[:_SHOWN]) + more),)

"""Reads a plugin again and again, as the app may do, and prints how often it saw what, as JSON.

``python reader.py STYLE PLUGIN STOP`` ends when the file STOP exists; uses nothing but the standard library. STYLE is
``once`` (resolves the link, then reads everything: prints versions), ``last`` or ``first`` (goes by path and reads
version.json last or first: prints pairs of the string noted and the versions of the content).
"""

from __future__ import annotations

import functools
import json
import os
import sys
import time
from collections import Counter

SLOW_SECONDS = 0.2
"""A reading that takes longer may not end before the settle bump; on a busy machine that happens."""


def main() -> None:
    """See the module."""
    style, plugin, stop = sys.argv[1:4]
    read = _read_once if style == "once" else functools.partial(_read_by_path, style)
    seen: Counter[str] = Counter()
    while not os.path.exists(stop):
        seen[read(plugin)] += 1
    sys.stdout.write(json.dumps(seen))


def _read_once(plugin: str) -> str:
    """Return the version that all files agree on, or what was wrong."""
    try:
        top = os.path.realpath(plugin, strict=True)
        texts = [_read(os.path.join(directory, name)) for directory, _, names in os.walk(top) for name in sorted(names)]
    except OSError as error:
        return f"{type(error).__name__}: {error.filename}"
    found = {version for version in ("1.0.0", "2.0.0") if any(f"@{version}@" in text for text in texts)}
    return found.pop() if len(found) == 1 and len(texts) > 20 else f"mixed: {sorted(found)} in {len(texts)} files"


def _read_by_path(style: str, plugin: str) -> str:
    """Return ``<noted string> <versions of the content>``, or what was wrong; a slow reading does not count."""
    start = time.monotonic()
    try:
        noted = _read(os.path.join(plugin, "version.json")) if style == "first" else ""
        found = [_read(os.path.join(plugin, "data", f"{number}.txt")).strip("@") for number in range(30)]
        noted = noted or _read(os.path.join(plugin, "version.json"))
    except OSError as error:
        return f"{type(error).__name__} -"
    if time.monotonic() - start > SLOW_SECONDS:
        return "slow -"
    return f"{json.loads(noted)['version']} {','.join(sorted(set(found)))}"


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as source:
        return source.read()


if __name__ == "__main__":
    main()

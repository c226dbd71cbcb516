"""Reads a plugin as the app may do: resolves the link once, then reads everything. Prints what it saw as JSON.

``python reader.py PLUGIN STOP`` ends when the file STOP exists; uses nothing but the standard library.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter


def main() -> None:
    """See the module."""
    plugin, stop = sys.argv[1:3]
    seen: Counter[str] = Counter()
    while not os.path.exists(stop):
        seen[_read_once(plugin)] += 1
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


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as source:
        return source.read()


if __name__ == "__main__":
    main()

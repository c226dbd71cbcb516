"""How the files are called that a build leaves in the output directory."""

from __future__ import annotations

import re

_UNSAFE = re.compile(r"[^0-9A-Za-z.-]+")
_VERSION_CHARS = 80


def artifact_name(name: str, version: str, suffix: str) -> str:
    """Return ``<name>-<version><suffix>``; signs of a version that URLs or shells change become ``_``."""
    safe = _UNSAFE.sub("_", version)[:_VERSION_CHARS].strip("._-")
    return f"{name}-{safe}{suffix}" if safe else f"{name}{suffix}"

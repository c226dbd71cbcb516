"""How documents for other programs name a place: relative to where the command runs, with ``/``."""

from __future__ import annotations

import os
from pathlib import PurePath


def relative_path(subject: str, path: str) -> str:
    """Return the path of a file of ``subject`` relative to the working directory.

    Services that show findings beside a change know the paths of the repository, which is where they run us. What
    lies elsewhere keeps its absolute path.
    """
    full = os.path.normpath(os.path.join(subject, path)) if subject or path else ""
    here = os.getcwd()
    if os.path.isabs(full) and (full == here or full.startswith(here.rstrip(os.sep) + os.sep)):
        full = os.path.relpath(full, here)
    return PurePath(full).as_posix() if full else ""

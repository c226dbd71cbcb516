"""Regular expressions that are compiled when they are first used.

A module of rules holds several, and compiling one costs 0.1 ms: those that no file of a plugin asks for cost nothing.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class _Pattern:
    """Stands for a compiled pattern; after its first use the methods are those of the compiled one."""

    def __init__(self, source: Any, flags: int) -> None:
        self._arguments = (source, flags)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        compiled = re.compile(*self._arguments)
        found = getattr(compiled, name)
        setattr(self, name, found)
        return found


def pattern(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what ``re.compile`` returns; a mistake in ``source`` is met when the pattern is first used."""
    return cast("re.Pattern[AnyStr]", _Pattern(source, flags))

"""The front matter that most files have, read without a YAML parser: one ``key: text`` a line.

Importing PyYAML costs more than judging a small plugin. What is read here is the part of YAML 1.2 in which nothing
can be read differently: keys of letters, digits, ``_`` and ``-`` in column 0; values on one line that begin with a
letter and hold neither ``:`` nor ``#``, or that stand in quotes without escapes. Everything else is left to
``yaml_core``; a property test holds the two together.
"""

from __future__ import annotations

import re

_LINE = re.compile(
    r"""([A-Za-z][A-Za-z0-9_-]{0,60}):\ +
    (?:"([^"\\\r]*)"|'([^'\r]*)'|([A-Za-z](?:[^:#\r]*[^:#\ \r])?))
    \ *\r?""",
    re.VERBOSE,
)
_OTHER = re.compile("[\0-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""Characters that YAML treats specially or forbids."""
_WORDS = frozenset({"null", "true", "false"})
"""What is no text without quotes, whatever its letter case: an upper bound of what YAML 1.2 says."""


def read(block: str) -> tuple[dict[str, str], dict[str, tuple[int, int]]] | None:
    """Return the values, and line and column from 1 of each key; None when the block is not of the simple kind."""
    if _OTHER.search(block):
        return None
    values: dict[str, str] = {}
    places: dict[str, tuple[int, int]] = {}
    for number, line in enumerate(block.split("\n"), 1):
        if not line:
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            return None
        key, double, single, plain = found.groups()
        if key in values or key.lower() in _WORDS or (plain is not None and plain.lower() in _WORDS):
            return None
        values[key] = plain if plain is not None else double if double is not None else single
        places[key] = (number, 1)
    return (values, places) if values else None

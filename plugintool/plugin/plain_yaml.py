"""The front matter that most files have, read without a YAML parser: one ``key: text`` a line.

Importing PyYAML costs more than judging a small plugin, and reading with it more than everything else that lint does
with a skill. What is read here is the part of YAML 1.2 in which nothing can be read differently: keys of letters,
digits, ``_`` and ``-`` in column 0; texts on one line that begin with a letter and hold neither ``: `` nor `` #``, or
that stand in quotes without escapes; and below a key without a text, equally indented, ``- text`` items or ``key:
text`` lines. Everything else is left to ``yaml_core``; a property test holds the two together.
"""

from __future__ import annotations

import re
from typing import Any

from plugintool.pattern import pattern

_LINE = pattern(
    r"""(\ *)(?:(-)|([A-Za-z][A-Za-z0-9_-]{0,60}):)
    (?:\ +(?:"([^"\\\r]*)"|'([^'\r]*)'|([^\W\d](?:[^:#\r]|:(?=[^\ \r])|(?<!\ )\#)*+)))?
    \ *\r?""",
    re.VERBOSE,
)
"""Indent, sign of an item, key, and the text in double, in single or without quotes."""
_OTHER = pattern("[\0-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""Characters that YAML treats specially or forbids."""
_WORDS = frozenset({"null", "true", "false"})
"""What is no text without quotes, whatever its letter case: an upper bound of what YAML 1.2 says."""


def read(block: str) -> tuple[dict[str, Any], dict[str, tuple[int, int]]] | None:
    """Return the values, and line and column from 1 of each key; None when the block is not of the simple kind."""
    if _OTHER.search(block):
        return None
    reader = _Reader()
    for number, line in enumerate(block.split("\n"), 1):
        if line and not reader.has_taken(line, number):
            return None
    return (reader.values, reader.places) if reader.values and reader.indent != "" else None


class _Reader:
    """What was read so far.

    Attributes:
        key: the top-level key that was read last.
        indent: that of the collection below it: empty before its first line, None when it has a text.
    """

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.places: dict[str, tuple[int, int]] = {}
        self.key = ""
        self.indent: str | None = None

    def has_taken(self, line: str, number: int) -> bool:
        """Take one line that is not empty; False when it is not of the simple kind."""
        found = _LINE.fullmatch(line)
        if found is None:
            return False
        indent, item, key, double, single, plain = found.groups()
        if (key and key.lower() in _WORDS) or (plain and plain.rstrip(" ").lower() in _WORDS):
            return False
        text = plain.rstrip(" ") if plain else single if double is None else double
        if indent:
            return self._has_added(indent, "" if item else key, text)
        return not item and self._has_set(key, text, number)

    def _has_set(self, key: str, text: str | None, number: int) -> bool:
        """Take a top-level key; one whose collection is missing is null, which only YAML tells apart from a text."""
        if key in self.values or self.indent == "":
            return False
        self.values[key], self.places[key] = text, (number, 1)
        self.key, self.indent = key, None if text is not None else ""
        return True

    def _has_added(self, indent: str, key: str, text: str | None) -> bool:
        """Take a line of the collection below the last key; an empty ``key`` means an item of a list."""
        if text is None or self.indent is None or self.indent not in {"", indent}:
            return False
        if self.indent == "":
            self.values[self.key], self.indent = {} if key else [], indent
        collection = self.values[self.key]
        if isinstance(collection, list) == bool(key) or key in collection:
            return False
        if key:
            collection[key] = text
        else:
            collection.append(text)
        return True

"""Edit JSON texts in place: what is not changed keeps its order, indents, line ends and every other byte.

A change is a ``Splice``: new bytes in place of a span of old ones. What is added follows the indent and the line ends
of the file. Only flawless texts are edited: where a text has a byte order mark, duplicate keys or wrong bytes, its
meaning is not the same for all readers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from plugintool import jsontext
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonText, JsonValue, Pointer
from plugintool.pattern import pattern

_INDENT = pattern(r"\n([ \t]+)[^\s\]}]")
_COLON = pattern(r"[ \t\r\n]*:[ \t\r\n]*")
_LINE_START = pattern(r"\n(?=[^\r\n])")
_BLANKS = " \t\r\n"
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Splice:
    """``data`` in place of the bytes from ``start`` up to ``end`` of a file."""

    start: int
    end: int
    data: bytes


def splice(data: bytes, splices: Iterable[Splice]) -> bytes:
    """Return ``data`` with all changes made; they must not overlap."""
    parts, position = [], 0
    for change in sorted(splices, key=lambda change: change.start):
        parts += [data[position : change.start], change.data]
        position = change.end
    return b"".join([*parts, data[position:]])


@dataclass(frozen=True, slots=True)
class Document:
    """A flawless JSON text; ``newline`` and ``indent`` are those the file uses.

    Each method returns the change that would do it, for the text as it is now. A pointer must lead to a value.
    """

    text: str
    value: JsonValue
    newline: str
    indent: str

    @classmethod
    def parse(cls, data: bytes, *, path: str) -> Document:
        """Read a file.

        Raises:
            MalformedFileError: it is no flawless JSON text.
        """
        return cls._of(data.decode(errors="replace"), jsontext.read_strict(data, path=path))

    @classmethod
    def of(cls, found: JsonText) -> Document | None:
        """Return the document of a text that was read; None when it has any flaw."""
        return None if found.problems else cls._of(found.text, found.value)

    @classmethod
    def _of(cls, text: str, value: JsonValue) -> Document:
        found = _INDENT.search(text)
        return cls(text, value, "\r\n" if "\r\n" in text else "\n", found[1] if found else "  ")

    def add_member(self, pointer: Pointer, key: str, value: JsonValue) -> Splice:
        """Add ``key`` as last member of the object at ``pointer``, which must not have it yet."""
        return self._append(pointer, f"{_dump(key)}: ", value)

    def add_item(self, pointer: Pointer, value: JsonValue) -> Splice:
        """Add ``value`` as last item of the list at ``pointer``."""
        return self._append(pointer, "", value)

    def add_first_member(self, pointer: Pointer, key: str, value: JsonValue) -> Splice:
        """Add ``key`` before the other members, of which there must be one, of the object at ``pointer``."""
        start, end = self._span(pointer)
        inner = self.text[start + 1 : end]
        blanks = inner[: len(inner) - len(inner.lstrip(_BLANKS))]
        between = blanks if "\n" in blanks else " "
        at = start + 1 + len(blanks)
        return self._splice(at, at, f"{_dump(key)}: {_dump(value)},{between}")

    def replace(self, pointer: Pointer, value: JsonValue) -> Splice:
        """Put ``value`` in the place of the one at ``pointer``."""
        return self._splice(*self._span(pointer), self._written(value, len(pointer)))

    def spread(self, pointer: Pointer, items: Sequence[JsonValue]) -> Splice:
        """Put several items in the place of the one at ``pointer``, which must be an item of a list."""
        start, end = self._span(pointer)
        line = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        between = f",{self.newline}{line}" if "\n" in self.text[:start] and not line.strip() else ", "
        return self._splice(start, end, between.join(map(_dump, items)))

    def rename(self, pointer: Pointer, key: str) -> Splice:
        """Call the member at ``pointer`` ``key``."""
        start = self._start(pointer)
        return self._splice(start, _DECODER.raw_decode(self.text, start)[1], _dump(key))

    def remove(self, pointer: Pointer) -> Splice:
        """Take the member or item at ``pointer`` away, with one comma and the blanks beside it."""
        start, end = self._start(pointer), self._span(pointer)[1]
        following = len(self.text) - len(self.text[end:].lstrip(_BLANKS))
        before = len(self.text[:start].rstrip(_BLANKS))
        if self.text[following] == ",":
            rest = self.text[following + 1 :]
            return self._splice(start, len(self.text) - len(rest.lstrip(_BLANKS)), "")
        if self.text[before - 1] == ",":
            return self._splice(before - 1, end, "")
        return self._splice(before, following, "")

    def enclose(self, pointer: Pointer, further: JsonValue) -> Splice:
        """Make the value at ``pointer`` a list of itself and ``further``."""
        start, end = self._span(pointer)
        return self._splice(start, end, f"[{self.text[start:end]}, {_dump(further)}]")

    def wrap(self, pointer: Pointer, opening: Sequence[str], *, closing: str) -> Splice:
        """Put brackets around the value at ``pointer``: ``["{", '"hooks": ']`` and ``}``, or ``["["]`` and ``]``.

        What is inside moves to the right when it stands on several lines.
        """
        start, end = self._span(pointer)
        inner = self.text[start:end]
        if "\n" not in inner:
            return self._splice(start, end, f"{''.join(opening)}{inner}{closing}")
        line = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        outer = self.newline + line[: len(line) - len(line.lstrip(_BLANKS))]
        label = "".join(opening[1:])
        moved = _LINE_START.sub("\n" + self.indent, inner)
        return self._splice(start, end, f"{opening[0]}{outer}{self.indent}{label}{moved}{outer}{closing}")

    def unwrap(self, pointer: Pointer, inner: Pointer) -> Splice:
        """Put the value at ``inner``, which lies in the one at ``pointer``, in that one's place."""
        start, end = self._span(pointer)
        kept_start, kept_end = self._span(inner)
        kept = self.text[kept_start:kept_end]
        if all(line.startswith(self.indent) for line in kept.split("\n")[1:] if line.strip()):
            kept = kept.replace("\n" + self.indent, "\n")
        return self._splice(start, end, kept)

    def _append(self, pointer: Pointer, label: str, value: JsonValue) -> Splice:
        """Put ``label`` and ``value`` before the closing bracket of the container at ``pointer``."""
        start, end = self._span(pointer)
        closing = end - 1
        content_end = start + len(self.text[start:closing].rstrip())
        is_empty = content_end == start + 1
        comma = "" if is_empty else ","
        if not is_empty and "\n" not in self.text[start:closing]:
            return self._splice(content_end, content_end, f"{comma} {label}{_dump(value)}")
        outer = self.newline + self.indent * len(pointer)
        added = f"{comma}{outer}{self.indent}{label}{self._pretty(value, len(pointer) + 1)}{outer}"
        return self._splice(content_end, closing, added)

    def _splice(self, start: int, end: int, new: str) -> Splice:
        before = len(self.text[:start].encode())
        return Splice(before, before + len(self.text[start:end].encode()), new.encode())

    def _start(self, pointer: Pointer) -> int:
        """Return the offset of the value at ``pointer``; for a member that of its key."""
        line, column = jsontext.locate(self.text, pointer)
        start = 0
        for _ in range(line - 1):
            start = self.text.index("\n", start) + 1
        return start + column - 1

    def _span(self, pointer: Pointer) -> tuple[int, int]:
        """Return the offsets of the first character of the value at ``pointer`` and of what follows the value."""
        start = self._start(pointer)
        if pointer and isinstance(pointer[-1], str):
            colon = _COLON.match(self.text, _DECODER.raw_decode(self.text, start)[1])
            assert colon is not None, "a pointer leads to a value"
            start = colon.end()
        return start, _DECODER.raw_decode(self.text, start)[1]

    def _written(self, value: JsonValue, depth: int) -> str:
        on_lines = "\n" in self.text.strip() and isinstance(value, (dict, list)) and value
        return self._pretty(value, depth) if on_lines else _dump(value)

    def _pretty(self, value: JsonValue, depth: int) -> str:
        lines = json.dumps(value, indent=self.indent, ensure_ascii=False).split("\n")
        return (self.newline + self.indent * depth).join(lines)


def _dump(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False)

"""YAML 1.2 core schema, read from the events of PyYAML's C parser: no recursion, bounded, with positions.

Only ``true``, ``false``, ``null``, ``~`` and numbers are anything else than texts; ``yes``, dates and ``1:30`` are
texts. Unknown and foreign tags are ignored, of equal keys the last wins, ``<<`` is an ordinary key. That is how the
genuine client (2.1.330) reads front matter: over 13,353 public component files both give the same verdict.
"""

from __future__ import annotations

from typing import Any

import yaml

from plugintool import limits
from plugintool.frozen import dataclass, field
from plugintool.pattern import pattern

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = pattern(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = pattern(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_SPECIAL = pattern(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
_UNPRINTABLE = pattern("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
"""What YAML forbids and the client takes as it comes, and the line ends of YAML 1.1 that are none in YAML 1.2."""
_TEXT_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})
_FLAT_MAX = 64
"""Digits of a number that is still read as one; longer ones stay texts."""


class YamlError(Exception):
    """The text is no YAML, or passes a limit; ``line`` and ``column`` count from 1 inside the text."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


@dataclass(slots=True)
class YamlDocument:
    """One document: its value, the place of each top-level key, and what other readers would not accept.

    Attributes:
        value: plain values; keys are texts.
        keys: line and column from 1 of each top-level key.
        duplicates: top-level keys that stand more than once.
        oddities: tags, anchors and aliases met, in words.
        outdented: line and column of a quoted text or ``[`` list that is continued in column 0.
    """

    value: Any = None
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    duplicates: list[str] = field(default_factory=list)
    oddities: list[str] = field(default_factory=list)
    outdented: tuple[int, int] | None = None


def read(text: str) -> YamlDocument:
    """Read one YAML document; characters that YAML forbids are replaced by U+FFFD.

    Raises:
        YamlError: the text is no YAML, holds a NUL, or passes ``limits.YAML_DEPTH`` or ``YAML_NODES``.
    """
    if "\0" in text:
        raise YamlError("a NUL character", text.count("\n", 0, text.index("\0")) + 1, 1)
    text = _UNPRINTABLE.sub("\ufffd", text)
    builder = _Builder(text.split("\n"))
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise YamlError(error.problem or error.context or "not valid YAML", *place) from error
    except (yaml.YAMLError, ValueError) as error:
        raise YamlError("not valid YAML", 1, 1) from error
    return builder.document


@dataclass(slots=True)
class _Open:
    """A collection that is being read; ``key`` is the key that waits for its value."""

    value: Any
    anchor: str | None
    start: tuple[int, int]
    is_flow: bool
    key: str | None = None


class _Builder:
    """Builds the value from events; ``stack`` are the open collections."""

    def __init__(self, lines: list[str]) -> None:
        self.document = YamlDocument()
        self.lines = lines
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.nodes = 0

    def take(self, event: Any) -> None:
        """Take the next event."""
        if isinstance(event, yaml.ScalarEvent):
            self._note(event)
            if event.style in {'"', "'"}:
                self._find_outdent(_start(event), _end_line(event), allowed=" ")
            self._add(_scalar(event), event, nodes=1)
        elif isinstance(event, yaml.AliasEvent):
            self._add_alias(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close(event)

    def _error(self, message: str, event: Any) -> YamlError:
        return YamlError(message, event.start_mark.line + 1, event.start_mark.column + 1)

    def _note(self, event: Any) -> None:
        mark = event.start_mark
        if event.tag is not None and event.tag != "!":
            self.document.oddities.append(f"the tag {event.tag} in line {mark.line + 1}")
        if event.anchor is not None:
            self.document.oddities.append(f"the anchor &{event.anchor} in line {mark.line + 1}")

    def _open(self, event: Any) -> None:
        self._note(event)
        if len(self.stack) >= limits.YAML_DEPTH:
            raise self._error(f"nested deeper than {limits.YAML_DEPTH} levels", event)
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        place = (event.start_mark.line, event.start_mark.column)
        self.stack.append(_Open(value, event.anchor, place, bool(event.flow_style)))

    def _close(self, event: Any) -> None:
        done = self.stack.pop()
        if done.is_flow and isinstance(done.value, list):
            self._find_outdent(done.start, _end_line(event), allowed=" ],#")
        self._add(done.value, event, nodes=1, anchor=done.anchor, start=done.start)

    def _add_alias(self, event: Any) -> None:
        if event.anchor not in self.anchors:
            raise self._error(f"the alias *{event.anchor} has no anchor before it", event)
        value, nodes = self.anchors[event.anchor]
        self._add(value, event, nodes=nodes)

    def _add(
        self, value: Any, event: Any, *, nodes: int, anchor: str | None = None, start: tuple[int, int] | None = None
    ) -> None:
        """Put a finished value where it belongs."""
        self.nodes += nodes
        if self.nodes > limits.YAML_NODES:
            raise self._error(f"more than {limits.YAML_NODES} values, aliases expanded", event)
        name = anchor or (event.anchor if isinstance(event, yaml.ScalarEvent) else None)
        if name is not None:
            self.anchors[name] = (value, _count(value))
        if not self.stack:
            self.document.value = value
            return
        parent = self.stack[-1]
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.key is None:
            self._set_key(parent, value, start or (event.start_mark.line, event.start_mark.column))
        else:
            parent.value[parent.key], parent.key = value, None

    def _set_key(self, parent: _Open, value: Any, place: tuple[int, int]) -> None:
        parent.key = value if isinstance(value, str) else _key_text(value)
        if len(self.stack) == 1:
            if parent.key in self.document.keys:
                self.document.duplicates.append(parent.key)
            self.document.keys[parent.key] = (place[0] + 1, place[1] + 1)

    def _find_outdent(self, start: tuple[int, int], end_line: int, *, allowed: str) -> None:
        """Look for a continuation in column 0, which the specification and the client forbid and PyYAML accepts.

        ``allowed`` are the characters with which a line may begin; inside a list the client minds new values only.
        """
        if self.document.outdented is not None or not self._is_nested(start):
            return
        for number in range(start[0] + 1, min(end_line + 1, len(self.lines))):
            line = self.lines[number]
            if line.strip() and line[0] not in allowed:
                self.document.outdented = (number + 1, 1)
                return

    def _is_nested(self, start: tuple[int, int]) -> bool:
        """Whether the value belongs to a key: a document that is one quoted text may stand in column 0."""
        return bool(self.stack) and start != (0, 0)


def _start(event: Any) -> tuple[int, int]:
    """Line and column from 0."""
    return event.start_mark.line, event.start_mark.column


def _end_line(event: Any) -> int:
    line: int = event.end_mark.line
    return line


def _scalar(event: Any) -> Any:
    if not event.implicit[0] or event.tag in _TEXT_TAGS:
        return event.value if event.tag is None or event.tag in _TEXT_TAGS else _plain(event.value)
    return _plain(event.value)


def _plain(text: str) -> Any:
    """Resolve a plain scalar."""
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if len(text) > _FLAT_MAX or not (_INT.match(text) or _FLOAT.match(text) or _SPECIAL.match(text)):
        return text
    if _INT.match(text):
        return int(text, 8 if text.startswith("0o") else 16 if text.startswith("0x") else 10)
    return float(text.replace(".", "", 1) if _SPECIAL.match(text) else text)


def _key_text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _count(value: Any) -> int:
    """Count the nodes of a value without recursion."""
    total, waiting = 0, [value]
    while waiting:
        found = waiting.pop()
        total += 1
        if total > limits.YAML_NODES:
            return total
        waiting.extend(found.values() if isinstance(found, dict) else found if isinstance(found, list) else ())
    return total

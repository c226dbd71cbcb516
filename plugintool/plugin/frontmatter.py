"""Front matter of agents, commands and skills, read exactly as the genuine client reads it.

Measured with claude 2.1.330 and 2.1.197: the bytes are UTF-8 (errors replaced), a BOM is dropped. The block starts at
the first byte with ``---`` and blanks up to the line end, and ends at the first ``---`` *anywhere* after that line,
also inside a value. It is YAML 1.2 core. When it does not parse, 2.1.330 puts every one-line ``key: value`` with
special characters in quotes and parses once more; older clients drop all metadata then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from plugintool.frozen import dataclass, field, replace
from plugintool.pattern import pattern
from plugintool.plugin import plain_yaml

if TYPE_CHECKING:
    from plugintool.plugin.yaml_core import YamlDocument, YamlError

_BLOCK = pattern(r"---\s*\n(.*?)---", re.DOTALL)
_LINE_REST = pattern(r"[^\n]*\n?")
_PAIR = pattern("([A-Za-z_-]+):\\s+([^\n\r\u2028\u2029]+)\\Z")
"""JavaScript's ``.`` matches no line end, so a line that ends with a carriage return is never repaired."""
_INDENT = pattern(r"^[ \t]+", re.MULTILINE)
_SPECIAL = pattern(r"[{}\[\]*&#!|>%@`]|: ")
_BOM = "\ufeff"


class State(StrEnum):
    """What was found where front matter should be."""

    ABSENT = "absent"
    UNCLOSED = "unclosed"
    EMPTY = "empty"
    MAPPING = "mapping"
    OTHER = "other"
    BROKEN = "broken"


NONE = frozenset({State.ABSENT, State.UNCLOSED})
"""States in which the client says that there is no front matter."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong in the block: what, and its line and column in the file, from 1."""

    message: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The front matter of one file.

    Attributes:
        state: what was found.
        values: the values by key; empty unless ``state`` is ``MAPPING``.
        keys: line and column in the file of each key.
        flaw: why it does not parse; also set when it parsed only after quoting (``repaired``).
        repaired: it parses only after the quoting retry, so clients before 2.1.330 read nothing.
        outdented: place of a quoted text or ``[`` list continued in column 0, which the client refuses.
        cut: place of a ``---`` that ends the block although it is no line of its own.
        duplicates: keys that stand more than once.
        oddities: tags, anchors and aliases, in words.
        body_offset: characters before the body.
        marked: a byte order mark stands before it, which hides it from clients before 2.1.330.
    """

    state: State
    values: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    flaw: Flaw | None = None
    repaired: bool = False
    outdented: tuple[int, int] | None = None
    cut: tuple[int, int] | None = None
    duplicates: tuple[str, ...] = ()
    oddities: tuple[str, ...] = ()
    body_offset: int = 0
    marked: bool = False

    def place(self, key: str = "") -> tuple[int, int]:
        """Return line and column of ``key``, or of the block when it is not there."""
        return self.keys.get(key, (1, 1))

    def text(self, key: str) -> str:
        """Return the value of ``key`` when it is a text, else an empty text."""
        value = self.values.get(key)
        return value if isinstance(value, str) else ""


def read(data: bytes) -> FrontMatter:
    """Read the front matter of one file; total: any bytes give a ``FrontMatter``."""
    text = data.decode(errors="replace")
    matter = _read_text(text.removeprefix(_BOM))
    return replace(matter, marked=True) if text.startswith(_BOM) else matter


def _read_text(text: str) -> FrontMatter:
    found = _BLOCK.match(text)
    if found is None:
        return FrontMatter(State.UNCLOSED if re.match(r"---\s*\n", text) else State.ABSENT)
    block, first_line = found[1], text.count("\n", 0, found.start(1)) + 1
    cut = _find_cut(text, found)
    rest = _LINE_REST.match(text, found.end()) if cut is None else None
    return _parse(block, first_line=first_line, cut=cut, body_offset=rest.end() if rest else found.end())


def quote_values(block: str) -> str:
    """Return the block with every one-line value that holds special characters in double quotes."""
    return "\n".join(_quote_line(line) for line in block.split("\n"))


def expand_tabs(block: str) -> str:
    """Return the block with two blanks for every tab that indents a line, which the client reads and YAML forbids."""
    return _INDENT.sub(lambda found: found[0].replace("\t", "  "), block)


def _find_cut(text: str, found: re.Match[str]) -> tuple[int, int] | None:
    start = found.end(1)
    line_start = text.rfind("\n", 0, start) + 1
    rest = text[found.end() : (text.find("\n", found.end()) + 1 or len(text) + 1) - 1]
    if start == line_start and not rest.strip():
        return None
    return text.count("\n", 0, start) + 1, start - line_start + 1


def _parse(block: str, *, first_line: int, cut: tuple[int, int] | None, body_offset: int) -> FrontMatter:
    plain = plain_yaml.read(block)
    if plain is None:
        return _parse_yaml(block, first_line=first_line, cut=cut, body_offset=body_offset)
    values, places = plain
    keys = {key: (line + first_line - 1, column) for key, (line, column) in places.items()}
    return FrontMatter(State.MAPPING, values=values, keys=keys, cut=cut, body_offset=body_offset)


def _parse_yaml(block: str, *, first_line: int, cut: tuple[int, int] | None, body_offset: int) -> FrontMatter:
    from plugintool.plugin import yaml_core  # noqa: PLC0415 - PyYAML is imported where there is YAML

    first, repaired, flaw = _attempt(yaml_core, block), False, None
    document: Any = first
    for repair in _REPAIRS:
        if not isinstance(document, yaml_core.YamlError) and not document.outdented:
            break
        document, repaired = _attempt(yaml_core, repair(block)), True
    if isinstance(document, yaml_core.YamlError) or document.outdented:
        document, repaired = first, False
    if isinstance(first, yaml_core.YamlError):
        flaw = Flaw(first.message, first.line + first_line - 1, first.column)
    if isinstance(document, yaml_core.YamlError):
        return FrontMatter(State.BROKEN, flaw=flaw, cut=cut, body_offset=body_offset)
    return _from_document(document, flaw, repaired, first_line, cut, body_offset)


_REPAIRS: tuple[Callable[[str], str], ...] = (quote_values, lambda block: expand_tabs(quote_values(block)))


def _attempt(yaml_core: Any, block: str) -> YamlDocument | YamlError:
    try:
        return yaml_core.read(block)  # type: ignore[no-any-return]
    except yaml_core.YamlError as error:
        return error  # type: ignore[no-any-return]


def _from_document(  # noqa: PLR0913, PLR0917 - one place where the parts come together
    document: YamlDocument,
    flaw: Flaw | None,
    repaired: bool,  # noqa: FBT001
    first_line: int,
    cut: tuple[int, int] | None,
    body_offset: int,
) -> FrontMatter:
    shift = first_line - 1
    value = document.value
    outdented = (document.outdented[0] + shift, document.outdented[1]) if document.outdented else None
    state = State.EMPTY if value is None else State.MAPPING if isinstance(value, dict) else State.OTHER
    return FrontMatter(
        State.BROKEN if outdented else state,
        values=value if isinstance(value, dict) and not outdented else {},
        keys={key: (line + shift, column) for key, (line, column) in document.keys.items()},
        flaw=flaw,
        repaired=repaired,
        outdented=outdented,
        cut=cut,
        duplicates=tuple(document.duplicates),
        oddities=tuple(document.oddities),
        body_offset=body_offset,
    )


def _quote_line(line: str) -> str:
    found = _PAIR.match(line)
    if found is None:
        return line
    key, value = found[1], found[2]
    if (value[0] == value[-1] and value[0] in "\"'") or not _SPECIAL.search(value):
        return line
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{key}: "{escaped}"'

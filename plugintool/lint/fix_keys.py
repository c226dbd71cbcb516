"""Repairs of single keys and values of front matter: spans of bytes of the lines that hold them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from plugintool.frozen import dataclass
from plugintool.jsonedit import Splice
from plugintool.lint import known
from plugintool.lint.fix import Edit, Fix, Replace
from plugintool.pattern import pattern
from plugintool.plugin.frontmatter import State
from plugintool.plugin.model import Component, Plugin
from plugintool.relpath import RelPath
from plugintool.report import Finding

_KEY = pattern(rb"([A-Za-z_][A-Za-z0-9_-]*)([ \t]*:)")
_VALUE = pattern(
    rb"[A-Za-z_][A-Za-z0-9_-]*[ \t]*:[ \t]+(\"[^\"\\\r\n]*\"|'[^'\r\n]*'|[^\s\"'#&*!|>\[{][^\r\n]*?)[ \t]*\r?\n"
)
_GOES_ON = pattern(rb"[ \t]|-[ \t]|\r?\n")
_TOOL = pattern(rb"(?<![A-Za-z0-9_(:/.-])[A-Za-z]{2,40}(?![A-Za-z0-9_:/.-])")
_PLAIN = pattern(r"[A-Za-z][A-Za-z0-9_-]{0,99}\Z")
_BOOLEANS = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}
_WIDE = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


@dataclass(frozen=True, slots=True)
class KeyLines:
    """The lines of one key of front matter, with those in which its value goes on.

    Attributes:
        component: whose front matter.
        data: the whole file.
        start, end: where the lines begin and end in it.
    """

    component: Component
    data: bytes
    start: int
    end: int

    @property
    def lines(self) -> bytes:
        """The lines themselves, line ends too."""
        return self.data[self.start : self.end]

    def replace(self, start: int, end: int, new: bytes) -> Edit:
        """Put other bytes in the place of some of the lines; offsets count from their start."""
        return Replace(self.component.path, Splice(self.start + start, self.start + end, new))


def on_key(change: Callable[[KeyLines], Iterator[Edit]]) -> Fix:
    """Make a repair of what is to change in the lines of the key that a finding is about."""

    def fix(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
        found = _lines_of(plugin, finding)
        if found is not None:
            yield from change(found)

    fix.__doc__ = change.__doc__
    return fix


def _lines_of(plugin: Plugin, finding: Finding) -> KeyLines | None:
    path, number = finding.location.path, finding.location.line - 1
    component = next((item for item in plugin.components if item.path == path), None)
    data = plugin.read(path) or b""
    lines = data.split(b"\n")
    if component is None or component.front_matter.state is not State.MAPPING or not 0 < number < len(lines):
        return None
    start = sum(len(line) + 1 for line in lines[:number])
    if not _KEY.match(data, start):
        return None
    last = number + 1
    while last < len(lines) and _GOES_ON.match(lines[last] + b"\n"):
        last += 1
    return KeyLines(component, data, start, start + sum(len(line) + 1 for line in lines[number:last]))


def key_spelt(meant: Callable[[Component, str], str]) -> Fix:
    """Make the repair that calls a key what ``meant`` says; none where that is empty or there already."""

    def change(found: KeyLines) -> Iterator[Edit]:
        """Spell the key as the one that it can only mean."""
        key = _KEY.match(found.lines)
        new = meant(found.component, key[1].decode()) if key else ""
        if key and new and new not in found.component.front_matter.values:
            yield found.replace(key.start(1), key.end(1), new.encode())

    return on_key(change)


def value_spelt(meant: Callable[[Component, str, str], str]) -> Fix:
    """Make the repair that puts what ``meant`` says of component, key and value in the place of a one-line value."""

    def change(found: KeyLines) -> Iterator[Edit]:
        """Put the value in its place that it can only mean."""
        key, value = _KEY.match(found.lines), _VALUE.fullmatch(found.lines)
        if key is None or value is None:
            return
        text = value[1].decode(errors="replace").strip("\"'")
        new = meant(found.component, key[1].decode(), text)
        if new and new != text:
            yield found.replace(value.start(1), value.end(1), written(new).encode())

    return on_key(change)


def written(text: str) -> str:
    """Return a text as a value of YAML: as it is where that reads as the same, else in quotes."""
    return text if _PLAIN.match(text) or text in {"true", "false"} else json.dumps(text, ensure_ascii=False)


def boolean_of(text: str) -> str:
    """Return ``true`` or ``false`` for another word that means it; else an empty text."""
    return _BOOLEANS.get(text.lower(), "")


@on_key
def tools_corrected(found: KeyLines) -> Iterator[Edit]:
    """Spell the tools of a list as those that they can only mean; what stands in parentheses is left alone."""
    key = _KEY.match(found.lines)
    depth, position = 0, key.end() if key else 0
    for word in _TOOL.finditer(found.lines, position):
        between = found.lines[position : word.start()]
        depth += between.count(b"(") - between.count(b")")
        position = word.start()
        near = known.sole_near_miss(word[0].decode(), sorted(known.TOOLS)) if depth == 0 else ""
        if near:
            yield found.replace(word.start(), word.end(), near.encode())


@on_key
def earlier_removed(found: KeyLines) -> Iterator[Edit]:
    """Take a key of one line away where it stands again further down: the client keeps the last one."""
    key = _KEY.match(found.lines)
    block = found.data[: found.data.find(b"\n---", found.start) + 1]
    same = pattern(rb"^" + re.escape(key[1]) + rb"[ \t]*:[^\n]*\n", re.MULTILINE) if key else None
    *earlier, _ = [line.span() for line in same.finditer(block)] if same else [(0, 0)]
    for start, end in earlier:
        if not _GOES_ON.match(block, end):
            yield Replace(found.component.path, Splice(start, end, b""))


def name_added(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Give an agent the name of its file, which is the one it has: in the first line, or in the empty key."""
    path = finding.location.path
    component = next((item for item in plugin.components if item.path == path), None)
    data = plugin.read(path) or b""
    name = RelPath(path).name[: -len(".md")]
    if component is None or component.front_matter.state is not State.MAPPING or not _PLAIN.match(name):
        return
    if "name" in component.front_matter.keys:
        found = _lines_of(plugin, finding)
        key = _KEY.match(found.lines) if found else None
        if found and key and found.lines[key.end() :].strip() in {b"", b'""', b"''", b"~", b"null"}:
            tail = found.lines[key.end() :]
            kept = len(tail) - len(tail.lstrip(b" \t\"'~nul"))
            yield found.replace(key.end(), key.end() + kept, f" {name}".encode())
        return
    end = data.find(b"\n") + 1
    newline = b"\r\n" if data[:end].endswith(b"\r\n") else b"\n"
    yield Replace(component.path, Splice(end, end, b"name: " + name.encode() + newline))


def utf16_converted(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Save a file that says of itself that it is UTF-16 as UTF-8."""
    yield from _converted(plugin, finding, _WIDE)


def latin_converted(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Save a file that is no UTF-8 as if it had been written on Windows in the west of Europe."""
    yield from _converted(plugin, finding, {b"": "cp1252"})


def _converted(plugin: Plugin, finding: Finding, encodings: dict[bytes, str]) -> Iterator[Edit]:
    data = plugin.read(finding.location.path) or b""
    for mark, encoding in encodings.items():
        if not data.startswith(mark) or (not mark and b"\0" in data):
            continue
        try:
            text = data[len(mark) :].decode(encoding)
        except UnicodeDecodeError:
            continue
        yield Replace(RelPath(finding.location.path), Splice(0, len(data), text.encode()))

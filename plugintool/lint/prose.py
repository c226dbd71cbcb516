"""The Markdown text of components: its lines outside of code, and the links in it. Linear in the text, always."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from plugintool.frozen import dataclass
from plugintool.pattern import pattern
from plugintool.plugin.model import Component, Plugin

_FENCE = pattern(r" {0,3}(`{3,}|~{3,})(.*)")
_CODE = pattern(r"``[^`\n]{1,2000}``|`[^`\n]{1,2000}`")
_LINK = pattern(r"\]\(\s{0,4}(?:<([^<>\n]{1,500})>|([^()\s<>]{1,500}))(?:\s{1,4}[\"'(][^\n]{0,300})?\s{0,4}\)")
_SCHEME = pattern(r"[A-Za-z][A-Za-z0-9+.-]{1,30}:|//|#|/|~")
_UNCERTAIN = pattern(r"[{}$*<>|]|\.\.\.")


@dataclass(frozen=True, slots=True)
class Link:
    """One relative link: the path it names without fragment and query, as written, and its place from 1."""

    target: str
    line: int
    column: int


def body_lines(plugin: Plugin, component: Component) -> Iterator[tuple[int, str]]:
    """Yield number (from 1, in the file) and text of each line after the front matter."""
    text = (plugin.read(component.path) or b"").decode(errors="replace").removeprefix("\ufeff")
    offset = component.front_matter.body_offset
    first = text.count("\n", 0, offset) + 1
    yield from enumerate(text[offset:].split("\n"), first)


def prose_lines(plugin: Plugin, component: Component) -> Iterator[tuple[int, str]]:
    """Yield the lines after the front matter that stand outside of code blocks, code spans blanked."""
    fence = ""
    for number, line in body_lines(plugin, component):
        found = _FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
        elif found:
            fence = found[1]
        else:
            yield number, _CODE.sub(lambda code: " " * len(code[0]), line) if "`" in line else line


def relative_links(plugin: Plugin, component: Component) -> Iterator[Link]:
    """Yield the links to files: no addresses, anchors, absolute paths, nor what is a pattern or placeholder."""
    if b"](" not in (plugin.read(component.path) or b""):
        return
    for number, line in prose_lines(plugin, component):
        for found in _LINK.finditer(line) if "](" in line else ():
            written = found[1] or found[2]
            target = unquote(re.split(r"[?#]", written, maxsplit=1)[0])
            if target and not _SCHEME.match(written) and not _UNCERTAIN.search(target) and "\0" not in target:
                yield Link(target, number, found.start() + 1)

"""Repairs of front matter: spans of bytes in lines that stay where they are, whatever ends them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from plugintool.jsonedit import Splice
from plugintool.lint.fix import Edit, Replace
from plugintool.lint.fix_json import BOM
from plugintool.pattern import pattern
from plugintool.plugin import frontmatter
from plugintool.plugin.frontmatter import State, expand_tabs, quote_values
from plugintool.plugin.model import Plugin
from plugintool.relpath import RelPath
from plugintool.report import Finding

_BLOCK = pattern(rb"---\s*\n(.*?)---", re.DOTALL)
_PAIR = pattern(rb"([A-Za-z_-]+[ \t]*:[ \t]+)([^\r\n]*?)([ \t]*(?:[ \t]#[^\r\n]*)?\r?\n?)\Z")
_PLAIN = pattern(rb"[A-Za-z0-9.+_:-]+\Z")
_HEADING = pattern(r"(?:\A|\n)[ \t]*(?:#{1,6}[ \t]+)?([^\s#<>`|*=-][^\r\n]{0,199})\r?(?:\n|\Z)")
_OUTDENTED_LINES = 200
"""So many lines of one value are indented, no more: each is found by reading the block again."""


def values_quoted(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Put values in quotes until the block is YAML: those that are none by themselves, else all with special signs."""
    data = plugin.read(finding.location.path) or b""
    block = _block(data)
    for repair in (_quote_broken, quote_values, lambda text: expand_tabs(quote_values(text))):
        changed = repair(block) if block else block
        if changed != block and _reads_well(data, block, changed):
            yield from _lines_changed(finding.location.path, data, block, changed)
            return


def _quote_broken(block: str) -> str:
    lines = block.split("\n")
    return "\n".join(line if _is_yaml(line) else quote_values(line) for line in lines)


def _is_yaml(line: str) -> bool:
    return frontmatter.read(f"---\n{line}\n---\n".encode()).flaw is None


def continuation_indented(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Indent the lines in which a quoted text or a list goes on."""
    data = plugin.read(finding.location.path) or b""
    block = changed = _block(data)
    for _ in range(_OUTDENTED_LINES):
        found = frontmatter.read(f"---\n{changed}---\n".encode())
        if found.outdented is None:
            break
        lines = changed.split("\n")
        lines[found.outdented[0] - 2] = "  " + lines[found.outdented[0] - 2]
        changed = "\n".join(lines)
    if changed != block and _reads_well(data, block, changed):
        yield from _lines_changed(finding.location.path, data, block, changed)


def blanks_before_removed(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Take away the blank lines before front matter, which must begin the file; a byte order mark stays."""
    data = plugin.read(finding.location.path) or b""
    start = len(BOM) if data.startswith(BOM) else 0
    body = data[start:].lstrip()
    if len(body) < len(data) - start and frontmatter.read(body).state is State.MAPPING:
        yield _replace(finding.location.path, Splice(start, len(data) - len(body), b""))


def description_from_text(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Begin a file without front matter with some: its first heading or line of text is the description."""
    data = plugin.read(finding.location.path) or b""
    start = len(BOM) if data.startswith(BOM) else 0
    found = _HEADING.search(data[start:].decode(errors="replace"))
    text = found[1].strip() if found else ""
    if frontmatter.read(data).state is not State.ABSENT or not text or "---" in text or "\ufffd" in text:
        return
    end = "\r\n" if b"\r\n" in data else "\n"
    head = f"---{end}description: {json.dumps(text, ensure_ascii=False)}{end}---{end}{end}".encode()
    if frontmatter.read(head).text("description") == text:
        yield _replace(finding.location.path, Splice(start, start, head))


def scalar_quoted(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Put a number, true or false in quotes."""
    yield from _value_quoted(plugin, finding, plain=True)


def flow_quoted(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Put a one-line list or map in quotes, brackets and all."""
    yield from _value_quoted(plugin, finding, plain=False)


def _value_quoted(plugin: Plugin, finding: Finding, *, plain: bool) -> Iterator[Edit]:
    data = plugin.read(finding.location.path) or b""
    lines = data.split(b"\n")
    number = finding.location.line - 1
    line = lines[number] if number < len(lines) else b""
    indent = finding.location.column - 1
    found = _PAIR.match(line, indent)
    if found is None or not found[2] or bool(_PLAIN.match(found[2])) is not plain:
        return
    if not plain and not (found[2][:1] + found[2][-1:] in {b"[]", b"{}"} and b"---" not in found[2]):
        return
    quoted = json.dumps(found[2].decode(errors="replace"), ensure_ascii=False).encode()
    offset = sum(len(before) + 1 for before in lines[:number])
    yield _replace(finding.location.path, Splice(offset + found.start(2), offset + found.end(2), quoted))


def dashes_shortened(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Make two hyphens of a longer run that would end the front matter."""
    data = plugin.read(finding.location.path) or b""
    lines = data.split(b"\n")
    number = finding.location.line - 1
    if number >= len(lines):
        return
    mark = len(BOM) if number == 0 and data.startswith(BOM) else 0
    start = len(lines[number].decode(errors="replace").lstrip("\ufeff")[: finding.location.column - 1].encode()) + mark
    offset = sum(len(before) + 1 for before in lines[:number])
    run = re.compile(rb"-+").match(lines[number], start)
    if run:
        yield _replace(finding.location.path, Splice(offset + run.start(), offset + run.end(), b"--"))


def _block(data: bytes) -> str:
    """The text between the lines of hyphens; empty when there is none, or it is not UTF-8."""
    found = _BLOCK.match(data, len(BOM) if data.startswith(BOM) else 0)
    try:
        return found[1].decode() if found else ""
    except UnicodeDecodeError:
        return ""


def _reads_well(data: bytes, block: str, changed: str) -> bool:
    """Whether the file with the changed block needs no repair by the client any more."""
    found = frontmatter.read(data.replace(block.encode(), changed.encode(), 1))
    return found.state is State.MAPPING and not found.repaired and found.flaw is None


def _lines_changed(path: str, data: bytes, block: str, changed: str) -> Iterator[Edit]:
    found = _BLOCK.match(data, len(BOM) if data.startswith(BOM) else 0)
    assert found is not None, "there is a block"
    offset = found.start(1)
    for before, after in zip(block.split("\n"), changed.split("\n"), strict=True):
        old = before.encode()
        if before != after:
            yield _replace(path, Splice(offset, offset + len(old), after.encode()))
        offset += len(old) + 1


def _replace(path: str, span: Splice) -> Edit:
    return Replace(RelPath(path), span)

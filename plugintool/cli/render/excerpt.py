"""Excerpts: one line of a stranger's file with a caret below, never wider than a fixed window."""

from __future__ import annotations

import unicodedata

from plugintool.cli.render import text

WIDTH = 160
"""Characters of the source line that are shown; the same on every terminal, so that logs can be compared."""
_TAB = 4
_CUT = "…"


def excerpt_lines(line: str, number: int, column: int) -> tuple[str, ...]:
    """Return the line with its number, and a caret below ``column``.

    Args:
        line: as it stands in the file, without its end.
        number: of the line, from 1.
        column: from 1; 0 = the whole line, which gets no caret.
    """
    before, rest = _window(line, max(column - 1, 0))
    shown_before = _shown(before, 0)
    shown = shown_before + _shown(rest, _columns(shown_before))
    gutter = " " * len(str(number))
    lines = (f"  {number} | {shown}".rstrip(),)
    if not column or not shown.strip():
        return lines
    return (*lines, f"  {gutter} | {' ' * _columns(shown_before)}^")


def _window(line: str, index: int) -> tuple[str, str]:
    """Cut a long line around ``index``; return what is left of it before that index, and from it on."""
    index = min(index, len(line))
    if len(line) <= WIDTH:
        return line[:index], line[index:]
    start = max(0, min(index - WIDTH // 2, len(line) - WIDTH))
    end = start + WIDTH
    return (_CUT if start else "") + line[start:index], line[index:end] + (_CUT if end < len(line) else "")


def _shown(part: str, at: int) -> str:
    """Make a part that begins in column ``at`` safe to print, with blanks for tabs."""
    result = ""
    for index, piece in enumerate(part.split("\t")):
        if index:
            result += " " * (_TAB - (at + _columns(result)) % _TAB)
        result += text.escape(piece)
    return result


def _columns(shown: str) -> int:
    """Columns that a terminal needs: two for wide characters, none for accents that combine."""
    if shown.isascii():
        return len(shown)
    return sum(_width(point) for point in shown)


def _width(point: str) -> int:
    if unicodedata.combining(point) or "\ufe00" <= point <= "\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(point) in {"W", "F"} else 1

r"""Changes as a patch that ``git apply`` takes: spans of lines, other paths, modes, new files.

The lines of a text are those that ``\n`` ends; everything else, carriage returns and byte order marks too, is part of
a line. A file that is no UTF-8, or holds characters that could play tricks on a terminal, is written as a binary patch
(gitformat-pack, "literal"), so that the patch can be shown and is exact all the same.
"""

from __future__ import annotations

import base64
import difflib
import hashlib
import stat
import zlib
from collections.abc import Iterable, Iterator, Sequence

from plugintool.frozen import replace
from plugintool.lint.fix_write import Change
from plugintool.pattern import pattern

_CONTEXT = 3
_TRICKS = pattern("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\r(?!\n)")
_QUOTED = pattern(r'["\\\x00-\x1f\x7f]')
_SLOW = 4_000_000
"""Lines before times lines after: above that the changed part is one hunk, since finding the least costs too much."""
_BASE85_LINE = 52
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def patch(changes: Iterable[Change], *, below: str) -> str:
    """Return the patch; an empty text when nothing changes.

    Args:
        changes: what becomes of each file.
        below: the directory that their paths are relative to, relative to where the patch will be applied; may be
            empty.
    """
    prefix = f"{below}/" if below else ""
    told = (part for change in changes if _is_told(change) for part in _parts(change))
    return "".join(line for part in told for line in _one(part, prefix))


def _parts(change: Change) -> tuple[Change, ...]:
    """A change of kind as git tells it: the link goes, the file comes."""
    if not change.link:
        return (change,)
    gone = replace(change, before=change.link.encode(), after=None, old_mode=stat.S_IFLNK, new_mode=0, link="")
    return gone, replace(change, old_mode=0, link="")


def _is_told(change: Change) -> bool:
    """Whether a patch has words for it: of the permission bits git keeps only whether the owner may execute."""
    same = change.path == change.to and change.before == change.after
    return not same or _mode(change.old_mode) != _mode(change.new_mode)


def _one(change: Change, prefix: str) -> Iterator[str]:
    old, new = prefix + change.path, prefix + change.to
    yield f"diff --git {_name('a/' + old)} {_name('b/' + new)}\n"
    if change.is_new or change.is_gone:
        yield f"{'new' if change.is_new else 'deleted'} file mode {_mode(change.new_mode or change.old_mode)}\n"
    elif _mode(change.old_mode) != _mode(change.new_mode):
        yield f"old mode {_mode(change.old_mode)}\nnew mode {_mode(change.new_mode)}\n"
    if old != new:
        yield f"rename from {_name(old)}\nrename to {_name(new)}\n"
    if change.before is None and change.after is None:
        return
    before, after = change.before or b"", change.after or b""
    if _is_shown(before) and _is_shown(after):
        if before or after:
            yield "--- /dev/null\n" if change.is_new else f"--- {_name('a/' + old, tab=True)}\n"
            yield "+++ /dev/null\n" if change.is_gone else f"+++ {_name('b/' + new, tab=True)}\n"
        yield from _hunks(_lines(before), _lines(after))
    else:
        nothing = "0" * 40
        yield f"index {nothing if change.is_new else _blob(before)}..{nothing if change.is_gone else _blob(after)}\n"
        yield "GIT binary patch\n"
        yield from (*_literal(after), *_literal(before))


def _name(name: str, *, tab: bool = False) -> str:
    """Quote a path as git does; after a blank, a tab tells other readers where the name ends."""
    if _QUOTED.search(name):
        inner = _QUOTED.sub(lambda found: f"\\{ord(found[0]):03o}", name)
        return f'"{inner}"'
    return f"{name}\t" if tab and " " in name else name


def _mode(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "120000"
    return "100755" if mode & 0o100 else "100644"


def _is_shown(data: bytes) -> bool:
    try:
        return _TRICKS.search(data.decode()) is None
    except UnicodeDecodeError:
        return False


def _lines(data: bytes) -> list[str]:
    parts = data.decode().split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _hunks(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Yield the hunks; what is equal at both ends is left out first, so that large files stay cheap."""
    head, tail = _equal(before, after)
    skipped = max(0, head - _CONTEXT)
    window = [lines[skipped : min(len(lines), len(lines) - tail + _CONTEXT)] for lines in (before, after)]
    for group in _groups(*window):
        first, last = group[0], group[-1]
        old = _range(first[1] + skipped, last[2] + skipped)
        new = _range(first[3] + skipped, last[4] + skipped)
        yield f"@@ -{old} +{new} @@\n"
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                yield from _marked(" ", window[0][old_start:old_end])
            else:
                yield from _marked("-", window[0][old_start:old_end])
                yield from _marked("+", window[1][new_start:new_end])


def _equal(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """Return how many lines at the beginning and, of the rest, at the end are equal."""
    shorter = min(len(before), len(after))
    head = next((index for index in range(shorter) if before[index] != after[index]), shorter)
    rest = shorter - head
    return head, next((index for index in range(rest) if before[-1 - index] != after[-1 - index]), rest)


def _groups(before: Sequence[str], after: Sequence[str]) -> Iterable[list[tuple[str, int, int, int, int]]]:
    if len(before) * len(after) > _SLOW:
        head, tail = _equal(before, after)
        old, new = len(before) - tail, len(after) - tail
        parts = [
            ("equal", 0, head, 0, head),
            ("replace", head, old, head, new),
            ("equal", old, len(before), new, len(after)),
        ]
        return [parts]
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return matcher.get_grouped_opcodes(_CONTEXT)


def _range(start: int, end: int) -> str:
    """A range of lines as a hunk names it: an empty one by the line before it."""
    length = end - start
    return f"{start + 1 if length else start},{length}"


def _marked(sign: str, lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _blob(data: bytes) -> str:
    """The name git gives to a content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _literal(data: bytes) -> Iterator[str]:
    """A content as git writes it: deflated, in base 85, 52 bytes a line, a letter for the length before each."""
    packed = zlib.compress(data, 9)
    yield f"literal {len(data)}\n"
    for start in range(0, len(packed), _BASE85_LINE):
        part = packed[start : start + _BASE85_LINE]
        yield f"{_LETTERS[len(part) - 1]}{base64.b85encode(part, pad=True).decode()}\n"
    yield "\n"

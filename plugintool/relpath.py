"""``RelPath``: the only type of a path inside a plugin, an archive or a bundle.

A value of this type is a relative path that Linux, macOS, Windows and every zip reader understand the same way. The
rules carry the numbers of ``docs/reference/paths.md``:

* C16 valid Unicode in NFC;
* C17 relative, ``/`` between segments, no empty, ``.`` or ``..`` segment, no backslash, no leading ``~``;
* C18 no control, bidirectional, invisible or wildcard characters, nothing that folds to a separator or a dot segment;
* C19 nothing that Windows reserves: device names, trailing dots and blanks, 8.3 short names;
* C20 segments of at most 255 bytes, paths of at most 1,024 bytes and 64 segments;
* C21 no ``.git`` segment.

That no two paths of a tree collide (C22) is a property of the tree: ``tree.entry.collisions``.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Self

from plugintool import limits
from plugintool.errors import UnsafePathError
from plugintool.pattern import pattern

_PLAIN = pattern(r"[A-Za-z0-9_-][A-Za-z0-9_ .+@-]*(?:/[A-Za-z0-9_.-][A-Za-z0-9_ .+@-]*)*\Z")
"""Letters, digits and a few signs: only the rules about dots, blanks, lengths and reserved names remain to check."""
_EVERYDAY = pattern(
    r"(?!.{201})(?:(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:[./]|\Z)|\.git(?:/|\Z))"
    r"[a-z0-9_.-]*[a-z0-9_-](?:/(?=.)|\Z)){1,32}\Z",
    re.IGNORECASE | re.ASCII,
)
"""A path in which no rule finds anything: short, of letters, digits and three signs, with no special name."""
_WILDCARDS = frozenset('<>"|?*:')
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_IGNORABLE = pattern(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Default_Ignorable_Code_Point of Unicode 15.1, DerivedCoreProperties.txt."""
_DEVICES = pattern(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3]) *(?:\..*)?\Z", re.IGNORECASE
)
"""https://learn.microsoft.com/windows/win32/fileio/naming-a-file, read 2026-11. Blanks before a dot do not count."""
_SHORT_NAME = pattern(r"[^.]{1,8}~[0-9]{1,6}(?:\.[^.]{0,3})?\Z")
_C1_START, _C1_END = 0x7F, 0x9F
_NONCHARACTER = 0xFFFE
_SPACE = 0x20


class RelPath(str):
    """A checked relative path with ``/`` between its segments; compares, sorts and hashes as its text.

    Python orders texts by code point, which is the order of their UTF-8 bytes: ``sorted`` gives the order of a record.

    Raises:
        UnsafePathError: the text breaks one of C16 to C21; ``rule`` says which.
    """

    __slots__ = ()

    def __new__(cls, raw: str) -> Self:
        """Check ``raw`` and return it as a path."""
        if _EVERYDAY.match(raw):
            return super().__new__(cls, raw)
        if not _PLAIN.match(raw):
            _check_characters(raw)
            _check_shape(raw)
        _check_segments(raw)
        return super().__new__(cls, raw)

    @property
    def segments(self) -> tuple[str, ...]:
        """The names between the slashes."""
        return tuple(self.split("/"))

    @property
    def name(self) -> str:
        """The last segment."""
        return self.rpartition("/")[2]

    @property
    def folded(self) -> str:
        """What a reader that ignores letter case and compatibility forms makes of it (C22)."""
        return fold(self)


def fold(text: str) -> str:
    """Return the NFKC, fully case-folded form of ``text``: equal for names that some file system cannot tell apart."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _fail(rule: str, raw: str, reason: str) -> UnsafePathError:
    return UnsafePathError(f"unsafe path: {reason}", rule=rule, path=raw, hint="rename it")


def _check_characters(raw: str) -> None:
    """C16 and C18."""
    if any("\ud800" <= char <= "\udfff" for char in raw):
        raise _fail("C16", raw, "the name is not valid UTF-8")
    if not unicodedata.is_normalized("NFC", raw):
        raise _fail("C16", raw, "the name is not in Unicode normal form NFC")
    for char in raw:
        if ord(char) < _SPACE or _C1_START <= ord(char) <= _C1_END:
            raise _fail("C18", raw, "the name holds a control character")
        if char in _WILDCARDS:
            raise _fail("C18", raw, f"the name holds {char!r}, which Windows does not allow")
        if char in _BIDI or ord(char) & _NONCHARACTER == _NONCHARACTER or "\ufdd0" <= char <= "\ufdef":
            raise _fail("C18", raw, f"the name holds U+{ord(char):04X}, which hides or reorders text")
    if _IGNORABLE.search(raw):
        raise _fail("C18", raw, "the name holds an invisible character")
    _check_compatibility(raw)


def _check_compatibility(raw: str) -> None:
    """C18: a look-alike of a separator or of a dot segment."""
    for segment in raw.split("/"):
        plain = unicodedata.normalize("NFKC", segment)
        if plain != segment and ("/" in plain or "\\" in plain or plain in {".", ".."}):
            raise _fail("C18", raw, "the name holds a look-alike of a path separator or of a dot segment")


def _check_shape(raw: str) -> None:
    """C17, but for the dot segments."""
    if "\\" in raw:
        raise _fail("C17", raw, "the path holds a backslash")
    if raw.startswith("/"):
        raise _fail("C17", raw, "the path is absolute")
    if raw.startswith("~"):
        raise _fail("C17", raw, "the path begins with ~")
    if "" in raw.split("/"):
        raise _fail("C17", raw, "the path is empty or has an empty segment")


def _check_segments(raw: str) -> None:
    """C17 (dot segments), C19, C20 and C21."""
    segments = raw.split("/")
    if len(segments) > limits.PATH_DEPTH or len(raw.encode()) > limits.PATH_BYTES:
        raise _fail("C20", raw, f"the path is longer than {limits.PATH_BYTES} bytes or {limits.PATH_DEPTH} segments")
    for segment in segments:
        if segment in {".", ".."}:
            raise _fail("C17", raw, f"the path holds a {segment!r} segment")
        if len(segment.encode()) > limits.SEGMENT_BYTES:
            raise _fail("C20", raw, f"a name is longer than {limits.SEGMENT_BYTES} bytes")
        _check_windows(raw, segment)
        if segment.lower() == ".git":
            raise _fail("C21", raw, "the path holds a .git segment")


def _check_windows(raw: str, segment: str) -> None:
    """C19."""
    if segment[-1] in ". ":
        raise _fail("C19", raw, "a name ends in a dot or a blank, which Windows removes")
    if segment[0] in "cCpPaAnNlL" and _DEVICES.match(segment):
        raise _fail("C19", raw, f"{segment!r} is a device name on Windows")
    if "~" in segment and _SHORT_NAME.match(segment):
        raise _fail("C19", raw, f"{segment!r} looks like a short name of Windows")

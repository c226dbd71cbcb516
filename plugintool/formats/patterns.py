"""Patterns as git reads them in ``.gitignore``, with the answer which one of them decided.

Two differences from a plain list of globs matter: the last pattern that matches decides, and nothing below an excluded
directory can be taken back. Source: gitignore(5).

``.mcpbignore`` is read as ``mcpb pack`` 2.1.2 reads it (measured, November 2026): without letter case; a pattern that
cannot be read matches nothing; and a directory is first asked about as if it were a file, so that a pattern with a
slash at its end never takes one back: ``*`` with ``!*/`` excludes everything.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from plugintool.errors import ConfigError
from plugintool.frozen import dataclass, field

if TYPE_CHECKING:
    from pathspec import RegexPattern


_BLANKS = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What ``String.prototype.trim`` takes away (ECMA-262, WhiteSpace and LineTerminator)."""
_NEGATED_CLASS = re.compile(r"(?<!\\)((?:\\\\)*)\[\^(?!/)")
_DIRECTORY_MARK = "ps_d"
"""pathspec's name of the group that holds the slash behind a directory that matched."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern and where it stands: a file with a line from 1 (0 = unknown), or a built-in list."""

    text: str
    origin: str
    line: int = 0

    @property
    def is_for_directories(self) -> bool:
        """Whether it ends in a slash: it matches directories only, and with them what is below."""
        return self.text.rstrip().endswith("/")

    def describe(self) -> str:
        """Return ``*.log (plugintool.toml:4)``."""
        return f"{self.text} ({self.origin}{f':{self.line}' if self.line else ''})"


@dataclass(frozen=True, slots=True)
class Match:
    """The pattern that decided, and what it said: True for a match, False when it takes back (``!x``)."""

    pattern: Pattern
    is_included: bool


@dataclass(frozen=True)
class PatternList:
    """Patterns in order; compiled, and pathspec imported, only when the first path is asked for.

    Args:
        patterns: in order; the last one that matches decides.
        like_mcpb: read as ``.mcpbignore`` is, not as ``.gitignore``.

    Raises:
        ConfigError: from ``find``, when a pattern cannot be read.
    """

    patterns: tuple[Pattern, ...]
    like_mcpb: bool = False
    _directories: dict[str, Match | None] = field(default_factory=dict, repr=False, compare=False)

    def find(self, path: str) -> Match | None:
        """Return the match that decides about a file: of an excluded parent, of itself, or what took a parent back."""
        if not self.patterns:
            return None
        found = self._find_parent(path.rpartition("/")[0]) or self._check(path, is_directory=False)
        if found is None:
            marked = self.find_exact(path)
            found = marked if marked is not None and not marked.is_included else None
        return found

    def find_exact(self, path: str) -> Match | None:
        """Return the last pattern that matches a file or a parent of it: for lists that mark, not exclude."""
        return self._check(path, is_directory=False, is_below_enough=True) if self.patterns else None

    def _find_parent(self, directory: str) -> Match | None:
        """Return the exclusion of the highest excluded directory."""
        if not directory:
            return None
        if directory not in self._directories:
            above = self._find_parent(directory.rpartition("/")[0])
            found = above or self._check(directory, is_directory=True)
            if self.like_mcpb and (found is None or not found.is_included):
                found = self._check(directory, is_directory=False)
            self._directories[directory] = found if found is not None and found.is_included else None
        return self._directories[directory]

    def _check(self, path: str, *, is_directory: bool, is_below_enough: bool = False) -> Match | None:
        """Return the match of the last pattern that matches this entry itself, or with a flag one of its parents."""
        text = path.lower() if self.like_mcpb else path
        for pattern, compiled in zip(reversed(self.patterns), reversed(self._compiled), strict=True):
            if compiled.regex is None or compiled.include is None:
                continue
            is_itself = is_directory or not pattern.is_for_directories
            for found in compiled.regex.finditer(text):
                is_below = bool(found.groupdict().get(_DIRECTORY_MARK))
                if is_below_enough if is_below else is_itself:
                    return Match(pattern, compiled.include)
        return None

    @cached_property
    def _compiled(self) -> list[RegexPattern]:
        """The patterns, without the slash at the end: whether an entry is a directory is asked apart."""
        return [_compile(pattern, like_mcpb=self.like_mcpb) for pattern in self.patterns]


def parse_mcpbignore(data: bytes, *, origin: str) -> PatternList:
    """Read the content of a ``.mcpbignore``: one pattern a line, trimmed on both sides; bytes that are no text count.

    Lines end at line feeds only, and blanks are what JavaScript takes for blanks, a byte order mark among them.
    """
    numbered = enumerate((line.strip(_BLANKS) for line in data.decode(errors="replace").split("\n")), 1)
    found = (Pattern(line, origin, number) for number, line in numbered if line and not line.startswith("#"))
    return PatternList(tuple(found), like_mcpb=True)


def _compile(pattern: Pattern, *, like_mcpb: bool) -> RegexPattern:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - only where there are patterns

    text = pattern.text.lower() if like_mcpb else pattern.text
    body = text.rstrip().removesuffix("/")
    if pattern.is_for_directories and not body.strip("!"):
        body = "/"  # as "!/": matches nothing, and is not the "!" that is left
    try:
        return _without_slash(GitIgnoreSpec.from_lines([body]).patterns[0])
    except ValueError as error:  # GitWildMatchPatternError: a single "!" or a trailing backslash
        if like_mcpb:
            return GitIgnoreSpec.from_lines(["/"]).patterns[0]
        message = f"the pattern {pattern.text!r} cannot be read"
        hint = "write it as for .gitignore"
        raise ConfigError(message, path=pattern.origin, line=pattern.line, hint=hint) from error


def _without_slash(pattern: RegexPattern) -> RegexPattern:
    """Let ``[!a]`` match no slash, as in git; pathspec 1.1 lets it."""
    if pattern.regex is None or "[^" not in pattern.regex.pattern.replace("[^/", ""):
        return pattern
    return type(pattern)(re.compile(_NEGATED_CLASS.sub(r"\1[^/", pattern.regex.pattern)), pattern.include)

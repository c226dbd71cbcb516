"""Patterns as git reads them in ``.gitignore``, with the answer which one of them decided.

Two differences from a plain list of globs matter: the last pattern that matches decides, and nothing below an excluded
directory can be taken back. Source: gitignore(5); agreement with the npm package ``ignore`` was measured on 31 cases.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from plugintool.errors import ConfigError

if TYPE_CHECKING:
    from pathspec import RegexPattern


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
        ignore_case: whether letters of patterns and paths are compared without case.

    Raises:
        ConfigError: from ``find``, when a pattern cannot be read.
    """

    patterns: tuple[Pattern, ...]
    ignore_case: bool = False
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
            self._directories[directory] = found if found is not None and found.is_included else None
        return self._directories[directory]

    def _check(self, path: str, *, is_directory: bool, is_below_enough: bool = False) -> Match | None:
        """Return the match of the last pattern that matches this entry itself, or with a flag one of its parents."""
        text = path.lower() if self.ignore_case else path
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
        return [_compile(pattern, ignore_case=self.ignore_case) for pattern in self.patterns]


def parse_lines(text: str, *, origin: str) -> tuple[Pattern, ...]:
    """Read an ignore file: one pattern a line, trimmed on both sides, without comments and empty lines."""
    lines = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
    return tuple(Pattern(line, origin, number) for number, line in lines if line and not line.startswith("#"))


def _compile(pattern: Pattern, *, ignore_case: bool) -> RegexPattern:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - only where there are patterns

    text = pattern.text.lower() if ignore_case else pattern.text
    body = text.rstrip().removesuffix("/")
    if pattern.is_for_directories and not body.strip("!"):
        body = "/"  # as "!/": matches nothing, and is not the "!" that is left
    try:
        return GitIgnoreSpec.from_lines([body]).patterns[0]
    except ValueError as error:  # GitWildMatchPatternError: a single "!" or a trailing backslash
        raise ConfigError(
            f"the pattern {pattern.text!r} cannot be read", path=pattern.origin, line=pattern.line
        ) from error

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
    from pathspec import GitIgnoreSpec


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern and where it stands: a file with a line from 1 (0 = unknown), or a built-in list."""

    text: str
    origin: str
    line: int = 0

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
        """Return the match that decides about a file, or None when no pattern matches it or a parent."""
        if not self.patterns:
            return None
        parent = self._find_parent(path.rpartition("/")[0])
        return parent if parent is not None else self._check(path)

    def find_exact(self, path: str) -> Match | None:
        """Return the match of the last pattern, without the rule about parents: for lists that mark, not exclude."""
        return self._check(path) if self.patterns else None

    def _find_parent(self, directory: str) -> Match | None:
        """Return the exclusion of the highest excluded directory."""
        if not directory:
            return None
        if directory not in self._directories:
            found = self._find_parent(directory.rpartition("/")[0]) or self._check(f"{directory}/")
            self._directories[directory] = found if found is not None and found.is_included else None
        return self._directories[directory]

    def _check(self, path: str) -> Match | None:
        result = self._compiled.check_file(path.lower() if self.ignore_case else path)
        if result.index is None or result.include is None:
            return None
        return Match(self.patterns[result.index], result.include)

    @cached_property
    def _compiled(self) -> GitIgnoreSpec:
        from pathspec import GitIgnoreSpec  # noqa: PLC0415 - only where there are patterns

        for pattern in self.patterns:
            _check_pattern(pattern)
        texts = [pattern.text.lower() if self.ignore_case else pattern.text for pattern in self.patterns]
        return GitIgnoreSpec.from_lines(texts)


def parse_lines(text: str, *, origin: str) -> tuple[Pattern, ...]:
    """Read an ignore file: one pattern a line, trimmed on both sides, without comments and empty lines."""
    lines = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
    return tuple(Pattern(line, origin, number) for number, line in lines if line and not line.startswith("#"))


def _check_pattern(pattern: Pattern) -> None:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - as above

    try:
        GitIgnoreSpec.from_lines([pattern.text])
    except ValueError as error:  # GitWildMatchPatternError: a single "!" or a trailing backslash
        raise ConfigError(
            f"the pattern {pattern.text!r} cannot be read", path=pattern.origin, line=pattern.line
        ) from error

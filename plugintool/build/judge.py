"""What plugins and bundles share: is a file left out, does it hold a secret, does an entry stop the build."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from plugintool.build.fate import INVALID, OMITTED, Fate
from plugintool.build.ignore import (
    Verdict,
    holds_private_key,
    is_secret_name,
    judge_by_default,
    judge_by_patterns,
    may_be_key,
)
from plugintool.errors import InputError
from plugintool.formats.patterns import PatternList
from plugintool.frozen import dataclass
from plugintool.relpath import RelPath
from plugintool.tree.copy import HEAD_BYTES
from plugintool.tree.directory import LinkFate, Survey
from plugintool.tree.entry import Tree, collisions
from plugintool.tree.record import is_ours

RESERVED_NAME = ".org-plugin-version"
"""The app writes this file into its own copy of a plugin (read in its code, 2026-11)."""
_LINKS = {
    LinkFate.LEAVES: "link-leaves",
    LinkFate.ABSOLUTE: "link-absolute",
    LinkFate.DANGLING: "link-dangling",
    LinkFate.LOOP: "link-loop",
}


@dataclass(frozen=True, slots=True)
class Judge:
    """Decides by patterns first, then by the built-in list.

    Attributes:
        patterns: the lists that apply to paths relative to the plugin; an earlier list wins.
        below: a directory whose own patterns apply to paths relative to it, such as that of a bundle.
        inner: those patterns; they come after ``patterns``.
        dependencies: says what of the dependencies of a bundle is left out; by paths relative to ``below``, after all
            patterns.
    """

    patterns: tuple[PatternList, ...] = ()
    below: str = ""
    inner: tuple[PatternList, ...] = ()
    dependencies: Callable[[str], Verdict | None] | None = None

    def verdict(self, path: str) -> Verdict | None:
        """Return why a path is left out or kept, or None when nothing speaks about it.

        Raises:
            ConfigError: a pattern cannot be read.
        """
        relative = path.removeprefix(f"{self.below}/") if self.below else path
        for patterns, name in (*((one, path) for one in self.patterns), *((one, relative) for one in self.inner)):
            found = judge_by_patterns(name, patterns)
            if found is not None:
                return found
        found = self.dependencies(relative) if self.dependencies else None
        return found or judge_by_default(relative)

    def omission(self, path: str, size: int = 0) -> Fate | None:
        """Return the fate of a path that is left out, or None when it is not."""
        found = self.verdict(path)
        return Fate(path, OMITTED, found.code, found.rule, size) if found is not None and found.code else None


def holds_secret(tree: Tree, path: RelPath) -> bool:
    """Whether a file is one that must not be shipped: by its name, or because it begins with a private key."""
    if is_secret_name(path):
        return True
    if not may_be_key(path):
        return False
    try:
        with tree.open(path) as source:
            return holds_private_key(source.read(HEAD_BYTES))
    except (InputError, OSError):
        return False  # writing it will say what is wrong


def is_reserved(path: RelPath) -> bool:
    """Whether a file stands in the way of one that the app, or plugintool itself, writes.

    That is so in any letter case, and when a directory has the name of such a file.
    """
    segments = path.folded.split("/")
    above = ("/".join(segments[:depth]) for depth in range(1, len(segments) + 1))
    return segments[-1] == RESERVED_NAME or any(map(is_ours, above))


def strange_entries(survey: Survey) -> Iterator[Fate]:
    """Yield everything in a source tree that is no file: bad entries and links that lead nowhere usable."""
    for bad in survey.bad:
        reason = "special-file" if bad.rule == "C23" else "unsafe-name" if bad.rule else "unreadable"
        yield Fate(bad.raw, INVALID, reason, f"{bad.reason} ({bad.rule})" if bad.rule else bad.reason)
    for link in survey.links:
        if link.fate is not LinkFate.INSIDE:
            yield Fate(link.path, INVALID, _LINKS[link.fate], f"-> {link.target}")


def colliding(paths: Iterable[str]) -> Iterator[Fate]:
    """Yield one fate for each pair of paths that some system cannot keep apart (C22)."""
    for earlier, later in collisions(paths):
        yield Fate(later, INVALID, "collision", f"with {earlier} (C22)")

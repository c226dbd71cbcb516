"""Files of a tree, the protocol that every source of files implements, and the rule that paths must not collide."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import BinaryIO, Protocol

from plugintool.errors import UnsafePathError
from plugintool.frozen import dataclass
from plugintool.relpath import RelPath, fold


@dataclass(frozen=True, slots=True)
class TreeFile:
    """A regular file of a tree: path, size in bytes, and whether its container marks it as executable.

    ``executable`` is None where the container does not tell (a directory: modes on disk are not read).
    """

    path: RelPath
    size: int
    executable: bool | None = None


@dataclass(frozen=True, slots=True)
class BadEntry:
    """Something in a directory that can be no file of a tree; ``raw`` is its path as text, escaped where needed."""

    raw: str
    reason: str
    rule: str = ""


class Tree(Protocol):
    """A readable tree: the only way in which files reach the rest of the program."""

    @property
    def name(self) -> str:
        """The canonical name: of the directory, or of what the archive was made from; may be empty."""

    def files(self) -> Sequence[TreeFile]:
        """All files, sorted by path."""

    def open(self, path: RelPath) -> BinaryIO:
        """Open one file for reading from its start.

        Raises:
            InputError: it is gone, not regular, or not readable.
        """


def collisions(paths: Iterable[str], directories: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return the pairs of paths that some file system cannot keep apart (C22), sorted.

    Implied parent directories take part, and a file is never the parent of another: ``A`` collides with ``a/b``.

    Args:
        paths: of files.
        directories: which are named themselves, as archives do; the same one twice is no collision.
    """
    seen: dict[str, tuple[str, bool]] = {}
    found, sound = set(), set[str]()
    for path, is_file in sorted([*((path, True) for path in paths), *((path, False) for path in directories)]):
        is_sound = True
        for here in (*reversed(_parents(path, sound)), (path, is_file)):
            other = seen.setdefault(fold(here[0]), here)
            if other is not here and (other != here or here[1]):
                found.add((other[0], path))
                is_sound = False
            elif is_sound and not here[1]:
                sound.add(here[0])
    return sorted(found)


def _parents(path: str, sound: Container[str]) -> list[tuple[str, bool]]:
    """Return the directories that ``path`` needs, deepest first, up to one that is known to be sound."""
    found, parent = [], path.rpartition("/")[0]
    while parent and parent not in sound:
        found.append((parent, False))
        parent = parent.rpartition("/")[0]
    return found


def refuse_collisions(paths: Iterable[str]) -> None:
    """Do nothing if all paths can be kept apart everywhere.

    Raises:
        UnsafePathError: C22; ``problems`` names every pair.
    """
    pairs = collisions(paths)
    if pairs:
        raise UnsafePathError(
            "two names in one tree that some system cannot keep apart",
            rule="C22",
            path=pairs[0][1],
            hint="rename one of each pair",
            problems=tuple(f"{first} and {second}" for first, second in pairs),
        )

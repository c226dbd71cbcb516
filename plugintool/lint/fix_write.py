"""Write a mended tree to disk: each file as a whole or not at all, and only where it is still what was read."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from plugintool.errors import OutputError
from plugintool.frozen import dataclass
from plugintool.lint.fix import Mended
from plugintool.relpath import RelPath
from plugintool.tree.directory import Survey, read_bounded
from plugintool.tree.place import replacing


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one file.

    Attributes:
        path: its path before; for a new file its path afterwards.
        to: its path afterwards; for a file that goes its path before.
        before, after: its content; both None when that stays, ``before`` None for a new file, ``after`` for one that
            goes.
        old_mode, new_mode: its permission bits; ``old_mode`` 0 for a new file.
        link: where the symbolic link led that the file takes the place of; empty for every other change.
    """

    path: RelPath
    to: RelPath
    before: bytes | None
    after: bytes | None
    old_mode: int
    new_mode: int
    link: str = ""

    @property
    def is_new(self) -> bool:
        """Whether there was no such file, nor a link to one."""
        return self.before is None and self.after is not None and not self.link

    @property
    def is_gone(self) -> bool:
        """Whether there is no such file any more."""
        return self.before is not None and self.after is None


def changes(found: Survey, mended: Mended) -> tuple[Change, ...]:
    """Return what differs between a tree on disk and the one it should become, in order of path."""
    return tuple(sorted(_changes(found, mended), key=lambda change: change.to))


def _changes(found: Survey, mended: Mended) -> Iterator[Change]:
    kept = {mended.origin(path) for path in mended.sources}
    links = {link.path: link.target for link in found.links}
    for path, source in found.sources.items():
        if path not in kept:
            with found.open(path) as old_file:
                yield Change(path, path, old_file.read(), None, source.mode, 0)
    for path, source in mended.sources.items():
        origin = mended.origin(path)
        old = found.sources.get(origin)
        before, after = mended.before.get(origin), mended.written.get(path)
        if before is not None and before == after:
            before = after = None
        if after is not None or path != origin or (old is not None and old.mode != source.mode):
            link = links.get(path, "") if old and old.via == path and source.via is None else ""
            yield Change(origin, path, before, after, old.mode if old else 0, source.mode, link)


def write(root: Path, wanted: Sequence[Change]) -> None:
    """Make changes below ``root``.

    Raises:
        OutputError: a file is no longer what was read, something stands where one should go, or the system refused;
            what was changed before that stays changed, and no file is half changed.
    """
    for change in wanted:
        try:
            _write(root, change)
        except OSError as error:
            reason = (error.strerror or "error").lower()
            raise OutputError(f"cannot be repaired: {reason}", path=change.path) from error


def _write(root: Path, change: Change) -> None:
    if change.before is not None and _content(root / change.path, len(change.before)) != change.before:
        raise OutputError("it was changed while it was repaired", path=change.path, hint="run the command again")
    if change.link and os.readlink(root / change.path) != change.link:
        raise OutputError("it was changed while it was repaired", path=change.path, hint="run the command again")
    if change.is_gone:
        (root / change.path).unlink()
        _prune(root, (root / change.path).parent)
        return
    if change.to != change.path:
        _rename(root, change)
    target = root / change.to
    if change.after is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if change.is_new and os.path.lexists(target):
            raise OutputError("something is there by now", path=change.to, hint="run the command again")
        with replacing(target, mode=change.new_mode) as (file, _):
            file.write(change.after)
    elif change.old_mode != change.new_mode:
        target.chmod(change.new_mode)


def _content(path: Path, size: int) -> bytes | None:
    if not stat.S_ISREG(path.lstat().st_mode):
        return None
    return read_bounded(path, max_bytes=max(size, path.lstat().st_size))


def _rename(root: Path, change: Change) -> None:
    """Move a file; its new directories are made, and the old ones go when they are empty."""
    _recase(root, change.path, change.to)
    source, target = root / change.path, root / change.to
    if target.parent != source.parent:
        target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(target) and not (source.exists() and os.path.samefile(source, target)):
        raise OutputError("something is there by now", path=change.to, hint="run the command again")
    if source.exists():
        os.rename(source, target)
    _prune(root, source.parent)


def _prune(root: Path, parent: Path) -> None:
    """Take directories away that hold nothing any more."""
    with contextlib.suppress(OSError):
        while parent != root:
            parent.rmdir()
            parent = parent.parent


def _recase(root: Path, path: RelPath, to: RelPath) -> None:
    """Give directories that are the same for this file system their new letter case (macOS, Windows: not run here)."""
    done = root
    for old, new in zip(path.split("/")[:-1], to.split("/")[:-1], strict=False):
        if old != new and (done / new).exists() and (done / old).exists() and os.path.samefile(done / old, done / new):
            os.rename(done / old, done / new)
        elif old != new:
            return
        done /= new

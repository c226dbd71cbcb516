"""A model of what a disk holds after the power was cut, built from the calls that an installer made.

The rules are those that POSIX promises and no more: the data of a file is safe after its ``fsync``; names of one
directory become safe in the order in which they changed, each directory for itself, and for certain only after an
``fsync`` of that directory. So after a cut every directory shows some prefix of its changes, and a file that was not
flushed is empty or whole. A rename within one directory is one change; between two it is two, in this model.
"""

from __future__ import annotations

import itertools
import math
import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from plugintool.install.fs import Fs

MOST = 24
"""Combinations of one moment; with links no moment has more, apart from those in ``staging`` only."""

Change = dict[str, "int | None"]
Names = dict[str, int]


@dataclass
class Node:
    """A file, a link or a directory; ``names`` of a directory: what is safe, ``pending``: what is not yet."""

    data: bytes | None = None
    mode: int = 0
    target: str | None = None
    is_safe: bool = True
    names: Names = field(default_factory=dict)
    pending: list[Change] = field(default_factory=list)

    @property
    def is_directory(self) -> bool:
        return self.data is None and self.target is None

    def now(self) -> Names:
        """What a process sees in this directory."""
        return _after(self.names, self.pending)


@dataclass(frozen=True)
class CrashState:
    """What is found after a cut: files, links and directories by path, and which call was the last."""

    call: int
    last: str
    entries: tuple[tuple[str, tuple[str, bytes, int]], ...]

    def write(self, root: Path) -> None:
        """Make a real directory of it."""
        for path, (kind, data, mode) in self.entries:
            place = root / path
            if kind == "d":
                place.mkdir()
                place.chmod(0o755)
            elif kind == "l":
                place.symlink_to(data.decode())
            else:
                place.write_bytes(data)
                place.chmod(mode)


class Disk:
    """The model; starts from a directory in which everything is safe."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.nodes: list[Node] = []
        self.top = self._load(root, is_safe=True)

    def states(self, call: int, last: str) -> Iterator[CrashState]:
        """Yield every state that a cut at this moment can leave, each once."""
        waiting = [node for node in self.nodes if node.pending]
        unsafe = any(not node.is_safe for node in self.nodes)
        seen = set()
        for lengths in _choices([len(node.pending) for node in waiting], call):
            cut = {id(node): length for node, length in zip(waiting, lengths, strict=True)}
            for is_whole in (True, False) if unsafe else (True,):
                entries = tuple(sorted(self._read(self.top, "", cut, is_whole=is_whole)))
                if entries not in seen:
                    seen.add(entries)
                    yield CrashState(call, last, entries)

    def create(self, path: Path, node: Node) -> None:
        self.nodes.append(node)
        self._change(path.parent, {path.name: len(self.nodes) - 1})

    def adopt(self, path: Path) -> None:
        """Take over a tree that was written without our seeing it; nothing in it is safe."""
        number = self._load(path, is_safe=False)
        self._change(path.parent, {path.name: number})

    def rename(self, source: Path, target: Path) -> None:
        number = self._number(source)
        if source.parent == target.parent:
            self._change(source.parent, {source.name: None, target.name: number})
        else:
            self._change(target.parent, {target.name: number})
            self._change(source.parent, {source.name: None})

    def exchange(self, one: Path, other: Path) -> None:
        first, second = self._number(one), self._number(other)
        self._change(one.parent, {one.name: second})
        self._change(other.parent, {other.name: first})

    def remove(self, path: Path) -> None:
        self._change(path.parent, {path.name: None})

    def flush_file(self, path: Path) -> None:
        self.nodes[self._number(path)].is_safe = True

    def flush_directory(self, path: Path) -> None:
        node = self.nodes[self._number(path)]
        node.names, node.pending = node.now(), []

    def flush_all(self) -> None:
        for node in self.nodes:
            node.names, node.pending, node.is_safe = node.now(), [], True

    def is_known(self, path: Path) -> bool:
        return path.name in self.nodes[self._number(path.parent)].now()

    def _change(self, directory: Path, change: Change) -> None:
        self.nodes[self._number(directory)].pending.append(change)

    def _number(self, path: Path) -> int:
        number = self.top
        for name in path.relative_to(self.root).parts:
            number = self.nodes[number].now()[name]
        return number

    def _load(self, path: Path, *, is_safe: bool) -> int:
        if path.is_symlink():
            node = Node(target=os.readlink(path))
        elif path.is_file():
            node = Node(data=path.read_bytes(), mode=path.stat().st_mode & 0o7777, is_safe=is_safe)
        else:
            names = {entry.name: self._load(entry, is_safe=is_safe) for entry in sorted(path.iterdir())}
            changes: list[Change] = [] if is_safe else [{name: number} for name, number in names.items()]
            node = Node(names=names if is_safe else {}, pending=changes)
        self.nodes.append(node)
        return len(self.nodes) - 1

    def _read(
        self, number: int, path: str, cut: Mapping[int, int], *, is_whole: bool
    ) -> Iterator[tuple[str, tuple[str, bytes, int]]]:
        node = self.nodes[number]
        if node.target is not None:
            yield path, ("l", node.target.encode(), 0)
        elif node.data is not None:
            yield path, ("f", node.data if node.is_safe or is_whole else b"", node.mode)
        else:
            if path:
                yield path, ("d", b"", 0)
            for name, child in _after(node.names, node.pending[: cut.get(id(node), 0)]).items():
                yield from self._read(child, f"{path}/{name}" if path else name, cut, is_whole=is_whole)


class RecordingFs(Fs):
    """Does everything for real and keeps all crash states of every moment."""

    def __init__(self, root: Path) -> None:
        self.disk = Disk(root)
        self.calls = 0
        self.found: list[CrashState] = []
        self._note("start")

    def make_directory(self, path: Path) -> None:
        super().make_directory(path)
        self.disk.create(path, Node())
        self._note(f"mkdir {path.name}")

    def write_new(self, path: Path, data: bytes) -> None:
        super().write_new(path, data)
        self._file(path)

    def copy_new(self, source: Path, path: Path, *, executable: bool) -> None:
        super().copy_new(source, path, executable=executable)
        self._file(path)

    def make_link(self, path: Path, target: str) -> None:
        super().make_link(path, target)
        self.disk.create(path, Node(target=target))
        self._note(f"symlink {path.name}")

    def rename(self, source: Path, target: Path) -> None:
        self._see(source)
        super().rename(source, target)
        self.disk.rename(source, target)
        self._note(f"rename {source.name} {target.name}")

    def exchange(self, one: Path, other: Path) -> bool:
        if not super().exchange(one, other):
            return False
        self.disk.exchange(one, other)
        self._note(f"exchange {one.name} {other.name}")
        return True

    def remove_file(self, path: Path) -> None:
        self._see(path)
        super().remove_file(path)
        self.disk.remove(path)
        self._note(f"unlink {path.name}")

    def remove_directory(self, path: Path) -> None:
        super().remove_directory(path)
        self.disk.remove(path)
        self._note(f"rmdir {path.name}")

    def sync_directory(self, path: Path) -> None:
        super().sync_directory(path)
        self.disk.flush_directory(path)
        self._note(f"fsync {path.name}")

    def sync_volume(self, path: Path) -> None:
        if self._see(path):
            self._note("written by the sink")
        super().sync_volume(path)
        self.disk.flush_all()
        self._note("syncfs")

    def pause(self, seconds: float) -> None:
        """Nothing changes on the disk meanwhile."""

    def _file(self, path: Path) -> None:
        node = Node(data=path.read_bytes(), mode=path.stat().st_mode & 0o7777, is_safe=False)
        self.disk.create(path, node)
        self._note(f"create {path.name}")
        self.disk.flush_file(path)
        self._note(f"fsync {path.name}")

    def _see(self, path: Path) -> bool:
        """Take over what was written without us (by the sink); returns whether there was something to take."""
        if self.disk.is_known(path):
            return False
        self.disk.adopt(path)
        return True

    def _note(self, last: str) -> None:
        self.calls += 1
        self.found.extend(self.disk.states(self.calls, last))


def _choices(pending: list[int], call: int) -> Iterator[tuple[int, ...]]:
    """Yield how many changes of each directory are kept: all combinations, or so many of them as ``MOST``."""
    if math.prod(count + 1 for count in pending) <= MOST:
        yield from itertools.product(*(range(count + 1) for count in pending))
        return
    yield from (tuple(0 for _ in pending), tuple(pending))
    draw = random.Random(call)
    yield from (tuple(draw.randint(0, count) for count in pending) for _ in range(MOST))


def _after(names: Names, changes: list[Change]) -> Names:
    result = dict(names)
    for change in changes:
        for name, number in change.items():
            if number is None:
                result.pop(name, None)
            else:
                result[name] = number
    return result

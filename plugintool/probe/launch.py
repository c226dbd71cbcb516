"""``Launch``: one program as it is started, and the private place in which it runs."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from plugintool import limits
from plugintool.errors import LimitExceededError
from plugintool.frozen import dataclass
from plugintool.probe.shield import undisturbed
from plugintool.tree.copy import HEAD_BYTES, ExecutableRule, by_content, copy_stream
from plugintool.tree.entry import Tree, refuse_collisions
from plugintool.tree.sink import DirectorySink

KEPT_VARIABLES = ("PATH", "PATHEXT", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "WINDIR")
"""Variables of the caller that a program is given: where programs are, and what Windows cannot start one without."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What is started.

    Attributes:
        argv: program and arguments.
        env: the whole environment.
        cwd: the working directory.
        mark: a text of ``env`` that stands in no other process's environment.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    mark: str


@dataclass(frozen=True, slots=True)
class Place:
    """A private directory for one subject; everything below it is removed at the end.

    Attributes:
        root: the directory.
        given: variables of the caller that programs get, ``KEPT_VARIABLES`` and those asked for.
    """

    root: Path
    given: Mapping[str, str]

    @property
    def project(self) -> Path:
        """The working directory: an empty project."""
        return self.root / "project"

    @property
    def home(self) -> Path:
        """The home directory."""
        return self.root / "home"

    @property
    def data(self) -> Path:
        """Where a plugin keeps what survives an update."""
        return self.root / "data"

    def environment(self) -> dict[str, str]:
        """Return the clean environment that every program starts from."""
        temporary = str(self.root / "tmp")
        own = {"HOME": str(self.home), "TMPDIR": temporary, "LANG": "C.UTF-8", "PLUGINTOOL_CHECK": str(self.root)}
        if os.name == "nt":
            profile = {"USERPROFILE": str(self.home), "TEMP": temporary, "TMP": temporary}
            own |= profile | {"APPDATA": str(self.home), "LOCALAPPDATA": str(self.home)}
        return own | dict(self.given)

    def launch(self, argv: tuple[str, ...], env: Mapping[str, str]) -> Launch:
        """Return a launch in this place; ``env`` comes on top of the clean environment."""
        mark = str(self.root)
        return Launch(argv, {**self.environment(), **env, "PLUGINTOOL_CHECK": mark}, self.project, mark)


@contextlib.contextmanager
def private_place(given: Mapping[str, str]) -> Iterator[Place]:
    """Make a private directory with an empty home, project, data and temporary directory; remove it afterwards."""
    root: Path | None = None
    try:
        with undisturbed():
            root = Path(tempfile.mkdtemp(prefix="plugintool-check-")).resolve()
        place = Place(root, given)
        for directory in (place.project, place.home, place.data, root / "tmp"):
            directory.mkdir()
        yield place
    finally:
        if root is not None:
            with undisturbed():
                _remove(root)


def _remove(root: Path) -> None:
    """Remove a directory though a program has locked parts of it: each round opens what the one before has met."""

    def unlock(
        function: Callable[..., Any], path: str, error: tuple[type[BaseException], BaseException, TracebackType]
    ) -> None:
        """Make what could not be removed, and the directory that it stands in, ours again; never what is outside."""
        del function, error
        for locked in (os.path.dirname(path), os.fspath(path)):
            is_inside = locked == str(root) or locked.startswith(f"{root}{os.sep}")
            if is_inside and not os.path.islink(locked):
                with contextlib.suppress(OSError):
                    os.chmod(locked, stat.S_IRWXU)

    for _ in range(limits.PATH_DEPTH):
        shutil.rmtree(root, onerror=unlock)
        if not os.path.lexists(root):
            return


def unpack(tree: Tree, target: Path, rule: ExecutableRule = by_content) -> None:
    """Copy all files of a tree into ``target``, which is created.

    Args:
        tree: a source tree, a built tree or an archive.
        target: the directory to create.
        rule: which files are executable where the container does not tell.

    Raises:
        LimitExceededError: more files or bytes than a built tree may have.
        UnsafePathError: two paths collide.
        InputError: a file cannot be read.
        OutputError: the copy cannot be written.
    """
    files, room = tree.files(), limits.TREE_BYTES
    if len(files) > limits.TREE_FILES:
        raise LimitExceededError(f"more than {limits.TREE_FILES} files in one tree", path=tree.name)
    refuse_collisions([file.path for file in files])
    sink = DirectorySink(target)
    for file in files:
        executable = file.executable
        if executable is None:
            with tree.open(file.path) as source:
                executable = rule(file.path, source.read(HEAD_BYTES))
        with tree.open(file.path) as source, sink.create(file.path, executable=executable) as copy:
            room -= copy_stream(source, copy, max_bytes=room).size

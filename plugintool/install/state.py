"""The state of one device as the installer holds it: places, file system, and names for work in progress."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from plugintool.errors import InstallError, OutputError
from plugintool.install.fs import FileSystem
from plugintool.install.layout import Layout


@dataclass(slots=True)
class DeviceState:
    """Where things are and how they are changed; whoever changes anything holds the lock.

    With ``dry_run`` nothing may be changed. ``finished`` names the interrupted change that was finished first, as
    (action, plugin).
    """

    layout: Layout
    fs: FileSystem
    dry_run: bool = False
    finished: tuple[str, str] | None = None
    _count: int = field(default=0, repr=False)

    def fresh(self, kind: str) -> Path:
        """Return a new name in ``staging``, on the volume of the state."""
        self._count += 1
        return self.layout.staging / f"{kind}-{self._count}"

    def fresh_beside_plugins(self, kind: str) -> Path:
        """Return a new name on the volume of org-plugins: only from there a name can be moved over a plugin."""
        staging, beside = self.layout.staging, self.layout.staging_beside_plugins
        if volume_of(staging) == volume_of(self.layout.org_plugins):
            return self.fresh(kind)
        if not beside.is_dir():
            self.fs.make_directory(beside)
        self._count += 1
        return beside / f"{kind}-{self._count}"

    def clear_staging(self) -> None:
        """Remove all work in progress, also what an interrupted installer left."""
        beside = self.layout.staging_beside_plugins
        for path in sorted(self.layout.staging.iterdir()):
            remove_anything(self.fs, path)
        if is_directory(beside):
            remove_anything(self.fs, beside)

    def write_temporary(self, data: bytes) -> Path:
        """Write a file under a new name in ``staging``, with durable data, for ``place_file``."""
        temporary = self.fresh("file")
        self.fs.write_new(temporary, data)
        return temporary

    def place_file(self, temporary: Path, path: Path) -> None:
        """Put a temporary file in the place of ``path`` in one step, durably."""
        self.fs.rename(temporary, path)
        self.fs.sync_directory(path.parent)

    def replace_file(self, path: Path, data: bytes) -> None:
        """Replace a file of the state in one step, durably."""
        self.place_file(self.write_temporary(data), path)

    def ensure_directory(self, path: Path) -> None:
        """Create one directory of the state where it is missing, durably."""
        if not path.is_dir():
            self.fs.make_directory(path)
            self.fs.sync_directory(path.parent)


def volume_of(path: Path) -> int:
    """Return the number of the volume that ``path`` is on."""
    return os.stat(path).st_dev


def is_directory(path: Path) -> bool:
    """Whether ``path`` itself is a directory; a link to one is none."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False


def remove_anything(fs: FileSystem, path: Path) -> None:
    """Remove a file, a link or a whole directory; links are not followed."""
    if not is_directory(path):
        fs.remove_file(path)
        return
    for directory, directories, files in os.walk(path, topdown=False):
        for name in files:
            fs.remove_file(Path(directory, name))
        for name in directories:
            inner = Path(directory, name)
            (fs.remove_file if inner.is_symlink() else fs.remove_directory)(inner)
    fs.remove_directory(path)


@contextlib.contextmanager
def install_errors(path: Path) -> Iterator[None]:
    """Turn what the system refuses into an ``InstallError``; what was installed before is still there."""
    try:
        yield
    except OSError as error:
        raise _refused(error, path) from error
    except OutputError as error:
        raise InstallError(f"nothing was installed: {error.message}", **error.detail) from error


def _refused(error: OSError, path: Path) -> InstallError:
    reason = (error.strerror or str(error)).lower()
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        hint = "run it as the owner of the device state (root)"
    elif error.errno in {errno.ENOSPC, errno.EDQUOT}:
        hint = "free some room and run it again"
    else:
        hint = "repair the disk or the directory and run it again"
    where = error.filename if isinstance(error.filename, str) else str(path)
    return InstallError(f"nothing was installed: {reason}", path=where, hint=hint)

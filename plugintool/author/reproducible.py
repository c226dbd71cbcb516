"""Build the same once more, under circumstances that should not matter, and say what differs."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from plugintool import limits
from plugintool.errors import BuildError
from plugintool.frozen import dataclass
from plugintool.tree.copy import copy_stream
from plugintool.tree.directory import open_regular

CIRCUMSTANCES = {
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "C",
    "LANG": "C",
    "PYTHONHASHSEED": "4294967295",
    "PYTHONDONTWRITEBYTECODE": "1",
    "SOURCE_DATE_EPOCH": "1",
}
"""Variables of the second build; its umask, its current directory, and the order, the times and the modes of the
files differ too."""
_UMASK = 0o077
_SHOWN = 20
"""Differences that are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One file of an output: its content, and whether it can be executed."""

    sha256: str
    executable: bool


def check_reproducible(made: Path, source: Path, arguments: Sequence[str], *, is_copied: bool = True) -> None:
    """Build ``source`` again in a process of its own and compare the outputs byte for byte.

    Args:
        made: what the first build wrote: a directory or a file.
        source: what was built.
        arguments: options of ``plugintool build`` that the first build had, but ``--out``.
        is_copied: whether the second build reads a copy, written in another order and with other times; False for a
            plugin that something outside of its directory describes.

    Raises:
        BuildError: it cannot be built again, or gives other bytes; ``problems`` says what differs.
    """
    with tempfile.TemporaryDirectory(prefix="plugintool-again-") as aside:
        again = Path(aside) / "source" / source.resolve().name if is_copied else source.resolve()
        if is_copied:
            copy_reversed(source.resolve(), again)
        other = _build(again, Path(aside), arguments)
        problems = list(differences(_snapshot(made), _snapshot(other)))
    if problems:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise BuildError(
            "not reproducible: a second build gave other bytes",
            path=str(made),
            problems=(*problems[:_SHOWN], *more),
            hint="look for what depends on time, place, order or user in the files named",
        )


def differences(first: Mapping[str, Seen], second: Mapping[str, Seen]) -> Iterator[str]:
    """Yield each file that differs, in order of path, and how."""
    for path in sorted({*first, *second}):
        one, other = first.get(path), second.get(path)
        if one is None or other is None:
            yield f"{path}: only in the {'second' if one is None else 'first'} build"
        elif one.sha256 != other.sha256:
            yield f"{path}: other content"
        elif one.executable != other.executable:
            yield f"{path}: executable in the {'first' if one.executable else 'second'} build only"


def copy_reversed(source: Path, target: Path) -> None:
    """Copy a source tree so that what should not matter differs: order of creation, times, modes.

    Version control and special files are left out, since no build reads them; so is what cannot be read.
    """
    target.mkdir(parents=True)
    with os.scandir(source) as listing:
        entries = sorted(listing, key=lambda entry: entry.name, reverse=True)
    for entry in entries:
        other = target / entry.name
        if entry.is_symlink():
            other.symlink_to(os.readlink(entry.path))
        elif entry.is_dir() and entry.name != ".git" and os.access(entry.path, os.R_OK | os.X_OK):
            copy_reversed(Path(entry.path), other)
        elif entry.is_file() and os.access(entry.path, os.R_OK):
            shutil.copyfile(entry.path, other)


def _build(source: Path, aside: Path, arguments: Sequence[str]) -> Path:
    """Run the command line and return where the second output is."""
    out = aside / "out"
    command = [*_starter(), "build", str(source), *arguments, "--out", str(out), "--quiet"]
    options: dict[str, Any] = {} if sys.platform == "win32" else {"umask": _UMASK}
    done = subprocess.run(  # noqa: S603 - ourselves
        command, cwd=aside, stdin=subprocess.DEVNULL, capture_output=True, check=False, **options
    )
    made = sorted(out.glob("org-plugins/*")) + sorted(out.glob("*.mcpb"))
    if done.returncode or len(made) != 1:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        problems = tuple(said.splitlines()[-_SHOWN:])
        hint = "look for what the build needs besides its source: a file elsewhere, a variable, a right"
        raise BuildError("not reproducible: the second build failed", path=str(source), problems=problems, hint=hint)
    return made[0]


def _starter() -> list[str]:
    """How to start plugintool with the other circumstances; Windows gets its own environment unchanged."""
    python = [sys.executable, "-m", "plugintool"]
    if sys.platform == "win32":
        return python
    variables = {**CIRCUMSTANCES, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return ["env", *(f"{name}={value}" for name, value in variables.items()), *python]


def _snapshot(root: Path) -> dict[str, Seen]:
    """Read an output; a file stands for itself under an empty name."""
    if not root.is_dir():
        return {root.name: _seen(root)}
    files = (Path(base) / name for base, _, names in os.walk(root) for name in names)
    return {file.relative_to(root).as_posix(): _seen(file) for file in files}


def _seen(path: Path) -> Seen:
    with open_regular(path) as source:
        mode = os.fstat(source.fileno()).st_mode
        return Seen(copy_stream(source, None, max_bytes=limits.ARCHIVE_BYTES).sha256, bool(mode & stat.S_IXUSR))

"""Python distributions brought into a bundle: wheels that a lock file fixes, and the server itself if it is a project.

Wheels come from a directory, or from the network into one; from there on both go the same way (``build.wheels``).
They are chosen for the Python that runs plugintool.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from plugintool import jsontext, limits
from plugintool.build.program import environment_for, run_program
from plugintool.build.python_lib import WheelOrigin, find_python_lock
from plugintool.build.python_server import PYPROJECT, build_server, find_project
from plugintool.build.wheels import Library, find_wheels, take_wheels
from plugintool.errors import BuildError, UnsafePathError
from plugintool.formats.bundle_manifest import BundleManifest
from plugintool.formats.python_lock import LockedDistribution, PythonLock
from plugintool.frozen import dataclass, replace
from plugintool.jsonvalue import items_of, object_of, text_of
from plugintool.relpath import RelPath
from plugintool.tree.directory import Survey, survey
from plugintool.tree.entry import Tree

if TYPE_CHECKING:
    from packaging.tags import Tag

LIBRARY = "server/lib"
_PYTHONPATH = re.compile(r"\$\{__dirname\}(?:/|\$\{/\})(?P<path>[^:;$]+)")
_DOWNLOAD = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "--quiet")


@dataclass(frozen=True)
class VendoredPython:
    """What was brought in: a directory that lies over the bundle, where in it modules are, and where they came from."""

    survey: Survey
    library: str
    origins: tuple[WheelOrigin, ...]


def library_of(manifest: BundleManifest) -> str:
    """Return the directory of a bundle that its server finds modules in: the first of ``PYTHONPATH``, or LIBRARY."""
    found = _PYTHONPATH.match(manifest.text("server", "mcp_config", "env", "PYTHONPATH"))
    try:
        return RelPath(found["path"].strip("/")) if found else LIBRARY
    except UnsafePathError:
        return LIBRARY


def vendor_python(
    tree: Tree, manifest: BundleManifest, staging: Path, *, wheels: Path | None, environment: Mapping[str, str]
) -> VendoredPython | None:
    """Bring the modules that a server needs into a directory.

    Args:
        tree: the source of the bundle, paths relative to its manifest.
        manifest: its manifest.
        staging: an empty private directory.
        wheels: a directory of wheels; None takes them from the network.
        environment: that of the caller.

    Returns:
        None where there is nothing to bring in: no lock file and no project.

    Raises:
        BuildError: there are dependencies and no lock file, a wheel is missing, or a program failed.
        InputError: the lock file, or a wheel, cannot be used.
    """
    library, project, lock = library_of(manifest), find_project(tree), find_python_lock(tree)
    is_built = project is not None and project.has_backend and not _has_entry_point(tree, manifest)
    if lock is None and project is not None and project.dependencies:
        hint = "uv pip compile --generate-hashes pyproject.toml -o requirements.txt"
        raise BuildError("the project has dependencies and there is no lock file", path=PYPROJECT, hint=hint)
    if lock is None and not is_built:
        return None
    taken = []
    if is_built:
        taken.append(build_server(tree, staging, library=library, wheels=wheels, environment=environment))
    if lock is not None:
        taken += _take_locked(lock, staging, wheels, environment)
    unpacked = Library(_parent(staging / "upper" / library))
    for path, origin in taken:
        unpacked.add(path, origin)
    return VendoredPython(survey(staging / "upper"), library, tuple(origin for _, origin in taken))


def _has_entry_point(tree: Tree, manifest: BundleManifest) -> bool:
    name = manifest.text("server", "entry_point").removeprefix("./")
    return any(file.path == name for file in tree.files())


def _parent(path: Path) -> Path:
    """Make the directories above a path and return it."""
    path.parent.mkdir(parents=True)
    return path


def _take_locked(
    lock: PythonLock, staging: Path, wheels: Path | None, environment: Mapping[str, str]
) -> list[tuple[Path, WheelOrigin]]:
    from packaging.tags import sys_tags  # noqa: PLC0415 - as above

    tags = list(sys_tags())
    copies = Path(tempfile.mkdtemp(dir=staging))
    if wheels is not None:
        return take_wheels(lock, find_wheels(wheels, tags), copies)
    if not lock.distributions:
        return []
    directory, urls = _download(lock, staging, tags, environment)
    return [
        (path, replace(origin, url=origin.url or urls.get(origin.sha256, "")))
        for path, origin in take_wheels(lock, find_wheels(directory, tags), copies)
    ]


def _download(
    lock: PythonLock, staging: Path, tags: Sequence[Tag], environment: Mapping[str, str]
) -> tuple[Path, dict[str, str]]:
    """Let pip fetch what is locked; return the directory, and URLs by SHA-256.

    pip says where it found a file in the report of an installation only, so it is asked for one that it does not do.
    """
    directory, report, wanted = staging / "wheels", staging / "report.json", staging / "locked.txt"
    wanted.write_text("".join(_line(one, tags) for one in lock.distributions), encoding="utf-8")
    python, own = _python_with_pip(staging, environment), environment_for(environment)
    common = [*_DOWNLOAD, "--requirement", str(wanted)]
    commands = (
        ["install", "--dry-run", "--ignore-installed", "--report", str(report), *common],
        ["download", "--dest", str(directory), *common],
    )
    for command in commands:
        run_program([python, "-I", "-m", "pip", *command], cwd=_made(staging / "cwd"), environment=own)
    return directory, _urls(report.read_bytes())


def _made(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


def _line(locked: LockedDistribution, tags: Sequence[Tag]) -> str:
    """Return one requirement for pip: by its URL where the lock file has one for this Python."""
    url = _best_url(locked, tags)
    what = f"{locked.name} @ {url}" if url else f"{locked.name}=={locked.version}"
    return " ".join([what, *(f"--hash={text}" for text in sorted(locked.hashes))]) + "\n"


def _best_url(locked: LockedDistribution, tags: Sequence[Tag]) -> str:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename  # noqa: PLC0415 - as above

    ranks = {tag: rank for rank, tag in reversed(list(enumerate(tags)))}
    found = []
    for name, url in sorted(locked.urls.items()):
        try:
            fitting = [ranks[tag] for tag in parse_wheel_filename(name)[3] if tag in ranks]
        except InvalidWheelFilename:
            continue
        found += [(min(fitting), url)] if fitting else []
    return min(found)[1] if found else ""


def _python_with_pip(staging: Path, environment: Mapping[str, str]) -> str:
    """Return a Python that has pip: this one, or that of a new environment."""
    if importlib.util.find_spec("pip") is not None:
        return sys.executable
    home = staging / "pip"
    run_program(
        [sys.executable, "-I", "-m", "venv", str(home)], cwd=staging / "cwd", environment=environment_for(environment)
    )
    return str(home / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def _urls(report: bytes) -> dict[str, str]:
    """Read the report of pip (version 1): URLs by SHA-256. Paths of this machine and names of users are left out."""
    value = object_of(jsontext.read(report, max_bytes=limits.LOCK_BYTES).value)
    found = {}
    for item in items_of(value.get("install")):
        info = object_of(object_of(item).get("download_info"))
        sha256 = text_of(object_of(object_of(info.get("archive_info")).get("hashes")).get("sha256"))
        if sha256:
            found[sha256] = text_of(info.get("url"))
    return found

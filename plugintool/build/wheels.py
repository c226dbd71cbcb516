"""Wheels: chosen from a directory by a lock file, checked, and unpacked as they are.

A wheel is taken only when its SHA-2 hash stands in the lock file. It is copied into a private directory first and
hashed there, so that what was checked is what is unpacked. It is read with our own strict reader of archives: Python's
takes archives that two readers understand differently, and a hash only says that the lock file meant these bytes, not
that they are harmless. Then its RECORD must name every file with its hash (binary distribution format, read 2026-11).
No byte of a wheel is changed on its way into the bundle, and no code of it runs.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from plugintool import limits
from plugintool.build.python_lib import WheelOrigin
from plugintool.digest import Digest
from plugintool.errors import BuildError, InputError, LimitExceededError, MalformedFileError, UnsafePathError
from plugintool.formats.dist_info import DIST_INFO, RECORD, UNRECORDED, WHEEL, read_headers, read_record
from plugintool.formats.python_lock import LockedDistribution, PythonLock
from plugintool.frozen import dataclass
from plugintool.relpath import RelPath
from plugintool.tree.copy import copy_stream
from plugintool.tree.directory import open_regular
from plugintool.tree.entry import Tree
from plugintool.tree.sink import DirectorySink, Sink, output_errors
from plugintool.tree.zip_profile import STRICT
from plugintool.tree.zip_reader import open_archive

if TYPE_CHECKING:
    from packaging.tags import Tag

SUFFIX = ".whl"
_SCHEMES = {"purelib": "", "platlib": "", "data": "", "scripts": "bin/"}
"""Where pip puts the parts of ``*.data`` with ``--target``; headers are only for compilers and are not taken."""
_SHOWN = 20
OpenWheel: TypeAlias = Callable[[Path], contextlib.AbstractContextManager[Tree]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A wheel file.

    Attributes:
        path: the file.
        name: of the distribution, normalised.
        version: as in the file name, normalised.
        rank: how well it fits this Python, 0 is best; None = not at all.
        build: the build number, to choose among several.
    """

    path: Path
    name: str
    version: str
    rank: int | None
    build: tuple[int, str] | tuple[()]


def find_wheels(directory: Path, tags: Sequence[Tag]) -> list[Wheel]:
    """Return the wheels in a directory, in order of their names; files with other names are passed over.

    Args:
        directory: is not searched below.
        tags: what the Python that is built for runs, best first (``packaging.tags.sys_tags``).

    Raises:
        InputError: the directory cannot be read.
    """
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename  # noqa: PLC0415 - only wheels need it

    ranks = {tag: rank for rank, tag in reversed(list(enumerate(tags)))}
    found = []
    for name in _names(directory):
        try:
            project, version, build, wheel_tags = parse_wheel_filename(name)
        except InvalidWheelFilename:
            continue
        rank = min((ranks[tag] for tag in wheel_tags if tag in ranks), default=None)
        found.append(Wheel(path=directory / name, name=project, version=str(version), rank=rank, build=build))
    return found


def _names(directory: Path) -> list[str]:
    try:
        return sorted(name for name in os.listdir(directory) if name.endswith(SUFFIX))
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise InputError(f"the directory of wheels cannot be read: {reason}", path=str(directory)) from error


def take_wheels(lock: PythonLock, wheels: Sequence[Wheel], into: Path) -> list[tuple[Path, WheelOrigin]]:
    """Copy one wheel for each locked distribution into ``into``, checking its hash.

    Raises:
        BuildError: a distribution has no wheel that fits and has a locked hash; ``problems`` names all of them.
        InputError: a wheel cannot be read.
    """
    taken: list[tuple[Path, WheelOrigin]] = []
    problems = []
    for locked in lock.distributions:
        found = _take(locked, wheels, into)
        if isinstance(found, str):
            problems.append(found)
        else:
            taken.append(found)
    if problems:
        raise BuildError(
            f"{len(problems)} of {len(lock.distributions)} distributions cannot be taken",
            path=lock.path,
            problems=tuple(problems),
            hint="download them again for this Python, or bring the lock file up to date",
        )
    return taken


def _take(locked: LockedDistribution, wheels: Sequence[Wheel], into: Path) -> tuple[Path, WheelOrigin] | str:
    """Return the copy of the best wheel with a locked hash, or what is wrong."""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - as above

    called = f"{locked.name} {locked.version}"
    try:
        version = Version(locked.version)
    except InvalidVersion:
        return f"{called}: not a version"
    offered = [wheel for wheel in wheels if wheel.name == locked.name and Version(wheel.version) == version]
    fitting = sorted((one for one in offered if one.rank is not None), key=_preference)
    if not fitting:
        names = ", ".join(wheel.path.name for wheel in offered)
        return f"{called}: only wheels for other systems: {names}" if offered else f"{called}: there is no wheel"
    for wheel in fitting:
        copy, sha256 = copy_wheel(wheel.path, into)
        if _has_hash(copy, locked.hashes):
            url = locked.urls.get(wheel.path.name, "")
            return copy, WheelOrigin(
                name=locked.name, version=wheel.version, file_name=wheel.path.name, sha256=sha256, url=url
            )
    return f"{called}: {fitting[0].path.name} has another hash than the lock file (sha256:{sha256})"


def _preference(wheel: Wheel) -> tuple[int, int, str]:
    assert wheel.rank is not None
    return wheel.rank, -wheel.build[0] if wheel.build else 0, wheel.path.name


def copy_wheel(path: Path, into: Path) -> tuple[Path, Digest]:
    """Copy a wheel into a private directory; return the copy and its digest.

    Raises:
        InputError: it cannot be read, is no regular file, or is larger than an archive may be.
    """
    target = into / path.name
    with open_regular(path, follow=True) as source, output_errors(target), open(target, "wb") as copy:
        return target, copy_stream(source, copy, max_bytes=limits.ARCHIVE_BYTES).sha256


def _has_hash(path: Path, hashes: frozenset[str]) -> bool:
    for algorithm in sorted({text.partition(":")[0] for text in hashes}):
        with open(path, "rb") as source:
            if f"{algorithm}:{hashlib.file_digest(source, algorithm).hexdigest()}" in hashes:
                return True
    return False


@contextlib.contextmanager
def open_wheel(path: Path) -> Iterator[Tree]:
    """Open a wheel as a tree with the strict profile for foreign archives.

    Raises:
        ArchiveError, LimitExceededError, MissingPathError: as ``open_archive``.
    """
    with open_archive(path, profile=STRICT) as tree:
        yield tree


class Library:
    """A directory of Python modules that wheels are unpacked into, one after the other.

    Args:
        root: the directory, created here.
        opener: opens a wheel as a tree.
    """

    def __init__(self, root: Path, opener: OpenWheel = open_wheel) -> None:
        self._sink = DirectorySink(root)
        self._opener = opener
        self._owners: dict[RelPath, tuple[str, Digest]] = {}

    def add(self, path: Path, origin: WheelOrigin) -> None:
        """Unpack one wheel.

        Raises:
            ArchiveError, LimitExceededError: the archive breaks a rule.
            MalformedFileError: it is no wheel of this distribution, or its files are not those of its RECORD.
            BuildError: a file is already there with other content.
        """
        with self._opener(path) as tree:
            files = {file.path: file.size for file in tree.files()}
            info = _info_directory(files, origin)
            _check_wheel(tree, info, origin)
            record = _recorded(tree, info, origin)
            problems = [f"{path}: not in RECORD" for path in sorted(files) if path not in record]
            problems += [f"{path}: in RECORD and not in the wheel" for path in sorted(record) if path not in files]
            problems += [f"{path}: not as in RECORD" for path in self._unpack(tree, info, record, origin)]
        if problems:
            raise _malformed("the files of a wheel are not those of its RECORD", origin, problems)

    def _unpack(
        self, tree: Tree, info: RelPath, record: dict[RelPath, Digest | None], origin: WheelOrigin
    ) -> Iterator[RelPath]:
        """Write the files of a wheel and yield those whose content differs from RECORD."""
        data = f"{info.removesuffix(DIST_INFO)}.data/"
        for file in tree.files():
            path = _place(file.path, data)
            sha256 = _copy(tree, file.path, self._sink if path and self._is_free(path) else None, path or file.path)
            if path:
                self._own(path, sha256, origin)
            if record.get(file.path) not in {None, sha256}:
                yield file.path

    def _is_free(self, path: RelPath) -> bool:
        return path not in self._owners

    def _own(self, path: RelPath, sha256: Digest, origin: WheelOrigin) -> None:
        owner, known = self._owners.setdefault(path, (origin.file_name, sha256))
        if known != sha256:
            message = f"{owner} and {origin.file_name} have different files of one name"
            raise BuildError(message, path=path, hint="leave one of them out of the lock file")


def _copy(tree: Tree, name: RelPath, sink: Sink | None, path: RelPath) -> Digest:
    with tree.open(name) as source:
        if sink is None:
            return copy_stream(source, None, max_bytes=limits.TREE_BYTES).sha256
        with sink.create(path, executable=False) as target:
            return copy_stream(source, target, max_bytes=limits.TREE_BYTES).sha256


def _place(name: RelPath, data: str) -> RelPath | None:
    """Return where a file of a wheel goes, or None when it is not taken."""
    if not name.startswith(data):
        return name
    scheme, _, inner = name.removeprefix(data).partition("/")
    return RelPath(_SCHEMES[scheme] + inner) if inner and scheme in _SCHEMES else None


def _info_directory(files: dict[RelPath, int], origin: WheelOrigin) -> RelPath:
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - as above
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - as above

    found = sorted({path.split("/")[0] for path in files if path.split("/")[0].endswith(DIST_INFO) and "/" in path})
    if len(found) == 1:
        name, _, version = found[0].removesuffix(DIST_INFO).partition("-")
        with contextlib.suppress(InvalidVersion):
            if canonicalize_name(name) == origin.name and Version(version) == Version(origin.version):
                return RelPath(found[0])
    raise _malformed(f"no wheel of {origin.name} {origin.version}", origin, found or ["no *.dist-info directory"])


def _check_wheel(tree: Tree, info: RelPath, origin: WheelOrigin) -> None:
    headers = read_headers(_read(tree, RelPath(f"{info}/{WHEEL}"), limits.WHEEL_METADATA_BYTES, origin))
    if headers.first("Wheel-Version").partition(".")[0] != "1":
        version = headers.first("Wheel-Version")[:20] or "none"
        raise _malformed("a wheel of a format that is not read", origin, [f"Wheel-Version: {version}"])


def _recorded(tree: Tree, info: RelPath, origin: WheelOrigin) -> dict[RelPath, Digest | None]:
    """Return RECORD with checked paths, less the files that it does not speak about."""
    data = _read(tree, RelPath(f"{info}/{RECORD}"), limits.WHEEL_RECORD_BYTES, origin)
    exempt = {f"{info}/{name}" for name in UNRECORDED}
    found: dict[RelPath, Digest | None] = {}
    problems = []
    for raw, digest in read_record(data, path=f"{origin.file_name}!{info}/{RECORD}").items():
        try:
            path = RelPath(raw)
        except UnsafePathError as error:
            problems.append(f"{raw[:200]}: {error.message} ({error.rule})")
            continue
        if digest is None and path not in exempt:
            problems.append(f"{path}: without a hash")
        found[path] = digest
    if problems:
        raise _malformed("RECORD cannot be used", origin, problems)
    present = {file.path for file in tree.files()}
    return {**{RelPath(name): None for name in exempt if name in present}, **found}


def _read(tree: Tree, path: RelPath, max_bytes: int, origin: WheelOrigin) -> bytes:
    if path not in {file.path for file in tree.files()}:
        raise _malformed("not a wheel", origin, [f"{path} is missing"])
    with tree.open(path) as source:
        data = source.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise LimitExceededError(f"larger than {max_bytes} bytes", path=f"{origin.file_name}!{path}")
    return data


def _malformed(message: str, origin: WheelOrigin, problems: Sequence[str]) -> MalformedFileError:
    shown = (*problems[:_SHOWN], *([f"and {len(problems) - _SHOWN} more"] if problems[_SHOWN:] else []))
    return MalformedFileError(message, path=origin.file_name, problems=shown)

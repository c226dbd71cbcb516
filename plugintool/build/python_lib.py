"""Python distributions in a bundle: what of them goes in, what ties them to platforms, and whether the lock agrees.

A distribution is known by its ``*.dist-info`` directory; the directory around that is a library, as ``server/lib``.
Start scripts that ``pip install --target`` puts into ``bin`` or ``Scripts`` of a library name the interpreter of the
machine that ran it, and so does ``direct_url.json`` for what was installed from a directory: neither goes in.
Byte code and ``__pycache__`` are caches and left out anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from plugintool import limits
from plugintool.build.fate import INVALID, Fate
from plugintool.build.ignore import Verdict
from plugintool.build.native import PLATFORMS
from plugintool.build.platforms import PYTHON_MINORS, Bound
from plugintool.build.vendor_source import read_source
from plugintool.digest import Digest
from plugintool.errors import InputError
from plugintool.formats.dist_info import DIST_INFO, METADATA, WHEEL, Headers, read_headers
from plugintool.formats.python_lock import PYTHON_LOCK_NAMES, PythonLock, read_python_lock
from plugintool.frozen import dataclass
from plugintool.relpath import RelPath
from plugintool.tree.copy import HEAD_BYTES
from plugintool.tree.entry import Tree

_SCRIPTS = re.compile(r"(?:^|/)(?:bin|Scripts)/[^/]+\Z")
_INTERPRETER = re.compile(rb"#![^\n]*python", re.IGNORECASE)
_DIRECT_URL = f"{DIST_INFO}/direct_url.json"
_SYSTEMS = {"manylinux": "linux", "musllinux": "linux", "linux": "linux", "macosx": "darwin", "win": "win32"}
"""First letters of a platform tag to the name in a bundle manifest (Platform compatibility tags, PyPA, 2026-11)."""
_PLATFORM = re.compile("|".join(_SYSTEMS))
_CPYTHON = re.compile(r"(?:cp|py)3(?P<minor>\d+)\Z")


@dataclass(frozen=True, slots=True)
class Distribution:
    """An installed distribution: its ``*.dist-info`` directory, normalised name, version, and both sets of headers."""

    info: RelPath
    name: str
    version: str
    metadata: Headers
    wheel: Headers


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelOrigin:
    """Where the files of one distribution came from: the wheel's file name, its digest, and its URL if known."""

    name: str
    version: str
    file_name: str
    sha256: Digest
    url: str = ""


def distributions(tree: Tree, paths: Collection[str]) -> list[Distribution]:
    """Return the distributions among the files of a bundle, in order of their paths.

    Args:
        tree: the source of the bundle.
        paths: the files of it that count, such as those that go in.
    """
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - only bundles with Python need it

    found = []
    for path in sorted(path for path in paths if path.endswith(f"{DIST_INFO}/{METADATA}")):
        info = RelPath(path.removesuffix(f"/{METADATA}"))
        metadata, wheel = _headers(tree, path), _headers(tree, f"{info}/{WHEEL}")
        name, _, version = info.name.removesuffix(DIST_INFO).partition("-")
        name, version = metadata.first("Name") or name, metadata.first("Version") or version
        found.append(Distribution(info, canonicalize_name(name), version, metadata, wheel))
    return found


def _headers(tree: Tree, path: str) -> Headers:
    try:
        with tree.open(RelPath(path)) as source:
            return read_headers(source.read(limits.WHEEL_METADATA_BYTES))
    except InputError:
        return Headers({})


class PythonLibraries:
    """Judges the files of the libraries of one bundle.

    Args:
        tree: the source of the bundle, paths relative to its manifest.
    """

    def __init__(self, tree: Tree) -> None:
        self._verdicts = dict(_verdicts(tree))

    def verdict(self, path: str) -> Verdict | None:
        """Return why a file is left out, or None when it is not."""
        return self._verdicts.get(path)


def _verdicts(tree: Tree) -> Iterator[tuple[str, Verdict]]:
    paths = [file.path for file in tree.files()]
    libraries = {path.rpartition(f"{DIST_INFO}/")[0].rpartition("/")[0] for path in paths if f"{DIST_INFO}/" in path}
    for path in paths:
        if path.endswith(_DIRECT_URL):
            yield path, Verdict("builder-path", "direct_url.json (built-in)")
        elif _SCRIPTS.search(path) and path.rpartition("/")[0].rpartition("/")[0] in libraries:
            with tree.open(path) as source:
                head = source.read(HEAD_BYTES)
            if _INTERPRETER.match(head) or head.startswith(b"MZ"):
                yield path, Verdict("builder-path", "bin/*, Scripts/* beside *.dist-info (built-in)")


def python_bounds(tree: Tree, paths: Collection[str]) -> list[Bound]:
    """Return what ties the distributions among ``paths`` to platforms or versions, as the tags of WHEEL say."""
    found = []
    for one in distributions(tree, paths):
        tags = one.wheel.all("Tag")
        platforms, minors = _platforms(tags), _minors(tags)
        if not is_for_all(one):
            details = tuple(f"{one.name} {one.version} has the tag {tag}" for tag in tags)
            found.append(Bound(f"{one.info.rpartition('/')[0] or '.'}/{one.name}", platforms, details, minors))
    return found


def is_for_all(one: Distribution) -> bool:
    """Whether a distribution runs on every platform and every version of Python 3, as the tags of WHEEL say."""
    tags = one.wheel.all("Tag")
    return _platforms(tags) == frozenset(PLATFORMS) and _minors(tags) is None


def _platforms(tags: tuple[str, ...]) -> frozenset[str]:
    """Return the platforms of some tags; all of them when there is no tag, or one that fits everywhere."""
    found: set[str] = set()
    for tag in tags:
        for platform in tag.rpartition("-")[2].split("."):
            system = _PLATFORM.match(platform)
            found.update(PLATFORMS if platform == "any" else [_SYSTEMS[system[0]]] if system else [])
    return frozenset(found) if tags else frozenset(PLATFORMS)


def _minors(tags: tuple[str, ...]) -> frozenset[int] | None:
    """Return the minor versions of Python 3 that some tags allow; None when they do not matter.

    A tag ``cp311-cp311`` or ``cp311-none`` is for one version, ``cp39-abi3`` for 3.9 and later, ``py311-none`` too
    (PEP 425); ``py3`` and ``cp3`` are for all.
    """
    found: set[int] = set()
    for tag in tags:
        python, _, rest = tag.partition("-")
        abi = rest.partition("-")[0].split(".")
        for one in python.split("."):
            match = _CPYTHON.match(one)
            if match is None:
                return None
            first = int(match["minor"])
            is_open = one.startswith("py") or "abi3" in abi
            found.update(minor for minor in PYTHON_MINORS if minor == first or (is_open and minor > first))
    return frozenset(found) if tags else None


def find_python_lock(tree: Tree) -> PythonLock | None:
    """Read the lock file of a bundle for the Python that runs; None when there is none.

    Raises:
        InputError: as ``read_python_lock``.
    """
    from packaging.markers import default_environment  # noqa: PLC0415 - only bundles with Python need it

    markers = {key: str(value) for key, value in default_environment().items()}
    for name in PYTHON_LOCK_NAMES:
        data = read_source(tree, name, max_bytes=limits.LOCK_BYTES)
        if data is not None:
            return read_python_lock(data, path=name, environment=markers)
    return None


def python_problems(tree: Tree, lock: PythonLock, paths: Collection[str]) -> Iterator[Fate]:
    """Yield how the distributions that go into a bundle differ from its lock file."""
    installed: Mapping[str, Distribution] = {one.name: one for one in distributions(tree, paths)}
    for locked in lock.distributions:
        found = installed.get(locked.name)
        if found is None:
            yield _differs(lock.path, f"{locked.name} {locked.version} is not in the bundle")
        elif not _is_version(found.version, locked.version):
            yield _differs(found.info, f"{found.version} is installed, the lock file says {locked.version}")


def _differs(path: str, detail: str) -> Fate:
    return Fate(path, INVALID, "dependencies", detail)


def _is_version(found: str, wanted: str) -> bool:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - as above

    try:
        return Version(found) == Version(wanted)
    except InvalidVersion:
        return found == wanted

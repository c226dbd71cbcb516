"""``package-lock.json`` and ``npm-shrinkwrap.json``: what npm installs, where, and with which hash.

Read are the versions 2 and 3 of the format, whose member ``packages`` maps each place below the project to a package
(docs.npmjs.com, package-lock.json, read 2026-11). Places are checked: a lock file is a stranger's text, and its keys
become paths.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping

from plugintool import jsontext, limits
from plugintool.errors import MalformedFileError, UnsafePathError, UnsupportedFileError
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.jsonvalue import object_of, text_of, texts_of
from plugintool.relpath import RelPath

LOCK_NAMES = ("npm-shrinkwrap.json", "package-lock.json")
"""The names of a lock file; npm reads the first that is there."""
NODE_MODULES = "node_modules"
_NAME = re.compile(r"(?:@[A-Za-z0-9_~-][\w.~-]*/)?[A-Za-z0-9_~-][\w.~-]*\Z", re.ASCII)
_VERSIONS = (2, 3)
_DIGEST_BYTES = {"sha512": 64, "sha384": 48, "sha256": 32}
"""Algorithms that are taken, the strongest first, with the bytes of their digests."""
_COMMIT = re.compile(r"git(?:\+\w+)?:.*#[0-9a-f]{40}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """One package of a lock file.

    Attributes:
        path: where it is installed, relative to the project, as ``node_modules/@scope/name``.
        name, version, license: of the package; empty where the file does not say.
        resolved: where it was taken from: a URL, a ``file:`` path, or for a link its target.
        integrity: its hash as npm writes it (Subresource Integrity), empty where there is none.
        os, cpu: where it can be installed; empty means everywhere, ``!x`` everywhere but on x.
        dependencies, optional: names of what it needs, and of what it can do without.
        is_dev, is_optional, is_link, is_bundled, has_script: what npm says of it.
    """

    path: RelPath
    name: str
    version: str = ""
    license: str = ""
    resolved: str = ""
    integrity: str = ""
    os: tuple[str, ...] = ()
    cpu: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    is_dev: bool = False
    is_optional: bool = False
    is_link: bool = False
    is_bundled: bool = False
    has_script: bool = False

    @property
    def digest(self) -> tuple[str, str]:
        """The strongest hash as algorithm (``sha512``) and lower-case hexadecimal digits; two empty texts if none."""
        return _digest_of(self.integrity)

    @property
    def is_pinned(self) -> bool:
        """Whether its content is fixed: by a hash, by a git commit, or because it comes with another package."""
        inside = self.is_link or self.is_bundled or NODE_MODULES not in self.path.segments
        return inside or bool(self.digest[0] or _COMMIT.match(self.resolved))


@dataclass(frozen=True)
class NpmLock:
    """A lock file that has been read: its path, and its packages by where they are installed."""

    path: str
    packages: Mapping[str, LockedPackage]

    def unpinned(self) -> list[LockedPackage]:
        """Packages whose content the file does not fix."""
        return [package for package in self.packages.values() if not package.is_pinned]


def read_npm_lock(data: bytes, *, path: str) -> NpmLock:
    """Read a lock file; ``path`` names it in errors.

    Raises:
        UnsupportedFileError: it is of version 1, or of one that is not known.
        MalformedFileError: it is no JSON object, or a member is not what it should be; ``problems`` names all.
    """
    value = jsontext.read_strict(data, path=path, max_bytes=limits.LOCK_BYTES)
    if not isinstance(value, dict):
        raise MalformedFileError("the lock file is no JSON object", path=path)
    _check_version(value.get("lockfileVersion"), path)
    places = value.get("packages")
    if not isinstance(places, dict):
        raise MalformedFileError("the lock file has no packages", path=path, field="/packages")
    reader = _Reader()
    packages = {str(found.path): found for found in reader.read(places)}
    if reader.problems:
        raise MalformedFileError("the lock file cannot be used", path=path, problems=tuple(reader.problems))
    return NpmLock(path, packages)


def _check_version(version: JsonValue, path: str) -> None:
    if version not in _VERSIONS or isinstance(version, bool):
        raise UnsupportedFileError(
            "a version of the lock file that is not read",
            path=path,
            field="/lockfileVersion",
            expected="2 or 3",
            found=str(version)[:20],
            hint="npm install --package-lock-only --lockfile-version 3",
        )


class _Reader:
    """Turns the member ``packages`` into packages and collects what is wrong with it."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def read(self, places: JsonObject) -> Iterator[LockedPackage]:
        """Yield every package but the project itself, which has the empty place."""
        for place, value in places.items():
            if not isinstance(value, dict):
                self.problems.append(f"{place}: no object")
            elif place:
                yield from self._package(place, value)

    def _package(self, place: str, value: JsonObject) -> Iterator[LockedPackage]:
        inner = place.rpartition(f"{NODE_MODULES}/")[2] if f"{NODE_MODULES}/" in f"/{place}" else ""
        name = value.get("name", inner or place.rpartition("/")[2])
        try:
            path = RelPath(place)
            if value.get("link") is True:
                RelPath(text_of(value.get("resolved")))
        except UnsafePathError as error:
            self.problems.append(f"{place}: {error.message} ({error.rule}): it must lie in the directory of the bundle")
            return
        if not isinstance(name, str) or not _NAME.match(name) or (inner and not _NAME.match(inner)):
            self.problems.append(f"{place}: not the place of a package")
            return
        yield LockedPackage(
            path=path,
            name=name,
            version=text_of(value.get("version")),
            license=text_of(value.get("license")),
            resolved=text_of(value.get("resolved")),
            integrity=text_of(value.get("integrity")),
            os=texts_of(value.get("os")),
            cpu=texts_of(value.get("cpu")),
            optional=tuple(object_of(value.get("optionalDependencies"))),
            is_dev=value.get("dev") is True,
            is_optional=value.get("optional") is True or value.get("devOptional") is True,
            is_link=value.get("link") is True,
            is_bundled=value.get("inBundle") is True,
            has_script=value.get("hasInstallScript") is True,
        )


def _digest_of(integrity: str) -> tuple[str, str]:
    """Read Subresource Integrity: hashes separated by blanks, each with options behind a question mark."""
    import base64  # noqa: PLC0415 - only where there is a lock file

    found = {}
    for item in integrity.split():
        algorithm, _, text = item.partition("?")[0].partition("-")
        try:
            digest = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        if len(digest) == _DIGEST_BYTES.get(algorithm):
            found[algorithm] = digest.hex()
    return next(((algorithm, found[algorithm]) for algorithm in _DIGEST_BYTES if algorithm in found), ("", ""))

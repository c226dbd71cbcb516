"""Lock files of Python: which distributions, in which version, with which hashes.

Two formats are read: ``pylock.toml`` (PEP 751, version 1.0) and ``requirements.txt`` with ``--hash`` options, as
``pip-compile --generate-hashes``, ``uv pip compile --generate-hashes`` and ``uv export`` write it. Everything must be
pinned to one version with at least one strong hash; what is not is an error, and all of them are told. ``uv.lock``
has no specification outside of its tool and is not read: ``uv export --format pylock.toml`` makes one that is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from plugintool.errors import ConfigError, MalformedFileError, UnsupportedFileError
from plugintool.formats.project import parse_toml
from plugintool.frozen import dataclass, field

if TYPE_CHECKING:
    from packaging.requirements import Requirement

PYLOCK, REQUIREMENTS, UV_LOCK = "pylock.toml", "requirements.txt", "uv.lock"
PYTHON_LOCK_NAMES = (PYLOCK, REQUIREMENTS, UV_LOCK)
"""The names of lock files, in the order in which they are looked for."""
_DIGEST_DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}
_OPTION = re.compile(r"--hash[= ]\s*(?P<hash>\S+)")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_INDEX_OPTIONS = ("--index-url", "-i", "--extra-index-url", "--trusted-host", "--only-binary", "--find-links", "-f")
"""Options of a whole file that only say where to look; pip's own configuration says that, too."""
_EXPORT = "uv export --format pylock.toml --no-emit-project -o pylock.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedDistribution:
    """One distribution of a lock file.

    Attributes:
        name: normalised, as ``typing-extensions``.
        version: exactly this one.
        hashes: as ``sha256:<hexadecimal digits>``; the file must have one of them.
        urls: where files are, by file name; empty where the lock file does not say.
        place: where it stands in the lock file.
    """

    name: str
    version: str
    hashes: frozenset[str]
    urls: Mapping[str, str] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True)
class PythonLock:
    """A lock file that has been read: its path, and what applies to the Python that was asked about, by name."""

    path: str
    distributions: tuple[LockedDistribution, ...]


def read_python_lock(data: bytes, *, path: str, environment: Mapping[str, str]) -> PythonLock:
    """Read a lock file; its name says in which format it is.

    Args:
        data: the content.
        path: its path; names it in errors.
        environment: the values of environment markers (``packaging.markers.default_environment``).

    Raises:
        UnsupportedFileError: ``uv.lock``, or a version of ``pylock.toml`` that is not read.
        MalformedFileError: something is not pinned, has no strong hash, or cannot be read; ``problems`` names all.
    """
    name = path.rpartition("/")[2]
    if name == UV_LOCK:
        raise UnsupportedFileError("this lock file is for uv only", path=path, hint=_EXPORT)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise MalformedFileError("the lock file is not valid UTF-8", path=path) from error
    reader = _Reader(path, environment)
    found = reader.pylock(text) if name == PYLOCK else reader.requirements(text)
    distributions = sorted(found, key=lambda one: (one.name, one.version))
    reader.check_unique(distributions)
    if reader.problems:
        hint = "pin everything with a hash: uv pip compile --generate-hashes, or pip-compile --generate-hashes"
        raise MalformedFileError("the lock file cannot be used", path=path, problems=tuple(reader.problems), hint=hint)
    return PythonLock(path, tuple(distributions))


def has_hashes(data: bytes) -> bool:
    """Whether a ``requirements.txt`` is meant as a lock file: it has at least one hash."""
    return b"--hash" in data


class _Reader:
    """Reads one lock file and collects what is wrong with it."""

    def __init__(self, path: str, environment: Mapping[str, str]) -> None:
        self.problems: list[str] = []
        self._path = path
        self._environment = dict(environment)

    def requirements(self, text: str) -> Iterator[LockedDistribution]:
        """Yield what a ``requirements.txt`` pins."""
        for line, content in _logical_lines(text):
            place = f"line {line}"
            if content.startswith("-"):
                self._option(content, place)
                continue
            hashes = [found["hash"] for found in _OPTION.finditer(content)]
            requirement = self._parse(_OPTION.sub("", content).strip(), place)
            if requirement is not None and self._applies(requirement.marker, place):
                yield from self._pinned(requirement, hashes, place)

    def pylock(self, text: str) -> Iterator[LockedDistribution]:
        """Yield what a ``pylock.toml`` pins."""
        try:
            root = parse_toml(text, self._path)
        except ConfigError as error:
            raise MalformedFileError(error.message, **error.detail) from error
        if root.get("lock-version") != "1.0":
            found = str(root.get("lock-version"))[:20]
            raise UnsupportedFileError("not a known version", path=self._path, field="lock-version", found=found)
        packages = root.get("packages", [])
        for index, package in enumerate(packages if isinstance(packages, list) else []):
            place = f"packages[{index}]"
            if not isinstance(package, dict) or not isinstance(package.get("name"), str):
                self.problems.append(f"{place}: no table with a name")
            elif self._applies(package.get("marker"), place):
                yield from self._package(package, place)

    def check_unique(self, found: list[LockedDistribution]) -> None:
        """Note every name that is pinned twice for the same Python."""
        times = Counter(one.name for one in found)
        for one in found:
            if times[one.name] > 1:
                self.problems.append(f"{one.place}: {one.name} is pinned more than once")

    def _option(self, content: str, place: str) -> None:
        option = re.split(r"[ =]", content, maxsplit=1)[0]
        if option not in _INDEX_OPTIONS:
            self.problems.append(f"{place}: {content[:100]}: only names with versions and hashes can be vendored")

    def _parse(self, text: str, place: str) -> Requirement | None:
        from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - only lock files need it

        try:
            return Requirement(text)
        except InvalidRequirement:
            self.problems.append(f"{place}: {text[:100]!r} is no requirement")
            return None

    def _applies(self, marker: Any, place: str) -> bool:
        from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName  # noqa: PLC0415 - as above

        if marker is None:
            return True
        try:
            # what is locked for an extra or a group of development is not wanted: none is chosen
            chosen = {**self._environment, "extra": "", "extras": set(), "dependency_groups": set()}
            return (marker if isinstance(marker, Marker) else Marker(str(marker))).evaluate(chosen)  # type: ignore[arg-type]
        except (InvalidMarker, UndefinedEnvironmentName):
            self.problems.append(f"{place}: {str(marker)[:100]!r} is no marker")
            return False

    def _pinned(self, requirement: Requirement, hashes: list[str], place: str) -> Iterator[LockedDistribution]:
        from packaging.utils import canonicalize_name  # noqa: PLC0415 - as above

        name, url = canonicalize_name(requirement.name), requirement.url or ""
        version = _version_of_url(url) if url else _version_of(requirement)
        if not version:
            wanted = "the URL of a wheel" if url else f"{name}==VERSION"
            self.problems.append(f"{place}: {name} is not pinned; expected {wanted}")
            return
        strong = self._strong(hashes, name, place)
        if strong:
            urls = {_file_name(url): url} if url else {}
            yield LockedDistribution(name=name, version=version, hashes=strong, urls=urls, place=place)

    def _strong(self, hashes: list[str], name: str, place: str) -> frozenset[str]:
        found = frozenset(text.lower() for text in hashes if _is_strong(text.lower()))
        if not found:
            self.problems.append(f"{place}: {name} has no hash" + (" that is strong enough" if hashes else ""))
        return found

    def _package(self, package: dict[str, Any], place: str) -> Iterator[LockedDistribution]:
        from packaging.utils import canonicalize_name  # noqa: PLC0415 - as above

        name, version = canonicalize_name(package["name"]), package.get("version")
        source = next((key for key in ("vcs", "directory", "archive") if key in package), None)
        wheels = [wheel for wheel in package.get("wheels") or () if isinstance(wheel, dict)]
        if source == "directory":
            return  # the project itself, or one beside it: built, not downloaded
        if source or not wheels or not isinstance(version, str):
            reason = f"is taken from {source}" if source else "has no wheel" if not wheels else "has no version"
            self.problems.append(f"{place}: {name} {reason}; only wheels can be vendored")
            return
        hashes, urls = [], {}
        for wheel in wheels:
            table = wheel.get("hashes")
            hashes += [f"{key}:{value}" for key, value in table.items()] if isinstance(table, dict) else []
            url = wheel.get("url")
            if isinstance(url, str):
                urls[str(wheel.get("name") or _file_name(url))] = url
        strong = self._strong(hashes, name, place)
        if strong:
            yield LockedDistribution(name=name, version=version, hashes=strong, urls=urls, place=place)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each requirement with the number of its first line; a backslash continues a line, comments are dropped."""
    start, parts = 0, []
    for number, line in enumerate(text.splitlines(), 1):
        start = start or number
        plain = _COMMENT.sub("", line)
        parts.append(plain.removesuffix("\\"))
        if plain.endswith("\\"):
            continue
        content = " ".join(" ".join(parts).split())
        if content:
            yield start, content
        start, parts = 0, []
    content = " ".join(" ".join(parts).split())
    if content:
        yield start, content


def _version_of(requirement: Requirement) -> str:
    pins = [one for one in requirement.specifier if one.operator in {"==", "==="} and not one.version.endswith("*")]
    return pins[0].version if len(pins) == 1 == len(requirement.specifier) else ""


def _version_of_url(url: str) -> str:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename  # noqa: PLC0415 - as above

    try:
        return str(parse_wheel_filename(_file_name(url))[1])
    except InvalidWheelFilename:
        return ""


def _file_name(url: str) -> str:
    from urllib.parse import unquote, urlsplit  # noqa: PLC0415 - as above

    return unquote(urlsplit(url).path.rpartition("/")[2])


def _is_strong(text: str) -> bool:
    algorithm, _, digits = text.partition(":")
    return bool(re.fullmatch(r"[0-9a-f]+", digits)) and len(digits) == _DIGEST_DIGITS.get(algorithm)

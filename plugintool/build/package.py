"""``Package``: one package or distribution inside a bundle, as a bill of materials names it.

Packages are found in the files that go in, vendored or not. Where they came from is what the lock file says, and for
wheels that were vendored what was really taken.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from plugintool.build.native import NativeCode
from plugintool.build.node_modules import NodeModules, native_modules, package_json, package_places
from plugintool.build.python_lib import WheelOrigin, distributions, is_for_all
from plugintool.formats.dist_info import license_of
from plugintool.formats.npm_lock import LockedPackage
from plugintool.frozen import dataclass, replace
from plugintool.jsontext import JsonValue
from plugintool.tree.entry import Tree

_HASH_NAMES = {"sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
_WEB = re.compile(
    r"(?:https?|git\+https|git\+ssh)://(?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+(?:#[A-Za-z0-9._~/=-]*)?\Z"
)
"""An address that is told (RFC 3986); a path of this machine says nothing elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package.

    Attributes:
        ecosystem: ``npm`` or ``pypi``, the type of a package URL.
        name: with its scope, as ``@scope/name``; of a distribution normalised.
        version: empty where it is not stated.
        license: as stated; empty where it is not.
        is_spdx: whether that is known to be an SPDX expression.
        hash: algorithm in the spelling of CycloneDX and hexadecimal digits, of the archive it came in; two empty texts
            if it is not known.
        url: where that archive was taken from; empty if not known.
        places: the directories in the bundle, sorted.
        native: what ties it to a platform: its native modules, or the tags of its wheel.
    """

    ecosystem: str
    name: str
    version: str
    license: str = ""
    is_spdx: bool = False
    hash: tuple[str, str] = ("", "")
    url: str = ""
    places: tuple[str, ...] = ()
    native: tuple[str, ...] = ()

    @property
    def purl(self) -> str:
        """The package URL (ECMA-427)."""
        from urllib.parse import quote  # noqa: PLC0415 - only bills of materials need it

        name = "/".join(quote(part, safe="~") for part in self.name.split("/"))
        version = f"@{quote(self.version, safe='~')}" if self.version else ""
        return f"pkg:{self.ecosystem}/{name}{version}"


def node_packages(tree: Tree, paths: Collection[str], modules: NodeModules) -> list[Package]:
    """Return the packages of ``node_modules`` among the files of a bundle that go in, one for each name and version.

    Args:
        tree: the source of the bundle.
        paths: the files of it that go in.
        modules: its ``node_modules``.
    """
    files: dict[str, list[str]] = {}
    for path in sorted(path for path in paths if package_places(path)):
        files.setdefault(modules.owner(path), []).append(path)
    return _merged(
        _node_package(tree, place, modules.package(place), native=native_modules(tree, below))
        for place, below in files.items()
    )


def _node_package(tree: Tree, place: str, locked: LockedPackage | None, *, native: Mapping[str, NativeCode]) -> Package:
    installed = package_json(tree, place)
    algorithm, digits = locked.digest if locked else ("", "")
    return Package(
        ecosystem="npm",
        name=_text(installed.get("name")) or package_name(place),
        version=_text(installed.get("version")) or (locked.version if locked else ""),
        license=_node_license(installed.get("license")) or (locked.license if locked else ""),
        hash=(_HASH_NAMES.get(algorithm, ""), digits),
        url=_told(locked.resolved) if locked else "",
        places=(place,),
        native=tuple(f"{path}: {code.describe()}" for path, code in native.items()),
    )


def package_name(place: str) -> str:
    """Return the name of a package from the directory it is installed in."""
    return place.rpartition("node_modules/")[2]


def _node_license(value: JsonValue) -> str:
    """Read ``license``: a text, or the older object with ``type``."""
    return _text(value.get("type") if isinstance(value, dict) else value)


def _text(value: JsonValue) -> str:
    """Return a text that can be written; half a surrogate pair, which UTF-8 has not, becomes a question mark."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def python_packages(
    tree: Tree, paths: Collection[str], origins: Mapping[str, WheelOrigin] | None = None
) -> list[Package]:
    """Return the distributions among the files of a bundle that go in.

    Args:
        tree: the source of the bundle.
        paths: the files of it that go in.
        origins: of those that were vendored, by normalised name.
    """
    found = []
    for one in distributions(tree, paths):
        origin = (origins or {}).get(one.name)
        stated, is_spdx = license_of(one.metadata)
        found.append(
            Package(
                ecosystem="pypi",
                name=one.name,
                version=one.version,
                license=stated,
                is_spdx=is_spdx,
                hash=("SHA-256", origin.sha256) if origin else ("", ""),
                url=_told(origin.url) if origin else "",
                places=(one.info,),
                native=() if is_for_all(one) else one.wheel.all("Tag"),
            )
        )
    return _merged(found)


def _told(url: str) -> str:
    """Return an address without the name and password in it; empty when it is none that others can use."""
    if not _WEB.match(url):
        return ""
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


def _merged(found: Iterable[Package]) -> list[Package]:
    """Join what differs in its place only; sorted by package URL."""
    by_rest: dict[Package, list[str]] = {}
    for one in found:
        by_rest.setdefault(replace(one, places=()), []).extend(one.places)
    joined = [replace(one, places=tuple(sorted(places))) for one, places in by_rest.items()]
    return sorted(joined, key=lambda one: (one.purl, one.places))

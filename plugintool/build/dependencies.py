"""``Dependencies`` of a bundle: one look at what lies in ``node_modules`` and in Python libraries.

It is what a plan asks about each file, about the whole, and about packages; whether the files were vendored by this
build or lie in the author's directory makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from plugintool import limits
from plugintool.build.fate import INVALID, Fate
from plugintool.build.ignore import Verdict
from plugintool.build.node_modules import NodeModules, find_npm_lock, node_bounds, node_problems, uncompiled
from plugintool.build.package import Package, node_packages, python_packages
from plugintool.build.platforms import Bound, platform_problems
from plugintool.build.python_lib import PythonLibraries, WheelOrigin, find_python_lock, python_bounds, python_problems
from plugintool.build.vendor_source import read_source
from plugintool.errors import InputError
from plugintool.formats.bundle_manifest import BundleManifest
from plugintool.formats.dist_info import DIST_INFO
from plugintool.formats.npm_lock import LOCK_NAMES, NODE_MODULES
from plugintool.formats.python_lock import PYLOCK, REQUIREMENTS, PythonLock, has_hashes
from plugintool.tree.entry import Tree


class Dependencies:
    """What one bundle brings with it.

    Args:
        tree: the source of the bundle, paths relative to its manifest.
        manifest: its manifest.
    """

    def __init__(self, tree: Tree, manifest: BundleManifest) -> None:
        self._tree = tree
        self._manifest = manifest
        paths = [file.path for file in tree.files()]
        self._has_node = any(f"{NODE_MODULES}/" in path for path in paths)
        self._has_python = any(f"{DIST_INFO}/" in path for path in paths)
        self._unreadable: list[Fate] = []
        self._modules = self._read_modules()
        self._libraries = PythonLibraries(tree) if self._has_python else None

    def verdict(self, path: str) -> Verdict | None:
        """Return why a file, by its path in the bundle, is left out; None when nothing is said about it."""
        found = self._modules.verdict(path) if self._has_node else None
        return found or (self._libraries.verdict(path) if self._libraries else None)

    def problems(self, included: Collection[str]) -> Iterator[Fate]:
        """Yield what is wrong with the dependencies of a bundle into which ``included`` goes."""
        lock = self._python_lock()
        yield from self._unreadable
        if self._has_node:
            yield from node_problems(self._tree, self._modules)
            yield from uncompiled(included, self._modules)
        if lock is not None:
            yield from self._python_problems(lock)
        yield from platform_problems(self._manifest.value, self.bounds(included))

    def bounds(self, included: Collection[str]) -> Sequence[Bound]:
        """Return what ties the bundle to platforms and versions of Python."""
        node = node_bounds(self._tree, included, self._modules) if self._has_node else []
        return [*node, *(python_bounds(self._tree, included) if self._has_python else [])]

    def packages(self, included: Collection[str], origins: Sequence[WheelOrigin] = ()) -> list[Package]:
        """Return the packages among ``included``; ``origins`` are those of vendored wheels."""
        node = node_packages(self._tree, included, self._modules) if self._has_node else []
        by_name = {origin.name: origin for origin in origins}
        return [*node, *(python_packages(self._tree, included, by_name) if self._has_python else [])]

    def _read_modules(self) -> NodeModules:
        if not self._has_node:
            return NodeModules()
        try:
            return NodeModules(find_npm_lock(self._tree))
        except InputError as error:
            self._unreadable.append(_unreadable(error, LOCK_NAMES[1]))
            return NodeModules()

    def _python_lock(self) -> PythonLock | None:
        """Read the lock file of a server that finds its modules in the bundle; one without hashes is none."""
        if self._manifest.text("server", "type") != "python" or not self._is_locked():
            return None
        try:
            return find_python_lock(self._tree)
        except InputError as error:
            self._unreadable.append(_unreadable(error, REQUIREMENTS))
            return None

    def _is_locked(self) -> bool:
        if read_source(self._tree, PYLOCK, max_bytes=0) is not None:
            return True
        return has_hashes(read_source(self._tree, REQUIREMENTS, max_bytes=limits.LOCK_BYTES) or b"")

    def _python_problems(self, lock: PythonLock) -> Iterator[Fate]:
        if self._has_python:
            yield from python_problems(self._tree, lock, [file.path for file in self._tree.files()])
        elif lock.distributions:
            yield Fate(lock.path, INVALID, "dependencies", "nothing of it is in the bundle")


def dependency_rule(paths: Iterable[str]) -> Callable[[str], bool]:
    """Return what tells files of dependencies from those of the author: in ``node_modules``, beside ``*.dist-info``.

    Args:
        paths: all files of the tree.
    """
    info = f"{DIST_INFO}/"
    libraries = tuple({path.partition(info)[0].rpartition("/")[0] + "/" for path in paths if info in path} - {"/"})

    def is_dependency(path: str) -> bool:
        return f"/{NODE_MODULES}/" in f"/{path}" or path.startswith(libraries)

    return is_dependency


def _unreadable(error: InputError, path: str) -> Fate:
    said = "; ".join((error.message, *error.detail.get("problems", ())))
    return Fate(error.detail.get("path", path), INVALID, "dependencies", said)

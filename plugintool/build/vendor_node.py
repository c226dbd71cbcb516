"""Node packages brought into a bundle: ``npm ci --omit=dev`` in a private copy of its source.

npm checks each package against the hash in the lock file; a package whose content the lock file does not fix is
refused before npm runs. Install scripts of packages are not run: they are foreign code, and what they make differs
from machine to machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from plugintool import jsontext
from plugintool.build.node_modules import find_npm_lock
from plugintool.build.program import environment_for, find_program, run_program
from plugintool.build.vendor_source import copy_source, read_source
from plugintool.errors import BuildError, MalformedFileError
from plugintool.formats.npm_lock import LOCK_NAMES, NODE_MODULES, NpmLock
from plugintool.jsontext import JsonObject
from plugintool.jsonvalue import object_of
from plugintool.tree.directory import Survey, survey
from plugintool.tree.entry import Tree

_PACKAGE = "package.json"
_DEPENDENCIES = ("dependencies", "optionalDependencies", "peerDependencies")
_MAKE_LOCK = "npm install --package-lock-only"
_WITHOUT_NPM = "install Node.js, or run npm ci --omit=dev yourself and leave --vendor out"
_COMMAND = ("ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund")
_SETTINGS = {"npm_config_update_notifier": "false", "npm_config_loglevel": "error", "npm_config_progress": "false"}


def is_node_module(path: str) -> bool:
    """Whether a file of a bundle is one that npm installs, in the bundle's directory or that of a workspace."""
    return NODE_MODULES in path.split("/")[:-1]


def vendor_node(tree: Tree, staging: Path, environment: Mapping[str, str]) -> Survey | None:
    """Install what a bundle needs at run time.

    Args:
        tree: the source of the bundle, paths relative to its manifest.
        staging: an empty private directory.
        environment: that of the caller.

    Returns:
        The private copy with its ``node_modules``; None where there is nothing to install.

    Raises:
        BuildError: no lock file, no npm, or npm failed.
        InputError: the lock file cannot be used, or does not fix the content of a package.
    """
    data = read_source(tree, _PACKAGE)
    if data is None:
        return None
    package = jsontext.read_strict(data, path=_PACKAGE)
    lock = find_npm_lock(tree)
    if lock is None:
        _refuse_unlocked(object_of(package))
        return None
    _refuse_unpinned(lock)
    npm = find_program("npm", environment, hint=_WITHOUT_NPM)
    project = staging / "project"
    copy_source(tree, project)
    run_program([npm, *_COMMAND], cwd=project, environment=environment_for(environment, **_SETTINGS))
    return survey(project)


def _refuse_unlocked(package: JsonObject) -> None:
    wanted = [key for key in _DEPENDENCIES if package.get(key)]
    if wanted:
        raise BuildError(
            f"{_PACKAGE} has {wanted[0]} and there is no lock file",
            path=_PACKAGE,
            expected=" or ".join(LOCK_NAMES),
            hint=_MAKE_LOCK,
        )


def _refuse_unpinned(lock: NpmLock) -> None:
    found = lock.unpinned()
    if found:
        problems = tuple(f"{package.path}: {package.name} {package.version} has no hash" for package in found)
        message = "the lock file does not fix the content of every package"
        hint = f"remove its entries and run {_MAKE_LOCK}"
        raise MalformedFileError(message, path=lock.path, problems=problems, hint=hint)

"""A server that is a Python project of its own: built into a wheel, as every installer would build it.

The project is the ``pyproject.toml`` beside the bundle manifest. It is built with PyPA ``build`` in a private copy and
an isolated environment: what ``build-system.requires`` names is installed there from the network with ``--vendor``,
else from the directory of wheels only. The time that archives name is fixed, so that the same source gives the same
wheel wherever the backend allows it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from plugintool.build.program import environment_for, run_program
from plugintool.build.python_lib import WheelOrigin
from plugintool.build.vendor_source import copy_source, read_source
from plugintool.build.wheels import SUFFIX, copy_wheel
from plugintool.errors import BuildError, ConfigError, MalformedFileError
from plugintool.formats.project import parse_toml
from plugintool.frozen import dataclass
from plugintool.jsonvalue import object_of, texts_of
from plugintool.tree.entry import Tree

PYPROJECT = "pyproject.toml"


@dataclass(frozen=True)
class PythonProject:
    """What ``pyproject.toml`` beside a bundle manifest says.

    Attributes:
        has_backend: whether it can be built.
        dependencies: what it needs at run time, as written.
    """

    has_backend: bool
    dependencies: tuple[str, ...]


def find_project(tree: Tree) -> PythonProject | None:
    """Read the ``pyproject.toml`` of a bundle; None when there is none.

    Raises:
        MalformedFileError: it is not valid TOML in UTF-8.
    """
    data = read_source(tree, PYPROJECT)
    if data is None:
        return None
    try:
        value = parse_toml(data.decode(), PYPROJECT)
    except UnicodeDecodeError as error:
        raise MalformedFileError("not valid UTF-8", path=PYPROJECT) from error
    except ConfigError as error:
        raise MalformedFileError(error.message, **error.detail) from error
    return PythonProject("build-system" in value, texts_of(object_of(value.get("project")).get("dependencies")))


def build_server(
    tree: Tree, staging: Path, *, library: str, wheels: Path | None, environment: Mapping[str, str]
) -> tuple[Path, WheelOrigin]:
    """Build the wheel of a project.

    Args:
        tree: the source of the bundle, paths relative to its manifest.
        staging: a private directory.
        library: where vendored modules go; what lies there is no part of the project.
        wheels: a directory with everything that the build needs; None takes it from the network.
        environment: that of the caller.

    Raises:
        BuildError: the backend fails; ``problems`` are the last lines that it printed.
    """
    project, out = staging / "server", staging / "built"
    copy_source(tree, project, without=library)
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": os.path.abspath(wheels)} if wheels else {}
    command = [sys.executable, "-I", "-m", "build", "--wheel", "--outdir", str(out), str(project)]
    try:
        run_program(command, cwd=project, environment=environment_for(environment, **offline))
    except BuildError as error:
        error.detail |= {"path": PYPROJECT, "hint": "python -m build shows the same in the directory of the bundle"}
        raise
    found = sorted(name for name in os.listdir(out) if name.endswith(SUFFIX)) if out.is_dir() else []
    if len(found) != 1:
        raise BuildError("the backend made no wheel", path=PYPROJECT, found=", ".join(found) or "nothing")
    return _taken(out / found[0], staging)


def _taken(path: Path, staging: Path) -> tuple[Path, WheelOrigin]:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename  # noqa: PLC0415 - only wheels need it

    try:
        name, version, _, _ = parse_wheel_filename(path.name)
    except InvalidWheelFilename as error:
        raise BuildError("the backend made a wheel with an impossible name", path=PYPROJECT, found=path.name) from error
    copy, sha256 = copy_wheel(path, staging)
    return copy, WheelOrigin(name=name, version=str(version), file_name=path.name, sha256=sha256)

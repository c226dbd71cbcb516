"""Distributions, built once for all tests of this directory from a copy of what is committed or would be."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest


class Built(NamedTuple):
    """A wheel and a source distribution."""

    wheel: Path
    sdist: Path


@pytest.fixture(scope="session")
def checkout(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project's own files, so that caches and leftovers of this machine do not reach a distribution."""
    if not (root / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    copy = tmp_path_factory.mktemp("checkout")
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, copy / name, follow_symlinks=False)
    return copy


def build(source: Path, target: Path, *kinds: str) -> None:
    """Run the build front end with the backend of this environment; nothing is downloaded."""
    if importlib.util.find_spec("build") is None:
        pytest.skip("build is not installed: make test")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), *kinds, str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The distributions as they are released: the wheel is made from the source distribution."""
    target = tmp_path_factory.mktemp("dist")
    build(checkout, target)
    (wheel,), (sdist,) = target.glob("*.whl"), target.glob("*.tar.gz")
    return Built(wheel, sdist)


@pytest.fixture(scope="session")
def wheel_names(built: Built) -> list[str]:
    """Names of all members of the wheel."""
    with zipfile.ZipFile(built.wheel) as wheel:
        return wheel.namelist()


@pytest.fixture(scope="session")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment into which only the wheel was installed; its dependencies are those of this environment."""
    place = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, str(built.wheel)], capture_output=True, check=True)
    _lend_dependencies(python)
    return python.parent


def _lend_dependencies(python: Path) -> None:
    """Let the new environment see the libraries of this one, but not our own editable installation."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    asked = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    theirs = Path(asked.stdout.strip())
    import click  # noqa: PLC0415 - only to find where libraries live

    (theirs / "borrowed.pth").write_text(f"{Path(click.__file__).parents[1]}\n", "utf-8")

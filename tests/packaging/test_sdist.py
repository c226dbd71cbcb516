"""The source distribution: everything that is needed to build and to test, and the same bytes each time."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from plugintool import __version__
from tests.packaging.conftest import Built, build

TOP = f"plugintool-{__version__}/"
NEEDED = {
    ".pre-commit-hooks.yaml",
    "action.yml",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "Makefile",
    "PKG-INFO",
}
DIRECTORIES = ("plugintool", "templates", "tests", "fixtures", "docs", "scripts", "requirements")


@pytest.fixture(scope="module")
def names(built: Built) -> set[str]:
    """Names of all members, without the top directory."""
    with tarfile.open(built.sdist) as archive:
        members = archive.getnames()
    assert all(name.startswith(TOP) for name in members)
    return {name.removeprefix(TOP) for name in members}


def test_it_holds_the_committed_files_of_the_project(names: set[str], checkout: Path) -> None:
    """Package, templates, tests, fixtures, docs, scripts; no build machine's own files."""
    expected = {
        path.relative_to(checkout).as_posix()
        for directory in DIRECTORIES
        for path in (checkout / directory).rglob("*")
        if path.is_file()
    }
    assert expected - names == set()
    assert names - expected - NEEDED - {".gitignore"} == set()
    assert names >= NEEDED


def test_a_second_build_gives_the_same_bytes(
    checkout: Path, built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At another time, under another umask, locale, time zone and hash seed."""
    for name, value in {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "7"}.items():
        monkeypatch.setenv(name, value)
    for path in checkout.rglob("*"):
        os.utime(path, (time.time() - 5_000_000,) * 2, follow_symlinks=False)
    before = os.umask(0o077)
    try:
        build(checkout, tmp_path)
    finally:
        os.umask(before)
    for first in built:
        assert _digest(tmp_path / first.name) == _digest(first), first.name


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_wheel_is_the_same_without_the_detour(checkout: Path, built: Built, tmp_path: Path) -> None:
    """From the checkout and from the source distribution: an ignore rule must not take a template away."""
    build(checkout, tmp_path, "--wheel")
    assert _digest(tmp_path / built.wheel.name) == _digest(built.wheel)


def test_the_unpacked_source_works(built: Built, tmp_path: Path) -> None:
    """A distributor unpacks, and runs."""
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    done = subprocess.run(
        [sys.executable, "-m", "plugintool", "--version"],
        cwd=tmp_path / TOP, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == f"plugintool {__version__}\n"

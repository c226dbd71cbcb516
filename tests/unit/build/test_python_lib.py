"""Python distributions in a bundle: what goes in, where they run, and what the lock file says of them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from plugintool.build.native import PLATFORMS
from plugintool.build.platforms import PYTHON_MINORS, Bound
from plugintool.build.python_lib import (
    PythonLibraries,
    distributions,
    find_python_lock,
    python_bounds,
    python_problems,
)
from plugintool.errors import MalformedFileError
from plugintool.formats.python_lock import LockedDistribution, PythonLock
from plugintool.tree.memory import MemoryTree
from tests.vendor_world import wheel_files

LIB = "server/lib"
INFO = f"{LIB}/tick-1.0.dist-info"
ALL = frozenset(PLATFORMS)


def tree_of(files: Mapping[str, bytes]) -> MemoryTree:
    return MemoryTree("clock", files)


def in_library(files: Mapping[str, bytes], library: str = LIB) -> dict[str, bytes]:
    return {f"{library}/{path}": data for path, data in files.items()}


def paths_of(tree: MemoryTree) -> list[str]:
    return [str(file.path) for file in tree.files()]


def test_distributions_are_found_wherever_they_lie() -> None:
    tree = tree_of({**in_library(wheel_files("Tick_Tock")), **in_library(wheel_files("a", "2.0"), "vendor/x")})
    found = distributions(tree, paths_of(tree))
    assert [(one.info, one.name, one.version) for one in found] == [
        ("server/lib/Tick_Tock-1.0.dist-info", "tick-tock", "1.0"),
        ("vendor/x/a-2.0.dist-info", "a", "2.0"),
    ]


def test_only_the_files_that_count_are_looked_at() -> None:
    tree = tree_of(in_library(wheel_files()))
    assert distributions(tree, []) == []


def test_the_directory_says_what_the_metadata_does_not() -> None:
    tree = tree_of({f"{INFO}/METADATA": b"\n"})
    (found,) = distributions(tree, paths_of(tree))
    assert (found.name, found.version) == ("tick", "1.0")


# -- what goes in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "data", "code"),
    [
        (f"{LIB}/bin/tick", b"#!/home/me/.venv/bin/python3.11\n", "builder-path"),
        (f"{LIB}/bin/tick", b"#!python\n", "builder-path"),
        (f"{LIB}/Scripts/tick.exe", b"MZ\x90", "builder-path"),
        (f"{LIB}/bin/tick", b"#!/bin/sh\n", ""),
        (f"{LIB}/bin/data.txt", b"a text", ""),
        (f"{LIB}/bin/sub/tick", b"#!/usr/bin/python\n", ""),
        (f"{LIB}/tick/bin/run", b"#!/usr/bin/python\n", ""),
        ("bin/run", b"#!/usr/bin/env python3\n", ""),
        (f"{INFO}/direct_url.json", b'{"url": "file:///home/me/tick"}', "builder-path"),
        (f"{INFO}/INSTALLER", b"pip\n", ""),
        (f"{INFO}/RECORD", b"", ""),
        (f"{LIB}/tick/direct_url.json", b"{}", ""),
    ],
)
def test_what_names_the_machine_that_made_it_is_left_out(path: str, data: bytes, code: str) -> None:
    """Only scripts beside a distribution: elsewhere a script with a shebang is the author's own."""
    found = PythonLibraries(tree_of({**in_library(wheel_files()), path: data})).verdict(path)
    assert (found.code if found else "") == code


def test_a_library_at_the_root_has_scripts_beside_it() -> None:
    libraries = PythonLibraries(tree_of({**wheel_files(), "bin/tick": b"#!/usr/bin/python\n"}))
    assert libraries.verdict("bin/tick") is not None
    assert libraries.verdict("tick/__init__.py") is None


# -- where it runs ---------------------------------------------------------------------------------------------------


def bound(*tags: str) -> Bound | None:
    tree = tree_of(in_library(wheel_files(tags=tags)))
    found = python_bounds(tree, paths_of(tree))
    return found[0] if found else None


@pytest.mark.parametrize("tags", [("py3-none-any",), ("py2-none-any", "py3-none-any"), ("py2.py3-none-any",), ()])
def test_what_runs_everywhere_is_not_bound(tags: tuple[str, ...]) -> None:
    """Also when no tag says anything: then nothing is known."""
    assert bound(*tags) is None


@pytest.mark.parametrize(
    ("tag", "platforms"),
    [
        ("cp311-cp311-manylinux_2_17_x86_64", {"linux"}),
        ("cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64", {"linux"}),
        ("cp311-cp311-musllinux_1_2_aarch64", {"linux"}),
        ("cp311-cp311-linux_armv7l", {"linux"}),
        ("cp311-cp311-macosx_11_0_universal2", {"darwin"}),
        ("cp311-cp311-win_amd64", {"win32"}),
        ("cp311-cp311-win32", {"win32"}),
        ("py3-none-macosx_10_9_x86_64.macosx_11_0_arm64", {"darwin"}),
        ("cp311-cp311-android_21_arm64_v8a", set()),
        ("cp311-none-any", set(PLATFORMS)),
    ],
)
def test_the_platform_of_a_tag(tag: str, platforms: set[str]) -> None:
    found = bound(tag)
    assert found is not None
    assert found.platforms == platforms
    assert found.details == (f"tick 1.0 has the tag {tag}",)
    assert found.subject == "server/lib/tick"


def test_several_tags_add_up() -> None:
    found = bound("cp311-cp311-win_amd64", "cp312-cp312-macosx_11_0_arm64")
    assert found is not None
    assert (found.platforms, found.minors) == (frozenset({"win32", "darwin"}), frozenset({11, 12}))


@pytest.mark.parametrize(
    ("tag", "minors"),
    [
        ("cp311-cp311-win32", {11}),
        ("cp39-abi3-win32", {minor for minor in PYTHON_MINORS if minor >= 9}),
        ("cp39-abi3.cp39-win32", {minor for minor in PYTHON_MINORS if minor >= 9}),
        ("cp38.cp39-none-win32", {8, 9}),
        ("py312-none-any", {minor for minor in PYTHON_MINORS if minor >= 12}),
        ("py3-none-win32", None),
        ("cp3-abi3-win32", None),
        ("py2.py3-none-win32", None),
    ],
)
def test_the_python_of_a_tag(tag: str, minors: set[int] | None) -> None:
    """A stable interface is open at its end, and so is a tag of the language."""
    found = bound(tag)
    assert found is not None
    assert found.minors == (None if minors is None else frozenset(minors))


# -- against the lock file -------------------------------------------------------------------------------------------


def locked(version: str, name: str = "tick") -> PythonLock:
    return PythonLock("requirements.txt", (LockedDistribution(name=name, version=version, hashes=frozenset()),))


@pytest.mark.parametrize("version", ["1.0", "1.0.0", "1"])
def test_what_is_installed_as_locked_is_fine(version: str) -> None:
    tree = tree_of(in_library(wheel_files()))
    assert list(python_problems(tree, locked(version), paths_of(tree))) == []


def test_another_version_is_told() -> None:
    tree = tree_of(in_library(wheel_files()))
    (found,) = python_problems(tree, locked("1.1"), paths_of(tree))
    assert (found.path, found.rule) == (INFO, "1.0 is installed, the lock file says 1.1")


def test_a_missing_distribution_is_told() -> None:
    tree = tree_of(in_library(wheel_files()))
    (found,) = python_problems(tree, locked("1.0", "tock"), paths_of(tree))
    assert (found.path, found.rule) == ("requirements.txt", "tock 1.0 is not in the bundle")


def test_versions_that_are_none_are_compared_as_texts() -> None:
    tree = tree_of(in_library(wheel_files(version="one")))
    assert list(python_problems(tree, locked("one"), paths_of(tree))) == []


def test_the_first_lock_file_counts() -> None:
    pin = b"tick==1.0 --hash=sha256:" + b"0" * 64
    assert find_python_lock(tree_of({})) is None
    found = find_python_lock(tree_of({"requirements.txt": pin, "uv.lock": b"version = 1\n"}))
    assert found is not None
    assert found.path == "requirements.txt"
    found = find_python_lock(tree_of({"requirements.txt": pin, "pylock.toml": b'lock-version = "1.0"\n'}))
    assert found == PythonLock("pylock.toml", ())
    with pytest.raises(MalformedFileError):
        find_python_lock(tree_of({"uv.lock": b"version = 1\n"}))

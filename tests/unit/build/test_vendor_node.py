"""Node packages brought in: by the real npm from packages of ours, and by a stand-in that says what it was asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugintool.build.vendor_node import is_node_module, vendor_node
from plugintool.build.vendor_source import copy_source, read_source
from plugintool.errors import BuildError, InputError, MalformedFileError
from plugintool.relpath import RelPath
from plugintool.tree.directory import Survey, survey
from plugintool.tree.memory import MemoryTree
from plugintool.tree.overlay import overlay
from tests.vendor_world import bundle_manifest, integrity, npm_lock, tarball, write_files

PACKAGE = {"name": "clock", "version": "1.0.0", "dependencies": {"atlas": "file:packages/atlas.tgz"}}


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """Put a stand-in for npm on a path of its own, and return the environment that has it."""

    def make(script: str) -> dict[str, str]:
        place = tmp_path / "bin"
        place.mkdir(exist_ok=True)
        (place / "npm").write_text(f"#!/bin/sh\n{script}\n")
        (place / "npm").chmod(0o755)
        return {"PATH": f"{place}{os.pathsep}/bin{os.pathsep}/usr/bin"}

    return make


def bundle(tmp_path: Path, files: dict[str, Any] | None = None) -> Survey:
    """A bundle whose lock file has one package, with files of its own."""
    atlas = tarball({"name": "atlas", "version": "1.0.0"})
    lock = npm_lock(
        {"node_modules/atlas": {"resolved": "file:packages/atlas.tgz", "integrity": integrity(atlas)}}, **PACKAGE
    )
    everything = {
        "manifest.json": bundle_manifest(),
        "package.json": PACKAGE,
        "package-lock.json": lock,
        "server/index.js": "require('atlas');\n",
        "packages/atlas.tgz": atlas,
        **(files or {}),
    }
    root = write_files(tmp_path / "clock", {path: value for path, value in everything.items() if value is not None})
    return survey(root)


def vendored(tree: Survey, tmp_path: Path, environment: dict[str, str]) -> Survey | None:
    staging = tmp_path / "staging"
    staging.mkdir()
    return vendor_node(tree, staging, environment)


def with_path() -> dict[str, str]:
    from tests.conftest import NODE_BIN  # noqa: PLC0415

    return {"PATH": f"{NODE_BIN}{os.pathsep}{os.environ['PATH']}", "HOME": "/nonexistent"}


@pytest.mark.foreign("npm")
def test_npm_installs_what_is_locked(tmp_path: Path) -> None:
    """From a file beside the bundle, so without a network; the author's directory stays as it is."""
    tree = bundle(tmp_path)
    found = vendored(tree, tmp_path, {**with_path(), "NPM_CONFIG_CACHE": str(tmp_path / "cache")})
    assert found is not None
    assert "node_modules/atlas/index.js" in found.sources
    assert not (tree.root / "node_modules").exists()


@pytest.mark.foreign("npm")
def test_npm_refuses_a_package_with_another_hash(tmp_path: Path) -> None:
    tree = bundle(tmp_path, {"packages/atlas.tgz": tarball({"name": "atlas", "version": "1.0.0"}, {"more.js": "1"})})
    with pytest.raises(BuildError, match="npm ci --omit=dev") as caught:
        vendored(tree, tmp_path, {**with_path(), "NPM_CONFIG_CACHE": str(tmp_path / "cache")})
    assert any("EINTEGRITY" in line for line in caught.value.detail["problems"])


@pytest.mark.foreign("npm")
def test_scripts_of_packages_do_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    atlas = tarball({"name": "atlas", "version": "1.0.0", "scripts": {"install": f"touch {mark}"}})
    members = {"resolved": "file:packages/atlas.tgz", "integrity": integrity(atlas), "hasInstallScript": True}
    files = {"packages/atlas.tgz": atlas, "package-lock.json": npm_lock({"node_modules/atlas": members}, **PACKAGE)}
    found = vendored(bundle(tmp_path, files), tmp_path, {**with_path(), "NPM_CONFIG_CACHE": str(tmp_path / "cache")})
    assert found is not None
    assert "node_modules/atlas/package.json" in found.sources
    assert not mark.exists()


@pytest.mark.foreign("npm")
def test_a_workspace_is_installed_as_a_copy(tmp_path: Path) -> None:
    """npm makes a link to it; what the bundle gets is what the link leads to."""
    package: dict[str, Any] = {"name": "clock", "version": "1.0.0", "workspaces": ["packages/*"]}
    packages: dict[str, dict[str, Any]] = {
        "node_modules/own": {"link": True, "resolved": "packages/own"},
        "packages/own": {"version": "1.0.0"},
    }
    files = {
        "package.json": package,
        "package-lock.json": npm_lock(packages, **package),
        "packages/own/package.json": {"name": "own", "version": "1.0.0"},
        "packages/own/index.js": "own\n",
        "packages/atlas.tgz": None,
    }
    tree = bundle(tmp_path, files)
    upper = vendored(tree, tmp_path, {**with_path(), "NPM_CONFIG_CACHE": str(tmp_path / "cache")})
    assert upper is not None
    found = overlay(tree, upper, at="", covers=is_node_module)
    with found.open(RelPath("node_modules/own/index.js")) as source:
        assert source.read() == b"own\n"


def test_npm_works_in_a_copy_without_what_it_makes_again(
    tmp_path: Path, program: Callable[[str], dict[str, str]]
) -> None:
    """The stand-in says what it sees."""
    environment = program("find . -type f | sort > seen.txt; mkdir -p node_modules/x; echo 1 > node_modules/x/index.js")
    tree = bundle(tmp_path, {"node_modules/old/x.js": "1", "server/__pycache__/x.pyc": "1"})
    found = vendored(tree, tmp_path, environment)
    assert found is not None
    seen = (found.root / "seen.txt").read_text().split()
    assert sorted(line for line in seen if "seen.txt" not in line) == [
        "./manifest.json",
        "./package-lock.json",
        "./package.json",
        "./packages/atlas.tgz",
        "./server/index.js",
    ]
    assert [str(path) for path in found.sources if is_node_module(path)] == ["node_modules/x/index.js"]


def test_npm_is_asked_for_what_runs_only(tmp_path: Path, program: Callable[[str], dict[str, str]]) -> None:
    environment = {**program('echo "$@" > args.txt; env > env.txt'), "SECRET_TOKEN": "x"}
    found = vendored(bundle(tmp_path), tmp_path, environment)
    assert found is not None
    assert (found.root / "args.txt").read_text() == "ci --omit=dev --ignore-scripts --no-audit --no-fund\n"
    assert "SECRET_TOKEN" not in (found.root / "env.txt").read_text()


def test_a_failure_of_npm_is_told_with_what_it_said(tmp_path: Path, program: Callable[[str], dict[str, str]]) -> None:
    with pytest.raises(BuildError, match="npm ci --omit=dev --ignore-scripts ended with code 7") as caught:
        vendored(bundle(tmp_path), tmp_path, program("echo 'npm error code E404' >&2; exit 7"))
    assert caught.value.detail["problems"] == ("npm error code E404",)


def test_without_npm_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="the program npm is not on PATH") as caught:
        vendored(bundle(tmp_path), tmp_path, {"PATH": str(tmp_path)})
    assert "leave --vendor out" in caught.value.detail["hint"]


@pytest.mark.parametrize("files", [{"package.json": None}, {"package.json": {"name": "x"}, "package-lock.json": None}])
def test_where_nothing_is_needed_npm_does_not_run(files: dict[str, Any], tmp_path: Path) -> None:
    """A server of one file."""
    assert vendored(bundle(tmp_path, files), tmp_path, {"PATH": ""}) is None


@pytest.mark.parametrize("key", ["dependencies", "optionalDependencies", "peerDependencies"])
def test_dependencies_without_a_lock_file_are_refused(key: str, tmp_path: Path) -> None:
    tree = bundle(tmp_path, {"package.json": {key: {"atlas": "1"}}, "package-lock.json": None})
    with pytest.raises(BuildError, match=f"package.json has {key} and there is no lock file") as caught:
        vendored(tree, tmp_path, {"PATH": ""})
    assert caught.value.detail["hint"] == "npm install --package-lock-only"


def test_a_package_without_a_hash_is_refused_before_npm_runs(
    tmp_path: Path, program: Callable[[str], dict[str, str]]
) -> None:
    lock = npm_lock(
        {"node_modules/a": {"integrity": ""}, "node_modules/b": {}, "node_modules/c": {"integrity": "sha1-x"}}
    )
    with pytest.raises(MalformedFileError, match="does not fix the content of every package") as caught:
        vendored(bundle(tmp_path, {"package-lock.json": lock}), tmp_path, program("touch /nonexistent/x"))
    assert caught.value.detail["problems"] == (
        "node_modules/a: a 1.0.0 has no hash",
        "node_modules/c: c 1.0.0 has no hash",
    )


@pytest.mark.parametrize("files", [{"package.json": "{"}, {"package-lock.json": "{"}, {"package-lock.json": {}}])
def test_files_that_cannot_be_read_are_input_errors(files: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError):
        vendored(bundle(tmp_path, files), tmp_path, {"PATH": ""})


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("node_modules/a/x.js", True),
        ("packages/own/node_modules/a/x.js", True),
        ("node_modules", False),
        ("server/node_modules.js", False),
    ],
)
def test_what_npm_installs(path: str, expected: bool) -> None:
    assert is_node_module(path) is expected


# -- the private copy ------------------------------------------------------------------------------------------------


def test_a_copy_has_the_content_and_what_is_executable_by_it(tmp_path: Path) -> None:
    tree = MemoryTree("x", {"a/run": b"#!/bin/sh\n", "b.txt": b"x" * 5000, "server/lib/m.py": b"1"})
    copy_source(tree, tmp_path / "copy", without="server/lib")
    found = {
        path.relative_to(tmp_path / "copy").as_posix() for path in (tmp_path / "copy").rglob("*") if path.is_file()
    }
    assert found == {"a/run", "b.txt"}
    assert (tmp_path / "copy/a/run").stat().st_mode & 0o111
    assert not (tmp_path / "copy/b.txt").stat().st_mode & 0o111


def test_a_file_is_read_up_to_one_byte_more() -> None:
    """So that whoever reads it knows that it is too large."""
    tree = MemoryTree("x", {"a": b"12345"})
    assert read_source(tree, "a") == b"12345"
    assert read_source(tree, "a", max_bytes=2) == b"123"
    assert read_source(tree, "b") is None

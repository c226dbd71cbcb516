"""A plan over a bundle with dependencies: what goes in, what is left out, what stops the build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugintool.build.bundle import BundlePlan, plan_standalone
from plugintool.formats.project import load_project
from plugintool.tree.directory import survey
from tests.unit.build.test_native import elf
from tests.vendor_world import bundle_manifest, installed, npm_lock, wheel_files, write_files

PIN = "tick==1.0 --hash=sha256:" + "0" * 64 + "\n"


def plan(tmp_path: Path, files: dict[str, Any], server: str = "node", **members: Any) -> BundlePlan:
    entry = {"node": "server/index.js", "python": "server/main.py"}[server]
    everything = {"manifest.json": bundle_manifest(server, **members), entry: "1\n", **files}
    source = survey(write_files(tmp_path / "clock", everything))
    return plan_standalone(source, load_project(source), output="dist")


def omitted(found: BundlePlan) -> dict[str, str]:
    return {fate.path: fate.reason for fate in found.omitted}


def problems(found: BundlePlan) -> list[tuple[str, str]]:
    return [(fate.path, fate.reason) for fate in found.invalid]


def in_library(files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"server/lib/{path}": data for path, data in files.items()}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("node_modules/jest/index.js", "dev-dependency"),
        ("node_modules/stray/index.js", "not-locked"),
        ("node_modules/atlas/index.d.ts", "not-read"),
        ("node_modules/.package-lock.json", "package-manager"),
        ("node_modules/atlas/__pycache__/x", "cache"),
    ],
)
def test_what_is_left_out_of_a_node_bundle(path: str, reason: str, tmp_path: Path) -> None:
    lock = npm_lock({"node_modules/atlas": {}, "node_modules/jest": {"dev": True}})
    found = plan(tmp_path, {"package-lock.json": lock, **installed({"node_modules/atlas": "1.0.0"}), path: "1"})
    assert found.invalid == ()
    assert omitted(found)[path] == reason
    assert "node_modules/atlas/index.js" in found.inner_paths()


def test_what_is_left_out_of_a_python_bundle(tmp_path: Path) -> None:
    files = in_library({**wheel_files(), "bin/tick": b"#!/x/python\n", "tick/__pycache__/x.pyc": b"1"})
    found = plan(tmp_path, {**files, "requirements.txt": PIN}, "python")
    assert found.invalid == ()
    assert omitted(found) == {"server/lib/bin/tick": "builder-path", "server/lib/tick/__pycache__/x.pyc": "cache"}


@pytest.mark.parametrize("where", [".mcpbignore", "plugintool.toml"])
def test_a_pattern_keeps_what_the_list_drops(where: str, tmp_path: Path) -> None:
    pattern = "!node_modules/atlas/*.d.ts"
    text = pattern if where == ".mcpbignore" else f'[build]\nignore = ["{pattern}"]\n'
    found = plan(tmp_path, {"node_modules/atlas/index.d.ts": "1", "node_modules/b/index.d.ts": "1", where: text})
    assert "node_modules/atlas/index.d.ts" in found.inner_paths()
    assert omitted(found)["node_modules/b/index.d.ts"] == "not-read"


def test_an_installation_that_differs_stops_the_build(tmp_path: Path) -> None:
    lock = npm_lock({"node_modules/atlas": {"version": "2.0.0"}, "node_modules/b": {}})
    found = plan(tmp_path, {"package-lock.json": lock, **installed({"node_modules/atlas": "1.0.0"})})
    assert problems(found) == [("node_modules/atlas", "dependencies"), ("node_modules/b", "dependencies")]


def test_a_lock_file_that_cannot_be_read_stops_the_build_with_all_its_problems(tmp_path: Path) -> None:
    lock = {"lockfileVersion": 3, "packages": {"../a": {}, "node_modules/.b": {}}}
    found = plan(tmp_path, {"package-lock.json": lock, "node_modules/a/index.js": "1"})
    ((path, reason),) = problems(found)
    assert (path, reason) == ("package-lock.json", "dependencies")
    assert "../a" in found.invalid[0].rule
    assert "node_modules/.b" in found.invalid[0].rule


def test_a_lock_file_is_nobodys_business_where_nothing_is_installed(tmp_path: Path) -> None:
    """A server of one file keeps the lock file of its making."""
    assert plan(tmp_path, {"package-lock.json": "{", "requirements.txt": "x --hash=y"}).invalid == ()


@pytest.mark.parametrize(
    ("requirements", "stops"),
    [(PIN, False), (PIN.replace("1.0", "2.0"), True), ("tick>=1\n", False), ("x --hash=", True)],
)
def test_a_library_is_compared_with_its_lock_file(requirements: str, stops: bool, tmp_path: Path) -> None:
    """A list of wishes without hashes says nothing about what was installed."""
    found = plan(tmp_path, {**in_library(wheel_files()), "requirements.txt": requirements}, "python")
    assert [reason for _, reason in problems(found)] == (["dependencies"] if stops else [])


@pytest.mark.parametrize("name", ["requirements.txt", "pylock.toml"])
def test_a_locked_server_without_its_library_stops_the_build(name: str, tmp_path: Path) -> None:
    package = '[[packages]]\nname="tick"\nversion="1"\nwheels=[{url="https://x/t.whl",hashes={sha256="%s"}}]' % (
        "0" * 64
    )
    text = PIN if name == "requirements.txt" else f'lock-version = "1.0"\n{package}\n'
    found = plan(tmp_path, {name: text}, "python")
    assert problems(found) == [(name, "dependencies")]
    assert "--vendor" in found.invalid[0].hint


def test_a_native_module_needs_a_manifest_that_says_so(tmp_path: Path) -> None:
    files = {**installed({"node_modules/fast": "1.0.0"}), "node_modules/fast/fast.node": elf(62)}
    assert problems(plan(tmp_path, files)) == [("manifest.json", "platform")]
    assert plan(tmp_path, files, compatibility={"platforms": ["linux"]}).invalid == ()


def test_a_module_that_is_left_out_binds_nothing(tmp_path: Path) -> None:
    files = {"node_modules/fast/fast.node": elf(62), ".mcpbignore": "*.node\n"}
    assert plan(tmp_path, files).invalid == ()


def test_a_wheel_with_a_platform_needs_a_manifest_that_says_so(tmp_path: Path) -> None:
    files = in_library(wheel_files(tags=("cp311-cp311-manylinux_2_17_x86_64",)))
    assert [reason for _, reason in problems(plan(tmp_path, files, "python"))] == ["platform", "platform"]
    said = {"platforms": ["linux"], "runtimes": {"python": "==3.11.*"}}
    assert plan(tmp_path, files, "python", compatibility=said).invalid == ()


def test_links_of_workspaces_become_copies(tmp_path: Path) -> None:
    root = write_files(tmp_path / "clock", {"packages/own/index.js": "1"})
    (root / "node_modules").mkdir()
    (root / "node_modules/own").symlink_to("../packages/own")
    found = plan(tmp_path, {})
    assert found.invalid == ()
    assert "node_modules/own/index.js" in found.inner_paths()


def test_a_link_out_of_the_bundle_stops_the_build(tmp_path: Path) -> None:
    write_files(tmp_path, {"elsewhere/index.js": "1"})
    root = write_files(tmp_path / "clock", {"node_modules/a/index.js": "1"})
    (root / "node_modules/own").symlink_to("../../elsewhere")
    assert problems(plan(tmp_path, {})) == [("node_modules/own", "link-leaves")]


def test_the_links_of_a_package_manager_do_no_harm(tmp_path: Path) -> None:
    """``.bin`` is left out, wherever its links lead."""
    root = write_files(tmp_path / "clock", {"node_modules/a/cli.js": "1"})
    (root / "node_modules/.bin").mkdir()
    (root / "node_modules/.bin/gone").symlink_to("../gone/cli.js")
    (root / "node_modules/.bin/a").symlink_to("../a/cli.js")
    found = plan(tmp_path, {})
    assert found.invalid == ()
    assert {path for path, reason in omitted(found).items() if reason == "package-manager"} == {
        "node_modules/.bin/a",
        "node_modules/.bin/gone",
    }


def test_packages_are_those_of_both_worlds(tmp_path: Path) -> None:
    files = {**installed({"node_modules/a": "1.0.0"}), **in_library(wheel_files())}
    found = plan(tmp_path, files)
    assert [one.purl for one in found.dependencies.packages(found.inner_paths())] == [
        "pkg:npm/a@1.0.0",
        "pkg:pypi/tick@1.0",
    ]


def test_what_is_left_out_is_no_package(tmp_path: Path) -> None:
    lock = npm_lock({"node_modules/a": {}, "node_modules/jest": {"dev": True}})
    files = {"package-lock.json": lock, **installed({"node_modules/a": "1.0.0", "node_modules/jest": "1.0.0"})}
    found = plan(tmp_path, files)
    assert [one.name for one in found.dependencies.packages(found.inner_paths())] == ["a"]

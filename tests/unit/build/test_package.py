"""Packages in a bundle, as they are found in its files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugintool.build.node_modules import NodeModules
from plugintool.build.package import Package, node_packages, python_packages
from plugintool.build.python_lib import WheelOrigin
from plugintool.digest import sha256
from plugintool.formats.npm_lock import read_npm_lock
from plugintool.tree.memory import MemoryTree
from tests.unit.build.test_native import elf
from tests.vendor_world import integrity, npm_lock, wheel_files

ATLAS = "node_modules/atlas"


def node(files: dict[str, Any], packages: Any = None) -> list[Package]:
    content = {path: json.dumps(value).encode() if isinstance(value, dict) else value for path, value in files.items()}
    lock = read_npm_lock(json.dumps(npm_lock(packages)).encode(), path="x") if packages is not None else None
    return node_packages(MemoryTree("clock", content), list(content), NodeModules(lock))


def python(files: dict[str, bytes], *origins: WheelOrigin) -> list[Package]:
    return python_packages(MemoryTree("clock", files), list(files), {origin.name: origin for origin in origins})


@pytest.mark.parametrize(
    ("package", "purl"),
    [
        (Package(ecosystem="npm", name="atlas", version="1.0.0"), "pkg:npm/atlas@1.0.0"),
        (Package(ecosystem="npm", name="@acme/atlas", version="1.0.0"), "pkg:npm/%40acme/atlas@1.0.0"),
        (Package(ecosystem="pypi", name="tick-tock", version="1.0+local"), "pkg:pypi/tick-tock@1.0%2Blocal"),
        (Package(ecosystem="npm", name="a b", version=""), "pkg:npm/a%20b"),
    ],
)
def test_the_package_url(package: Package, purl: str) -> None:
    assert package.purl == purl


def test_package_urls_agree_with_another_reader() -> None:
    from packageurl import PackageURL  # noqa: PLC0415

    found = PackageURL.from_string(Package(ecosystem="npm", name="@acme/atlas", version="1.0.0-rc.1+x").purl)
    assert (found.type, found.namespace, found.name, found.version) == ("npm", "@acme", "atlas", "1.0.0-rc.1+x")


def test_a_package_is_told_with_what_the_lock_file_says() -> None:
    members = {"integrity": integrity(b"x"), "resolved": "https://registry.example/atlas-1.0.0.tgz", "license": "ISC"}
    (found,) = node(
        {f"{ATLAS}/package.json": {"name": "atlas", "version": "1.0.0", "license": "MIT"}}, {ATLAS: members}
    )
    assert found == Package(
        ecosystem="npm",
        name="atlas",
        version="1.0.0",
        license="MIT",
        hash=(
            "SHA-512",
            read_npm_lock(json.dumps(npm_lock({ATLAS: members})).encode(), path="x").packages[ATLAS].digest[1],
        ),
        url="https://registry.example/atlas-1.0.0.tgz",
        places=(ATLAS,),
    )


@pytest.mark.parametrize(
    ("package", "license_"),
    [
        ({"license": "MIT"}, "MIT"),
        ({"license": {"type": "BSD-3-Clause", "url": "x"}}, "BSD-3-Clause"),
        ({"license": ["MIT"]}, ""),
        ({}, ""),
    ],
)
def test_the_licence_of_a_package(package: dict[str, Any], license_: str) -> None:
    (found,) = node({f"{ATLAS}/package.json": {"name": "atlas", "version": "1", **package}})
    assert found.license == license_


def test_without_metadata_the_place_names_a_package() -> None:
    (found,) = node({"node_modules/@acme/atlas/index.js": b"1"})
    assert (found.name, found.version) == ("@acme/atlas", "")


def test_one_version_in_two_places_is_one_package() -> None:
    value = {"name": "b", "version": "1.0.0"}
    places = ("node_modules/a/node_modules/b", "node_modules/b")
    files = {f"{place}/package.json": value for place in places}
    found = node(files, {"node_modules/a": {}, **{place: {} for place in places}})
    assert [one.places for one in found if one.name == "b"] == [places]


def test_two_versions_are_two_packages() -> None:
    files = {
        "node_modules/b/package.json": {"name": "b", "version": "2.0.0"},
        "node_modules/a/node_modules/b/package.json": {"name": "b", "version": "1.0.0"},
    }
    found = node(files, {"node_modules/b": {}, "node_modules/a/node_modules/b": {}, "node_modules/a": {}})
    assert [one.purl for one in found] == ["pkg:npm/b@1.0.0", "pkg:npm/b@2.0.0"]


@pytest.mark.parametrize(
    ("resolved", "url"),
    [
        ("https://user:secret@registry.example/a.tgz", "https://registry.example/a.tgz"),
        ("file:packages/a.tgz", ""),
        ("git+ssh://git@forge.example/a.git#" + "a" * 40, "git+ssh://forge.example/a.git#" + "a" * 40),
        ("", ""),
    ],
)
def test_where_a_package_came_from(resolved: str, url: str) -> None:
    """No password, and no path of the machine that built it."""
    (found,) = node({f"{ATLAS}/package.json": {}}, {ATLAS: {"resolved": resolved}})
    assert found.url == url


def test_a_distribution_that_was_found_has_no_hash() -> None:
    """Which of the locked files it came from is not known."""
    (found,) = python({f"server/lib/{path}": data for path, data in wheel_files().items()})
    assert found == Package(
        ecosystem="pypi",
        name="tick",
        version="1.0",
        license="MIT",
        is_spdx=True,
        places=("server/lib/tick-1.0.dist-info",),
    )


@pytest.mark.parametrize(("url", "told"), [("https://u@x.example/t.whl", "https://x.example/t.whl"), ("file:///x", "")])
def test_a_distribution_that_was_vendored_has_that_of_its_wheel(url: str, told: str) -> None:
    origin = WheelOrigin(name="tick", version="1.0", file_name="tick.whl", sha256=sha256(b"x"), url=url)
    (found,) = python(wheel_files(), origin)
    assert (found.hash, found.url) == (("SHA-256", sha256(b"x")), told)


def test_nothing_gives_nothing() -> None:
    assert node({"server/index.js": b"1"}) == []
    assert python({"server/main.py": b"1"}) == []


def test_native_modules_of_a_package_are_told_with_their_processors() -> None:
    """The manifest has no place for them."""
    (found,) = node(
        {f"{ATLAS}/package.json": {"name": "atlas"}, f"{ATLAS}/a.node": elf(183), f"{ATLAS}/b.node": b"text"}
    )
    assert found.native == (f"{ATLAS}/a.node: ELF for linux arm64",)


@pytest.mark.parametrize(("tag", "told"), [("py3-none-any", False), ("cp311-cp311-win_amd64", True)])
def test_the_tags_of_a_wheel_for_some_systems_are_told(tag: str, told: bool) -> None:
    (found,) = python(wheel_files(tags=(tag,)))
    assert found.native == ((tag,) if told else ())

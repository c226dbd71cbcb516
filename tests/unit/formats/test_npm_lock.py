"""A lock file of npm is read strictly: what it says becomes paths and hashes."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugintool import limits
from plugintool.errors import InputError, MalformedFileError, UnsupportedFileError
from plugintool.formats.npm_lock import LockedPackage, NpmLock, read_npm_lock
from plugintool.relpath import RelPath
from tests.vendor_world import integrity, npm_lock

ATLAS = "node_modules/atlas"


def read(value: Any) -> NpmLock:
    return read_npm_lock(json.dumps(value).encode(), path="package-lock.json")


def package(**members: Any) -> LockedPackage:
    return read(npm_lock({ATLAS: members})).packages[ATLAS]


def problems(packages: Any) -> tuple[str, ...]:
    with pytest.raises(MalformedFileError) as caught:
        read({"lockfileVersion": 3, "packages": packages})
    assert caught.value.detail["path"] == "package-lock.json"
    return caught.value.detail["problems"]


def test_a_package_has_what_the_file_says() -> None:
    found = package(
        version="2.1.0",
        license="MIT",
        resolved="https://registry.example/atlas-2.1.0.tgz",
        integrity=integrity(b"x"),
        os=["darwin", "linux"],
        cpu=["arm64"],
        optionalDependencies={"fast": "1"},
        hasInstallScript=True,
    )
    assert found == LockedPackage(
        path=RelPath(ATLAS),
        name="atlas",
        version="2.1.0",
        license="MIT",
        resolved="https://registry.example/atlas-2.1.0.tgz",
        integrity=integrity(b"x"),
        os=("darwin", "linux"),
        cpu=("arm64",),
        optional=("fast",),
        has_script=True,
    )


@pytest.mark.parametrize(
    ("place", "value", "name"),
    [
        ("node_modules/@acme/atlas", {}, "@acme/atlas"),
        ("node_modules/a/node_modules/@acme/b", {}, "@acme/b"),
        ("node_modules/alias", {"name": "@acme/real"}, "@acme/real"),
        ("packages/own", {"name": "own-name"}, "own-name"),
        ("packages/own", {}, "own"),
    ],
)
def test_the_name_is_that_of_the_package(place: str, value: dict[str, Any], name: str) -> None:
    """The directory says it, unless the file knows better: an alias, or a workspace."""
    assert read(npm_lock({place: value})).packages[place].name == name


def test_the_project_itself_is_no_package() -> None:
    assert read(npm_lock({ATLAS: {}}, dependencies={"atlas": "1"})).packages.keys() == {ATLAS}


@pytest.mark.parametrize(
    ("member", "attribute"),
    [
        ("dev", "is_dev"),
        ("optional", "is_optional"),
        ("devOptional", "is_optional"),
        ("inBundle", "is_bundled"),
        ("hasInstallScript", "has_script"),
    ],
)
def test_what_npm_says_of_a_package(member: str, attribute: str) -> None:
    """Only true counts: a text ``"false"`` is none."""
    assert getattr(package(**{member: True}), attribute) is True
    assert getattr(package(**{member: "true"}), attribute) is False
    assert getattr(package(), attribute) is False


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("../outside", {}),
        ("node_modules/../../x", {}),
        ("/etc/x", {}),
        ("node_modules\\x", {}),
        ("node_modules/CON", {}),
        ("node_modules/x", {"link": True, "resolved": "../shared"}),
        ("node_modules/x", {"link": True, "resolved": "/home/me/x"}),
        ("node_modules/x", {"link": True}),
    ],
)
def test_a_place_outside_of_the_bundle_is_refused(place: str, value: dict[str, Any]) -> None:
    """Keys become paths, and so do the targets of links."""
    (problem,) = problems({place: value})
    assert problem.startswith(f"{place}: unsafe path")
    assert problem.endswith("it must lie in the directory of the bundle")


@pytest.mark.parametrize(
    "place", ["node_modules/.hidden", "node_modules/a b", "node_modules/@acme", "node_modules/a/b", "node_modules/@/x"]
)
def test_what_no_package_can_be_called_is_refused(place: str) -> None:
    assert problems({place: {}}) == (f"{place}: not the place of a package",)


def test_all_problems_are_told() -> None:
    found = problems({"../a": {}, "node_modules/b": 1, "node_modules/.c": {}, ATLAS: {"name": "x y"}})
    assert len(found) == 4


@pytest.mark.parametrize("version", [1, 4, None, "3", True, 2.5])
def test_an_unknown_version_says_how_to_make_a_known_one(version: Any) -> None:
    with pytest.raises(UnsupportedFileError) as caught:
        read({"lockfileVersion": version, "packages": {}})
    assert caught.value.detail["hint"] == "npm install --package-lock-only --lockfile-version 3"


@pytest.mark.parametrize("version", [2, 3])
def test_known_versions(version: int) -> None:
    assert read({"lockfileVersion": version, "packages": {"": {}}}).packages == {}


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"lockfileVersion": 3}', b'{"lockfileVersion": 3, "packages": []}']
)
def test_what_is_no_lock_file(data: bytes) -> None:
    with pytest.raises(MalformedFileError):
        read_npm_lock(data, path="package-lock.json")


def test_a_doubled_key_is_refused() -> None:
    """npm would take the last one; which one the author meant is not known."""
    with pytest.raises(MalformedFileError, match="stands 2 times"):
        read_npm_lock(b'{"lockfileVersion": 3, "packages": {}, "packages": {}}', path="x")


def test_a_file_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOCK_BYTES", 10)
    with pytest.raises(MalformedFileError, match="more than 10"):
        read(npm_lock({}))


def sri(algorithm: str, data: bytes = b"x") -> str:
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


@pytest.mark.parametrize(
    ("text", "algorithm"),
    [
        (sri("sha512"), "sha512"),
        (sri("sha384"), "sha384"),
        (sri("sha256"), "sha256"),
        (f"{sri('sha1')} {sri('sha512')}", "sha512"),
        (f"{sri('sha256')} {sri('sha384')}", "sha384"),
        (f"{sri('sha512')}?option", "sha512"),
        (sri("sha1"), ""),
        ("sha512-", ""),
        ("sha512-!!!", ""),
        (f"sha512-{base64.b64encode(b'short').decode()}", ""),
        ("", ""),
    ],
)
def test_the_strongest_hash_counts(text: str, algorithm: str) -> None:
    """SHA-1, and what is no digest of its algorithm, is as good as none."""
    found = package(integrity=text)
    digits = hashlib.new(algorithm, b"x").hexdigest() if algorithm else ""
    assert found.digest == (algorithm, digits)
    assert found.is_pinned == bool(algorithm)


@pytest.mark.parametrize(
    ("place", "members", "is_pinned"),
    [
        (ATLAS, {"integrity": "", "resolved": "https://registry.example/a.tgz"}, False),
        (ATLAS, {"integrity": "", "resolved": f"git+ssh://git@forge.example/a.git#{'a' * 40}"}, True),
        (ATLAS, {"integrity": "", "resolved": "git+https://forge.example/a.git#main"}, False),
        (ATLAS, {"integrity": "", "inBundle": True}, True),
        ("packages/own", {"integrity": ""}, True),
    ],
)
def test_what_fixes_the_content_of_a_package(place: str, members: dict[str, Any], is_pinned: bool) -> None:
    """A hash, a whole commit, the package it comes in, or the author's own directory."""
    lock = read(npm_lock({place: members}))
    assert lock.packages[place].is_pinned is is_pinned
    assert [one.path for one in lock.unpinned()] == ([] if is_pinned else [place])


def test_a_link_is_fixed_by_what_it_leads_to() -> None:
    lock = read(npm_lock({"node_modules/own": {"link": True, "resolved": "packages/own"}, "packages/own": {}}))
    assert lock.unpinned() == []
    assert lock.packages["node_modules/own"].is_link


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["", "node_modules/a", "link", "version", "os", "name", "../x"]), inner, max_size=3
            )
        ),
    )
)
def test_any_value_gives_a_lock_file_or_an_input_error(value: Any) -> None:
    with contextlib.suppress(InputError):
        assert read({"lockfileVersion": 3, "packages": value}).path == "package-lock.json"

"""A bundle manifest must not promise platforms and Python versions that the bundle does not run on."""

from __future__ import annotations

from typing import Any

import pytest

from plugintool.build.platforms import Bound, platform_problems

LINUX = Bound("node_modules/fast", frozenset({"linux"}), ("fast.node: ELF for linux x64",))
MAC = Bound("node_modules/nice", frozenset({"darwin"}), ("nice.node: Mach-O for darwin arm64",))
DESKTOP = Bound("node_modules/wide", frozenset({"darwin", "win32"}), ("made for darwin, win32",))
ALL = frozenset({"darwin", "linux", "win32"})
CP311 = Bound("server/lib/cffi", ALL, ("cffi 2.1 has the tag cp311-cp311-any",), frozenset({11}))
ABI3 = Bound("server/lib/rsa", ALL, ("rsa 4 has the tag cp39-abi3-any",), frozenset(range(9, 30)))


def manifest(platforms: Any = None, python: Any = None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if platforms is not None:
        found["platforms"] = platforms
    if python is not None:
        found["runtimes"] = {"python": python}
    return {"compatibility": found} if found else {}


def said(value: dict[str, Any], *bounds: Bound) -> list[str]:
    found = list(platform_problems(value, bounds))
    assert {(fate.path, fate.reason) for fate in found} <= {("manifest.json", "platform")}
    return [fate.rule for fate in found]


@pytest.mark.parametrize(
    ("platforms", "bounds"),
    [
        (None, []),
        (["linux"], [LINUX]),
        (["darwin"], [MAC, DESKTOP]),
        (["darwin", "win32"], [DESKTOP]),
        (["linux"], [Bound("x", ALL, ("x",))]),
    ],
)
def test_what_the_manifest_says_is_enough(platforms: Any, bounds: list[Bound]) -> None:
    assert said(manifest(platforms), *bounds) == []


def test_a_manifest_that_says_nothing_promises_everything() -> None:
    (line,) = said({}, LINUX)
    assert line == (
        "node_modules/fast runs on linux, not on darwin, win32 (fast.node: ELF for linux x64);"
        ' write "compatibility": {"platforms": ["linux"]}'
    )


def test_too_many_platforms_are_told_with_what_to_write() -> None:
    """The repair is what all bounds have in common."""
    found = said(manifest(["darwin", "linux"]), MAC, DESKTOP)
    assert len(found) == 2
    assert all(line.endswith('write "compatibility": {"platforms": ["darwin"]}') for line in found)


def test_bounds_that_have_nothing_in_common_need_two_bundles() -> None:
    (line,) = said(manifest(["linux"]), LINUX, MAC)
    assert line == (
        "node_modules/nice runs on darwin, not on linux (nice.node: Mach-O for darwin arm64);"
        " no platform has all that the bundle needs: build one bundle for each"
    )


def test_a_bound_without_any_platform_is_told() -> None:
    (line,) = said({}, Bound("x", frozenset(), ("made for aix",)))
    assert line.startswith("x runs on no known platform, not on darwin, linux, win32")


@pytest.mark.parametrize("value", [[], "linux", [1], {"a": 1}])
def test_platforms_that_are_no_list_of_names_promise_everything(value: Any) -> None:
    """Their form is the business of the schema."""
    assert len(said(manifest(value), LINUX)) == 1


@pytest.mark.parametrize("python", [">=3.11,<3.12", "==3.11.*", "~=3.11.0", ">=3.11 <3.12", ">=3.11,  <3.12"])
def test_a_range_that_fits_one_version(python: str) -> None:
    """Also as Node writes ranges, without a comma."""
    assert said(manifest(python=python), CP311) == []


@pytest.mark.parametrize("python", [None, ">=3.11", ">=3.8,<4.0", "==3.12.*", "<3.12"])
def test_a_range_that_promises_more(python: Any) -> None:
    (line,) = said(manifest(python=python), CP311)
    assert line.startswith("server/lib/cffi runs on Python >=3.11,<3.12 (cffi 2.1 has the tag")
    assert line.endswith('write "compatibility": {"runtimes": {"python": ">=3.11,<3.12"}}')


def test_a_stable_interface_is_open_at_its_end() -> None:
    assert said(manifest(python=">=3.9"), ABI3) == []
    (line,) = said(manifest(python=">=3.8"), ABI3)
    assert line.endswith('write "compatibility": {"runtimes": {"python": ">=3.9"}}')


def test_versions_that_have_nothing_in_common() -> None:
    other = Bound("y", ALL, ("y",), frozenset({12}))
    assert said(manifest(python="==3.11.*"), CP311, other) == [
        "y runs on Python >=3.12,<3.13 (y); no version of Python has all that the bundle needs"
    ]


@pytest.mark.parametrize("python", ["latest!!", "^3.11"])
def test_a_range_that_cannot_be_read_is_not_judged_here(python: str) -> None:
    assert said(manifest(python=python), CP311) == []


@pytest.mark.parametrize("value", [{"compatibility": []}, {"compatibility": {"runtimes": 1}}, {"compatibility": None}])
def test_a_manifest_of_another_form_promises_everything(value: dict[str, Any]) -> None:
    assert len(said(value, LINUX, CP311)) == 2

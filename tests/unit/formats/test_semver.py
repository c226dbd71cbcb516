"""Versions are read, ordered and raised as semver.org says."""

from __future__ import annotations

import pytest

from plugintool.errors import ConfigError
from plugintool.formats.semver import SemVer, parse_version, raised

ORDERED = [
    "0.0.0-0",
    "0.0.1",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1-rc.1",
    "1.2.0",
    "1.10.0",
    "2.0.0",
]
"""Each before the next; the middle is the example of the specification (11.4.4)."""


def version(text: str) -> SemVer:
    found = parse_version(text)
    assert found is not None, text
    return found


@pytest.mark.parametrize("text", [*ORDERED, "1.2.3+build.5", "1.2.3-x-y.7z+001", "1.0.0-0A.is.legal"])
def test_a_version_reads_back(text: str) -> None:
    assert str(version(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.2",
        "v1.2.3",
        "1.2.3.4",
        "01.2.3",
        "1.2.3-",
        "1.2.3-01",
        "1.2.3-a..b",
        "1.2.3+",
        "1.2.3 ",
        "1.2.3\n",
        "\uff11.2.3",
    ],
)
def test_what_is_no_version(text: str) -> None:
    assert parse_version(text) is None


def test_the_order_is_that_of_the_specification() -> None:
    assert sorted([*ORDERED[7:], *ORDERED[:7]], key=lambda text: version(text).order) == ORDERED
    assert version("1.0.0+a").order == version("1.0.0+b").order


@pytest.mark.parametrize(
    ("before", "part", "label", "after"),
    [
        ("1.2.3", "patch", "", "1.2.4"),
        ("1.2.3", "minor", "", "1.3.0"),
        ("1.2.3", "major", "", "2.0.0"),
        ("0.0.0", "patch", "", "0.0.1"),
        ("1.2.3+build", "patch", "", "1.2.4"),
        ("1.3.0-rc.1", "patch", "", "1.3.0"),
        ("1.3.0-rc.1", "minor", "", "1.3.0"),
        ("1.3.1-rc.1", "minor", "", "1.4.0"),
        ("1.3.0-rc.1", "major", "", "2.0.0"),
        ("2.0.0-rc.1", "major", "", "2.0.0"),
        ("1.2.3", "patch", "rc", "1.2.4-rc.1"),
        ("1.2.3", "minor", "rc", "1.3.0-rc.1"),
        ("1.2.3", "major", "beta", "2.0.0-beta.1"),
        ("1.3.0-rc.1", "minor", "rc", "1.4.0-rc.1"),
        ("1.3.0-rc.1", "", "", "1.3.0-rc.2"),
        ("1.3.0-rc.9", "", "rc", "1.3.0-rc.10"),
        ("1.3.0-alpha.4", "", "beta", "1.3.0-beta.1"),
        ("1.3.0-rc", "", "", "1.3.0-rc.1"),
        ("1.3.0-rc.x", "", "rc", None),
    ],
)
def test_a_version_is_raised(before: str, part: str, label: str, after: str | None) -> None:
    if after is None:
        with pytest.raises(ConfigError, match="before"):
            raised(version(before), part, label)
        return
    found = raised(version(before), part, label)
    assert str(found) == after
    assert found.order > version(before).order


@pytest.mark.parametrize(
    ("before", "part", "label", "message"),
    [
        ("1.2.3", "", "", "no pre-release"),
        ("1.2.3", "", "rc", "no pre-release"),
        ("1.3.0-rc.1", "", "beta", "before"),
        ("1.2.3", "patch", "1", "label"),
        ("1.2.3", "patch", "r c", "label"),
        ("1.2.3", "patch", "rc.1", "label"),
    ],
)
def test_what_cannot_be_raised_says_why(before: str, part: str, label: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        raised(version(before), part, label)

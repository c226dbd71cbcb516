"""The profiles are data, and every line of them is needed: without it some archive would be taken that must not be."""

from __future__ import annotations

import dataclasses
import io
from functools import cache
from typing import Any

import pytest

from plugintool.errors import ArchiveError, LimitExceededError
from plugintool.tree import zip_format
from plugintool.tree.zip_profile import ARCHIVE_REPAIRS, ARCHIVE_RULES, CANONICAL, STRICT, Profile, repair_of
from plugintool.tree.zip_reader import read_archive
from tests.archive_cases import ALL_CASES, CORPUS

E, Z = CORPUS.E, CORPUS.Z
NAME_RULES = {f"C{number}" for number in range(16, 24)}
SMALL = 6000
CRAFTED: dict[str, bytes] = {
    # what a canonical archive may not be, and what the corpus has only together with something else
    "made on another system": Z([E(b"a", b"x", made_by=19 << 8 | 20)]).build(),
    "made by another version": Z([E(b"a", b"x", made_by=3 << 8 | 63)]).build(),
    "flag without need": Z([E(b"a", b"x", flags=0x800)]).build(),
    "version 1.0": Z([E(b"a", b"x", need=10)]).build(),
    "mode 0600": Z([E(b"a", b"x", mode=0o100600)]).build(),
    "directory": Z([E(b"a/", b"", 0, 0o40755)]).build(),
    "attribute": Z([E(b"a", b"x", attr_low=0x20)]).build(),
    "no mode": Z([E(b"a", b"x", mode=0)]).build(),
    "descriptor": Z([E(b"a", b"x", descriptor="sig")]).build(),
    "time": Z([E(b"a", b"x")]).build().replace(b"\0\0!\0", b"\1\0!\0"),
}
assert CRAFTED["time"] != Z([E(b"a", b"x")]).build()


@cache
def archives() -> dict[str, bytes]:
    made = {case.name: case.make() for case in ALL_CASES if case.danger != "big"}
    return {**{name: data for name, data in made.items() if len(data) <= SMALL}, **CRAFTED}


def verdicts(profile: Profile) -> dict[str, str]:
    """Why each archive is refused, empty for those that are taken."""
    return {name: _verdict(data, profile) for name, data in archives().items()}


def _verdict(data: bytes, profile: Profile) -> str:
    try:
        tree = read_archive(io.BytesIO(data), profile=profile)
        for file in tree.files():
            tree.open(file.path).read()
    except (ArchiveError, LimitExceededError) as error:
        return error.message
    return ""


@cache
def whole(name: str) -> dict[str, str]:
    return verdicts({"canonical": CANONICAL, "strict": STRICT}[name])


CHECKS = [(profile, number) for profile in (CANONICAL, STRICT) for number in range(len(profile.checks))]


@pytest.mark.parametrize(
    ("profile", "number"),
    CHECKS,
    ids=[f"{profile.name}-{profile.checks[number].message}" for profile, number in CHECKS],
)
def test_every_check_is_needed(profile: Profile, number: int) -> None:
    """Without it, some archive is refused for another reason, or taken."""
    less = dataclasses.replace(profile, checks=profile.checks[:number] + profile.checks[number + 1 :])
    changed = {name for name, rule in verdicts(less).items() if rule != whole(profile.name)[name]}
    assert changed


@pytest.mark.parametrize("profile", [CANONICAL, STRICT], ids=["canonical", "strict"])
def test_every_equal_field_is_needed(profile: Profile) -> None:
    good = bytearray(Z([E(b"a.txt", b"hello", 0)]).build())
    places = {"version": 4, "flags": 6, "method": 8, "time": 10, "date": 12, "extra_length": 28}
    assert set(profile.equal_fields) <= places.keys()
    for field in profile.equal_fields:
        changed = bytes(good[: places[field]]) + b"\x02" + bytes(good[places[field] + 1 :])
        assert "(C07)" in _verdict(changed, profile), field
        fewer = tuple(other for other in profile.equal_fields if other != field)
        assert _verdict(changed, dataclasses.replace(profile, equal_fields=fewer)) != _verdict(changed, profile), field


@pytest.mark.parametrize("kind", sorted(STRICT.extras))
def test_every_kind_of_extra_field_is_one_that_somebody_writes(kind: int) -> None:
    """And without it in the profile, it is refused."""
    less = dataclasses.replace(STRICT, extras=STRICT.extras - {kind})
    assert verdicts(less) != whole("strict")


@pytest.mark.parametrize(
    ("field", "value"), [("extra_bytes", 10_000), ("comment_bytes", 0xFFFF), ("has_zip64", False), ("is_sorted", True)]
)
def test_every_other_line_changes_something(field: str, value: Any) -> None:
    assert verdicts(dataclasses.replace(STRICT, **{field: value})) != whole("strict")


def test_what_is_canonical_is_strict() -> None:
    """An archive of ours can be unpacked like any other."""
    taken = {name for name, rule in whole("canonical").items() if not rule}
    assert taken
    assert all(not whole("strict")[name] for name in taken)


def test_the_strict_profile_takes_more() -> None:
    both = whole("canonical"), whole("strict")
    more = {name for name in archives() if both[0][name] and not both[1][name]}
    assert set(CRAFTED) <= more


def test_repairs_are_about_rules() -> None:
    assert ARCHIVE_REPAIRS.keys() <= ARCHIVE_RULES.keys() | NAME_RULES
    assert all(repair_of(rule).strip().islower() or repair_of(rule)[0].islower() for rule in ARCHIVE_RULES)


def test_profiles_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        STRICT.is_sorted = True  # type: ignore[misc] # that is what is tested
    assert zip_format.EXTRA_ZIP64 in STRICT.extras
    assert not CANONICAL.extras

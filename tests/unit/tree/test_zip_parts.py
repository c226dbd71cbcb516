"""The parts of the archive reader one by one: bytes by position, breaches, extra fields, end records, surveys."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from plugintool import limits
from plugintool.errors import ArchiveError, LimitExceededError
from plugintool.tree import zip_format
from plugintool.tree.entry import collisions
from plugintool.tree.zip_breach import Breach, HaltError, Ledger
from plugintool.tree.zip_extra import read_extras
from plugintool.tree.zip_format import Zip64End, Zip64Locator, split_extras
from plugintool.tree.zip_frame import Frame, find_directory
from plugintool.tree.zip_profile import CANONICAL, STRICT
from plugintool.tree.zip_reader import survey_archive
from plugintool.tree.zip_source import ArchiveBytes, size_of
from tests.archive_cases import CORPUS, MORE

E, Z, xfield = CORPUS.E, CORPUS.Z, CORPUS.xfield
NOISE = os.urandom(300_000)


# -- bytes by position -------------------------------------------------------------------------------------------------


@pytest.fixture(params=["memory", "disk"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BinaryIO]:
    (tmp_path / "x").write_bytes(NOISE)
    with (tmp_path / "x").open("rb") as opened:
        yield io.BytesIO(NOISE) if request.param == "memory" else opened


@pytest.mark.parametrize(("offset", "size"), [(0, 4), (0, 0), (5, 70_000), (100_000, 30), (299_990, 10), (299_990, 50)])
def test_bytes_at_a_place(source: BinaryIO, offset: int, size: int) -> None:
    archive = ArchiveBytes(source)
    for _ in range(2):
        assert archive.read_at(offset, size) == NOISE[offset : offset + size]


def test_small_reads_in_any_order_are_right(source: BinaryIO) -> None:
    """Whatever the window holds at the moment."""
    archive = ArchiveBytes(source)
    for offset in (0, 65_530, 10, 131_072, 65_536, 299_000, 64_000, 0):
        assert archive.read_at(offset, 100) == NOISE[offset : offset + 100]


@pytest.mark.parametrize("offset", [-1, -(10**12), 300_000, 300_001, 1 << 70])
def test_there_is_nothing_outside(source: BinaryIO, offset: int) -> None:
    """No error of the system, also not for places that it cannot express."""
    assert ArchiveBytes(source).read_at(offset, 30) == b""


def test_the_end_can_be_set(source: BinaryIO) -> None:
    """What follows does not exist, also not in the window."""
    archive = ArchiveBytes(source, 1000)
    assert archive.size == 1000
    assert archive.read_at(990, 100) == NOISE[990:1000]
    assert size_of(source) == len(NOISE)


def test_a_file_keeps_its_position(tmp_path: Path) -> None:
    """Two streams of one archive do not move each other."""
    (tmp_path / "x").write_bytes(NOISE)
    with (tmp_path / "x").open("rb") as opened:
        opened.seek(7)
        ArchiveBytes(opened).read_at(500, 10)
        assert opened.tell() == 7


def test_a_closed_file_is_not_read(tmp_path: Path) -> None:
    """Its number may be that of another file by now."""
    (tmp_path / "x").write_bytes(NOISE)
    with (tmp_path / "x").open("rb") as opened:
        archive = ArchiveBytes(opened)
    with (tmp_path / "x").open("rb"), pytest.raises(ValueError, match="closed"):
        archive.read_at(0, 10)


def test_without_reading_by_position_the_file_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows."""
    monkeypatch.delattr(os, "pread")
    (tmp_path / "x").write_bytes(NOISE)
    with (tmp_path / "x").open("rb") as opened:
        assert ArchiveBytes(opened).read_at(70_000, 80_000) == NOISE[70_000:150_000]


# -- breaches ----------------------------------------------------------------------------------------------------------


def test_a_breach_is_an_error_and_back() -> None:
    breach = Breach("C06", "bytes that belong to no entry, or to two", "a.txt")
    error = breach.as_error()
    assert isinstance(error, ArchiveError)
    assert (error.rule, error.detail["path"]) == ("C06", "a.txt")
    assert error.message.endswith("(C06)")
    assert Breach.of(error) == breach


def test_a_limit_is_an_error_of_its_own_kind() -> None:
    breach = Breach("C25", "too much")
    error = breach.as_error()
    assert isinstance(error, LimitExceededError)
    assert "path" not in error.detail
    assert Breach.of(error) == breach


def test_the_published_form_says_what_to_do() -> None:
    assert Breach("C22", "twice", "a").as_json() == {
        "rule": "C22",
        "message": "twice",
        "entry": "a",
        "repair": "keep one of the two entries",
    }


def test_reading_stops_at_the_first() -> None:
    ledger = Ledger(is_survey=False)
    with pytest.raises(ArchiveError, match="one"):
        ledger.note("C01", "one")
    with pytest.raises(ArchiveError, match="two"):
        ledger.stop("C01", "two")


def test_a_survey_goes_on_until_it_cannot() -> None:
    ledger = Ledger(is_survey=True)
    ledger.note("C01", "one")
    ledger.note("C01", "one")
    with pytest.raises(HaltError):
        ledger.stop("C02", "two")
    assert [breach.rule for breach in ledger.breaches] == ["C01", "C02"]


def test_a_survey_keeps_so_many_and_counts_the_rest() -> None:
    ledger = Ledger(is_survey=True)
    for number in range(limits.FINDINGS_PER_RULE + 5):
        ledger.note("C17", "bad", str(number))
    assert (len(ledger.breaches), ledger.omitted) == (limits.FINDINGS_PER_RULE, 5)


# -- extra fields ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (xfield(1, b"ab") + xfield(2, b""), [(1, b"ab"), (2, b"")]),
        (b"\1", None),
        (b"\1\0\1\0", None),
        (b"\1\0\0\0\0", None),
        (b"\1\0\xff\xff" + bytes(10), None),
    ],
)
def test_extra_fields_fill_their_space(data: bytes, expected: object) -> None:
    assert split_extras(data) == expected


def broken_by(data: bytes, *, name: bytes = b"a.txt", profile: Any = STRICT) -> list[str]:
    ledger = Ledger(is_survey=True)
    read_extras(data, profile, ledger, name=name, shown="a.txt")
    return [breach.rule for breach in ledger.breaches]


def upath(text: bytes, *, version: int = 1, of: bytes = b"a.txt") -> bytes:
    made: bytes = xfield(0x7075, bytes([version]) + struct.pack("<I", zlib.crc32(of)) + text)
    return made


EXTRAS: list[tuple[bytes, list[str]]] = [
    (xfield(0x5455, b"\0"), []),
    (xfield(0x5455, b"\1" + bytes(4)), []),
    (xfield(0x5455, b"\7" + bytes(12)), []),
    (xfield(0x5455, b""), ["C12"]),
    (xfield(0x5455, b"\x08" + bytes(4)), ["C12"]),
    (xfield(0x5455, b"\1" + bytes(16)), ["C12"]),
    (xfield(0x7875, b"\1\0\0"), []),
    (xfield(0x7875, b"\1\4" + bytes(4) + b"\4" + bytes(4)), []),
    (xfield(0x7875, b"\1\x08" + bytes(8) + b"\2" + bytes(2)), []),
    (xfield(0x7875, b""), ["C12"]),
    (xfield(0x7875, b"\1"), ["C12"]),
    (xfield(0x7875, b"\1\4" + bytes(4)), ["C12"]),
    (xfield(0x7875, b"\1\4" + bytes(4) + b"\4" + bytes(5)), ["C12"]),
    (xfield(0x7875, b"\1\x09" + bytes(9) + b"\0"), ["C12"]),
    (xfield(0x7875, b"\2\0\0"), ["C12"]),
    (xfield(0x000A, bytes(4) + b"\1\0\x18\0" + bytes(24)), []),
    (xfield(0x000A, b"\1" + bytes(3) + b"\1\0\x18\0" + bytes(24)), ["C12"]),
    (xfield(0x000A, bytes(4) + b"\1\0\x18\0" + bytes(23)), ["C12"]),
    (upath(b"a.txt"), []),
    (upath(b"A.txt"), ["C13"]),
    (upath(b"a.txt", version=2), ["C13"]),
    (upath(b"a.txt", of=b"b.txt"), ["C13"]),
    (upath(b"a.txt") * 2, ["C13"]),
    (xfield(0x7075, b"\1"), ["C13"]),
    (xfield(1, bytes(16)) * 2, ["C14"]),
    (xfield(0x9901, b""), ["C12"]),
    (xfield(0x7875, b"\1\0\0") + b"x", ["C12"]),
    (bytes(1025), ["C12"]),
]


@pytest.mark.parametrize(("data", "rules"), EXTRAS, ids=range(len(EXTRAS)))
def test_extra_fields(data: bytes, rules: list[str]) -> None:
    assert broken_by(data) == rules


def test_an_archive_of_ours_has_none() -> None:
    assert broken_by(xfield(0x5455, b"\0"), profile=CANONICAL) == ["C12"]
    assert broken_by(b"", profile=CANONICAL) == []


# -- the end of the file -----------------------------------------------------------------------------------------------


def test_the_records_of_zip64_survive_a_round_trip() -> None:
    end = Zip64End(zip_format.ZIP64_END_SIGNATURE, zip_format.ZIP64_END_REST, 45, 45, 0, 0, 1, 1, 2, 3)
    assert Zip64End.unpack(end.pack()) == end
    assert len(end.pack()) == zip_format.ZIP64_END_BYTES == 56
    locator = Zip64Locator(0x07064B50, 0, 1 << 40, 1)
    assert Zip64Locator.unpack(locator.pack()) == locator
    assert locator.pack().startswith(zip_format.LOCATOR_MAGIC)


def test_a_large_directory_is_not_read_on_trust() -> None:
    """Three entries cannot have a directory of 2 MiB."""
    data = Z(CORPUS.base()).build()
    body, end = data[:-22], data[-22:]
    padded = body + bytes(2 * limits.MIB) + end[:12] + struct.pack("<I", 2 * limits.MIB + 100) + end[16:]
    rules = [breach.rule for breach in survey_archive(io.BytesIO(padded), profile=STRICT).breaches]
    assert rules == ["C04", "C04"]


def test_the_directory_is_found_from_the_end() -> None:
    data: bytes = MORE.GOOD
    archive, ledger = ArchiveBytes(io.BytesIO(data)), Ledger(is_survey=False)
    directory, found = find_directory(archive, Frame(len(data)), STRICT, ledger)
    assert (directory.offset, directory.size, directory.count) == (MORE.AT_CD, len(data) - 22 - MORE.AT_CD, 2)
    assert found == data[MORE.AT_CD : -22]


# -- surveys -----------------------------------------------------------------------------------------------------------


def survey(*entries: Any, **frame: Any) -> Any:
    return survey_archive(io.BytesIO(Z(list(entries), **frame).build()), profile=STRICT)


def test_a_survey_names_every_rule_with_its_entry() -> None:
    found = survey(
        E(b"ok.txt", b"x"),
        E(b"../evil", b"x"),
        E(b"l", b"/etc", 0, 0o120777),
        E(b"s", b"", 0, 0o104755),
        E(b"a.txt", b"x", l_name=b"b.txt"),
        E(b"A.txt", b"x"),
        comment=b"hello",
    )
    assert {(breach.rule, breach.entry) for breach in found.breaches} == {
        ("C02", ""),
        ("C17", "../evil"),
        ("C23", "l"),
        ("C24", "s"),
        ("C07", "a.txt"),
        ("C22", "a.txt"),
    }
    assert found.is_whole
    assert {"ok.txt", "l", "s"} <= found.tree.members.keys()


def test_an_unsafe_name_is_in_no_tree_and_leaves_no_gap() -> None:
    found = survey(E(b"a", b"x"), E(b"..", b"x"), E(b"b", b"x"))
    assert [breach.rule for breach in found.breaches] == ["C17"]
    assert list(found.tree.members) == ["a", "b"]


def test_a_survey_stops_where_it_cannot_follow() -> None:
    for data in (b"", b"hello", Z([]).build(), MORE.GOOD[:-30], MORE.GOOD.replace(b"PK\1\2", b"PK\1\3")):
        found = survey_archive(io.BytesIO(data), profile=STRICT)
        assert found.breaches
        assert not found.tree.members
        assert found.content_breaches() == ()


def test_a_bomb_is_not_read_by_a_survey() -> None:
    """Its directory says enough: nothing is unpacked."""
    found = survey(E(b"a", b"x", l_usize=600 << 20, c_usize=600 << 20))
    assert [breach.rule for breach in found.breaches] == ["C25"]
    assert not found.is_whole
    assert not found.tree.members


def test_content_is_looked_at_when_asked() -> None:
    found = survey(E(b"good", b"x"), E(b"bad", b"hello", l_crc=1, c_crc=1), E(b"worse", b"hello", raw=b"\7"))
    assert found.breaches == ()
    assert [(breach.rule, breach.entry) for breach in found.content_breaches()] == [("C11", "bad"), ("C11", "worse")]


# -- names that collide ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "directories", "expected"),
    [
        (["a/x"], ["a"], []),
        (["a/x"], ["A"], [("A", "a/x")]),
        (["a"], ["a"], [("a", "a")]),
        (["a"], ["a/b"], [("a", "a/b")]),
        ([], ["a", "a"], []),
        ([], ["a", "A"], [("A", "a")]),
        (["A/x", "a/x", "a/y"], [], [("A", "a/x"), ("A", "a/y"), ("A/x", "a/x")]),
        (["x/a/1", "x/a/2", "X/b"], [], [("X", "x/a/1"), ("X", "x/a/2")]),
    ],
)
def test_directories_take_part(files: list[str], directories: list[str], expected: list[tuple[str, str]]) -> None:
    assert collisions(files, directories) == expected

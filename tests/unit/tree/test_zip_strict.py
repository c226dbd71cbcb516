"""The strict profile: each field of each record of a good archive is changed in turn, and the rule is known beforehand.

What a rule allows is tested beside what it refuses: a reader that refuses everything would pass half of these.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from plugintool import limits
from plugintool.errors import ArchiveError, InputError, LimitExceededError
from plugintool.relpath import RelPath
from plugintool.tree.zip_format import CENTRAL_BYTES, END_BYTES, LOCAL_BYTES, CentralHeader, EndRecord, LocalHeader
from plugintool.tree.zip_frame import Frame
from plugintool.tree.zip_profile import ARCHIVE_RULES, CANONICAL, STRICT, repair_of
from plugintool.tree.zip_reader import read_archive, survey_archive
from tests.archive_cases import CORPUS

E, Z, xfield = CORPUS.E, CORPUS.Z, CORPUS.xfield
TEXT = b"some text, some text, some text\n" * 3
PACKED_BYTES = len(CORPUS.raw_deflate(TEXT))


def archive(*entries: Any, **frame: Any) -> bytes:
    data: bytes = Z(list(entries) or [E(b"a.txt", TEXT), E(b"b/run", b"#!/bin/sh\n", 0, 0o100755)], **frame).build()
    return data


GOOD = archive()
END_AT = len(GOOD) - END_BYTES
DIRECTORY_AT = EndRecord.unpack(GOOD[END_AT:]).directory_offset


def read(data: bytes) -> dict[str, bytes]:
    tree = read_archive(io.BytesIO(data), profile=STRICT)
    return {file.path: tree.open(file.path).read() for file in tree.files()}


def rule_of(data: bytes) -> str:
    """The rule by which it is refused, empty when it is taken."""
    try:
        read(data)
    except (ArchiveError, LimitExceededError) as error:
        rule = error.rule if isinstance(error, ArchiveError) else "C25"
        says_so = f"({rule})" in error.message and error.detail["hint"] == repair_of(rule)
        return rule if says_so else error.message
    return ""


def replaced(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def test_the_good_archive_is_good() -> None:
    assert read(GOOD) == {"a.txt": TEXT, "b/run": b"#!/bin/sh\n"}


def both_headers(**fields: int) -> bytes:
    """Change the first entry in both headers, so that nothing but the field is wrong."""
    central = CentralHeader.unpack(GOOD, DIRECTORY_AT)._replace(**fields)
    return replaced(replaced(GOOD, DIRECTORY_AT, central.pack()), 0, central.local.pack())


BOTH: list[tuple[dict[str, int], str]] = [
    ({"version": 10}, ""),
    ({"version": 45}, ""),
    ({"version": 46}, "C09"),
    ({"version": 0xFFFF}, "C09"),
    ({"flags": 0b010}, ""),
    ({"flags": 0b110}, ""),
    ({"flags": 1 << 11}, ""),
    *(({"flags": 1 << bit}, "C08") for bit in (0, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15)),
    ({"flags": 1 << 3}, "C10"),
    *(({"method": method}, "C09") for method in (1, 2, 6, 9, 12, 14, 20, 93, 95, 97, 98, 99, 0xFFFF)),
    ({"method": 0}, "C11"),
    ({"time": 0xFFFF, "date": 0}, ""),
    ({"crc": 1}, "C11"),
    ({"size": 1}, "C11"),
    ({"size": len(TEXT) + 1}, "C11"),
    ({"size": limits.TREE_BYTES + 1}, "C25"),
    ({"size": limits.RATIO_FREE_BYTES + 1}, "C25"),
    ({"size": 0xFFFFFFFF}, "C14"),
    ({"packed_size": 1}, "C06"),
    ({"packed_size": 0xFFFFFFFE}, "C25"),
    ({"packed_size": 0xFFFFFFFF}, "C14"),
]


@pytest.mark.parametrize(("fields", "rule"), BOTH, ids=[str(row[0]) for row in BOTH])
def test_a_field_in_both_headers(fields: dict[str, int], rule: str) -> None:
    assert rule_of(both_headers(**fields)) == rule


CENTRAL: list[tuple[str, int, str]] = [
    ("signature", 0x02014B51, "C05"),
    ("made_by", 0, ""),
    ("made_by", 0xFFFF, ""),
    ("version", 10, ""),
    ("flags", 2, "C07"),
    ("method", 0, "C11"),
    ("time", 7, ""),
    ("date", 7, ""),
    ("crc", 7, "C07"),
    ("packed_size", 7, "C07"),
    ("size", 7, "C07"),
    ("name_length", 4, "C05"),
    ("name_length", 0xFFFF, "C04"),
    ("extra_length", 4, "C12"),
    ("extra_length", 0xFFFF, "C04"),
    ("comment_length", 1, "C05"),
    ("comment_length", 0xFFFF, "C04"),
    ("disk", 1, "C04"),
    ("disk", 0xFFFF, "C04"),
    ("internal_attributes", 1, ""),
    ("external_attributes", 0, ""),
    ("external_attributes", 0x20, ""),
    ("external_attributes", 0x10, "C23"),
    ("external_attributes", 0x08, "C23"),
    ("external_attributes", 0x40, "C23"),
    ("external_attributes", 0x400, "C23"),
    *(("external_attributes", kind << 28, "C23") for kind in (1, 2, 4, 6, 10, 12, 14, 15, 3, 5)),
    ("external_attributes", 0o104755 << 16, "C24"),
    ("external_attributes", 0o102755 << 16, "C24"),
    ("external_attributes", 0o101755 << 16, "C24"),
    ("external_attributes", 0o100000 << 16, ""),
    ("offset", 1, "C06"),
    ("offset", 0xFFFFFFFE, "C06"),
    ("offset", 0xFFFFFFFF, "C14"),
]


@pytest.mark.parametrize(("field", "value", "rule"), CENTRAL, ids=[f"{row[0]}={row[1]:#x}" for row in CENTRAL])
def test_a_field_of_the_central_header(field: str, value: int, rule: str) -> None:
    header = CentralHeader.unpack(GOOD, DIRECTORY_AT)._replace(**{field: value})
    assert rule_of(replaced(GOOD, DIRECTORY_AT, header.pack())) == rule


LOCAL: list[tuple[str, int, str]] = [
    ("signature", 0x04034B51, "C01"),
    ("version", 10, ""),
    ("version", 46, "C09"),
    ("flags", 2, "C07"),
    ("method", 0, "C07"),
    ("time", 7, ""),
    ("date", 7, ""),
    *((field, value, "C07") for field in ("crc", "packed_size", "size") for value in (0, 7, 0xFFFFFFFF)),
    ("name_length", 4, "C07"),
    ("name_length", 0xFFFF, "C07"),
    ("extra_length", 0xFFFF, "C12"),
]


@pytest.mark.parametrize(("field", "value", "rule"), LOCAL, ids=[f"{row[0]}={row[1]:#x}" for row in LOCAL])
def test_a_field_of_the_local_header(field: str, value: int, rule: str) -> None:
    header = LocalHeader.unpack(GOOD[:LOCAL_BYTES])._replace(**{field: value})
    assert rule_of(replaced(GOOD, 0, header.pack())) == rule


END: list[tuple[str, int, str]] = [
    ("signature", 0x06054B51, "C02"),
    ("disk", 1, "C04"),
    ("disk", 0xFFFF, "C04"),
    ("directory_disk", 1, "C04"),
    ("entries_on_disk", 1, "C04"),
    ("entry_count", 1, "C04"),
    ("entry_count", 0xFFFF, "C04"),
    ("directory_size", 1, "C04"),
    ("directory_size", 0xFFFFFFFF, "C14"),
    ("directory_offset", 1, "C04"),
    ("directory_offset", 0xFFFFFFFF, "C14"),
    ("comment_length", 1, "C02"),
    ("comment_length", 0xFFFF, "C02"),
]


@pytest.mark.parametrize(("field", "value", "rule"), END, ids=[f"{row[0]}={row[1]:#x}" for row in END])
def test_a_field_of_the_end_record(field: str, value: int, rule: str) -> None:
    end = EndRecord.unpack(GOOD[END_AT:])._replace(**{field: value})
    assert rule_of(replaced(GOOD, END_AT, end.pack())) == rule


@pytest.mark.parametrize("length", [0, 1, 3])
def test_counts_that_agree_with_each_other_only(length: int) -> None:
    end = EndRecord.unpack(GOOD[END_AT:])._replace(entry_count=length, entries_on_disk=length)
    assert rule_of(replaced(GOOD, END_AT, end.pack())) == "C04"


NAMES: list[tuple[bytes, str]] = [
    # five bytes in place of b"a.txt", in both headers
    (b"/.txt", "C17"),
    (b"../xt", "C17"),
    (b"a//xt", "C17"),
    (b"./txt", "C17"),
    (b"a\\txt", "C17"),
    (b"a\0txt", "C18"),
    (b"a*txt", "C18"),
    (b"a.tx.", "C19"),
    (b"nul.t", "C19"),
    (b".git/", "C17"),
    (b"a.tx/", "C17"),
    (b"B/run", "C22"),
    (b"b/run", "C22"),
    (b"z.txt", ""),
]


@pytest.mark.parametrize(("name", "rule"), NAMES)
def test_a_name(name: bytes, rule: str) -> None:
    data = replaced(GOOD, LOCAL_BYTES, name)
    assert rule_of(replaced(data, DIRECTORY_AT + CENTRAL_BYTES, name)) == rule


@pytest.mark.parametrize("position", range(len(GOOD)))
def test_a_cut_anywhere_is_refused(position: int) -> None:
    assert rule_of(GOOD[:position]) in {"C01", "C02"}


def test_an_added_byte_anywhere_is_refused() -> None:
    taken = [at for at in range(len(GOOD) + 1) if not rule_of(GOOD[:at] + b"\0" + GOOD[at:])]
    assert taken == []


def test_a_flipped_byte_is_refused_or_changes_nothing_that_is_used() -> None:
    """Versions, times, permissions and unused attributes may differ; names, sizes and contents may not."""
    expected = read(GOOD)
    for position in range(len(GOOD)):
        for mask in (0x01, 0x80, 0xFF):
            changed = replaced(GOOD, position, bytes([GOOD[position] ^ mask]))
            if not rule_of(changed):
                assert read(changed) == expected, (position, mask)


ZIP64 = xfield(1, struct.pack("<QQ", 5, 5))
SATURATED = {"l_csize": 0xFFFFFFFF, "l_usize": 0xFFFFFFFF, "c_csize": 0xFFFFFFFF, "c_usize": 0xFFFFFFFF}


def test_zip64_sizes_are_those_of_the_tree() -> None:
    data = archive(E(b"a.txt", b"hello", 0, extra=ZIP64, **SATURATED))
    (file,) = read_archive(io.BytesIO(data), profile=STRICT).files()
    assert file.size == 5
    assert read(data) == {"a.txt": b"hello"}


@pytest.mark.parametrize("field", list(SATURATED))
def test_each_saturated_size_must_be_there(field: str) -> None:
    fields = {**SATURATED, field: None}
    assert rule_of(archive(E(b"a.txt", b"hello", 0, extra=ZIP64, **fields))) in {"C14", "C07"}


@pytest.mark.parametrize("profile", [CANONICAL, STRICT], ids=["canonical", "strict"])
def test_zip64_end_records(profile: Any) -> None:
    """Part of the strict profile only."""
    data = archive(E(b"a.txt", TEXT), zip64="legit")
    found = {breach.rule for breach in survey_archive(io.BytesIO(data), profile=profile).breaches}
    assert found == ({"C14"} if profile is CANONICAL else set())


def test_directories_are_named_and_are_no_files() -> None:
    data = archive(E(b"d/", b"", 0, 0o40755), E(b"d/e/", b"", 8, 0o40755), E(b"d/f", b"x", 0))
    tree = read_archive(io.BytesIO(data), profile=STRICT)
    assert tree.directories == ["d", "d/e"]
    assert [file.path for file in tree.files()] == ["d/f"]


@pytest.mark.parametrize(
    ("mode", "executable"),
    [(0, False), (0o100644, False), (0o100600, False), (0o100755, True), (0o100700, True), (0o100001, True)],
)
def test_what_is_executable(mode: int, executable: bool) -> None:
    """Any of the three bits counts; nothing else of the mode is used."""
    (file,) = read_archive(io.BytesIO(archive(E(b"x", b"", 0, mode))), profile=STRICT).files()
    assert file.executable is executable


def test_files_can_be_read_in_the_order_of_their_data() -> None:
    data = archive(E(b"z", b"1"), E(b"m", b"2"), E(b"a", b"3"), order=[2, 0, 1])
    tree = read_archive(io.BytesIO(data), profile=STRICT)
    assert tree.paths_by_data() == ["z", "m", "a"]
    assert [file.path for file in tree.files()] == ["a", "m", "z"]


DESCRIPTORS: dict[str, tuple[Callable[[], bytes], str]] = {
    "with its mark": (lambda: archive(E(b"a", TEXT, descriptor="sig")), ""),
    "without": (lambda: archive(E(b"a", TEXT, descriptor="nosig")), ""),
    "other values": (lambda: archive(E(b"a", TEXT, descriptor="lie")), "C10"),
    "after stored data": (lambda: archive(E(b"a", TEXT, 0, descriptor="sig")), "C10"),
    "values in the local header, too": (
        lambda: archive(
            E(b"a", TEXT, descriptor="sig", l_crc=zlib.crc32(TEXT), l_usize=len(TEXT), l_csize=PACKED_BYTES)
        ),
        "",
    ),
    "one byte more": (lambda: archive(E(b"a", TEXT, descriptor="sig", gap=b"x"), E(b"b", b"")), "C10"),
    "no descriptor": (lambda: archive(E(b"a", TEXT, flags=8, l_crc=0, l_csize=0, l_usize=0)), "C10"),
}  # fmt: skip


@pytest.mark.parametrize("case", DESCRIPTORS)
def test_a_descriptor(case: str) -> None:
    make, rule = DESCRIPTORS[case]
    assert rule_of(make()) == rule


def test_the_end_record_must_be_where_a_block_begins() -> None:
    """A frame other than the whole file, and the comment length that goes with it."""
    signed = GOOD[:-2] + struct.pack("<H", 9) + b"B" * 9
    tree = read_archive(io.BytesIO(signed), profile=STRICT, frame=Frame(len(GOOD), 9))
    assert tree.open(RelPath("a.txt")).read() == TEXT
    for end, length in ((len(GOOD), 8), (len(GOOD) + 1, 9), (len(GOOD) - 1, 9), (len(signed), 9)):
        with pytest.raises(ArchiveError, match="C02"):
            read_archive(io.BytesIO(signed), profile=STRICT, frame=Frame(end, length))


def test_every_rule_has_a_repair() -> None:
    assert all(repair_of(rule) for rule in ARCHIVE_RULES)
    assert repair_of("C22") != repair_of("C24")


def test_a_closed_or_broken_source_is_no_archive_error() -> None:
    """Errors of the system are not errors of the archive."""

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "input/output error")

    with pytest.raises(OSError, match="input/output"):
        read_archive(Broken(GOOD), profile=STRICT)


def test_a_bad_archive_is_an_input_error_whatever_it_is() -> None:
    for data in (b"", b"P", b"PK", GOOD[:4], bytes(22), GOOD[END_AT:], GOOD[DIRECTORY_AT:]):
        with pytest.raises(InputError):
            read(data)

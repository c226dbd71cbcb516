"""Each field of each header of a good archive is changed in turn: the rule that refuses it is known beforehand.

The table of docs/reference/archives.md and the rules in the code are the same set.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool.errors import ArchiveError, InputError
from plugintool.tree.memory import MemoryTree
from plugintool.tree.zip_format import CENTRAL_BYTES, END_BYTES, LOCAL_BYTES, CentralHeader, EndRecord, LocalHeader
from plugintool.tree.zip_profile import ARCHIVE_RULES
from plugintool.tree.zip_reader import open_archive
from plugintool.tree.zip_writer import Packing, write_zip

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "archives.md"
FILES = {"a.txt": b"first\n" * 30, "b/run": b"#!/bin/sh\n", "docs/\xe9.md": b"x" * 64}

CENTRAL: list[tuple[str, int, str]] = [
    # the field, its new value, the rule
    ("signature", 0x02014B51, "C05"),
    ("made_by", 20, "C23"),
    ("made_by", 3 << 8 | 63, "C23"),
    ("made_by", 19 << 8 | 20, "C23"),
    ("version", 45, "C09"),
    ("version", 10, "C09"),
    ("flags", 1, "C08"),
    ("flags", 1 << 3, "C10"),
    ("flags", 1 << 5, "C08"),
    ("flags", 1 << 6, "C08"),
    ("flags", 1 << 11, "C16"),
    ("flags", 1 << 13, "C08"),
    ("method", 1, "C09"),
    ("method", 9, "C09"),
    ("method", 12, "C09"),
    ("method", 93, "C09"),
    ("method", 99, "C09"),
    ("time", 1, "C12"),
    ("date", 0, "C12"),
    ("date", 0x5B78, "C12"),
    ("crc", 0, "C07"),
    ("packed_size", 1, "C11"),
    ("size", 1, "C11"),
    ("name_length", 4, "C05"),
    ("name_length", 0, "C17"),
    ("name_length", 0xFFFF, "C04"),
    ("extra_length", 4, "C12"),
    ("comment_length", 1, "C15"),
    ("disk", 1, "C04"),
    ("internal_attributes", 1, "C23"),
    ("external_attributes", 0, "C23"),
    ("external_attributes", 0o100644 << 16 | 1, "C23"),
    ("external_attributes", 0o100644 << 16 | 0x10, "C23"),
    ("external_attributes", 0o120777 << 16, "C23"),
    ("external_attributes", 0o040755 << 16, "C23"),
    ("external_attributes", 0o060644 << 16, "C23"),
    ("external_attributes", 0o010644 << 16, "C23"),
    ("external_attributes", 0o104755 << 16, "C24"),
    ("external_attributes", 0o102755 << 16, "C24"),
    ("external_attributes", 0o101644 << 16, "C24"),
    ("external_attributes", 0o100600 << 16, "C24"),
    ("external_attributes", 0o100777 << 16, "C24"),
    ("offset", 1, "C06"),
    ("offset", 0xFFFFFFFF, "C06"),
]
LOCAL: list[tuple[str, int, str]] = [
    ("signature", 0x04034B51, "C01"),
    *((field, 7, "C07") for field in ("version", "flags", "method", "time", "date", "crc", "packed_size", "size")),
    ("name_length", 4, "C07"),
    ("extra_length", 4, "C07"),
]
END: list[tuple[str, int, str]] = [
    ("signature", 0x06054B51, "C02"),
    ("disk", 1, "C04"),
    ("directory_disk", 1, "C04"),
    ("entries_on_disk", 2, "C04"),
    ("entry_count", 2, "C04"),
    ("directory_size", 1, "C04"),
    ("directory_offset", 1, "C04"),
    ("directory_offset", 0xFFFFFFFF, "C14"),
    ("directory_size", 0xFFFFFFFF, "C14"),
    ("comment_length", 1, "C02"),
]
NAMES: list[tuple[bytes, str]] = [
    # five bytes in place of b"a.txt", in both headers
    (b"/.txt", "C17"),
    (b"../xt", "C17"),
    (b"a/../", "C23"),
    (b"a//xt", "C17"),
    (b"./txt", "C17"),
    (b"a\\txt", "C17"),
    (b"C:txt", "C18"),
    (b"a\0txt", "C18"),
    (b"a\x1btx", "C18"),
    (b"a\ntxt", "C18"),
    (b"a*txt", "C18"),
    (b"a.tx.", "C19"),
    (b"a.tx ", "C19"),
    (b"nul.t", "C19"),
    (b"a.tx/", "C23"),
    (b"B/run", "C22"),
    (b"b/run", "C22"),
    (b"B/RUN", "C22"),
    (b"z.txt", "C06"),
]


def archive() -> bytes:
    target = io.BytesIO()
    write_zip(MemoryTree("x", FILES), target, packing=Packing.STORE)
    return target.getvalue()


GOOD = archive()
END_AT = len(GOOD) - END_BYTES
DIRECTORY_AT = EndRecord.unpack(GOOD[END_AT:]).directory_offset


def read_all(path: Path) -> dict[str, bytes]:
    with open_archive(path) as tree:
        return {file.path: tree.open(file.path).read() for file in tree.files()}


def refused(data: bytes, directory: Path) -> InputError:
    path = directory / "x.zip"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_all(path)
    assert list(directory.iterdir()) == [path]
    return caught.value


def rule_of(data: bytes, directory: Path) -> str:
    error = refused(data, directory)
    assert isinstance(error, ArchiveError), error
    assert f"({error.rule})" in error.message
    assert error.detail["path"]
    return error.rule


def replaced(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def test_the_page_and_the_code_name_the_same_rules() -> None:
    """C16 to C23 are about names: the page has them, the code has them in ``relpath``."""
    numbers: set[str] = set()
    for first, last in re.findall(r"^\| C(\d\d)(?:\u2013C(\d\d))? \|", PAGE.read_text("utf-8"), re.MULTILINE):
        numbers |= {f"C{number:02}" for number in range(int(first), int(last or first) + 1)}
    names = {f"C{number}" for number in range(16, 24)}
    assert numbers - names == ARCHIVE_RULES.keys()
    assert numbers >= names


def test_the_good_archive_is_good(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(GOOD)
    assert read_all(tmp_path / "x.zip") == FILES


@pytest.mark.parametrize(("field", "value", "rule"), CENTRAL, ids=[f"{row[0]}={row[1]:#x}" for row in CENTRAL])
def test_a_field_of_a_central_header(field: str, value: int, rule: str, tmp_path: Path) -> None:
    header = CentralHeader.unpack(GOOD, DIRECTORY_AT)._replace(**{field: value})
    assert rule_of(replaced(GOOD, DIRECTORY_AT, header.pack()), tmp_path) == rule


@pytest.mark.parametrize(("field", "value", "rule"), LOCAL, ids=[row[0] for row in LOCAL])
def test_a_field_of_a_local_header(field: str, value: int, rule: str, tmp_path: Path) -> None:
    header = LocalHeader.unpack(GOOD[:LOCAL_BYTES])._replace(**{field: value})
    assert rule_of(replaced(GOOD, 0, header.pack()), tmp_path) == rule


@pytest.mark.parametrize(("field", "value", "rule"), END, ids=[f"{row[0]}={row[1]:#x}" for row in END])
def test_a_field_of_the_end_record(field: str, value: int, rule: str, tmp_path: Path) -> None:
    end = EndRecord.unpack(GOOD[END_AT:])._replace(**{field: value})
    assert rule_of(replaced(GOOD, END_AT, end.pack()), tmp_path) == rule


@pytest.mark.parametrize(("name", "rule"), NAMES)
def test_a_name(name: bytes, rule: str, tmp_path: Path) -> None:
    """The same in both headers, so that nothing but the name is wrong."""
    data = replaced(GOOD, LOCAL_BYTES, name)
    assert rule_of(replaced(data, DIRECTORY_AT + CENTRAL_BYTES, name), tmp_path) == rule


@pytest.mark.parametrize("name", [b"\xff.txt", b"a\xc0\xafxt", b"\xed\xa0\x80xt"])
def test_a_name_that_is_not_utf8(name: bytes, tmp_path: Path) -> None:
    """With the flag that says it is."""
    central = CentralHeader.unpack(GOOD, DIRECTORY_AT)._replace(flags=1 << 11)
    data = replaced(replaced(GOOD, 0, central.local.pack() + name), DIRECTORY_AT, central.pack() + name)
    assert rule_of(data, tmp_path) == "C16"


def _insert(data: bytes, at: int, extra: bytes) -> bytes:
    return data[:at] + extra + data[at:]


MOVED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "C01"),
    "only an end record": (lambda: EndRecord(0x06054B50, 0, 0, 0, 0, 0, 0, 0).pack(), "C01"),
    "a prefix": (lambda: b"#!/bin/sh\n" + GOOD, "C01"),
    "a suffix": (lambda: GOOD + b"\n", "C02"),
    "cut by one byte": (lambda: GOOD[:-1], "C02"),
    "cut in the directory": (lambda: GOOD[: END_AT - 5], "C02"),
    "cut in the data": (lambda: GOOD[:60], "C02"),
    "the archive twice": (lambda: GOOD + GOOD, "C04"),
    "bytes before the directory": (lambda: _insert(GOOD, DIRECTORY_AT, b"hidden"), "C04"),
    "bytes before the end record": (lambda: _insert(GOOD, END_AT, b"hidden"), "C04"),
    "a second end record": (lambda: _second_end(), "C03"),  # noqa: PLW0108 - defined below
    "a gap that the end record knows": (lambda: _gap(), "C06"),  # noqa: PLW0108 - defined below
}


def _second_end() -> bytes:
    """In the directory, which the last end record counts as part of it."""
    inner = GOOD[END_AT:]
    end = EndRecord.unpack(inner)
    return GOOD + end._replace(directory_size=end.directory_size + END_BYTES).pack()


def _gap() -> bytes:
    end = EndRecord.unpack(GOOD[END_AT:])
    moved = end._replace(directory_offset=end.directory_offset + 6)
    return GOOD[:DIRECTORY_AT] + b"hidden" + GOOD[DIRECTORY_AT:END_AT] + moved.pack()


@pytest.mark.parametrize("case", MOVED)
def test_the_frame(case: str, tmp_path: Path) -> None:
    make, rule = MOVED[case]
    assert rule_of(make(), tmp_path) == rule


@pytest.mark.parametrize("offset", range(LOCAL_BYTES + 5, LOCAL_BYTES + 5 + len(FILES["a.txt"]), 9))
def test_content_that_does_not_fit_its_checksum(offset: int, tmp_path: Path) -> None:
    """C11, with the name of the entry, when it is read to its end."""
    error = refused(replaced(GOOD, offset, bytes([GOOD[offset] ^ 0x20])), tmp_path)
    assert isinstance(error, ArchiveError)
    assert (error.rule, error.detail["path"]) == ("C11", "a.txt")


@pytest.mark.parametrize("signature", [b"PK\x06\x06", b"PK\x06\x07", b"PK\x05\x05", b"PK\x07\x08", b"PK\x01\x03"])
def test_another_record_in_the_directory(signature: bytes, tmp_path: Path) -> None:
    """Zip64, digital signature, descriptor, and one that does not exist: C05."""
    record = signature + struct.pack("<I", 0) * 12
    end = EndRecord.unpack(GOOD[END_AT:])
    counted = end._replace(directory_size=end.directory_size + len(record), entry_count=4, entries_on_disk=4)
    assert rule_of(GOOD[:END_AT] + record + counted.pack(), tmp_path) == "C05"

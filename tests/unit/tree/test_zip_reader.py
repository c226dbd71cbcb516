"""The reader takes what the writer emits and refuses everything else, with the number of the rule."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from plugintool import limits
from plugintool.errors import ArchiveError, InputError, LimitExceededError, MissingPathError
from plugintool.relpath import RelPath
from plugintool.tree import zip_format, zip_reader
from plugintool.tree.memory import MemoryTree
from plugintool.tree.zip_format import CentralHeader, EndRecord, LocalHeader
from plugintool.tree.zip_profile import CANONICAL
from plugintool.tree.zip_writer import Packing, write_zip

TEXT = b"never the same river twice\n" * 40


@dataclasses.dataclass
class Entry:
    """One entry of a hand-made archive; a changed field makes it hostile."""

    name: bytes
    content: bytes
    method: int = zip_format.DEFLATED
    packed: bytes | None = None
    central: dict[str, int] = dataclasses.field(default_factory=dict)
    local: dict[str, int] = dataclasses.field(default_factory=dict)
    local_name: bytes | None = None
    tail: bytes = b""
    extra: bytes = b""
    comment: bytes = b""
    gap: bytes = b""

    def data(self) -> bytes:
        if self.packed is not None:
            return self.packed
        if self.method == zip_format.STORED:
            return self.content
        deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
        return deflater.compress(self.content) + deflater.flush()


def header_of(entry: Entry, offset: int) -> CentralHeader:
    return CentralHeader(
        zip_format.CENTRAL_SIGNATURE,
        zip_format.MADE_BY,
        zip_format.VERSION,
        0 if entry.name.isascii() else zip_format.FLAG_UTF8,
        entry.method,
        zip_format.DOS_TIME,
        zip_format.DOS_DATE,
        zlib.crc32(entry.content),
        len(entry.data()),
        len(entry.content),
        len(entry.name),
        len(entry.extra),
        len(entry.comment),
        0,
        0,
        0o100644 << 16,
        offset,
    )


def build(
    entries: list[Entry], *, end: dict[str, int] | None = None, between: bytes = b"", after: bytes = b""
) -> bytes:
    """Write an archive as our writer would, but for what the entries and ``end`` change."""
    body, directory = b"", b""
    for entry in entries:
        header = header_of(entry, len(body))
        local = header.local._replace(**{k: v for k, v in entry.central.items() if k in LocalHeader._fields})
        local = local._replace(**{"signature": zip_format.LOCAL_SIGNATURE} | entry.local)
        name = entry.name if entry.local_name is None else entry.local_name
        body += local.pack() + name + entry.extra + entry.data() + entry.gap
        directory += header._replace(**entry.central).pack() + entry.name + entry.extra + entry.comment + entry.tail
    body += between
    record = EndRecord(zip_format.END_SIGNATURE, 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    return body + directory + record._replace(**(end or {})).pack() + after


def read_all(tmp_path: Path, data: bytes) -> dict[str, bytes]:
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    with zip_reader.open_archive(path) as tree:
        return {file.path: tree.open(file.path).read() for file in tree.files()}


def written(files: Mapping[str, bytes], *, store: bool = False) -> bytes:
    target = io.BytesIO()
    write_zip(MemoryTree("demo", files), target, packing=Packing.STORE if store else Packing.DEFLATE)
    return target.getvalue()


def good() -> list[Entry]:
    return [Entry(b"a.txt", TEXT), Entry("b\u00e9".encode(), b"x", zip_format.STORED), Entry(b"c/d", b"")]


def test_the_hand_made_archive_is_taken(tmp_path: Path) -> None:
    """What the hostile cases below start from is fine."""
    assert read_all(tmp_path, build(good())) == {"a.txt": TEXT, "b\u00e9": b"x", "c/d": b""}


FILES = {"bin/run": b"#!/bin/sh\n", "empty": b"", "text": TEXT, "noise": hashlib.shake_256(b"s").digest(70_000)}


@pytest.mark.parametrize("store", [False, True])
def test_round_trip(tmp_path: Path, store: bool) -> None:
    assert read_all(tmp_path, written(FILES, store=store)) == FILES


def test_files_are_sorted_and_tell_size_and_executable(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(written(FILES))
    with zip_reader.open_archive(path) as tree:
        listed = [(file.path, file.size, file.executable) for file in tree.files()]
        assert tree.name == ""
    assert listed == [("bin/run", 10, True), ("empty", 0, False), ("noise", 70_000, False), ("text", len(TEXT), False)]


def test_streams_are_independent_and_small_reads_add_up(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(written(FILES))
    with zip_reader.open_archive(path) as tree:
        first, second = tree.open(RelPath("text")), tree.open(RelPath("noise"))
        one, two = b"", b""
        while chunk := first.read(7):
            one += chunk
            two += second.read(1000)
        assert (one, two + second.read()) == (TEXT, FILES["noise"])
        assert first.read(1) == b""


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(written(FILES))
    with zip_reader.open_archive(path) as tree, pytest.raises(MissingPathError):
        tree.open(RelPath("other"))


def changed(index: int, **fields: int) -> Callable[[], bytes]:
    """Change fields in both headers of one entry."""

    def make() -> bytes:
        entries = good()
        entries[index].central = fields
        return build(entries)

    return make


def replaced(index: int, **attributes: object) -> Callable[[], bytes]:
    def make() -> bytes:
        entries = good()
        entries[index] = dataclasses.replace(entries[index], **attributes)  # type: ignore[arg-type]
        return build(entries)

    return make


def named(*names: bytes) -> Callable[[], bytes]:
    return lambda: build([Entry(name, b"x", zip_format.STORED) for name in names])


def framed(**arguments: object) -> Callable[[], bytes]:
    return lambda: build(good(), **arguments)  # type: ignore[arg-type]


DEFLATED_TEXT = Entry(b"a.txt", TEXT).data()
HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "empty file": ("C01", lambda: b""),
    "text": ("C01", lambda: b"hello, this is no archive at all"),
    "prefix": ("C01", lambda: b"#!/bin/sh\n" + build(good())),
    "an archive without entries": ("C01", lambda: build([])),
    "only a signature": ("C02", lambda: b"PK\x03\x04"),
    "cut in half": ("C02", lambda: build(good())[:100]),
    "cut by one byte": ("C02", lambda: build(good())[:-1]),
    "one byte after the end": ("C02", framed(after=b"\n")),
    "comment declared": ("C02", framed(end={"comment_length": 5})),
    "comment": ("C02", framed(end={"comment_length": 30}, after=b"x" * 30)),
    "comment that is an end record": ("C04", framed(end={"comment_length": 22}, after=EndRecord(
        zip_format.END_SIGNATURE, 0, 0, 0, 0, 0, 0, 0).pack())),
    "second end record in a checksum": ("C03", changed(1, crc=zip_format.END_SIGNATURE)),
    "disk number": ("C04", framed(end={"disk": 1})),
    "disk of the directory": ("C04", framed(end={"directory_disk": 1})),
    "counts differ": ("C04", framed(end={"entries_on_disk": 2})),
    "count too low": ("C04", framed(end={"entry_count": 2, "entries_on_disk": 2})),
    "count too high": ("C04", framed(end={"entry_count": 4, "entries_on_disk": 4})),
    "directory size too small": ("C04", framed(end={"directory_size": 100})),
    "directory offset wrong": ("C04", framed(end={"directory_offset": 3})),
    "directory larger than its count": ("C04", framed(end={"entry_count": 0, "entries_on_disk": 0})),
    "disk of an entry": ("C04", changed(1, disk=1)),
    "name longer than the directory": ("C04", changed(2, name_length=400)),
    "junk in the directory": ("C05", replaced(1, tail=b"junk" * 20)),
    "short junk in the directory": ("C05", replaced(2, tail=b"junk")),
    "gap between entries": ("C06", replaced(0, gap=b"hidden")),
    "gap before the directory": ("C06", framed(between=b"hidden")),
    "offset into another entry": ("C06", changed(1, offset=3)),
    "two entries, one offset": ("C06", changed(1, offset=0)),
    "entries out of order": ("C06", named(b"b", b"a")),
    "order by letters, not by bytes": ("C06", named(b"a", b"B")),
    "local signature": ("C07", replaced(1, local={"signature": 0x08074B50})),
    "local name": ("C07", replaced(0, local_name=b"b.txt")),
    "local size": ("C07", replaced(0, local={"size": 1})),
    "local checksum": ("C07", replaced(0, local={"crc": 1})),
    "local flags": ("C07", replaced(0, local={"flags": 1})),
    "local extra field": ("C07", replaced(0, local={"extra_length": 4})),
    "encrypted": ("C08", changed(0, flags=1)),
    "masked headers": ("C08", changed(0, flags=1 << 13)),
    "deflate level in the flags": ("C08", changed(0, flags=2)),
    "descriptor": ("C10", changed(0, flags=1 << 3)),
    "deflate64": ("C09", changed(0, method=9)),
    "zstd": ("C09", changed(0, method=93)),
    "version 1.0": ("C09", changed(0, version=10)),
    "version 4.5": ("C09", changed(0, version=45)),
    "stored with two sizes": ("C11", changed(1, size=2)),
    "deflate larger than declared": ("C11", changed(0, size=len(TEXT) - 1)),
    "deflate smaller than declared": ("C11", changed(0, size=len(TEXT) + 1)),
    "checksum of deflate": ("C11", changed(0, crc=1)),
    "checksum of stored": ("C11", changed(1, crc=1)),
    "checksum of an empty file": ("C11", changed(2, crc=1)),
    "bytes after the deflate stream": ("C11", replaced(0, packed=DEFLATED_TEXT + b"hidden")),
    "deflate cut short": ("C11", replaced(0, packed=DEFLATED_TEXT[:-1])),
    "no deflate at all": ("C11", replaced(0, packed=b"\xff\xff\xff\xff")),
    "no packed bytes": ("C11", replaced(0, packed=b"")),
    "deflate without an end": ("C11", replaced(2, packed=b"\x00\x00\x00\xff\xff")),
    "content in an empty deflate entry": ("C11", replaced(2, packed=DEFLATED_TEXT)),
    "extra field": ("C12", replaced(0, extra=struct.pack("<HHI", 0x5455, 4, 0))),
    "time": ("C12", changed(0, time=1)),
    "date": ("C12", changed(0, date=0)),
    "count that asks for zip64": ("C14", framed(end={"entry_count": 0xFFFF, "entries_on_disk": 0xFFFF})),
    "entry comment": ("C15", replaced(0, comment=b"hello", central={"comment_length": 5})),
    "UTF-8 without the flag": ("C16", changed(1, flags=0)),
    "flag without UTF-8": ("C16", changed(0, flags=1 << 11)),
    "not UTF-8": ("C16", named(b"\xff\xfe")),
    "overlong UTF-8": ("C16", named(b"\xc0\xae\xc0\xae/x")),
    "surrogate": ("C16", named(b"\xed\xa0\x80")),
    "NFD": ("C16", named("e\u0301".encode())),
    "traversal": ("C17", named(b"../x")),
    "absolute": ("C17", named(b"/etc/passwd")),
    "backslash": ("C17", named(b"a\\b")),
    "no name": ("C17", named(b"")),
    "drive": ("C18", named(b"C:/x")),
    "newline": ("C18", named(b"a\nb")),
    "escape": ("C18", named(b"a\x1b[2J")),
    "NUL": ("C18", named(b"a\0b")),
    "device": ("C19", named(b"aux.txt")),
    "long name": ("C20", named(b"a" * 256)),
    "git": ("C21", named(b".git/config")),
    "twice": ("C22", named(b"a", b"a")),
    "case": ("C22", named(b"README", b"readme")),
    "file as parent": ("C22", named(b"a", b"a/b")),
    "directory": ("C23", named(b"a/")),
    "directory mode": ("C23", changed(0, external_attributes=0o040755 << 16)),
    "symbolic link": ("C23", changed(0, external_attributes=0o120777 << 16)),
    "FIFO": ("C23", changed(0, external_attributes=0o010644 << 16)),
    "no mode": ("C23", changed(0, external_attributes=0)),
    "DOS attributes": ("C23", changed(0, external_attributes=0o100644 << 16 | 0x10)),
    "internal attributes": ("C23", changed(0, internal_attributes=1)),
    "made on DOS": ("C23", changed(0, made_by=20)),
    "made by another version": ("C23", changed(0, made_by=3 << 8 | 63)),
    "setuid": ("C24", changed(0, external_attributes=0o104755 << 16)),
    "sticky": ("C24", changed(0, external_attributes=0o101644 << 16)),
    "0600": ("C24", changed(0, external_attributes=0o100600 << 16)),
    "0777": ("C24", changed(0, external_attributes=0o100777 << 16)),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_is_refused_by_its_rule(tmp_path: Path, case: str) -> None:
    rule, make = HOSTILE[case]
    with pytest.raises(ArchiveError) as caught:
        read_all(tmp_path, make())
    assert caught.value.rule == rule
    assert f"({rule})" in caught.value.message
    assert "path" in caught.value.detail


BUDGETS: dict[str, Callable[[], bytes]] = {
    "20,001 entries": named(*(b"%05d" % number for number in range(20_001))),
    "4 GiB declared": changed(0, size=0xFFFFFFFE),
    "zip64 escape": changed(0, size=0xFFFFFFFF, packed_size=0xFFFFFFFF),
    "512 MiB and one byte": changed(0, size=limits.TREE_BYTES),
    "ratio past 16 MiB": changed(0, size=limits.RATIO_FREE_BYTES + 1),
    "count of 65,534": framed(end={"entry_count": 0xFFFE, "entries_on_disk": 0xFFFE}),
}


@pytest.mark.parametrize("case", BUDGETS)
def test_budgets_are_checked_before_anything_is_unpacked(tmp_path: Path, case: str) -> None:
    with pytest.raises(LimitExceededError, match="C25"):
        read_all(tmp_path, BUDGETS[case]())


def test_an_archive_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ARCHIVE_BYTES", 1000)
    with pytest.raises(LimitExceededError):
        read_all(tmp_path, written({"a": os.urandom(1000)}, store=True))


def test_a_small_file_may_shrink_as_much_as_it_likes(tmp_path: Path) -> None:
    """The ratio counts past 16 MiB of output only."""
    content = {"zeros": bytes(3_000_000)}
    assert read_all(tmp_path, written(content)) == content


def test_an_error_stays(tmp_path: Path) -> None:
    """A caller that reads on after a refusal never gets to a clean end."""
    path = tmp_path / "x.zip"
    path.write_bytes(changed(0, crc=1)())
    with zip_reader.open_archive(path) as tree:
        stream = tree.open(RelPath("a.txt"))
        for _ in range(3):
            with pytest.raises(ArchiveError):
                stream.read()


def test_the_last_byte_is_not_handed_out_unchecked(tmp_path: Path) -> None:
    """Who reads exactly as many bytes as declared has checked the content, too."""
    path = tmp_path / "x.zip"
    path.write_bytes(changed(0, crc=1)())
    with zip_reader.open_archive(path) as tree, pytest.raises(ArchiveError):
        tree.open(RelPath("a.txt")).read(len(TEXT))


def test_an_archive_that_changes_after_it_was_opened_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(written({"a": os.urandom(300_000), "b": b"x"}, store=True))
    with zip_reader.open_archive(path) as tree:
        with open(path, "r+b") as target:
            target.seek(200_000)
            target.write(b"new")
        with pytest.raises(ArchiveError):
            tree.open(RelPath("a")).read()


def test_an_archive_that_is_cut_after_it_was_opened_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(written({"a": os.urandom(300_000), "b": b"x"}, store=True))
    with zip_reader.open_archive(path) as tree:
        os.truncate(path, 250_000)
        with pytest.raises(ArchiveError, match="shorter than declared"):
            tree.open(RelPath("a")).read()


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(MissingPathError), zip_reader.open_archive(tmp_path / "none.zip"):
        pass


def test_a_directory_or_a_fifo_is_no_archive(tmp_path: Path) -> None:
    """A FIFO does not block."""
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path, tmp_path / "fifo", Path("/dev/null")):
        with pytest.raises(InputError), zip_reader.open_archive(path):
            pass


def test_another_profile_can_be_given(tmp_path: Path) -> None:
    """Rules about headers are data: a profile without the order takes what the canonical one refuses."""
    path = tmp_path / "x.zip"
    path.write_bytes(named(b"b", b"a")())
    loose = dataclasses.replace(CANONICAL, is_sorted=False)
    with zip_reader.open_archive(path, profile=loose) as tree:
        assert [file.path for file in tree.files()] == ["a", "b"]

"""The writer emits one byte sequence for one tree."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import BinaryIO

import pytest

from plugintool import limits
from plugintool.errors import InputError, LimitExceededError, UnsafePathError
from plugintool.relpath import RelPath
from plugintool.tree import zip_writer
from plugintool.tree.copy import record_of
from plugintool.tree.entry import Tree, TreeFile
from plugintool.tree.memory import MemoryTree
from plugintool.tree.zip_writer import Packing

TEXT = b"the quick brown fox jumps over the lazy dog\n" * 50
FILES = {
    ".claude-plugin/plugin.json": b'{"name": "demo"}\n',
    "skills/a/SKILL.md": TEXT,
    "bin/run": b"#!/bin/sh\nexit 0\n",
    "empty": b"",
    "caf\u00e9.md": b"x",
    "version.json": b'{"version": "1"}\n',
}


def pack(files: Mapping[str, bytes], *, store: bool = False, executables: frozenset[str] | None = None) -> bytes:
    target = io.BytesIO()
    zip_writer.write_zip(
        MemoryTree("demo", files, executables), target, packing=Packing.STORE if store else Packing.DEFLATE
    )
    return target.getvalue()


def listed(data: bytes) -> list[zipfile.ZipInfo]:
    return zipfile.ZipFile(io.BytesIO(data)).infolist()


def test_the_order_of_files_does_not_matter() -> None:
    assert pack(FILES) == pack(dict(reversed(FILES.items())))


def test_entries_are_sorted_by_path() -> None:
    assert [info.filename for info in listed(pack(FILES))] == sorted(FILES)


def test_content_survives() -> None:
    archive = zipfile.ZipFile(io.BytesIO(pack(FILES)))
    assert {name: archive.read(name) for name in archive.namelist()} == FILES
    assert archive.testzip() is None


def test_headers_hold_nothing_but_the_file() -> None:
    """No time, owner, comment, extra field; flag 11 exactly for names that are not ASCII."""
    for info in listed(pack(FILES)):
        assert info.date_time == (1980, 1, 1, 0, 0, 0)
        assert (info.extra, info.comment, info.internal_attr, info.volume) == (b"", b"", 0, 0)
        assert (info.create_system, info.create_version, info.extract_version) == (3, 20, 20)
        assert info.flag_bits == (0 if info.filename.isascii() else 1 << 11)
        assert info.external_attr & 0xFFFF == 0


def test_modes_follow_the_content_where_the_tree_is_silent() -> None:
    modes = {info.filename: info.external_attr >> 16 for info in listed(pack(FILES))}
    assert modes.pop("bin/run") == 0o100755
    assert set(modes.values()) == {0o100644}


def test_modes_follow_the_tree_where_it_speaks() -> None:
    modes = {info.filename: info.external_attr >> 16 for info in listed(pack(FILES, executables=frozenset({"empty"})))}
    assert modes["empty"] == 0o100755
    assert modes["bin/run"] == 0o100644


def test_what_does_not_shrink_is_stored() -> None:
    methods = {info.filename: info.compress_type for info in listed(pack(FILES))}
    assert methods["skills/a/SKILL.md"] == zipfile.ZIP_DEFLATED
    assert methods["caf\u00e9.md"] == methods["empty"] == zipfile.ZIP_STORED


def test_noise_is_stored_after_a_look_at_its_head() -> None:
    noise = hashlib.shake_256(b"seed").digest(200_000)
    (info,) = listed(pack({"noise": noise}))
    assert (info.compress_type, info.compress_size) == (zipfile.ZIP_STORED, 200_000)


def test_store_compresses_nothing() -> None:
    data = pack(FILES, store=True)
    assert {info.compress_type for info in listed(data)} == {zipfile.ZIP_STORED}
    assert TEXT in data


def test_the_stored_form_is_known_byte_for_byte() -> None:
    """A golden archive, written down by hand from the format's specification."""
    local = bytes.fromhex("504b0304 1400 0000 0000 0000 2100") + zlib.crc32(b"hi").to_bytes(4, "little")
    sizes = bytes.fromhex("02000000 02000000 0100 0000")
    central = bytes.fromhex("504b0102 1403 1400 0000 0000 0000 2100") + zlib.crc32(b"hi").to_bytes(4, "little")
    attributes = bytes.fromhex("0000 0000 0000 0000a481 00000000")
    end = bytes.fromhex("504b0506 0000 0000 0100 0100 2f000000 21000000 0000")
    assert pack({"a": b"hi"}) == local + sizes + b"ahi" + central + sizes + attributes + b"a" + end


def test_the_returned_record_is_that_of_the_tree() -> None:
    """The record leaves out the version file, the archive does not."""
    tree = MemoryTree("demo", FILES)
    assert zip_writer.write_zip(tree, io.BytesIO()) == record_of(tree)


@pytest.mark.parametrize("fill", [b"abcdefgh", None], ids=["text", "noise"])
@pytest.mark.parametrize("store", [False, True])
def test_large_files_are_streamed(monkeypatch: pytest.MonkeyPatch, fill: bytes | None, store: bool) -> None:
    """Above the one-shot limit the header is written again after the data; readers cannot tell."""
    monkeypatch.setattr(limits, "ONE_SHOT_BYTES", 1000)
    content = fill * 20_000 if fill else hashlib.shake_256(b"seed").digest(160_000)
    data = pack({"a": b"first", "large": content, "z": TEXT}, store=store)
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.read("large") == content
    assert archive.testzip() is None
    deflated = fill is not None and not store
    assert archive.getinfo("large").compress_type == (zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED)
    assert not archive.getinfo("large").flag_bits


def test_a_tree_without_files_is_refused() -> None:
    with pytest.raises(InputError, match="no files"):
        pack({})


def test_colliding_paths_are_refused() -> None:
    with pytest.raises(UnsafePathError) as caught:
        pack({"README.md": b"", "readme.md": b""})
    assert caught.value.rule == "C22"


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TREE_FILES", 2)
    pack({"a": b"", "b": b""})
    with pytest.raises(LimitExceededError, match="3 files"):
        pack({"a": b"", "b": b"", "c": b""})


def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TREE_BYTES", 10)
    pack({"a": b"12345", "b": b"12345"})
    with pytest.raises(LimitExceededError):
        pack({"a": b"12345", "b": b"123456"})


def test_an_archive_that_looks_like_a_bomb_is_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RATIO_FREE_BYTES", 1000)
    zeros = {"zeros": bytes(100_000)}
    with pytest.raises(LimitExceededError) as caught:
        pack(zeros)
    assert "--store" in caught.value.detail["hint"]
    assert listed(pack(zeros, store=True))[0].file_size == 100_000


def test_an_archive_that_becomes_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ARCHIVE_BYTES", 100)
    with pytest.raises(LimitExceededError, match="larger than 100"):
        pack({"noise": os.urandom(100)})


class _LyingTree:
    """Says other sizes than it has, as a file that changes while it is read."""

    name = "demo"

    def __init__(self, content: bytes, size: int) -> None:
        self._content, self._size = content, size

    def files(self) -> Sequence[TreeFile]:
        return [TreeFile(RelPath("a"), self._size)]

    def open(self, path: RelPath) -> BinaryIO:
        return io.BytesIO(self._content)


@pytest.mark.parametrize("size", [0, 4, 6, 100])
@pytest.mark.parametrize("one_shot", [0, 1000])
def test_a_file_that_changes_while_it_is_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, size: int, one_shot: int
) -> None:
    monkeypatch.setattr(limits, "ONE_SHOT_BYTES", one_shot)
    with pytest.raises(InputError, match="changed while it was read"):
        zip_writer.write_zip(_LyingTree(b"12345", size), io.BytesIO())


MANY = {f"lib/{number:03}.js": f"const x = {number};\n".encode() * 600 for number in range(200)}
"""Enough for several threads: 2.4 MB in files of 12 KB."""


def packed_by(threads: int, tree: Tree) -> bytes:
    target = io.BytesIO()
    zip_writer.write_zip(tree, target, threads=threads)
    return target.getvalue()


@pytest.mark.parametrize("threads", [2, 3, 16])
def test_the_bytes_do_not_depend_on_the_number_of_threads(threads: int) -> None:
    files = {**MANY, "lib/050a": os.urandom(1_100_000), "lib/050b": b"x" * 1_100_000, "a": b"", "z": b"z"}
    tree = MemoryTree("demo", files)
    assert packed_by(threads, tree) == packed_by(1, tree)


@pytest.mark.parametrize("threads", [1, 2])
def test_large_files_among_small_ones_come_in_their_turn(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    monkeypatch.setattr(limits, "ONE_SHOT_BYTES", 20_000)
    files = {**MANY, "lib/100a": TEXT * 3000, "lib/100b": TEXT * 900}
    archive = zipfile.ZipFile(io.BytesIO(packed_by(threads, MemoryTree("demo", files))))
    assert archive.namelist() == sorted(files)
    assert archive.testzip() is None
    assert all(archive.read(name) == data for name, data in files.items())


class _Counting:
    """Knows which files were opened, and fails at one of them."""

    name = "demo"

    def __init__(self, contents: dict[str, bytes], fails_at: str = "") -> None:
        self._tree = MemoryTree("demo", contents)
        self._fails_at = fails_at
        self.opened: list[str] = []

    def files(self) -> Sequence[TreeFile]:
        return self._tree.files()

    def open(self, path: RelPath) -> BinaryIO:
        self.opened.append(path)
        if path == self._fails_at:
            raise InputError("gone", path=path)
        return self._tree.open(path)


def test_a_failure_in_a_thread_is_that_of_the_file_and_ends_the_work() -> None:
    tree = _Counting(MANY, fails_at="lib/010.js")
    with pytest.raises(InputError) as caught:
        packed_by(2, tree)
    assert caught.value.detail["path"] == "lib/010.js"
    assert len(tree.opened) < len(MANY), "what was not begun is not done"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPool")]


def test_every_file_is_opened_once() -> None:
    tree = _Counting(MANY)
    packed_by(2, tree)
    assert sorted(tree.opened) == sorted(MANY)


def test_little_work_needs_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(zip_writer, "_in_threads", fail)
    packed_by(8, MemoryTree("demo", FILES))
    packed_by(8, MemoryTree("demo", {f"{number:04}": b"x" * 100 for number in range(1000)}))
    with pytest.raises(AssertionError):
        packed_by(8, MemoryTree("demo", MANY))


def test_there_are_never_more_threads_than_pay_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert zip_writer.usable_threads() == 4
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert zip_writer.usable_threads() == 1

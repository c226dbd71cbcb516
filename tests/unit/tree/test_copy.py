"""Copying hashes, counts and stops where it must; the record of a tree is made of nothing else."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import pytest

from plugintool import limits
from plugintool.errors import LimitExceededError, MissingPathError, UnsafePathError
from plugintool.relpath import RelPath
from plugintool.tree.copy import HEAD_BYTES, copy_stream, looks_executable, record_of
from plugintool.tree.directory import open_built
from plugintool.tree.memory import MemoryTree


class Drip(io.RawIOBase):
    """A stream that gives a few bytes at a time, as decompressors and pipes do."""

    def __init__(self, data: bytes, step: int) -> None:
        super().__init__()
        self._source = io.BytesIO(data)
        self._step = step
        self.asked = 0

    def read(self, size: int = -1, /) -> bytes:
        self.asked = max(self.asked, size)
        return self._source.read(min(self._step, size))


class Failing(io.RawIOBase):
    """A stream on a disk that fails after the first bytes."""

    def __init__(self) -> None:
        super().__init__()
        self._left = [b"abc"]

    def read(self, size: int = -1, /) -> bytes:
        if self._left:
            return self._left.pop()
        raise OSError(errno.EIO, os.strerror(errno.EIO))


# -- copy_stream -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, limits.COPY_CHUNK, limits.COPY_CHUNK + 1, 3 * limits.COPY_CHUNK])
def test_copies_counts_and_hashes(size: int) -> None:
    """Every byte arrives once; size, digest and head are those of the content."""
    data = bytes(range(251)) * (size // 251 + 1)
    data = data[:size]
    target = io.BytesIO()
    copied = copy_stream(io.BytesIO(data), target, max_bytes=size)
    assert target.getvalue() == data
    assert (copied.size, copied.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert copied.head == data[:HEAD_BYTES]
    assert copy_stream(io.BytesIO(data), None, max_bytes=size) == copied


@pytest.mark.parametrize("step", [1, 7, 511, 512, 513, 4096])
def test_the_head_does_not_depend_on_how_the_source_reads(step: int) -> None:
    """Short reads give the same answer: what is executable in a directory is so in an archive."""
    data = b"#!/bin/sh\n" + bytes(range(256)) * 4
    raw: BinaryIO = Drip(data, step)  # type: ignore[assignment]
    assert copy_stream(raw, None, max_bytes=5000).head == data[:HEAD_BYTES]


@pytest.mark.parametrize("limit", [0, 1, 99, 100])
def test_the_limit_is_exact(limit: int) -> None:
    """As many bytes as allowed pass; one more stops, and the target never holds more than allowed."""
    target = io.BytesIO()
    assert copy_stream(io.BytesIO(b"x" * limit), target, max_bytes=limit).size == limit
    target = io.BytesIO()
    with pytest.raises(LimitExceededError, match=f"more than {limit} bytes"):
        copy_stream(io.BytesIO(b"x" * (limit + 1)), target, max_bytes=limit)
    assert len(target.getvalue()) <= limit


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_the_limit_is_exact_with_short_reads(step: int) -> None:
    """However the bytes come."""
    exact: BinaryIO = Drip(b"x" * 10, step)  # type: ignore[assignment]
    assert copy_stream(exact, None, max_bytes=10).size == 10
    target = io.BytesIO()
    over: BinaryIO = Drip(b"x" * 11, step)  # type: ignore[assignment]
    with pytest.raises(LimitExceededError):
        copy_stream(over, target, max_bytes=10)
    assert len(target.getvalue()) <= 10


def test_an_endless_source_costs_no_more_than_its_limit() -> None:
    """Neither time nor memory: one byte beyond the limit is asked for, a chunk at a time."""
    source = Drip(b"x" * 1000, 1000)
    with pytest.raises(LimitExceededError):
        copy_stream(source, None, max_bytes=10)  # type: ignore[arg-type]
    assert source.asked == 11


def test_memory_stays_flat() -> None:
    """A file of 32 MiB passes through a few MiB."""

    class Zeros(io.RawIOBase):
        left = 32 * limits.MIB

        def read(self, size: int = -1, /) -> bytes:
            chunk = bytes(min(size, self.left))
            self.left -= len(chunk)
            return chunk

    tracemalloc.start()
    copied = copy_stream(Zeros(), None, max_bytes=limits.TREE_BYTES)  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert copied.size == 32 * limits.MIB
    assert peak < 5 * limits.COPY_CHUNK


def test_a_failing_source_is_an_input_error() -> None:
    """A disk that cannot be read is no mistake of the target."""
    target = io.BytesIO()
    with pytest.raises(MissingPathError, match="cannot be read: input/output error"):
        copy_stream(Failing(), target, max_bytes=100)  # type: ignore[arg-type]
    assert target.getvalue() == b"abc"


def test_a_failing_target_is_not_hidden() -> None:
    """Its error passes as it is, for the sink to name the file."""

    class Full(io.BytesIO):
        def write(self, data: object, /) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space"):
        copy_stream(io.BytesIO(b"abc"), Full(), max_bytes=100)


# -- what is executable ------------------------------------------------------------------------------------------

PROGRAMS = {
    "shebang": b"#!/bin/sh\n",
    "shebang-only": b"#!",
    "elf": b"\x7fELF\x02\x01\x01\x00",
    "macho-32-big": b"\xfe\xed\xfa\xce\x00",
    "macho-64-big": b"\xfe\xed\xfa\xcf\x00",
    "macho-32-little": b"\xce\xfa\xed\xfe\x07",
    "macho-64-little": b"\xcf\xfa\xed\xfe\x07",
    "macho-fat-one": b"\xca\xfe\xba\xbe\x00\x00\x00\x01" + b"\x00" * 20,
    "macho-fat-two": b"\xca\xfe\xba\xbe\x00\x00\x00\x02",
    "macho-fat-ten": b"\xca\xfe\xba\xbe\x00\x00\x00\x0a",
    "macho-fat-31": b"\xca\xfe\xba\xbe\x00\x00\x00\x1f",
}
OTHERS = {
    "empty": b"",
    "hash": b"#",
    "comment": b"# !/bin/sh\n",
    "shebang-second-line": b"\n#!/bin/sh\n",
    "shebang-after-bom": b"\xef\xbb\xbf#!/bin/sh\n",
    "half-elf": b"\x7fEL",
    "windows": b"MZ\x90\x00",
    "java-1.1": b"\xca\xfe\xba\xbe\x00\x03\x00\x2d",
    "java-1.2": b"\xca\xfe\xba\xbe\x00\x00\x00\x2e",
    "java-8": b"\xca\xfe\xba\xbe\x00\x00\x00\x34",
    "java-21": b"\xca\xfe\xba\xbe\x00\x00\x00\x41",
    "java-preview": b"\xca\xfe\xba\xbe\xff\xff\x00\x41",
    "fat-none": b"\xca\xfe\xba\xbe\x00\x00\x00\x00",
    "fat-cut": b"\xca\xfe\xba\xbe\x00\x00\x00",
    "markdown": b"---\nname: x\n---\n",
    "json": b"{}",
    "zip": b"PK\x03\x04",
}


@pytest.mark.parametrize("head", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_programs(head: bytes) -> None:
    """Shebang, ELF, Mach-O in every width and order."""
    assert looks_executable(head)


@pytest.mark.parametrize("head", OTHERS.values(), ids=OTHERS.keys())
def test_other_files(head: bytes) -> None:
    """Everything else, Java classes among them."""
    assert not looks_executable(head)


# -- record_of ---------------------------------------------------------------------------------------------------

CONTENTS: Mapping[str, bytes] = {
    "b.sh": b"#!/bin/sh\n",
    "a.md": b"text",
    "version.json": b"{}",
    ".claude-plugin/plugin.json": b"{}",
    ".claude-plugin/plugin.sigstore.json": b"sig",
    ".claude-plugin/plugin.0123abcd.sigstore.json": b"sig",
}


def test_record_of_a_tree() -> None:
    """Every file with size, digest and mark, sorted; our two kinds of file are left out."""
    record = record_of(MemoryTree("demo", CONTENTS))
    assert [(entry.path, entry.size, entry.executable) for entry in record.entries] == [
        (".claude-plugin/plugin.json", 2, False),
        ("a.md", 4, False),
        ("b.sh", 10, True),
    ]
    assert all(entry.sha256 == hashlib.sha256(CONTENTS[entry.path]).hexdigest() for entry in record.entries)


def test_our_files_do_not_change_the_digest() -> None:
    """Signing and settling leave the record as it is; any other file changes it."""
    bare = {path: data for path, data in CONTENTS.items() if path in {"a.md", "b.sh", ".claude-plugin/plugin.json"}}
    digest = record_of(MemoryTree("demo", CONTENTS)).digest
    assert record_of(MemoryTree("other", bare)).digest == digest
    assert record_of(MemoryTree("demo", {**CONTENTS, "x/version.json": b"{}"})).digest != digest


def test_the_rule_sees_path_and_head() -> None:
    """A project's patterns decide instead of the content; marks of the container are not asked."""
    seen = {}

    def rule(path: str, head: bytes) -> bool:
        seen[path] = head
        return path == "a.md"

    tree = MemoryTree("demo", {"a.md": b"x" * 1000, "b.sh": b"#!"}, executables=frozenset({"b.sh"}))
    assert [entry.executable for entry in record_of(tree, rule).entries] == [True, False]
    assert seen == {"a.md": b"x" * HEAD_BYTES, "b.sh": b"#!"}


def test_a_directory_and_memory_agree_whatever_the_modes(tmp_path: Path) -> None:
    """Modes on disk are not read."""
    for path, data in CONTENTS.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
        (tmp_path / path).chmod(0o755 if path.endswith(".md") else 0o644)
    assert record_of(open_built(tmp_path)) == record_of(MemoryTree("demo", CONTENTS))


def test_colliding_names_are_an_input_error() -> None:
    """A tree on a case-sensitive disk may hold them: that is no bug of ours (C22)."""
    with pytest.raises(UnsafePathError) as caught:
        record_of(MemoryTree("demo", {"A": b"", "a": b"", "b/C": b"", "B/c": b""}))
    assert caught.value.rule == "C22"
    assert caught.value.detail["problems"] == ("A and a", "B and b/C", "B/c and b/C")


def test_no_record_is_made_that_would_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many files and bytes as a record may name, and not one more; our own files do not count."""
    monkeypatch.setattr(limits, "TREE_FILES", 3)
    monkeypatch.setattr(limits, "TREE_BYTES", 16)
    assert record_of(MemoryTree("demo", CONTENTS)).total_bytes == 16
    with pytest.raises(LimitExceededError, match="more than 16 bytes") as caught:
        record_of(MemoryTree("demo", {**CONTENTS, "a.md": b"text!"}))
    assert caught.value.detail["path"] == "b.sh"
    with pytest.raises(LimitExceededError, match="more than 3 files"):
        record_of(MemoryTree("demo", {**CONTENTS, "c": b""}))


def test_a_file_that_is_gone_is_an_input_error(tmp_path: Path) -> None:
    """Removed between listing and reading."""
    (tmp_path / "a").write_bytes(b"x")
    tree = open_built(tmp_path)
    (tmp_path / "a").unlink()
    with pytest.raises(MissingPathError) as caught:
        record_of(tree)
    assert caught.value.detail["path"] == RelPath("a")

"""For arbitrary trees: what is written is read back; what is damaged is refused or harmless."""

from __future__ import annotations

import contextlib
import io
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.errors import ArchiveError, LimitExceededError, MissingPathError
from plugintool.tree.entry import collisions
from plugintool.tree.memory import MemoryTree
from plugintool.tree.zip_reader import open_archive
from plugintool.tree.zip_writer import Packing, write_zip

SEGMENTS = st.one_of(
    st.text("abcXYZ019_", min_size=1, max_size=6), st.sampled_from(["\u00e9", "\u65e5\u672c", "x y", "a+b", ".hidden"])
)
PATHS = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join)
CONTENTS = st.tuples(st.binary(max_size=100), st.sampled_from([1, 1, 1, 2, 50, 1000]))
"""Bytes and how often they repeat; multiplied in the test, so that an example stays short."""
TREES = st.dictionaries(PATHS, CONTENTS, min_size=1, max_size=8).filter(lambda files: not collisions(files))


def pack(files: dict[str, bytes], executables: frozenset[str], *, store: bool) -> bytes:
    target = io.BytesIO()
    write_zip(MemoryTree("x", files, executables), target, packing=Packing.STORE if store else Packing.DEFLATE)
    return target.getvalue()


def read_all(data: bytes) -> dict[str, tuple[bytes, bool | None]]:
    with tempfile.NamedTemporaryFile() as archive:
        archive.write(data)
        archive.flush()
        with open_archive(Path(archive.name)) as tree:
            return {file.path: (tree.open(file.path).read(), file.executable) for file in tree.files()}


@settings(deadline=None)
@given(recipe=TREES, store=st.booleans(), marks=st.sets(st.integers(0, 7)))
def test_what_is_written_is_read_back(recipe: dict[str, tuple[bytes, int]], store: bool, marks: set[int]) -> None:
    files = {path: data * times for path, (data, times) in recipe.items()}
    executables = frozenset(path for number, path in enumerate(files) if number in marks)
    packed = pack(files, executables, store=store)
    assert read_all(packed) == {path: (content, path in executables) for path, content in files.items()}
    archive = zipfile.ZipFile(io.BytesIO(packed))
    assert archive.testzip() is None
    assert archive.namelist() == sorted(files)


SMALL = pack(
    {"a.txt": b"some text, some text, some text" * 3, "b/c": b"\0" * 40, "d": b"x"}, frozenset("d"), store=False
)
EXPECTED = {path: content for path, (content, _) in read_all(SMALL).items()}


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_any_flipped_byte_is_refused_or_harmless(flip: int) -> None:
    """Every byte of a small archive, one after the other."""
    refused = 0
    for position in range(len(SMALL)):
        damaged = bytearray(SMALL)
        damaged[position] ^= flip
        try:
            assert {path: content for path, (content, _) in read_all(bytes(damaged)).items()} == EXPECTED
        except (ArchiveError, LimitExceededError):
            refused += 1
    assert refused >= len(SMALL) - 2


@settings(deadline=None, max_examples=300)
@given(position=st.integers(0, len(SMALL) - 1), length=st.integers(0, 40), filling=st.binary(max_size=40))
def test_any_splice_is_refused_or_harmless(position: int, length: int, filling: bytes) -> None:
    """Bytes taken out, put in or replaced anywhere."""
    damaged = SMALL[:position] + filling + SMALL[position + length :]
    try:
        assert {path: content for path, (content, _) in read_all(damaged).items()} == EXPECTED
    except (ArchiveError, LimitExceededError):
        assert damaged != SMALL


@settings(deadline=None, max_examples=300)
@given(data=st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda tail: b"PK\x03\x04" + tail)))
def test_any_bytes_are_a_tree_or_an_input_error(data: bytes) -> None:
    with contextlib.suppress(ArchiveError, LimitExceededError, MissingPathError):
        assert read_all(data)

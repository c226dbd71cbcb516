"""The stream of one entry never gives more than declared and never ends cleanly on wrong data."""

from __future__ import annotations

import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugintool.errors import ArchiveError
from plugintool.tree import zip_format
from plugintool.tree.zip_format import CentralHeader, EndRecord, LocalHeader
from plugintool.tree.zip_member import open_member


class Bytes:
    """A source in memory that counts what is asked of it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.asked = 0

    def read_at(self, offset: int, size: int) -> bytes:
        self.asked += size
        return self.data[offset : offset + size]


def deflated(data: bytes) -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflater.compress(data) + deflater.flush()


def header(
    content: bytes, packed: bytes, *, method: int = zip_format.DEFLATED, size: int | None = None
) -> CentralHeader:
    values = dict.fromkeys(CentralHeader._fields, 0)
    values |= {"method": method, "crc": zlib.crc32(content), "packed_size": len(packed)}
    return CentralHeader(**values | {"size": len(content) if size is None else size})


@given(
    content=st.binary(max_size=5000), sizes=st.lists(st.integers(1, 700), min_size=1), padding=st.binary(max_size=20)
)
def test_reads_of_any_size_give_the_content(content: bytes, sizes: list[int], padding: bytes) -> None:
    packed = deflated(content)
    stream = open_member(Bytes(padding + packed + b"next"), header(content, packed), offset=len(padding), path="x")
    found, turn = b"", 0
    while chunk := stream.read(sizes[turn % len(sizes)]):
        found, turn = found + chunk, turn + 1
    assert found == content


@given(content=st.binary(max_size=500), declared=st.integers(0, 1000))
def test_never_more_than_declared(content: bytes, declared: int) -> None:
    packed = deflated(content)
    stream = open_member(Bytes(packed), header(content, packed, size=declared), offset=0, path="x")
    if declared == len(content):
        assert stream.read() == content
        return
    with pytest.raises(ArchiveError) as caught:
        stream.read()
    assert caught.value.rule == "C11"
    assert caught.value.detail["path"] == "x"


def test_a_bomb_is_not_unpacked_beyond_what_it_declares() -> None:
    """10 MB of zeros that claim to be 100 bytes cost no more than the chunk that is read."""
    packed = deflated(bytes(10_000_000))
    source = Bytes(packed)
    stream = open_member(source, header(bytes(100), packed, size=100), offset=0, path="x")
    with pytest.raises(ArchiveError, match="longer than declared"):
        stream.read()
    assert source.asked <= len(packed)


def test_empty_deflate_blocks_do_not_run_for_ever() -> None:
    """A stream of empty stored blocks makes no output; its length is bounded by the archive."""
    packed = b"\x00\x00\x00\xff\xff" * 10_000
    stream = open_member(Bytes(packed), header(b"", packed, size=10), offset=0, path="x")
    with pytest.raises(ArchiveError, match="cut short"):
        stream.read()


def test_stored_data_is_read_as_it_is() -> None:
    stream = open_member(Bytes(b"abcdef"), header(b"bcd", b"bcd", method=zip_format.STORED), offset=1, path="x")
    assert stream.read() == b"bcd"
    assert stream.read() == b""


def test_a_source_that_ends_early_is_an_error() -> None:
    stream = open_member(Bytes(b"ab"), header(b"abcd", b"abcd", method=zip_format.STORED), offset=0, path="x")
    with pytest.raises(ArchiveError, match="2 bytes shorter"):
        stream.read()


def test_the_stream_is_a_plain_reader() -> None:
    stream = open_member(Bytes(b"a"), header(b"a", b"a", method=zip_format.STORED), offset=0, path="x")
    assert stream.readable()
    assert not stream.writable()
    with pytest.raises(io.UnsupportedOperation):
        stream.seek(0)


@given(st.lists(st.integers(0, 2**16 - 1), min_size=17, max_size=17))
def test_headers_pack_and_unpack(values: list[int]) -> None:
    """Sizes and order of the fields are those of the format; sixteen bits fit into every one of them."""
    central, local, end = CentralHeader(*values), LocalHeader(*values[:11]), EndRecord(*values[:8])
    assert CentralHeader.unpack(central.pack()) == central
    assert LocalHeader.unpack(local.pack()) == local
    assert EndRecord.unpack(end.pack()) == end
    assert (len(central.pack()), len(local.pack()), len(end.pack())) == (46, 30, 22)

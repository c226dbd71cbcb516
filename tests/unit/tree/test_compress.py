"""Large texts become one deflate stream that every reader takes, in pieces, with the pinned encoder only."""

from __future__ import annotations

import hashlib
import io
import random
import zlib
from collections.abc import Callable

import deflate
import pytest

from plugintool.tree import compress as module
from plugintool.tree.compress import AHEAD_BYTES, compress, compress_large, is_worthwhile

PIECE = 400_000
WHOLE = PIECE + AHEAD_BYTES


def prose(size: int, seed: int = 1) -> bytes:
    """Text of words: its blocks are as those of real files."""
    chance = random.Random(seed)
    words = ["".join(chance.choices("abcdefghijklm", k=chance.randint(2, 9))) for _ in range(900)]
    return " ".join(chance.choices(words, k=size // 5 + 9)).encode()[:size]


def noise(size: int) -> bytes:
    return hashlib.shake_256(b"seed").digest(size)


def changing(size: int) -> bytes:
    """Content that changes its kind often, so that blocks are short."""
    parts = [prose(30_000, seed) if seed % 3 else noise(9000) + bytes(20_000) for seed in range(size // 25_000 + 1)]
    return b"".join(parts)[:size]


def pieces_of(data: bytes, piece: int = PIECE) -> list[bytes]:
    return [bytes(part) for part in compress_large(io.BytesIO(data).read, piece=piece)]


def inflated(stream: bytes) -> bytes:
    """What zlib reads, which must use the stream up to its last byte."""
    reader = zlib.decompressobj(-15)
    text = reader.decompress(stream)
    assert reader.eof
    assert not reader.unused_data
    return text


@pytest.mark.parametrize("make", [prose, noise, bytes, changing])
@pytest.mark.parametrize("size", [0, 1, PIECE, WHOLE - 1, WHOLE, WHOLE + 1, 3 * WHOLE + 17])
def test_the_stream_holds_the_text(make: Callable[[int], bytes], size: int) -> None:
    data = make(size)
    parts = pieces_of(data)
    assert inflated(b"".join(parts)) == data
    assert (len(parts) > 1) is (size >= WHOLE)


@pytest.mark.parametrize("make", [prose, changing])
def test_pieces_cost_next_to_nothing(make: Callable[[int], bytes]) -> None:
    data = make(5 * WHOLE)
    assert len(b"".join(pieces_of(data))) < 1.02 * len(deflate.deflate_compress(data, module.LEVEL))


def test_a_cut_stands_where_a_block_ends() -> None:
    """A piece and the beginning of the whole stream are the same bits: nothing is compressed anew behind the cut."""
    data = prose(2 * WHOLE)
    first = pieces_of(data)[0]
    whole = bytes(deflate.deflate_compress(data[:WHOLE], module.LEVEL))
    assert first[:-6] == whole[: len(first) - 6]
    assert first.endswith(b"\x00\x00\xff\xff")


@pytest.mark.parametrize("seed", range(5))
def test_many_texts_of_many_lengths(seed: int) -> None:
    chance = random.Random(seed)
    makers: list[Callable[[int], bytes]] = [prose, noise, bytes, changing]
    data = b"".join(chance.choice(makers)(chance.randrange(400_000)) for _ in range(9))
    assert inflated(b"".join(pieces_of(data, piece=chance.randrange(50_000, 300_000)))) == data


def test_where_no_cut_is_found_the_piece_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder that decided otherwise than it promises would cost size, never content."""
    monkeypatch.setattr(module, "_first_difference", lambda *_: 12_345)
    data = prose(2 * WHOLE)
    stream = b"".join(pieces_of(data))
    assert inflated(stream) == data
    assert stream[0] == 0
    assert len(stream) > PIECE


def test_the_first_difference_is_a_bit() -> None:
    one, other = bytearray(b"abc\x01d"), bytearray(b"abc\x09e")
    assert module._first_difference(one, other) == 3 * 8 + 3
    assert module._first_difference(bytearray(b"\x00x"), bytearray(b"\x80y")) == 7


@pytest.mark.parametrize("count", range(17))
def test_bits_are_filled_up_with_zeros(count: int) -> None:
    stream = bytearray(b"\xff\xff\xff")
    found = int.from_bytes(module._bits(stream, count, 0b011, 10), "little")
    assert found == ((1 << count) - 1) | 0b011 << count
    assert len(module._bits(stream, count, 0, 3)) == (count + 10) // 8


def test_stored_blocks_go_on() -> None:
    data = noise(200_000)
    assert inflated(module._stored(data) + b"\x03\x00") == data


def test_what_does_not_shrink_is_left_alone() -> None:
    assert compress(b"") == b""
    assert compress(b"a") == b"a"
    data = noise(100_000)
    assert compress(data) is data
    assert not is_worthwhile(data)
    assert is_worthwhile(prose(100_000))
    assert inflated(bytes(compress(prose(1000)))) == prose(1000)


def test_the_encoder_gives_the_bytes_that_it_gave() -> None:
    """Golden: another version of the encoder is a change that users must hear of (docs/adr/0007-compressor.md)."""
    stream = b"".join(pieces_of(changing(2 * WHOLE)))
    assert hashlib.sha256(stream).hexdigest()[:16] == "f08a95539c1c853a"

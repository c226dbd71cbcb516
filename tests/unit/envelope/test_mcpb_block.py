"""The signature block is found by arithmetic, in three dialects; everything that only looks like one is refused."""

from __future__ import annotations

import io
import struct

import pytest

from plugintool.envelope.mcpb_block import (
    BLOCK_BYTES_MAX,
    FOOTER,
    FRAMING_BYTES,
    HEADER,
    Dialect,
    ends_with_block,
    find_block,
    render_block,
)
from plugintool.errors import ArchiveError
from plugintool.tree.zip_frame import Frame
from tests.archive_cases import MORE

GOOD: bytes = MORE.GOOD
CMS: bytes = MORE.CMS


def der(tag: int, body: bytes) -> bytes:
    made: bytes = MORE.der(tag, body)
    return made


def signed(der_bytes: bytes = CMS, *, comment: int | None = 0) -> bytes:
    """A bundle in D1; with ``comment`` None in D2, else with that comment length."""
    block = render_block(der_bytes)
    length = len(block) if comment is None else comment
    return GOOD[:-2] + struct.pack("<H", length) + block


def rule_of(data: bytes) -> str:
    with pytest.raises(ArchiveError) as caught:
        find_block(io.BytesIO(data))
    assert f"({caught.value.rule})" in caught.value.message
    assert caught.value.detail["hint"]
    return caught.value.rule


def test_a_block_is_what_it_was_made_of() -> None:
    block = render_block(b"x" * 300)
    assert block == HEADER + b"\x2c\x01\0\0" + b"x" * 300 + FOOTER
    assert len(block) == 300 + FRAMING_BYTES


def test_a_block_that_no_comment_can_hold_is_not_made() -> None:
    assert len(render_block(bytes(BLOCK_BYTES_MAX - FRAMING_BYTES))) == BLOCK_BYTES_MAX
    with pytest.raises(ValueError, match="65509"):
        render_block(bytes(BLOCK_BYTES_MAX - FRAMING_BYTES + 1))


def test_dialect_d1() -> None:
    block = find_block(io.BytesIO(signed()))
    assert block is not None
    assert (block.offset, block.der, block.comment_length) == (len(GOOD), CMS, 0)
    assert block.dialects == (Dialect.D1,)
    assert block.frame == Frame(len(GOOD), 0)
    assert (block.signed.signer.signature, block.signed.content) == (bytes(range(200)), None)
    assert block.size == len(CMS) + FRAMING_BYTES


def test_dialects_d2_and_d3_look_alike() -> None:
    block = find_block(io.BytesIO(signed(comment=None)))
    assert block is not None
    assert block.dialects == (Dialect.D2, Dialect.D3)
    assert block.frame == Frame(len(GOOD), block.size)


@pytest.mark.parametrize("data", [b"", b"x", GOOD, GOOD + HEADER, GOOD + FOOTER + b"\n", FOOTER[:-1], FOOTER[1:]])
def test_without_the_last_mark_there_is_none(data: bytes) -> None:
    assert find_block(io.BytesIO(data)) is None
    assert not ends_with_block(io.BytesIO(data))


def test_the_largest_block_is_found() -> None:
    rest = len(MORE.cms(bytes(60_000))) - 60_000
    largest = MORE.cms(bytes(BLOCK_BYTES_MAX - FRAMING_BYTES - rest))
    assert len(largest) == BLOCK_BYTES_MAX - FRAMING_BYTES
    block = find_block(io.BytesIO(signed(largest, comment=None)))
    assert block is not None
    assert block.size == BLOCK_BYTES_MAX


@pytest.mark.parametrize("length", [0, 1, len(CMS) - 1, len(CMS) + 1, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_length_that_does_not_lead_to_the_end(length: int) -> None:
    data = GOOD + HEADER + struct.pack("<I", length) + CMS + FOOTER
    assert rule_of(data) == "C30"
    assert ends_with_block(io.BytesIO(data))


@pytest.mark.parametrize("length", [1, len(CMS), len(CMS) + FRAMING_BYTES - 1, len(CMS) + FRAMING_BYTES + 1, 0xFFFF])
def test_a_comment_length_that_is_neither(length: int) -> None:
    assert rule_of(signed(comment=length)) == "C30"


@pytest.mark.parametrize(
    "data",
    [
        FOOTER,
        render_block(CMS),
        b"hello " * 10 + render_block(CMS),
        GOOD + b"\0" + render_block(CMS),
        GOOD[:-1] + render_block(CMS),
        GOOD + render_block(CMS) + render_block(CMS),
    ],
    ids=["footer", "block alone", "on a text", "gap", "into the end record", "twice"],
)
def test_a_block_that_is_not_behind_an_end_record(data: bytes) -> None:
    assert rule_of(data) == "C30"


def test_two_places_where_it_could_begin() -> None:
    """The inner header has the length that leads to the end, too: nobody may choose."""
    inner = HEADER + struct.pack("<I", 20) + bytes(20)
    assert rule_of(signed(MORE.cms(inner))) == "C30"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x30",
        b"\x30\x00",
        b"\x30\x03\x02\x01\x00",
        b"\x31" + CMS[1:],
        CMS + b"\0",
        CMS[:-1],
        b"\x30\x80" + CMS[4:],
        b"\x30\x84\0\0" + CMS[2:],
        CMS.replace(MORE.OID, MORE.OID[:-1] + b"\1"),
        der(0x30, MORE.OID),
        der(0x30, MORE.OID + der(0x30, der(0x30, b"x"))),
        der(0x30, MORE.OID + der(0xA0, der(0x31, b"x"))),
        der(0x30, MORE.OID + der(0xA0, der(0x30, b"x")) + b"\5\0"),
        MORE.seq(MORE.OID, der(0xA0, MORE.seq())),
        MORE.cms(signers=0),
        MORE.cms(signers=2),
        MORE.cms(content=b"an archive of its own"),
    ],
)
def test_what_is_no_cms_structure(body: bytes) -> None:
    """It makes the bundle invalid, not unsigned."""
    assert rule_of(signed(body)) == "C32"


def test_an_end_record_inside() -> None:
    assert rule_of(signed(MORE.cms(b"PK\5\6" + bytes(18)))) == "C03"


def test_every_flipped_byte_of_the_frame_is_noticed() -> None:
    """Of the comment length, the header, the length and the footer; the content is for the signature to judge."""
    data = signed(comment=None)
    frame = [*range(len(GOOD) - 2, len(GOOD) + 15), *range(len(data) - len(FOOTER), len(data))]
    for position in frame:
        changed = data[:position] + bytes([data[position] ^ 0x10]) + data[position + 1 :]
        if position >= len(data) - len(FOOTER):
            assert find_block(io.BytesIO(changed)) is None
        else:
            assert rule_of(changed) == "C30"

"""Make archives that are almost right: good ones, changed in their structure, then in the fields of their records.

The writer is that of fixtures/archives, which shares no code with our reader and can lie in every field. A change of
the structure goes through it, so that all that follows from it is right again: most of what comes out is one trait away
from a good archive, and much of it is good. A change of bytes hits a field of a record more often than anything else.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from typing import Any, TypeAlias

from tests.archive_cases import ALL_CASES, CORPUS, MORE

xfield, crc, raw_deflate = CORPUS.xfield, CORPUS.crc, CORPUS.raw_deflate
Archive: TypeAlias = Any
Entry: TypeAlias = Any
"""``Z`` and ``E`` of fixtures/archives/make_archives.py."""

SEED_BYTES = 4_000
"""Cases of the corpus up to this size are changed, too."""
_U16, _U32 = 0xFFFF, 0xFFFFFFFF
_NAMES: tuple[str, ...] = (
    *(
        "a.txt",
        "A.TXT",
        "b",
        "b/c",
        "b/C/d.js",
        "B/c",
        "dir/",
        "dir/sub/",
        "b/",
        "a.txt/",
        "lib/x.js",
        "LIB/X.JS",
        "-rf",
    ),
    *("..", "../x", "x/../y", "./x", "x//y", "/x", "x\\y", "C:x", "x:y", "~x", "~/x", "x~1", "LONGNA~1.TXT", ".git/x"),
    *("con", "nul.txt", "com1.log", "x.", "x ", " x", "x/y.", "%2e%2e/x", "x\0y", "x\ny", "x\x1b[2J", "x\x7f", "", "/"),
    *("\u00e9.md", "e\u0301.md", "\u00df", "ss", "SS", "\ufb01le", "file", "\u2024\u2024/x", "a\uff0fb", "\u212a", "k"),
    *(
        "a\u200d",
        "\u202ex",
        "\ufeffx",
        "\U0001f600",
        "\uffff",
        "\u65e5\u672c/\u8a9e",
        "\u0130",
        "i\u0307",
        "\u03c3",
        "\u03c2",
    ),
    *(
        "manifest.json",
        "Manifest.json",
        "manifest.json/x",
        "MCPB_SIG_V1",
        "x" * 255,
        "x" * 256,
        "d/" * 63 + "f",
        "d/" * 64 + "f",
    ),
)
_CONTENTS: tuple[bytes, ...] = (
    *(b"", b"x", b"hello\n", b"hello\n" * 200, bytes(3000), bytes(range(256)) * 4, b"PK\5\6" + bytes(18), b"PK\3\4"),
    *(b"#!/bin/sh\n", CORPUS.MJ, MORE.GOOD, MORE.B, MORE.FORGED),
)
_TIMES, _OWNER = (
    xfield(0x5455, b"\x03" + bytes(8)),
    xfield(0x7875, b"\x01\x04" + bytes(4) + b"\x04" + bytes(4)),
)
_NTFS = xfield(0x000A, struct.pack("<IHH", 0, 1, 24) + bytes(24))
_EXTRAS: tuple[bytes, ...] = (
    *(
        b"",
        _TIMES,
        _OWNER,
        _TIMES + _OWNER,
        _NTFS,
        _TIMES * 2,
        xfield(0xCAFE, b""),
        xfield(0x7875, b"\x01\x00\x00"),
    ),
    *(
        b"\0",
        b"\x55\x54\x09\0",
        xfield(0x5455, b"\x01"),
        xfield(0x0001, b""),
        xfield(0x7875, b"PK\5\6" + bytes(18)),
    ),
    *(
        xfield(0x7875, b"PK\6\7" + bytes(16)),
        _TIMES + b"\0\0",
        xfield(0x5455, b"\x07" + bytes(12)) + _OWNER,
    ),
)
_NUMBERS = (
    0,
    1,
    2,
    7,
    8,
    20,
    22,
    30,
    45,
    46,
    0x7F,
    0x80,
    0xFF,
    0x100,
    0x7FFF,
    0x8000,
    0xFFFE,
    _U16,
    0x10000,
    0x7FFFFFFF,
)
_LARGE = (0x80000000, 0xFFFFFFFE, _U32, 0x06054B50, 0x04034B50, 0x08074B50, 0x07064B50, 0x02014B50)
_RECORDS: tuple[tuple[bytes, tuple[tuple[int, int], ...]], ...] = (
    # the mark of a record; offset and length of its fields
    (b"PK\3\4", ((4, 2), (6, 2), (8, 2), (10, 2), (12, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2))),
    (b"PK\1\2", ((4, 2), (6, 2), (8, 2), (10, 2), (12, 2), (14, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2),
                 (32, 2), (34, 2), (36, 2), (38, 2), (40, 2), (42, 4))),
    (b"PK\5\6", ((4, 2), (6, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2))),
    (b"PK\6\6", ((4, 8), (12, 2), (14, 2), (16, 4), (20, 4), (24, 8), (32, 8), (40, 8), (48, 8))),
    (b"PK\6\7", ((4, 4), (8, 8), (16, 4))),
    (b"PK\7\x08", ((4, 4), (8, 4), (12, 4))),
    (b"MCPB_SIG_V1", ((11, 4), (15, 2))),
)  # fmt: skip


def mutant(chance: random.Random, seeds: list[bytes]) -> bytes:
    """Return one archive: a new one, or a case of the corpus, with changes."""
    if chance.random() < 0.8:  # noqa: PLR2004 - most are made anew, the rest start from the corpus
        data = _with_block(_archive(chance), chance)
        changes = chance.choice((0, 0, 0, 0, 1, 1, 2))
    else:
        data, changes = chance.choice(seeds), chance.choice((0, 1, 1, 2, 4))
    for _ in range(changes):
        data = _change_bytes(data, chance)
    return data


def corpus() -> list[bytes]:
    """Return the small archives of both generators."""
    cases = [case for case in ALL_CASES if case.danger != "big"]
    made = (case.make() for case in cases if not case.name.startswith(("man_deep", "name_max")))
    return [data for data in made if len(data) <= SEED_BYTES]


def _archive(chance: random.Random) -> bytes:
    entries = [_entry(chance) for _ in range(chance.choice((1, 1, 2, 2, 3, 5)))]
    archive = CORPUS.Z(CORPUS.base() + entries if chance.random() < 0.5 else entries)  # noqa: PLR2004 - half of them
    for _ in range(chance.choice((0, 1, 1, 1, 2))):
        chance.choice(_STRUCTURE)(archive, chance)
    if archive.order is not None:  # entries may have come and gone since
        central = sum(entry.in_central for entry in archive.entries)
        archive.order = chance.sample(range(central), central)
    data: bytes = archive.build()
    return data


def _entry(chance: random.Random) -> Entry:
    name, data = _name(chance), chance.choice(_CONTENTS)
    is_directory = name.endswith(b"/")
    entry = CORPUS.E(name, b"" if is_directory else data, chance.choice((0, 8, 8)))
    entry.mode = 0o40755 if is_directory else chance.choice((0o100644, 0o100755, 0o100600, 0))
    entry.flags = CORPUS.UTF8 if not name.isascii() else 0
    return entry


def _name(chance: random.Random) -> bytes:
    if chance.random() < 0.6:  # noqa: PLR2004 - more good names than bad ones
        return b"%s%d.%s" % (chance.choice((b"", b"lib/", b"a/b/")), chance.randrange(9), chance.choice((b"js", b"md")))
    return chance.choice(_NAMES).encode()


def _some(archive: Archive, chance: random.Random) -> Entry:
    return chance.choice(archive.entries)


def _set_field(archive: Archive, chance: random.Random) -> None:
    entry = _some(archive, chance)
    field, values = chance.choice(_FIELDS)
    setattr(entry, field, chance.choice(values))


def _copy_entry(archive: Archive, chance: random.Random) -> None:
    entry = _some(archive, chance)
    twin = CORPUS.E(**vars(entry))
    if chance.random() < 0.5:  # noqa: PLR2004 - half of them
        twin.name = chance.choice((entry.name.upper(), entry.name + b"/x", entry.name.rstrip(b"/"), _name(chance)))
    archive.entries.insert(chance.randrange(len(archive.entries) + 1), twin)


def _set_descriptor(archive: Archive, chance: random.Random) -> None:
    for entry in archive.entries:
        if chance.random() < 0.7:  # noqa: PLR2004 - most of them
            entry.descriptor = chance.choice(("sig", "sig", "nosig", "lie"))


def _set_zip64(archive: Archive, chance: random.Random) -> None:
    entry = _some(archive, chance)
    packed = len(entry.raw if entry.raw is not None else raw_deflate(entry.data) if entry.method else entry.data)
    sizes = struct.pack("<QQ", len(entry.data), packed)
    entry.extra = xfield(1, chance.choice((sizes, sizes, sizes, sizes[:8], sizes + bytes(8), bytes(16))))
    if chance.random() < 0.2:  # noqa: PLR2004 - one in five
        entry.c_extra = chance.choice((b"", xfield(1, sizes), xfield(1, sizes) * 2))
    for field in ("l_csize", "l_usize", "c_csize", "c_usize"):
        setattr(entry, field, _U32 if chance.random() < 0.95 else None)  # noqa: PLR2004 - nearly always


def _set_unicode_path(archive: Archive, chance: random.Random) -> None:
    entry = _some(archive, chance)
    text = chance.choice((entry.name, entry.name, entry.name, b"evil.txt", b""))
    entry.extra = xfield(0x7075, bytes([chance.choice((1, 1, 1, 2))]) + struct.pack("<I", crc(entry.name)) + text)


def _set_raw(archive: Archive, chance: random.Random) -> None:
    entry = _some(archive, chance)
    packed = raw_deflate(entry.data, chance.choice((0, 1, 9)))
    entry.method = 8
    entry.raw = chance.choice(
        (packed, packed[:-1], packed + b"x", b"\0\0\0\xff\xff" + packed, packed + packed, b"\3\0")
    )


def _set_frame(archive: Archive, chance: random.Random) -> None:
    field, values = chance.choice(_FRAME)
    setattr(archive, field, chance.choice(values))


def _set_order(archive: Archive, chance: random.Random) -> None:
    del chance
    archive.order = []


_FIELDS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("method", (0, 8, 1, 9, 12, 99)),
    ("mode", (0, 0o100644, 0o100777, 0o104755, 0o101644, 0o120777, 0o40755, 0o10644, 0o20644, 0o140644, 0o600)),
    ("made_by", (0, 20, 3 << 8 | 20, 3 << 8 | 63, 10 << 8, 19 << 8 | 20, 1 << 8, _U16)),
    ("need", (0, 10, 20, 45, 46, 63, 0x314)),
    ("flags", (0, 2, 4, 6, 8, 0x800, 0x802, 1, 0x20, 0x40, 0x2000, 0x808)),
    ("attr_low", (0, 0x10, 0x20, 0x21, 0x01, 0x400, 0x08, 0x8000)),
    ("extra", _EXTRAS),
    ("c_extra", _EXTRAS),
    ("comment", (b"", b"hello", b"PK", b"\x1b", b"c" * 128, b"c" * 129, b"\xff", b"PK\5\6" + bytes(18))),
    ("l_name", (b"evil", b"manifest.json", b"")),
    ("l_method", (0, 8)),
    ("l_flags", (0, 8, 0x800)),
    ("l_crc", (0, 1)),
    ("l_csize", (0, 1, _U32)),
    ("l_usize", (0, 1, _U32)),
    ("c_crc", (0, 1)),
    ("c_csize", (0, 1, _U32)),
    ("c_usize", (0, 1, 5, _U32)),
    ("c_offset", (0, 1, 30, _U32)),
    ("gap", (b"x", bytes(12), b"PK\7\x08" + bytes(12), b"PK\3\4")),
    ("disk", (1, _U16)),
    ("in_central", (False,)),
    ("in_local", (False,)),
)
_FRAME: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("prefix", (b"#!/bin/sh\n", b"\0", b"PK00")),
    ("adjust", (False,)),
    ("comment", (b"x", b"PK\5\6" + bytes(18), b"MCPB_SIG_END")),
    ("comment_len", (0, 1, 22, _U16)),
    ("suffix", (b"\n", b"\0" * 22, b"MCPB_SIG_END", b"PK\5\6" + bytes(18))),
    ("count", (0, 1, 2, 3, _U16)),
    ("count_disk", (0, 1, _U16)),
    ("cd_size", (0, 46, 60, _U32)),
    ("cd_offset", (0, 30, _U32)),
    ("disk_no", (1, _U16)),
    ("cd_disk", (1, _U16)),
    ("before_cd", (b"x", b"PK\6\x08\0\0\0\0")),
    ("after_cd", (b"x", b"PK\5\5\0\0", b"PK\6\6" + bytes(52))),
    ("zip64", ("legit", "legit", "legit", "lie", "honest", "bogus_locator")),
)
_STRUCTURE: tuple[Callable[[Archive, random.Random], None], ...] = (
    *((_set_field,) * 6),
    *(_set_frame, _copy_entry, _set_descriptor, _set_zip64, _set_unicode_path, _set_raw, _set_order),
)


def _with_block(data: bytes, chance: random.Random) -> bytes:
    """Sign some of them, in one of the dialects, most of them well."""
    if chance.random() > 0.15:  # noqa: PLR2004 - one in seven
        return data
    block = chance.choice((MORE.B, MORE.B, MORE.B, CORPUS.sigblock(), b"MCPB_SIG_END"))
    if chance.random() < 0.6 and data[-2:] == b"\0\0":  # noqa: PLR2004 - D2 more often than D1
        data = data[:-2] + struct.pack("<H", len(block) + chance.choice((0, 0, 0, 0, 1, -1)))
    return data + block * chance.choice((1, 1, 1, 1, 2))


def _change_bytes(data: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.85:  # noqa: PLR2004 - most changes hit a field
        return _change_field(data, chance)
    start = chance.randint(0, len(data))
    stop = min(len(data), start + chance.choice((0, 1, 1, 4, 30)))
    change = chance.randrange(5)
    if change == 0:
        return data[:start] + chance.choice(_RECORDS)[0] + data[stop:]
    if change == 1:
        return data[:start] + chance.randbytes(chance.randint(1, 4)) + data[start + 1 :]
    if change == 2:  # noqa: PLR2004 - the third of five
        return data[:stop] + data[start:]
    if change == 3:  # noqa: PLR2004 - the fourth of five
        return data[:start] + data[stop:]
    return data[:start]


def _change_field(data: bytes, chance: random.Random) -> bytes:
    mark, fields = chance.choice(_RECORDS)
    places = [at for at in range(len(data)) if data.startswith(mark, at)] if mark in data else []
    if not places:
        return data
    offset, size = chance.choice(fields)
    at = chance.choice(places) + offset
    old = int.from_bytes(data[at : at + size], "little")
    new = chance.choice(
        (*_NUMBERS, *_LARGE, old + 1, old - 1, old ^ 1 << chance.randrange(8 * size), len(data), old * 2)
    )
    return data[:at] + (new % (1 << 8 * size)).to_bytes(size, "little") + data[at + size :]

"""What an archive may look like: rules about its headers, as data that ``zip_reader`` applies.

A profile is a set of checks on central headers plus a few switches; how an archive is framed (C01 to C07) and how its
data is read (C11, C25) is the same for all. Rule numbers are those of docs/reference/archives.md. ``CANONICAL`` is
exactly what ``zip_writer`` emits, up to the compressed bytes: the app unpacks an archive with another reader than
ours, so nothing may be in it that two readers could understand differently.
"""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass

from plugintool.tree import zip_format
from plugintool.tree.sink import EXECUTABLE_MODE, FILE_MODE
from plugintool.tree.zip_format import CentralHeader

ARCHIVE_RULES = {
    "C01": "an archive begins with an entry: no prefix, nothing else",
    "C02": "it ends with the end record, which declares no comment; nothing follows",
    "C03": "there is no second end record in the central directory",
    "C04": "the end record has exact numbers: one part, count, size and offset of the directory",
    "C05": "there are no records but entries, the directory and the end record",
    "C06": "entries follow each other without a gap, in the order of their paths",
    "C07": "local headers equal the central ones",
    "C08": "no encryption or other feature that is not read is asked for",
    "C09": "entries are stored or deflated, and version 2.0 is needed",
    "C10": "there are no data descriptors",
    "C11": "data fits its header: length, checksum, no packed byte too many or too few",
    "C12": "there are no extra fields, and the time is 1980-01-01",
    "C15": "entries have no comments",
    "C24": "modes are 0644 or 0755: no set-user, set-group or sticky bit",
    "C25": "limits hold: bytes, entries, and the ratio of unpacked to packed bytes",
    "C26": "an archive inside is data like any other and is never opened",
}
"""What each rule about archives asks; those about names, C16 to C23, stand in ``relpath``."""


@dataclass(frozen=True, slots=True)
class HeaderCheck:
    """One rule about one central header: ``holds`` tells whether it is kept, ``message`` what is wrong if not."""

    rule: str
    message: str
    holds: Callable[[CentralHeader, bytes], bool]


@dataclass(frozen=True, slots=True)
class Profile:
    """What an archive may look like.

    Attributes:
        name: how errors call it.
        checks: rules about each central header and its name as bytes, applied in this order.
        is_sorted: whether entries must stand in the order of their paths.
    """

    name: str
    checks: tuple[HeaderCheck, ...]
    is_sorted: bool


_MODES = {stat.S_IFREG | FILE_MODE, stat.S_IFREG | EXECUTABLE_MODE}
_SPECIAL_BITS = stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX
_UNIX = zip_format.MADE_BY >> 8


def _flags_fit(header: CentralHeader, name: bytes) -> bool:
    return header.flags == (0 if name.isascii() else zip_format.FLAG_UTF8)


_DATA_CHECKS = (
    HeaderCheck(
        "C08",
        "encryption or another feature that is not read is asked for",
        lambda header, _: not header.flags & ~(zip_format.FLAG_UTF8 | zip_format.FLAG_DESCRIPTOR),
    ),
    HeaderCheck("C10", "a data descriptor", lambda header, _: not header.flags & zip_format.FLAG_DESCRIPTOR),
    HeaderCheck(
        "C09",
        "a compression method other than stored and deflate",
        lambda header, _: header.method in {zip_format.STORED, zip_format.DEFLATED},
    ),
    HeaderCheck("C09", "a version other than 2.0 is needed", lambda header, _: header.version == zip_format.VERSION),
    HeaderCheck(
        "C11",
        "a stored entry with two different sizes",
        lambda header, _: header.method != zip_format.STORED or header.size == header.packed_size,
    ),
    HeaderCheck("C12", "an extra field", lambda header, _: header.extra_length == 0),
    HeaderCheck(
        "C12",
        "a time other than 1980-01-01",
        lambda header, _: (header.time, header.date) == (zip_format.DOS_TIME, zip_format.DOS_DATE),
    ),
    HeaderCheck("C15", "a comment", lambda header, _: header.comment_length == 0),
)
_NAME_CHECKS = (
    HeaderCheck("C16", "the UTF-8 flag does not fit the name", _flags_fit),
    HeaderCheck("C23", "a directory entry", lambda _, name: not name.endswith(b"/")),
    HeaderCheck("C23", "not made on Unix", lambda header, _: header.made_by >> 8 == _UNIX),
    HeaderCheck("C23", "no regular file", lambda header, _: stat.S_ISREG(header.mode)),
    HeaderCheck("C24", "a set-user, set-group or sticky bit", lambda header, _: not header.mode & _SPECIAL_BITS),
    HeaderCheck("C24", "a mode other than 0644 and 0755", lambda header, _: header.mode in _MODES),
    HeaderCheck(
        "C23",
        "attributes other than a mode",
        lambda header, _: header.external_attributes & 0xFFFF == 0 and header.internal_attributes == 0,
    ),
    HeaderCheck("C23", "an unknown maker", lambda header, _: header.made_by == zip_format.MADE_BY),
)

CANONICAL = Profile("canonical", _DATA_CHECKS + _NAME_CHECKS, is_sorted=True)
"""What ``zip_writer`` emits."""

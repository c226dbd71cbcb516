"""What an archive may look like: rules about its records, as data that ``zip_reader`` applies.

There is one parser and there are two profiles. ``CANONICAL`` is exactly what ``zip_writer`` emits, up to the compressed
bytes: the app unpacks an archive with another reader than ours, so nothing may be in it that two readers could
understand differently. ``STRICT`` is for what others made, above all MCP bundles: it takes what real writers emit
(``mcpb pack``, Info-ZIP, 7-Zip, Python, macOS, Windows) and refuses what two readers could understand differently.
Rule numbers are those of docs/reference/archives.md.
"""

from __future__ import annotations

import stat
from collections.abc import Callable

from plugintool.frozen import dataclass
from plugintool.tree import zip_format
from plugintool.tree.sink import EXECUTABLE_MODE, FILE_MODE
from plugintool.tree.zip_format import CentralHeader

ARCHIVE_RULES = {
    "C01": "an archive begins with an entry: no prefix, nothing else",
    "C02": "it ends with the end record, which declares no comment; nothing but a signature block follows",
    "C03": "there is no second end record from the central directory to the end of the file",
    "C04": "the end record has exact numbers: one part, count, size and offset of the directory",
    "C05": "there are no records but entries, the directory and the end records",
    "C06": "entries follow each other without a gap; in an archive of ours in the order of their paths",
    "C07": "local headers equal the central ones",
    "C08": "no encryption or other feature that is not read is asked for",
    "C09": "entries are stored or deflated, and no version above 4.5 is needed; in an archive of ours version 2.0",
    "C10": "a data descriptor stands after deflated data only and repeats the directory; an archive of ours has none",
    "C11": "data fits its header: length, checksum, no packed byte too many or too few",
    "C12": "extra fields are well-formed, known and small; an archive of ours has none, and its time is 1980-01-01",
    "C13": "a Unicode path field says the same name again",
    "C14": "zip64 records are complete, and stand exactly where a field asks for them; an archive of ours has none",
    "C15": "comments of entries are short texts; an archive of ours has none",
    "C24": "there is no set-user, set-group or sticky bit; in an archive of ours modes are 0644 or 0755",
    "C25": "limits hold: bytes, entries, directories, and the ratio of unpacked to packed bytes",
    "C26": "an archive inside is data like any other and is never opened",
    "C27": "a bundle has one regular file manifest.json at its root",
    "C28": "the bundle manifest is one strict JSON object: UTF-8, no duplicate keys, 1 MiB, 64 levels, no __proto__",
    "C29": "the bundle manifest names files of the bundle, a known version, and holds no control characters",
    "C30": "a signature block fills exactly the space between the end record and the end of the file",
    "C31": "the marks of a signature block mean nothing inside the data of an entry",
    "C32": "a signature block that cannot be read makes a bundle invalid, not unsigned",
}
"""What each rule about archives asks; those about names, C16 to C23, stand in ``relpath``."""

VERSION_MAX = 45
"""The highest version that may be needed. 4.5: zip64 (APPNOTE.TXT 4.4.3.2)."""
_REPACK = "pack the files again: plugintool build and pack, or another zip writer without options"
_RENAME = "rename the entry at its source and pack again"
ARCHIVE_REPAIRS = {
    "C01": "take the bytes before the first entry away, or get the file again",
    "C02": "remove the archive comment (zip -z) or the bytes after the end, or get the file again: it may be cut short",
    "C12": "pack without platform attributes (zip -X)",
    "C16": "rename the entry, or pack with a writer that marks names as UTF-8 (plugintool build, mcpb pack, 7z)",
    "C17": _RENAME,
    "C18": _RENAME,
    "C19": _RENAME,
    "C20": "shorten the name, or nest less deeply, and pack again",
    "C21": "leave .git out and pack again",
    "C22": "keep one of the two entries",
    "C23": "replace links and special files by regular files and pack again",
    "C24": "take the special mode bits away (chmod u-s,g-s,-t) and pack again",
    "C25": "split it, or leave out what is not needed at run time",
    "C27": "put manifest.json at the root, beside the server, and pack again",
    "C28": "repair manifest.json and pack again",
    "C29": "repair manifest.json and pack again",
    "C30": "get the file again, or take the block away and sign again",
    "C32": "get the file again, or take the block away and sign again",
}
"""What to do about a broken rule, where it is not to pack the files again with a plain writer."""


def repair_of(rule: str) -> str:
    """Return what to do about a broken rule, C01 to C32."""
    return ARCHIVE_REPAIRS.get(rule, _REPACK)


@dataclass(frozen=True, slots=True)
class HeaderCheck:
    """One rule about one central header: ``holds`` tells whether it is kept, ``message`` what is wrong if not.

    The header has its zip64 values already; the name is as it stands in the archive.
    """

    rule: str
    message: str
    holds: Callable[[CentralHeader, bytes], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What an archive may look like.

    Attributes:
        name: how errors call it.
        checks: rules about each central header and its name as bytes, applied in this order.
        equal_fields: fields of a local header that must equal the central ones, besides name, checksum and sizes.
        extras: kinds of extra fields that are allowed.
        extra_bytes: how many bytes of them an entry may have in each header.
        comment_bytes: how long the comment of an entry may be.
        is_sorted: whether entries must stand in the order of their paths.
        has_zip64: whether zip64 records are read.
    """

    name: str
    checks: tuple[HeaderCheck, ...]
    equal_fields: tuple[str, ...]
    extras: frozenset[int] = frozenset()
    extra_bytes: int = 0
    comment_bytes: int = 0
    is_sorted: bool = False
    has_zip64: bool = False


_MODES = {stat.S_IFREG | FILE_MODE, stat.S_IFREG | EXECUTABLE_MODE}
_SPECIAL_BITS = stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX
_UNIX = zip_format.MADE_BY >> 8
_METHODS = {zip_format.STORED, zip_format.DEFLATED}
_LEVEL_BITS = 0b110
"""How hard the writer tried (4.4.4); a reader has no use for it."""
_STRICT_FLAGS = _LEVEL_BITS | zip_format.FLAG_DESCRIPTOR | zip_format.FLAG_UTF8
_CANONICAL_FLAGS = zip_format.FLAG_UTF8 | zip_format.FLAG_DESCRIPTOR
_EMPTY_DEFLATE_BYTES = 2
_DOS_DIRECTORY = 0x10
_DOS_SPECIAL = 0x08 | 0x40 | 0x400
"""Volume label, device, reparse point: a link of NTFS ([MS-FSCC] 2.6)."""


def is_directory_name(name: bytes) -> bool:
    """Whether an entry of this name is a directory for every reader."""
    return name.endswith(b"/")


def _flags_are_needed(header: CentralHeader, name: bytes) -> bool:
    return bool(header.flags & zip_format.FLAG_UTF8) == (not name.isascii())


def _flags_are_enough(header: CentralHeader, name: bytes) -> bool:
    return name.isascii() or bool(header.flags & zip_format.FLAG_UTF8)


def _type_fits_name(header: CentralHeader, name: bytes) -> bool:
    expected = stat.S_IFDIR if is_directory_name(name) else stat.S_IFREG
    return stat.S_IFMT(header.mode) in {0, expected}


def _attributes_fit_name(header: CentralHeader, name: bytes) -> bool:
    return not header.external_attributes & _DOS_DIRECTORY or is_directory_name(name)


def _directory_is_empty(header: CentralHeader, name: bytes) -> bool:
    return not is_directory_name(name) or (header.size == 0 and header.packed_size <= _EMPTY_DEFLATE_BYTES)


_METHOD = HeaderCheck(
    "C09", "a compression method other than stored and deflate", lambda header, _: header.method in _METHODS
)
_STORED_SIZES = HeaderCheck(
    "C11",
    "a stored entry with two different sizes",
    lambda header, _: header.method != zip_format.STORED or header.size == header.packed_size,
)
_NO_SPECIAL_BITS = HeaderCheck(
    "C24", "a set-user, set-group or sticky bit", lambda header, _: not header.mode & _SPECIAL_BITS
)
_UNREAD_FEATURE = "encryption or another feature that is not read is asked for"

_CANONICAL_CHECKS = (
    HeaderCheck("C08", _UNREAD_FEATURE, lambda header, _: not header.flags & ~_CANONICAL_FLAGS),
    HeaderCheck("C10", "a data descriptor", lambda header, _: not header.flags & zip_format.FLAG_DESCRIPTOR),
    _METHOD,
    HeaderCheck("C09", "a version other than 2.0 is needed", lambda header, _: header.version == zip_format.VERSION),
    _STORED_SIZES,
    HeaderCheck(
        "C12",
        "a time other than 1980-01-01",
        lambda header, _: (header.time, header.date) == (zip_format.DOS_TIME, zip_format.DOS_DATE),
    ),
    HeaderCheck("C16", "the UTF-8 flag does not fit the name", _flags_are_needed),
    HeaderCheck("C23", "a directory entry", lambda _, name: not is_directory_name(name)),
    HeaderCheck("C23", "not made on Unix", lambda header, _: header.made_by >> 8 == _UNIX),
    HeaderCheck("C23", "no regular file", lambda header, _: stat.S_ISREG(header.mode)),
    _NO_SPECIAL_BITS,
    HeaderCheck("C24", "a mode other than 0644 and 0755", lambda header, _: header.mode in _MODES),
    HeaderCheck(
        "C23",
        "attributes other than a mode",
        lambda header, _: header.external_attributes & 0xFFFF == 0 and header.internal_attributes == 0,
    ),
    HeaderCheck("C23", "an unknown maker", lambda header, _: header.made_by == zip_format.MADE_BY),
)

_STRICT_CHECKS = (
    HeaderCheck("C08", _UNREAD_FEATURE, lambda header, _: not header.flags & ~_STRICT_FLAGS),
    _METHOD,
    HeaderCheck("C09", "a version above 4.5 is needed", lambda header, _: header.version <= VERSION_MAX),
    HeaderCheck(
        "C10",
        "a data descriptor after stored data, whose end nobody can find",
        lambda header, _: not header.flags & zip_format.FLAG_DESCRIPTOR or header.method == zip_format.DEFLATED,
    ),
    _STORED_SIZES,
    HeaderCheck("C16", "a name beyond ASCII without the UTF-8 flag", _flags_are_enough),
    HeaderCheck("C17", "a directory entry that has content", _directory_is_empty),
    HeaderCheck("C23", "a link or special file, or a directory that is not named as one", _type_fits_name),
    HeaderCheck("C23", "the directory attribute on a name that is none", _attributes_fit_name),
    HeaderCheck(
        "C23",
        "the attribute of a link, device or volume label",
        lambda header, _: not header.external_attributes & _DOS_SPECIAL,
    ),
    _NO_SPECIAL_BITS,
)

CANONICAL = Profile(
    name="canonical",
    checks=_CANONICAL_CHECKS,
    equal_fields=("version", "flags", "method", "time", "date", "extra_length"),
    is_sorted=True,
)
"""What ``zip_writer`` emits."""

STRICT = Profile(
    name="strict",
    checks=_STRICT_CHECKS,
    equal_fields=("flags", "method"),
    extras=frozenset(
        {
            zip_format.EXTRA_ZIP64,
            zip_format.EXTRA_NTFS,
            zip_format.EXTRA_TIMES,
            zip_format.EXTRA_UNICODE_PATH,
            zip_format.EXTRA_OWNER,
        }
    ),
    extra_bytes=1024,
    comment_bytes=128,
    has_zip64=True,
)
"""What other writers may emit: bundles, and zip files in general."""

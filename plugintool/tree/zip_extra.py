"""Extra fields: well-formed, known, each once, and never saying something else than the header (C12, C13).

What they say about times and owners is not used. They are still read, because room that nobody reads is room for a
second message. Layouts: APPNOTE.TXT 4.5.3, 4.5.5, 4.6.9; extrafld.txt of Info-ZIP zip 3.0.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping

from plugintool.tree import zip_format
from plugintool.tree.zip_breach import Ledger
from plugintool.tree.zip_profile import Profile

_RULES = {zip_format.EXTRA_ZIP64: "C14", zip_format.EXTRA_UNICODE_PATH: "C13"}
_NTFS_BYTES, _NTFS_TIMES_BYTES = 32, 24
_OWNER_ID_BYTES = 8
_UNICODE_PATH = struct.Struct("<BI")


def read_extras(data: bytes, profile: Profile, ledger: Ledger, *, name: bytes, shown: str) -> Mapping[int, bytes]:
    """Check the extra fields of one header, and return their contents by kind.

    Args:
        data: all of them.
        profile: what is allowed.
        ledger: takes what is wrong.
        name: of the entry, as it stands in the header.
        shown: the name, for errors.
    """
    if len(data) > profile.extra_bytes:
        ledger.note("C12", "an extra field" if not profile.extra_bytes else "too many bytes of extra fields", shown)
        return {}
    fields = zip_format.split_extras(data)
    if fields is None:
        ledger.note("C12", "the extra fields are cut short or do not fill their space", shown)
        return {}
    found: dict[int, bytes] = {}
    for kind, content in fields:
        problem = _problem(kind, content, profile, found)
        if problem:
            ledger.note(_RULES.get(kind, "C12"), problem, shown)
        if kind in found:  # there may be hundreds
            break
        found[kind] = content
    if zip_format.EXTRA_UNICODE_PATH in found:
        _check_unicode_path(found[zip_format.EXTRA_UNICODE_PATH], ledger, name=name, shown=shown)
    return found


def _problem(kind: int, content: bytes, profile: Profile, found: Mapping[int, bytes]) -> str:
    if kind not in profile.extras:
        return f"an extra field of the kind {kind:#06x}, which is not known"
    if kind in found:
        return f"two extra fields of the kind {kind:#06x}"
    is_sound = _SHAPES.get(kind)
    if is_sound is not None and not is_sound(content):
        return f"an extra field of the kind {kind:#06x} that breaks its format"
    return ""


def _are_times(content: bytes) -> bool:
    """Flags, and up to three times of four bytes; the central header often has fewer than its flags say."""
    return len(content) in {1, 5, 9, 13} and content[0] <= 0b111  # noqa: PLR2004 - see above


def _are_owners(content: bytes) -> bool:
    """Version 1, and the numbers of user and group, each after its length."""
    if content[:1] != b"\x01":
        return False
    position = 1
    for _ in range(2):
        size = content[position] if position < len(content) else _OWNER_ID_BYTES + 1
        if size > _OWNER_ID_BYTES:
            return False
        position += 1 + size
    return position == len(content)


def _are_ntfs_times(content: bytes) -> bool:
    """Four reserved bytes, and three times of eight."""
    return len(content) == _NTFS_BYTES and struct.unpack_from("<IHH", content) == (0, 1, _NTFS_TIMES_BYTES)


_SHAPES: Mapping[int, Callable[[bytes], bool]] = {
    zip_format.EXTRA_TIMES: _are_times,
    zip_format.EXTRA_OWNER: _are_owners,
    zip_format.EXTRA_NTFS: _are_ntfs_times,
}


def _check_unicode_path(content: bytes, ledger: Ledger, *, name: bytes, shown: str) -> None:
    """C13: readers that know the field take its text for the name."""
    if len(content) < _UNICODE_PATH.size:
        ledger.note("C13", "a Unicode path field that is cut short", shown)
        return
    version, checksum = _UNICODE_PATH.unpack_from(content)
    if version != 1:
        ledger.note("C13", f"a Unicode path field of version {version}", shown)
    elif checksum != zlib.crc32(name):
        ledger.note("C13", "a Unicode path field that belongs to another name", shown)
    elif content[_UNICODE_PATH.size :] != name:
        ledger.note("C13", "a Unicode path field with another name", shown)

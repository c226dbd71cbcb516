"""``version.json``: the file from which the app sees that a plugin has changed; always derived, never copied.

The app synchronises a plugin again on any change of this string and on nothing else. It is ``<sync version>``, or
``<sync version>.<n>`` after an installer has switched n times (the settle bump). The sync version names the content:
``<plugin version>+<first 12 digits of the record digest>``.
"""

from __future__ import annotations

from plugintool import digest, jsontext
from plugintool.digest import Digest
from plugintool.pattern import pattern

MAX_BYTES = 4096
"""Bytes of a version.json that is looked at; ours has less than 300."""
SYNC_VERSION_CHARS = 200
"""Characters of a sync version."""
_SYNC_VERSION = pattern(r"[0-9A-Za-z](?:[0-9A-Za-z.+_-]*[0-9A-Za-z])?\Z")
_SETTLE = pattern(r"\.([1-9][0-9]{0,9})\Z")


def sync_version(version: str | None, record_digest: Digest) -> str:
    """Return the sync version of a plugin with this ``version`` (None or empty: none) and record."""
    joint = "." if version and "+" in version else "+"
    return f"{version or '0'}{joint}{digest.short(record_digest)}"


def is_sync_version(text: str) -> bool:
    """Whether ``text`` can be a sync version: 1 to 200 of letters, digits and ``. + _ -``, no sign at either end."""
    return len(text) <= SYNC_VERSION_CHARS and bool(_SYNC_VERSION.match(text))


def render(sync: str, settle: int = 0) -> bytes:
    """Return the content of ``version.json``: one line ``{"version": "…"}``.

    Args:
        sync: the sync version.
        settle: how often an installer has switched to this content, 0 for none.
    """
    version = f"{sync}.{settle}" if settle else sync
    return f'{{"version": {jsontext.canonical(version).decode()}}}\n'.encode()


def settle_of(data: bytes, sync: str) -> int | None:
    """Return n of a ``version.json`` that names ``sync`` (0 = without a suffix), or None when it is not ours.

    Ours is a JSON object with the one member ``version`` that is exactly ``sync`` or ``sync.n`` with n from 1, without
    leading zeros. Any bytes give an answer.
    """
    text = read_version(data)
    if text is None or not text.startswith(sync):
        return None
    if text == sync:
        return 0
    found = _SETTLE.match(text[len(sync) :])
    return int(found[1]) if found else None


def read_version(data: bytes) -> str | None:
    """Return the string that a ``version.json`` names, or None when it is not exactly ``{"version": "…"}``."""
    result = jsontext.read(data, max_bytes=MAX_BYTES)
    value = result.value
    if result.problems or not isinstance(value, dict) or set(value) != {"version"}:
        return None
    version = value["version"]
    return version if isinstance(version, str) else None

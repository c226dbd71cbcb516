"""SHA-256 as the one digest: 64 lower-case hexadecimal digits."""

from __future__ import annotations

from typing import NewType

from plugintool.pattern import pattern

Digest = NewType("Digest", str)
"""A SHA-256, 64 lower-case hexadecimal digits."""

_HEX64 = pattern(r"[0-9a-f]{64}\Z")
SHORT_LENGTH = 12
"""Hexadecimal digits of the short form used in directory names and version strings."""


def sha256(data: bytes) -> Digest:
    """Return the digest of ``data``."""
    import hashlib  # noqa: PLC0415 - loads OpenSSL, which lint and others do not need

    return Digest(hashlib.sha256(data).hexdigest())


def parse_digest(text: object) -> Digest | None:
    """Return ``text`` as a digest, or None when it is not 64 lower-case hexadecimal digits."""
    return Digest(text) if isinstance(text, str) and _HEX64.match(text) else None


def short(digest: Digest) -> str:
    """Return the first 12 digits."""
    return digest[:SHORT_LENGTH]

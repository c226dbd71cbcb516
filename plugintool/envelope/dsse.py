"""DSSE: the bytes that a signature covers (https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md)."""

from __future__ import annotations

PAYLOAD_TYPE = "application/vnd.in-toto+json"
"""The type of every payload here: an in-toto statement."""


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the pre-authentication encoding, ``DSSEv1 <len> <type> <len> <payload>`` with lengths in bytes.

    It binds the type to the payload, so that a signature over one kind of document is none over another.
    """
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)

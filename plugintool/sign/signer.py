"""The port to a private key."""

from __future__ import annotations

from typing import Protocol

from plugintool.verify.keys import PublicKey


class Signer(Protocol):
    """Something that can sign; how a kind of key signs is written in ``verify.signature``."""

    @property
    def public_key(self) -> PublicKey:
        """The public half; its ``key_id`` is the hint in the signature file."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature over ``message`` (which is not hashed yet).

        Raises:
            SigningError: the key refused.
        """

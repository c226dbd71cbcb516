"""Stamp signatures with the timestamp key of a small authority: for tests, and for shops that are their own witness.

Such a timestamp is worth as much as the care that is taken of its key: whoever has it can stamp any moment. An
authority that is not the publisher proves more.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plugintool.digest import sha256
from plugintool.envelope import cms, tst
from plugintool.errors import KeyUnavailableError
from plugintool.sign.file_signer import FileSigner, signer_of
from plugintool.sign.holders import AuthorityDirectory
from plugintool.verify.keys import KeyKind

POLICY: Final = "2.25.150142506316201340946567237324951778148"
"""Names no practice statement: an identifier made from a random number (ITU-T X.667)."""
_SERIAL_BITS = 63


@dataclass(frozen=True, slots=True)
class TimeAuthority:
    """Stamps; ``chain`` are its certificates (DER), its own first."""

    signer: FileSigner
    chain: Sequence[bytes]
    now: dt.datetime

    def stamp(self, signature: bytes) -> bytes:
        """Return an RFC 3161 response (DER) about a signature value."""
        info = tst.render_info(
            hashlib.sha256(signature).digest(),
            policy=POLICY,
            serial=secrets.randbits(_SERIAL_BITS),
            gen_time=self.now,
            nonce=None,
        )
        attributes = cms.render_attributes(
            hashlib.sha256(info).digest(),
            certificate_digest=bytes.fromhex(sha256(self.chain[0])),
            content_type=tst.TST_INFO,
        )
        token = cms.render_signed_data(
            attributes, self.signer.sign(attributes), self.chain, content_type=tst.TST_INFO, content=info
        )
        return tst.render_response(token)


def load_time_authority(directory: AuthorityDirectory, *, now: dt.datetime) -> TimeAuthority:
    """Load ``time.key.pem`` and ``time.chain.pem`` of a directory; what it stamps is stamped with ``now``.

    Raises:
        KeyUnavailableError: they cannot be used.
    """
    path = str(directory.key_file("time"))
    signer = signer_of(directory.holder("time").key, path=path)
    if signer.public_key.kind is not KeyKind.RSA:
        raise KeyUnavailableError("timestamps are made with an RSA key", path=path, found=signer.public_key.kind.value)
    return TimeAuthority(signer, [one.der for one in directory.chain("time")], now)

"""Ask a timestamp authority (RFC 3161) about a signature."""

from __future__ import annotations

import hashlib
import secrets

from plugintool import limits
from plugintool.envelope import tst
from plugintool.errors import DownloadError, InputError, SigningError
from plugintool.fetch import Request, fetch

_NONCE_BITS = 64
_HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}


def request_timestamp(signature: bytes, url: str) -> bytes:
    """Return the response (DER) of the authority at ``url`` about a signature value.

    Its imprint and nonce are compared; whether the authority is one to believe is for the trust policy of whoever
    verifies.

    Raises:
        SigningError: no answer, a refusal, or an answer to another question.
    """
    imprint, nonce = hashlib.sha256(signature).digest(), secrets.randbits(_NONCE_BITS)
    request = Request(
        url=url,
        data=tst.render_request(imprint, nonce=nonce),
        headers=_HEADERS,
        seconds=limits.TIMESTAMP_SECONDS,
        max_bytes=limits.DER_BYTES,
    )
    try:
        response = fetch(request)
        token = tst.parse_token(tst.parse_response(response, what=url), what=url)
    except (DownloadError, InputError) as error:
        error.detail["path"] = url
        raise SigningError(f"no timestamp: {error.message}", **error.detail) from error
    if (token.imprint, token.nonce) != (imprint, nonce):
        raise SigningError("no timestamp: the authority answered another question", path=url)
    return response

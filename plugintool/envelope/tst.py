"""RFC 3161 timestamps: the request, the response, and the token with what it says.

A token is CMS SignedData over a TSTInfo::

    TSTInfo ─ version 1 · policy · message imprint (algorithm, digest) · serial number · genTime
              [accuracy] [ordering] [nonce] [tsa] [extensions]

Whether to believe it is decided in ``verify.timestamp``.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from plugintool.envelope import cms, der
from plugintool.envelope.cms import SignedData
from plugintool.envelope.der import Der
from plugintool.errors import MalformedFileError
from plugintool.frozen import dataclass

TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
_GRANTED = (0, 1)
"""PKIStatus granted and grantedWithMods (RFC 3161 §2.4.2)."""
_STATUS_NAMES = {2: "rejection", 3: "waiting", 4: "revocationWarning", 5: "revocationNotification"}
_TEXTS_SHOWN = 3
_FREE_TEXT_BYTES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampToken:
    """What a timestamp authority says; ``imprint`` is a digest by ``imprint_algorithm`` (OID), ``gen_time`` is UTC."""

    signed: SignedData
    policy: str
    imprint_algorithm: str
    imprint: bytes
    serial: int
    gen_time: dt.datetime
    nonce: int | None


def parse_token(data: bytes, *, what: str) -> TimestampToken:
    """Read a token; total.

    Raises:
        InputError: it is no SignedData over a TSTInfo of version 1, or carries a critical extension.
    """
    signed = cms.parse_signed_data(data, what=what)
    if signed.content_type != TST_INFO or signed.content is None:
        raise MalformedFileError(
            "a signed content that is no timestamp", path=what, expected=TST_INFO, found=signed.content_type
        )
    fields = der.read_der(signed.content, what=what).fields()
    version = fields.take()
    if version.integer() != 1:
        raise version.wrong("expected version 1", found=str(version.integer()))
    policy = fields.take().oid()
    algorithm, imprint = _imprint(fields.take())
    serial = fields.take().integer()
    gen_time = fields.take(der.GENERALIZED_TIME).time()
    fields.take_if(der.SEQUENCE)  # the accuracy
    fields.take_if(der.BOOLEAN)  # the ordering
    nonce = fields.take_if(der.INTEGER)
    fields.take_if(der.context(0))  # the authority's name: its certificate says it
    _refuse_critical(fields.take_if(der.context(1)))
    fields.finish()
    return TimestampToken(
        signed=signed,
        policy=policy,
        imprint_algorithm=algorithm,
        imprint=imprint,
        serial=serial,
        gen_time=gen_time,
        nonce=None if nonce is None else nonce.integer(),
    )


def parse_response(data: bytes, *, what: str) -> bytes:
    """Return the token (DER) in a response of an authority; total.

    Raises:
        InputError: it is no response, or the authority refused; then the message says why.
    """
    fields = der.read_der(data, what=what).fields()
    status = fields.take().fields()
    code = status.take().integer()
    texts = status.take_if(der.SEQUENCE)
    token = fields.take_if(der.SEQUENCE)
    fields.finish()
    if code not in _GRANTED or token is None:
        raise MalformedFileError(
            "the authority gave no timestamp",
            path=what,
            expected="status granted, and a token",
            found=": ".join([_STATUS_NAMES.get(code, f"status {code}"), *_free_text(texts)]),
        )
    return token.whole


def render_request(imprint: bytes, *, nonce: int, policy: str | None = None) -> bytes:
    """Return a request for a token over a SHA-256 digest that carries the authority's certificates.

    Args:
        imprint: the digest.
        nonce: comes back in the token, so that it cannot be an old one.
        policy: the OID of the authority's policy, None for its default.
    """
    return der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        _render_imprint(imprint),
        b"" if policy is None else der.encode_oid(policy),
        der.encode_integer(nonce),
        der.encode(der.BOOLEAN, b"\xff"),
    )


def parse_request(data: bytes, *, what: str) -> tuple[bytes, int | None]:
    """Return imprint (SHA-256) and nonce of a request; total.

    Raises:
        InputError: it is no request, or one for another digest.
    """
    fields = der.read_der(data, what=what).fields()
    fields.take(der.INTEGER)
    asked = fields.take()
    algorithm, imprint = _imprint(asked)
    if algorithm != cms.SHA256:
        raise asked.wrong("expected a SHA-256 digest", found=algorithm)
    fields.take_if(der.OID)
    nonce = fields.take_if(der.INTEGER)
    fields.take_if(der.BOOLEAN)
    fields.finish()
    return imprint, None if nonce is None else nonce.integer()


def render_info(imprint: bytes, *, policy: str, serial: int, gen_time: dt.datetime, nonce: int | None) -> bytes:
    """Return a TSTInfo over a SHA-256 digest, the content of a token; ``gen_time`` to the second."""
    moment = gen_time.astimezone(dt.UTC).strftime("%Y%m%d%H%M%SZ").encode()
    return der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        der.encode_oid(policy),
        _render_imprint(imprint),
        der.encode_integer(serial),
        der.encode(der.GENERALIZED_TIME, moment),
        b"" if nonce is None else der.encode_integer(nonce),
    )


def render_response(token: bytes) -> bytes:
    """Return a response with status granted around a token, the form in which a signature file carries it."""
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode_integer(0)), token)


def _render_imprint(imprint: bytes) -> bytes:
    algorithm = der.encode(der.SEQUENCE, der.encode_oid(cms.SHA256), der.encode(der.NULL))
    return der.encode(der.SEQUENCE, algorithm, der.encode(der.OCTET_STRING, imprint))


def _imprint(element: Der) -> tuple[str, bytes]:
    fields = element.fields()
    algorithm, imprint = cms.read_algorithm(fields.take()), fields.take().octets()
    fields.finish()
    return algorithm.oid, imprint


def _refuse_critical(extensions: Der | None) -> None:
    for extension in () if extensions is None else extensions.children(der.context(1)):
        fields = extension.fields()
        oid = fields.take().oid()
        critical = fields.take_if(der.BOOLEAN)
        if critical is not None and critical.boolean():
            raise extension.wrong("a critical extension that is not known", found=oid)


def _free_text(texts: Der | None) -> list[str]:
    shown = () if texts is None else texts.children()[:_TEXTS_SHOWN]
    return [text.body[:_FREE_TEXT_BYTES].decode(errors="replace") for text in shown]

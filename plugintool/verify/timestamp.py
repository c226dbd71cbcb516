"""Step 4: a timestamp, and which time it proves.

A token says that somebody saw a signature value at a moment. It is believed when

* its own signature is right, and it is over the SHA-256 (or 384, 512) of exactly this signature value;
* the authority's certificate is named in it by its digest (ESSCertID), so that no other one can be put in its place;
* that certificate leads to a root that the trust policy names for time, is for time stamping and nothing else, and was
  valid at the moment the token states: an authority cannot stamp before it existed (``openssl ts -verify`` 3.0 accepts
  that, ``@sigstore/verify`` does not).

The claim ``signingTime`` of a signer proves nothing and is never read.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence

from plugintool.envelope import cms, tst
from plugintool.errors import MalformedFileError, SignatureInvalidError, UncheckableError
from plugintool.frozen import dataclass
from plugintool.verify.certificate import Certificate, read_certificate, read_certificates
from plugintool.verify.chain import Chain, Presented, Purpose, build_chain
from plugintool.verify.cms import DIGESTS, check_signed_data
from plugintool.verify.source import input_errors

STEP = 4


@dataclass(frozen=True, slots=True)
class TrustedTime:
    """A moment that a timestamp authority vouches for, and the chain of that authority."""

    moment: dt.datetime
    chain: Chain

    def __str__(self) -> str:
        """Return when and who, as the ladder shows it."""
        return f"{self.moment:%Y-%m-%dT%H:%M:%SZ} by {self.chain.leaf.name}"


def check_timestamp(
    token: bytes, signature: bytes, *, roots: Sequence[Certificate], now: dt.datetime, what: str
) -> TrustedTime:
    """Find out at which time a signature is proven to have existed.

    Args:
        token: the RFC 3161 token, DER.
        signature: the signature value that it is about.
        roots: authorities for time.
        now: a token from later than this is refused.
        what: how messages name the token.

    Raises:
        SignatureInvalidError: it is malformed, wrong, or about another signature.
        UntrustedSignerError, ExpiredError: its authority is not trusted, or not valid at the moment it states.
        UncheckableError: it uses what is not processed, or states a moment that is yet to come.
    """
    with input_errors(STEP, SignatureInvalidError):
        read = tst.parse_token(token, what=what)
        _check_imprint(read, signature, what)
        assert read.signed.content is not None
        checked = check_signed_data(read.signed, read.signed.content, what=what)
        _check_ess_is_there(read, what)
        leaf = read_certificate(checked.certificate, what=what)
        others = [der for der in read.signed.certificates if der != checked.certificate]
        presented = Presented(leaf, read_certificates(others, what=what))
    if read.gen_time > now:
        raise UncheckableError(
            "the timestamp is from the future",
            step=STEP,
            path=what,
            expected=f"a moment up to {now:%Y-%m-%dT%H:%M:%SZ}",
            found=f"{read.gen_time:%Y-%m-%dT%H:%M:%SZ}",
            hint="check the clock of this machine",
        )
    chain = build_chain(presented, roots, moment=read.gen_time, purpose=Purpose.TIME_STAMPING, step=STEP)
    return TrustedTime(read.gen_time, chain)


def _check_imprint(token: tst.TimestampToken, signature: bytes, what: str) -> None:
    name = DIGESTS.get(token.imprint_algorithm)
    if name is None:
        raise UncheckableError(
            "the digest in the timestamp is not known or not safe",
            step=STEP,
            path=what,
            expected=", ".join(DIGESTS.values()),
            found=token.imprint_algorithm,
        )
    if hashlib.new(name, signature).digest() != token.imprint:
        raise MalformedFileError(
            "the timestamp is about another signature",
            path=what,
            hint="sign again, and let the new signature be stamped",
        )


def _check_ess_is_there(token: tst.TimestampToken, what: str) -> None:
    """RFC 3161 §2.4.1 asks for it; that it names the right certificate has been checked with the signature."""
    if not {cms.SIGNING_CERTIFICATE, cms.SIGNING_CERTIFICATE_V2} & token.signed.signer.attributes.keys():
        raise MalformedFileError("the timestamp does not name its authority's certificate", path=what)

"""A timestamp that was just made, looked at before anything is written: a lying authority is noticed at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from plugintool import clock, limits
from plugintool.envelope import tst
from plugintool.errors import InputError, SigningError, VerificationError
from plugintool.jsontext import JsonObject
from plugintool.sign.credentials import Stamp
from plugintool.verify.certificate import Certificate, read_certificates
from plugintool.verify.chain import Presented, climb
from plugintool.verify.timestamp import check_timestamp

_SKEW = dt.timedelta(seconds=limits.TIMESTAMP_SKEW_SECONDS)
_WHAT = "the timestamp"


@dataclass(frozen=True, slots=True)
class Stamped:
    """A response (DER) of an authority, the moment that it states, and who it says it is."""

    response: bytes
    moment: dt.datetime
    authority: str

    @property
    def token(self) -> bytes:
        """The token by itself, as it goes into a signature block."""
        return tst.parse_response(self.response, what=_WHAT)

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {"moment": clock.format_utc(self.moment), "authority": self.authority}


def stamp_signature(stamp: Stamp, signature: bytes, *, now: dt.datetime) -> Stamped:
    """Let an authority stamp a signature value, and check what it says.

    Its token must be right in everything but one: whether the authority is one to believe is for the trust policy of
    whoever verifies, so it is taken at its word for its own root.

    Raises:
        SigningError: no answer, or one that no verifier would take, or a moment far from ``now``.
    """
    response = stamp(signature)
    try:
        token = tst.parse_response(response, what=_WHAT)
        claimed = tst.parse_token(token, what=_WHAT)
        tops = _tops(claimed)
        time = check_timestamp(token, signature, roots=tops, now=max(now, claimed.gen_time), what=_WHAT)
    except (InputError, VerificationError) as error:
        raise SigningError(f"the authority gave no good timestamp: {error.message}", **error.detail) from error
    if abs(time.moment - now) > _SKEW:
        raise SigningError(
            "the timestamp states another time than the clock of this machine",
            expected=f"{clock.format_utc(now)}, give or take {limits.TIMESTAMP_SKEW_SECONDS} seconds",
            found=clock.format_utc(time.moment),
            hint="set the clock, or ask another authority",
        )
    return Stamped(response, time.moment, time.chain.leaf.name)


def _tops(token: tst.TimestampToken) -> list[Certificate]:
    """Return where the chain of each certificate that came along ends."""
    found = read_certificates(token.signed.certificates, what=_WHAT)
    return [climb(Presented(one, tuple(other for other in found if other != one)), ())[-1] for one in found]

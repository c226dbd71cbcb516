"""The findings of ``trust test``: stable codes, what they say, and what to do."""

from __future__ import annotations

from typing import Final, NamedTuple

from plugintool.report import Severity


class TrustCode(NamedTuple):
    """One kind of finding: how much it matters, what it says, and what to do."""

    severity: Severity
    title: str
    hint: str


_RENEW = "get the next certificate from the publisher and add it beside this one"
_FETCH = "plugintool trust fetch-crl POLICY"
TRUST_CODES: Final[dict[str, TrustCode]] = {
    "TP001": TrustCode(
        Severity.ERROR, "a plugin can be in two policies with scopes of the same length", "make one scope longer"
    ),
    "TP002": TrustCode(
        Severity.ERROR, "a publisher that nobody can satisfy", "pin another key, or remove the publisher"
    ),
    "TP003": TrustCode(Severity.WARNING, "a pinned key that is revoked", "remove the pin"),
    "TP004": TrustCode(Severity.ERROR, "an expired certificate", _RENEW),
    "TP005": TrustCode(Severity.WARNING, "a certificate that will soon expire", _RENEW),
    "TP006": TrustCode(
        Severity.WARNING, "a root that is no authority: only it itself can sign", "name the root of the publisher"
    ),
    "TP007": TrustCode(Severity.ERROR, "no revocation list of an issuer, though lists are required", _FETCH),
    "TP008": TrustCode(Severity.ERROR, "a revocation list that is not fresh, though lists are required", _FETCH),
    "TP009": TrustCode(Severity.WARNING, "a revocation list that cannot be read", "fetch it again, or take it away"),
    "TP010": TrustCode(
        Severity.WARNING, "level audit: steps 4, 5 and 8 never fail", 'set "level": "enforce" when it is quiet'
    ),
    "TP011": TrustCode(
        Severity.WARNING, "level audit for every plugin that no other policy names", "give * a policy that enforces"
    ),
    "TP012": TrustCode(
        Severity.WARNING, "others can write the file; a device refuses it so", "chmod go-w, owner root, no link"
    ),
    "TP013": TrustCode(
        Severity.INFO, "no timestamps: releases end with their certificates", 'set "timestamp" to after-expiry'
    ),
    "TP014": TrustCode(
        Severity.INFO, "no revocation lists: a stolen certificate counts to its end", 'set "crl" to require'
    ),
    "TP015": TrustCode(Severity.WARNING, "a revoked authority", "remove it, and ask the publisher for the next"),
    "TP016": TrustCode(Severity.WARNING, "a certificate that is not valid yet", "check the clock, or wait"),
}
"""Every finding of ``trust test``; described in docs/reference/trust-policy.md."""

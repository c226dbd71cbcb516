"""NIST PKITS 1.0.1: 224 signed messages, each with certificates and revocation lists, and what to say of each.

The messages come with the package ``cryptography-vectors`` (``make conformance`` fetches it; nothing of it is kept
here). PKITS asks no purpose of a signer, so the check of the extended key usage is left out; everything else is what
``verify`` does: signature, chain, and revocation lists required.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

from plugintool.envelope.cms import parse_signed_data
from plugintool.errors import PlugintoolError
from plugintool.verify.certificate import Certificate, read_certificate
from plugintool.verify.chain import Presented, Purpose, build_chain
from plugintool.verify.cms import check_signed_data
from plugintool.verify.policy import CrlRule, RevocationRule
from plugintool.verify.revocation import Evidence, check_revocation, read_list

MESSAGES = 224
NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
_BOUNDARY = re.compile(rb'boundary="([^"]+)"')

REFUSED_BY_PKITS = frozenset(
    {
        "MissingCRLTest1",
        "DifferentPoliciesTest4",
        "DifferentPoliciesTest5",
        "DifferentPoliciesTest7",
        "DifferentPoliciesTest8",
        "DifferentPoliciesTest9",
        "DifferentPoliciesTest12",
    }
)
"""Of the messages whose names do not say: those that PKITS refuses with its default settings.

Asked of OpenSSL 3.0: ``openssl verify -x509_strict -crl_check_all -policy anyPolicy -policy_check``.
"""


@dataclass(frozen=True)
class Deviation:
    """Valid messages that are refused all the same, and why that is the safe side."""

    what: str
    why: str
    names: frozenset[str]


def _deviation(what: str, why: str, names: str) -> Deviation:
    return Deviation(what, why, frozenset(names.split()))


DEVIATIONS = (
    _deviation(
        "certificate policies",
        "Policies say what a certificate may be used for; here that is the extended key usage and the trust policy. "
        "A chain whose authorities demand that policies are processed is refused.",
        """AllCertificatesAnyPolicyTest11 AllCertificatesSamePoliciesTest10 AllCertificatesSamePoliciesTest13
        AnyPolicyTest14 OverlappingPoliciesTest6 UserNoticeQualifierTest18 inhibitAnyPolicyTest3 ValidPolicyMappingTest1
        ValidPolicyMappingTest3 ValidPolicyMappingTest5 ValidPolicyMappingTest6 ValidPolicyMappingTest9
        ValidPolicyMappingTest11 ValidPolicyMappingTest12 ValidPolicyMappingTest13 ValidPolicyMappingTest14
        ValidRequireExplicitPolicyTest1 ValidRequireExplicitPolicyTest2 ValidRequireExplicitPolicyTest4
        ValidSelfIssuedinhibitAnyPolicyTest7 ValidSelfIssuedinhibitAnyPolicyTest9
        ValidSelfIssuedinhibitPolicyMappingTest7 ValidSelfIssuedrequireExplicitPolicyTest6 ValidinhibitAnyPolicyTest2
        ValidinhibitPolicyMappingTest2 ValidinhibitPolicyMappingTest4""",
    ),
    _deviation(
        "name constraints of directory names and URIs",
        "The path builder processes those of host names and addresses, and refuses a critical extension with others.",
        """ValidDNandRFC822nameConstraintsTest27 ValidDNnameConstraintsTest1 ValidDNnameConstraintsTest4
        ValidDNnameConstraintsTest5 ValidDNnameConstraintsTest6 ValidDNnameConstraintsTest11
        ValidDNnameConstraintsTest14 ValidDNnameConstraintsTest18 ValidSelfIssuedDNnameConstraintsTest19
        ValidURInameConstraintsTest34 ValidURInameConstraintsTest36""",
    ),
    _deviation(
        "names that differ in case, spaces or kind of string",
        "Names are compared byte by byte: two names that only look the same are two names.",
        """ValidNameChainingCapitalizationTest5 ValidNameChainingWhitespaceTest3 ValidNameChainingWhitespaceTest4
        ValidRolloverfromPrintableStringtoUTF8StringTest10 ValidUTF8StringCaseInsensitiveMatchTest11""",
    ),
    _deviation(
        "authorities that certify themselves again",
        "A second certificate of an authority counts like any other: it uses up path length, and only the key that "
        "signed a certificate may sign the revocation list about it.",
        """ValidSelfIssuedpathLenConstraintTest15 ValidSelfIssuedpathLenConstraintTest17
        ValidBasicSelfIssuedCRLSigningKeyTest6 ValidBasicSelfIssuedNewWithOldTest4
        ValidBasicSelfIssuedOldWithNewTest1 ValidSeparateCertificateandCRLKeysTest19""",
    ),
    _deviation(
        "revocation lists of somebody else, or for some reasons or points only",
        "Only complete lists by the issuer itself, or parts that a certificate names by URL, say that a certificate is "
        "not revoked.",
        """ValidIDPwithindirectCRLTest22 ValidIDPwithindirectCRLTest24 ValidIDPwithindirectCRLTest25
        ValidcRLIssuerTest28 ValidcRLIssuerTest29 ValidcRLIssuerTest30 ValidcRLIssuerTest33
        ValiddistributionPointTest4 ValiddistributionPointTest5 ValiddistributionPointTest7 ValidonlySomeReasonsTest18
        ValidonlySomeReasonsTest19""",
    ),
    _deviation(
        "a hold that a delta list lifts",
        "A delta list can only add bad news: the hold ends with the next complete list.",
        "ValiddeltaCRLTest5",
    ),
    _deviation(
        "DSA",
        "Signatures with SHA-1 and DSA keys are not accepted.",
        "ValidDSAParameterInheritanceTest5 ValidDSASignaturesTest4",
    ),
    _deviation(
        "a term that begins before 2050 in the longer form of time",
        "RFC 5280 §4.1.2.5 asks for the shorter one.",
        "ValidGeneralizedTimenotBeforeDateTest4",
    ),
)


def is_accepted_by_pkits(name: str) -> bool:
    """Return the verdict of PKITS on a message, which its name tells in most cases."""
    return not name.startswith("Invalid") and name not in REFUSED_BY_PKITS


def judge(message: bytes, root: Certificate) -> PlugintoolError | None:
    """Return why a message is refused, None when it is accepted."""
    content, signature = _split(message)
    try:
        _accept(content, signature, root)
    except PlugintoolError as error:
        return error
    return None


def messages(directory: Path) -> dict[str, bytes]:
    """Return all messages by name."""
    return {path.stem.removeprefix("Signed"): path.read_bytes() for path in sorted((directory / "smime").glob("*.eml"))}


def read_root(directory: Path) -> Certificate:
    """Return what is trusted."""
    return read_certificate((directory / "certs" / "TrustAnchorRootCertificate.crt").read_bytes(), what="root")


def _accept(content: bytes, signature: bytes, root: Certificate) -> None:
    signed = parse_signed_data(signature, what="message")
    checked = check_signed_data(signed, content, what="message")
    leaf = read_certificate(checked.certificate, what="signer")
    others = [read_certificate(der, what="other") for der in signed.certificates if der != checked.certificate]
    chain = build_chain(Presented(leaf, tuple(others)), [root], moment=NOW, purpose=Purpose.CODE_SIGNING)
    lists = [read_list(data, what="list") for data in signed.crls]
    check_revocation(chain, RevocationRule(CrlRule.REQUIRE), Evidence(lists=lists, now=NOW))


def _split(message: bytes) -> tuple[bytes, bytes]:
    """Return content, with the line ends of mail, and signature (DER) of a multipart/signed message."""
    found = _BOUNDARY.search(message)
    assert found is not None
    _, content, part, *_ = re.split(rb"\r?\n?--" + re.escape(found[1]) + rb"(?:--)?\r?\n", message)
    encoded = re.split(rb"\r?\n\r?\n", part, maxsplit=1)[1]
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), base64.b64decode(encoded)

"""Steps 3 to 5 for signatures by certificates: where they lead, when they were made, whether they still hold.

A certificate that leads to no root of any publisher is that of a stranger: reported, and not counted. One that leads
to a root must pass everything; a known signer with a bad chain fails the whole.

A chain is checked for one moment: that of a trusted timestamp, and without one the moment of the verdict. So times are
proven first, though their step has the higher number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from plugintool import limits
from plugintool.digest import Digest
from plugintool.envelope import tst
from plugintool.errors import (
    ExpiredError,
    InputError,
    RevokedError,
    SignatureInvalidError,
    TrustPolicyError,
    UncheckableError,
    UntrustedSignerError,
    VerificationError,
)
from plugintool.frozen import dataclass, field
from plugintool.relpath import RelPath
from plugintool.verify.certificate import Certificate, name_text, read_certificates
from plugintool.verify.chain import Chain, Presented, Purpose, build_chain, leads_to
from plugintool.verify.circumstances import Case, Circumstances
from plugintool.verify.policy import (
    CertificatePublisher,
    CrlRule,
    RevocationRule,
    TimestampWhen,
)
from plugintool.verify.revocation import Evidence, RevocationList, Unrevoked, check_revocation, read_list
from plugintool.verify.signatures import RightSignature
from plugintool.verify.source import input_errors
from plugintool.verify.steps import STEPS, Audit
from plugintool.verify.timestamp import TrustedTime, check_timestamp

_POLICY = "the trust policy"
_NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Times:
    """What timestamps prove: the earliest time of each signature, by its path, or why a timestamp proves nothing."""

    proven: dict[RelPath, TrustedTime] = field(default_factory=dict)
    doubts: dict[RelPath, VerificationError] = field(default_factory=dict)

    def signed_at(self, signature: RightSignature) -> dt.datetime | None:
        """Return when a signature was made, None when nothing proves it."""
        time = self.proven.get(signature.path)
        return None if time is None else time.moment


@dataclass(frozen=True, slots=True)
class Certified:
    """A signature whose certificate leads to roots, with a chain for each publisher that knows it."""

    signature: RightSignature
    chains: tuple[tuple[CertificatePublisher, Chain], ...]

    def is_by(self, publisher: CertificatePublisher) -> bool:
        """Return whether the signer is a holder that ``publisher`` means: by its roots, and by its subject."""
        return any(known == publisher and has_subject(chain.leaf, publisher.subject) for known, chain in self.chains)


def check_clock(case: Case) -> None:
    """Refuse to decide what depends on time by a clock that is wrong (step 4).

    Raises:
        UncheckableError: it stands more than ``limits.CLOCK_TOLERANCE_SECONDS`` behind a time that was proven before.
    """
    now, proven = case.circumstances.now, case.circumstances.proven_at
    if proven is None or now >= proven - dt.timedelta(seconds=limits.CLOCK_TOLERANCE_SECONDS):
        return
    case.audit.fail(
        UncheckableError(
            "the clock of this machine stands behind a time that was proven here before",
            step=4,
            expected=f"a moment after {proven:%Y-%m-%dT%H:%M:%SZ}, less {limits.CLOCK_TOLERANCE_SECONDS // 3600} hours",
            found=f"{now:%Y-%m-%dT%H:%M:%SZ}",
            hint="set the clock",
        )
    )


def prove_times(case: Case) -> Times:
    """Find out when the signatures were made (step 4).

    Raises:
        SignatureInvalidError: a timestamp is malformed, wrong, or about another signature.
    """
    times = Times()
    if case.scoped.timestamp.when is TimestampWhen.NONE:
        return times
    roots = read_certificates(case.scoped.timestamp.roots, what=_POLICY)
    for signature in case.signatures:
        for response in signature.file.timestamps:
            _prove_time(signature, response, roots, case.circumstances.now, times)
    return times


def _prove_time(
    signature: RightSignature, response: bytes, roots: Sequence[Certificate], now: dt.datetime, times: Times
) -> None:
    what = f"a timestamp in {signature.path}"
    with input_errors(4, SignatureInvalidError):
        token = tst.parse_response(response, what=what)
    try:
        found = check_timestamp(token, signature.file.signature, roots=roots, now=now, what=what)
    except (UntrustedSignerError, ExpiredError, UncheckableError) as error:
        times.doubts[signature.path] = error
        return
    earliest = times.proven.setdefault(signature.path, found)
    times.proven[signature.path] = min(found, earliest, key=lambda time: time.moment)


def find_chains(case: Case, times: Times) -> tuple[Certified, ...]:
    """Follow each certificate to the roots of the policy (step 3), and check the terms on the way (step 4).

    Raises:
        VerificationError: steps 3 and 4.
    """
    found = []
    for signature in case.signatures:
        knowing = [holder for holder in case.policy.holders if _is_known(signature, holder)]
        meant = [holder for holder in knowing if holder in tuple(case.scoped.holders)] or knowing[:1]
        moment = times.signed_at(signature) or case.circumstances.now
        chains = tuple((holder, _chain(signature, holder, moment, case.audit)) for holder in meant)
        if chains:
            found.append(Certified(signature, chains))
    return tuple(found)


def _is_known(signature: RightSignature, holder: CertificatePublisher) -> bool:
    return signature.certificate is not None and leads_to(*_path(signature, holder))


def _path(signature: RightSignature, holder: CertificatePublisher) -> tuple[Presented, tuple[Certificate, ...]]:
    assert signature.certificate is not None
    others = read_certificates(holder.intermediates, what=_POLICY)
    return Presented(signature.certificate, (*signature.others, *others)), read_certificates(holder.roots, what=_POLICY)


def _chain(signature: RightSignature, holder: CertificatePublisher, moment: dt.datetime, audit: Audit) -> Chain:
    presented, roots = _path(signature, holder)
    try:
        return build_chain(presented, roots, moment=moment, purpose=Purpose.CODE_SIGNING)
    except ExpiredError as error:
        audit.fail(error)
    leaf = presented.leaf.x509
    within = min(max(moment, leaf.not_valid_before_utc), leaf.not_valid_after_utc)
    return build_chain(presented, roots, moment=within, purpose=Purpose.CODE_SIGNING)


def strangers(case: Case, certified: Sequence[Certified]) -> list[RightSignature]:
    """Return the signatures by certificates that lead to no root of any publisher, and whose keys nobody pins.

    Raises:
        UntrustedSignerError: step 3, nobody else signed.
    """
    known = {item.signature.path for item in certified}
    found = [item for item in case.signatures if item.path not in known and item.key_id not in case.policy.pins]
    if found and len(found) == len(case.signatures):
        roots = [root for holder in case.policy.holders for root in read_certificates(holder.roots, what=_POLICY)]
        raise UntrustedSignerError(
            "no signature is by a signer that the trust policy knows",
            step=3,
            path=case.policy.path,
            expected=f"a certificate below {', '.join(root.name for root in roots[:_NAMES_SHOWN]) or 'some root'}",
            found=", ".join(_issued_by(item) for item in found),
            hint=STEPS[2].repair,
        )
    return found


def describe_chains(certified: Sequence[Certified], unknown: Sequence[RightSignature]) -> str:
    """Return the line of step 3."""
    good = "; ".join(str(chain) for item in certified for _, chain in item.chains[:1]) or "pinned keys have no chain"
    return f"{good}; not known and not counted: {', '.join(map(_issued_by, unknown))}" if unknown else good


def describe_times(case: Case, times: Times) -> str:
    """Return the line of step 4."""
    return "; ".join(_when(item, case, times) for item in case.signatures)


def _when(signature: RightSignature, case: Case, times: Times) -> str:
    who = signature.key_id[:8] if signature.certificate is None else signature.certificate.name
    if signature.path in times.proven:
        return f"{who} signed {times.proven[signature.path]}"
    doubt = times.doubts.get(signature.path)
    why = "" if doubt is None else f" (a timestamp that proves nothing: {doubt.message})"
    if signature.certificate is None:
        return f"{who} is a pinned key without a term{why}"
    return f"{who} is valid on {case.circumstances.now:%Y-%m-%d}{why}"


def key_ids(certified: Sequence[Certified]) -> list[Digest]:
    """Return the key ids of all certificates in all chains."""
    return [one.key_id for item in certified for _, chain in item.chains for one in chain.certificates]


def _issued_by(signature: RightSignature) -> str:
    assert signature.certificate is not None
    return f"{signature.certificate.name}, issued by {name_text(signature.certificate.x509.issuer)}"


def check_times(case: Case, times: Times) -> None:
    """Ask for a proven time where the policy wants one for every signature (step 4).

    Raises:
        TrustPolicyError: a signature has none.
    """
    if case.scoped.timestamp.when is not TimestampWhen.ALWAYS:
        return
    for signature in case.signatures:
        if signature.path not in times.proven:
            doubt = times.doubts.get(signature.path)
            case.audit.fail(
                TrustPolicyError(
                    "the trust policy asks for a timestamp",
                    step=4,
                    path=signature.path,
                    expected="a timestamp by an authority that the trust policy names",
                    found="none" if doubt is None else doubt.message,
                    hint="ask the publisher to sign with a timestamp (plugintool sign --timestamp-url)",
                )
            )


@dataclass(frozen=True, slots=True)
class Revocations:
    """What lists said: a line per certificate, and the highest number of the lists of each issuer, by its key id."""

    details: list[str] = field(default_factory=list)
    numbers: dict[Digest, int] = field(default_factory=dict)

    def add(self, verdict: Unrevoked) -> None:
        """Take in what was said about one chain."""
        self.details.extend(verdict.details)
        for issuer, number in verdict.numbers.items():
            self.numbers[issuer] = max(number, self.numbers.get(issuer, number))


def check_lists(case: Case, certified: Sequence[Certified], times: Times) -> Revocations:
    """Ask the revocation lists about every certificate of every chain, also of those for time (step 5).

    Raises:
        RevokedError, UncheckableError: step 5.
    """
    found = Revocations()
    rule, circumstances = case.scoped.revocation, case.circumstances
    if rule.rule is CrlRule.OFF:
        return found
    lists = _read_lists(circumstances)
    for signature, chain, asked in _chains_to_ask(certified, rule, times):
        evidence = Evidence(
            lists=lists, now=circumstances.now, signed_at=times.signed_at(signature), seen=circumstances.seen
        )
        try:
            found.add(check_revocation(chain, asked, evidence))
        except (RevokedError, UncheckableError) as error:
            case.audit.fail(error)
    return found


def _chains_to_ask(
    certified: Sequence[Certified], rule: RevocationRule, times: Times
) -> Iterator[tuple[RightSignature, Chain, RevocationRule]]:
    """Authorities for time are asked about where a list is at hand: few of them publish one that devices could get."""
    for item in certified:
        yield from ((item.signature, chain, rule) for _, chain in item.chains)
        if item.signature.path in times.proven:
            of_time = RevocationRule(CrlRule.IF_PRESENT, rule.grace)
            yield item.signature, times.proven[item.signature.path].chain, of_time


def _read_lists(circumstances: Circumstances) -> list[RevocationList]:
    try:
        return [read_list(data, what=what) for what, data in circumstances.lists]
    except InputError as error:
        error.detail["hint"] = "fetch the list again, or take the file away"
        raise UncheckableError(error.message, step=5, **error.detail) from error


def has_subject(certificate: Certificate, wanted: Mapping[str, str]) -> bool:
    """Return whether the subject has each of these attributes once, with exactly this value."""
    values: dict[str, list[str]] = {}
    for attribute in certificate.x509.subject:
        values.setdefault(attribute.rfc4514_attribute_name, []).append(str(attribute.value))
    return all(values.get(name) == [value] for name, value in wanted.items())

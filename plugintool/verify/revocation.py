"""Step 5 for certificates: revocation lists (RFC 5280 §5), complete ones of the issuer itself.

For every certificate of a chain but the root, the lists of its issuer are looked for. A list counts when it is signed
by that issuer, who may sign lists, and when nothing in it is critical and not processed. It says one of three things:

* revoked: as a failure, unless a trusted timestamp shows that the signature is older than the trouble. With the reason
  ``keyCompromise`` only an invalidity date can show that, because a thief had the key before it was noticed;
* not revoked: only when the list is fresh, that is not past its next update, with the grace that the policy gives;
* nothing: no list, none that counts, none that is fresh, or one older than a list that was seen before. Under
  ``require`` that fails, because who holds lists back could hide a revocation.

A delta list can only add bad news: what it revokes is revoked, but that a certificate is not on it says nothing.
Indirect lists and lists for some reasons only are not processed.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator, Mapping, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509 import ReasonFlags

from plugintool import limits
from plugintool.digest import Digest
from plugintool.errors import LimitExceededError, MalformedFileError, RevokedError, UncheckableError
from plugintool.frozen import dataclass, field
from plugintool.verify.certificate import Certificate
from plugintool.verify.chain import Chain
from plugintool.verify.policy import CrlRule, RevocationRule

STEP = 5
_COMPROMISED = frozenset({ReasonFlags.key_compromise, ReasonFlags.ca_compromise, ReasonFlags.aa_compromise})
_DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_LIST_EXTENSIONS = (
    x509.CRLNumber,
    x509.AuthorityKeyIdentifier,
    x509.IssuingDistributionPoint,
    x509.DeltaCRLIndicator,
)
_COMPLAINTS = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    Warning,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What ``cryptography`` raises when a part cannot be read."""
_TEXT_SHOWN = 200


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list that was read; its signature was not checked yet."""

    x509: x509.CertificateRevocationList
    number: int | None
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a verdict on revocation rests on.

    Attributes:
        lists: the revocation lists at hand.
        now: the moment of the verdict.
        signed_at: when the signature was made, by a trusted timestamp; None where there is none.
        seen: the highest number of a list that was ever seen, by the key id of its issuer.
    """

    lists: Sequence[RevocationList] = ()
    now: dt.datetime
    signed_at: dt.datetime | None = None
    seen: Mapping[Digest, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrevoked:
    """That a chain is not revoked: one line for each certificate, and the numbers of the lists to remember."""

    details: tuple[str, ...]
    numbers: Mapping[Digest, int]


def read_list(data: bytes, *, what: str) -> RevocationList:
    """Read a revocation list from DER or PEM; total.

    Raises:
        MalformedFileError: it is none, or some part cannot be read.
        LimitExceededError: more than ``limits.CRL_BYTES``.
    """
    if len(data) > limits.CRL_BYTES:
        raise LimitExceededError(f"larger than {limits.CRL_BYTES} bytes", path=what)
    load = x509.load_pem_x509_crl if data.lstrip().startswith(b"-----") else x509.load_der_x509_crl
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = load(data)
            _ = (
                found.issuer,
                found.last_update_utc,
                found.next_update_utc,
            )  # read now, so that they fail here or nowhere
            numbers = [item.value.crl_number for item in found.extensions if isinstance(item.value, x509.CRLNumber)]
    except _COMPLAINTS as error:
        reason = str(error).split("\n", 1)[0][:_TEXT_SHOWN]
        raise MalformedFileError("a revocation list that cannot be read", path=what, found=reason) from error
    return RevocationList(found, numbers[0] if numbers else None, what)


def check_revocation(chain: Chain, rule: RevocationRule, evidence: Evidence) -> Unrevoked:
    """Check that no certificate of a chain is revoked.

    Raises:
        RevokedError: one is, and the signature is not shown to be older.
        UncheckableError: it cannot be told, and the rule is ``require``.
    """
    details: list[str] = []
    numbers: dict[Digest, int] = {}
    for subject, issuer in zip(chain.certificates, chain.certificates[1:], strict=False):
        if rule.rule is CrlRule.OFF:
            continue
        verdict = _Verdict(subject, issuer, rule, evidence)
        details.append(verdict.reach())
        numbers.update(verdict.numbers)
    return Unrevoked(details=tuple(details), numbers=numbers)


class _Verdict:
    """Finds out about one certificate; ``doubts`` collects why a list does not count."""

    def __init__(self, subject: Certificate, issuer: Certificate, rule: RevocationRule, evidence: Evidence) -> None:
        self._subject = subject
        self._issuer = issuer
        self._rule = rule
        self._evidence = evidence
        self._doubts: list[str] = []
        self.numbers: dict[Digest, int] = {}

    def reach(self) -> str:
        """Return what can be said, in one line."""
        counting = [item for item in self._evidence.lists if self._counts(item)]
        excused = [text for item in counting for text in self._look_up(item)]
        fresh = [item for item in counting if not _is_delta(item) and self._is_fresh(item)]
        newest = max((item.number for item in fresh if item.number is not None), default=None)
        if newest is not None:
            self.numbers[self._issuer.key_id] = newest
        if fresh:
            return excused[0] if excused else f"{self._subject.name} is on no list of {self._issuer.name}"
        return self._give_up()

    def _give_up(self) -> str:
        """Nothing can be said: that is a failure where lists are required."""
        doubts = "; ".join(self._doubts) or "no list of this issuer is at hand"
        text = f"whether {self._subject.name} was revoked cannot be told: {doubts}"
        if self._rule.rule is CrlRule.REQUIRE:
            raise UncheckableError(
                text,
                step=STEP,
                expected=f"a fresh revocation list of {self._issuer.name}",
                hint="fetch one with plugintool trust fetch-crl",
            )
        return text

    def _counts(self, item: RevocationList) -> bool:
        """Return whether a list is about this certificate and can be believed."""
        if item.x509.issuer != self._issuer.x509.subject:
            return False
        doubt = signature_doubt(item, self._issuer) or _scope_doubt(item, self._subject)
        if doubt:
            self._doubts.append(f"{item.what}: {doubt}")
        return not doubt

    def _is_fresh(self, item: RevocationList) -> bool:
        now, next_update = self._evidence.now, item.x509.next_update_utc
        seen = self._evidence.seen.get(self._issuer.key_id, -1)
        if item.x509.last_update_utc > now:
            doubt = f"it is from the future, {item.x509.last_update_utc:%Y-%m-%d}"
        elif next_update is None:
            doubt = "it does not say when the next one is due"
        elif now > next_update + self._rule.grace:
            doubt = f"it should have been renewed on {next_update:%Y-%m-%d}"
        elif (item.number if item.number is not None else -1) < seen:
            doubt = f"its number {item.number} is lower than {seen}, which was seen before"
        else:
            return True
        self._doubts.append(f"{item.what}: {doubt}")
        return False

    def _look_up(self, item: RevocationList) -> Iterator[str]:
        """Raise if the list says revoked, and yield why it does not matter if it does not."""
        try:
            entry = item.x509.get_revoked_certificate_by_serial_number(self._subject.x509.serial_number)
        except _COMPLAINTS as error:
            raise UncheckableError(
                f"a revocation list has a broken entry: {error}", step=STEP, path=item.what
            ) from error
        if entry is None:
            return
        reason, border = _trouble(entry)
        if reason is ReasonFlags.remove_from_crl and _is_delta(item):
            return
        signed_at = self._evidence.signed_at
        when = f"on {entry.revocation_date_utc:%Y-%m-%d}, reason {reason.value}"
        if signed_at is None or border is None or signed_at >= border:
            raise RevokedError(
                f"the certificate of {self._subject.name} was revoked {when}",
                step=STEP,
                path=item.what,
                expected="a signature with a trusted timestamp before the trouble",
                found="no timestamp" if signed_at is None else f"signed on {signed_at:%Y-%m-%d}",
                hint="install a release that the publisher signed with another certificate",
            )
        yield f"{self._subject.name} was revoked {when}, after it signed on {signed_at:%Y-%m-%d}"


def _trouble(entry: x509.RevokedCertificate) -> tuple[ReasonFlags, dt.datetime | None]:
    """Return the reason of an entry, and the moment before which signatures still hold; None for no moment."""
    reason, invalid_from = ReasonFlags.unspecified, None
    try:
        extensions = list(entry.extensions)
    except _COMPLAINTS:
        return reason, None
    for extension in extensions:
        if isinstance(extension.value, x509.CRLReason):
            reason = extension.value.reason
        elif isinstance(extension.value, x509.InvalidityDate):
            invalid_from = extension.value.invalidity_date_utc
        elif extension.critical:
            return reason, None
    if reason in _COMPROMISED:
        return reason, invalid_from
    return reason, min(filter(None, (invalid_from, entry.revocation_date_utc)))


def _is_delta(item: RevocationList) -> bool:
    return any(isinstance(extension.value, x509.DeltaCRLIndicator) for extension in item.x509.extensions)


def signature_doubt(item: RevocationList, issuer: Certificate) -> str:
    """Return why a list is not the issuer's, or nothing."""
    for extension in issuer.x509.extensions:
        if isinstance(extension.value, x509.KeyUsage) and not extension.value.crl_sign:
            return f"{issuer.name} may not sign lists"
    key = issuer.x509.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        return "it is signed with a kind of key that is not accepted"
    try:
        digest = item.x509.signature_hash_algorithm
        if digest is not None and not isinstance(digest, _DIGESTS):
            return f"it is signed with {digest.name}"
        right = item.x509.is_signature_valid(key)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        return f"its signature cannot be checked: {error}"
    return "" if right else f"it was not signed by {issuer.name}"


def _scope_doubt(item: RevocationList, subject: Certificate) -> str:
    """Return why a list is not a complete one about this certificate, or nothing."""
    for extension in item.x509.extensions:
        if extension.critical and not isinstance(extension.value, _LIST_EXTENSIONS):
            return f"it has a critical extension that is not processed: {extension.oid.dotted_string}"
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            return _part_doubt(extension.value, subject)
    return ""


def _part_doubt(part: x509.IssuingDistributionPoint, subject: Certificate) -> str:
    if part.indirect_crl or part.only_contains_attribute_certs or part.only_some_reasons or part.relative_name:
        return "it is indirect, or for some reasons only"
    of_authority = is_authority(subject)
    if part.only_contains_user_certs and of_authority:
        return "it only lists certificates of signers"
    if part.only_contains_ca_certs and not of_authority:
        return "it only lists certificates of authorities"
    if part.full_name and not set(part.full_name) & _distribution_points(subject):
        return "it is for another distribution point"
    return ""


def is_authority(subject: Certificate) -> bool:
    """Return whether a certificate says that it is one of an authority."""
    constraints = [item.value for item in subject.x509.extensions if isinstance(item.value, x509.BasicConstraints)]
    return bool(constraints) and constraints[0].ca


def _distribution_points(subject: Certificate) -> set[x509.GeneralName]:
    return {
        name
        for extension in subject.x509.extensions
        if isinstance(extension.value, x509.CRLDistributionPoints)
        for point in extension.value
        for name in point.full_name or ()
        if point.reasons is None and point.crl_issuer is None
    }

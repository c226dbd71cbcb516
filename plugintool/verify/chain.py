"""Step 3: from the signer's certificate to a root of the trust policy.

The path is built by ``cryptography``: signatures with SHA-256 and more, RSA from 2,048 bits, terms, basic constraints,
path length, name constraints of DNS names and addresses. It refuses critical extensions that it does not process and
directory name constraints, which is the safe side. Ours is what a purpose asks of an extension:

=============  ============================================================  =======================================
of             code signing                                                  time stamping (RFC 3161 §2.3)
=============  ============================================================  =======================================
the signer     extended key usage names codeSigning (anyExtendedKeyUsage     extended key usage is critical and
               is not enough); key usage, where there, digitalSignature;     names timeStamping and nothing else
               no authority; a key that ``keys`` accepts
an authority   basic constraints; key usage, where there, keyCertSign; extended key usage, where there, allows the
               purpose
=============  ============================================================  =======================================

A root is trusted for its key and name; its own term counts like that of the others. A certificate that is itself among
the roots needs no other.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store

from plugintool import limits
from plugintool.errors import (
    ExpiredError,
    MalformedFileError,
    UncheckableError,
    UntrustedSignerError,
    VerificationError,
)
from plugintool.frozen import dataclass
from plugintool.verify import keys
from plugintool.verify.certificate import Certificate, name_text

_NAMES_SHOWN = 5
_WRAPPING = re.compile(
    r"^validation failed: |candidates exhausted: |invalid extension: [\d.]+: |"
    r"Python extension validator failed: ValueError: | \(encountered processing.*"
)
"""What ``cryptography`` says around a reason."""
_NOT_PROCESSED = ("unaccounted-for critical", "unsupported")
"""How ``cryptography`` says that it does not process an extension or a constraint."""


class Purpose(StrEnum):
    """What a certificate is used for."""

    CODE_SIGNING = "code signing"
    TIME_STAMPING = "time stamping"

    @property
    def oid(self) -> ObjectIdentifier:
        """Its object identifier in an extended key usage."""
        signing = self is Purpose.CODE_SIGNING
        return ExtendedKeyUsageOID.CODE_SIGNING if signing else ExtendedKeyUsageOID.TIME_STAMPING


@dataclass(frozen=True, slots=True)
class Presented:
    """What a signature brings along: the signer's certificate, and others that may stand above it, in any order."""

    leaf: Certificate
    others: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """A path that was found: the signer's certificate first, the root last; one item when the signer is the root."""

    certificates: tuple[Certificate, ...]

    @property
    def leaf(self) -> Certificate:
        """The signer's certificate."""
        return self.certificates[0]

    def __str__(self) -> str:
        """Return the names from the root down, as the ladder shows them."""
        return " > ".join(certificate.name for certificate in reversed(self.certificates))


def build_chain(
    presented: Presented, roots: Sequence[Certificate], *, moment: dt.datetime, purpose: Purpose, step: int = 3
) -> Chain:
    """Find a path from the signer to one of ``roots``.

    Args:
        presented: the signer's certificate and what came with it.
        roots: what is trusted.
        moment: the time at which each certificate must be valid.
        purpose: what the leaf was used for.
        step: of an error.

    Raises:
        ExpiredError: step 4, a certificate is not valid at ``moment``, not any more or not yet.
        UncheckableError: an extension or constraint that is not processed.
        UntrustedSignerError: any other reason; it names the roots and how far the path came.
    """
    if not roots:
        raise UntrustedSignerError("the trust policy names no root", step=step, found=presented.leaf.name)
    _check_key(presented.leaf, step)
    try:
        found = _verifier(roots, moment, purpose).verify(
            presented.leaf.x509, [other.x509 for other in presented.others]
        )
    except verification.VerificationError as error:
        reached = climb(presented, roots)
        raise _explain(str(error), reached, roots, moment, step) from error
    except ValueError as error:  # an extension that only now turns out to be malformed
        raise UncheckableError(f"the chain cannot be checked: {error}", step=step, found=presented.leaf.name) from error
    known = {certificate.x509: certificate for certificate in (presented.leaf, *presented.others, *roots)}
    return Chain(tuple(known[certificate] for certificate in found.chain))


def leads_to(presented: Presented, roots: Sequence[Certificate]) -> bool:
    """Return whether issuers lead from the signer to one of ``roots``, be the path good or not."""
    return climb(presented, roots)[-1] in roots


def _check_key(leaf: Certificate, step: int) -> None:
    """``cryptography`` does not look at the kind and size of a signer's key."""
    try:
        keys.parse_der(leaf.spki, path=leaf.name)
    except MalformedFileError as error:
        raise UntrustedSignerError(error.message, step=step, **error.detail) from error


def _verifier(roots: Sequence[Certificate], moment: dt.datetime, purpose: Purpose) -> verification.ClientVerifier:
    return (
        PolicyBuilder()
        .store(Store([root.x509 for root in roots]))
        .time(moment.astimezone(dt.UTC).replace(tzinfo=None))
        .max_chain_depth(limits.CHAIN_DEPTH)
        .extension_policies(ca_policy=_authority_policy(purpose), ee_policy=_signer_policy(purpose))
        .build_client_verifier()
    )


def _authority_policy(purpose: Purpose) -> ExtensionPolicy:
    """Return what is asked of the extensions of an authority."""
    return (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _when_present(_may_sign_certificates))
        .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _when_present(_allows(purpose)))
        .may_be_present(x509.PolicyConstraints, Criticality.AGNOSTIC, _when_present(_asks_for_policies))
    )


def _signer_policy(purpose: Purpose) -> ExtensionPolicy:
    """Return what is asked of the extensions of a signer."""
    if purpose is Purpose.CODE_SIGNING:
        criticality, check = Criticality.AGNOSTIC, _names(purpose)
    else:
        criticality, check = Criticality.CRITICAL, _names_only(purpose)
    return (
        ExtensionPolicy.permit_all()
        .require_present(x509.ExtendedKeyUsage, criticality, _when_present(check))
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _when_present(_may_sign_data))
        .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _when_present(_is_no_authority))
    )


def _when_present(check: Callable[[x509.ExtensionType], str]) -> Callable[..., None]:
    """Return a validator of ``cryptography`` around a check that says what is wrong, or nothing."""

    def validate(policy: object, certificate: object, extension: x509.ExtensionType | None) -> None:
        del policy, certificate
        problem = check(extension) if extension is not None else ""
        if problem:
            raise ValueError(problem)

    return validate


def _may_sign_certificates(extension: x509.ExtensionType) -> str:
    assert isinstance(extension, x509.KeyUsage)
    return "" if extension.key_cert_sign else "an authority whose key usage lacks keyCertSign"


def _asks_for_policies(extension: x509.ExtensionType) -> str:
    """Certificate policies are not processed; who marks the question as not critical still asks it."""
    del extension
    return "unsupported policy constraints"


def _may_sign_data(extension: x509.ExtensionType) -> str:
    assert isinstance(extension, x509.KeyUsage)
    allowed = extension.digital_signature or extension.content_commitment
    return "" if allowed else "a signer whose key usage lacks digitalSignature"


def _is_no_authority(extension: x509.ExtensionType) -> str:
    assert isinstance(extension, x509.BasicConstraints)
    return "an authority in the place of a signer" if extension.ca else ""


def _allows(purpose: Purpose) -> Callable[[x509.ExtensionType], str]:
    def check(extension: x509.ExtensionType) -> str:
        assert isinstance(extension, x509.ExtendedKeyUsage)
        allowed = {purpose.oid, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(extension)
        return "" if allowed else f"an authority whose extended key usage lacks {purpose}"

    return check


def _names(purpose: Purpose) -> Callable[[x509.ExtensionType], str]:
    def check(extension: x509.ExtensionType) -> str:
        assert isinstance(extension, x509.ExtendedKeyUsage)
        return "" if purpose.oid in extension else f"a signer whose extended key usage lacks {purpose}"

    return check


def _names_only(purpose: Purpose) -> Callable[[x509.ExtensionType], str]:
    def check(extension: x509.ExtensionType) -> str:
        assert isinstance(extension, x509.ExtendedKeyUsage)
        return "" if list(extension) == [purpose.oid] else f"a signer whose extended key usage is not {purpose} alone"

    return check


def _explain(
    reason: str, reached: Sequence[Certificate], roots: Sequence[Certificate], moment: dt.datetime, step: int
) -> VerificationError:
    """Return the error for a path that was not found, as precise as can be told from how far it came."""
    leaf = reached[0].name
    late = [certificate for certificate in reached if not certificate.is_valid_at(moment)]
    if late:
        return _not_valid(late[0], moment)
    detail = _WRAPPING.sub("", reason)
    if any(mark in reason for mark in _NOT_PROCESSED):
        return UncheckableError(
            f"the chain of {leaf} uses what is not processed here: {detail}",
            step=step,
            found=str(Chain(tuple(reached))),
        )
    if reached[-1] not in roots:
        detail = f"nobody here issued {reached[-1].name}: its issuer is {name_text(reached[-1].x509.issuer)}"
    return UntrustedSignerError(
        f"the certificate of {leaf} does not lead to a root of the trust policy: {detail}",
        step=step,
        expected=f"a chain to {_list_names(roots)}",
        found=str(Chain(tuple(reached))),
        hint="check the publisher's certificates and, with the publisher, the roots in the trust policy",
    )


def _not_valid(certificate: Certificate, moment: dt.datetime) -> ExpiredError:
    start, end = certificate.x509.not_valid_before_utc, certificate.x509.not_valid_after_utc
    state = "was not valid yet" if moment < start else "had expired"
    return ExpiredError(
        f"the certificate of {certificate.name} {state}",
        step=4,  # where a chain leads is step 3, when it was valid is step 4
        expected=f"a moment from {start:%Y-%m-%dT%H:%M:%SZ} to {end:%Y-%m-%dT%H:%M:%SZ}",
        found=f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
        hint="ask the publisher to sign again with a valid certificate, and with a timestamp",
    )


def climb(presented: Presented, roots: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """Return the leaf, and the issuers above it as far as they lead; names and signatures must fit, nothing else."""
    reached = [presented.leaf]
    candidates = [*roots, *presented.others]
    while len(reached) <= limits.CHAIN_DEPTH:
        above = [item for item in candidates if item not in reached and _issued(item, reached[-1])]
        if not above:
            break
        reached.append(above[0])
    return tuple(reached)


def _issued(issuer: Certificate, subject: Certificate) -> bool:
    try:
        subject.x509.verify_directly_issued_by(issuer.x509)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _list_names(certificates: Sequence[Certificate]) -> str:
    names = [certificate.name for certificate in certificates[:_NAMES_SHOWN]]
    more = len(certificates) - len(names)
    return ", ".join([*names, f"{more} more"] if more else names)

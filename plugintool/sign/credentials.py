"""Who signs: a signer, the certificates that speak for its key, and an authority that stamps what it signs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from plugintool.relpath import RelPath
from plugintool.sign.signer import Signer
from plugintool.verify.policy import (
    CertificatePublisher,
    KeyPublisher,
    Pin,
    Publisher,
    Scope,
    ScopedPolicy,
    TrustPolicy,
)
from plugintool.verify.policy_reader import SUBJECT
from plugintool.verify.verified import Level

if TYPE_CHECKING:
    from plugintool.verify.certificate import Certificate  # X.509 is slow to import; a key by itself needs none of it

Stamp: TypeAlias = Callable[[bytes], bytes]
"""Gets a signature value and returns an RFC 3161 response (DER) about it."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Everything that a signature needs from its signer.

    Attributes:
        signer: holds the key.
        certificates: the signer's certificate first, then those above it; empty for a key by itself.
        stamp: asks an authority for a timestamp; None for none.
        lineages: lineage files that travel with trees, by their place in them.
    """

    signer: Signer
    certificates: tuple[Certificate, ...] = ()
    stamp: Stamp | None = None
    lineages: Mapping[RelPath, bytes] = field(default_factory=dict)

    def as_policy(self, name: str) -> TrustPolicy:
        """Return the trust policy that trusts exactly this signer for exactly this name: for checking what was made."""
        scope = Scope(name, ())
        scoped = ScopedPolicy(
            name="signer", scopes=(scope,), level=Level.ENFORCE, publishers=(self._publisher(),), min_sequence=0, at=()
        )
        return TrustPolicy("the signing key", "{}", (scoped,))

    def _publisher(self) -> Publisher:
        if not self.certificates:
            return KeyPublisher((Pin(self.signer.public_key, ()),), 1, ())
        leaf = self.certificates[0]
        names = {item.rfc4514_attribute_name: str(item.value) for item in leaf.x509.subject}
        return CertificatePublisher(
            roots=(self.certificates[-1].der,),
            intermediates=tuple(one.der for one in self.certificates[1:-1]),
            subject={name: value for name, value in names.items() if name in SUBJECT},
            threshold=1,
            at=(),
        )

"""What a verdict depends on besides artifact and trust policy, and the case that is being judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from plugintool.digest import Digest
from plugintool.frozen import dataclass, field
from plugintool.verify.lineage import Descent, Link
from plugintool.verify.policy import ScopedPolicy, TrustPolicy
from plugintool.verify.signatures import RightSignature
from plugintool.verify.steps import Audit


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The moment, the revocation lists at hand, and what this device has seen.

    Attributes:
        now: the moment for which to decide.
        lists: revocation lists as they were found: how messages name one, and its bytes.
        seen: the highest number of a list that was ever seen, by the key id of its issuer.
        proven_at: the highest time that was ever proven here; a clock far behind it cannot be right.
        lineages: what keys said about their successors in artifacts that were seen before.
    """

    now: dt.datetime
    lists: tuple[tuple[str, bytes], ...] = ()
    seen: Mapping[Digest, int] = field(default_factory=dict)
    proven_at: dt.datetime | None = None
    lineages: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One statement that is being judged.

    Attributes:
        signatures: the right ones.
        policy: all publishers; who is known to none of them is a stranger.
        scoped: the publishers and rules for the name in the statement.
        circumstances: the moment and the revocation lists.
        audit: where steps 4 and 5 go when they fail.
        descent: which keys come after which.
    """

    signatures: Sequence[RightSignature]
    policy: TrustPolicy
    scoped: ScopedPolicy
    circumstances: Circumstances
    audit: Audit
    descent: Descent = field(default_factory=Descent)

"""The trust policy: who may sign which plugins, and what is asked of their signatures; values without cryptography.

::

    TrustPolicy ─┬─ ScopedPolicy ─┬─ scopes: the plugin names it is about
                 │                ├─ publishers: pinned keys, or roots and the subject of a certificate
                 │                └─ rules on time, revocation lists, sequence, and what a plugin may do
                 └─ revoked keys and contents

Exactly one policy holds for a plugin name: the one whose matching scope has the most literal characters; a tie is an
error. A publisher is satisfied by signatures of ``threshold`` distinct keys of its own; one satisfied publisher is
enough. ``policy_reader`` reads it from ``trust-policy.json``; reference: docs/reference/trust-policy.md.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Final, TypeAlias

from plugintool import jsontext
from plugintool.digest import Digest
from plugintool.frozen import dataclass, field
from plugintool.jsontext import Pointer
from plugintool.verify.keys import PublicKey
from plugintool.verify.verified import Level

ASPECTS: Final = ("hook_events", "hosts", "commands", "executables", "mcp_servers")
"""What an inventory rule can be about; the names are those of ``plugin.inventory.Inventory``."""


class Kind(StrEnum):
    """What a policy can be about."""

    TREE = "tree"
    BUNDLE = "bundle"


class TimestampWhen(StrEnum):
    """When a signature needs a trusted timestamp."""

    NONE = "none"
    AFTER_EXPIRY = "after-expiry"
    ALWAYS = "always"


class CrlRule(StrEnum):
    """What is asked of revocation lists."""

    OFF = "off"
    IF_PRESENT = "if-present"
    REQUIRE = "require"


@dataclass(frozen=True, slots=True)
class TimestampRule:
    """When a timestamp is needed, and the certificates (DER) that authorities for time must lead to."""

    when: TimestampWhen = TimestampWhen.NONE
    roots: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class RevocationRule:
    """How revocation is checked; ``grace`` is how long past its next update a list still counts."""

    rule: CrlRule = CrlRule.OFF
    grace: dt.timedelta = dt.timedelta(0)


@dataclass(frozen=True, slots=True)
class InventoryRules:
    """What plugins may do: per aspect the patterns that are allowed; an aspect that is not here is not limited."""

    allowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def violations(self, found: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
        """Return aspect and value of everything in an inventory that no pattern allows.

        Args:
            found: the values of each of ``ASPECTS``.
        """
        for aspect, patterns in self.allowed.items():
            forms = [re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL) for pattern in patterns]
            yield from ((aspect, value) for value in found[aspect] if not any(form.fullmatch(value) for form in forms))


@dataclass(frozen=True, slots=True)
class Pin:
    """A pinned key and where it stands in the trust policy."""

    key: PublicKey
    at: Pointer


@dataclass(frozen=True, slots=True)
class KeyPublisher:
    """Some keys, of which ``threshold`` distinct ones must have signed.

    Attributes:
        pins: the keys.
        threshold: how many of them; a key and those that come after it are one.
        at: where it stands in the trust policy.
        follows_lineage: whether a key that a pinned one names as its successor counts in its place.
    """

    pins: tuple[Pin, ...]
    threshold: int
    at: Pointer
    follows_lineage: bool = False

    @property
    def who(self) -> str:
        """Its keys, in one line."""
        return ", ".join(pin.key.key_id for pin in self.pins)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatePublisher:
    """Holders of certificates below some roots whose subject has these attributes.

    Attributes:
        roots: certificates (DER) that a chain must lead to.
        intermediates: certificates (DER) that may stand in between, for signatures that do not bring them along.
        subject: attribute (``CN``, ``O`` …) to value; the subject of the signer's certificate must have each of them,
            once and with exactly this value.
        threshold: how many distinct keys of such holders must have signed.
        at: where it stands in the trust policy.
    """

    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...]
    subject: Mapping[str, str]
    threshold: int
    at: Pointer

    @property
    def who(self) -> str:
        """Its holders, in one line."""
        return f"the holders of {', '.join(f'{name}={value}' for name, value in self.subject.items())}"


Publisher: TypeAlias = KeyPublisher | CertificatePublisher


@dataclass(frozen=True, slots=True)
class Scope:
    """A pattern over plugin names: letters, digits and ``. _ -``, with at most one ``*`` for any run of characters."""

    pattern: str
    at: Pointer

    @property
    def literals(self) -> int:
        """The number of literal characters."""
        return len(self.pattern.replace("*", ""))

    def matches(self, name: str) -> bool:
        """Whether ``name`` is in the scope."""
        before, star, after = self.pattern.partition("*")
        if not star:
            return name == self.pattern
        return name.startswith(before) and name.endswith(after) and len(name) >= self.literals


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedPolicy:
    """What holds for the plugins of some scopes."""

    name: str
    scopes: tuple[Scope, ...]
    level: Level
    publishers: tuple[Publisher, ...]
    min_sequence: int
    at: Pointer
    kinds: tuple[Kind, ...] = tuple(Kind)
    timestamp: TimestampRule = TimestampRule()
    revocation: RevocationRule = RevocationRule()
    inventory: InventoryRules = InventoryRules()

    @property
    def pins(self) -> Iterator[Pin]:
        """The pins of all publishers."""
        return (pin for publisher in self.publishers if isinstance(publisher, KeyPublisher) for pin in publisher.pins)

    @property
    def holders(self) -> Iterator[CertificatePublisher]:
        """The publishers that are known by certificates."""
        return (publisher for publisher in self.publishers if isinstance(publisher, CertificatePublisher))


@dataclass(frozen=True)
class TrustPolicy:
    """A trust policy that has been read; ``path`` and ``text`` are its file, for messages."""

    path: str
    text: str
    policies: tuple[ScopedPolicy, ...]
    revoked_keys: frozenset[Digest] = frozenset()
    revoked_digests: frozenset[Digest] = frozenset()

    @cached_property
    def pins(self) -> Mapping[Digest, Pin]:
        """All pins by key id, whatever their scope; the first place of a key that is pinned several times."""
        found: dict[Digest, Pin] = {}
        for policy in self.policies:
            for pin in policy.pins:
                found.setdefault(pin.key.key_id, pin)
        return found

    @property
    def holders(self) -> Iterator[CertificatePublisher]:
        """All publishers that are known by certificates, whatever their scope."""
        return (publisher for policy in self.policies for publisher in policy.holders)

    def candidates(self, name: str) -> tuple[ScopedPolicy, ...]:
        """Return the policies with the longest scope that ``name`` is in: one, none, or several in a tie."""
        matching = [scope.literals for policy in self.policies for scope in policy.scopes if scope.matches(name)]
        longest = max(matching, default=-1)
        return tuple(
            policy
            for policy in self.policies
            if any(scope.matches(name) and scope.literals == longest for scope in policy.scopes)
        )

    def line_of(self, at: Pointer) -> int:
        """Return the line of a member, from 1."""
        return jsontext.locate(self.text, at)[0]

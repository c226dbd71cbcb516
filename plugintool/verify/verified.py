"""What verification yields: values that exist only if the verifier made them.

A function that takes a ``TrustedStatement`` or a ``VerifiedTree`` needs no check of its own: there is no other way to
get one than ``verifier.authenticate`` and ``verifier.materialise``. Only the verifier holds ``SEAL``
(tests/architecture looks).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from plugintool.digest import Digest
from plugintool.envelope.statement import Statement
from plugintool.relpath import RelPath

if TYPE_CHECKING:
    from plugintool.verify.lineage import Link
    from plugintool.verify.policy import InventoryRules

SEAL: Final = object()
"""Passed by the verifier to the types below."""


class Level(StrEnum):
    """How strict a trust policy is: ``audit`` reports steps 4, 5 and 8 without failing."""

    ENFORCE = "enforce"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedStatement:
    """A statement that passed steps 1 to 6: who said it, and by which policy it is trusted.

    Attributes:
        statement: name, version, kind and sequence of the artifact come from here.
        signers: key ids of the verified signatures that the policy counts, sorted.
        policy_name: the policy that trusts them.
        level: the level of that policy.
        unknown_keys: key ids of signatures that no pin of the trust policy knows; they were not checked.
        reported: what a policy of level ``audit`` would have failed for.
        signature_files: path and bytes of every signature file and lineage file, as checked.
        lineages: what known keys say in them about their successors, for the device to remember.
        checked_at: the time for which all this holds.
        inventory: what the policy lets plugins do, for step 8.
        proven_at: the latest moment that a timestamp proves; None where there is none.
        list_numbers: the highest number of the revocation lists that were asked, by the key id of their issuer.

    Raises:
        TypeError: made by anything else than the verifier.
    """

    statement: Statement
    signers: tuple[Digest, ...]
    policy_name: str
    level: Level
    unknown_keys: tuple[Digest, ...]
    reported: tuple[str, ...]
    signature_files: tuple[tuple[RelPath, bytes], ...]
    checked_at: dt.datetime
    inventory: InventoryRules
    proven_at: dt.datetime | None = None
    list_numbers: Mapping[Digest, int] = field(default_factory=dict)
    lineages: tuple[Link, ...] = ()
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        """Refuse to exist without the seal."""
        _check_seal(seal)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedTree:
    """A directory that passed steps 7 and 8: ``root`` holds exactly what ``trusted`` describes, and belongs to it.

    Raises:
        TypeError: made by anything else than the verifier.
    """

    root: Path
    trusted: TrustedStatement
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        """Refuse to exist without the seal."""
        _check_seal(seal)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedBundle:
    """A bundle that passed all steps that bundles have; nothing can be installed from it.

    Attributes:
        name, version: as the verified bundle manifest says.
        digest: SHA-256 of the bundle without its signature block, which is what an unsigned copy would have.
        dialect: how its block is written, ``D1``, ``D2`` or ``D3``; empty when it has none.
        sequence: as the signature file beside it says; None without one.
        unknown_keys: the key of a signature file beside it that nobody knows, which was not checked.
        signers, policy_name, level, reported, checked_at: as of ``TrustedStatement``.

    Raises:
        TypeError: made by anything else than the verifier.
    """

    name: str
    version: str
    digest: Digest
    dialect: str
    signers: tuple[Digest, ...]
    policy_name: str
    level: Level
    reported: tuple[str, ...]
    checked_at: dt.datetime
    sequence: int | None = None
    unknown_keys: tuple[Digest, ...] = ()
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        """Refuse to exist without the seal."""
        _check_seal(seal)


def _check_seal(seal: object) -> None:
    if seal is not SEAL:
        raise TypeError("only plugintool.verify.verifier makes verified values")

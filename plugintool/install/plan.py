"""Decides what an offered version means for what is installed; pure. The rollback rule is here.

Read from the top, the first line that fits counts:

==================================================  ===========================
offered                                             decision
==================================================  ===========================
same sequence and record as what is installed       nothing, or repair
anything, while the plugin is held                  refused until ``unhold``
sequence below the highest ever seen                refused: rollback
the highest sequence ever seen, another record      refused: rollback
anything else                                       install or update
==================================================  ===========================

The highest sequence outlives ``revert`` and ``uninstall``; when the receipt is lost, that of the stored statements
counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from plugintool import digest
from plugintool.digest import Digest
from plugintool.envelope.statement import Statement
from plugintool.errors import HeldError, RollbackError
from plugintool.install.receipt import Installed, Receipt


class Action(StrEnum):
    """What is done to one plugin."""

    INSTALL = "install"
    UPDATE = "update"
    REPAIR = "repair"
    REVERT = "revert"
    UNINSTALL = "uninstall"
    UNHOLD = "unhold"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class InstallPlan:
    """What is to be done with an offered version, and what is installed now."""

    action: Action
    offered: Statement
    installed: Installed | None


def plan_install(offered: Statement, receipt: Receipt | None, *, is_intact: bool) -> InstallPlan:
    """Decide about one offered version.

    Args:
        offered: the trusted statement.
        receipt: what is remembered; None for a plugin never seen.
        is_intact: whether what is installed is, byte for byte, what a reinstallation would give.

    Raises:
        RollbackError: older than what this device has seen, or other content under a sequence it has seen.
        HeldError: the plugin is held.
    """
    if receipt is None:
        return InstallPlan(Action.INSTALL, offered, None)
    current = receipt.current
    if current is not None and (offered.sequence, offered.digest) == (current.sequence, current.digest):
        return InstallPlan(Action.NOTHING if is_intact else Action.REPAIR, offered, current)
    _check_held(receipt, offered)
    _check_rollback(receipt.highest_sequence, receipt.highest_digest, offered)
    return InstallPlan(Action.INSTALL if current is None else Action.UPDATE, offered, current)


def _check_held(receipt: Receipt, offered: Statement) -> None:
    if receipt.held and receipt.current is not None:
        raise HeldError(
            "the plugin is held at an older version since device revert",
            path=offered.name,
            expected=f"sequence {receipt.current.sequence} (version {receipt.current.version or 'none'})",
            found=f"sequence {offered.sequence} (version {offered.version or 'none'})",
            hint=f"plugintool device unhold {offered.name}",
        )


def _check_rollback(highest: int, seen: Digest, offered: Statement) -> None:
    if offered.sequence < highest:
        raise RollbackError(
            "older than what this device has seen",
            path=offered.name,
            expected=f"a sequence of at least {highest}",
            found=f"sequence {offered.sequence} (version {offered.version or 'none'})",
            hint="install a newer release; to go back to a stored version: plugintool device revert NAME",
        )
    if offered.sequence == highest and offered.digest != seen:
        raise RollbackError(
            f"other content under sequence {highest}, which this device has seen",
            path=offered.name,
            expected=f"record {digest.short(seen)}",
            found=f"record {digest.short(offered.digest)}",
            hint="have the publisher sign it with a higher sequence",
        )

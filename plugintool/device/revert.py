"""Go back to a stored version and hold it there."""

from __future__ import annotations

import datetime as dt

from plugintool.device.change import PluginChange
from plugintool.device.install import installed_of, switch_to
from plugintool.device.session import DeviceOptions, Session, change_each, not_installed, open_session
from plugintool.errors import DamagedStateError, InstallError
from plugintool.install import store
from plugintool.install.destination import check_ours
from plugintool.install.memory import recall
from plugintool.install.plan import Action
from plugintool.install.receipt import Installed, Receipt
from plugintool.report import Report

COMMAND = "device revert"
DIGEST_DIGITS_MIN = 6
"""Digits that a digest must have to be understood as one."""


def revert(name: str, *, to: str | None, options: DeviceOptions, now: dt.datetime) -> Report[PluginChange]:
    """Make a stored version current again: verified against the trust policy of today, then held.

    Args:
        name: the plugin.
        to: a version, or the first digits of a record's digest; None for the version before this one.
        options: where and how.
        now: the present time.

    Raises:
        InstallError: the device as a whole cannot be used.
        TrustPolicyError: the trust policy of the device cannot be used.
    """
    with open_session(options, now=now) as session:
        return change_each(COMMAND, [name], lambda one: _revert(session, one, to), state=session.state)


def choose_version(receipt: Receipt, to: str | None) -> Installed:
    """Return the previous version that ``to`` names.

    Raises:
        InstallError: none, with the versions that there are.
    """
    for version in receipt.previous:
        if to is None or version.version == to or _names_digest(version, to):
            return version
    kept = [f"{version.version or 'no version'} ({version.digest[:12]})" for version in receipt.previous]
    raise InstallError(
        "there is no such stored version" if to else "there is no earlier version in the store",
        path=receipt.name,
        found=to or "",
        expected=", ".join(kept) or "a stored version",
        hint="plugintool device status lists the stored versions",
    )


def _names_digest(version: Installed, to: str) -> bool:
    return len(to) >= DIGEST_DIGITS_MIN and version.digest.startswith(to)


def _revert(session: Session, name: str, to: str | None) -> PluginChange:
    state, now = session.state, session.now
    receipt = recall(state.layout, name, now=now).receipt
    if receipt is None or receipt.current is None:
        raise not_installed(name, receipt)
    if to is None and state.finished == (Action.REVERT, name):
        return _as_finished(receipt, receipt.current)  # a second step back is not what was asked for
    chosen = choose_version(receipt, to)
    stored = store.find_stored(state.layout, name, chosen.directory)
    if stored is None:
        raise DamagedStateError("the stored version is gone", path=str(state.layout.stored(name, chosen.directory)))
    check_ours(state.layout, name, receipt)
    if session.dry_run:
        trusted, _ = store.check_stored(name, stored, session.judge)
        after = installed_of(trusted, chosen.directory, now=now)
    else:
        trusted, stored = store.restore(state, name, stored, session.judge)
        session.remember(trusted)
        after = switch_to(session, Action.REVERT, receipt, trusted=trusted, stored=stored)
    return PluginChange(
        name=name,
        action=Action.REVERT,
        before=receipt.current,
        after=after,
        held=True,
        dry_run=session.dry_run,
        reported=trusted.reported,
    )


def _as_finished(receipt: Receipt, current: Installed) -> PluginChange:
    """Report the revert that was interrupted the last time and has been finished before this one."""
    before = receipt.previous[0] if receipt.previous else None
    return PluginChange(name=receipt.name, action=Action.REVERT, before=before, after=current, held=receipt.held)

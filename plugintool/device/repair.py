"""Put installed plugins back to what was signed, from the store."""

from __future__ import annotations

import datetime as dt

from plugintool.device.change import PluginChange
from plugintool.device.install import switch_to
from plugintool.device.session import DeviceOptions, Session, change_each, known_names, not_installed, open_session
from plugintool.errors import DamagedStateError
from plugintool.install import store
from plugintool.install.destination import check_ours
from plugintool.install.layout import Layout
from plugintool.install.memory import find_differences, recall
from plugintool.install.plan import Action
from plugintool.install.receipt import Installed, Receipt
from plugintool.install.state import DeviceState
from plugintool.report import Report

COMMAND = "device repair"


def repair(names: tuple[str, ...], *, options: DeviceOptions, now: dt.datetime) -> Report[PluginChange]:
    """Repair the named plugins, or all that are installed; verified against the trust policy of today.

    Raises:
        InstallError: the device as a whole cannot be used.
        TrustPolicyError: the trust policy of the device cannot be used.
    """
    with open_session(options, now=now) as session:
        chosen = names or _installed_names(session.layout, now)
        return change_each(COMMAND, chosen, lambda name: _repair(session, name), state=session.state)


def _installed_names(layout: Layout, now: dt.datetime) -> tuple[str, ...]:
    receipts = {name: recall(layout, name, now=now).receipt for name in known_names(layout)}
    return tuple(name for name, receipt in receipts.items() if receipt is not None and receipt.current is not None)


def _repair(session: Session, name: str) -> PluginChange:
    memory = recall(session.layout, name, now=session.now)
    receipt = memory.receipt
    if receipt is None or receipt.current is None:
        raise not_installed(name, receipt)
    is_needed = memory.is_rebuilt or bool(find_differences(session.layout, receipt))
    return PluginChange(
        name=name,
        action=Action.REPAIR if is_needed else Action.NOTHING,
        before=receipt.current,
        after=_restore(session, receipt) if is_needed else receipt.current,
        held=receipt.held,
        dry_run=session.dry_run,
    )


def _restore(session: Session, receipt: Receipt) -> Installed | None:
    state, name = session.state, receipt.name
    check_ours(state.layout, name, receipt)
    stored = _find(state, receipt)
    if session.dry_run:
        store.check_stored(name, stored, session.judge)
        return receipt.current
    trusted, stored = store.restore(state, name, stored, session.judge)
    session.remember(trusted)
    return switch_to(session, Action.REPAIR, receipt, trusted=trusted, stored=stored)


def _find(state: DeviceState, receipt: Receipt) -> store.StoredVersion:
    assert receipt.current is not None
    stored = store.find_stored(state.layout, receipt.name, receipt.current.directory)
    if stored is None:
        raise DamagedStateError(
            "the stored version is gone",
            path=str(state.layout.stored(receipt.name, receipt.current.directory)),
            hint="install the plugin again from its artifact",
        )
    return stored

"""Take plugins away; what was seen of them stays remembered."""

from __future__ import annotations

import datetime as dt

from plugintool.device.change import PluginChange
from plugintool.device.session import DeviceOptions, change_device, change_each, not_installed
from plugintool.install.destination import check_ours
from plugintool.install.journal import Change
from plugintool.install.memory import recall
from plugintool.install.plan import Action
from plugintool.install.receipt import after_removal
from plugintool.install.state import DeviceState
from plugintool.install.transaction import commit
from plugintool.report import Report

COMMAND = "device uninstall"


def uninstall(names: tuple[str, ...], *, options: DeviceOptions, now: dt.datetime) -> Report[PluginChange]:
    """Take each plugin away; the highest sequence stays remembered, so that no older release can come in later.

    Raises:
        InstallError: the device as a whole cannot be used.
    """
    with change_device(options) as state:
        return change_each(COMMAND, names, lambda name: _uninstall(state, name, now), state=state)


def _uninstall(state: DeviceState, name: str, now: dt.datetime) -> PluginChange:
    receipt = recall(state.layout, name, now=now).receipt
    if receipt is None:
        raise not_installed(name, None)
    is_needed = receipt.current is not None
    if is_needed:
        check_ours(state.layout, name, receipt)
        if not state.dry_run:
            commit(state, Change(Action.UNINSTALL.value, after_removal(receipt, now=now)), None)
    return PluginChange(
        name=name,
        action=Action.UNINSTALL if is_needed else Action.NOTHING,
        before=receipt.current,
        after=None,
        dry_run=state.dry_run,
    )

"""Let go of a plugin that ``revert`` holds, so that it is updated again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from plugintool.device.change import PluginChange
from plugintool.device.session import DeviceOptions, change_device, change_each, not_installed
from plugintool.install.memory import recall
from plugintool.install.plan import Action
from plugintool.install.state import DeviceState
from plugintool.install.transaction import write_receipt
from plugintool.report import Report

COMMAND = "device unhold"


def unhold(names: tuple[str, ...], *, options: DeviceOptions, now: dt.datetime) -> Report[PluginChange]:
    """Let each plugin be updated again; nothing else changes.

    Raises:
        InstallError: the device as a whole cannot be used.
    """
    with change_device(options) as state:
        return change_each(COMMAND, names, lambda name: _unhold(state, name, now), state=state)


def _unhold(state: DeviceState, name: str, now: dt.datetime) -> PluginChange:
    receipt = recall(state.layout, name, now=now).receipt
    if receipt is None or receipt.current is None:
        raise not_installed(name, receipt)
    if receipt.held and not state.dry_run:
        write_receipt(state, replace(receipt, held=False))
    return PluginChange(
        name=name,
        action=Action.UNHOLD if receipt.held else Action.NOTHING,
        before=receipt.current,
        after=receipt.current,
        dry_run=state.dry_run,
    )

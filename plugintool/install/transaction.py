"""Makes one change behind the journal, so that it is whole or not at all, whenever the machine stops.

Order: prepare (everything that needs room) → journal → switch → settle bump → receipt → journal away → collect. Before
the journal is written, nothing that counts has changed; afterwards ``recover`` finishes the change, as often as needed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from plugintool.errors import InstallError
from plugintool.install import journal, receipt, switch
from plugintool.install.destination import look_at
from plugintool.install.journal import Change
from plugintool.install.layout import LINK
from plugintool.install.receipt import read_receipt
from plugintool.install.state import DeviceState, install_errors
from plugintool.install.store import StoredVersion, collect, find_stored


def commit(state: DeviceState, change: Change, stored: StoredVersion | None) -> None:
    """Make a change.

    Args:
        state: the device, locked and recovered.
        change: what is to become of the plugin; its place was checked (``destination.check_ours``).
        stored: the version in the store that becomes current; None when the plugin goes.

    Raises:
        InstallError: the system refused; nothing has changed, or the message says that the next run finishes it.
    """
    with install_errors(state.layout.state):
        apply = switch.prepare(state, change, stored)
        remembered = state.write_temporary(receipt.render(change.receipt))
        state.replace_file(state.layout.journal, journal.render(change))
    _apply(state, change, apply)
    with _unfinished(change):
        _finish(state, change, remembered)


def recover(state: DeviceState) -> Change | None:
    """Finish the change that was interrupted, if there is one, and return it. Can itself be interrupted.

    Raises:
        DamagedStateError: the journal cannot be read.
        InstallError: the system refused; run it again.
    """
    change = journal.read_journal(state.layout)
    if change is None:
        return None
    with _unfinished(change):
        current = change.receipt.current
        stored = None if current is None else find_stored(state.layout, change.name, current.directory)
        if current is not None and stored is None:
            _withdraw(state)  # somebody removed the stored version: what was there before stays
            return None
        switch.prepare(state, change, stored)()
        _finish(state, change, state.write_temporary(receipt.render(change.receipt)))
    return change


def write_receipt(state: DeviceState, changed: receipt.Receipt) -> None:
    """Change a receipt and nothing else.

    Raises:
        InstallError: the system refused; nothing has changed.
    """
    with install_errors(state.layout.receipts):
        state.replace_file(state.layout.receipt(changed.name), receipt.render(changed))


def collect_unneeded(state: DeviceState, name: str) -> None:
    """Remove stored versions that no receipt needs; what cannot be removed now is removed next time.

    A plugin without a receipt keeps everything: what is stored then says which releases were seen.
    """
    remembered = read_receipt(state.layout, name)
    if remembered is not None and not state.layout.journal.exists():
        with contextlib.suppress(OSError):
            collect(state, remembered.directories, name)


def forget_unseen(state: DeviceState, name: str) -> None:
    """Remove what a failed first installation left in the store, so that it does not count as seen."""
    if not state.layout.receipt(name).exists() and not state.layout.journal.exists():
        with contextlib.suppress(OSError):
            collect(state, frozenset(), name)


def _apply(state: DeviceState, change: Change, apply: switch.Apply) -> None:
    before = look_at(state.layout, change.name)
    with _unfinished(change):
        try:
            apply()
        except OSError:
            if change.receipt.mode != LINK or look_at(state.layout, change.name) != before:
                raise
            with install_errors(state.layout.org_plugins):
                _withdraw(state)
                raise


def _finish(state: DeviceState, change: Change, remembered: Path) -> None:
    state.place_file(remembered, state.layout.receipt(change.name))
    _withdraw(state)
    collect_unneeded(state, change.name)


def _withdraw(state: DeviceState) -> None:
    state.fs.remove_file(state.layout.journal)
    state.fs.sync_directory(state.layout.journal.parent)


@contextlib.contextmanager
def _unfinished(change: Change) -> Iterator[None]:
    """Turn what the system refuses half-way into an error that says so."""
    try:
        yield
    except OSError as error:
        raise InstallError(
            f"the {change.action} of {change.name} was interrupted: {(error.strerror or str(error)).lower()}",
            path=str(error.filename or ""),
            hint="remove the cause and run any device command that changes something: it finishes this first",
        ) from error

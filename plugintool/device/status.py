"""Say what is installed, and whether the app sees what was signed."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from plugintool import clock
from plugintool.device.session import known_names, looking, not_installed
from plugintool.errors import PlugintoolError
from plugintool.frozen import dataclass
from plugintool.install.compare import Difference, Kind
from plugintool.install.journal import read_journal
from plugintool.install.layout import Layout
from plugintool.install.location import check_directories
from plugintool.install.memory import find_differences, recall
from plugintool.install.receipt import Installed, Receipt
from plugintool.jsontext import JsonObject
from plugintool.report import Outcome, Report

COMMAND = "device status"


class PluginState(StrEnum):
    """Whether the app sees what was signed."""

    INTACT = "intact"
    MODIFIED = "modified"
    MISSING = "missing"
    CHANGING = "changing"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginStatus:
    """One installed plugin; ``previous``: versions that ``device revert`` can go back to, latest first."""

    name: str
    current: Installed
    state: PluginState
    held: bool
    highest_sequence: int
    previous: tuple[Installed, ...]

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "name": self.name,
            "version": self.current.version,
            "sequence": self.current.sequence,
            "digest": self.current.digest,
            "state": self.state.value,
            "held": self.held,
            "highest_sequence": self.highest_sequence,
            "installed_at": clock.format_utc(self.current.installed_at),
            "signers": list(self.current.signers),
            "policy": self.current.policy,
            "previous": [version.as_json() for version in self.previous],
        }


def show_status(names: tuple[str, ...], *, layout: Layout, now: dt.datetime) -> Report[PluginStatus]:
    """Look at the named plugins, or at all that are installed; nothing is locked or written.

    Raises:
        UntrustedLocationError: somebody else can write where we trust, or the device is not set up.
        DamagedStateError: the journal cannot be read.
    """
    check_directories(layout)
    change = read_journal(layout)
    changing = None if change is None else change.name
    outcomes = (_outcome(layout, name, names, changing, now) for name in names or known_names(layout))
    return Report(COMMAND, tuple(outcome for outcome in outcomes if outcome is not None))


def judge(differences: list[Difference]) -> PluginState:
    """Return the state that differences amount to; the plugin is missing when the app finds nothing at all."""
    if not differences:
        return PluginState.INTACT
    is_missing = any(difference.kind is Kind.MISSING and not difference.path for difference in differences)
    return PluginState.MISSING if is_missing else PluginState.MODIFIED


def _outcome(
    layout: Layout, name: str, asked: tuple[str, ...], changing: str | None, now: dt.datetime
) -> Outcome[PluginStatus] | None:
    try:
        with looking():
            receipt = recall(layout, name, now=now).receipt
            if receipt is None or receipt.current is None:
                return Outcome(subject=name, error=not_installed(name, receipt)) if name in asked else None
            return Outcome(subject=name, value=_status(layout, receipt, receipt.current, changing))
    except PlugintoolError as error:
        return Outcome(subject=name, error=error)


def _status(layout: Layout, receipt: Receipt, current: Installed, changing: str | None) -> PluginStatus:
    is_changing = receipt.name == changing
    return PluginStatus(
        name=receipt.name,
        current=current,
        state=PluginState.CHANGING if is_changing else judge(find_differences(layout, receipt)),
        held=receipt.held,
        highest_sequence=receipt.highest_sequence,
        previous=receipt.previous,
    )

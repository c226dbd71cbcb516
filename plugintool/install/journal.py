"""The journal: the one change that is being made, written before anything visible changes and removed after it.

It holds the receipt as it will be; with that and the store the change can be finished from any point
(``transaction.recover``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from plugintool import jsontext
from plugintool.install.layout import Layout
from plugintool.install.receipt import Receipt, damaged, parse_receipt, read_state_file

JOURNAL_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one plugin.

    Attributes:
        action: what it is, for messages.
        receipt: the receipt after it; ``current`` None means that the plugin goes.
        migrates: whether a directory that we wrote is replaced by a link.
    """

    action: str
    receipt: Receipt
    migrates: bool = False

    @property
    def name(self) -> str:
        """The plugin."""
        return self.receipt.name


def render(change: Change) -> bytes:
    """Return the bytes on disk."""
    return jsontext.pretty(
        {
            "journal_version": JOURNAL_VERSION,
            "action": change.action,
            "migrates": change.migrates,
            "receipt": change.receipt.as_json(),
        }
    )


def read_journal(layout: Layout) -> Change | None:
    """Return the change that was interrupted, or None.

    Raises:
        DamagedStateError: the file is there and cannot be read.
    """
    path = layout.journal
    if not path.exists():
        return None
    value = read_state_file(path)
    if not isinstance(value, dict) or set(value) != {"journal_version", "action", "migrates", "receipt"}:
        raise damaged(path, "a member is missing or unknown")
    if value["journal_version"] != JOURNAL_VERSION:
        raise damaged(path, f"its version is {value['journal_version']!r}, not {JOURNAL_VERSION}")
    return Change(str(value["action"]), parse_receipt(value["receipt"], path=path), value["migrates"] is True)

"""``seen.json``: the highest time that was ever proven to this device, and the highest number of each issuer's lists.

::

    {"seen_version": 1,
     "trusted_time": "2026-11-24T12:00:00Z" | null,
     "lists": [{"issuer": KEY ID, "number": "7"}]}

The time rises by timestamps only, never by the local clock: a clock that was once wrong spoils nothing, and one that is
set back is noticed. The numbers keep an older revocation list from being given for a newer one. The file is only
believed because nobody but the administrator can write it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from plugintool import clock, jsontext, limits
from plugintool.digest import Digest, parse_digest
from plugintool.errors import DamagedStateError, InputError, InstallError
from plugintool.install.layout import Layout
from plugintool.install.state import DeviceState
from plugintool.jsontext import JsonValue
from plugintool.tree.directory import read_bounded
from plugintool.verify.verified import TrustedStatement

SEEN_VERSION: Final = 1
_MEMBERS: Final = {"seen_version", "trusted_time", "lists"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen: the highest proven time, None before the first, and list numbers by the key id of the issuer."""

    trusted_time: dt.datetime | None = None
    lists: Mapping[Digest, int] = field(default_factory=dict)

    def after(self, trusted: TrustedStatement) -> Seen:
        """Return what has been seen when an artifact was accepted: nothing ever sinks."""
        times = [time for time in (self.trusted_time, trusted.proven_at) if time is not None]
        risen = {issuer: max(number, self.lists.get(issuer, 0)) for issuer, number in trusted.list_numbers.items()}
        return Seen(max(times, default=None), {**self.lists, **risen})


def read_seen(layout: Layout) -> Seen:
    """Return what was seen; nothing when there is no file yet.

    Raises:
        DamagedStateError: the file is there and cannot be read.
    """
    path = layout.seen
    if not path.exists():
        return Seen()
    try:
        value = jsontext.read_strict(read_bounded(path, max_bytes=limits.SEEN_BYTES), path=str(path))
    except InputError as error:
        raise _damaged(layout, error.message) from error
    if not isinstance(value, dict) or set(value) != _MEMBERS:
        raise _damaged(layout, "a member is missing or unknown")
    items = value["lists"]
    if value["seen_version"] != SEEN_VERSION or not isinstance(items, list):
        raise _damaged(layout, f"its version is {value['seen_version']!r}, not {SEEN_VERSION}")
    return Seen(_time(value["trusted_time"], layout), dict(_number(item, layout) for item in items))


def remember_seen(state: DeviceState, trusted: TrustedStatement) -> Seen:
    """Add what an accepted artifact proves, durably, and return all; nothing is written when nothing rises.

    Args:
        state: of the device, locked.
        trusted: passed all steps.

    Raises:
        DamagedStateError: the file cannot be read.
        InstallError: it would become too large.
        OSError: it cannot be written.
    """
    before = read_seen(state.layout)
    after = before.after(trusted)
    if after != before:
        state.replace_file(state.layout.seen, _render(after, state.layout))
    return after


def _render(seen: Seen, layout: Layout) -> bytes:
    time = None if seen.trusted_time is None else clock.format_utc(seen.trusted_time)
    lists: list[JsonValue] = [{"issuer": issuer, "number": str(seen.lists[issuer])} for issuer in sorted(seen.lists)]
    data = jsontext.pretty({"seen_version": SEEN_VERSION, "trusted_time": time, "lists": lists})
    if len(data) > limits.SEEN_BYTES:
        raise InstallError(
            "more issuers of revocation lists than a device remembers",
            path=str(layout.seen),
            expected=f"at most {limits.SEEN_BYTES} bytes",
        )
    return data


def _time(value: JsonValue, layout: Layout) -> dt.datetime | None:
    if value is None:
        return None
    try:
        return clock.parse_utc(value if isinstance(value, str) else "")
    except (ValueError, OverflowError) as error:
        raise _damaged(layout, "its time is none") from error


def _number(value: JsonValue, layout: Layout) -> tuple[Digest, int]:
    """Read one number: in decimal digits, since those of lists (RFC 5280 §5.2.3) are larger than JSON's integers."""
    if not isinstance(value, dict) or set(value) != {"issuer", "number"}:
        raise _damaged(layout, "a list has other members")
    issuer, number = parse_digest(value["issuer"]), value["number"]
    is_number = isinstance(number, str) and number.isascii() and number.isdigit() and len(number) <= limits.CRL_DIGITS
    if issuer is None or not is_number:
        raise _damaged(layout, "a list has a wrong value")
    return issuer, int(str(number))


def _damaged(layout: Layout, reason: str) -> DamagedStateError:
    return DamagedStateError(
        f"our own state cannot be read: {reason}",
        path=str(layout.seen),
        hint="put it back from a backup; or check the clock of this device and the lists in crls, then move the file "
        "away: without it neither a clock that was set back nor an old list is noticed until the next timestamp",
    )

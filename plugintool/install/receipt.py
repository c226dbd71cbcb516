"""Receipts: what we remember of each plugin that was ever installed, one JSON file each.

A receipt outlives the plugin: after ``uninstall`` it keeps the highest sequence seen, so that an older release cannot
come in again. Reference: docs/reference/device-files.md.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from plugintool import clock, jsontext, limits
from plugintool.digest import Digest, parse_digest
from plugintool.errors import DamagedStateError, InputError
from plugintool.install.layout import LINK, PER_FILE, Layout
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.tree.directory import read_bounded

RECEIPT_VERSION: Final = 1
_STATE_BYTES: Final = 1 * limits.MIB
"""Bytes of a receipt or a journal that is read; real ones have a few thousand."""
_SUFFIX: Final = ".json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One version as it was installed.

    Attributes:
        version: of the plugin, may be empty.
        sequence: orders the releases.
        digest: of the record.
        sync_version: what version.json says, without the settle suffix.
        directory: its name below ``store/<plugin>``.
        signers: key ids that were counted.
        policy: the trust policy's entry that trusted them.
        installed_at: when it was made current.
        until: when it ceased to be current; None while it is.
    """

    version: str
    sequence: int
    digest: Digest
    sync_version: str
    directory: str
    signers: tuple[str, ...]
    policy: str
    installed_at: dt.datetime
    until: dt.datetime | None = None

    def as_json(self) -> JsonObject:
        """Return the form in the receipt."""
        return {
            "version": self.version,
            "sequence": self.sequence,
            "digest": self.digest,
            "sync_version": self.sync_version,
            "directory": self.directory,
            "signers": list(self.signers),
            "policy": self.policy,
            "installed_at": clock.format_utc(self.installed_at),
            "until": None if self.until is None else clock.format_utc(self.until),
        }


@dataclass(frozen=True, slots=True)
class Retired:
    """A stored directory that was replaced by a repair: kept until no reader can hold it any more."""

    directory: str
    until: dt.datetime

    def as_json(self) -> JsonObject:
        """Return the form in the receipt."""
        return {"directory": self.directory, "until": clock.format_utc(self.until)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What is remembered of one plugin.

    Attributes:
        name: the plugin.
        mode: how it was switched, ``link`` or ``per_file``.
        highest_sequence: of all releases that were ever installed here.
        highest_digest: the record digest of that release.
        settle: how often the plugin was switched; the suffix of version.json.
        held: an administrator has gone back to an older version; no update until ``device unhold``.
        current: what is installed; None after ``uninstall``.
        previous: what was, latest first.
        retired: stored directories that only wait to be collected.
    """

    name: str
    mode: str
    highest_sequence: int
    highest_digest: Digest
    settle: int = 0
    held: bool = False
    current: Installed | None = None
    previous: tuple[Installed, ...] = ()
    retired: tuple[Retired, ...] = ()

    def as_json(self) -> JsonObject:
        """Return the form on disk."""
        return {
            "receipt_version": RECEIPT_VERSION,
            "name": self.name,
            "mode": self.mode,
            "highest_sequence": self.highest_sequence,
            "highest_digest": self.highest_digest,
            "settle": self.settle,
            "held": self.held,
            "current": None if self.current is None else self.current.as_json(),
            "previous": [version.as_json() for version in self.previous],
            "retired": [directory.as_json() for directory in self.retired],
        }

    @property
    def directories(self) -> frozenset[str]:
        """The stored directories that this receipt still needs."""
        versions = (*self.previous, *(() if self.current is None else (self.current,)))
        return frozenset([version.directory for version in versions] + [gone.directory for gone in self.retired])


def after_switch(receipt: Receipt, installed: Installed, *, held: bool, now: dt.datetime) -> Receipt:
    """Return the receipt for a switch to ``installed``: settle counted up, what no reader can hold any more let go."""
    is_newest = installed.sequence >= receipt.highest_sequence
    closed = _closed(receipt, now)
    others = tuple(version for version in closed if version.digest != installed.digest)
    changed = replace(
        receipt,
        highest_sequence=max(receipt.highest_sequence, installed.sequence),
        highest_digest=installed.digest if is_newest else receipt.highest_digest,
        settle=receipt.settle + 1,
        held=held,
        current=installed,
        previous=_keep(others, now),
        retired=(),
    )
    return replace(changed, retired=_retire(receipt, closed, changed.directories, now))


def after_removal(receipt: Receipt, *, now: dt.datetime) -> Receipt:
    """Return the receipt for an uninstalled plugin: the highest sequence and the settle count stay."""
    closed = _closed(receipt, now)
    changed = replace(receipt, held=False, current=None, previous=_keep(closed, now), retired=())
    return replace(changed, retired=_retire(receipt, closed, changed.directories, now))


def render(receipt: Receipt) -> bytes:
    """Return the bytes on disk."""
    return jsontext.pretty(receipt.as_json())


def read_receipt(layout: Layout, name: str) -> Receipt | None:
    """Read the receipt of ``name``; None when there is none.

    Raises:
        DamagedStateError: it is there and cannot be read.
    """
    path = layout.receipt(name)
    if not path.exists():
        return None
    found = parse_receipt(read_state_file(path), path=path)
    if found.name != name:
        raise damaged(path, f"it is the receipt of {found.name!r}")
    return found


def receipt_names(layout: Layout) -> list[str]:
    """Return the names that have a receipt, sorted."""
    if not layout.receipts.is_dir():
        return []
    return sorted(path.name.removesuffix(_SUFFIX) for path in layout.receipts.iterdir() if path.suffix == _SUFFIX)


def read_state_file(path: Path) -> JsonValue:
    """Return what a receipt or a journal holds.

    Raises:
        DamagedStateError: it cannot be read.
    """
    try:
        return jsontext.read_strict(read_bounded(path, max_bytes=_STATE_BYTES), path=str(path))
    except InputError as error:
        raise damaged(path, error.message) from error


def parse_receipt(value: JsonValue, *, path: Path) -> Receipt:
    """Read a receipt from its JSON form.

    Raises:
        DamagedStateError: it is not what ``Receipt.as_json`` gives.
    """
    try:
        receipt = _receipt(value)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(path, f"a member is missing or wrong ({error})") from error
    if receipt.as_json() != value:
        raise damaged(path, "it holds members that this version does not know")
    return receipt


def damaged(path: Path, reason: str) -> DamagedStateError:
    """Return the error for a file of our state that cannot be used."""
    return DamagedStateError(
        f"our own state cannot be read: {reason}",
        path=str(path),
        hint="move the file away and install the plugin again; the stored statement keeps older releases out",
    )


def _receipt(value: JsonValue) -> Receipt:
    members = _object(value)
    mode, digest = _text(members["mode"]), parse_digest(members["highest_digest"])
    if members["receipt_version"] != RECEIPT_VERSION or mode not in {LINK, PER_FILE} or digest is None:
        raise ValueError("receipt_version, mode or highest_digest")
    current = members["current"]
    return Receipt(
        name=_text(members["name"]),
        mode=mode,
        highest_sequence=_number(members["highest_sequence"]),
        highest_digest=digest,
        settle=_number(members["settle"]),
        held=bool(members["held"]),
        current=None if current is None else _installed(current),
        previous=tuple(_installed(version) for version in _list(members["previous"])),
        retired=tuple(_retired(gone) for gone in _list(members["retired"])),
    )


def _installed(value: JsonValue) -> Installed:
    members = _object(value)
    digest, until = parse_digest(members["digest"]), members["until"]
    if digest is None:
        raise ValueError("digest")
    return Installed(
        version=_text(members["version"]),
        sequence=_number(members["sequence"]),
        digest=digest,
        sync_version=_text(members["sync_version"]),
        directory=_segment(members["directory"]),
        signers=tuple(_text(signer) for signer in _list(members["signers"])),
        policy=_text(members["policy"]),
        installed_at=clock.parse_utc(_text(members["installed_at"])),
        until=None if until is None else clock.parse_utc(_text(until)),
    )


def _retired(value: JsonValue) -> Retired:
    members = _object(value)
    return Retired(_segment(members["directory"]), clock.parse_utc(_text(members["until"])))


def _object(value: JsonValue) -> JsonObject:
    if not isinstance(value, dict):
        raise TypeError("no object")
    return value


def _list(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _segment(value: JsonValue) -> str:
    text = _text(value)
    if not text or "/" in text or "\\" in text or text in {".", ".."}:
        raise ValueError(f"{text!r} is no name of a directory")
    return text


def _number(value: JsonValue) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("no count")
    return value


def _closed(receipt: Receipt, now: dt.datetime) -> tuple[Installed, ...]:
    if receipt.current is None:
        return receipt.previous
    return (replace(receipt.current, until=now), *receipt.previous)


def _keep(versions: tuple[Installed, ...], now: dt.datetime) -> tuple[Installed, ...]:
    """The latest of the previous versions, and those that were current less than a day ago."""
    return tuple(
        version
        for index, version in enumerate(versions)
        if index == 0 or version.until is None or _is_recent(version.until, now)
    )


def _retire(
    receipt: Receipt, closed: tuple[Installed, ...], kept: frozenset[str], now: dt.datetime
) -> tuple[Retired, ...]:
    """The directories that nothing names any more and that a reader may still hold."""
    gone = [Retired(version.directory, version.until or now) for version in closed] + list(receipt.retired)
    return tuple(one for one in gone if one.directory not in kept and _is_recent(one.until, now))


def _is_recent(until: dt.datetime, now: dt.datetime) -> bool:
    return (now - until).total_seconds() < limits.STORE_KEEP_SECONDS

"""What this device knows of one plugin: its receipt, or what the store says when the receipt is lost.

And, with that, what of the installed files is not as it should be.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plugintool.envelope.statement import Statement
from plugintool.errors import InputError
from plugintool.install.compare import Difference, Kind, compare_tree
from plugintool.install.destination import Destination, DestinationKind, link_text, look_at
from plugintool.install.layout import LINK, Layout
from plugintool.install.location import owner_problem
from plugintool.install.receipt import Installed, Receipt, read_receipt
from plugintool.install.store import StoredVersion, find_stored, stored_versions
from plugintool.tree import version_file
from plugintool.tree.directory import read_bounded
from plugintool.tree.record import VERSION_FILE

_PLUGIN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")
"""What a statement accepts as a name."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known; ``receipt`` is None for a plugin never seen, ``is_rebuilt`` says that its file was lost."""

    receipt: Receipt | None
    is_rebuilt: bool = False


def recall(layout: Layout, name: str, *, now: dt.datetime) -> Memory:
    """Return what is known of the plugin ``name``.

    Raises:
        DamagedStateError: the receipt or a stored statement cannot be read.
    """
    if not is_plugin_name(name):
        return Memory(None)  # nothing of that name can have been installed, and it must not become a path
    receipt = read_receipt(layout, name)
    if receipt is not None:
        return Memory(receipt)
    versions = stored_versions(layout, name)
    if not versions:
        return Memory(None)
    return Memory(_rebuild(layout, name, versions, now), is_rebuilt=True)


def is_plugin_name(name: str) -> bool:
    """Whether a plugin of this name can be installed at all."""
    return bool(_PLUGIN_NAME.match(name))


def installed_version(statement: Statement, directory: str, *, now: dt.datetime) -> Installed:
    """Return a version as the receipt names it, without signers."""
    return Installed(
        version=statement.version,
        sequence=statement.sequence,
        digest=statement.digest,
        sync_version=statement.sync_version,
        directory=directory,
        signers=(),
        policy="",
        installed_at=now,
    )


def find_differences(layout: Layout, receipt: Receipt) -> list[Difference]:
    """Compare what the app sees of an installed plugin with what was signed; empty when all is well.

    Raises:
        DamagedStateError: the stored statement cannot be read.
    """
    current = receipt.current
    assert current is not None
    place, stored = look_at(layout, receipt.name), find_stored(layout, receipt.name, current.directory)
    if stored is None:
        return [Difference(Kind.MISSING, "", f"the stored version {current.directory}", "nothing")]
    if receipt.mode == LINK:
        found = [*_compare_link(layout, receipt.name, current, place), *stored.differences()]
        return [*found, *_compare_owners(layout, stored.root)]
    return _compare_directory(layout, receipt.name, current, stored)


def _rebuild(layout: Layout, name: str, versions: list[StoredVersion], now: dt.datetime) -> Receipt:
    newest = max((version.statement for version in versions), key=lambda statement: statement.sequence)
    place = look_at(layout, name)
    current = next((version for version in versions if version.directory == place.directory), None)
    others = [version for version in versions if version is not current]
    others.sort(key=lambda version: version.statement.sequence, reverse=True)
    return Receipt(
        name=name,
        mode=layout.mode,
        highest_sequence=newest.sequence,
        highest_digest=newest.digest,
        settle=0 if current is None else _settle_count(current),
        current=None if current is None else installed_version(current.statement, current.directory, now=now),
        previous=tuple(installed_version(version.statement, version.directory, now=now) for version in others),
    )


def _settle_count(version: StoredVersion) -> int:
    try:
        data = read_bounded(version.root / VERSION_FILE, max_bytes=version_file.MAX_BYTES)
    except InputError:
        return 0
    return version_file.settle_of(data, version.statement.sync_version) or 0


def _compare_link(layout: Layout, name: str, current: Installed, place: Destination) -> Iterator[Difference]:
    wanted = link_text(layout, name, current.directory)
    if place.kind is DestinationKind.ABSENT:
        yield Difference(Kind.MISSING, "", f"a link to {wanted}", "nothing")
    elif place.kind in {DestinationKind.OUR_LINK, DestinationKind.OTHER_LINK}:
        found = os.readlink(layout.destination(name))
        if place.directory != current.directory:
            yield Difference(Kind.LINK, "", f"a link to {wanted}", f"a link to {found}")
    else:
        yield Difference(Kind.LINK, "", f"a link to {wanted}", place.kind.value)


def _compare_directory(layout: Layout, name: str, current: Installed, stored: StoredVersion) -> list[Difference]:
    destination = layout.destination(name)
    if destination.is_symlink():
        return [Difference(Kind.LINK, "", "a directory", "a link")]
    try:
        signatures = stored.signature_files()
    except InputError as error:
        return [Difference(Kind.CHANGED, "", "readable signature files in the store", error.message)]
    record, sync = stored.statement.record, current.sync_version
    found = compare_tree(destination, record, sync_version=sync, signature_files=signatures)
    return [*found, *_compare_owners(layout, destination)]


def _compare_owners(layout: Layout, root: Path) -> Iterator[Difference]:
    for directory, directories, files in os.walk(root):
        for name in sorted((*directories, *files)):
            path = os.path.join(directory, name)
            problem = owner_problem(layout, os.lstat(path))
            if problem:
                yield Difference(Kind.OWNER, os.path.relpath(path, root), "owner and mode as installed", problem)

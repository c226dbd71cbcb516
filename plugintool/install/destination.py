"""What stands in org-plugins under a plugin's name, and whether it is ours.

Ours is a link into our store, and a directory whose receipt says that we wrote it. Everything else is foreign and
never touched.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from enum import StrEnum

from plugintool.errors import ForeignDirectoryError
from plugintool.install.layout import LINK, PER_FILE, Layout
from plugintool.install.receipt import Receipt, receipt_names
from plugintool.relpath import fold


class DestinationKind(StrEnum):
    """What is there."""

    ABSENT = "nothing"
    OUR_LINK = "a link into our store"
    OTHER_LINK = "a link to somewhere else"
    DIRECTORY = "a directory"
    OTHER = "a file"


@dataclass(frozen=True, slots=True)
class Destination:
    """What is there; ``directory``: the stored version that our link leads to."""

    kind: DestinationKind
    directory: str | None = None


def look_at(layout: Layout, name: str) -> Destination:
    """Look without following links."""
    path = layout.destination(name)
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return Destination(DestinationKind.ABSENT)
    if stat.S_ISLNK(mode):
        target = os.path.normpath(os.path.join(layout.org_plugins, os.readlink(path)))
        parent, directory = os.path.split(target)
        if parent == str(layout.store / name):
            return Destination(DestinationKind.OUR_LINK, directory)
        return Destination(DestinationKind.OTHER_LINK)
    return Destination(DestinationKind.DIRECTORY if stat.S_ISDIR(mode) else DestinationKind.OTHER)


def link_text(layout: Layout, name: str, directory: str) -> str:
    """Return what the link holds: relative, so that an image made below ``root`` works where it becomes ``/``."""
    return os.path.relpath(layout.stored(name, directory), layout.org_plugins)


def check_ours(layout: Layout, name: str, receipt: Receipt | None) -> Destination:
    """Return what is there, if we may replace it.

    Raises:
        ForeignDirectoryError: it is not ours, or only differs in letter case from another plugin.
    """
    _check_letter_case(layout, name)
    found = look_at(layout, name)
    mode = receipt.mode if receipt is not None and receipt.current is not None else None
    if not _is_ours(found.kind, mode, layout.mode):
        hint = "move it away (device audit lists what is not ours), then run this again"
        raise ForeignDirectoryError(
            "what stands in its place was not installed by us and is not touched",
            path=str(layout.destination(name)),
            expected="nothing, or what the receipt describes",
            found=found.kind.value,
            hint=hint,
        )
    return found


def _is_ours(kind: DestinationKind, receipt_mode: str | None, mode: str) -> bool:
    if kind is DestinationKind.OUR_LINK:
        return mode == LINK
    if kind is DestinationKind.OTHER_LINK:
        return mode == LINK and receipt_mode == LINK
    if kind is DestinationKind.DIRECTORY:
        return receipt_mode == PER_FILE
    return kind is DestinationKind.ABSENT


def _check_letter_case(layout: Layout, name: str) -> None:
    """Two names that only differ in letter case are one name for macOS and Windows."""
    for other in {*receipt_names(layout), *os.listdir(layout.org_plugins)}:
        if other != name and fold(other) == fold(name):
            raise ForeignDirectoryError(
                "another plugin has the same name in other letter case",
                path=str(layout.destination(other)),
                hint=f"uninstall {other!r} first, or have {name!r} renamed by its publisher",
            )

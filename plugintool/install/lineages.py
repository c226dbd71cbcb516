"""``lineages.json``: what keys said about their successors in artifacts that this device accepted.

::

    {"lineages_version": 1,
     "lineages": [{"old": KEY ID, "new": KEY ID, "keep": [] | ["sign"], "sequence": 1790000000}]}

So an artifact that leaves a lineage file out says nothing less here: a key that was once seen to give up the right to
sign does not get it back. For each old key the last that it said is kept. The file only grows with rotations, and is
only believed because nobody but the administrator can write it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from plugintool import jsontext, limits
from plugintool.digest import parse_digest
from plugintool.envelope.lineage import SIGN
from plugintool.errors import DamagedStateError, InputError, InstallError
from plugintool.install.layout import Layout
from plugintool.install.state import DeviceState
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.tree.directory import read_bounded
from plugintool.verify.lineage import Link

LINEAGES_VERSION: Final = 1
_MEMBERS: Final = {"old", "new", "keep", "sequence"}


def read_lineages(layout: Layout) -> tuple[Link, ...]:
    """Return what was seen, by the id of the old key; empty when nothing was.

    Raises:
        DamagedStateError: the file is there and cannot be read.
    """
    path = layout.lineages
    if not path.exists():
        return ()
    try:
        value = jsontext.read_strict(read_bounded(path, max_bytes=limits.LINEAGES_BYTES), path=str(path))
    except InputError as error:
        raise _damaged(layout, error.message) from error
    if not isinstance(value, dict) or set(value) != {"lineages_version", "lineages"}:
        raise _damaged(layout, "a member is missing or unknown")
    items = value["lineages"]
    if value["lineages_version"] != LINEAGES_VERSION or not isinstance(items, list):
        raise _damaged(layout, f"its version is {value['lineages_version']!r}, not {LINEAGES_VERSION}")
    return tuple(_link(item, layout) for item in items)


def remember_lineages(state: DeviceState, links: Sequence[Link]) -> tuple[Link, ...]:
    """Add what an accepted artifact says, and return all that was ever seen; nothing is written when nothing is new.

    Args:
        state: of the device, locked.
        links: as of ``TrustedStatement.lineages``: they take what was seen before into account.

    Raises:
        DamagedStateError: the file cannot be read.
        InstallError: it would become too large.
        OSError: it cannot be written.
    """
    before = {link.old: link for link in read_lineages(state.layout)}
    after = {**before, **{link.old: link for link in links}}
    if after != before:
        state.replace_file(state.layout.lineages, _render(list(after.values()), state.layout))
    return tuple(after.values())


def _render(links: Sequence[Link], layout: Layout) -> bytes:
    items: list[JsonValue] = [_as_json(link) for link in sorted(links, key=lambda link: link.old)]
    data = jsontext.pretty({"lineages_version": LINEAGES_VERSION, "lineages": items})
    if len(data) > limits.LINEAGES_BYTES:
        raise InstallError(
            "more successors of keys than a device remembers",
            path=str(layout.lineages),
            expected=f"at most {limits.LINEAGES_BYTES} bytes",
            hint="revoke the key that names them",
        )
    return data


def _as_json(link: Link) -> JsonObject:
    keep: list[JsonValue] = [SIGN] if link.keeps_signing else []
    return {"old": link.old, "new": link.new, "keep": keep, "sequence": link.sequence}


def _link(value: JsonValue, layout: Layout) -> Link:
    if not isinstance(value, dict) or set(value) != _MEMBERS:
        raise _damaged(layout, "a lineage has other members")
    old, new, sequence = parse_digest(value["old"]), parse_digest(value["new"]), value["sequence"]
    if old is None or new is None or type(sequence) is not int or value["keep"] not in ([], [SIGN]):
        raise _damaged(layout, "a lineage has a wrong value")
    return Link(sequence=sequence, old=old, new=new, keeps_signing=value["keep"] == [SIGN])


def _damaged(layout: Layout, reason: str) -> DamagedStateError:
    return DamagedStateError(
        f"our own state cannot be read: {reason}",
        path=str(layout.lineages),
        hint="put it back from a backup; without it old keys that gave up the right to sign are trusted again, so "
        "revoke them in the trust policy before you move it away",
    )

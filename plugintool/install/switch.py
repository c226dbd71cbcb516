"""Changes what the app sees of one plugin from one whole version to another.

A switch has two halves. ``prepare`` does everything that needs room on the disk: copies, links and small files under
temporary names. ``apply`` only moves names, removes names and creates directories, so that a full disk stops a change
before anything visible has happened. Both can be done again from any point of an interrupted change.

``link`` (POSIX): org-plugins/<name> is a link into the store, replaced by one ``rename(2)``; at every moment it leads
to a whole old or a whole new version. ``per_file`` (Windows, which has no such links): files are replaced one by one,
new ones first, plugin.json near the end, ``version.json`` last, so that a half-changed directory still says the old
version. The logic of ``per_file`` runs here in tests; on Windows itself it is modelled, not run.

After every switch ``version.json`` gets a new suffix (the settle bump): a reader that met the switch half-way through
has noted some version string that is not the final one, and synchronises again. That holds for readers that come to an
end before the bump, so it waits for them (``settle_pause``), unless there was nothing to read before.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, TypeAlias

from plugintool.install.compare import Difference, Kind, compare_tree
from plugintool.install.destination import DestinationKind, link_text, look_at
from plugintool.install.journal import Change
from plugintool.install.layout import PER_FILE
from plugintool.install.receipt import Installed
from plugintool.install.state import DeviceState, is_directory, remove_anything
from plugintool.install.store import StoredVersion
from plugintool.relpath import RelPath, fold
from plugintool.tree import version_file
from plugintool.tree.record import VERSION_FILE

PAUSE_SECONDS: Final = 0.25
PAUSE_SECONDS_PER_FILE: Final = 0.001
"""How long a reader may take: reading 32 files took 2 ms (Linux, warm); a cold disk and a busy machine take longer."""

MANIFEST: Final = RelPath(".claude-plugin/plugin.json")
"""Without this file a directory is no plugin for the app."""


Apply: TypeAlias = Callable[[], None]
"""The second half of a prepared switch; raises ``OSError``."""


def prepare(state: DeviceState, change: Change, stored: StoredVersion | None) -> Apply:
    """Prepare a change and return what makes it.

    Args:
        state: the device.
        change: what is to become of the plugin.
        stored: the stored version that becomes current; None when the plugin goes.

    Raises:
        OSError: no room, or the system refused; nothing visible has changed.
    """
    if change.receipt.mode == PER_FILE:
        return _prepare_files(state, change, stored)
    return _prepare_link(state, change, stored)


def settle_pause(state: DeviceState, change: Change, stored: StoredVersion) -> float:
    """Return the seconds between switch and settle bump: what a reader may need that began before the switch.

    Measured with three readers that go by path and read ``version.json`` last: of 900 updates without a pause 697 left
    one with the final string and old content, which it would keep; of 180 with the pause none.
    """
    if look_at(state.layout, change.name).kind is DestinationKind.ABSENT:
        return 0.0
    return PAUSE_SECONDS + PAUSE_SECONDS_PER_FILE * len(stored.statement.record.entries)


def _prepare_link(state: DeviceState, change: Change, stored: StoredVersion | None) -> Apply:
    destination = state.layout.destination(change.name)
    if stored is None:
        return lambda: _remove_plugin(state, destination)
    pause = settle_pause(state, change, stored)
    link = state.fresh_beside_plugins("link")
    state.fs.make_link(link, link_text(state.layout, change.name, stored.directory))
    settled = _write_settled(state, change, state.fresh("version"))

    def apply() -> None:
        _place_link(state, change, link)
        state.fs.pause(pause)
        state.place_file(settled, stored.root / VERSION_FILE)

    return apply


def _place_link(state: DeviceState, change: Change, link: Path) -> None:
    """Put the link in its place; a directory that we wrote is swapped out, in one step where the system can."""
    destination = state.layout.destination(change.name)
    if change.migrates and is_directory(destination) and not state.fs.exchange(link, destination):
        state.fs.rename(destination, state.fresh_beside_plugins("directory"))
    if not change.migrates or look_at(state.layout, change.name).kind is not DestinationKind.OUR_LINK:
        state.fs.rename(link, destination)
    state.fs.sync_directory(destination.parent)


def _prepare_files(state: DeviceState, change: Change, stored: StoredVersion | None) -> Apply:
    destination = state.layout.destination(change.name)
    if stored is None:
        return lambda: _remove_plugin(state, destination)
    if not is_directory(destination):
        return _prepare_directory(state, change, stored)
    current, pause = _current(change), settle_pause(state, change, stored)
    differences = compare_tree(
        destination,
        stored.statement.record,
        sync_version=current.sync_version,
        signature_files=stored.signature_files(),
    )
    copies = _copy_changed(state, stored, differences)
    gone = [difference.path for difference in differences if difference.kind is Kind.ADDED]
    derived = state.fresh_beside_plugins("version")
    state.fs.write_new(derived, version_file.render(current.sync_version))
    settled = _write_settled(state, change, state.fresh_beside_plugins("version"))

    def apply() -> None:
        _replace_files(state, destination, copies, [*gone, *_other_signatures(destination, stored)])
        state.place_file(derived, destination / VERSION_FILE)
        state.fs.pause(pause)
        state.place_file(settled, destination / VERSION_FILE)

    return apply


def _prepare_directory(state: DeviceState, change: Change, stored: StoredVersion) -> Apply:
    """A plugin that is not there yet: a whole copy, moved in one step."""
    destination = state.layout.destination(change.name)
    copy = state.fresh_beside_plugins("tree")
    state.fs.make_directory(copy)
    executables = {entry.path: entry.executable for entry in stored.statement.record.entries}
    for path in (*executables, *stored.signature_paths()):
        _make_parents(state, copy, path)
        state.fs.copy_new(stored.root / path, copy / path, executable=executables.get(path, False))
    state.fs.write_new(copy / VERSION_FILE, version_file.render(_current(change).sync_version))
    state.fs.sync_volume(copy)
    settled = _write_settled(state, change, state.fresh_beside_plugins("version"))

    def apply() -> None:
        state.place_file(copy, destination)
        state.place_file(settled, destination / VERSION_FILE)

    return apply


def _copy_changed(
    state: DeviceState, stored: StoredVersion, differences: Iterable[Difference]
) -> list[tuple[bool, RelPath, Path]]:
    """Copy what differs to temporary names; returns (exists in the destination, path, temporary name)."""
    known = stored.statement.record.by_path
    wanted: dict[RelPath, bool] = {}
    for difference in differences:
        if difference.kind in {Kind.CHANGED, Kind.MISSING, Kind.MODE} and difference.path != VERSION_FILE:
            path = RelPath(difference.path)
            wanted[path] = wanted.get(path, False) or difference.kind is not Kind.MISSING
    copies = []
    for path, exists in wanted.items():
        temporary = state.fresh_beside_plugins("copy")
        executable = path in known and known[path].executable
        state.fs.copy_new(stored.root / path, temporary, executable=executable)
        copies.append((exists, path, temporary))
    return copies


def _replace_files(
    state: DeviceState, destination: Path, copies: list[tuple[bool, RelPath, Path]], gone: list[str]
) -> None:
    """New files, changed files, plugin.json, deletions; what stands in the way of a new name goes first."""
    wanted = {fold(path) for _, path, _ in copies}
    blocking = [path for path in gone if _is_in_the_way(fold(path), wanted)]
    _remove_paths(state, destination, blocking)
    touched = {destination}
    for _, path, temporary in sorted(copies, key=lambda copy: (copy[1] == MANIFEST, copy[0], copy[1])):
        _make_parents(state, destination, path)
        if is_directory(destination / path):
            remove_anything(state.fs, destination / path)
        state.fs.rename(temporary, destination / path)
        touched.add((destination / path).parent)
    for directory in sorted(touched, reverse=True):
        state.fs.sync_directory(directory)
    _remove_paths(state, destination, [path for path in gone if path not in blocking])


def _is_in_the_way(gone: str, wanted: set[str]) -> bool:
    return any(gone == path or path.startswith(gone + "/") or gone.startswith(path + "/") for path in wanted)


def _remove_paths(state: DeviceState, destination: Path, paths: Iterable[str]) -> None:
    """Remove files that do not belong there, and the directories that become empty."""
    for raw in paths:
        path = destination / raw
        if os.path.lexists(path):
            remove_anything(state.fs, path)
        for parent in path.parents:
            if parent == destination or not is_directory(parent) or os.listdir(parent):
                break
            state.fs.remove_directory(parent)
            state.fs.sync_directory(parent.parent)


def _other_signatures(destination: Path, stored: StoredVersion) -> list[str]:
    """Signature files of another version, which its record does not name."""
    there = StoredVersion("", destination, stored.statement).signature_paths()
    return sorted(set(there) - set(stored.signature_paths()))


def _remove_plugin(state: DeviceState, destination: Path) -> None:
    """Take a plugin away in one step; Windows moves no directory in which a file is open, there file by file."""
    if is_directory(destination):
        aside = state.fresh_beside_plugins("directory")
        try:
            state.fs.rename(destination, aside)
        except PermissionError:
            aside = destination
            state.fs.remove_file(destination / MANIFEST)
        state.fs.sync_directory(destination.parent)  # or a power cut could bring half of it back
        remove_anything(state.fs, aside)
    elif os.path.lexists(destination):
        state.fs.remove_file(destination)
    state.fs.sync_directory(destination.parent)


def _write_settled(state: DeviceState, change: Change, path: Path) -> Path:
    state.fs.write_new(path, version_file.render(_current(change).sync_version, change.receipt.settle))
    return path


def _current(change: Change) -> Installed:
    assert change.receipt.current is not None
    return change.receipt.current


def _make_parents(state: DeviceState, root: Path, path: RelPath) -> None:
    for depth in range(1, len(path.segments)):
        level = root.joinpath(*path.segments[:depth])
        if not is_directory(level):
            state.fs.make_directory(level)
            state.fs.sync_directory(level.parent)

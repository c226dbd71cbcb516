"""Use case: watch a plugin, build it after each change, and switch the directory that a running client loads.

The client is given a symbolic link that always leads to a complete built tree: a new tree is made beside the old one
and the link is replaced in one step, so that no reader meets half a plugin. What cannot be built changes nothing.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from plugintool import limits
from plugintool.author.build import BuildOptions, Lint, build_plugins
from plugintool.build.write import Built
from plugintool.errors import LimitExceededError, MissingPathError, OutputError, PlugintoolError
from plugintool.frozen import dataclass, field
from plugintool.jsontext import JsonObject
from plugintool.plugin.discover import find_plugins, is_bundle
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Outcome, Report
from plugintool.tree.entry import Tree

INTERVAL = 0.3
"""Seconds between two looks; the eye does not see the delay, and a look at 1,000 files costs 5 ms."""
_SETTLE = 0.05
"""Seconds after a change before the next look: editors and checkouts write several files."""
_SETTLE_LOOKS = 40
_WORK = ".plugintool"
"""Beside the link; the client does not look for plugins in it."""

Stamps: TypeAlias = Mapping[str, "tuple[int, int, int, int]"]
"""Time of change in nanoseconds, size, mode and number of every file below a directory, by path."""


@dataclass(frozen=True, slots=True)
class DevPorts:
    """What the loop needs from outside: a way to wait (which an interruption ends), a clock in seconds, a look."""

    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.perf_counter
    look: Callable[[Path], Stamps] = field(default_factory=lambda: stamps_of)


@dataclass(frozen=True, slots=True)
class Reload:
    """What came of one change.

    Attributes:
        name: the plugin.
        changed: paths that were changed, added or removed since the last time; empty at the beginning.
        switched: the directory holds the new state; else the last good one is still there, if there was one.
        directory: what to give to ``claude --plugin-dir``.
        milliseconds: from the end of the change to the switch.
    """

    name: str
    changed: tuple[str, ...]
    switched: bool
    directory: Path
    milliseconds: int

    def as_json(self) -> JsonObject:
        """Return the published form."""
        told: JsonObject = {"name": self.name, "switched": self.switched, "directory": str(self.directory)}
        return {**told, "changed": list(self.changed), "milliseconds": self.milliseconds}


def plugin_at(path: Path) -> Path:
    """Return the one plugin that ``path`` means.

    Raises:
        MissingPathError: there is no directory, there are several plugins, or it is a bundle.
    """
    found = find_plugins(path)
    if len(found) != 1:
        raise MissingPathError(f"{len(found)} plugins are here", path=str(path), hint="name one of them")
    if is_bundle(found[0]):
        hint = "plugintool check starts its server; in a plugin it can be watched"
        raise MissingPathError("no plugin, but a bundle by itself", path=str(path), hint=hint)
    return found[0]


@contextlib.contextmanager
def stage(name: str, into: Path | None = None) -> Iterator[Path]:
    """Give the path of the link, in a new temporary directory or in ``into``; take away afterwards what was made.

    Raises:
        OutputError: something that is not ours stands where the link goes.
    """
    made = into is None or not into.exists()
    base = Path(tempfile.mkdtemp(prefix="plugintool-dev-")) if into is None else into
    link, work = base / name, base / _WORK
    if os.path.lexists(link) or os.path.lexists(work):
        hint = "name another directory, or remove it"
        raise OutputError("something is here already", path=str(link if os.path.lexists(link) else work), hint=hint)
    try:
        work.mkdir(parents=True)
        yield link
    finally:
        with contextlib.suppress(OSError):
            link.unlink()
        shutil.rmtree(work, ignore_errors=True)
        if made:
            with contextlib.suppress(OSError):
                base.rmdir()


def develop(
    plugin: Path, link: Path, *, lint: Lint, ports: DevPorts | None = None
) -> Generator[Report[Reload], None, None]:
    """Build now and after each change, for as long as nobody interrupts; yield a report each time.

    Args:
        plugin: the directory of the plugin.
        link: what ``stage`` gave.
        lint: as for ``build``: errors keep the last good state.
        ports: how to wait and to look.
    """
    ports = ports or DevPorts()
    seen, number = ports.look(plugin), 0
    yield _reload(plugin, link, number, (), lint, ports)
    while True:
        ports.sleep(INTERVAL)
        if ports.look(plugin) == seen:
            continue
        before, seen = seen, _settled(plugin, ports)
        changed = tuple(sorted(path for path in before.keys() | seen.keys() if before.get(path) != seen.get(path)))
        if changed:
            number += 1
            yield _reload(plugin, link, number, changed, lint, ports)


def _settled(plugin: Path, ports: DevPorts) -> Stamps:
    """Look until two looks agree: a checkout or an editor may be in the middle of its work."""
    last = ports.look(plugin)
    for _ in range(_SETTLE_LOOKS):
        ports.sleep(_SETTLE)
        now = ports.look(plugin)
        if now == last:
            break
        last = now
    return last


def _reload(  # noqa: PLR0913, PLR0917 - one place where everything comes together
    plugin: Path, link: Path, number: int, changed: tuple[str, ...], lint: Lint, ports: DevPorts
) -> Report[Reload]:
    started = ports.clock()
    out = link.parent / _WORK / str(number)
    findings: list[Finding] = []  # all of them: a build tells errors only

    def told(tree: Tree) -> tuple[Plugin, Sequence[Finding]]:
        read, found = lint(tree)
        findings.extend(found)
        return read, found

    outcome = build_plugins([plugin], BuildOptions(out=out, lint=told)).outcomes[0]
    error: PlugintoolError | None = outcome.error
    if isinstance(outcome.value, Built) and error is None:
        try:
            _switch(link, outcome.value.root, number)
        except OSError as refused:
            reason = (refused.strerror or "error").lower()
            hint = "name another directory with --into"
            error = OutputError(f"the directory cannot be switched: {reason}", path=str(link), hint=hint)
    if error is not None:
        shutil.rmtree(out, ignore_errors=True)
    name = plugin.resolve().name
    spent = round((ports.clock() - started) * 1000)
    value = Reload(name, changed, error is None, link, spent)
    return Report("dev", (Outcome(subject=str(plugin), value=value, findings=tuple(findings), error=error),))


def _switch(link: Path, built: Path, number: int) -> None:
    """Make the link lead to ``built`` in one step, and remove trees before the last one, which may be in use."""
    beside = link.parent / _WORK / f"link-{number}"
    os.symlink(os.path.relpath(built, link.parent), beside, target_is_directory=True)
    last = _number_of(link)
    os.replace(beside, link)
    for old in (link.parent / _WORK).iterdir():
        if old.name.isdigit() and int(old.name) not in {number, last}:
            shutil.rmtree(old, ignore_errors=True)


def _number_of(link: Path) -> int:
    """The number of the tree that the link leads to; -1 when there is none yet."""
    try:
        return int(Path(os.readlink(link)).parts[1])
    except (OSError, ValueError, IndexError):
        return -1


def stamps_of(root: Path) -> Stamps:
    """Look at every file below ``root``; what version control keeps is not looked at, links are not followed.

    Raises:
        LimitExceededError: there are more than ``limits.SCAN_ENTRIES`` entries.
    """
    found: dict[str, tuple[int, int, int, int]] = {}
    waiting = [(os.fspath(root), "")]
    while waiting:
        directory, prefix = waiting.pop()
        with contextlib.suppress(OSError), os.scandir(directory) as entries:  # gone or closed: what is there counts
            for entry in entries:
                if entry.name != ".git":
                    _stamp(entry, prefix, found, waiting)
        if len(found) > limits.SCAN_ENTRIES:
            raise LimitExceededError(f"more than {limits.SCAN_ENTRIES} entries below one directory", path=str(root))
    return found


def _stamp(
    entry: os.DirEntry[str],
    prefix: str,
    found: dict[str, tuple[int, int, int, int]],
    waiting: list[tuple[str, str]],
) -> None:
    path = f"{prefix}{entry.name}"
    try:
        info = entry.stat(follow_symlinks=False)
    except OSError:
        return
    if stat.S_ISDIR(info.st_mode):
        waiting.append((entry.path, f"{path}/"))
    else:
        found[path] = info.st_mtime_ns, info.st_size, info.st_mode, info.st_ino

r"""Where things are on a device: two directories, one that the app reads and one that only we write.

The places are fixed: no environment variable and no home directory takes part, so that a user cannot move them.

==========  ===================================================  =============================================
system      plugins (read by the app)                            state (ours)
==========  ===================================================  =============================================
macOS       /Library/Application Support/Claude/org-plugins      /Library/Application Support/plugintool
Windows     C:\Program Files\Claude\org-plugins                    C:\Program Files\plugintool
==========  ===================================================  =============================================

With ``root`` both lie below that directory, for tests and for making images. The app has no such directory on Linux;
there ``root`` or ``org_plugins`` must be given, and with ``org_plugins`` alone the state is ``/var/lib/plugintool``.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plugintool.errors import ConfigError

MACOS, WINDOWS, LINUX = "macos", "windows", "linux"
PLATFORMS: Final = (MACOS, WINDOWS)
"""The platforms that the app has an org-plugins directory on."""
LINK, PER_FILE = "link", "per_file"

_BESIDE_PLUGINS = ".plugintool"
"""A directory in org-plugins without plugin.json, which the app ignores: for temporary names on that volume."""
_PLACES: Final = {
    MACOS: ("Library/Application Support/Claude/org-plugins", "Library/Application Support/plugintool"),
    WINDOWS: ("Program Files/Claude/org-plugins", "Program Files/plugintool"),
}
_MACHINES: Final = {"darwin": MACOS, "win32": WINDOWS}
_LINUX_STATE: Final = "/var/lib/plugintool"


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of one device; all paths are absolute. ``root`` is None on the real device."""

    org_plugins: Path
    state: Path
    platform: str
    root: Path | None = None

    @property
    def mode(self) -> str:
        """How versions are switched: ``link`` where links can be replaced atomically, else ``per_file``."""
        return PER_FILE if self.platform == WINDOWS else LINK

    @property
    def trust_policy(self) -> Path:
        """The only trust policy that counts on the device."""
        return self.state / "trust-policy.json"

    @property
    def lineages(self) -> Path:
        """What keys were seen to say about their successors; not there before the first did."""
        return self.state / "lineages.json"

    @property
    def seen(self) -> Path:
        """The highest trusted time and list numbers; not there before the first timestamp or list."""
        return self.state / "seen.json"

    @property
    def revocation_lists(self) -> Path:
        """The revocation lists that count on the device, as ``*.crl``; it need not be there."""
        return self.trust_policy.parent / "crls"

    @property
    def receipts(self) -> Path:
        """One file for each plugin that was ever installed."""
        return self.state / "receipts"

    @property
    def store(self) -> Path:
        """Verified versions: ``<name>/<directory>``."""
        return self.state / "store"

    @property
    def staging(self) -> Path:
        """Work in progress; empty whenever no installer runs."""
        return self.state / "staging"

    @property
    def staging_beside_plugins(self) -> Path:
        """Work in progress on the volume of org-plugins, only used when ``staging`` is on another one."""
        return self.org_plugins / _BESIDE_PLUGINS

    @property
    def journal(self) -> Path:
        """The change that is being made; not there when none is."""
        return self.state / "journal"

    @property
    def lock(self) -> Path:
        """The file that one installer at a time holds locked."""
        return self.state / "lock"

    def receipt(self, name: str) -> Path:
        """The receipt of one plugin."""
        return self.receipts / f"{name}.json"

    def destination(self, name: str) -> Path:
        """What the app reads as the plugin ``name``."""
        return self.org_plugins / name

    def stored(self, name: str, directory: str) -> Path:
        """One stored version."""
        return self.store / name / directory

    def stored_statement(self, name: str, directory: str) -> Path:
        """The signed statement of one stored version, kept beside it."""
        return self.store / name / f"{directory}.statement.json"

    def directories(self) -> tuple[Path, ...]:
        """The directories that ``device init`` creates, parents first."""
        return (self.org_plugins, self.state, self.receipts, self.store, self.staging)


def layout_for(
    *,
    root: Path | None = None,
    platform: str | None = None,
    org_plugins: Path | None = None,
    machine: str = sys.platform,
) -> Layout:
    """Return the places for the options of a command.

    Args:
        root: everything lies below this directory; made absolute, links in it are not resolved.
        platform: ``macos`` or ``windows``; only with ``root``, where ``macos`` is the default.
        org_plugins: another plugin directory; with ``root`` it must be below it.
        machine: ``sys.platform`` of the machine.

    Raises:
        ConfigError: the options contradict each other, or this machine has no such directory.
    """
    if root is not None:
        return _below(Path(os.path.abspath(root)), platform or MACOS, org_plugins)
    if platform is not None:
        raise ConfigError("only a layout below a directory can be of another platform", field="--platform",
                          hint="add --root DIR")  # fmt: skip
    here = _MACHINES.get(machine, LINUX)
    if here != LINUX:
        plugins, state = (_real_place(here, place) for place in _PLACES[here])
        return Layout(plugins if org_plugins is None else _absolute(org_plugins), state, here)
    if org_plugins is None:
        raise ConfigError(
            "the app has no org-plugins directory on this system",
            field="--org-plugins",
            hint="add --root DIR (everything below DIR) or --org-plugins DIR",
        )
    return Layout(_absolute(org_plugins), Path(_LINUX_STATE), LINUX)


def _below(root: Path, platform: str, org_plugins: Path | None) -> Layout:
    plugins, state = _PLACES[platform]
    chosen = root / plugins if org_plugins is None else _absolute(org_plugins)
    if root not in chosen.parents:
        raise ConfigError(f"not below {root}", field="--org-plugins", found=str(chosen), hint="leave one option out")
    return Layout(chosen, root / state, platform, root)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))


def _real_place(platform: str, place: str) -> Path:
    return Path(("C:/" if platform == WINDOWS else "/") + place)

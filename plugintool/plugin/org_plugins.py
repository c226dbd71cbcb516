"""An ``org-plugins`` directory of the desktop app as a whole: its plugins, and what else stands in it.

An entry is a sub-directory with a plugin manifest or a root SKILL.md; the name of the sub-directory is the name of the
plugin (support.claude.com, organization plugins of the desktop app, August 2026).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from plugintool.frozen import dataclass
from plugintool.plugin.discover import is_plugin
from plugintool.plugin.model import Plugin

ORG_PLUGINS = "org-plugins"
"""The name of the directory on every device, and of the one that build writes."""


@dataclass(frozen=True, slots=True)
class OrgPlugins:
    """An org-plugins directory.

    Attributes:
        root: the directory.
        plugins: its plugins, in order of name.
        strays: names of sub-directories that are no plugin, in order.
    """

    root: Path
    plugins: tuple[Plugin, ...]
    strays: tuple[str, ...] = ()


def is_org_plugins(path: Path) -> bool:
    """Whether a path means an org-plugins directory: a directory of that name that is itself no plugin."""
    return Path(os.path.abspath(path)).name == ORG_PLUGINS and path.is_dir() and not is_plugin(path)


def org_plugins_of(root: Path, plugins: Sequence[Plugin]) -> OrgPlugins:
    """Look at what stands beside ``plugins``, which were read from sub-directories of ``root``."""
    return OrgPlugins(root, tuple(sorted(plugins, key=lambda plugin: plugin.name)), tuple(_strays(root)))


def _strays(root: Path) -> list[str]:
    try:
        names = sorted(os.listdir(root))
    except OSError:
        return []
    shown = [name for name in names if not name.startswith(".") and (root / name).is_dir()]
    return [name for name in shown if not is_plugin(root / name)]

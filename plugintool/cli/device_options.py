"""What all ``device`` commands share: where the device is, how a change is made, and how a change is shown."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from plugintool import limits
from plugintool.cli.output import output_options
from plugintool.cli.render.text import escape

if TYPE_CHECKING:  # the use cases are imported when they are called, not for --help
    from plugintool.device.change import PluginChange
    from plugintool.install.receipt import Installed

P = ParamSpec("P")
R = TypeVar("R")
PLATFORMS = ("macos", "windows")
EXIT_CODES = "Exit codes: 0 done or nothing to do, 1 failed, 2 usage, 3 not verified, 4 not installed."
_VERBS = {
    "install": ("installed", "would install"),
    "update": ("updated", "would update"),
    "repair": ("repaired", "would repair"),
    "revert": ("reverted", "would revert"),
    "uninstall": ("uninstalled", "would uninstall"),
    "unhold": ("let go", "would let go"),
    "nothing": ("unchanged", "unchanged"),
}


def look_options(function: Callable[P, R]) -> Callable[..., R]:
    """Give a command the options that say where the device is, and those of its output; it gets a ``layout``."""

    @click.option(
        "--root", type=click.Path(path_type=Path, readable=False), metavar="DIR", help="Put everything below DIR."
    )
    @click.option("--platform", type=click.Choice(PLATFORMS), help="Whose layout below --root.  [default: macos]")
    @click.option(
        "--org-plugins",
        type=click.Path(path_type=Path, readable=False),
        metavar="DIR",
        help="Another directory that the app reads.",
    )
    @output_options
    @functools.wraps(function)
    def with_layout(*args: Any, **kwargs: Any) -> R:
        from plugintool.install.layout import layout_for  # noqa: PLC0415 - start-up is a feature

        chosen = {name: kwargs.pop(name) for name in ("root", "platform", "org_plugins")}
        return function(*args, layout=layout_for(**chosen), **kwargs)  # type: ignore[arg-type]

    return with_layout


def change_options(function: Callable[P, R]) -> Callable[..., R]:
    """Give a command ``--lock-timeout``, ``--dry-run`` and what ``look_options`` gives; it gets ``options``."""

    @click.option(
        "--lock-timeout",
        type=click.FloatRange(min=0),
        default=limits.LOCK_TIMEOUT_SECONDS,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait for another installer.",
    )
    @click.option("--dry-run", is_flag=True, help="Check and decide everything, write nothing.")
    @look_options
    @functools.wraps(function)
    def with_options(*args: Any, **kwargs: Any) -> R:
        from plugintool.device.session import DeviceOptions  # noqa: PLC0415 - start-up is a feature

        chosen = {name: kwargs.pop(name) for name in ("layout", "lock_timeout", "dry_run")}
        return function(*args, options=DeviceOptions(**chosen), **kwargs)  # type: ignore[arg-type]

    return with_options


def change_lines(change: PluginChange) -> Iterator[str]:
    """Yield the text of one change."""
    verb = _VERBS[change.action.value][change.dry_run]
    yield f"{verb} {click.style(escape(change.name), bold=True)} {_step(change.before, change.after)}".rstrip()
    if change.held:
        yield f"  held: no updates until plugintool device unhold {escape(change.name)}"
    for problem in change.reported:
        yield f"  reported: {escape(problem)}"


def version_text(version: Installed) -> str:
    """Return a version and its sequence, as ``0.2.0 (sequence 14)``."""
    return escape(f"{version.version or 'no version'} (sequence {version.sequence})")


def _step(before: Installed | None, after: Installed | None) -> str:
    texts = [version_text(version) for version in (before, after) if version is not None]
    return " -> ".join(dict.fromkeys(texts))

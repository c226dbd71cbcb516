"""Targets as the command line names them: ``claude-code@2.1.197``, ``cowork@1.46388``, ``directory``.

A version of ``claude-code`` is a version of the client. A version of ``cowork`` is one of the desktop app; what the
app changed for plugins stands in the ranges ``app_since`` and ``app_until`` of rules, from its release notes and the
documentation of its managed configuration (support.claude.com, August and September 2026).
"""

from __future__ import annotations

from plugintool.errors import ConfigError
from plugintool.frozen import dataclass
from plugintool.lint.rule import ALL_TARGETS, Version

_VERSIONED = {"claude-code": "2.1.330", "cowork": "1.46388"}
"""Targets that have versions, with an example."""
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Target:
    """Where a plugin is meant to run; without a version every version counts."""

    name: str
    version: Version | None = None


def parse_target(text: str) -> Target:
    """Read ``NAME`` or ``NAME@VERSION``.

    Raises:
        ConfigError: an unknown name, a version that is none, or one of a target without versions.
    """
    name, at, version = text.partition("@")
    if name not in ALL_TARGETS:
        raise ConfigError(f"unknown target {name!r}", field="--target", expected=", ".join(ALL_TARGETS))
    if not at:
        return Target(name)
    if name not in _VERSIONED:
        raise ConfigError(f"the target {name} has no versions", field="--target", expected=", ".join(_VERSIONED))
    return Target(name, _parse_version(version, name))


def _parse_version(text: str, name: str) -> Version:
    parts = text.split(".")
    sizes = {3} if name == "claude-code" else {2, 3}
    if len(parts) not in sizes or not all(part.isascii() and part.isdigit() and len(part) <= _DIGITS for part in parts):
        expected = f"numbers such as {_VERSIONED[name]}"
        raise ConfigError(f"{text!r} is no version of {name}", field="--target", expected=expected)
    numbers = [int(part) for part in parts] + [0]
    return numbers[0], numbers[1], numbers[2]


def version_text(version: Version) -> str:
    """Return a version as people write it."""
    return ".".join(map(str, version))

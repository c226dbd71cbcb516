"""How a host starts the server of a bundle: platform overrides, user configuration and variables.

The semantics are those of the published library (``getMcpConfigForManifest`` of ``@anthropic-ai/mcpb`` 2.1.2, read and
measured 2026-11), which hosts use: an override replaces ``args`` and ``env`` whole; a required setting with only a
default counts as missing; a whole argument ``${user_config.k}`` may become several; inside a longer text a list stays
literal; variables are replaced one after the other, so that a value may itself hold one that comes later. One quirk is
left out: there, ``$&`` and ``$$`` in a value are interpreted.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.probe.codes import Flaw

Setting: TypeAlias = "str | tuple[str, ...]"
"""A value of the user configuration: a text, or a list of texts where a setting takes several."""
_WHOLE = re.compile(r"\$\{(user_config\.[^}]+)\}")
_ANY = re.compile(r"\$\{[^}]*\}")
_DIRECTORIES = {"HOME": "", "DESKTOP": "Desktop", "DOCUMENTS": "Documents", "DOWNLOADS": "Downloads"}


@dataclass(frozen=True, slots=True)
class Start:
    """A command with its variables filled in."""

    argv: tuple[str, ...]
    env: Mapping[str, str]

    def flaws(self) -> Iterator[Flaw]:
        """Yield the variables that nothing has replaced."""
        texts = (*self.argv, *self.env.values())
        left = dict.fromkeys(found for text in texts for found in _ANY.findall(text))
        if left:
            yield Flaw("CH018", ", ".join(left))


def settings_of(options: JsonValue, given: Mapping[str, tuple[str, ...]]) -> dict[str, Setting]:
    """Return the value of each setting: what the user gave, else its default.

    Args:
        options: ``user_config`` of a bundle manifest or ``userConfig`` of a plugin manifest.
        given: the values that the user gave for each key.
    """
    settings: dict[str, Setting] = {}
    for key, option in _options(options):
        if "default" in option and option["default"] is not None:
            settings[key] = _as_setting(option["default"])
        if key in given:
            settings[key] = given[key] if option.get("multiple") is True else given[key][-1]
    return settings


def secrets_of(options: JsonValue, given: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the given values of settings that are marked as sensitive."""
    keys = [key for key, option in _options(options) if option.get("sensitive") is True]
    return tuple(value for key in keys for value in given.get(key, ()))


def missing_settings(options: JsonValue, given: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the required settings without a value from the user; a default does not count, an empty text neither."""
    required = [key for key, option in _options(options) if option.get("required") is True]
    return tuple(key for key in required if not given.get(key) or not all(given[key]))


def platform_of() -> str:
    """Return the name that bundle manifests have for this platform: darwin, win32 or linux."""
    return sys.platform


def start_of(manifest: JsonObject, root: Path, home: Path, settings: Mapping[str, Setting]) -> Start | None:
    """Return how the server is started; None when the manifest does not say it.

    Args:
        manifest: the bundle manifest.
        root: where the bundle is unpacked.
        home: the home directory of the user.
        settings: values of the user configuration.
    """
    server = manifest.get("server")
    base = server.get("mcp_config") if isinstance(server, dict) else None
    if not isinstance(base, dict):
        return None
    config = _overridden(base)
    variables = _variables(root, home, settings)
    command, args, env = config.get("command"), config.get("args"), config.get("env")
    args, env = [] if args is None else args, {} if env is None else env
    if not isinstance(command, str) or not command or not _are_texts(args) or not _is_text_map(env):
        return None
    words = [word for item in args for word in _words(item, variables)]  # type: ignore[union-attr,arg-type]
    filled = {key: _replace(value, variables) for key, value in env.items()}  # type: ignore[union-attr,arg-type]
    return Start((_replace(command, variables), *words), filled)


def _overridden(base: JsonObject) -> JsonObject:
    overrides = base.get("platform_overrides")
    own = overrides.get(platform_of()) if isinstance(overrides, dict) else None
    if not isinstance(own, dict):
        return base
    replaced = {key: own[key] for key in ("args", "env") if own.get(key) is not None}
    return {**base, **replaced, **({"command": own["command"]} if own.get("command") else {})}


def _variables(root: Path, home: Path, settings: Mapping[str, Setting]) -> dict[str, Setting]:
    directories = {name: str(home / below) for name, below in _DIRECTORIES.items()}
    known: dict[str, Setting] = {"__dirname": str(root), "pathSeparator": os.sep, "/": os.sep, **directories}
    return known | {f"user_config.{key}": value for key, value in settings.items()}


def _words(item: str, variables: Mapping[str, Setting]) -> tuple[str, ...]:
    whole = _WHOLE.fullmatch(item)
    if whole is None:
        return (_replace(item, variables),)
    value = variables.get(whole[1], "")
    if isinstance(value, tuple):
        return value
    return (value or item,)


def _replace(text: str, variables: Mapping[str, Setting]) -> str:
    for name, value in variables.items():
        if isinstance(value, str):
            text = text.replace(f"${{{name}}}", value)
    return text


def _options(options: JsonValue) -> Iterator[tuple[str, JsonObject]]:
    if isinstance(options, dict):
        yield from ((key, option) for key, option in options.items() if isinstance(option, dict))


def _as_setting(value: JsonValue) -> Setting:
    if isinstance(value, list):
        return tuple(_as_text(item) for item in value)
    return _as_text(value)


def _as_text(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _are_texts(value: JsonValue) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_text_map(value: JsonValue) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())

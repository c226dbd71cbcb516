"""How the client starts what a plugin declares: variables, and the environment of servers and hooks.

Documentation of the client, pages mcp, hooks and plugins-reference, August 2026: ``${CLAUDE_PLUGIN_ROOT}``,
``${CLAUDE_PLUGIN_DATA}`` and ``${CLAUDE_PROJECT_DIR}`` are filled in and also given as environment variables,
``${user_config.KEY}`` is filled in and given as ``CLAUDE_PLUGIN_OPTION_KEY``, ``${VAR}`` and ``${VAR:-default}`` come
from the environment. Everything is replaced in one pass; what is not known stays as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.probe.bundle import Setting, Start
from plugintool.probe.launch import Place

_VARIABLE = re.compile(r"\$\{([^}:]+)(?::-([^}]*))?\}")
_OPTION = "user_config."


@dataclass(frozen=True, slots=True)
class PluginVariables:
    """What a plugin's commands may name.

    Attributes:
        own: the variables that the client sets.
        settings: values of the plugin's ``userConfig``.
        caller: the environment that the client was started in.
    """

    own: Mapping[str, str]
    settings: Mapping[str, Setting]
    caller: Mapping[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """The variables that servers and hooks get."""
        options = {f"CLAUDE_PLUGIN_OPTION_{key.upper()}": _joined(value) for key, value in self.settings.items()}
        return {**self.own, **options}

    def fill(self, text: str) -> str:
        """Return ``text`` with every known variable replaced."""
        return _VARIABLE.sub(self._value, text)

    def fill_own(self, text: str) -> str:
        """Return ``text`` with the client's own variables replaced, as in a command that a shell reads."""
        for name, value in self.own.items():
            text = text.replace(f"${{{name}}}", value)
        return text

    def _value(self, found: re.Match[str]) -> str:
        name, default = found[1], found[2]
        if name.startswith(_OPTION):
            value = self.settings.get(name.removeprefix(_OPTION))
            return found[0] if value is None else _joined(value)
        return self.own.get(name) or self.caller.get(name) or (found[0] if default is None else default)


def variables_of(root: Path, place: Place, settings: Mapping[str, Setting]) -> PluginVariables:
    """Return the variables of a plugin that is unpacked at ``root``."""
    own = {
        "CLAUDE_PLUGIN_ROOT": str(root),
        "CLAUDE_PLUGIN_DATA": str(place.data),
        "CLAUDE_PROJECT_DIR": str(place.project),
    }
    return PluginVariables(own, settings, place.environment())


def server_start(entry: JsonObject, variables: PluginVariables) -> Start | None:
    """Return how a stdio server of ``.mcp.json`` is started; None when the entry does not say it."""
    command, args, env = entry.get("command"), entry.get("args", []), entry.get("env", {})
    if not isinstance(command, str) or not command or not isinstance(args, list) or not isinstance(env, dict):
        return None
    words = [variables.fill(item) for item in args if isinstance(item, str)]
    filled = {key: variables.fill(value) for key, value in env.items() if isinstance(value, str)}
    if len(words) != len(args) or len(filled) != len(env):
        return None
    return Start((variables.fill(command), *words), filled)


def transport_of(entry: JsonObject) -> str:
    """Return the transport of a server entry: ``stdio`` when it names none and has a command."""
    value: JsonValue = entry.get("type")
    if isinstance(value, str) and value:
        return value
    return "http" if "url" in entry and "command" not in entry else "stdio"


def _joined(value: Setting) -> str:
    return value if isinstance(value, str) else ",".join(value)

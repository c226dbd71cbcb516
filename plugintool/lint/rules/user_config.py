"""UC001 to UC013, DP001: options that users fill in, channels, dependencies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from plugintool.jsontext import JsonObject, JsonValue, Pointer
from plugintool.lint import fix_json, values
from plugintool.lint.rule import MEASURED, Ask, Context, Source, in_manifest, rule
from plugintool.lint.shapes import FILLED, FLAG, NUMBER, OBJECT, TEXT, Member, Shape, choice, misfits
from plugintool.lint.values import kind_of
from plugintool.pattern import pattern
from plugintool.plugin.model import Declaration, Plugin
from plugintool.plugin.once import once
from plugintool.report import Finding, Severity

_OPTIONS = Source(MEASURED, "plugin.json, userConfig and channels", "2.1.330 and 2.1.197, November 2026")
_MCP = Source(MEASURED, "MCP servers", "2.1.330, November 2026")
_KEY = pattern(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_USED = pattern(r"\$\{user_config\.([^}]*)\}")
_DEFAULT = Member(
    lambda value: isinstance(value, (str, int, float)) or values.is_text_list(value), "a text, number, boolean or texts"
)
_OPTION = Shape(
    {"type": choice("string", "number", "boolean", "directory", "file"), "title": TEXT, "description": TEXT},
    {
        "required": FLAG,
        "default": _DEFAULT,
        "sensitive": FLAG,
        "multiple": FLAG,
        "min": NUMBER,
        "max": NUMBER,
        "options": Member(values.is_text_list, "a list of texts"),
    },
    strict=True,
)
_OLD_OPTION = Shape(
    _OPTION.required, {key: member for key, member in _OPTION.optional.items() if key != "options"}, strict=True
)
"""As 2.1.197 knows it."""
_CHANNEL = Shape({"server": FILLED}, {"userConfig": OBJECT, "displayName": TEXT}, strict=True)
_OPTION_LENGTH = 64
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_DEPENDENCY = pattern(rf"{_NAME}(?:@{_NAME})?(?:@\^[^@]*)?\Z")
"""The text form takes no range but `^…`; the object form takes any `version` (2.1.330)."""
_PLAIN_NAME = Member(
    lambda value: isinstance(value, str) and bool(re.fullmatch(_NAME, value)), "a name of letters, digits and . _ -"
)
_DEPENDENCY_SHAPE = Shape({"name": _PLAIN_NAME}, {"marketplace": _PLAIN_NAME})


def _options(plugin: Plugin) -> Iterator[tuple[tuple[str | int, ...], JsonObject]]:
    """Yield every set of options: the plugin's, and one for each channel that has its own."""
    if isinstance(plugin.value.get("userConfig"), dict):
        yield ("userConfig",), plugin.value["userConfig"]  # type: ignore[misc]
    channels = plugin.value.get("channels")
    for index, channel in enumerate(channels if isinstance(channels, list) else ()):
        if isinstance(channel, dict) and isinstance(channel.get("userConfig"), dict):
            yield ("channels", index, "userConfig"), channel["userConfig"]  # type: ignore[misc]


@rule(
    "UC001",
    Severity.ERROR,
    "an option key that is no ASCII identifier",
    source=_OPTIONS,
    backed_by="C",
    why="The key becomes the name of an environment variable; any other key refuses the install.",
    bad='{"userConfig": {"api-key": {"type": "string", "title": "Key", "description": "The key"}}}',
    good='{"userConfig": {"api_key": {"type": "string", "title": "Key", "description": "The key"}}}',
)
def option_key_no_identifier(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A key of `userConfig` is not made of ASCII letters, digits and `_`, or begins with a digit."""
    del context
    for pointer, options in _options(plugin):
        for key in options:
            if not _KEY.match(key):
                fixed = re.sub(r"[^A-Za-z0-9_]", "_", key)
                hint = f"call it {fixed}" if _KEY.match(fixed) else "use letters, digits and _"
                place = in_manifest(plugin, *pointer, key)
                yield option_key_no_identifier.finding(f"the option key {key!r} is no identifier", place, hint=hint)


@rule(
    "UC002",
    Severity.ERROR,
    "an option or channel of the wrong shape",
    source=_OPTIONS,
    backed_by="C",
    why="These objects are strict: a missing member, a wrong type or an unknown key refuses the install.",
    bad='{"userConfig": {"key": {"type": "string", "title": "Key"}}}',
    good='{"userConfig": {"key": {"type": "string", "title": "Key", "description": "The key"}}}',
)
def malformed_option(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report an option or channel of the wrong shape.

    `userConfig` is no object, `channels` no list, an option lacks `type`, `title` or `description`, a channel its
    `server`, a member has the wrong type, or there is an unknown key.
    """
    if "userConfig" in plugin.value and not values.is_object(plugin.value["userConfig"]):
        message = f"`userConfig` is {kind_of(plugin.value['userConfig'])}, expected an object"
        yield malformed_option.finding(message, in_manifest(plugin, "userConfig"))
    shape = _OLD_OPTION if context.as_client and context.client < (2, 1, 330) else _OPTION
    for pointer, options in _options(plugin):
        for key, option in options.items():
            for misfit in misfits(option, shape, (*pointer, key)):
                message = f"the option {key!r} {misfit.message}"
                yield malformed_option.finding(message, in_manifest(plugin, *misfit.pointer))
    yield from _check_channels(plugin)


def _check_channels(plugin: Plugin) -> Iterator[Finding]:
    if "channels" not in plugin.value:
        return
    channels = plugin.value["channels"]
    if not isinstance(channels, list):
        message = f"`channels` is {kind_of(channels)}, expected a list"
        yield malformed_option.finding(message, in_manifest(plugin, "channels"))
        return
    for index, channel in enumerate(channels):
        for misfit in misfits(channel, _CHANNEL, ("channels", index)):
            place = in_manifest(plugin, *misfit.pointer)
            yield malformed_option.finding(f"channel {index} {misfit.message}", place)


@rule(
    "UC004",
    Severity.ERROR,
    "`options` that contradict the option",
    source=_OPTIONS,
    backed_by="C",
    why="The list of choices works for a plain text only, and one of them must be chosen from the start.",
    bad='{"userConfig": {"k": {"type": "string", "title": "K", "description": "d", "options": ["a"], "default": "b"}}}',
    good='{"userConfig": {"k": {"type": "string", "title": "K", "description": "d", "options": ["a"], '
    '"default": "a"}}}',
    since=(2, 1, 330),
)
def contradicting_options(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report `options` that contradict the option.

    `options` is empty, has an entry over 64 characters, stands beside `multiple` or `sensitive` or at another type
    than string, or `default` is none of them and the option is not required.
    """
    del context
    for pointer, options in _options(plugin):
        for key, option in options.items():
            if isinstance(option, dict) and values.is_text_list(option.get("options")):
                for message in _contradictions(option, option["options"]):
                    place = in_manifest(plugin, *pointer, key, "options")
                    yield contradicting_options.finding(f"the option {key!r} {message}", place)


def _contradictions(option: JsonObject, choices: JsonValue) -> Iterator[str]:
    assert isinstance(choices, list)
    if not choices:
        yield "has an empty list of options"
    if len({str(item).lower() for item in choices}) != len(choices):
        yield "has the same option twice, letter case apart"
    if any(isinstance(item, str) and not 0 < len(item) <= _OPTION_LENGTH for item in choices):
        yield f"has an entry that is empty or longer than {_OPTION_LENGTH} characters"
    if option.get("type") != "string" or option.get("multiple") is True or option.get("sensitive") is True:
        yield "has options, which only a plain text takes"
    if "default" in option and option["default"] not in choices:
        yield "has a default that is none of its options"
    if "default" not in option and option.get("required") is not True:
        yield "has options and neither a default nor required: true"


@rule(
    "UC012",
    Severity.ERROR,
    "`${user_config.…}` where it is never filled in",
    source=_MCP,
    backed_by="CD",
    why="A value that users type must not become part of a shell line, so clients refuse it there.",
    bad='{"type": "command", "command": "login ${user_config.token}"}',
    good='{"type": "command", "command": "login", "args": ["${user_config.token}"]}',
)
def option_in_shell(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """An option is used in the `headersHelper` of an MCP server, or in a hook or monitor command that a shell runs."""
    for declaration, pointer, _ in _server_uses(plugin):
        if pointer[-1] == "headersHelper":
            place = plugin.locate(declaration.path, pointer)
            view = Ask.AS_RULE if context.client >= (2, 1, 330) else Ask.SILENT
            yield option_in_shell.finding("an option is not filled in inside headersHelper", place, client=view)
    for declaration, pointer, holder in _commands(plugin):
        if "args" not in holder:
            place = plugin.locate(declaration.path, pointer)
            hint = "pass it in args, or read the variable CLAUDE_PLUGIN_OPTION_…"
            message = "an option is not filled in inside a shell command"
            yield option_in_shell.finding(message, place, hint=hint, client=Ask.SILENT)


@rule(
    "UC013",
    Severity.ERROR,
    "`${user_config.…}` that is not declared",
    source=_MCP,
    backed_by="CB",
    why="Nobody is asked for the value, so the server starts without it or not at all.",
    bad='{"env": {"TOKEN": "${user_config.token}"}} without userConfig.token',
    good='{"env": {"TOKEN": "${user_config.token}"}} with userConfig.token in plugin.json',
    since=(2, 1, 330),
)
def undeclared_option(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """An MCP server (a hook: a warning) uses an option that neither the plugin nor a channel declares."""
    del context
    known = {key for _, options in _options(plugin) for key in options}
    for declaration, pointer, text in _server_uses(plugin):
        for name in sorted(set(_USED.findall(text)) - known):
            place = plugin.locate(declaration.path, pointer)
            yield undeclared_option.finding(f"the option {name!r} is not declared in userConfig", place)
    for declaration, pointer, text in _hook_uses(plugin):
        for name in sorted(set(_USED.findall(text)) - known):
            place = plugin.locate(declaration.path, pointer)
            message = f"the option {name!r} is not declared in userConfig"
            yield undeclared_option.finding(message, place, severity=Severity.WARNING, client=Ask.SILENT)


_Use: TypeAlias = tuple[Declaration, Pointer, str]
"""A text that uses an option, and where it stands."""


@once
def _server_uses(plugin: Plugin) -> Iterator[_Use]:
    return _uses(plugin.mcp)


@once
def _hook_uses(plugin: Plugin) -> Iterator[_Use]:
    return _uses(plugin.hooks)


def _uses(declarations: tuple[Declaration, ...]) -> Iterator[_Use]:
    """Yield every text in some declarations that uses an option, with its place."""
    for declaration in declarations:
        waiting: list[tuple[Pointer, JsonValue]] = [(declaration.pointer, declaration.value)]
        while waiting:
            pointer, value = waiting.pop()
            if isinstance(value, str):
                if pointer and _USED.search(value):
                    yield declaration, pointer, value
            elif isinstance(value, dict):
                waiting.extend(((*pointer, key), item) for key, item in value.items())
            elif isinstance(value, list):
                waiting.extend(((*pointer, index), item) for index, item in enumerate(value))


def _commands(plugin: Plugin) -> Iterator[tuple[Declaration, Pointer, JsonObject]]:
    """Yield the command of every hook and monitor that uses an option, with the object it stands in."""
    for declaration, pointer, _ in (*_hook_uses(plugin), *_uses(plugin.monitors)):
        if pointer[-1] == "command":
            holder: JsonValue = declaration.value
            for step in pointer[len(declaration.pointer) : -1]:
                holder = holder[step]  # type: ignore[index]
            if isinstance(holder, dict):
                yield declaration, pointer, holder


@rule(
    "DP001",
    Severity.ERROR,
    "`dependencies` of the wrong form",
    source=Source(MEASURED, "plugin.json, dependencies", "2.1.330 and 2.1.197, November 2026"),
    backed_by="CR",
    why="The map of npm is not read: it refuses the install.",
    bad='{"dependencies": {"other": "^1.0.0"}}',
    good='{"dependencies": [{"name": "other", "version": "^1.0.0"}]}',
    fix=fix_json.replaced(fix_json.dependency_list),
)
def malformed_dependencies(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report `dependencies` of the wrong form.

    `dependencies` is no list of names (`name`, `name@market`, `name@market@range`) or of objects with `name` and
    perhaps `version` and `marketplace`.
    """
    del context
    if "dependencies" not in plugin.value:
        return
    found = plugin.value["dependencies"]
    if not isinstance(found, list):
        message = f"`dependencies` is {kind_of(found)}, expected a list"
        yield malformed_dependencies.finding(message, in_manifest(plugin, "dependencies"), hint="list the names")
        return
    for index, item in enumerate(found):
        place = in_manifest(plugin, "dependencies", index)
        if isinstance(item, str) and not _DEPENDENCY.match(item):
            yield malformed_dependencies.finding(f"{item!r} is no name, name@market or name@market@^1.0.0", place)
        elif isinstance(item, dict):
            for misfit in misfits(item, _DEPENDENCY_SHAPE):
                yield malformed_dependencies.finding(f"dependency {index} {misfit.message}", place)
        elif not isinstance(item, str):
            yield malformed_dependencies.finding(f"a dependency is {kind_of(item)}", place)

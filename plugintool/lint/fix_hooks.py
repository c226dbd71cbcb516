"""Repairs of hook handlers, their matchers and conditions, and of the members that they share with MCP servers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from plugintool.jsonedit import Splice
from plugintool.jsontext import JsonValue
from plugintool.lint import known
from plugintool.lint.entries import servers_of, variables_not_allowed
from plugintool.lint.fix import Fix
from plugintool.lint.fix_json import Spot, on_json, renamed, rewritten, value_at
from plugintool.pattern import pattern

_NAME = pattern(r"[A-Za-z0-9_-]+")
_SERVER_TOOL = pattern(r"mcp__((?:(?!__)[A-Za-z0-9_-]){1,128})__")
_UNPLAIN = pattern(r"[^A-Za-z0-9_-]")
_WORDS = pattern(r"[A-Za-z0-9_.-]{1,100}(?:[ \t]+[A-Za-z0-9_@%+=:,./{}$-]{1,500})+\Z")
"""A program and its arguments without anything that a shell would do more with than divide."""
_SECONDS_MAX = 120
"""Up to here the timeout of a server, which counts milliseconds, is meant in seconds for sure."""
_MILLISECONDS = 1000
_HOURS = 10_000
"""From here on the timeout of a hook, which counts seconds, is meant in milliseconds for sure: it is hours long."""


def _is_in_handler(spot: Spot) -> bool:
    return spot.pointer[-3:-2] == ("hooks",) and isinstance(spot.pointer[-2], int)


def _table(spot: Spot) -> Iterable[str]:
    """The keys of the object that a key stands in: a hook handler, a group of them, or a server."""
    if _is_in_handler(spot):
        return known.HANDLER_KEYS
    parent = spot.parent
    in_group = isinstance(parent, dict) and isinstance(parent.get("hooks"), list)
    return known.GROUP_KEYS if in_group else known.SERVER_KEYS


key_corrected = renamed(lambda spot: known.sole_near_miss(spot.key, _table(spot)))
"""Spell a key as the one that it can only mean."""


def _converted(spot: Spot, *, sure: bool) -> JsonValue:
    found = spot.value
    if not isinstance(found, (int, float)) or isinstance(found, bool):
        return None
    if not _is_in_handler(spot):
        return found * _MILLISECONDS if not sure or found <= _SECONDS_MAX else None
    if found % _MILLISECONDS == 0:
        return int(found // _MILLISECONDS) if not sure or found >= _HOURS else None
    return None if sure else found / _MILLISECONDS


@rewritten
def unit_converted(spot: Spot) -> JsonValue:
    """Count in the unit that a timeout is read in, where the number can only mean the other one."""
    return _converted(spot, sure=True)


@rewritten
def unit_guessed(spot: Spot) -> JsonValue:
    """Count in the unit that a timeout is read in, where the number may be meant as it stands."""
    return _converted(spot, sure=False)


def _corrected(text: JsonValue, table: Iterable[str]) -> JsonValue:
    table = sorted(table)
    if not isinstance(text, str):
        return None
    return _NAME.sub(lambda name: known.sole_near_miss(name[0], table) or name[0], text)


@rewritten
def tool_corrected(spot: Spot) -> JsonValue:
    """Spell the tools of a matcher as those that they can only mean."""
    return _corrected(spot.value, known.TOOLS)


@on_json
def matcher_corrected(spot: Spot) -> Iterator[Splice]:
    """Take a matcher away that is ignored; spell its values as those of the event that they can only mean."""
    event = str(spot.pointer[-3]) if len(spot.pointer) > 2 else ""  # noqa: PLR2004 - event, index, matcher
    new = _corrected(spot.value, known.MATCHER_VALUES.get(event, ()))
    if event in known.EVENTS_WITHOUT_MATCHER:
        yield spot.document.remove(spot.pointer)
    elif new is not None and new != spot.value:
        yield spot.document.replace(spot.pointer, new)


@rewritten
def server_named_in_full(spot: Spot) -> JsonValue:
    """Put the plugin's name before its own server, in a matcher or in an ``mcp_tool`` handler."""
    plugin, text = spot.plugin, spot.value
    name = plugin.declared_name
    own = {server.name for server in servers_of(plugin)}
    if not isinstance(text, str) or not name:
        return None
    if spot.key == "server":
        return f"plugin:{name}:{text}" if text in own else None
    plain = {_UNPLAIN.sub("_", server) for server in own}
    inside = f"mcp__plugin_{_UNPLAIN.sub('_', name)}_"
    return _SERVER_TOOL.sub(lambda tool: f"{inside}{tool[1]}__" if tool[1] in plain else tool[0], text)


def members_removed(*keys: str) -> Fix:
    """Make the repair that takes a member of one of these keys away, and no other."""

    def splices(spot: Spot) -> Iterator[Splice]:
        if spot.key in keys:
            yield spot.document.remove(spot.pointer)

    splices.__doc__ = f"Take {', '.join(f'``{key}``' for key in keys)} away."
    return on_json(splices)


@on_json
def variable_allowed(spot: Spot) -> Iterator[Splice]:
    """Name the variables of a header in ``allowedEnvVars`` beside ``headers``."""
    outer = spot.pointer[:-2]
    handler = value_at(spot.document.value, outer)
    if not isinstance(handler, dict) or not isinstance(spot.value, str):
        return
    missing: list[JsonValue] = [*variables_not_allowed(handler, spot.value)]
    allowed = handler.get("allowedEnvVars")
    if isinstance(allowed, list) and missing:
        yield spot.document.replace((*outer, "allowedEnvVars"), [*allowed, *missing])
    elif "allowedEnvVars" not in handler and missing:
        yield spot.document.add_member(outer, "allowedEnvVars", missing)


@on_json
def words_divided(spot: Spot) -> Iterator[Splice]:
    """Leave the program in ``command`` and put the other words before what is in ``args``."""
    entry, command = spot.parent, spot.value
    if not isinstance(entry, dict) or not isinstance(command, str) or not _WORDS.match(command):
        return
    import shlex  # noqa: PLC0415 - beside its only use

    program, *words = shlex.split(command)
    args, outer = entry.get("args", []), spot.pointer[:-1]
    if not isinstance(args, list):
        return
    yield spot.document.replace(spot.pointer, program)
    if "args" in entry:
        yield spot.document.replace((*outer, "args"), [*words, *args])
    else:
        yield spot.document.add_member(outer, "args", list(words))


@on_json
def condition_removed(spot: Spot) -> Iterator[Splice]:
    """Take an ``if`` away at an event that is no tool event: the handler, which never ran there, runs from now on."""
    event = spot.pointer[-5] if len(spot.pointer) > 4 else ""  # noqa: PLR2004 - event, index, hooks, index, if
    if spot.key == "if" and event not in known.TOOL_EVENTS:
        yield spot.document.remove(spot.pointer)

"""HK029: hooks that guard permissions, declared where nothing loads them."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.jsontext import JsonObject, JsonValue, Pointer
from plugintool.lint import known
from plugintool.lint.guards import HOOKS_ALONE, holds_guard, is_group, strays
from plugintool.lint.rule import MEASURED, Context, Source, rule
from plugintool.plugin.inventory import event_map
from plugintool.plugin.model import Declaration, Plugin
from plugintool.report import Finding, Location, Severity

_NOT_SEARCHED = frozenset({"hooks", "metadata", "mcpServers", "lspServers"})
"""Fields of the plugin manifest in which the client looks for no stray guard."""


@rule(
    "HK029",
    Severity.ERROR,
    "a hook that guards permissions in a place from which no hook is loaded",
    source=Source(MEASURED, "hooks outside of their place", "2.1.330, November 2026"),
    backed_by="C",
    why="What was meant to guard permissions would be silently absent, so the client refuses the plugin.",
    bad='plugin.json: {"name": "acme-review", "PreToolUse": [{"hooks": [{"type": "command", "command": "guard"}]}]}',
    good='plugin.json: {"name": "acme-review", "hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": '
    '"guard"}]}]}}',
    since=(2, 1, 330),
)
def misplaced_guard(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a hook that guards permissions in a place from which no hook is loaded.

    `PreToolUse` or `PermissionRequest`, or a group with a list `hooks`, stands beside or outside of `hooks`, under a
    name that is no event, or inside of a group of another event.
    """
    hint = "declare it directly in `hooks`; rename the key if it is meant for something else"
    for path, pointer in _places(plugin, context):
        place = plugin.locate(path, pointer)
        shown = Location(path, place.line, place.column, ("hooks",)) if context.as_client else place
        name = next(step for step in reversed(pointer) if isinstance(step, str))
        message = f"`{name}` holds what looks like a guard of permissions, but no hook is loaded from there"
        yield misplaced_guard.finding(message, shown, hint=hint)


def _places(plugin: Plugin, context: Context) -> Iterator[tuple[str, Pointer]]:
    for key in strays(plugin.value, _NOT_SEARCHED):
        yield plugin.manifest_path, (key,)
    for declaration in plugin.hooks:
        value = declaration.value
        if isinstance(value, dict) and not declaration.inline and (context.as_client or _is_whole(value)):
            yield from ((declaration.path, (key,)) for key in strays(value, HOOKS_ALONE))
        events = event_map(declaration)
        base = declaration.unwrapped("hooks")[0]
        if not is_group(events):  # what is one is reported as such
            yield from ((declaration.path, (*base, *rest)) for rest in _inside(declaration, events, context))


def _is_whole(value: JsonObject) -> bool:
    """Whether the file says what it must: of one that does not, HK001 says so."""
    return "hooks" in value or "modules" in value


def _inside(declaration: Declaration, events: JsonObject, context: Context) -> Iterator[Pointer]:
    """Yield what holds a guard in a map of events."""
    for event, groups in events.items():
        if event == "hooks" and declaration.inline and not context.as_client:
            continue  # HK006 reports the second wrapper
        if isinstance(groups, list):
            yield from _inside_list(event, groups)
        elif event not in known.GUARDS and holds_guard(groups, groups=event not in known.EVENTS):
            yield (event,)


def _inside_list(event: str, groups: list[JsonValue]) -> Iterator[Pointer]:
    for index, group in enumerate(groups):
        if holds_guard(group, groups=False):
            yield event, index

"""HK001 to HK025: hooks in files and in the plugin manifest."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue, Pointer
from plugintool.lint import fix_json, fix_runs, known, values
from plugintool.lint.guards import HOOKS_ALONE, is_filled, is_group, strays
from plugintool.lint.rule import MEASURED, Ask, Context, Source, rule
from plugintool.lint.shapes import FILLED, FLAG, OBJECT, POSITIVE, TEXT, TEXT_MAP, TEXTS, Member, Shape, choice, misfits
from plugintool.lint.values import kind_of
from plugintool.pattern import pattern
from plugintool.plugin.inventory import event_map
from plugintool.plugin.model import Declaration, Plugin
from plugintool.plugin.paths import normalise
from plugintool.report import Finding, Location, Severity

_HOOKS = Source(MEASURED, "hooks", "2.1.330 and 2.1.197, November 2026")
_COMMON = {"if": TEXT, "timeout": POSITIVE, "statusMessage": TEXT, "once": FLAG}
_URL = Member(lambda value: isinstance(value, str) and values.is_absolute_url(value), "an absolute URL")
_ON_FAILURE = choice("continue", "block")
_HANDLERS = {
    "command": Shape(
        {"command": TEXT},
        {
            **_COMMON,
            "args": TEXTS,
            "async": FLAG,
            "asyncRewake": FLAG,
            "rewakeMessage": FILLED,
            "rewakeSummary": FILLED,
            "shell": choice("bash", "powershell"),
            "onFailure": _ON_FAILURE,
        },
    ),
    "prompt": Shape({"prompt": TEXT}, {**_COMMON, "model": TEXT, "continueOnBlock": FLAG}),
    "agent": Shape({"prompt": TEXT}, {**_COMMON, "model": TEXT}),
    "http": Shape({"url": _URL}, {**_COMMON, "headers": TEXT_MAP, "allowedEnvVars": TEXTS, "onFailure": _ON_FAILURE}),
    "mcp_tool": Shape({"server": TEXT, "tool": TEXT}, {**_COMMON, "input": OBJECT}),
}
_OLD_HANDLERS = {
    kind: Shape(shape.required, {key: member for key, member in shape.optional.items() if key != "onFailure"})
    for kind, shape in _HANDLERS.items()
}
"""As 2.1.197 knows them: it does not look at `onFailure`."""
_REGISTER = pattern(
    rb"^\s*export\s+(?:(?:async\s+)?function\*?|const|let|var|class)\s+register\b"
    rb"|^\s*export\s*\{[^}]{0,2000}\bregister\b|^\s*export\s*\*",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Malformed:
    """An entry that the client ignores: its event, its place, why, and whether it promised anything."""

    event: str
    declaration: Declaration
    pointer: Pointer
    message: str
    filled: bool = True


def events_of(plugin: Plugin) -> Iterator[tuple[Declaration, Pointer, str, JsonValue]]:
    """Yield every event with the place of its list; a wrapped inline map has none of its own."""
    for declaration in plugin.hooks:
        base = declaration.unwrapped("hooks")[0]
        for event, groups in event_map(declaration).items():
            if not (declaration.inline and event == "hooks"):
                yield declaration, (*base, event), event, groups


def handlers_of(plugin: Plugin) -> Iterator[tuple[Declaration, Pointer, JsonObject]]:
    """Yield every handler that is an object, with its place."""
    for declaration, pointer, _, groups in events_of(plugin):
        for index, group in enumerate(groups if isinstance(groups, list) else ()):
            handlers = group.get("hooks") if isinstance(group, dict) else None
            for number, handler in enumerate(handlers if isinstance(handlers, list) else ()):
                if isinstance(handler, dict):
                    yield declaration, (*pointer, index, "hooks", number), handler


def _malformed(plugin: Plugin, context: Context) -> Iterator[Malformed]:
    shapes = _OLD_HANDLERS if context.as_client and context.client < (2, 1, 330) else _HANDLERS
    for declaration, pointer, event, groups in events_of(plugin):
        if not isinstance(groups, list):
            message = f"`{event}` is {kind_of(groups)}, expected a list of groups"
            yield Malformed(event, declaration, pointer, message, is_filled(groups))
            continue
        for index, group in enumerate(groups):
            yield from _malformed_group(declaration, (*pointer, index), event, group, shapes)


def _malformed_group(
    declaration: Declaration, pointer: Pointer, event: str, group: JsonValue, shapes: Mapping[str, Shape]
) -> Iterator[Malformed]:
    if not isinstance(group, dict):
        yield Malformed(event, declaration, pointer, f"a group is {kind_of(group)}, expected an object")
    elif not isinstance(group.get("hooks"), list):
        flat = ", put the handler into a list called hooks" if "type" in group else ""
        yield Malformed(event, declaration, pointer, f"a group has no list `hooks`{flat}")
    else:
        if not isinstance(group.get("matcher", ""), str):
            yield Malformed(event, declaration, pointer, f"`matcher` is {kind_of(group['matcher'])}, expected a text")
        for index, handler in enumerate(group["hooks"]):  # type: ignore[arg-type]
            yield from _malformed_handler(declaration, (*pointer, "hooks", index), event, handler, shapes)


def _malformed_handler(
    declaration: Declaration, pointer: Pointer, event: str, handler: JsonValue, shapes: Mapping[str, Shape]
) -> Iterator[Malformed]:
    kind = handler.get("type") if isinstance(handler, dict) else None
    shape = shapes.get(kind) if isinstance(kind, str) else None
    if not isinstance(handler, dict):
        yield Malformed(event, declaration, pointer, f"a handler is {kind_of(handler)}, expected an object")
    elif shape is None:
        shown = f"has the unknown type {kind!r}" if "type" in handler else "has no `type`"
        yield Malformed(event, declaration, pointer, f"a handler {shown}; known are {', '.join(_HANDLERS)}")
    else:
        for misfit in misfits(handler, shape, pointer):
            yield Malformed(event, declaration, misfit.pointer, f"a handler of type {kind}: {misfit.message}")


@rule(
    "HK001",
    Severity.ERROR,
    "a hooks file without `hooks`",
    source=_HOOKS,
    backed_by="C",
    why="None of the hooks in the file is loaded.",
    bad='{"PostToolUse": []}',
    good='{"hooks": {"PostToolUse": []}}',
    fix=fix_runs.events_wrapped(known.EVENTS),
)
def malformed_hooks_file(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a hooks file without `hooks`.

    The root of a hooks file is no object, it has neither `hooks` nor (since 2.1.330) `modules`, `hooks` is no
    object, or `description` no text.
    """
    for declaration in plugin.hooks:
        text = plugin.json_files[declaration.path]
        if declaration.inline or not text.is_readable:
            continue
        for pointer, message, hint in _file_flaws(declaration.value, context):
            place = plugin.locate(declaration.path, pointer)
            named = not declaration.default and context.client < (2, 1, 330)
            view = Ask.SILENT if named else Ask.AS_RULE
            yield malformed_hooks_file.finding(message, place, hint=hint, client=view)


def _file_flaws(value: JsonValue, context: Context) -> Iterator[tuple[Pointer, str, str]]:
    if not isinstance(value, dict):
        yield (), f"the root is {kind_of(value)}, expected an object", 'write {"hooks": {…}}'
        return
    if "hooks" not in value and not ("modules" in value and context.client >= (2, 1, 330)):
        bare = bool(known.EVENTS & value.keys())
        newest = context.client >= (2, 1, 330)
        if not (newest and context.as_client and any(strays(value, HOOKS_ALONE))):  # HK029 reports the file
            place: Pointer = () if newest else ("hooks",)
            yield place, "there is no `hooks`", "wrap the events in it" if bare else 'write {"hooks": {…}}'
    if not isinstance(value.get("hooks", {}), dict):
        yield ("hooks",), f"`hooks` is {kind_of(value['hooks'])}, expected an object of events", ""
    elif isinstance(value.get("hooks"), dict) and is_group(value["hooks"]):  # type: ignore[arg-type]
        yield ("hooks",), "`hooks` is a group of handlers, expected an object of events", "name the event"
    if not isinstance(value.get("description", ""), str):
        yield ("description",), f"`description` is {kind_of(value['description'])}, expected a text", ""


@rule(
    "HK002",
    Severity.WARNING,
    "an unknown hook event",
    source=_HOOKS,
    backed_by="C",
    why="The hook never runs; clients before 2.1.330 drop the whole file.",
    bad='{"hooks": {"PreToolUSe": []}}',
    good='{"hooks": {"PreToolUse": []}}',
    error_until=(2, 1, 330),
    fix=fix_json.renamed(lambda spot: values.sole_near(spot.key, known.EVENTS)),
)
def unknown_event(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The name of an event is none that the client knows; letter case counts."""
    events = known.EVENTS if context.client >= (2, 1, 330) else known.OLD_EVENTS
    for declaration, pointer, event, _ in events_of(plugin):
        if event not in events:
            near = values.nearest(event, sorted(events))
            hint = f"did you mean {near}?" if near else f"known up to client {'.'.join(map(str, context.client))}"
            place = plugin.locate(declaration.path, pointer)
            yield unknown_event.finding(f"the event {event!r} is unknown", place, hint=hint)


@rule(
    "HK003",
    Severity.WARNING,
    "a hook entry of the wrong shape",
    source=_HOOKS,
    backed_by="C",
    why="The entry is ignored; clients before 2.1.330 drop the whole file.",
    bad='{"hooks": {"Stop": [{"type": "command", "command": "bin/done"}]}}',
    good='{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "bin/done"}]}]}}',
    error_until=(2, 1, 330),
    fix=fix_runs.handler_grouped,
)
def malformed_hook(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a hook entry of the wrong shape.

    The value of an event is no list, a group no object with a list `hooks`, or a handler of an unknown type,
    without a required member, or with one of the wrong type.
    """
    for found in _malformed(plugin, context):
        if not _is_guard(found, context):
            yield malformed_hook.finding(found.message, plugin.locate(found.declaration.path, found.pointer))


def _is_guard(found: Malformed, context: Context) -> bool:
    """Whether HK004 reports it; older clients make no difference between events."""
    is_guard = found.event in known.GUARDS and found.filled
    return is_guard and not (context.as_client and context.client < (2, 1, 330))


@rule(
    "HK004",
    Severity.ERROR,
    "a malformed hook where a guard is expected",
    source=_HOOKS,
    backed_by="C",
    why="An entry of PreToolUse or PermissionRequest that is ignored leaves open what it promised to guard.",
    bad='{"hooks": {"PreToolUse": [{"hooks": [{"type": "command"}]}]}}',
    good='{"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": "bin/guard"}]}]}}',
    since=(2, 1, 330),
)
def malformed_guard(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """An entry of PreToolUse or PermissionRequest has the wrong shape, so that it is ignored."""
    for found in _malformed(plugin, context):
        if _is_guard(found, context):
            place = plugin.locate(found.declaration.path, found.pointer)
            yield malformed_guard.finding(f"a guard is not loaded: {found.message}", place)


@rule(
    "HK006",
    Severity.ERROR,
    "inline hooks wrapped once more in `hooks`",
    source=_HOOKS,
    backed_by="C",
    why="In plugin.json the events stand directly in `hooks`; the wrapped ones never run.",
    bad='{"hooks": {"hooks": {"Stop": []}}}',
    good='{"hooks": {"Stop": []}}',
    error_until=(2, 1, 330),
    client_severity=Severity.WARNING,
    fix=fix_runs.unwrapped("hooks"),
)
def wrapped_inline_hooks(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `hooks` of plugin.json hold a member `hooks` instead of events."""
    del context
    for declaration in plugin.hooks:
        if declaration.inline and isinstance(declaration.value, dict) and "hooks" in declaration.value:
            place = plugin.locate(declaration.path, (*declaration.pointer, "hooks"))
            view = Ask.ERROR if is_group(declaration.value) else Ask.AS_RULE
            hint = "take one `hooks` away" if view is Ask.AS_RULE else "name the event"
            yield wrapped_inline_hooks.finding("inline hooks are wrapped twice", place, hint=hint, client=view)


@rule(
    "HK018",
    Severity.WARNING,
    "a directory such as `${CLAUDE_PLUGIN_ROOT}` without quotes in a shell command",
    source=_HOOKS,
    backed_by="CR",
    why="Where the path holds a blank, as on macOS under Application Support, the shell splits it.",
    bad='{"type": "command", "command": "${CLAUDE_PLUGIN_ROOT}/bin/check"}',
    good='{"type": "command", "command": "\\"${CLAUDE_PLUGIN_ROOT}\\"/bin/check"}',
    since=(2, 1, 330),
    fix=fix_json.replaced(fix_runs.directories_quoted),
)
def unquoted_root(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a directory such as `${CLAUDE_PLUGIN_ROOT}` without quotes in a shell command.

    A command that bash runs (no `args`, `shell` not powershell) holds `CLAUDE_PLUGIN_ROOT`, `CLAUDE_PLUGIN_DATA` or
    `CLAUDE_PROJECT_DIR` outside of quotes, with or without braces; inline hooks too, which the client misses.
    """
    del context
    for declaration, pointer, handler in handlers_of(plugin):
        command = handler.get("command")
        shell = handler.get("type") == "command" and "args" not in handler and handler.get("shell") != "powershell"
        found = next(fix_runs.unquoted(command), None) if shell and isinstance(command, str) else None
        if found:
            view = Ask.SILENT if declaration.inline else Ask.AS_RULE
            place = plugin.locate(declaration.path, (*pointer, "command"))
            hint = f'write \\"{found[0]}\\"'
            yield unquoted_root.finding(f"{found[0]} stands without quotes", place, hint=hint, client=view)


@rule(
    "HK025",
    Severity.ERROR,
    "`modules` of a hooks file that cannot be loaded",
    source=_HOOKS,
    backed_by="C",
    why="The hooks that the module registers do not exist.",
    bad='{"modules": ["./missing.js"]}',
    good='{"modules": ["./register.js"]}',
    since=(2, 1, 330),
    targets=("claude-code",),
)
def unusable_modules(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report `modules` of a hooks file that cannot be loaded.

    `modules` is no list of exactly one path, the path leaves the plugin or names nothing, or the file exports no
    `register`.
    """
    del context
    for declaration in plugin.hooks:
        if not declaration.inline and isinstance(declaration.value, dict) and "modules" in declaration.value:
            flaw = _module_flaw(plugin, declaration, declaration.value["modules"])
            if flaw:
                yield unusable_modules.finding(flaw, _place(plugin, declaration, "modules"))


def _place(plugin: Plugin, declaration: Declaration, key: str) -> Location:
    return plugin.locate(declaration.path, (*declaration.pointer, key))


def _module_flaw(plugin: Plugin, declaration: Declaration, modules: JsonValue) -> str:
    if modules == [] and "hooks" in declaration.value:  # type: ignore[operator]
        return ""
    if not isinstance(modules, list) or len(modules) != 1 or not isinstance(modules[0], str):
        return "`modules` must be a list of exactly one path"
    target = normalise(posixpath.join(declaration.path.rpartition("/")[0], modules[0]))
    if target is None:
        return f"the module {modules[0]!r} leaves the plugin"
    if target not in plugin.files:
        return f"the module {modules[0]!r} is not there"
    return "" if _REGISTER.search(plugin.read(target) or b"") else f"the module {modules[0]!r} exports no register"
